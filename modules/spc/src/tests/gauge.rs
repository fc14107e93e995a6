//! Gauge studies: the AIAG example by both methods, and the odd ones.

use super::data::GAUGE;
use super::{Json, agrees, ask, json, module, near, number};

fn measurements() -> Vec<Json> {
    let mut all = Vec::new();
    for (appraiser, trials) in GAUGE {
        for (trial, values) in trials.iter().enumerate() {
            for (part, value) in values.split(' ').enumerate() {
                let (sign, digits) = value.strip_prefix('-').map_or(("", value), |digits| ("-", digits));
                let zero = if digits.starts_with('.') { "0" } else { "" };
                let value = format!("{sign}{zero}{digits}");
                all.push(json!({"part": format!("{part}"), "appraiser": appraiser, "trial": trial, "value": value}));
            }
        }
    }
    all
}

/// AIAG MSA, 4th ed., figure III-B 15 and 16; digits recomputed in the facts.
#[test]
fn the_aiag_study_by_average_and_range() {
    let of = ask("study_gauge", &json!({"measurements": measurements()}));
    assert_eq!((&of["parts"], &of["appraisers"], &of["trials"]), (&json!(10), &json!(3), &json!(3)));
    let ranges = &of["ranges"];
    agrees(number(ranges, "/mean_range"), "0.341667");
    agrees(number(ranges, "/appraiser_range"), "0.444667");
    agrees(number(ranges, "/part_range"), "3.511111");
    for (at, stated) in [("ev", "0.20186"), ("av", "0.22967"), ("grr", "0.30577"), ("pv", "1.10460"), ("tv", "1.14613")]
    {
        agrees(number(ranges, &format!("/components/{at}/sigma")), stated);
    }
    agrees(number(ranges, "/components/grr/of_total"), "26.68");
    assert_eq!((&ranges["components"]["ndc"], &ranges["components"]["verdict"]), (&json!(5), &json!("conditional")));
    near(number(ranges, "/upper_range"), 0.341667 * 2.5746, 1e-4);
}

/// AIAG MSA, 4th ed., table III-B 7: variances, and the components by pooling.
#[test]
fn the_aiag_study_by_analysis_of_variance() {
    let of = ask("study_gauge", &json!({"measurements": measurements(), "tolerance": "6"}));
    assert_eq!(of["pooled_applies"], true);
    let table = of["with_interaction"]["table"].as_array().unwrap();
    for (line, (degrees, squares, mean)) in table.iter().zip([
        (9, "88.3619", "9.81799"),
        (2, "3.1673", "1.58363"),
        (18, "0.3590", "0.01994"),
        (60, "2.7589", "0.04598"),
        (89, "94.6471", "1.06345"),
    ]) {
        assert_eq!(line["degrees"], degrees);
        agrees(number(line, "/squares"), squares);
        agrees(number(line, "/mean_square"), mean);
    }
    agrees(number(&table[2], "/f"), "0.434");
    agrees(number(&table[2], "/p"), "0.974");
    let pooled = &of["pooled"]["components"];
    for (at, stated) in [("ev", "0.199933"), ("av", "0.226838"), ("pv", "1.042327")] {
        agrees(number(pooled, &format!("/{at}/sigma")), stated);
    }
    for (at, stated) in [("ev", "18.4"), ("av", "20.9"), ("grr", "27.9"), ("pv", "96.0")] {
        agrees(number(pooled, &format!("/{at}/of_total")), stated);
    }
    // The manual adds rounded components: .302373.
    near(number(pooled, "/grr/sigma"), 0.302373, 6e-6);
    agrees(number(pooled, "/grr/contribution"), "7.8");
    assert_eq!((&pooled["ndc"], &pooled["verdict"]), (&json!(4), &json!("conditional")));
    near(number(pooled, "/grr/of_tolerance"), 30.2373, 1e-5);
    // Unpooled: a negative interaction is 0, repeatability is its own mean square.
    let unpooled = &of["with_interaction"]["components"];
    assert_eq!(number(unpooled, "/interaction/sigma"), 0.0);
    near(number(unpooled, "/ev/sigma"), (2.7589f64 / 60.0).sqrt(), 1e-4);
    let strict = ask("study_gauge", &json!({"measurements": measurements(), "pool_above": 0.99}));
    assert_eq!(strict["pooled_applies"], false);
}

