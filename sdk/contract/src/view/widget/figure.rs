//! Single figures: a number, a gauge, a bar of progress.

use super::super::show::{Amount, Band, Condition, Format, Tone, ToneRule};
use super::super::source::Source;
use crate::codec_enum;
use crate::codec_struct;

/// One number that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Kpi {
    pub source: Source,
    /// Path to a number; an absent one is shown as a dash, never as zero.
    pub value: String,
    pub format: Format,
    /// What it should be.
    pub target: Option<Amount>,
    /// Path to the number of an earlier period; the difference is shown.
    pub before: Option<String>,
    pub better: Better,
    pub tones: Vec<ToneRule>,
    /// Path to a list of numbers, oldest first, drawn as a small line.
    pub spark: Option<String>,
}
codec_struct!(Kpi { source, value, format, target, before, better, tones, spark });

/// Which direction of a difference is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Better {
    #[default]
    Neither,
    Up,
    Down,
}
codec_enum!(Better { 0 => Neither, 1 => Up, 2 => Down });

/// A number on a scale with bands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Gauge {
    pub source: Source,
    pub value: String,
    pub format: Format,
    pub min: Amount,
    pub max: Amount,
    /// From the low end to the high one.
    pub bands: Vec<Band>,
    pub target: Option<Amount>,
}
codec_struct!(Gauge { source, value, format, min, max, bands, target });

/// How much of something is done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Progress {
    pub source: Source,
    pub done: String,
    pub total: Amount,
    /// What should be done by now.
    pub pace: Option<Amount>,
    pub format: Format,
}
codec_struct!(Progress { source, done, total, pace, format });

/// One number; `value` is its path in the answer.
pub fn kpi(source: Source, value: &str) -> Kpi {
    Kpi {
        source,
        value: value.to_owned(),
        format: Format::default(),
        target: None,
        before: None,
        better: Better::Neither,
        tones: Vec::new(),
        spark: None,
    }
}

impl Kpi {
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// What it should be: a path, or [`amount`](super::super::amount).
    pub fn target(mut self, target: impl Into<Amount>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// The number of an earlier period, and which direction is good.
    pub fn before(mut self, path: &str, better: Better) -> Self {
        self.before = Some(path.to_owned());
        self.better = better;
        self
    }

    pub fn tone(mut self, when: Condition, tone: Tone) -> Self {
        self.tones.push(ToneRule { when, tone });
        self
    }

    /// A small line of a list of numbers.
    pub fn spark(mut self, path: &str) -> Self {
        self.spark = Some(path.to_owned());
        self
    }
}

/// A number on a scale.
pub fn gauge(source: Source, value: &str, min: impl Into<Amount>, max: impl Into<Amount>) -> Gauge {
    Gauge {
        source,
        value: value.to_owned(),
        format: Format::default(),
        min: min.into(),
        max: max.into(),
        bands: Vec::new(),
        target: None,
    }
}

impl Gauge {
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// The next band, up to this number.
    pub fn band(mut self, to: impl Into<Amount>, tone: Tone) -> Self {
        self.bands.push(Band { to: to.into(), tone });
        self
    }

    pub fn target(mut self, target: impl Into<Amount>) -> Self {
        self.target = Some(target.into());
        self
    }
}

/// How much is done of how much.
pub fn progress(source: Source, done: &str, total: impl Into<Amount>) -> Progress {
    Progress { source, done: done.to_owned(), total: total.into(), pace: None, format: Format::default() }
}

impl Progress {
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// What should be done by now.
    pub fn pace(mut self, pace: impl Into<Amount>) -> Self {
        self.pace = Some(pace.into());
        self
    }
}
