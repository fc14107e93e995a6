//! Published charts and capabilities, each with its source, to the digits stated.

use super::data::{CUSUM, EWMA, FLOW_RATE, HARD_BAKE, ORANGE_JUICE, PISTON_RINGS, WAFERS};
use super::{Json, agrees, analyse, ask, json, near, number, points_of, singles, subgroups};

fn counts(counts: &[i64], size: Option<i64>) -> Vec<Json> {
    counts.iter().map(|count| json!({"count": count, "size": size})).collect()
}

/// Limits of the first point, those of the second plot of the last.
fn limits(analysis: &Json) -> [f64; 6] {
    let points = analysis["points"].as_array().unwrap();
    let limit = |point: &Json, name: &str| point[name].as_f64().unwrap_or(f64::NAN);
    let (first, last) = (&points[0], &points[points.len() - 1]);
    let [lower, centre, upper] = ["lower", "centre", "upper"].map(|name| limit(first, name));
    let [low, middle, high] = ["second_lower", "second_centre", "second_upper"].map(|name| limit(last, name));
    [lower, centre, upper, low, middle, high]
}

/// Montgomery's piston rings; the facts of the project recomputed them.
#[test]
fn piston_rings_have_the_published_limits_and_signals() {
    let rings = subgroups(PISTON_RINGS);
    let phase_one = analyse("xbar_r", &rings[..25], json!(null));
    let [lower, centre, upper, range_lower, range, range_upper] = limits(&phase_one);
    agrees(centre, "74.00118");
    agrees(range, "0.02276");
    agrees(number(&phase_one, "/sigma"), "0.0097853");
    // qcc has 0.009785039, since its d2 is 2.326.
    near(number(&phase_one, "/sigma"), 0.009785039, 1e-4);
    agrees(lower, "73.98805");
    agrees(upper, "74.01430");
    agrees(range_upper, "0.04813");
    assert_eq!(range_lower, 0.0);
    assert_eq!(points_of(&phase_one, "we1"), [0i64; 0]);
    let both = analyse("xbar_r", &rings, json!({"base": 25}));
    assert_eq!(points_of(&both, "we1"), [37, 38, 39]);
    let deviations = limits(&analyse("xbar_s", &rings[..25], json!(null)));
    agrees(deviations[4], "0.00924004");
    agrees(deviations[5], "0.01930242");
}

#[test]
fn piston_rings_have_the_published_capability() {
    let rings = subgroups(PISTON_RINGS);
    let specification = json!({"lower": "73.95", "upper": "74.05", "target": "74"});
    let of = ask("study_capability", &json!({"subgroups": &rings[..25], "specification": specification}));
    assert_eq!(of["readings"], 125);
    agrees(number(&of, "/within/cp/value"), "1.7032");
    agrees(number(&of, "/within/cpk/value"), "1.6632");
    agrees(number(&of, "/overall/cp/value"), "1.6551");
    agrees(number(&of, "/overall/cpk/value"), "1.6162");
    // The intervals of qcc's process.capability for the same data: level 0.95, 124 degrees of freedom.
    for (at, lower, upper) in [("cp", "1.491", "1.915"), ("cpl", "1.555", "1.932"), ("cpk", "1.448", "1.878")] {
        let level = if at == "cpl" { 0.9 } else { 0.95 };
        let specification = json!({"lower": "73.95", "upper": "74.05", "target": "74", "level": level});
        let of = ask("study_capability", &json!({"subgroups": &rings[..25], "specification": specification}));
        agrees(number(&of, &format!("/within/{at}/lower")), lower);
        agrees(number(&of, &format!("/within/{at}/upper")), upper);
    }
    agrees(number(&of, "/within/cpm/value"), "1.691");
}

