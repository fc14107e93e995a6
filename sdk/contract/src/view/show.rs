//! How values are shown: number formats, tones, conditions.

use crate::codec_enum;
use crate::codec_struct;
use crate::manifest::Words;

/// How a number is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Format {
    pub style: NumberStyle,
    /// Digits after the point, at most 12, rounded half to even. Absent: as many as the value has, without zeros at the end.
    pub digits: Option<u8>,
    pub unit: UnitOf,
}
codec_struct!(Format { style, digits, unit });

/// What a number means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "json",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", tag = "style")
)]
pub enum NumberStyle {
    #[default]
    Plain,
    /// A ratio: 0.85 is 85 %.
    Percent,
    /// A time, shown in hours, minutes and seconds.
    Duration { unit: TimeUnit },
    /// An amount in a currency of ISO 4217.
    Money { currency: String },
}
codec_enum!(NumberStyle { 0 => Plain, 1 => Percent, 2 => Duration { unit }, 3 => Money { currency } });

/// What one of a duration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum TimeUnit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
}
codec_enum!(TimeUnit { 0 => Microsecond, 1 => Millisecond, 2 => Second, 3 => Minute, 4 => Hour, 5 => Day });

/// What stands behind a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "json",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", tag = "unit")
)]
pub enum UnitOf {
    #[default]
    None,
    /// The same unit always.
    Fixed { words: Words },
    /// A text beside the number says it.
    Field { path: String },
}
codec_enum!(UnitOf { 0 => None, 1 => Fixed { words }, 2 => Field { path } });

/// How much attention something wants. Shown as colour, shape and word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Tone {
    #[default]
    Neutral,
    Info,
    Ok,
    Warn,
    Bad,
}
codec_enum!(Tone { 0 => Neutral, 1 => Info, 2 => Ok, 3 => Warn, 4 => Bad });

/// A tone for values that meet a condition. The first that holds decides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct ToneRule {
    pub when: Condition,
    pub tone: Tone,
}
codec_struct!(ToneRule { when, tone });

/// `field test constant`, and nothing more: no expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Condition {
    /// Path in the row, or in the answer where there are no rows.
    pub field: String,
    pub test: Test,
    /// In the notation of forms; unused for [`Test::Absent`] and [`Test::Present`].
    pub value: String,
}
codec_struct!(Condition { field, test, value });

/// How a field is compared. An absent value meets only [`Test::Absent`] and [`Test::IsNot`]; a list without rows is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Test {
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
    Absent,
    Present,
}
codec_enum!(Test { 0 => Is, 1 => IsNot, 2 => Less, 3 => AtMost, 4 => More, 5 => AtLeast, 6 => Absent, 7 => Present });

/// A state by its value, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct State {
    /// The case of an enum, or the text.
    pub value: String,
    pub label: Words,
    pub tone: Tone,
}
codec_struct!(State { value, label, tone });

/// A number of a widget's frame: fixed, or a field of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "json",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", tag = "from")
)]
pub enum Amount {
    /// Decimal notation.
    Fixed { value: String },
    /// Path in the answer, also for widgets of rows.
    Field { path: String },
}
codec_enum!(Amount { 0 => Fixed { value }, 1 => Field { path } });

/// A part of a scale: from the band before it up to `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Band {
    pub to: Amount,
    pub tone: Tone,
}
codec_struct!(Band { to, tone });

/// A fixed number in decimal notation.
pub fn amount(value: &str) -> Amount {
    Amount::Fixed { value: value.to_owned() }
}

/// A field of the answer.
impl From<&str> for Amount {
    fn from(path: &str) -> Self {
        Self::Field { path: path.to_owned() }
    }
}
impl From<i64> for Amount {
    fn from(value: i64) -> Self {
        Self::Fixed { value: value.to_string() }
    }
}

/// Begins a condition: `when("oee").less("0.6")`.
pub fn when(field: &str) -> Begun {
    Begun(field.to_owned())
}

/// A condition that lacks its test.
pub struct Begun(String);

impl Begun {
    fn test(&self, test: Test, value: &str) -> Condition {
        Condition { field: self.0.clone(), test, value: value.to_owned() }
    }
    pub fn is(&self, value: &str) -> Condition {
        self.test(Test::Is, value)
    }
    pub fn is_not(&self, value: &str) -> Condition {
        self.test(Test::IsNot, value)
    }
    pub fn less(&self, value: &str) -> Condition {
        self.test(Test::Less, value)
    }
    pub fn at_most(&self, value: &str) -> Condition {
        self.test(Test::AtMost, value)
    }
    pub fn more(&self, value: &str) -> Condition {
        self.test(Test::More, value)
    }
    pub fn at_least(&self, value: &str) -> Condition {
        self.test(Test::AtLeast, value)
    }
    pub fn absent(&self) -> Condition {
        self.test(Test::Absent, "")
    }
    pub fn present(&self) -> Condition {
        self.test(Test::Present, "")
    }
}

/// A state with its label and tone.
pub fn state(value: &str, label: impl Into<Words>, tone: Tone) -> State {
    State { value: value.to_owned(), label: label.into(), tone }
}

/// A number as it is.
pub fn plain() -> Format {
    Format::default()
}

/// A ratio as percent, with so many digits after the point.
pub fn percent(digits: u8) -> Format {
    Format { style: NumberStyle::Percent, digits: Some(digits), unit: UnitOf::None }
}

/// Yuan with two digits.
pub fn money() -> Format {
    Format { style: NumberStyle::Money { currency: "CNY".to_owned() }, digits: Some(2), unit: UnitOf::None }
}

fn duration(unit: TimeUnit) -> Format {
    Format { style: NumberStyle::Duration { unit }, digits: None, unit: UnitOf::None }
}

/// A duration in microseconds.
pub fn microseconds() -> Format {
    duration(TimeUnit::Microsecond)
}

/// A duration in milliseconds.
pub fn milliseconds() -> Format {
    duration(TimeUnit::Millisecond)
}

/// A duration in seconds.
pub fn seconds() -> Format {
    duration(TimeUnit::Second)
}

/// A duration in minutes.
pub fn minutes() -> Format {
    duration(TimeUnit::Minute)
}

/// A duration in hours.
pub fn hours() -> Format {
    duration(TimeUnit::Hour)
}

/// A duration in days of 24 hours.
pub fn days() -> Format {
    duration(TimeUnit::Day)
}

impl Format {
    /// Rounds to so many digits after the point.
    pub fn digits(mut self, digits: u8) -> Self {
        self.digits = Some(digits);
        self
    }

    /// The unit behind the number, the same always.
    pub fn unit(mut self, words: impl Into<Words>) -> Self {
        self.unit = UnitOf::Fixed { words: words.into() };
        self
    }

    /// The unit behind the number, from a text beside it.
    pub fn unit_field(mut self, path: &str) -> Self {
        self.unit = UnitOf::Field { path: path.to_owned() };
        self
    }
}
