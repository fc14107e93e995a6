//! A frozen month never changes; what becomes known later is paid later. Workers see, confirm and dispute their own.

use super::{
    correction, date, line, lines, module, pair, person, rate, refused, report, setting, sheet, slip, tell, text,
    wages, yuan,
};
use crate::extras::{ExtraKind, add_amount, take_back};
use crate::ledger::{Line, LineKind, Slip, SlipState};
use crate::months::{FrozenMonth, MonthFrozen, freeze_month, months, set_presence};
use crate::payslip::{PayslipDisputed, confirm_payslip, dispute_payslip, payslip};
use crate::rates::import_rates;
use crate::settings::{SettingRow, import_settings};
use crate::work::{CrewShare, OutputReported, Work, output_reported};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing::Module;

fn freeze(wages: &mut Module, month: &str) -> Outcome<i64> {
    wages.run(freeze_month { month: text(month), leave_unpriced: None })
}

/// January with 100 pieces on a Monday and 50 on a Saturday, frozen in February.
fn frozen() -> Module {
    let mut wages = wages();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "100", 60)]));
    tell(&mut wages, &report("R2", "press", "2026-01-10T10:00:00", &[("W1", "50", 60)]));
    wages.at("2026-02-03T08:00:00+08:00");
    assert_eq!(freeze(&mut wages, "2026-01"), Ok(1));
    wages
}

#[test]
fn a_late_correction_is_a_difference_that_points_at_what_it_corrects() {
    let mut wages = frozen();
    let january = slip(&mut wages, "2026-01", "W1");
    tell(&mut wages, &correction(report("C1", "press", "2026-02-03T09:00:00", &[("W1", "-10", 0)]), "R1"));
    tell(&mut wages, &correction(report("C2", "press", "2026-02-03T09:00:00", &[("W1", "5", 0)]), "R2"));
    tell(&mut wages, &correction(report("C3", "press", "2026-02-04T09:00:00", &[("W1", "-1", 0)]), "C1"));
    tell(&mut wages, &report("R3", "press", "2026-01-31T10:00:00", &[("W1", "7", 60)]));
    assert_eq!(slip(&mut wages, "2026-01", "W1"), january, "not a fen, not a line");
    let february = slip(&mut wages, "2026-02", "W1");
    assert_eq!(
        lines(&february),
        [
            line(LineKind::Piece, "2026-01-05", "-11.00"),
            line(LineKind::Piece, "2026-01-10", "5.00"),
            line(LineKind::Overtime, "2026-01-10", "5.00"),
            // A Saturday that was reported late.
            line(LineKind::Piece, "2026-01-31", "7.00"),
            line(LineKind::Overtime, "2026-01-31", "7.00"),
        ]
    );
    let corrects: Vec<_> = february.rows.iter().map(|row| row.corrects.as_ref().map(Text::as_str)).collect();
    assert_eq!(corrects, [Some("2026-01"), Some("2026-01"), Some("2026-01"), None, None]);
    assert_eq!((february.rows[0].source.as_str(), february.rows[0].good), ("R1", Some("-11".parse().unwrap())));
    // Frozen again, the next correction points at the difference and goes on from it.
    wages.at("2026-03-02T08:00:00+08:00");
    assert_eq!(freeze(&mut wages, "2026-02"), Ok(1));
    tell(&mut wages, &correction(report("C4", "press", "2026-03-02T09:00:00", &[("W1", "11", 0)]), "R1"));
    let march = slip(&mut wages, "2026-03", "W1");
    assert_eq!(lines(&march), [line(LineKind::Piece, "2026-01-05", "11.00")]);
    assert_eq!(march.rows[0].corrects, Some(text("2026-02")));
}

#[test]
fn a_difference_that_is_taken_back_leaves_no_line() {
    let mut wages = frozen();
    tell(&mut wages, &correction(report("C1", "press", "2026-02-03T09:00:00", &[("W1", "-10", 0)]), "R1"));
    tell(&mut wages, &correction(report("C2", "press", "2026-02-03T09:30:00", &[("W1", "10", 0)]), "R1"));
    let february = slip(&mut wages, "2026-02", "W1");
    assert_eq!((february.rows.len(), february.total), (0, yuan("0")));
}

#[test]
fn the_top_up_of_a_frozen_month_follows_its_corrections() {
    let mut wages = wages();
    let row = SettingRow { minimum: Some(yuan("120")), ..setting("2026-01-01") };
    wages.run(import_settings { rows: vec![row] }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "100", 60)]));
    wages.at("2026-02-03T08:00:00+08:00");
    freeze(&mut wages, "2026-01").unwrap();
    assert_eq!(slip(&mut wages, "2026-01", "W1").total, yuan("120"));
    tell(&mut wages, &correction(report("C1", "press", "2026-02-03T09:00:00", &[("W1", "15", 0)]), "R1"));
    let february = slip(&mut wages, "2026-02", "W1");
    assert_eq!(
        lines(&february),
        [line(LineKind::Piece, "2026-01-05", "15.00"), line(LineKind::TopUp, "2026-01-31", "-15.00")],
        "fifteen more were earned, fifteen less lack to the minimum"
    );
    tell(&mut wages, &correction(report("C2", "press", "2026-02-03T09:00:00", &[("W1", "15", 0)]), "R1"));
    assert_eq!(slip(&mut wages, "2026-02", "W1").total, yuan("10"));
}