/// Montgomery, 7th ed., example 6.4 (table 6.4): piston rings with twelve readings missing and subgroup 21 modified, x̄
/// and s charts by pooled s. Of the unmodified ones qcc finds σ = 0.009856701, the mean of R/d2(n) with rounded d2.
#[test]
fn subgroups_of_different_sizes_have_limits_of_their_own() {
    let missing = [9, 10, 30, 35, 45, 64, 65, 74, 75, 85, 99, 100];
    let mut rings = subgroups(PISTON_RINGS)[..25].to_vec();
    for at in missing {
        rings[(at - 1) / 5]["readings"][(at - 1) % 5] = Json::Null;
    }
    let mut modified = rings.clone();
    modified[20] = subgroups("73.982 74.001 74.015 74.005 73.996").remove(0);
    let by_s = analyse("xbar_s", &modified, json!(null));
    assert_eq!(by_s["estimate"], "s_pooled");
    let [lower, centre, upper, s_lower, s, s_upper] = limits(&by_s);
    agrees(centre, "74.001");
    agrees(s, "0.0103");
    // The book's limits are made of the rounded 74.001 and .0103.
    for (limit, stated) in [(upper, 74.016), (lower, 73.986)] {
        assert!((limit - stated).abs() < 6e-4, "{limit}, {stated}");
    }
    assert!((s_upper - 0.022).abs() < 6e-4);
    assert_eq!(s_lower, 0.0);
    // n = 3 and n = 4 of the same table: A3, B4 times .0103.
    assert_eq!((&by_s["points"][1]["size"], &by_s["points"][8]["size"]), (&json!(3.0), &json!(4.0)));
    for (point, name, stated) in
        [(1, "upper", 74.021), (1, "second_upper", 0.026), (8, "upper", 74.018), (8, "second_upper", 0.023)]
    {
        let limit = number(&by_s, &format!("/points/{point}/{name}"));
        assert!((limit - stated).abs() < 6e-4, "{point} {name}: {limit}, {stated}");
    }
    let by_range = analyse("xbar_r", &rings, json!(null));
    agrees(number(&by_range, "/centre"), "74.00075");
    near(number(&by_range, "/sigma"), 0.009856701, 2e-4);
    // qcc's limits of subgroups 1 and 2, in digits that rounded d2 leave.
    for (point, lower, upper) in [(0, 73.98753, 74.01398), (1, 73.98368, 74.01782)] {
        assert!((number(&by_range, &format!("/points/{point}/lower")) - lower).abs() < 2e-5);
        assert!((number(&by_range, &format!("/points/{point}/upper")) - upper).abs() < 2e-5);
    }
}

/// Montgomery's viscosity data: qcc has x̄ 33.52333, σ 0.4261651 by moving ranges, limits 32.24484 and 34.80183.
#[test]
fn viscosities_have_the_published_limits() {
    let readings = "33.75 33.05 34 33.81 33.46 34.02 33.68 33.27 33.49 33.20 33.62 33.00 33.54 33.12 33.84";
    let of = analyse("i_mr", &singles(readings), json!(null));
    agrees(number(&of, "/centre"), "33.52333");
    near(number(&of, "/sigma"), 0.4261651, 4e-4);
    near(number(&of, "/points/0/lower"), 32.24484, 2e-5);
    near(number(&of, "/points/0/upper"), 34.80183, 2e-5);
}

/// Montgomery, 7th ed., example 6.1: hard-bake, limits from x̿ 1.5056 and R̄ .32521.
#[test]
fn hard_bake_has_the_published_limits() {
    let [lower, centre, upper, _, range, range_upper] = limits(&analyse("xbar_r", &subgroups(HARD_BAKE), json!(null)));
    agrees(centre, "1.5056");
    agrees(range, "0.32521");
    near(upper, 1.69325, 1e-4);
    near(lower, 1.31795, 1e-4);
    near(range_upper, 0.68749, 1e-3);
    // Example 6.1 goes on with σ = R̄/d2 = 0.1398 and Cp = 1.192 for 1.50 ± 0.50.
    let specification = json!({"lower": "1", "upper": "2"});
    let of = ask("study_capability", &json!({"subgroups": subgroups(HARD_BAKE), "specification": specification}));
    agrees(number(&of, "/within/sigma"), "0.1398");
    agrees(number(&of, "/within/cp/value"), "1.192");
}

/// NIST handbook, 6.3.2.2 (with D4 and 1.128 to three decimals).
#[test]
fn flow_rates_have_the_published_individual_limits() {
    let [lower, centre, upper, range_lower, range, range_upper] =
        limits(&analyse("i_mr", &singles(FLOW_RATE), json!(null)));
    agrees(centre, "50.81");
    agrees(range, "1.8778");
    near(upper, 55.8041, 1e-4);
    near(lower, 45.8159, 1e-4);
    near(range_upper, 6.1349, 5e-4);
    assert_eq!(range_lower, 0.0);
}

