//! What machines say, as modules see it: never sample by sample, but as state changes, closed windows, crossed limits and
//! silence.
//!
//! A signal is named `<equipment>.<signal>`: the equipment's code, then the kind of signal (`state`, `good`, `scrap`).

use crate::fill::fill_struct;
use crate::schema::{Field, Schema, Type};
use crate::types::{Instant, Text};
use crate::{codec_enum, codec_struct};

mod level;

pub use level::{Band, Level, Standing, Turn};

/// The value of one reading.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(untagged))]
pub enum Sample {
    Flag { value: bool },
    Count { value: i64 },
    Number { value: f64 },
    Word { value: String },
}
codec_enum!(Sample { 0 => Flag { value }, 1 => Count { value }, 2 => Number { value }, 3 => Word { value } });

/// How far a reading can be trusted, as its source says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Quality {
    #[default]
    Good,
    /// Usable, with a doubt: an estimate, or the last known value.
    Uncertain,
    /// Kept and shown, and nothing follows from it: a sensor that is broken or disconnected.
    Bad,
}

/// Samples of one signal, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    pub times: Vec<i64>,
    pub values: Vec<Sample>,
}
codec_struct!(Samples { times, values });

/// A signal took another value. Sent in the order of `at` for each signal; a late reading that changes the past is
/// not sent (it is counted and stays queryable).
#[derive(Clone, Debug, PartialEq)]
pub struct StateChange {
    /// Code of the equipment.
    pub equipment: Text<64>,
    pub at: Instant,
    /// The value as text.
    pub value: Text<64>,
    /// The value before, if one is known.
    pub previous: Option<Text<64>>,
}
codec_struct!(StateChange { equipment, at, value, previous });
fill_struct!(StateChange { equipment, at, value, previous });

impl Schema for StateChange {
    fn schema() -> Type {
        structure(
            "state_change",
            [
                ("equipment", Text::<64>::schema()),
                ("at", Instant::schema()),
                ("value", Text::<64>::schema()),
                ("previous", Option::<Text<64>>::schema()),
            ],
        )
    }
}

/// One minute of a counting signal is over. A counter that restarts or wraps at 16 or 32 bits keeps counting.
/// The same window is sent again, with a higher `revision` and complete figures, when readings arrive late.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Code of the equipment.
    pub equipment: Text<64>,
    /// Inclusive.
    pub from: Instant,
    /// Exclusive.
    pub until: Instant,
    /// What the counter gained inside the window.
    pub increase: i64,
    /// Readings inside the window.
    pub samples: i64,
    /// 1 the first time.
    pub revision: i64,
}
codec_struct!(Window { equipment, from, until, increase, samples, revision });
fill_struct!(Window { equipment, from, until, increase, samples, revision });

impl Schema for Window {
    fn schema() -> Type {
        structure(
            "window",
            [
                ("equipment", Text::<64>::schema()),
                ("from", Type::Instant),
                ("until", Type::Instant),
                ("increase", Type::Int),
                ("samples", Type::Int),
                ("revision", Type::Int),
            ],
        )
    }
}

/// A number went beyond a limit and stayed there for as long as was asked, or came back. In the order of `at` for each
/// signal; when a late reading changes what was told, the same crossing is sent again with a higher `revision`: with
/// `holds` false when it never was.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// Code of the equipment.
    pub equipment: Text<64>,
    /// When it had been beyond for long enough, or was back.
    pub at: Instant,
    /// The value at that time.
    pub value: f64,
    /// It is beyond the limit now; false: it is back.
    pub beyond: bool,
    /// False: late readings show that this crossing did not happen.
    pub holds: bool,
    /// 1 the first time.
    pub revision: i64,
}
codec_struct!(Crossing { equipment, at, value, beyond, holds, revision });
fill_struct!(Crossing { equipment, at, value, beyond, holds, revision });

impl Schema for Crossing {
    fn schema() -> Type {
        structure(
            "crossing",
            [
                ("equipment", Text::<64>::schema()),
                ("at", Type::Instant),
                ("value", Type::Float),
                ("beyond", Type::Bool),
                ("holds", Type::Bool),
                ("revision", Type::Int),
            ],
        )
    }
}

/// Nothing was heard of a signal for as long as was asked, or it was heard again. By the host's clock: what a machine's
/// clock says does not count here.
#[derive(Clone, Debug, PartialEq)]
pub struct Silence {
    /// Code of the equipment.
    pub equipment: Text<64>,
    /// When it became silent, or was heard again.
    pub at: Instant,
    /// It is silent now.
    pub silent: bool,
    /// When it was heard before.
    pub heard: Instant,
}
codec_struct!(Silence { equipment, at, silent, heard });
fill_struct!(Silence { equipment, at, silent, heard });

impl Schema for Silence {
    fn schema() -> Type {
        structure(
            "silence",
            [
                ("equipment", Text::<64>::schema()),
                ("at", Type::Instant),
                ("silent", Type::Bool),
                ("heard", Type::Instant),
            ],
        )
    }
}

fn structure<const N: usize>(name: &str, fields: [(&str, Type); N]) -> Type {
    let fields = fields.map(|(name, of)| Field { name: name.to_owned(), of, doc: String::new() });
    Type::Struct { name: name.to_owned(), fields: fields.into() }
}
