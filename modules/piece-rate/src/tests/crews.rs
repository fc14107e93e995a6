//! A crew's pay: rounded once as a lot, split so that nothing is lost.

use super::{correction, line, lines, module, person, rate, report, sheet, slip, tell, text, wages, yuan};
use crate::ledger::LineKind;
use crate::pricing::split;
use crate::rates::{RateRow, import_rates};
use crate::settings::{SettingRow, set_settings};
use proptest::prelude::*;
use serde_json::json;
use toolcrib_sdk::prelude::*;

fn fraction(numerator: i128, denominator: i128) -> Fraction {
    Fraction::new(numerator, denominator).unwrap()
}

#[test]
fn three_who_share_a_yuan_get_every_fen_of_it() {
    let mut wages = wages();
    let crew = [("W1", "0.333333", 10), ("W2", "0.333333", 10), ("W3", "0.333334", 10)];
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &crew));
    let totals: Vec<_> = sheet(&mut wages, "2026-01").iter().map(|row| row.total.to_string()).collect();
    assert_eq!(totals, ["0.33", "0.33", "0.34"], "the last has the largest remainder");
    // Ten corrections later it is still a yuan for what now are one and a half pieces each for two of them.
    for at in 0..10 {
        let crew = [("W1", "0.05", 0), ("W2", "-0.033333", 0), ("W3", "-0.016667", 0)];
        tell(&mut wages, &correction(report(&format!("C{at}"), "press", "2026-01-05T11:00:00", &crew), "R1"));
    }
    let totals: Vec<_> = sheet(&mut wages, "2026-01").iter().map(|row| row.total.to_string()).collect();
    // 0.833333, 0.000003 and 0.166664 pieces: 1.00 yuan, 83.3333, 0.0003 and 16.6664 fen.
    assert_eq!(totals, ["0.83", "0.00", "0.17"]);
}

#[test]
fn each_of_a_crew_earns_by_grade_and_the_lot_is_rounded_once() {
    let mut wages = module();
    wages.share(&person("W1", Some("A"), None));
    wages.share(&person("W2", Some("B"), None));
    let graded = |grade: &str, yuan: &str| RateRow { grade: Some(text(grade)), ..rate("press", yuan) };
    wages.run(import_rates { rows: vec![graded("A", "0.3333"), graded("B", "0.2222")] }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "5", 60), ("W2", "5", 60)]));
    // 5 × 0.3333 = 1.6665 and 5 × 0.2222 = 1.1110: the lot is 2.7775, so 2.78. Its parts by weight 3:2 are 166.8 and
    // 111.2 fen: the larger remainder gets the fen that is left.
    let totals: Vec<_> = sheet(&mut wages, "2026-01").iter().map(|row| row.total).collect();
    assert_eq!(totals, [yuan("1.67"), yuan("1.11")]);
}

#[test]
fn one_of_a_crew_without_a_rate_takes_nothing_from_the_others() {
    let mut wages = module();
    wages.share(&person("W1", Some("A"), None));
    wages.run(import_rates { rows: vec![RateRow { grade: Some(text("A")), ..rate("press", "2") }] }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "5", 60), ("W2", "5", 60)]));
    assert_eq!(slip(&mut wages, "2026-01", "W1").total, yuan("10"));
    let unpriced = wages.run(crate::work::unpriced { after: None }).unwrap().rows;
    assert_eq!((unpriced.len(), unpriced[0].person.as_str(), unpriced[0].because.as_str()), (1, "W2", "no-rate"));
}

#[test]
fn scrap_earns_what_the_setting_says() {
    let mut wages = wages();
    let half = SettingRow { valid_from: super::date("2026-01-06"), scrap_percent: Some(50), ..SettingRow::blank() };
    wages.run(set_settings { settings: half }).unwrap();
    for (name, day) in [("R1", "2026-01-05"), ("R2", "2026-01-06")] {
        let mut told = report(name, "press", &format!("{day}T10:00:00"), &[("W1", "10", 60)]);
        told["crew"][0]["scrap"] = json!("3");
        tell(&mut wages, &told);
    }
    assert_eq!(
        lines(&slip(&mut wages, "2026-01", "W1")),
        [line(LineKind::Piece, "2026-01-05", "10.00"), line(LineKind::Piece, "2026-01-06", "11.50")]
    );
}

#[test]
fn a_crew_of_a_hundred_is_paid_within_one_call_and_one_more_is_refused() {
    let mut wages = wages();
    let names: Vec<_> = (0..101).map(|at| format!("W{at:03}")).collect();
    let crew: Vec<_> = names.iter().map(|name| (name.as_str(), "7", 60)).collect();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &crew[..100]));
    let all: i64 = sheet(&mut wages, "2026-01").iter().map(|row| row.total.0).sum();
    assert_eq!(all, 70_000);
    let more = report("R2", "press", "2026-01-05T10:00:00", &crew);
    assert_eq!(wages.event("job-reporting", "output_reported", &more).unwrap_err().code(), "crew-too-large");
}

#[test]
fn pay_that_does_not_fit_is_listed_and_stops_nothing() {
    let mut wages = wages();
    wages.run(import_rates { rows: vec![rate("press", "1000000")] }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "999999999999", 60)]));
    let unpriced = wages.run(crate::work::unpriced { after: None }).unwrap().rows;
    assert_eq!(unpriced[0].because, "too-large");
}

proptest! {
    #[test]
    fn shares_sum_to_the_lot_and_stray_less_than_a_fen(
        crew in prop::collection::vec((-2_000_000_000i64..20_000_000_000, 1i64..100_000, 1i64..1_000), 1..12)
    ) {
        // Pieces in millionths, a rate in ten-thousandths of a yuan, for so many pieces.
        let pays: Vec<_> = crew
            .iter()
            .map(|(pieces, rate, per)| fraction(i128::from(*pieces) * i128::from(*rate), 10_000_000_000 * i128::from(*per)))
            .collect();
        if let Some(parts) = split(&pays) {
            for negative in [false, true] {
                let of: Vec<_> = (0..pays.len()).filter(|at| (pays[*at] < Fraction::ZERO) == negative).collect();
                let exact = of.iter().fold(Fraction::ZERO, |sum, at| sum.checked_add(pays[*at]).unwrap());
                let whole: Decimal<2> = exact.round_half_up().unwrap();
                prop_assert_eq!(of.iter().map(|at| parts[*at].0).sum::<i64>(), whole.0);
            }
            for (pay, part) in pays.iter().zip(&parts) {
                let stray = pay.checked_sub(Fraction::from(*part)).unwrap();
                // A fen for the split, and a share of the half fen by which the lot is rounded.
                prop_assert!(stray < fraction(2, 100) && stray > fraction(-2, 100), "{} of {}", part, pay);
            }
        }
    }
}