/// Orange juice cans; the counts of the NIST handbook, 6.3.3.2, which rounds to .2313, .4103 and .0524.
#[test]
fn orange_juice_has_the_published_shares() {
    let all = counts(&ORANGE_JUICE, Some(50));
    let [lower, centre, upper, ..] = limits(&analyse("p", &all, json!(null)));
    agrees(centre, "0.2313333");
    agrees(lower, "0.05242755");
    agrees(upper, "0.4102391");
    let shares = analyse("p", &all, json!(null));
    assert_eq!(points_of(&shares, "we1"), [15, 23]);
    let [lower, centre, upper, ..] = limits(&analyse("np", &all, json!(null)));
    agrees(centre, "11.56667");
    agrees(lower, "2.621377");
    agrees(upper, "20.51196");
    let mut without = all;
    for at in [14, 22] {
        without[at]["excluded"] = json!("A cause was found");
    }
    let [lower, centre, upper, ..] = limits(&analyse("p", &without, json!(null)));
    agrees(centre, "0.215");
    agrees(lower, "0.04070284");
    agrees(upper, "0.3892972");
}

/// NIST handbook, 6.3.3.1: the third wafer is on the upper limit and not out, the 24th is.
#[test]
fn a_point_on_a_limit_is_not_out() {
    let wafers = analyse("c", &counts(&WAFERS, None), json!(null));
    assert_eq!(limits(&wafers)[..3], [4.0, 16.0, 28.0]);
    assert_eq!(points_of(&wafers, "we1"), [24]);
    // The same per unit where a unit is two wafers.
    let units: Vec<_> = WAFERS.iter().map(|count| json!({"count": count, "size": "0.5"})).collect();
    let of = analyse("u", &units, json!(null));
    assert_eq!((number(&of, "/centre"), points_of(&of, "we1")), (32.0, vec![24]));
    assert_eq!(limits(&of)[..3], [8.0, 32.0, 56.0]);
}

/// Far from zero a decimal and its line are rounded by more than the tolerance of a small σ: 10000000.3 is on its limit.
#[test]
fn a_point_on_a_limit_far_from_zero_is_not_out() {
    let on_the_limits = singles("10000000.3 9999999.7 10000000.3");
    let of = analyse("i_mr", &on_the_limits, json!({"mean": 10_000_000, "sigma": 0.1, "rules": ["we1", "nelson5"]}));
    assert_eq!((points_of(&of, "we1"), points_of(&of, "nelson5")), (vec![], vec![3]));
    let beyond = singles("10000000.300001 9999999.699999");
    let of = analyse("i_mr", &beyond, json!({"mean": 10_000_000, "sigma": 0.1}));
    assert_eq!(points_of(&of, "we1"), [1, 2]);
}

/// Without any spread every weighted average is the centre: .1 · λ + .1 · (1 − λ) must not drift from .1 by rounding.
#[test]
fn equal_readings_never_leave_an_ewma() {
    for reading in ["0.1", "1000.3", "100001"] {
        for lambda in [0.05, 0.1, 0.2, 0.4, 1.0] {
            let of = analyse("ewma", &singles(&[reading; 30].join(" ")), json!({"lambda": lambda}));
            assert_eq!((&of["sigma"], &of["signals"]), (&json!(0.0), &json!([])), "{reading} {lambda}");
        }
    }
}

/// NIST handbook, 6.3.2.3, recomputed.
#[test]
fn the_nist_cusum_signals_at_fourteen() {
    let setup = json!({"mean": 325, "k": 0.3175, "h": 4.1959});
    let of = analyse("cusum", &singles(CUSUM), setup);
    agrees(number(&of, "/points/12/value"), "3.0075");
    agrees(number(&of, "/points/13/value"), "4.94");
    agrees(number(&of, "/points/19/value"), "19.035");
    assert_eq!(points_of(&of, "limit"), [14, 15, 16, 17, 18, 19, 20]);
    assert_eq!((number(&of, "/points/0/upper"), number(&of, "/points/0/lower")), (4.1959, 0.0));
}

