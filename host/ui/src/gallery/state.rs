//! Answers that nobody hopes for, made from a query's type: nothing at all, a failure, texts as long as they may be, many
//! rows. Every widget has to look well with them.

use serde_json::{Map, Value as Json, json};
use toolcrib_contract::Type;
use toolcrib_contract::problem::{Problem, REJECTED};
use toolcrib_contract::types::{Date, decimal_text};

/// What every query of a page answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No row, no value that may be absent.
    Empty,
    /// Only a problem.
    Failed,
    /// Chinese texts as long as the type allows.
    Long,
    /// As many rows as one page has.
    Many,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Empty, Self::Failed, Self::Long, Self::Many];

    /// What it is called in the list of pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Failed => "failed",
            Self::Long => "long",
            Self::Many => "many",
        }
    }

    /// The answer of a query that returns this type.
    ///
    /// # Errors
    /// [`State::Failed`] always.
    pub fn answer(self, of: &Type) -> Result<Json, Problem> {
        if self == Self::Failed {
            return Err(REJECTED.because("班次还没有排好，请先在工厂里排班"));
        }
        Ok(self.value(of, 0))
    }

    /// How many items a list has.
    fn items(self) -> usize {
        match self {
            Self::Empty | Self::Failed => 0,
            Self::Long => 3,
            Self::Many => 200,
        }
    }

    fn value(self, of: &Type, at: usize) -> Json {
        let step = at as i64;
        match of {
            Type::Unit => Json::Null,
            Type::Bool => json!(at.is_multiple_of(3)),
            Type::Int => json!(step * 37 % 1_000),
            Type::Float => json!(9.5 + (step % 7) as f64 / 4.0),
            Type::Decimal { scale } => json!(decimal_text(step * 7 % 10, *scale)),
            Type::Text { max } => Json::String(self.text(*max, at)),
            Type::File { .. } => json!(format!("{at:064x}.pdf")),
            Type::Date => json!(Date(20_780 + step).to_string()),
            Type::Instant => json!(super::NOW.plus_us(-3_600_000_000 * step).to_string()),
            Type::Enum { cases, .. } => json!(cases[at % cases.len()]),
            Type::Id { .. } | Type::Ref { .. } => json!(format!("018f0e6e-7b1c-7cc3-a1b2-{at:012x}")),
            Type::Option { .. } if self == Self::Empty || at % 5 == 4 => Json::Null,
            Type::Option { of } => self.value(of, at),
            Type::List { of } => (0..self.items()).map(|at| self.value(of, at)).collect(),
            Type::Struct { fields, .. } => {
                let values = fields.iter().map(|field| (field.name.clone(), self.value(&field.of, at)));
                Json::Object(values.collect::<Map<_, _>>())
            }
        }
    }

    fn text(self, max: u32, at: usize) -> String {
        let number = format!("{at:03}");
        match self {
            Self::Long => {
                let words = "一号厂房二楼东侧精密冲压与自动去毛刺联合生产线（夜班）".chars().cycle();
                number.chars().chain(words).take(max as usize).collect()
            }
            _ => format!("设备{number}"),
        }
    }
}
