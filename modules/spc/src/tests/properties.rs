//! What holds for any data: limits move and stretch with the readings, stand evenly, and are always numbers.

use super::{Json, analyse, ask, json};
use proptest::prelude::*;

/// Six digits of scale: millionths as text.
fn reading(millionths: i64) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", millionths.abs() / 1_000_000, millionths.abs() % 1_000_000)
}

fn rows(data: &[Vec<Option<i64>>], shift: i64, scale: i64) -> Vec<Json> {
    let text = |value: &Option<i64>| value.map(|value| reading(value * scale + shift));
    data.iter().map(|row| json!({"readings": row.iter().map(text).collect::<Vec<_>>()})).collect()
}

fn numbers(of: &Json, name: &str) -> Vec<Option<f64>> {
    of["points"].as_array().unwrap().iter().map(|point| point[name].as_f64()).collect()
}

/// Subgroups of 1 to 7 readings, some missing, many equal.
fn data() -> impl Strategy<Value = Vec<Vec<Option<i64>>>> {
    let one = prop_oneof![1 => Just(None), 3 => (-5..5i64).prop_map(|x| Some(x * 1_000)), 6 => (-90_000..90_000i64).prop_map(Some)];
    proptest::collection::vec(proptest::collection::vec(one, 1..=7), 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn limits_move_and_stretch_with_the_readings(
        data in data(), shift in -1_000_000_000..1_000_000_000i64, scale in 2..50i64,
        kind in prop_oneof![Just("xbar_r"), Just("xbar_s"), Just("ewma"), Just("cusum")],
    ) {
        let (plain, moved) = (analyse(kind, &rows(&data, 0, 1), json!(null)), analyse(kind, &rows(&data, shift, scale), json!(null)));
        let (shift, scale) = (shift as f64 / 1e6, scale as f64);
        let first = if kind == "cusum" { 0.0 } else { shift };
        for (name, shift) in [("value", first), ("lower", first), ("centre", first), ("upper", first),
            ("second", 0.0), ("second_lower", 0.0), ("second_centre", 0.0), ("second_upper", 0.0)] {
            for (was, is) in numbers(&plain, name).into_iter().zip(numbers(&moved, name)) {
                prop_assert_eq!(was.is_some(), is.is_some());
                let (was, is) = (was.unwrap_or_default() * scale + shift, is.unwrap_or(shift));
                prop_assert!((was - is).abs() < 1e-8 * (1.0 + is.abs()), "{}: {} became {}", name, was, is);
            }
        }
    }

    #[test]
    fn limits_stand_evenly_around_their_centre(data in data(), width in 1..60i64) {
        let setup = json!({"width": width as f64 / 10.0});
        for kind in ["xbar_r", "xbar_s", "ewma"] {
            let of = analyse(kind, &rows(&data, 0, 1), setup.clone());
            for point in of["points"].as_array().unwrap() {
                let [lower, centre, upper] = ["lower", "centre", "upper"].map(|name| point[name].as_f64());
                if let (Some(lower), Some(centre), Some(upper)) = (lower, centre, upper) {
                    prop_assert!((upper + lower - 2.0 * centre).abs() < 1e-12 && lower <= centre);
                }
                prop_assert!(point["second_lower"].as_f64().is_none_or(|lower| lower >= 0.0));
            }
        }
    }

    /// Counts: never below zero, and p of a chart is np over n.
    #[test]
    fn charts_of_counts_agree_with_each_other(
        counts in proptest::collection::vec((0..40i64, 40..400i64), 1..60),
    ) {
        let rows: Vec<_> = counts.iter().map(|(count, size)| json!({"count": count, "size": size})).collect();
        let (p, np) = (analyse("p", &rows, json!(null)), analyse("np", &rows, json!(null)));
        for (at, (_, size)) in counts.iter().enumerate() {
            for name in ["value", "lower", "centre", "upper"] {
                let (p, np) = (numbers(&p, name)[at].unwrap(), numbers(&np, name)[at].unwrap());
                prop_assert!(p >= 0.0 && (p * *size as f64 - np).abs() < 1e-9, "{}: {} {}", name, p, np);
            }
        }
        prop_assert_eq!(&p["signals"], &np["signals"]);
        let u = analyse("u", &rows, json!(null));
        prop_assert!(numbers(&u, "lower").iter().all(|lower| lower.unwrap() >= 0.0));
        let plain: Vec<_> = counts.iter().map(|(count, _)| json!({"count": count})).collect();
        let units: Vec<_> = counts.iter().map(|(count, _)| json!({"count": count, "size": "1"})).collect();
        prop_assert_eq!(analyse("c", &plain, json!(null)), analyse("u", &units, json!(null)));
    }

    /// A shift and a change of unit leave every index as it is; Cpk is never above Cp.
    #[test]
    fn capability_has_no_unit(data in data(), shift in -1_000_000..1_000_000i64, scale in 2..20i64) {
        let of = |shift: i64, scale: i64| {
            let (lower, upper) = (reading(-100_000 * scale + shift), reading(120_000 * scale + shift));
            let specification = json!({"lower": lower, "upper": upper, "target": reading(shift)});
            ask("study_capability", &json!({"subgroups": rows(&data, shift, scale), "specification": specification}))
        };
        let (plain, moved) = (of(0, 1), of(shift, scale));
        for part in ["within", "overall"] {
            for name in ["cp", "cpk", "cpl", "cpu", "cpm"] {
                for end in ["value", "lower", "upper"] {
                    let at = format!("/{part}/{name}/{end}");
                    let [was, is] = [&plain, &moved].map(|of| of.pointer(&at).and_then(Json::as_f64));
                    prop_assert_eq!(was.is_some(), is.is_some());
                    let (was, is) = (was.unwrap_or_default(), is.unwrap_or_default());
                    prop_assert!((was - is).abs() < 1e-7 * (1.0 + is.abs()), "{}: {} became {}", at, was, is);
                }
            }
            let [cp, cpk] = ["cp", "cpk"].map(|name| plain.pointer(&format!("/{part}/{name}/value")).and_then(Json::as_f64));
            prop_assert!(cp.zip(cpk).is_none_or(|(cp, cpk)| cpk <= cp + 1e-12));
        }
    }
}