#[test]
fn a_month_with_unpriced_work_is_frozen_only_on_purpose() {
    let mut wages = wages();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "100", 60)]));
    tell(&mut wages, &report("R2", "weld", "2026-01-06T10:00:00", &[("W1", "100", 60)]));
    assert_eq!(refused(freeze(&mut wages, "2026-01")), pair("unpriced-work", "month"));
    wages.run(freeze_month { month: text("2026-01"), leave_unpriced: Some(true) }).unwrap();
    wages.at("2026-02-03T08:00:00+08:00");
    wages.run(import_rates { rows: vec![rate("weld", "0.5")] }).unwrap();
    assert_eq!(slip(&mut wages, "2026-01", "W1").total, yuan("100"));
    assert_eq!(slip(&mut wages, "2026-02", "W1").total, yuan("50"), "priced later, paid later");
}

#[test]
fn a_month_is_frozen_once_and_not_before_it_begins() {
    let mut wages = frozen();
    assert_eq!(freeze(&mut wages, "2026-01"), Ok(1), "freezing twice changes nothing");
    assert_eq!(wages.emitted::<MonthFrozen>(), [MonthFrozen { month: text("2026-01"), people: 1 }]);
    assert_eq!(refused(freeze(&mut wages, "2026-03")), pair("not-begun", "month"));
    assert_eq!(refused(freeze(&mut wages, "2026-13")), pair("bad-month", "month"));
    assert_eq!(wages.run(months { after: None }).unwrap().rows.len(), 1);
}

#[test]
fn a_month_of_fifteen_hundred_people_is_frozen_and_of_one_more_is_not() {
    let mut wages = wages();
    let there = |at: usize, percent: i64| set_presence {
        month: text("2026-01"),
        person: text(&format!("W{at}")),
        percent: Decimal(percent * 100),
    };
    (0..1_501).for_each(|at| wages.run(there(at, 50)).unwrap());
    assert_eq!(refused(freeze(&mut wages, "2026-01")), pair("too-many-people", "month"));
    wages.run(there(1_500, 100)).unwrap();
    assert_eq!(freeze(&mut wages, "2026-01"), Ok(0), "nobody earned a thing");
}

#[test]
fn a_report_or_a_freeze_that_fails_on_the_way_leaves_nothing() {
    let mut wages = wages();
    let row = SettingRow { minimum: Some(yuan("120")), ..setting("2026-01-01") };
    wages.run(import_settings { rows: vec![row] }).unwrap();
    // A Saturday, so that the report makes a line of overtime, too.
    let told = OutputReported {
        report: text("R1"),
        corrects: None,
        card: text("WO-1/10"),
        material: text("P-1"),
        unit: text("pcs"),
        operation: text("press"),
        crew: vec![CrewShare { person: text("W1"), good: Decimal(100_000_000), scrap: Decimal::ZERO, seconds: 3_600 }],
        ended_at: "2026-01-10T10:00:00+08:00".parse().unwrap(),
    };
    let kept = |wages: &Module| (wages.rows::<Work>(), wages.rows::<Line>(), wages.rows::<Slip>());
    let all = wages.fail_each_host_call(&output_reported { told }, |wages, outcome| {
        assert_eq!(kept(wages), if outcome.is_ok() { (1, 2, 1) } else { (0, 0, 0) });
    });
    all.unwrap();
    tell(&mut wages, &report("R2", "press", "2026-01-05T10:00:00", &[("W1", "100", 60)]));
    let freeze = freeze_month { month: text("2026-01"), leave_unpriced: None };
    let people = wages.fail_each_host_call(&freeze, |wages, outcome| {
        let whole = if outcome.is_ok() { (1, 4) } else { (0, 3) };
        assert_eq!((wages.rows::<FrozenMonth>(), wages.rows::<Line>()), whole);
    });
    assert_eq!(people, Ok(1));
}

#[test]
fn an_entry_taken_back_after_the_freeze_is_paid_back_later() {
    let mut wages = wages();
    let (person, kind, amount) = (text("W1"), ExtraKind::Allowance, yuan("60"));
    let add = add_amount { person, day: date("2026-01-06"), kind, amount, counts: None, because: text("夜班") };
    let number = wages.run(add).unwrap();
    wages.at("2026-02-03T08:00:00+08:00");
    freeze(&mut wages, "2026-01").unwrap();
    wages.run(take_back { number: number.clone(), because: text("录错人") }).unwrap();
    let february = slip(&mut wages, "2026-02", "W1");
    assert_eq!(lines(&february), [line(LineKind::Allowance, "2026-01-06", "-60.00")]);
    assert_eq!(february.rows[0].because, Some(text("录错人")));
    wages.run(take_back { number, because: text("又录错") }).unwrap();
    assert_eq!(slip(&mut wages, "2026-02", "W1").total, yuan("-60"), "once is enough");
}

