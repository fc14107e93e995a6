//! Factors between units, against definitions.

use super::*;

fn of(from: &str, to: &str) -> String {
    factor(from, to).unwrap_or_else(|error| panic!("{from} to {to}: {error}")).to_string()
}

#[test]
fn factors_are_those_of_the_definitions() {
    // Exact by definition: SI, and the international yard and pound agreement of 1959.
    for (from, to, expected) in [
        ("kg", "g", "1000"),
        ("t", "kg", "1000"),
        ("mg", "kg", "1/1000000"),
        ("mm", "m", "1/1000"),
        ("um", "mm", "1/1000"),
        ("L", "m3", "1/1000"),
        ("mL", "cm3", "1"),
        ("l", "L", "1"),
        ("h", "s", "3600"),
        ("d", "min", "1440"),
        ("kW.h", "MJ", "18/5"),
        ("km/h", "m/s", "5/18"),
        ("N.m", "J", "1"),
        ("MPa", "N/mm2", "1"),
        ("bar", "kPa", "100"),
        ("kg/m3", "g/L", "1"),
        ("s-1", "Hz", "1"),
        ("/min", "Hz", "1/60"),
        ("kV.A", "W", "1000"),
        ("V/A", "Ohm", "1"),
        ("[in_i]", "mm", "127/5"),
        ("[ft_i]", "[in_i]", "12"),
        ("[lb_av]", "g", "45359237/100000"),
        ("[lb_av]", "[oz_av]", "16"),
        ("[psi]", "[lbf_av]/[in_i]2", "1"),
        ("[gal_us]", "[in_i]3", "231"),
        ("%", "1", "1/100"),
        ("10.L", "L", "10"),
        ("m2", "cm2", "10000"),
        ("kg{dry}", "g", "1000"),
        ("J/(kg.K)", "m2/(s2.K)", "1"),
        ("{pcs}", "pcs", "1"),
        ("{件}", "件", "1"),
        ("pcs", "pcs", "1"),
        ("Cel", "Cel", "1"),
    ] {
        assert_eq!(of(from, to), expected, "{from} to {to}");
        assert_eq!(factor(to, from).unwrap(), Fraction::ONE.checked_div(factor(from, to).unwrap()).unwrap());
    }
}

#[test]
fn what_measures_different_things_does_not_convert() {
    for (from, to) in [("kg", "m"), ("pcs", "kg"), ("Cel", "K"), ("W", "J"), ("m2", "m3"), ("件", "箱"), ("{pcs}", "1")]
    {
        assert_eq!(factor(from, to), Err(UnitError::Incommensurable), "{from} to {to}");
    }
}

#[test]
fn what_is_no_unit_is_said_to_be_none() {
    let long = "m".repeat(UNIT_CHARS + 1);
    let nested = format!("{}m{}", "(".repeat(NESTING + 1), ")".repeat(NESTING + 1));
    for bad in ["", " ", "kg ", "m^2", "m--1", "m0", "0", "(m", "m)", "{}", "{a", "kg//m", "m.", "m10", &long, &nested]
    {
        assert_eq!(Unit::parse(bad), Err(UnitError::Unknown), "{bad:?}");
    }
    assert!(Unit::parse(&"m".repeat(UNIT_CHARS)).is_ok(), "a word as long as allowed is a count");
    let deep = format!("{}m{}", "(".repeat(NESTING), ")".repeat(NESTING));
    assert_eq!(factor(&deep, "m"), Ok(Fraction::ONE));
    assert_eq!(Unit::parse("m9.m9.m9.m9.m9.m9.m9.m9.m9.m9.m9.m9.m9.m9.m9"), Err(UnitError::Unknown), "too long");
    assert_eq!(Unit::parse("Tm9.Tm9"), Err(UnitError::TooLarge));
}
