//! The units and prefixes that are known, by their UCUM codes.

use super::{Dimension, Unit};
use crate::exact::Fraction;

const ONE: Dimension = [0; 8];
const LENGTH: Dimension = [1, 0, 0, 0, 0, 0, 0, 0];
const AREA: Dimension = [2, 0, 0, 0, 0, 0, 0, 0];
const VOLUME: Dimension = [3, 0, 0, 0, 0, 0, 0, 0];
const TIME: Dimension = [0, 1, 0, 0, 0, 0, 0, 0];
const FREQUENCY: Dimension = [0, -1, 0, 0, 0, 0, 0, 0];
const MASS: Dimension = [0, 0, 1, 0, 0, 0, 0, 0];
const KELVIN: Dimension = [0, 0, 0, 1, 0, 0, 0, 0];
const CHARGE: Dimension = [0, 0, 0, 0, 1, 0, 0, 0];
const CURRENT: Dimension = [0, -1, 0, 0, 1, 0, 0, 0];
const LIGHT: Dimension = [0, 0, 0, 0, 0, 1, 0, 0];
const AMOUNT: Dimension = [0, 0, 0, 0, 0, 0, 1, 0];
const CELSIUS: Dimension = [0, 0, 0, 0, 0, 0, 0, 1];
const FORCE: Dimension = [1, -2, 1, 0, 0, 0, 0, 0];
const PRESSURE: Dimension = [-1, -2, 1, 0, 0, 0, 0, 0];
const ENERGY: Dimension = [2, -2, 1, 0, 0, 0, 0, 0];
const POWER: Dimension = [2, -3, 1, 0, 0, 0, 0, 0];
const VOLTAGE: Dimension = [2, -2, 1, 0, -1, 0, 0, 0];
const RESISTANCE: Dimension = [2, -1, 1, 0, -2, 0, 0, 0];
const CAPACITANCE: Dimension = [-2, 2, -1, 0, 2, 0, 0, 0];

/// Symbol, dimension, numerator and denominator of its factor in base units (mass: gram), and whether it takes prefixes.
type Atom = (&'static str, Dimension, i128, i128, bool);

const ATOMS: &[Atom] = &[
    ("m", LENGTH, 1, 1, true),
    ("s", TIME, 1, 1, true),
    ("g", MASS, 1, 1, true),
    ("K", KELVIN, 1, 1, true),
    ("C", CHARGE, 1, 1, true),
    ("cd", LIGHT, 1, 1, true),
    ("mol", AMOUNT, 602_214_076_000_000_000_000_000, 1, true),
    ("Cel", CELSIUS, 1, 1, false),
    ("%", ONE, 1, 100, false),
    ("[ppth]", ONE, 1, 1_000, false),
    ("[ppm]", ONE, 1, 1_000_000, false),
    ("min", TIME, 60, 1, false),
    ("h", TIME, 3_600, 1, false),
    ("d", TIME, 86_400, 1, false),
    ("wk", TIME, 604_800, 1, false),
    ("Hz", FREQUENCY, 1, 1, true),
    ("l", VOLUME, 1, 1_000, true),
    ("L", VOLUME, 1, 1_000, true),
    ("ar", AREA, 100, 1, true),
    ("t", MASS, 1_000_000, 1, true),
    ("N", FORCE, 1_000, 1, true),
    ("Pa", PRESSURE, 1_000, 1, true),
    ("bar", PRESSURE, 100_000_000, 1, true),
    ("atm", PRESSURE, 101_325_000, 1, false),
    ("J", ENERGY, 1_000, 1, true),
    ("cal", ENERGY, 4_184, 1, true),
    ("W", POWER, 1_000, 1, true),
    ("A", CURRENT, 1, 1, true),
    ("V", VOLTAGE, 1_000, 1, true),
    ("Ohm", RESISTANCE, 1_000, 1, true),
    ("F", CAPACITANCE, 1, 1_000, true),
    ("[in_i]", LENGTH, 254, 10_000, false),
    ("[ft_i]", LENGTH, 3_048, 10_000, false),
    ("[yd_i]", LENGTH, 9_144, 10_000, false),
    ("[lb_av]", MASS, 45_359_237, 100_000, false),
    ("[oz_av]", MASS, 45_359_237, 1_600_000, false),
    ("[lbf_av]", FORCE, 44_482_216_152_605, 10_000_000_000, false),
    ("[psi]", PRESSURE, 44_482_216_152_605_000_000, 6_451_600_000_000, false),
    ("[gal_us]", VOLUME, 3_785_411_784, 1_000_000_000_000, false),
];

/// Prefixes and their powers of ten.
const PREFIXES: &[(&str, i32)] = &[
    ("da", 1),
    ("p", -12),
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("c", -2),
    ("d", -1),
    ("h", 2),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
];

/// The unit of a symbol, with or without a prefix. A whole symbol comes first: `min` is a minute, no milli-inch.
pub(super) fn find(symbol: &str) -> Option<Unit> {
    let atom = |symbol: &str| ATOMS.iter().find(|(name, ..)| *name == symbol);
    if let Some((_, dimension, numerator, denominator, _)) = atom(symbol) {
        return Some(Unit { dimension: *dimension, factor: Fraction::new(*numerator, *denominator)? });
    }
    PREFIXES.iter().find_map(|(prefix, power)| {
        let (_, dimension, numerator, denominator, _) = atom(symbol.strip_prefix(prefix)?).filter(|atom| atom.4)?;
        let ten = 10i128.pow(power.unsigned_abs());
        let scale = if *power > 0 { Fraction::new(ten, 1) } else { Fraction::new(1, ten) };
        Some(Unit { dimension: *dimension, factor: Fraction::new(*numerator, *denominator)?.checked_mul(scale?)? })
    })
}