#[test]
fn a_worker_sees_confirms_and_disputes_only_their_own() {
    let mut wages = module();
    wages.share(&person("W1", None, Some("li")));
    wages.share(&person("W2", None, None));
    wages.run(import_rates { rows: vec![rate("press", "1")] }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "100", 60), ("W2", "50", 60)]));
    let ask = |person: Option<&str>, badge: Option<&str>| payslip {
        month: Some(text("2026-01")),
        person: person.map(text),
        badge: badge.map(text),
        after: None,
    };
    let confirm = |badge: Option<&str>| confirm_payslip { month: text("2026-01"), badge: badge.map(text) };
    wages.act_as("li", "operator");
    assert_eq!(wages.run(ask(None, None)).unwrap().person, "W1");
    assert_eq!(wages.run(ask(Some("W1"), None)).unwrap().total, yuan("100"));
    assert_eq!(refused(wages.run(ask(Some("W2"), None))), pair("not-yours", "person"));
    assert_eq!(wages.run(ask(None, Some("badge-W2"))).unwrap().person, "W2", "at a shared terminal");
    assert_eq!(refused(wages.run(ask(None, Some("lost")))), pair("unknown-badge", "badge"));
    assert_eq!(refused(wages.run(confirm(None))), pair("not-frozen", "month"));
    let dispute =
        |word: &str| dispute_payslip { month: text("2026-01"), badge: Some(text("badge-W2")), word: text(word) };
    assert_eq!(refused(wages.run(dispute(" "))), pair("word-empty", "word"));
    wages.run(dispute("少了两箱")).unwrap();
    assert_eq!(wages.emitted::<PayslipDisputed>()[0].person, "W2");
    wages.act_as("wang", "admin").at("2026-02-03T08:00:00+08:00");
    freeze(&mut wages, "2026-01").unwrap();
    wages.act_as("li", "operator");
    wages.run(confirm(None)).unwrap();
    wages.act_as("nobody", "operator");
    assert_eq!(wages.run(confirm(None)).unwrap_err().code(), "not-linked");
    wages.act_as("wang", "admin");
    let states: Vec<_> = sheet(&mut wages, "2026-01").iter().map(|row| (row.state, row.word.clone())).collect();
    assert_eq!(states, [(SlipState::Confirmed, None), (SlipState::Disputed, Some(text("少了两箱")))]);
}

#[test]
fn only_whose_payslip_it_is_is_offered_to_confirm_or_dispute_it() {
    let mut wages = module();
    wages.share(&person("W1", None, Some("li")));
    wages.share(&person("W2", None, None));
    wages.share(&person("W3", None, Some("wang")));
    wages.run(import_rates { rows: vec![rate("press", "1")] }).unwrap();
    tell(
        &mut wages,
        &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "9", 60), ("W2", "8", 60), ("W3", "7", 60)]),
    );
    let page = crate::views::payslip_page();
    let cells = page.tabs.iter().flat_map(|tab| &tab.sections).flat_map(|section| &section.cells);
    let offered: Vec<_> = cells.flat_map(|cell| &cell.actions).map(|action| action.shown_if.clone()).collect();
    let theirs = Some(toolcrib_sdk::view::when("mine").is("true"));
    assert_eq!(offered, [theirs.clone(), theirs], "both buttons go by what the answer says");
    let mut mine = |account: &str, role: &str, month: &str, person: Option<&str>, badge: Option<&str>| {
        wages.act_as(account, role);
        let (person, badge) = (person.map(text), badge.map(text));
        wages.run(payslip { month: Some(text(month)), person, badge, after: None }).unwrap().mine
    };
    assert!(mine("li", "operator", "2026-01", None, None));
    assert!(mine("li", "operator", "2026-01", Some("W1"), None));
    assert!(mine("terminal", "operator", "2026-01", None, Some("badge-W2")), "whose badge it is");
    assert!(mine("wang", "admin", "2026-01", Some("W3"), None), "the office is paid, too");
    assert!(!mine("wang", "admin", "2026-01", Some("W1"), None), "somebody else's");
    assert!(!mine("boss", "owner", "2026-01", Some("W1"), None), "who looks is nobody on the list");
    assert!(!mine("wang", "admin", "2026-01", Some("W1"), Some("badge-W2")), "a badge is no key to another's");
    assert!(!mine("li", "operator", "2026-02", None, None), "nothing to confirm yet");
}

#[test]
fn without_a_plant_an_account_is_its_person() {
    let mut wages = wages();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("li", "100", 60)]));
    wages.act_as("li", "operator");
    let mine = payslip { month: None, person: None, badge: None, after: None };
    assert_eq!(wages.run(mine).unwrap().name, "li");
    wages.act_as("wu", "operator");
    let none = payslip { month: None, person: None, badge: None, after: None };
    assert_eq!(wages.run(none).unwrap().total, yuan("0"), "nothing yet is not a mistake");
    let nothing = confirm_payslip { month: text("2026-01"), badge: None };
    assert_eq!(refused(wages.run(nothing)), pair("no-payslip", "month"));
}
