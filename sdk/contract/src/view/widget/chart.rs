//! Charts. The module computes, the host draws: limits and signals of a control chart come from the module's query.

use super::super::show::{Amount, Format, State, Tone};
use super::super::source::Source;
use crate::codec_enum;
use crate::codec_struct;
use crate::manifest::Words;

/// Numbers over time, or over another number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Timeseries {
    pub source: Source,
    /// Path in the row: an instant, a date or a number, in order.
    pub x: String,
    pub series: Vec<Series>,
    pub limits: Vec<LimitLine>,
    /// Of all numbers.
    pub format: Format,
}
codec_struct!(Timeseries { source, x, series, limits, format });

/// One line, or one bar of each group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Series {
    /// Path in the row to a number; where it is absent there is a gap.
    pub field: String,
    pub label: Words,
    pub kind: SeriesKind,
}
codec_struct!(Series { field, label, kind });

/// How a series is drawn; bars are bars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum SeriesKind {
    #[default]
    Line,
    Area,
    /// Holds its value until the next point.
    Step,
    Point,
}
codec_enum!(SeriesKind { 0 => Line, 1 => Area, 2 => Step, 3 => Point });

/// A line across a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct LimitLine {
    pub label: Words,
    pub value: Amount,
    pub tone: Tone,
}
codec_struct!(LimitLine { label, value, tone });

/// Numbers by category.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Bar {
    pub source: Source,
    /// Path in the row to what each bar stands for.
    pub category: String,
    pub series: Vec<Series>,
    /// Series stand on one another instead of side by side.
    pub stacked: bool,
    /// Largest first, with a line of the share that the bars so far have of all. One series.
    pub pareto: bool,
    pub format: Format,
}
codec_struct!(Bar { source, category, series, stacked, pareto, format });

/// What each of some things did when: strips of states.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct StateTimeline {
    pub source: Source,
    /// Path in the row: which strip, such as the machine.
    pub lane: String,
    pub from: String,
    /// An absent end is now.
    pub to: String,
    pub state: String,
    pub states: Vec<State>,
}
codec_struct!(StateTimeline { source, lane, from, to, state, states });

/// Points of a process with their limits, each row one point.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct ControlChart {
    pub source: Source,
    /// Path in the row to what the point is called: a number, a text or a time.
    pub x: String,
    pub value: String,
    /// Path in the row to the centre line.
    pub center: String,
    /// Paths in the row to the control limits; absent where there is none.
    pub lower: Option<String>,
    pub upper: Option<String>,
    /// Path in the row to what is wrong with the point: a text or case that is absent for good points, or a flag.
    pub signal: Option<String>,
    /// Lines of the specification, from the answer.
    pub limits: Vec<LimitLine>,
    pub format: Format,
}
codec_struct!(ControlChart { source, x, value, center, lower, upper, signal, limits, format });

/// A line of a chart.
pub fn series(field: &str, label: impl Into<Words>) -> Series {
    Series { field: field.to_owned(), label: label.into(), kind: SeriesKind::Line }
}

impl Series {
    pub fn area(mut self) -> Self {
        self.kind = SeriesKind::Area;
        self
    }

    pub fn step(mut self) -> Self {
        self.kind = SeriesKind::Step;
        self
    }

    pub fn points(mut self) -> Self {
        self.kind = SeriesKind::Point;
        self
    }
}

/// A line across a chart: a path in the answer, or [`amount`](super::super::amount).
pub fn limit(label: impl Into<Words>, value: impl Into<Amount>, tone: Tone) -> LimitLine {
    LimitLine { label: label.into(), value: value.into(), tone }
}

/// Numbers over time.
pub fn timeseries(source: Source, x: &str, series: impl IntoIterator<Item = Series>) -> Timeseries {
    Timeseries {
        source,
        x: x.to_owned(),
        series: series.into_iter().collect(),
        limits: Vec::new(),
        format: Format::default(),
    }
}

impl Timeseries {
    pub fn limit(mut self, limit: LimitLine) -> Self {
        self.limits.push(limit);
        self
    }

    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
}

/// Numbers by category.
pub fn bar(source: Source, category: &str, series: impl IntoIterator<Item = Series>) -> Bar {
    Bar {
        source,
        category: category.to_owned(),
        series: series.into_iter().collect(),
        stacked: false,
        pareto: false,
        format: Format::default(),
    }
}

impl Bar {
    pub fn stacked(mut self) -> Self {
        self.stacked = true;
        self
    }

    /// Largest first, with the line of shares.
    pub fn pareto(mut self) -> Self {
        self.pareto = true;
        self
    }

    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
}

/// Strips of states: paths of lane, beginning, end and state in the row.
pub fn state_timeline(
    source: Source,
    [lane, from, to, state]: [&str; 4],
    states: impl IntoIterator<Item = State>,
) -> StateTimeline {
    StateTimeline {
        source,
        lane: lane.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        state: state.to_owned(),
        states: states.into_iter().collect(),
    }
}

/// Points with a centre line: paths of name, value and centre in the row.
pub fn control_chart(source: Source, x: &str, value: &str, center: &str) -> ControlChart {
    ControlChart {
        source,
        x: x.to_owned(),
        value: value.to_owned(),
        center: center.to_owned(),
        lower: None,
        upper: None,
        signal: None,
        limits: Vec::new(),
        format: Format::default(),
    }
}

impl ControlChart {
    /// Paths of the control limits in the row.
    pub fn limits(mut self, lower: &str, upper: &str) -> Self {
        self.lower = Some(lower.to_owned());
        self.upper = Some(upper.to_owned());
        self
    }

    /// Only an upper control limit, as ranges and counts may have.
    pub fn upper(mut self, upper: &str) -> Self {
        self.upper = Some(upper.to_owned());
        self
    }

    /// What is wrong with a point.
    pub fn signal(mut self, path: &str) -> Self {
        self.signal = Some(path.to_owned());
        self
    }

    /// A line of the specification.
    pub fn line(mut self, limit: LimitLine) -> Self {
        self.limits.push(limit);
        self
    }

    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
}