/// Appraisers in rows: so many trials of each part, one part after the other.
fn rows(text: &str, trials: usize) -> Vec<Json> {
    let mut all = Vec::new();
    for (appraiser, line) in text.lines().enumerate() {
        for (at, value) in line.split_whitespace().enumerate() {
            let (part, trial) = ((at / trials).to_string(), at % trials);
            all.push(json!({"part": part, "appraiser": appraiser.to_string(), "trial": trial, "value": value}));
        }
    }
    all
}

/// Montgomery, 7th ed., 8.7.2: thermal impedance, whose interaction is significant.
#[test]
fn thermal_impedance_has_the_published_variances() {
    let readings = "\
        37 38 37 42 41 43 30 31 31 42 43 42 28 30 29 42 42 43 25 26 27 40 40 40 25 25 25 35 34 34
        41 41 40 42 42 42 31 31 31 43 43 43 29 30 29 45 45 45 28 28 30 43 42 42 27 29 28 35 35 34
        41 42 41 43 42 43 29 30 28 42 42 42 31 29 29 44 46 45 29 27 27 43 43 41 26 26 26 35 34 35";
    let of = ask("study_gauge", &json!({"measurements": rows(readings, 3)}));
    assert_eq!(of["pooled_applies"], false);
    let lines = [
        (9, "3935.96", "437.33", Some("162.27")),
        (2, "39.27", "19.63", Some("7.28")),
        (18, "48.51", "2.70", Some("5.27")),
        (60, "30.67", "0.51", None),
    ];
    for (line, (degrees, squares, mean, f)) in of["with_interaction"]["table"].as_array().unwrap().iter().zip(lines) {
        assert_eq!(line["degrees"], degrees);
        agrees(number(line, "/squares"), squares);
        agrees(number(line, "/mean_square"), mean);
        assert_eq!(line["f"].as_f64().map(|f| format!("{f:.2}")).as_deref(), f);
    }
    let components = &of["with_interaction"]["components"];
    for (at, variance) in [("ev", "0.51"), ("interaction", "0.73"), ("av", "0.56"), ("pv", "48.29")] {
        agrees(number(components, &format!("/{at}/sigma")).powi(2), variance);
    }
}

/// The study of two trials of the MSA manual's earlier editions, with the output of Minitab, whose documentation has it as
/// its example (GAGEAIAG): shares of the variance and of the study, four categories.
#[test]
fn the_study_of_two_trials_has_the_published_shares() {
    let readings = "\
        0.65 0.60 1.00 1.00 0.85 0.80 0.85 0.95 0.55 0.45 1.00 1.00 0.95 0.95 0.85 0.80 1.00 1.00 0.60 0.70
        0.55 0.55 1.05 0.95 0.80 0.75 0.80 0.75 0.40 0.40 1.00 1.05 0.95 0.90 0.75 0.70 1.00 0.95 0.55 0.50
        0.50 0.55 1.05 1.00 0.80 0.80 0.80 0.80 0.45 0.50 1.00 1.05 0.95 0.95 0.80 0.80 1.05 1.05 0.85 0.80";
    let of = ask("study_gauge", &json!({"measurements": rows(readings, 2)}));
    let table = of["with_interaction"]["table"].as_array().unwrap();
    for (line, (squares, f)) in table.iter().zip([("2.05871", "39.7178"), ("0.04800", "4.1672"), ("0.10367", "4.4588")])
    {
        agrees(number(line, "/squares"), squares);
        agrees(number(line, "/f"), f);
    }
    agrees(number(&table[1], "/p"), "0.033");
    agrees(number(&table[3], "/mean_square"), "0.001292");
    let components = &of["with_interaction"]["components"];
    for (at, contribution) in
        [("grr", "10.67"), ("ev", "3.10"), ("av", "2.19"), ("interaction", "5.37"), ("pv", "89.33"), ("tv", "100.00")]
    {
        agrees(number(components, &format!("/{at}/contribution")), contribution);
    }
    for (at, share) in [("grr", "32.66"), ("ev", "17.62"), ("pv", "94.52")] {
        agrees(number(components, &format!("/{at}/of_total")), share);
    }
    assert_eq!((&components["ndc"], &of["pooled_applies"]), (&json!(4), &json!(false)));
}

