//! Rates: the most specific one valid on the day wins, and what has none is listed.

use super::{
    correction, date, line, lines, module, pair, person, rate, refused, report, slip, tell, text, wages, yuan,
};
use crate::ledger::LineKind;
use crate::rates::{RateRow, import_rates, rate as winning, rates, remove_rate, set_rate};
use crate::work::unpriced;
use std::time::Duration;
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing::Module;

fn row(material: &str, operation: &str, grade: &str, from: &str, until: Option<&str>, yuan: &str) -> RateRow {
    fn said<const N: u32>(value: &str) -> Option<Text<N>> {
        (!value.is_empty()).then(|| text(value))
    }
    RateRow {
        material: said(material),
        operation: said(operation),
        grade: said(grade),
        valid_from: date(from),
        valid_until: until.map(date),
        yuan: yuan.parse().unwrap(),
        per: None,
        unit: None,
        quota: None,
    }
}

fn ask(wages: &mut Module, material: &str, operation: &str, grade: &str, day: &str) -> Option<String> {
    let (person, unit) = (None, None);
    let (material, operation, grade) = (text(material), text(operation), Some(text(grade)));
    let found = wages.run(winning { material, operation, grade, person, unit, day: Some(date(day)) }).unwrap();
    found.map(|rate| rate.yuan.to_string())
}

#[test]
fn the_most_specific_rate_wins() {
    let mut wages = module();
    // From the least to the most specific; each is named by its amount.
    for (at, (material, operation, grade)) in [
        ("", "", ""),
        ("", "", "A"),
        ("", "press", ""),
        ("P-1", "", ""),
        ("", "press", "A"),
        ("P-1", "", "A"),
        ("P-1", "press", ""),
        ("P-1", "press", "A"),
    ]
    .into_iter()
    .enumerate()
    {
        let amount = format!("{}.0000", at + 1);
        wages.run(import_rates { rows: vec![row(material, operation, grade, "2026-01-01", None, &amount)] }).unwrap();
        assert_eq!(ask(&mut wages, "P-1", "press", "A", "2026-02-01"), Some(amount), "{material} {operation} {grade}");
    }
    assert_eq!(ask(&mut wages, "P-2", "press", "A", "2026-02-01").as_deref(), Some("5.0000"));
    assert_eq!(ask(&mut wages, "P-2", "weld", "", "2026-02-01").as_deref(), Some("1.0000"));
    assert_eq!(ask(&mut wages, "P-1", "weld", "A", "2026-02-01").as_deref(), Some("6.0000"));
    assert_eq!(ask(&mut wages, "P-1", "press", "A", "2025-12-31"), None);
}

#[test]
fn a_hole_in_the_dates_is_listed_and_paid_once_it_is_filled() {
    let mut wages = module();
    wages.without("plant");
    let rows = vec![
        row("", "press", "", "2026-01-01", Some("2026-01-09"), "1"),
        row("", "press", "", "2026-01-12", None, "1.2"),
    ];
    wages.run(import_rates { rows }).unwrap();
    for (name, day) in [("R1", "2026-01-09"), ("R2", "2026-01-10"), ("R3", "2026-01-11"), ("R4", "2026-01-12")] {
        tell(&mut wages, &report(name, "press", &format!("{day}T10:00:00"), &[("W1", "100", 60)]));
    }
    let listed = |wages: &mut Module| -> Vec<_> {
        wages.run(unpriced { after: None }).unwrap().rows.iter().map(|row| row.day.to_string()).collect()
    };
    assert_eq!(listed(&mut wages), ["2026-01-10", "2026-01-11"]);
    let paid = |wages: &mut Module| -> Vec<_> {
        let slip = slip(wages, "2026-01", "W1");
        lines(&slip).into_iter().filter(|(kind, ..)| *kind == LineKind::Piece).map(|(_, day, _)| day).collect()
    };
    assert_eq!(paid(&mut wages), ["2026-01-09", "2026-01-12"], "nothing is paid as 0 in silence");
    wages.run(import_rates { rows: vec![row("", "press", "", "2026-01-10", Some("2026-01-10"), "1")] }).unwrap();
    assert_eq!(listed(&mut wages), ["2026-01-11"]);
    assert_eq!(paid(&mut wages), ["2026-01-09", "2026-01-10", "2026-01-12"]);
    let hole =
        remove_rate { material: None, operation: Some(text("press")), grade: None, valid_from: date("2026-01-10") };
    wages.run(hole.clone()).unwrap();
    assert_eq!(listed(&mut wages), ["2026-01-10", "2026-01-11"]);
    assert_eq!(refused(wages.run(hole)), pair("unknown-rate", "valid_from"));
}

