//! Units of measure by their UCUM codes (the case-sensitive `c/s` form), with exact factors.
//!
//! Covered: the prefixes of UCUM from pico to tera and the units of a shop floor; products (`N.m`), quotients (`kg/m3`),
//! exponents (`m2`, `s-1`), whole factors (`10.L`), parentheses, and annotations (`{pcs}`, `kg{dry}`), which count as
//! one. A word without braces that is no unit, such as `pcs` or `件`, is read as an annotation: people write it that way.
//! Absent on purpose: units with an offset or a logarithm (`Cel` converts only to itself) and units whose factor is not
//! rational (`deg`).
//!
//! Source: The Unified Code for Units of Measure, version 2.1 (tables 2 to 10).

mod atoms;

use crate::exact::Fraction;
use std::fmt;

/// The longest unit.
pub const UNIT_CHARS: usize = 40;
/// The deepest parentheses.
const NESTING: usize = 4;
/// The largest exponent of a term.
const EXPONENT: i32 = 9;

/// Exponents of the base quantities: length (m), time (s), mass (g), temperature (K), charge (C), luminous intensity
/// (cd), amount (mol), and temperature on the Celsius scale, which is apart because of its offset.
type Dimension = [i8; 8];

/// A unit, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    dimension: Dimension,
    /// How many base units one of it is.
    factor: Fraction,
}

/// Why a unit cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitError {
    /// Not a unit that is known here.
    Unknown,
    /// The two units measure different things.
    Incommensurable,
    /// The factor between them does not fit.
    TooLarge,
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "this is not a unit: write kg, m, L, h, kg/m3 or pcs",
            Self::Incommensurable => "these units measure different things, so none converts to the other",
            Self::TooLarge => "the factor between these units is too large",
        })
    }
}
impl std::error::Error for UnitError {}

impl Unit {
    /// One: pieces, shares.
    pub const ONE: Self = Self { dimension: [0; 8], factor: Fraction::ONE };

    /// Reads a UCUM code.
    ///
    /// # Errors
    /// [`UnitError::Unknown`], [`UnitError::TooLarge`].
    pub fn parse(code: &str) -> Result<Self, UnitError> {
        if code.is_empty() || code.chars().count() > UNIT_CHARS {
            return Err(UnitError::Unknown);
        }
        let mut reader = Reader { rest: code, depth: 0 };
        match reader.terms() {
            Ok(unit) if reader.rest.is_empty() => Ok(unit),
            Err(UnitError::TooLarge) => Err(UnitError::TooLarge),
            _ if is_word(code) => Ok(Self::ONE),
            _ => Err(UnitError::Unknown),
        }
    }

    /// By what a number of this unit is multiplied to be one of `other`. Not public: a read unit no longer knows what it
    /// counts, so 件 would convert to 箱; [`factor`] looks at that first.
    fn to(&self, other: &Self) -> Result<Fraction, UnitError> {
        if self.dimension != other.dimension {
            return Err(UnitError::Incommensurable);
        }
        self.factor.checked_div(other.factor).ok_or(UnitError::TooLarge)
    }

    fn times(self, other: Self, sign: i32) -> Result<Self, UnitError> {
        let mut dimension = self.dimension;
        for (mine, others) in dimension.iter_mut().zip(other.dimension) {
            *mine = i8::try_from(i32::from(*mine) + sign * i32::from(others)).map_err(|_| UnitError::TooLarge)?;
        }
        let factor = match sign {
            1 => self.factor.checked_mul(other.factor),
            _ => self.factor.checked_div(other.factor),
        };
        Ok(Self { dimension, factor: factor.ok_or(UnitError::TooLarge)? })
    }

    fn power(self, exponent: i32) -> Result<Self, UnitError> {
        (0..exponent.abs()).try_fold(Self::ONE, |power, _| power.times(self, exponent.signum()))
    }
}

/// The exact factor from one unit to another: `factor("kg", "g")` is 1000.
///
/// # Errors
/// See [`UnitError`].
pub fn factor(from: &str, to: &str) -> Result<Fraction, UnitError> {
    // Counts of different things do not convert: 件 is not 箱, unless a module knows how many fit.
    let (a, b) = (Unit::parse(from)?, Unit::parse(to)?);
    if a == Unit::ONE && b == Unit::ONE && counted(from) != counted(to) {
        return Err(UnitError::Incommensurable);
    }
    a.to(&b)
}

/// What a unit counts: the word, with or without braces; nothing for `1`.
fn counted(code: &str) -> &str {
    let word = code.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(code);
    if word == "1" { "" } else { word }
}

fn is_word(code: &str) -> bool {
    code.chars().all(char::is_alphabetic)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, char: char) -> bool {
        match self.rest.strip_prefix(char) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// `term ((. | /) term)*`, read from left to right as UCUM says; a leading `/` inverts.
    fn terms(&mut self) -> Result<Unit, UnitError> {
        let mut product = if self.take('/') { Unit::ONE.times(self.term()?, -1)? } else { self.term()? };
        loop {
            let sign = if self.take('.') {
                1
            } else if self.take('/') {
                -1
            } else {
                return Ok(product);
            };
            product = product.times(self.term()?, sign)?;
        }
    }

    fn term(&mut self) -> Result<Unit, UnitError> {
        if self.take('(') {
            self.depth += 1;
            if self.depth > NESTING {
                return Err(UnitError::Unknown);
            }
            let inner = self.terms()?;
            self.depth -= 1;
            return if self.take(')') { Ok(inner) } else { Err(UnitError::Unknown) };
        }
        if self.rest.starts_with('{') {
            self.annotation()?;
            return Ok(Unit::ONE);
        }
        if let Some(digits) = self.digits() {
            let value: i64 = digits.parse().map_err(|_| UnitError::TooLarge)?;
            let factor = (value > 0).then(|| Fraction::whole(value)).ok_or(UnitError::Unknown)?;
            return Ok(Unit { factor, ..Unit::ONE });
        }
        let end = self.rest.find(|char: char| "./(){}+-".contains(char) || char.is_ascii_digit());
        let (symbol, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let unit = atoms::find(symbol).ok_or(UnitError::Unknown)?;
        self.rest = rest;
        let unit = unit.power(self.exponent()?)?;
        self.annotation()?;
        Ok(unit)
    }

    fn digits(&mut self) -> Option<String> {
        let end = self.rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!digits.is_empty()).then(|| digits.to_owned())
    }

    fn exponent(&mut self) -> Result<i32, UnitError> {
        let sign = if self.take('-') { -1 } else { 1 };
        let signed = self.take('+') || sign < 0;
        match self.digits() {
            None if signed => Err(UnitError::Unknown),
            None => Ok(1),
            Some(digits) => {
                let exponent: i32 = digits.parse().map_err(|_| UnitError::Unknown)?;
                if (1..=EXPONENT).contains(&exponent) { Ok(sign * exponent) } else { Err(UnitError::Unknown) }
            }
        }
    }

    fn annotation(&mut self) -> Result<(), UnitError> {
        if !self.rest.starts_with('{') {
            return Ok(());
        }
        let end = self.rest.find('}').filter(|end| *end > 1).ok_or(UnitError::Unknown)?;
        if self.rest[1..end].contains('{') {
            return Err(UnitError::Unknown);
        }
        self.rest = &self.rest[end + 1..];
        Ok(())
    }
}

#[cfg(test)]
mod tests;
