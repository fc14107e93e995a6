//! Conditions and tones.

use super::number::Exact;
use super::value;
use serde_json::Value as Json;
use std::cmp::Ordering;
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::{Condition, State, Test, Tone, ToneRule};

/// Whether a row or answer meets a condition.
pub fn holds(condition: &Condition, row: &Json) -> bool {
    let value = value::at(row, &condition.field);
    match condition.test {
        Test::Absent => is_absent(value),
        Test::Present => !is_absent(value),
        Test::Is => same(value, &condition.value),
        Test::IsNot => !same(value, &condition.value),
        Test::Less => order(value, &condition.value).is_some_and(Ordering::is_lt),
        Test::AtMost => order(value, &condition.value).is_some_and(Ordering::is_le),
        Test::More => order(value, &condition.value).is_some_and(Ordering::is_gt),
        Test::AtLeast => order(value, &condition.value).is_some_and(Ordering::is_ge),
    }
}

/// Nothing, or a list of nothing.
fn is_absent(value: &Json) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn same(value: &Json, wanted: &str) -> bool {
    match value {
        Json::String(text) if text == wanted => true,
        Json::Null => false,
        Json::Bool(flag) => wanted == if *flag { "true" } else { "false" },
        value => order(value, wanted) == Some(Ordering::Equal),
    }
}

/// How a value stands to another in the notation of forms; none where they have no order.
pub fn order(value: &Json, wanted: &str) -> Option<Ordering> {
    if let (Some(value), Some(wanted)) = (Exact::of(value), Exact::parse(wanted)) {
        return value.compare(wanted);
    }
    let text = value.as_str()?;
    match (text.parse::<Instant>(), wanted.parse::<Instant>()) {
        (Ok(value), Ok(wanted)) => Some(value.cmp(&wanted)),
        // Days in ISO notation order as their text does.
        _ => (text.len() == 10 && wanted.len() == 10).then(|| text.cmp(wanted)),
    }
}

/// The tone of the first rule that holds.
pub fn of(rules: &[ToneRule], row: &Json) -> Tone {
    rules.iter().find(|rule| holds(&rule.when, row)).map_or(Tone::Neutral, |rule| rule.tone)
}

/// The tone of a state.
pub fn of_state(states: &[State], value: &str) -> Tone {
    states.iter().find(|state| state.value == value).map_or(Tone::Neutral, |state| state.tone)
}

/// The class that colours a tone.
pub fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "idle",
        Tone::Info => "info",
        Tone::Ok => "ok",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}

/// The shape that stands for a tone, for whoever sees no colours.
pub fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "○",
        Tone::Info => "◇",
        Tone::Ok => "●",
        Tone::Warn => "▲",
        Tone::Bad => "■",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use toolcrib_contract::view::when;

    #[test]
    fn a_condition_compares_as_its_field_is() {
        let row = json!({"oee": "0.747937", "state": "down", "note": null, "open": true, "due": "2026-11-23", "at": "2026-11-23T08:00:00Z", "n": 3, "rows": [], "lines": [1]});
        for (condition, met) in [
            (when("oee").less("0.75"), true),
            (when("oee").at_least("0.747937"), true),
            (when("oee").more("0.747937"), false),
            (when("n").at_most("3.0"), true),
            (when("n").is("3.00"), true),
            (when("state").is("down"), true),
            (when("state").is_not("down"), false),
            (when("note").absent(), true),
            (when("rows").absent(), true),
            (when("lines").present(), true),
            (when("note").is_not("x"), true),
            (when("note").less("1"), false),
            (when("open").is("true"), true),
            (when("due").less("2026-12-01"), true),
            (when("at").more("2026-11-23T15:00:00+08:00"), true),
        ] {
            assert_eq!(holds(&condition, &row), met, "{condition:?}");
        }
    }
}