#[test]
fn a_rate_by_the_hundred_in_its_own_unit() {
    let mut wages = module();
    wages.without("plant");
    let by_hundred =
        RateRow { per: Some(100), unit: Some(text("pcs")), ..row("", "press", "", "2026-01-01", None, "12.5") };
    wages.run(import_rates { rows: vec![by_hundred] }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "333", 60)]));
    let mut boxes = report("R2", "press", "2026-01-05T10:00:00", &[("W1", "10", 60)]);
    boxes["unit"] = "box".into();
    tell(&mut wages, &boxes);
    // 333 × 12.5 / 100 = 41.625, half up.
    assert_eq!(lines(&slip(&mut wages, "2026-01", "W1")), [line(LineKind::Piece, "2026-01-05", "41.63")]);
    assert_eq!(wages.run(unpriced { after: None }).unwrap().rows[0].unit, "box");
}

#[test]
fn a_grade_is_kept_from_when_the_work_was_first_priced() {
    let mut wages = module();
    wages.share(&person("W1", Some("A"), None));
    let rows = vec![row("", "press", "A", "2026-01-01", None, "2"), row("", "press", "", "2026-01-01", None, "1")];
    wages.run(import_rates { rows }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "10", 60), ("W9", "10", 60)]));
    assert_eq!(slip(&mut wages, "2026-01", "W1").total, yuan("20"));
    assert_eq!(slip(&mut wages, "2026-01", "W9").total, yuan("10"), "whom nobody knows has no grade");
}

#[test]
fn a_changed_rate_counts_open_work_again_in_batches() {
    let mut wages = wages();
    for at in 0..250 {
        let ended = format!("2026-01-05T{:02}:{:02}:00", at / 60 + 8, at % 60);
        tell(&mut wages, &report(&format!("R{at}"), "press", &ended, &[("W1", "1", 1)]));
    }
    assert_eq!(slip(&mut wages, "2026-01", "W1").total, yuan("250"));
    wages.run(import_rates { rows: vec![rate("press", "2")] }).unwrap();
    assert_eq!(slip(&mut wages, "2026-01", "W1").total, yuan("350"), "the first hundred at once");
    wages.advance(Duration::from_secs(5));
    assert_eq!(slip(&mut wages, "2026-01", "W1").total, yuan("500"), "the others soon");
    assert!(wages.timers().is_empty());
}

#[test]
fn rates_come_in_as_they_go_out_and_bad_ones_are_named() {
    let mut one = module();
    let rows = vec![
        row("P-1", "press", "A", "2026-01-01", Some("2026-03-31"), "0.125"),
        RateRow {
            per: Some(1_000),
            unit: Some(text("pcs")),
            quota: Some("800".parse().unwrap()),
            ..rate("weld", "35")
        },
    ];
    one.run(import_rates { rows }).unwrap();
    let exported = one.run(rates { after: None }).unwrap().rows;
    let mut two = module();
    assert_eq!(two.run(import_rates { rows: exported.clone() }).unwrap().added, 2);
    assert_eq!(two.run(rates { after: None }).unwrap().rows, exported);
    let good = rate("press", "1");
    for (bad, code, field) in [
        (RateRow { valid_until: Some(date("2025-12-31")), ..good.clone() }, "bad-dates", "valid_until"),
        (RateRow { yuan: Decimal(-1), ..good.clone() }, "bad-rate", "yuan"),
        (RateRow { yuan: "1000000.0001".parse().unwrap(), ..good.clone() }, "bad-rate", "yuan"),
        (RateRow { per: Some(0), ..good.clone() }, "bad-per", "per"),
        (RateRow { quota: Some(Decimal::ZERO), ..good.clone() }, "bad-quota", "quota"),
    ] {
        let outcome = two.run(import_rates { rows: vec![good.clone(), bad] });
        assert_eq!(refused(outcome), pair(code, &format!("rows/1/{field}")));
    }
    let full: Vec<_> = (0..1_000).map(|at| rate(&format!("op-{at}"), "1")).collect();
    assert_eq!(two.run(import_rates { rows: full }).unwrap().added, 1_000);
    two.act_as("li", "operator");
    assert_eq!(two.run(set_rate { rate: good }).unwrap_err().code(), "not-allowed");
}

