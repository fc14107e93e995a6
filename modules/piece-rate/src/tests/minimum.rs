//! Overtime multiples (《工资支付暂行规定》 article 13), hours and allowances, and the minimum wage.

use super::{date, line, lines, pair, rate, refused, report, setting, sheet, slip, tell, text, wages, yuan};
use crate::extras::{ExtraKind, ExtraRow, add_amount, add_hours, import_extras, take_back};
use crate::ledger::LineKind;
use crate::months::{freeze_month, set_presence};
use crate::rates::{RateRow, import_rates};
use crate::settings::{SettingRow, import_settings, settings};
use toolcrib_sdk::testing::Module;

fn minimum(wages: &mut Module, from: &str, amount: &str) {
    let row = SettingRow { minimum: Some(yuan(amount)), ..setting(from) };
    wages.run(import_settings { rows: vec![row] }).unwrap();
}

#[test]
fn work_beyond_eight_hours_earns_half_more_and_the_piece_at_the_brim_in_part() {
    let mut wages = wages();
    // Monday: seven hours, then three: one still inside the eight, two beyond.
    tell(&mut wages, &report("R1", "press", "2026-01-05T16:00:00", &[("W1", "70", 420)]));
    tell(&mut wages, &report("R2", "press", "2026-01-05T20:00:00", &[("W1", "30", 180)]));
    // 30 pieces × 2/3 × (150 % − 100 %) = 10.
    let slip = slip(&mut wages, "2026-01", "W1");
    assert_eq!((slip.sums.piece, slip.sums.overtime, slip.total), (yuan("100"), yuan("10"), yuan("110")));
}

#[test]
fn a_quota_in_pieces_fills_the_day_whatever_the_clock_says() {
    let mut wages = wages();
    let quota =
        |operation: &str, pieces: &str| RateRow { quota: Some(pieces.parse().unwrap()), ..rate(operation, "2") };
    wages.run(import_rates { rows: vec![quota("press", "100"), quota("weld", "40")] }).unwrap();
    // Half of the day's quota of pressing, three quarters of that of welding: a third of the welding is beyond.
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "50", 1)]));
    tell(&mut wages, &report("R2", "weld", "2026-01-05T16:00:00", &[("W1", "30", 1)]));
    // 30 × 2 yuan × 1/3 × 50 % = 10.
    assert_eq!(slip(&mut wages, "2026-01", "W1").sums.overtime, yuan("10"));
    // 130 of a quota of 100: 30 × 2 × 50 % = 30.
    tell(&mut wages, &report("R3", "press", "2026-01-06T16:00:00", &[("W1", "130", 600)]));
    assert_eq!(slip(&mut wages, "2026-01", "W1").sums.overtime, yuan("40"));
}

