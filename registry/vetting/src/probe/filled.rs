//! The arguments of a view's queries filled in, as a page would fill them: from constants, the address, who looks, and the
//! clock. What a host's page asks and what is asked here must be the same.

use super::preview::Stage;
use serde_json::{Map, Value as Json};
use toolcrib_contract::file;
use toolcrib_contract::json;
use toolcrib_contract::preview::OFFSET_S;
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::types::{Date, Instant, RawId, check_text, parse_decimal};
use toolcrib_contract::view::check::param_type;
use toolcrib_contract::view::{Argument, Bind, Param, View, scalar};

/// What a page's address says.
pub(super) type Address = [(String, String)];

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;
const DAY_US: i64 = 86_400 * SECOND_US;

impl Stage<'_> {
    /// The input of a query; none when the page would have to be told something first.
    pub fn input(&self, view: &View, address: &Address, arguments: &[Argument], input: &Type) -> Option<Json> {
        let mut object = Map::new();
        for field in input.fields() {
            let argument = arguments.iter().find(|argument| argument.name == field.name);
            let text = argument.and_then(|argument| self.text(view, address, &argument.value, &field.of));
            let value = match text.filter(|text| !text.trim().is_empty()) {
                Some(text) => parse(&field.of, &text)?,
                None => Json::Null,
            };
            if value.is_null() && !matches!(field.of, Type::Option { .. } | Type::Unit) {
                return None;
            }
            object.insert(field.name.clone(), value);
        }
        Some(Json::Object(object))
    }

    /// A value in the notation of addresses; none when there is none.
    fn text(&self, view: &View, address: &Address, bind: &Bind, of: &Type) -> Option<String> {
        match bind {
            Bind::Constant { text } => Some(text.clone()),
            Bind::Param { name } => self.param(view, address, view.params.iter().find(|param| param.name == *name)?),
            // A preview is looked at from no terminal.
            Bind::Row { .. } | Bind::Place => None,
            Bind::User => Some(self.actor.to_owned()),
            Bind::Now { minus_s } => {
                let ago = i64::try_from(*minus_s).unwrap_or(i64::MAX).saturating_mul(SECOND_US);
                let now = self.now.0 - self.now.0.rem_euclid(MINUTE_US);
                Some(Instant(now.saturating_sub(ago).max(Instant::MIN.0)).to_string())
            }
            Bind::Today { minus_days } => {
                let today = (self.now.0 + OFFSET_S * SECOND_US).div_euclid(DAY_US);
                let day = (today - i64::from(*minus_days)).max(Date::MIN.0);
                Some(match scalar(of) {
                    Type::Instant => Instant((day * DAY_US - OFFSET_S * SECOND_US).max(Instant::MIN.0)).to_string(),
                    _ => Date(day).to_string(),
                })
            }
        }
    }

    fn param(&self, view: &View, address: &Address, param: &Param) -> Option<String> {
        if let Some((_, text)) = address.iter().find(|(name, _)| *name == param.name) {
            return Some(text.clone());
        }
        let of = param_type(self.manifest, view, &param.name).unwrap_or(Type::Unit);
        // A parameter begins with no parameter and no row, so this does not go round in circles.
        let initial = param.initial.as_ref().filter(|bind| !matches!(bind, Bind::Param { .. }))?;
        self.text(view, address, initial, &of)
    }
}

/// A text of an address as a value of a type; none when it does not fit.
fn parse(of: &Type, text: &str) -> Option<Json> {
    let of = scalar(of);
    let plain = text.trim();
    let value = match of {
        Type::Bool => Json::Bool(matches!(plain, "true" | "on" | "1")),
        Type::Text { max } => check_text(text, *max).ok().map(|()| Json::from(text))?,
        Type::Int => Json::from(plain.parse::<i64>().ok()?),
        Type::Float => Json::Number(serde_json::Number::from_f64(plain.parse().ok()?)?),
        Type::Decimal { scale } => parse_decimal(plain, *scale).ok().map(|_| Json::from(plain))?,
        Type::File { accept, .. } => file::check(plain, accept).ok().map(|()| Json::from(plain))?,
        Type::Instant => Json::from(plain.parse::<Instant>().ok()?.to_string()),
        Type::Date => Json::from(plain.parse::<Date>().ok()?.to_string()),
        Type::Id { .. } | Type::Ref { .. } => Json::from(plain.parse::<RawId>().ok()?.to_string()),
        Type::Enum { .. } => Json::from(plain),
        Type::Unit | Type::Option { .. } | Type::List { .. } | Type::Struct { .. } => return None,
    };
    let field = Field { name: "x".to_owned(), of: of.clone(), doc: String::new() };
    let whole = Type::Struct { name: String::new(), fields: vec![field] };
    json::read(&whole, &serde_json::json!({"x": value})).ok().map(|_| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_what_its_type_says_or_nothing() {
        let option = |of: Type| Type::Option { of: Box::new(of) };
        let shift = Type::Enum { name: "shift".into(), cases: vec!["day".into()] };
        for (of, text, value) in [
            (option(Type::Int), " 12 ", Some(Json::from(12))),
            (Type::Int, "12.5", None),
            (Type::Decimal { scale: 2 }, "12.5", Some(Json::from("12.5"))),
            (Type::Decimal { scale: 0 }, "12.5", None),
            (Type::Date, "2026-11-23", Some(Json::from("2026-11-23"))),
            (Type::Instant, "2026-11-23T16:00:00+08:00", Some(Json::from("2026-11-23T08:00:00Z"))),
            (Type::Text { max: 2 }, "早班", Some(Json::from("早班"))),
            (Type::Text { max: 1 }, "早班", None),
            (shift.clone(), "day", Some(Json::from("day"))),
            (shift, "night", None),
            (Type::Bool, "true", Some(Json::Bool(true))),
            (Type::Id { record: "job".into() }, "x", None),
        ] {
            assert_eq!(parse(&of, text), value, "{of:?} from {text:?}");
        }
    }
}