#[test]
fn a_day_of_many_reports_is_counted_by_the_last_one_alone() {
    let mut wages = wages();
    let mut reads = Vec::new();
    for nth in 0..300 {
        let ended = format!("2026-01-05T{:02}:{:02}:00", 8 + nth / 60, nth % 60);
        tell(&mut wages, &report(&format!("R{nth}"), "press", &ended, &[("W1", "3", 4)]));
        reads.push(wages.costs().into_iter().find(|cost| cost.handler == "output_reported").unwrap().rows_read);
    }
    // The day is full after a hundred and twenty: from then on each has overtime, too.
    assert_eq!(reads[149], reads[299], "at most, of all reports so far");
    // 300 reports of four minutes: 1200 minutes, 720 of them beyond 480.
    let slip = slip(&mut wages, "2026-01", "W1");
    assert_eq!((slip.sums.piece, slip.sums.overtime), (yuan("900"), yuan("270")));
}

/// Pay, what takes it back, the overtime supplement and hours, each at the exact half of a fen.
#[test]
fn half_a_fen_is_rounded_up_wherever_wages_are_rounded() {
    let mut wages = module();
    wages.without("plant");
    wages.run(import_rates { rows: vec![row("", "press", "", "2026-01-01", None, "0.125")] }).unwrap();
    // 1 × 0.125 on a Monday; on a Saturday as much again on top, 0.125 × 100 %.
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "1", 60)]));
    tell(&mut wages, &report("R2", "press", "2026-01-10T10:00:00", &[("W1", "1", 60)]));
    // A correction of work that is not known yet takes back 0.125.
    tell(&mut wages, &correction(report("C1", "press", "2026-01-06T10:00:00", &[("W1", "-1", 0)]), "R9"));
    let told = lines(&slip(&mut wages, "2026-01", "W1"));
    let amounts = [
        line(LineKind::Piece, "2026-01-05", "0.13"),
        line(LineKind::Piece, "2026-01-06", "-0.13"),
        line(LineKind::Piece, "2026-01-10", "0.13"),
        line(LineKind::Overtime, "2026-01-10", "0.13"),
    ];
    assert_eq!(told.len(), amounts.len());
    for amount in amounts {
        assert!(told.contains(&amount), "{amount:?} in {told:?}");
    }
}

/// Each call of the host is a statement in the tenant's turn. What a crew has in common is looked up once.
#[test]
fn a_report_asks_the_host_no_more_often_than_it_must() {
    let mut wages = wages();
    let asked = |wages: &Module| wages.used().host_calls;
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "3", 4)]));
    tell(&mut wages, &report("R2", "press", "2026-01-05T10:10:00", &[("W1", "3", 4)]));
    let alone = asked(&wages);
    assert_eq!(alone, 21);
    let crew: Vec<(&str, &str, i64)> = ["W1", "W2", "W3", "W4"].iter().map(|one| (*one, "3", 4)).collect();
    tell(&mut wages, &report("R3", "press", "2026-01-05T10:20:00", &crew));
    tell(&mut wages, &report("R4", "press", "2026-01-05T10:30:00", &crew));
    assert_eq!(asked(&wages), 51);
}
