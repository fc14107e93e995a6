//! The rules: published vectors through the operation, and brute force on random series.

use super::{Json, analyse, json, points_of};
use crate::rules::{Judged, broken};
use crate::subgroups::Rule;
use proptest::prelude::*;

const ALL: [&str; 12] = [
    "we1", "we2", "we3", "we4", "nelson1", "nelson2", "nelson3", "nelson4", "nelson5", "nelson6", "nelson7", "nelson8",
];

/// Points given in σ from the centre.
fn judged(z: &[f64]) -> Json {
    let subgroups: Vec<_> = z.iter().map(|z| json!({"readings": [format!("{z}")]})).collect();
    analyse("i_mr", &subgroups, json!({"mean": 0, "sigma": 1, "rules": ALL}))
}

/// The rule vectors of the facts: Western Electric (1956) and Nelson (1984).
#[test]
fn the_published_vectors_signal_where_they_must() {
    assert_eq!(points_of(&judged(&[0.0, 2.5, 1.0, 2.6, 0.0]), "we2"), [4]);
    assert_eq!(points_of(&judged(&[0.0, 1.2, 1.3, 0.2, 1.4, 1.5]), "we3"), [6]);
    assert_eq!(points_of(&judged(&[-1.0; 8]), "we4"), [8]);
    assert_eq!(points_of(&judged(&[0.0, 3.2, -3.5, 2.9]), "we1"), [2, 3]);
    assert_eq!(points_of(&judged(&[0.3; 16]), "nelson7"), [15, 16]);
    assert_eq!(points_of(&judged(&[0.1; 10]), "nelson2"), [9, 10]);
    assert_eq!(points_of(&judged(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), "nelson3"), [6, 7]);
    let saw: Vec<f64> = (0..15).map(|at| if at % 2 == 0 { 0.4 } else { -0.4 }).collect();
    assert_eq!(points_of(&judged(&saw), "nelson4"), [14, 15]);
    let outside: Vec<f64> = (0..9).map(|at| if at % 3 == 0 { 1.5 } else { -1.5 }).collect();
    assert_eq!(points_of(&judged(&outside), "nelson8"), [8, 9]);
    // The signal names the points that make it up: not the one between.
    let of = judged(&[0.0, 2.5, 1.0, 2.6, 0.0]);
    let signal = of["signals"].as_array().unwrap().iter().find(|one| one["rule"] == "we2").unwrap();
    assert_eq!(signal["points"], json!([2, 4]));
}