#[test]
fn rest_days_pay_double_and_settings_count_from_their_day() {
    let mut wages = wages();
    let row = SettingRow { rest_percent: Some(250), ..setting("2026-01-11") };
    wages.run(import_settings { rows: vec![row] }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-01-10T10:00:00", &[("W1", "10", 60)]));
    tell(&mut wages, &report("R2", "press", "2026-01-11T10:00:00", &[("W1", "10", 60)]));
    assert_eq!(
        lines(&slip(&mut wages, "2026-01", "W1")),
        [
            line(LineKind::Piece, "2026-01-10", "10.00"),
            line(LineKind::Overtime, "2026-01-10", "10.00"),
            line(LineKind::Piece, "2026-01-11", "10.00"),
            line(LineKind::Overtime, "2026-01-11", "15.00"),
        ]
    );
    let defaults = super::module().run(settings { after: None }).unwrap().rows.remove(0);
    let multiples = (defaults.workday_percent, defaults.rest_percent, defaults.holiday_percent);
    assert_eq!(multiples, (Some(150), Some(200), Some(300)));
    assert_eq!((defaults.quota_minutes, defaults.scrap_percent, defaults.minimum), (Some(480), Some(0), None));
    let outside = SettingRow { workday_percent: Some(99), ..setting("2026-01-01") };
    assert_eq!(
        refused(wages.run(import_settings { rows: vec![outside] })),
        pair("out-of-range", "rows/0/workday_percent")
    );
}

#[test]
fn a_month_is_topped_up_to_the_minimum_and_overtime_does_not_count_for_it() {
    let mut wages = wages();
    minimum(&mut wages, "2026-01-01", "2000");
    tell(&mut wages, &report("R1", "press", "2026-01-05T18:00:00", &[("W1", "1500", 480)]));
    // A Saturday: 300 yuan at the plain rate and 300 more, none of which counts.
    tell(&mut wages, &report("R2", "press", "2026-01-10T18:00:00", &[("W1", "300", 480)]));
    tell(&mut wages, &report("R3", "press", "2026-01-05T18:00:00", &[("W2", "2000", 480)]));
    let of = |wages: &mut Module, person: &str| {
        let slip = slip(wages, "2026-01", person);
        (slip.sums.top_up, slip.total)
    };
    assert_eq!(of(&mut wages, "W1"), (yuan("500"), yuan("2600")), "as it would be now");
    assert_eq!(of(&mut wages, "W2"), (yuan("0"), yuan("2000")));
    wages.at("2026-02-02T08:00:00+08:00");
    assert_eq!(wages.run(freeze_month { month: text("2026-01"), leave_unpriced: None }), Ok(2));
    assert_eq!(of(&mut wages, "W1"), (yuan("500"), yuan("2600")), "as it is");
    assert_eq!(lines(&slip(&mut wages, "2026-01", "W1")).pop(), Some(line(LineKind::TopUp, "2026-01-31", "500.00")));
}

#[test]
fn the_minimum_is_that_of_the_months_last_day_and_by_presence() {
    let mut wages = wages();
    minimum(&mut wages, "2025-06-01", "1800");
    minimum(&mut wages, "2026-02-01", "2000.01");
    for (name, day) in [("R1", "2026-01-05"), ("R2", "2026-02-05")] {
        tell(&mut wages, &report(name, "press", &format!("{day}T18:00:00"), &[("W1", "900", 480)]));
    }
    let presence =
        |percent: &str| set_presence { month: text("2026-02"), person: text("W1"), percent: percent.parse().unwrap() };
    wages.run(presence("50")).unwrap();
    assert_eq!(sheet(&mut wages, "2026-01")[0].sums.top_up, yuan("900"));
    // Half of 2000.01 is 1000.005, half up.
    assert_eq!(sheet(&mut wages, "2026-02")[0].sums.top_up, yuan("100.01"));
    assert_eq!(refused(wages.run(presence("100.01"))), pair("bad-presence", "percent"));
    wages.at("2026-03-02T08:00:00+08:00");
    wages.run(freeze_month { month: text("2026-02"), leave_unpriced: None }).unwrap();
    assert_eq!(refused(wages.run(presence("100"))), pair("month-frozen", "month"));
}

#[test]
fn hours_allowances_and_deductions_have_a_reason_and_can_be_taken_back() {
    let mut wages = wages();
    minimum(&mut wages, "2026-01-01", "500");
    let hours = |minutes: i64, percent: Option<i64>, because: &str| add_hours {
        person: text("W1"),
        day: date("2026-01-05"),
        minutes,
        yuan_per_hour: "18.5".parse().unwrap(),
        percent,
        because: text(because),
    };
    let amount = |kind: ExtraKind, amount: &str, counts: Option<bool>| add_amount {
        person: text("W1"),
        day: date("2026-01-06"),
        kind,
        amount: yuan(amount),
        counts,
        because: text("月度奖罚"),
    };
    // 100 minutes of 18.50 yuan are 30.8333; at 150 per cent 46.25.
    wages.run(hours(100, None, "设备维修待工")).unwrap();
    wages.run(hours(100, Some(150), "盘点加班")).unwrap();
    let night = wages.run(amount(ExtraKind::Allowance, "60", None)).unwrap();
    wages.run(amount(ExtraKind::Allowance, "100", Some(true))).unwrap();
    wages.run(amount(ExtraKind::Deduction, "25.5", None)).unwrap();
    let told = slip(&mut wages, "2026-01", "W1");
    assert_eq!(
        (told.sums.hourly, told.sums.allowance, told.sums.deduction),
        (yuan("77.08"), yuan("160"), yuan("-25.50"))
    );
    // 30.83 and 100 count: 500 − 130.83.
    assert_eq!((told.sums.top_up, told.total), (yuan("369.17"), yuan("580.75")));
    wages.run(take_back { number: night.clone(), because: text("录错人") }).unwrap();
    assert_eq!(slip(&mut wages, "2026-01", "W1").sums.allowance, yuan("100"));
    assert_eq!(
        refused(wages.run(take_back { number: text("H-0"), because: text("错") })),
        pair("unknown-entry", "number")
    );
    assert_eq!(refused(wages.run(take_back { number: night, because: text(" ") })), pair("reason-empty", "because"));
    assert_eq!(refused(wages.run(hours(60, None, ""))), pair("reason-empty", "because"));
    assert_eq!(refused(wages.run(hours(44_641, None, "x"))), pair("bad-hours", "minutes"));
    assert_eq!(refused(wages.run(hours(60, Some(99), "x"))), pair("bad-hours", "percent"));
    assert_eq!(refused(wages.run(amount(ExtraKind::Deduction, "-1", None))), pair("bad-amount", "amount"));
    assert_eq!(refused(wages.run(amount(ExtraKind::Hourly, "1", None))), pair("bad-hours", "minutes"));
}

#[test]
fn a_list_of_entries_replaces_by_number() {
    let mut wages = wages();
    let row = |number: &str, person: &str, amount: &str| ExtraRow {
        number: text(number),
        person: text(person),
        day: date("2026-01-20"),
        kind: ExtraKind::Allowance,
        amount: Some(yuan(amount)),
        minutes: None,
        yuan_per_hour: None,
        percent: None,
        counts: None,
        because: text("高温津贴"),
    };
    let done = wages.run(import_extras { rows: vec![row("1", "W1", "300"), row("2", "W2", "300")] }).unwrap();
    assert_eq!((done.added, done.changed), (2, 0));
    let done = wages.run(import_extras { rows: vec![row("1", "W1", "250"), row("3", "W2", "50")] }).unwrap();
    assert_eq!((done.added, done.changed), (1, 1));
    let sums: Vec<_> = sheet(&mut wages, "2026-01").iter().map(|row| row.total).collect();
    assert_eq!(sums, [yuan("250"), yuan("350")]);
    let outcome = wages.run(import_extras { rows: vec![row("4", "W1", "1"), row("1", "W2", "300")] });
    assert_eq!(refused(outcome), pair("number-taken", "rows/1/number"));
    // Without a number the second would replace the first, and nobody would be paid for it.
    let outcome = wages.run(import_extras { rows: vec![row("", "W1", "10"), row("", "W1", "20")] });
    assert_eq!(refused(outcome), pair("number-empty", "rows/0/number"));
    let outcome = wages.run(import_extras { rows: vec![row("5", " ", "10")] });
    assert_eq!(refused(outcome), pair("person-empty", "rows/0/person"));
}

#[test]
fn a_holiday_that_is_said_after_the_work_counts_when_the_rules_are_set_again() {
    let mut wages = super::module();
    wages.run(import_rates { rows: vec![rate("press", "1")] }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-02-17T10:00:00", &[("W1", "100", 60)]));
    let (date_of, kind) = (date("2026-02-17"), crate::plant::DayKind::Holiday);
    wages.share(&crate::plant::SpecialDay { date: date_of, kind });
    assert_eq!(slip(&mut wages, "2026-02", "W1").sums.overtime, yuan("0"));
    wages.run(import_settings { rows: vec![setting("2026-02-01")] }).unwrap();
    assert_eq!(slip(&mut wages, "2026-02", "W1").sums.overtime, yuan("200"));
}