/// Two parts, two appraisers, two trials by hand: cells {1, 2}, {3, 5}, {2, 4}, {8, 9}.
#[test]
fn the_smallest_study_equals_the_hand_computation() {
    let one = |part: &str, appraiser: &str, trial: i64, value: i64| json!({"part": part, "appraiser": appraiser, "trial": trial, "value": value});
    let mut all = vec![one("p", "a", 1, 1), one("p", "a", 2, 2), one("p", "b", 1, 3), one("p", "b", 2, 5)];
    all.extend([one("q", "a", 1, 2), one("q", "a", 2, 4), one("q", "b", 1, 8), one("q", "b", 2, 9)]);
    let of = ask("study_gauge", &json!({"measurements": all}));
    // Means 1.5, 4, 3, 8.5; parts 2.75, 5.75; appraisers 2.25, 6.25; all 4.25.
    let squares: Vec<_> = (0..5).map(|at| number(&of["with_interaction"]["table"][at], "/squares")).collect();
    for (found, expected) in squares.iter().zip([18.0, 32.0, 4.5, 5.0, 59.5]) {
        near(*found, expected, 1e-12);
    }
    // F = 4.5/1.25 with 1 and 4 degrees.
    near(number(&of["with_interaction"]["table"][2], "/f"), 3.6, 1e-12);
    // Repeatability 1.25; interaction (4.5 − 1.25)/2; part (18 − 4.5)/4; appraiser (32 − 4.5)/4.
    let components = &of["with_interaction"]["components"];
    for (at, variance) in [("ev", 1.25), ("interaction", 1.625), ("pv", 3.375), ("av", 6.875), ("grr", 9.75)] {
        near(number(components, &format!("/{at}/sigma")), f64::sqrt(variance), 1e-12);
    }
    // R̿ = 1.5, appraisers 4 apart, parts 3 apart.
    near(number(&of["ranges"], "/components/ev/sigma"), 1.5 * 0.8862, 1e-12);
    near(number(&of["ranges"], "/components/pv/sigma"), 2.1213, 1e-12);
    // %GRR is above 30.
    assert_eq!(components["verdict"], "bad");
}

/// AIAG MSA, 4th ed., ch. III-B: the report form gives K1 by the number of trials, K2 by that of appraisers, K3 by that
/// of parts; K1 is for more than 15 ranges however few there are.
#[test]
fn the_factors_of_a_small_study_are_those_of_the_form() {
    const K3: [&str; 9] = ["0.7071", "0.5231", "0.4467", "0.4030", "0.3742", "0.3534", "0.3375", "0.3249", "0.3146"];
    for (trials, k1) in [(2, "0.8862"), (3, "0.5908")] {
        for (appraisers, k2) in [(2, "0.7071"), (3, "0.5231")] {
            for (parts, k3) in (2..=10).zip(K3) {
                let cells = (0..parts * appraisers * trials).map(|at| (at % parts, at / parts % appraisers, at));
                let all: Vec<_> = cells
                    .map(|(part, appraiser, at)| {
                        json!({"part": part.to_string(), "appraiser": appraiser.to_string(), "trial": at, "value": at})
                    })
                    .collect();
                let ranges = &ask("study_gauge", &json!({"measurements": all}))["ranges"];
                let found = ["/k1", "/k2", "/k3"].map(|name| format!("{:.4}", number(ranges, name)));
                assert_eq!(found, [k1, k2, k3], "{parts} parts, {appraisers} appraisers, {trials} trials");
            }
        }
    }
}