/// Montgomery, 7th ed., table 9.3: a CUSUM with k = 3, h = 12 around 100 that starts at H/2 = 6.
#[test]
fn a_head_start_is_worked_off() {
    let readings = "102 97 104 93 100 105 96 98 105 99";
    let of = analyse("cusum", &singles(readings), json!({"mean": 100, "k": 3, "h": 12, "head_start": 6}));
    let column = |name: &str| (0..10).map(|at| number(&of, &format!("/points/{at}/{name}"))).collect::<Vec<_>>();
    assert_eq!(column("value"), [5.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 2.0, 0.0]);
    assert_eq!(column("second"), [1.0, 1.0, 0.0, 4.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
}

/// NIST handbook, 6.3.2.4: EWMA₀ 50, s 2.0539, λ .3; steady limits 47.4115 and 52.5884.
#[test]
fn the_nist_ewma_has_the_published_values() {
    let setup = json!({"mean": 50, "sigma": 2.0539, "lambda": 0.3, "steady": true});
    let of = analyse("ewma", &singles(EWMA), setup);
    agrees(number(&of, "/points/5/upper"), "52.5884");
    near(number(&of, "/points/5/lower"), 47.4115, 2e-6);
    let stated = "50.60 49.52 50.56 50.18 50.16 49.21 49.75 49.85 50.26 50.33 50.11 49.36 49.52 50.05 49.38 49.92 50.73 \
                  51.23 51.94 51.99";
    for (at, stated) in stated.split(' ').enumerate() {
        agrees(number(&of, &format!("/points/{at}/value")), stated);
    }
    assert_eq!(of["signals"], json!([]));
    let fresh = analyse("ewma", &singles(EWMA), json!({"mean": 50, "sigma": 2.0539, "lambda": 0.3}));
    for at in 0..20 {
        let half = 3.0 * 2.0539 * (0.3 / 1.7 * (1.0 - 0.7f64.powi(2 * (at + 1)))).sqrt();
        near(number(&fresh, &format!("/points/{at}/upper")), 50.0 + half, 1e-12);
    }
}

/// Montgomery, 7th ed., example 8.4: n 20, s 1.75, limits 38 and 62: Cp 2.29, from 1.57 to 3.01; and the formula of 8.3.5 worked
/// out for n 20 and Cpk 1.33.
#[test]
fn capability_of_stated_figures_has_the_published_intervals() {
    let specification = json!({"lower": "38", "upper": "62"});
    let of = ask("capability_of", &json!({"readings": 20, "mean": 50, "sigma": 1.75, "specification": specification}));
    agrees(number(&of, "/cp/value"), "2.29");
    // The book goes on with 2.29 where 2.2857 is exact.
    near(number(&of, "/cp/lower"), 1.57, 4e-3);
    near(number(&of, "/cp/upper"), 3.01, 4e-3);
    let one_sided = json!({"upper": "3.99"});
    let of = ask("capability_of", &json!({"readings": 20, "mean": 0, "sigma": 1, "specification": one_sided}));
    agrees(number(&of, "/cpk/value"), "1.33");
    let half = 1.959964 * (1.0 / (9.0 * 20.0) + 1.33 * 1.33 / (2.0 * 19.0f64)).sqrt();
    near(number(&of, "/cpk/lower"), 1.33 - half, 1e-6);
    near(number(&of, "/cpk/upper"), 1.33 + half, 1e-6);
    assert_eq!((&of["cp"], &of["cpl"], &of["cpm"]), (&json!(null), &json!(null), &json!(null)));
    assert_eq!(of["cpk"], of["cpu"]);
}

/// The same process around 100 million: indices do not lose digits to where its limits are.
#[test]
fn capability_is_the_same_wherever_the_limits_are() {
    let readings = |whole: &str| {
        let tail = "001251 000830 002004 001493 000702 001611 001108 001377";
        tail.split(' ').map(|part| json!({"readings": [format!("{whole}.{part}")]})).collect::<Vec<_>>()
    };
    let study = |whole: &str| {
        let [lower, upper, target] = ["000100", "002700", "001300"].map(|part| format!("{whole}.{part}"));
        let specification = json!({"lower": lower, "upper": upper, "target": target});
        ask("study_capability", &json!({"subgroups": readings(whole), "specification": specification}))
    };
    let (near_zero, far) = (study("0"), study("100000000"));
    for part in ["within", "overall"] {
        for index in ["cp", "cpk", "cpl", "cpu", "cpm"] {
            for value in ["value", "lower", "upper"] {
                let at = format!("/{part}/{index}/{value}");
                near(number(&far, &at), number(&near_zero, &at), 1e-12);
            }
        }
    }
}

/// NIST handbook, 6.1.6: USL 20, LSL 8, x̄ 16, s 2, T 14: Cp 1.0, Cpk 0.6667, Cpl 1.3333, Cpm 0.707.
#[test]
fn the_nist_capability_example_holds() {
    let specification = json!({"lower": "8", "upper": "20", "target": "14"});
    let of = ask("capability_of", &json!({"readings": 50, "mean": 16, "sigma": 2, "specification": specification}));
    agrees(number(&of, "/cp/value"), "1.0");
    agrees(number(&of, "/cpk/value"), "0.6667");
    agrees(number(&of, "/cpl/value"), "1.3333");
    agrees(number(&of, "/cpm/value"), "0.707");
}

/// Montgomery, 7th ed., example 9.1 and 9.2 (table 9.1): the same thirty observations by CUSUM (target 10, K ½, H 5), which
/// signals at 29, and by EWMA with λ .1 and L 2.7.
#[test]
fn the_montgomery_cusum_and_ewma_have_the_published_values() {
    let readings = "9.45 7.99 9.29 11.66 12.16 10.18 8.04 11.46 9.20 10.34 9.03 11.47 10.51 9.40 10.08 9.37 10.62 10.31 8.52 \
                    10.84 10.90 9.33 12.29 11.50 10.60 11.08 10.38 11.62 11.31 10.52";
    let sums = analyse("cusum", &singles(readings), json!({"mean": 10, "sigma": 1}));
    for (at, stated) in [(3, "1.16"), (4, "2.82"), (6, "0.04"), (27, "4.47"), (28, "5.28"), (29, "5.30")] {
        agrees(number(&sums, &format!("/points/{at}/value")), stated);
    }
    assert_eq!((points_of(&sums, "limit"), number(&sums, "/points/0/upper")), (vec![29, 30], 5.0));
    let average = analyse("ewma", &singles(readings), json!({"mean": 10, "sigma": 1, "lambda": 0.1, "width": 2.7}));
    for (at, stated) in [(0, "9.945"), (1, "9.7495"), (4, "10.1253"), (9, "10.0232"), (28, "10.6468"), (29, "10.6341")]
    {
        agrees(number(&average, &format!("/points/{at}/value")), stated);
    }
    agrees(number(&average, "/points/0/upper"), "10.27");
    agrees(number(&average, "/points/0/lower"), "9.73");
    agrees(number(&average, "/points/29/upper"), "10.62");
    agrees(number(&average, "/points/29/lower"), "9.38");
}

/// Montgomery, 7th ed., example 7.3: printed circuit boards, c̄ 19.85 (6.48, 33.22); without 6 and 20 19.67 (6.36, 32.97).
#[test]
fn circuit_boards_have_the_published_limits() {
    let defects =
        [21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15];
    let mut boards = counts(&defects, None);
    let of = analyse("c", &boards, json!(null));
    for (limit, stated) in limits(&of).iter().zip(["6.48", "19.85", "33.21"]) {
        agrees(*limit, stated);
    }
    assert_eq!(points_of(&of, "we1"), [6, 20]);
    boards[5]["excluded"] = json!("New inspector");
    boards[19]["excluded"] = json!("Temperature control");
    for (limit, stated) in limits(&analyse("c", &boards, json!(null))).iter().zip(["6.36", "19.67", "32.97"]) {
        agrees(*limit, stated);
    }
}

/// Montgomery: u chart of personal computers, 20 samples of 5 with 193 defects: ū 1.93 (0.07, 3.79).
#[test]
fn computers_have_the_published_rate() {
    let defects = [10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5];
    let of = analyse("u", &counts(&defects, Some(5)), json!(null));
    for (limit, stated) in limits(&of).iter().zip(["0.07", "1.93", "3.79"]) {
        agrees(*limit, stated);
    }
    assert_eq!(of["signals"], json!([]));
}

/// Montgomery: purchase orders in samples of 80 to 120, p̄ .0955; the eleventh, 20 of 110, is above its limit of .180.
#[test]
fn purchase_orders_have_limits_of_their_own_sizes() {
    let sizes = [
        100, 80, 80, 100, 110, 110, 100, 100, 90, 90, 110, 120, 120, 120, 110, 80, 80, 80, 90, 100, 100, 100, 100, 90,
        90,
    ];
    let defective = [12, 8, 6, 9, 10, 12, 11, 16, 10, 6, 20, 15, 9, 8, 6, 8, 10, 7, 5, 8, 5, 8, 10, 6, 9];
    let rows: Vec<_> = defective.iter().zip(sizes).map(|(count, size)| json!({"count": count, "size": size})).collect();
    let of = analyse("p", &rows, json!(null));
    agrees(number(&of, "/centre"), "0.0955");
    agrees(number(&of, "/points/10/upper"), "0.180");
    agrees(number(&of, "/points/1/upper"), "0.194");
    assert_eq!(points_of(&of, "we1"), [11]);
}
