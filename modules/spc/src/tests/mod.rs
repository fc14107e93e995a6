//! Published answers, properties, and charts kept on an in-memory host. Everything published goes through the operations.

mod data;
mod gauge;
mod kept;
mod numbers;
mod properties;
mod published;
mod rules;
mod strd;
mod textbook;

use super::module;
use serde_json::{Value as Json, json};
use toolcrib_sdk::testing;

/// The value of a JSON answer.
fn number(json: &Json, at: &str) -> f64 {
    json.pointer(at).and_then(Json::as_f64).unwrap_or_else(|| panic!("no number at {at} in {json}"))
}

/// Equal to the digits stated.
#[track_caller]
fn agrees(got: f64, stated: &str) {
    let decimals = stated.split_once('.').map_or(0, |(_, part)| part.len());
    let half = 0.5 * 10f64.powi(-(decimals as i32));
    let expected: f64 = stated.parse().unwrap();
    assert!((got - expected).abs() <= half * (1.0 + 1e-9), "{got} is not {stated}");
}

/// Equal to a relative difference.
#[track_caller]
fn near(got: f64, expected: f64, relative: f64) {
    assert!((got - expected).abs() <= relative * expected.abs(), "{got} is not {expected}");
}

fn ask(handler: &str, input: &Json) -> Json {
    module().json(handler, input).unwrap_or_else(|stopped| panic!("{handler}: {stopped:?}"))
}

/// Rows of numbers in plain notation as subgroups of readings; `-` is missing.
fn subgroups(text: &str) -> Vec<Json> {
    let reading = |word: &str| if word == "-" { Json::Null } else { json!(word) };
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| json!({"readings": line.split_whitespace().map(reading).collect::<Vec<_>>()}))
        .collect()
}

/// Every number a subgroup of its own.
fn singles(text: &str) -> Vec<Json> {
    text.split_whitespace().map(|word| json!({"readings": [word]})).collect()
}

fn analyse(kind: &str, subgroups: &[Json], setup: Json) -> Json {
    ask("analyse_subgroups", &json!({"kind": kind, "subgroups": subgroups, "setup": setup}))
}

/// Points that break a rule, on the first plot.
fn points_of(analysis: &Json, rule: &str) -> Vec<i64> {
    let signals = analysis["signals"].as_array().unwrap().iter();
    signals
        .filter(|one| one["rule"] == rule && one["second"] == false)
        .filter_map(|one| one["point"].as_i64())
        .collect()
}

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}
