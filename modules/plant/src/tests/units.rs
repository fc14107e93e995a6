//! Conversions: exact, chained, and refused where nothing is known.

use super::{code, module, pair, refused, text};
use crate::conversions::{Converted, convert, remove_conversion, set_conversion};
use crate::materials::add_material;
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing::Module;

/// A bracket counted in pieces: 24 in a box, 3 to the kilogram and a half.
fn plant() -> Module {
    let mut plant = module();
    let (code, name, unit) = (code("P-1"), text("支架"), text("pcs"));
    plant.run(add_material { code, name, unit, tracking: None, shelf_life_days: None }).unwrap();
    plant.run(conversion("box", 24, 1)).unwrap();
    plant.run(conversion("kg", 2, 3)).unwrap();
    plant
}

fn conversion(unit: &str, numerator: i64, denominator: i64) -> set_conversion {
    set_conversion { material: code("P-1"), unit: text(unit), numerator, denominator: Some(denominator) }
}

fn ask(quantity: &str, from: &str, to: &str) -> convert {
    let quantity = quantity.parse().unwrap();
    convert { material: Some(code("P-1")), quantity, from: text(from), to: text(to) }
}

fn answer(quantity: &str, exact: bool, factor: &str) -> Outcome<Converted> {
    Ok(Converted { quantity: quantity.parse().unwrap(), exact, factor: text(factor) })
}

#[test]
fn conversions_chain_exactly_and_say_when_they_round() {
    let mut plant = plant();
    for (quantity, from, to, expected) in [
        ("2.5", "box", "pcs", answer("60", true, "24")),
        ("60", "pcs", "box", answer("2.5", true, "1/24")),
        ("1", "pcs", "box", answer("0.041667", false, "1/24")),
        // A gram is a thousandth of 2/3 of a piece.
        ("1500", "g", "pcs", answer("1", true, "1/1500")),
        ("1", "box", "t", answer("0.036", true, "9/250")),
        ("1", "kg", "g", answer("1000", true, "1000")),
        ("-3", "{pcs}", "pcs", answer("-3", true, "1")),
    ] {
        assert_eq!(plant.run(ask(quantity, from, to)), expected, "{quantity} {from} in {to}");
    }
    let free = convert { material: None, ..ask("2", "h", "min") };
    assert_eq!(plant.run(free), answer("120", true, "60"));
}

#[test]
fn what_nothing_is_known_of_does_not_convert() {
    let mut plant = plant();
    for (from, to) in [("box", "m"), ("carton", "pcs"), ("pcs", "L"), ("件", "pcs")] {
        assert_eq!(refused(plant.run(ask("1", from, to))), pair("units-do-not-convert", "to"), "{from} in {to}");
    }
    let free = convert { material: None, ..ask("1", "box", "pcs") };
    assert_eq!(refused(plant.run(free)), pair("units-do-not-convert", "to"));
    assert_eq!(refused(plant.run(ask("1", "kg//m", "pcs"))), pair("bad-unit", "from"));
    plant.run(remove_conversion { material: code("P-1"), unit: text("kg") }).unwrap();
    assert_eq!(refused(plant.run(ask("1", "kg", "pcs"))), pair("units-do-not-convert", "to"));
    let largest = "999999999999";
    assert_eq!(refused(plant.run(ask(largest, "box", "pcs"))), pair("too-large", "quantity"));
}

#[test]
fn a_conversion_cannot_be_said_in_two_ways() {
    let mut plant = plant();
    for (unit, by) in [("{pcs}", "pcs"), ("g", "kg"), ("t", "kg")] {
        let stopped = plant.run(conversion(unit, 5, 1)).unwrap_err();
        assert_eq!((stopped.code(), stopped.message().contains(by)), ("converts-already", true), "{unit}");
    }
    plant.run(conversion("kg", 3, 4)).unwrap();
    assert_eq!(plant.run(ask("4", "kg", "pcs")), answer("3", true, "3/4"));
}

#[test]
fn a_material_has_fifty_conversions_and_no_more() {
    let mut plant = plant();
    let word = |at: u8| format!("box{}", char::from(b'a' + at % 26).to_string().repeat(1 + usize::from(at / 26)));
    for at in 0..48 {
        plant.run(conversion(&word(at), 2, 1)).unwrap();
    }
    assert_eq!(refused(plant.run(conversion("tray", 2, 1))), pair("too-many-conversions", "unit"));
    plant.run(conversion("box", 25, 1)).unwrap();
    for (numerator, denominator, field) in
        [(0, 1, "numerator"), (1, -1, "denominator"), (1_000_000_000_001, 1, "numerator")]
    {
        assert_eq!(refused(plant.run(conversion("box", numerator, denominator))), pair("bad-factor", field));
    }
    plant.run(conversion("box", 1_000_000_000_000, 1_000_000_000_000)).unwrap();
}

#[test]
fn a_conversion_too_large_to_be_told_names_its_unit() {
    let mut plant = module();
    let (code, name, unit) = (code("P-2"), text("线"), text("Tm3"));
    plant.run(add_material { code: code.clone(), name, unit, tracking: None, shelf_life_days: None }).unwrap();
    let far = set_conversion { material: code, unit: text("nm3"), numerator: 1, denominator: None };
    assert_eq!(refused(plant.run(far)), pair("too-large", "unit"));
}
