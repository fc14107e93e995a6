//! The promises of the master data.

use super::module;
use crate::coded::Code;
use crate::equipment::{Equipment, Level, NewEquipment, equipment, import_equipment, retire_equipment};
use crate::shifts::{Weekday, add_pattern, plan_shift, plan_shifts, shifts};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn new(code_text: &str, level: Level, parent: Option<&str>) -> NewEquipment {
    NewEquipment { code: code(code_text), name: code_text.parse().unwrap(), level, parent: parent.map(code) }
}

/// A plant with a site, an area, a line and two machines.
fn plant() -> testing::Module {
    let mut plant = module();
    let rows = vec![
        new("site", Level::Site, None),
        new("area", Level::Area, Some("site")),
        new("line", Level::WorkCenter, Some("area")),
        new("press-1", Level::WorkUnit, Some("line")),
        new("press-2", Level::WorkUnit, Some("line")),
    ];
    let imported = plant.run(import_equipment { rows }).unwrap();
    assert_eq!((imported.added, imported.changed), (5, 0));
    plant
}

fn pattern(name: &str, starts_at_minute: i64, minutes: i64) -> add_pattern {
    let (code, name) = (code(name), name.parse().unwrap());
    add_pattern { code, name, starts_at_minute, minutes, break_minutes: 60, utc_offset_minutes: 480 }
}

fn planned(days: i64, weekdays: Vec<Weekday>) -> plan_shifts {
    let from = "2026-01-05".parse().unwrap();
    plan_shifts { equipment: vec![code("press-1"), code("press-2")], pattern: code("night"), from, days, weekdays }
}

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}

#[test]
fn an_import_is_all_or_nothing_and_names_the_row() {
    let mut plant = plant();
    let rows = vec![new("press-3", Level::WorkUnit, Some("line")), new("press-4", Level::WorkUnit, Some("gone"))];
    let Err(Stopped::Rejected(rejection)) = plant.run(import_equipment { rows }) else { panic!("rejected") };
    assert_eq!((rejection.code.as_str(), rejection.field.as_deref()), ("unknown-code", Some("rows/1/parent")));
    assert_eq!(plant.rows::<Equipment>(), 5);
    let rows = vec![new("press-2", Level::WorkUnit, None), new("press-3", Level::WorkUnit, Some("line"))];
    let imported = plant.run(import_equipment { rows }).unwrap();
    assert_eq!((imported.added, imported.changed), (1, 1));
}

#[test]
fn a_full_import_stays_within_the_limits_of_one_call() {
    let mut plant = plant();
    let rows = (0..1_000).map(|at| new(&format!("m{at}"), Level::WorkUnit, Some("line"))).collect();
    assert_eq!(plant.run(import_equipment { rows }).unwrap().added, 1_000);
}

#[test]
fn equipment_stands_only_in_equipment_of_a_higher_level() {
    let mut plant = plant();
    for (level, parent) in [(Level::Site, "area"), (Level::WorkCenter, "line"), (Level::WorkUnit, "press-1")] {
        let stopped = plant.run(import_equipment { rows: vec![new("x", level, Some(parent))] }).unwrap_err();
        assert_eq!(stopped.code(), "parent-not-above");
    }
    let stopped = plant.run(import_equipment { rows: vec![new("area", Level::Site, None)] }).unwrap_err();
    assert_eq!(stopped.code(), "level-fixed");
}

#[test]
fn a_code_fits_the_name_of_a_signal() {
    let mut plant = module();
    for bad in ["", "a.b", "a b", "a\n", "a#"] {
        let row = NewEquipment { code: code(bad), ..new("x", Level::Site, None) };
        assert_eq!(plant.run(import_equipment { rows: vec![row] }).unwrap_err().code(), "bad-code", "{bad:?}");
    }
    plant.run(import_equipment { rows: vec![new("冲床-1", Level::WorkUnit, None)] }).unwrap();
}

#[test]
fn shifts_of_one_machine_never_overlap() {
    let mut plant = plant();
    plant.run(pattern("night", 22 * 60, 480)).unwrap();
    assert_eq!(plant.run(planned(7, vec![])), Ok(14));
    assert_eq!(plant.run(planned(1, vec![])).unwrap_err().code(), "shift-overlaps");
    let shift = |from: &str, until: &str| plan_shift {
        equipment: code("press-1"),
        starts_at: from.parse().unwrap(),
        ends_at: until.parse().unwrap(),
        break_minutes: 0,
    };
    for (from, until) in [
        ("2026-01-05T21:00:00+08:00", "2026-01-05T22:00:00.000001+08:00"),
        ("2026-01-06T05:59:59+08:00", "2026-01-06T07:00:00+08:00"),
        ("2026-01-05T23:00:00+08:00", "2026-01-06T01:00:00+08:00"),
    ] {
        assert_eq!(plant.run(shift(from, until)).unwrap_err().code(), "shift-overlaps", "{from}");
    }
    plant.run(shift("2026-01-06T06:00:00+08:00", "2026-01-06T22:00:00+08:00")).unwrap();
}

#[test]
fn a_shift_past_midnight_belongs_to_the_day_it_begins_and_only_to_wanted_weekdays() {
    let mut plant = plant();
    plant.run(pattern("night", 22 * 60, 480)).unwrap();
    // 2026-01-05 is a Monday: three weeks hold three Sundays, on two machines.
    assert_eq!(plant.run(planned(21, vec![Weekday::Sunday])), Ok(6));
    let (from, until) = ("2026-01-01T00:00:00Z".parse().unwrap(), "2026-02-01T00:00:00Z".parse().unwrap());
    let page = plant.run(shifts { equipment: code("press-2"), from, until, after: None }).unwrap();
    let begins: Vec<_> = page.rows.iter().map(|row| row.starts_at.to_string()).collect();
    assert_eq!(begins, ["2026-01-11T14:00:00Z", "2026-01-18T14:00:00Z", "2026-01-25T14:00:00Z"]);
    assert_eq!(page.rows[0].ends_at.to_string(), "2026-01-11T22:00:00Z");
}

#[test]
fn the_most_shifts_of_one_call_fit_and_one_more_is_refused() {
    let mut plant = plant();
    plant.run(pattern("night", 22 * 60, 480)).unwrap();
    let rows = (0..12).map(|at| new(&format!("m{at}"), Level::WorkUnit, None)).collect();
    plant.run(import_equipment { rows }).unwrap();
    let machines = |count: usize| (0..count).map(|at| code(&format!("m{at}"))).collect();
    assert_eq!(plant.run(plan_shifts { equipment: machines(10), days: 92, ..planned(1, vec![]) }), Ok(920));
    let stopped = plant.run(plan_shifts { equipment: machines(11), days: 92, ..planned(1, vec![]) }).unwrap_err();
    assert_eq!(stopped.code(), "too-many-shifts");
    assert_eq!(plant.run(planned(93, vec![])).unwrap_err().code(), "bad-days");
}

#[test]
fn operators_read_and_do_not_change() {
    let mut plant = plant();
    plant.act_as("li", "operator");
    assert_eq!(plant.run(equipment { parent: None, after: None }).unwrap().rows.len(), 5);
    assert_eq!(plant.run(retire_equipment { code: code("press-1") }).unwrap_err().code(), "not-allowed");
}
