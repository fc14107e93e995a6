//! The promises of the wages.

mod crews;
mod freezing;
mod histories;
mod minimum;
mod rating;

use super::module;
use crate::ledger::{LineKind, Month};
use crate::months::{SheetRow, month_sheet};
use crate::payslip::{Payslip, payslip};
use crate::plant::{Calendar, DayKind, Person, SpecialDay};
use crate::rates::{RateRow, import_rates};
use crate::settings::SettingRow;
use crate::views::names::{Material, material_names};
use crate::work::unpriced;
use serde_json::{Value as Json, json};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing::{self, Module};

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn yuan(text: &str) -> Decimal<2> {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A rate for an operation, whatever the material and grade, from 2026 on.
fn rate(operation: &str, yuan: &str) -> RateRow {
    RateRow {
        material: None,
        operation: Some(text(operation)),
        grade: None,
        valid_from: date("2026-01-01"),
        valid_until: None,
        yuan: yuan.parse().unwrap(),
        per: None,
        unit: None,
        quota: None,
    }
}

/// Wages without a plant's master data, with one rate: a piece of `press` earns one yuan.
fn wages() -> Module {
    let mut wages = module();
    wages.without("plant");
    wages.run(import_rates { rows: vec![rate("press", "1")] }).unwrap();
    wages
}

/// A report of an operation that ended at a time, local in China; each of the crew with good pieces and minutes.
fn report(name: &str, operation: &str, ended: &str, crew: &[(&str, &str, i64)]) -> Json {
    let share = |(person, good, minutes): &(&str, &str, i64)| json!({"person": person, "good": good, "scrap": "0", "seconds": minutes * 60});
    json!({
        "report": name, "corrects": null, "card": "WO-1/10", "material": "P-1", "unit": "pcs", "operation": operation,
        "crew": crew.iter().map(share).collect::<Vec<_>>(), "ended_at": format!("{ended}+08:00"),
    })
}

/// The same report as a correction of another.
fn correction(mut report: Json, of: &str) -> Json {
    report["corrects"] = json!(of);
    report
}

fn tell(wages: &mut Module, report: &Json) {
    wages.event("job-reporting", "output_reported", report).unwrap_or_else(|stopped| panic!("{report}: {stopped:?}"));
}

fn slip(wages: &mut Module, month: &str, person: &str) -> Payslip {
    let (month, person): (Month, _) = (text(month), text(person));
    wages.run(payslip { month: Some(month), person: Some(person), badge: None, after: None }).unwrap()
}

fn sheet(wages: &mut Module, month: &str) -> Vec<SheetRow> {
    wages.run(month_sheet { month: Some(text(month)), after: None }).unwrap().rows
}

/// Kind, day and amount of the lines of a payslip.
fn lines(slip: &Payslip) -> Vec<(LineKind, String, String)> {
    slip.rows.iter().map(|row| (row.kind, row.day.to_string(), row.amount.to_string())).collect()
}

fn line(kind: LineKind, day: &str, amount: &str) -> (LineKind, String, String) {
    (kind, day.to_owned(), amount.to_owned())
}

/// Code and field of a refusal.
fn refused<T: std::fmt::Debug>(outcome: Outcome<T>) -> (String, String) {
    let stopped = outcome.expect_err("a refusal");
    let rejection = stopped.rejection().expect("a refusal");
    (rejection.code.clone(), rejection.field.clone().unwrap_or_default())
}

fn pair(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

/// Settings that say nothing yet.
fn setting(from: &str) -> SettingRow {
    SettingRow {
        valid_from: date(from),
        scrap_percent: None,
        quota_minutes: None,
        workday_percent: None,
        rest_percent: None,
        holiday_percent: None,
        minimum: None,
    }
}

fn person(code: &str, grade: Option<&str>, user: Option<&str>) -> Person {
    let (badge, grade, user) = (Some(text(&format!("badge-{code}"))), grade.map(text), user.map(text));
    Person { code: text(code), name: text(&format!("name of {code}")), badge, grade, user }
}

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}

#[test]
fn every_list_calls_its_materials_by_their_names() {
    let mut wages = module();
    wages.share(&Material { code: text("P-1"), name: text("左支架") });
    wages.run(import_rates { rows: vec![rate("press", "1")] }).unwrap();
    tell(&mut wages, &report("R1", "press", "2026-01-05T10:00:00", &[("W1", "1", 1)]));
    tell(&mut wages, &report("R2", "weld", "2026-01-05T11:00:00", &[("W1", "1", 1)]));
    let named = |wages: &mut Module| {
        let slip = slip(wages, "2026-01", "W1").rows.remove(0).material_name;
        let work = wages.run(unpriced { after: None }).unwrap().rows.remove(0).material_name;
        let rates = wages.run(material_names {}).unwrap().into_iter().map(|called| called.material_name).next();
        [slip, work, rates]
    };
    assert_eq!(named(&mut wages), [(); 3].map(|()| Some(text("左支架"))));
    wages.without("plant");
    assert_eq!(named(&mut wages), [None, None, None], "codes are names then");
    let pages = crate::views::rates_page();
    let cells = pages.tabs.iter().flat_map(|tab| &tab.sections).flat_map(|section| &section.cells);
    let columns = cells.flat_map(|cell| cell.widget.columns()).filter(|column| column.names.is_some());
    assert_eq!(columns.map(|column| column.field.as_str()).collect::<Vec<_>>(), ["material"], "that of the rates");
}

#[test]
fn a_plants_calendar_names_and_holidays_count() {
    let mut wages = module();
    let (code, zone) = (text("site"), text("Asia/Shanghai"));
    wages.share(&Calendar { code, zone, day_starts_at_minute: 360 });
    wages.share(&person("W1", None, None));
    wages.share(&SpecialDay { date: date("2026-01-01"), kind: DayKind::Holiday });
    wages.run(import_rates { rows: vec![rate("press", "1")] }).unwrap();
    // Two in the morning of 2 January is still the production day of the holiday.
    tell(&mut wages, &report("R1", "press", "2026-01-02T02:00:00", &[("W1", "100", 60)]));
    let slip = slip(&mut wages, "2026-01", "W1");
    assert_eq!(slip.name, "name of W1");
    assert_eq!(
        lines(&slip),
        [line(LineKind::Piece, "2026-01-01", "100.00"), line(LineKind::Overtime, "2026-01-01", "200.00")]
    );
}