#[test]
fn a_perfect_gauge_has_no_variation_and_no_nonsense() {
    let mut all = Vec::new();
    for (part, appraiser, trial) in
        [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1)]
    {
        all.push(
            json!({"part": part.to_string(), "appraiser": appraiser.to_string(), "trial": trial, "value": 10 * part}),
        );
    }
    let of = ask("study_gauge", &json!({"measurements": &all}));
    let components = &of["ranges"]["components"];
    assert_eq!((number(components, "/grr/of_total"), &components["ndc"]), (0.0, &json!(null)));
    assert_eq!(components["verdict"], "good");
    assert_eq!((&of["with_interaction"]["table"][2]["p"], &of["pooled_applies"]), (&json!(null), &json!(false)));
    all.iter_mut().for_each(|one| one["value"] = json!(7));
    let nothing = ask("study_gauge", &json!({"measurements": all}));
    assert_eq!(
        nothing["pooled"]["components"]["grr"],
        json!({"sigma": 0.0, "of_total": null, "contribution": null, "of_tolerance": null})
    );
    assert_eq!(nothing["pooled"]["components"]["verdict"], json!(null));
}

/// Everybody reads the same each time, and one reads all parts a little higher: nothing is left for an interaction, and
/// nothing to test against.
#[test]
fn what_rounding_leaves_is_no_interaction() {
    let mut all = Vec::new();
    for (part, size) in [307, 1_093, 2_219, 2_741, 1_601, 83, 1_999].iter().enumerate() {
        for (appraiser, more) in [0, 113, 59].iter().enumerate() {
            for trial in 0..2 {
                let value = format!("0.{:06}", size + more);
                all.push(json!({"part": part.to_string(), "appraiser": appraiser.to_string(), "trial": trial, "value": value}));
            }
        }
    }
    let of = ask("study_gauge", &json!({"measurements": all}));
    assert_eq!(number(&of, "/with_interaction/components/interaction/sigma"), 0.0);
    for line in 0..3 {
        let line = &of["with_interaction"]["table"][line];
        assert_eq!((&line["f"], &line["p"]), (&json!(null), &json!(null)), "{line}");
    }
    assert_eq!(of["pooled"]["table"][0]["f"], json!(null));
}

#[test]
fn a_study_that_is_not_balanced_is_told_what_is_missing() {
    let refuse = |measurements: &[Json]| {
        let stopped = module().json("study_gauge", &json!({"measurements": measurements})).unwrap_err();
        (stopped.code().to_owned(), stopped.message().to_owned())
    };
    let all = measurements();
    let (code, message) = refuse(&all[1..]);
    assert_eq!((code.as_str(), message.contains("A measured 0")), ("not-balanced", true), "{message}");
    let mut twice = all.clone();
    twice[10]["trial"] = json!(0);
    assert_eq!(refuse(&twice).0, "not-balanced");
    assert_eq!(refuse(&all[..30]).0, "study-too-small", "one appraiser");
    assert_eq!(refuse(&[]).0, "study-too-small");
    let once: Vec<_> = all.iter().filter(|one| one["trial"] == 0).cloned().collect();
    assert_eq!(refuse(&once).0, "study-too-small", "one trial");
    for bad in [json!({"tolerance": "0"}), json!({"spread": 0.0}), json!({"spread": 1e300})] {
        let mut input = bad;
        input["measurements"] = json!(all);
        assert_eq!(module().json("study_gauge", &input).unwrap_err().code(), "bad-tolerance");
    }
}

/// The most that one study holds: 1,000 readings, here of 100 parts.
#[test]
fn a_study_of_a_thousand_readings_fits() {
    let mut all = Vec::new();
    for at in 0..1_000 {
        let (part, appraiser, trial) = (at / 10, at / 5 % 2, at % 5);
        all.push(json!({"part": part.to_string(), "appraiser": appraiser.to_string(), "trial": trial, "value": part + at * 7 % 3}));
    }
    let of = ask("study_gauge", &json!({"measurements": &all}));
    assert_eq!((&of["parts"], &of["ranges"]["components"]["verdict"]), (&json!(100), &json!("good")));
    all.push(all[0].clone());
    assert_eq!(module().json("study_gauge", &json!({"measurements": all})).unwrap_err().code(), "bad-input");
}
