//! The promises of the master data.

mod lists;
mod planning;
mod units;

use super::module;
use crate::coded::Code;
use crate::equipment::{EquipmentRow, Level, equipment, import_equipment, retire_equipment};
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn at(time: &str) -> Instant {
    time.parse().unwrap()
}

fn new(code_text: &str, level: Level, parent: Option<&str>) -> EquipmentRow {
    EquipmentRow { code: code(code_text), name: text(code_text), level, parent: parent.map(code), retired_at: None }
}

/// A plant with a site, an area, a line and two machines.
fn plant() -> testing::Module {
    let mut plant = module();
    let rows = vec![
        new("site", Level::Site, None),
        new("area", Level::Area, Some("site")),
        new("line", Level::ProductionLine, Some("area")),
        new("press-1", Level::WorkUnit, Some("line")),
        new("press-2", Level::WorkUnit, Some("line")),
    ];
    assert_eq!(plant.run(import_equipment { rows }), Ok(Imported { added: 5, changed: 0, unchanged: 0 }));
    plant
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

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}

#[test]
fn equipment_stands_only_in_equipment_of_a_higher_level() {
    let mut plant = plant();
    for (level, parent) in [
        (Level::Enterprise, "site"),
        (Level::Site, "area"),
        (Level::WorkCenter, "line"),
        (Level::StorageZone, "line"),
        (Level::WorkUnit, "press-1"),
        (Level::Unit, "press-1"),
    ] {
        let outcome = plant.run(import_equipment { rows: vec![new("x", level, Some(parent))] });
        assert_eq!(refused(outcome), pair("parent-not-above", "rows/0/parent"), "{level:?}");
    }
    let outcome = plant.run(import_equipment { rows: vec![new("area", Level::Site, None)] });
    assert_eq!(refused(outcome), pair("level-fixed", "rows/0/level"));
}

#[test]
fn a_code_fits_the_name_of_a_signal() {
    let mut plant = module();
    for bad in ["", "a.b", "a b", "a\n", "a#"] {
        let row = EquipmentRow { code: code(bad), ..new("x", Level::Site, None) };
        assert_eq!(plant.run(import_equipment { rows: vec![row] }).unwrap_err().code(), "bad-code", "{bad:?}");
    }
    plant.run(import_equipment { rows: vec![new("冲床-1", Level::WorkUnit, None)] }).unwrap();
}

#[test]
fn operators_read_and_do_not_change() {
    let mut plant = plant();
    plant.act_as("li", "operator");
    assert_eq!(plant.run(equipment { parent: None, after: None }).unwrap().rows.len(), 5);
    assert_eq!(plant.run(retire_equipment { code: code("press-1") }).unwrap_err().code(), "not-allowed");
}