#[test]
fn lines_do_not_count_as_beyond_and_ties_are_no_trend() {
    assert_eq!(points_of(&judged(&[3.0, -3.0]), "we1"), [0i64; 0], "on the limits");
    assert_eq!(points_of(&judged(&[2.0, 2.0, 2.0]), "we2"), [0i64; 0]);
    assert_eq!(points_of(&judged(&[1.0; 5]), "we3"), [0i64; 0]);
    assert_eq!(points_of(&judged(&[1.0; 15]), "nelson7"), [15], "on 1σ is within it");
    let on_the_centre = [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    assert_eq!(points_of(&judged(&on_the_centre), "we4"), [0i64; 0]);
    assert_eq!(points_of(&judged(&[0.0, 0.1, 0.2, 0.2, 0.3, 0.4, 0.5]), "nelson3"), [0i64; 0]);
    let all_above = [1.5; 8];
    assert_eq!(points_of(&judged(&all_above), "nelson8"), [0i64; 0], "one side only");
}

/// A point that is missing or does not count is passed over: the run goes on behind it.
#[test]
fn runs_pass_over_what_does_not_count() {
    let mut subgroups: Vec<_> = (0..9).map(|_| json!({"readings": ["0.5"]})).collect();
    subgroups[3] = json!({"readings": ["-9"], "excluded": "tool broke"});
    subgroups.push(json!({"readings": [null]}));
    let of = analyse("i_mr", &subgroups, json!({"mean": 0, "sigma": 1}));
    assert_eq!(points_of(&of, "we4"), [9]);
    assert_eq!(of["signals"][0]["points"], json!([1, 2, 3, 5, 6, 7, 8, 9]));
    assert_eq!((&of["points"][9]["value"], &of["points"][9]["upper"]), (&json!(null), &json!(null)));
}

/// Whether the last point completes the pattern, looked at anew: on whole slices, by counting.
fn brute_force(rule: Rule, z: &[f64]) -> bool {
    let last = |n: usize| (z.len() >= n).then(|| &z[z.len() - n..]);
    let some_of = |wanted: usize, of: usize, line: f64| {
        let window = &z[z.len() - of.min(z.len())..];
        let now = *z.last().unwrap();
        let above = window.iter().filter(|z| **z > line).count();
        let below = window.iter().filter(|z| **z < -line).count();
        (now > line && above >= wanted) || (now < -line && below >= wanted)
    };
    let one_side = |n| last(n).is_some_and(|row| row.iter().all(|z| *z > 0.0) || row.iter().all(|z| *z < 0.0));
    let steps = |n| last(n).map(|row| row.windows(2).map(|two| two[1] - two[0]).collect::<Vec<_>>());
    match rule {
        Rule::We1 | Rule::Nelson1 | Rule::Limit => z.last().unwrap().abs() > 3.0,
        Rule::We2 | Rule::Nelson5 => some_of(2, 3, 2.0),
        Rule::We3 | Rule::Nelson6 => some_of(4, 5, 1.0),
        Rule::We4 => one_side(8),
        Rule::Nelson2 => one_side(9),
        Rule::Nelson3 => {
            steps(6).is_some_and(|steps| steps.iter().all(|step| *step > 0.0) || steps.iter().all(|step| *step < 0.0))
        }
        Rule::Nelson4 => steps(14).is_some_and(|steps| steps.windows(2).all(|two| two[0] * two[1] < 0.0)),
        Rule::Nelson7 => last(15).is_some_and(|row| row.iter().all(|z| z.abs() <= 1.0)),
        Rule::Nelson8 => last(8).is_some_and(|row| {
            row.iter().all(|z| z.abs() > 1.0) && row.iter().any(|z| *z > 0.0) && row.iter().any(|z| *z < 0.0)
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// 400 series of 60 points each, on a grid so coarse that ties and points on lines are frequent, drifting so that
    /// every rule is met.
    #[test]
    fn every_rule_agrees_with_brute_force(
        steps in proptest::collection::vec(-14..=14i32, 60), pull in 0..5i32, turn in any::<bool>(),
    ) {
        let mut level = 0;
        let mut z = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            level = level * pull / 5 + step;
            let sign = if turn && at % 2 == 0 { -1 } else { 1 };
            z.push(f64::from(sign * level) / 4.0);
        }
        use Rule::*;
        for rule in [We1, We2, We3, We4, Nelson1, Nelson2, Nelson3, Nelson4, Nelson5, Nelson6, Nelson7, Nelson8] {
            let points: Vec<Judged> = z.iter().map(|z| Judged { value: *z, z: *z }).collect();
            for end in 1..=z.len() {
                let found = broken(rule, &points[..end], 3.0);
                prop_assert_eq!(found.is_some(), brute_force(rule, &z[..end]), "{:?} at {} of {:?}", rule, end, z);
                if let Some(found) = found {
                    prop_assert_eq!(found.last(), Some(&(end - 1)));
                    prop_assert!(found.is_sorted());
                }
            }
        }
    }
}

/// Random walks alone would seldom alternate fourteen times or stay within 1σ.
#[test]
fn the_rare_rules_are_met_in_long_series() {
    use Rule::{Nelson3, Nelson4, Nelson7, Nelson8};
    let mut seed = 7u64;
    let mut next = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let mut z = Vec::new();
    while z.len() < 12_000 {
        let (style, length) = (next(4), 5 + next(20));
        for at in 0..length {
            let small = next(8) as f64 / 8.0;
            z.push(match style {
                0 => small,
                1 => at as f64 / 4.0 - 2.0,
                2 => {
                    if at % 2 == 0 {
                        1.0 + small
                    } else {
                        -1.0 - small
                    }
                }
                _ => small * 6.0 - 3.0,
            });
        }
    }
    for rule in [Nelson3, Nelson4, Nelson7, Nelson8] {
        let mut met = 0;
        for end in 1..=z.len() {
            let from = end.saturating_sub(20);
            let points: Vec<Judged> = z[from..end].iter().map(|z| Judged { value: *z, z: *z }).collect();
            let found = broken(rule, &points, 3.0).is_some();
            assert_eq!(found, brute_force(rule, &z[from..end]), "{rule:?} at {end}");
            met += i32::from(found);
        }
        assert!(met > 20, "{rule:?} was met {met} times");
    }
}
