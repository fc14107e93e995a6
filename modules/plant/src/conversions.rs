//! Units: what UCUM knows of itself, and what only the plant knows of a material (1 box = 24 pcs), chained exactly.

use crate::coded::{self, Code};
use crate::materials::{Material, check_unit};
use toolcrib_sdk::contract::unit::{UnitError, factor};
use toolcrib_sdk::prelude::*;

/// One `unit` is `numerator / denominator` of the material's own unit.
#[record(shared, unique(material, unit))]
pub struct Conversion {
    pub material: Code,
    pub unit: Text<16>,
    pub numerator: i64,
    pub denominator: i64,
}

/// One line of the list.
#[value(from(Conversion))]
pub struct ConversionRow {
    pub material: Code,
    /// For example `box`.
    pub unit: Text<16>,
    /// For example 24 when one box holds 24 pcs.
    pub numerator: i64,
    /// None: 1.
    pub denominator: Option<i64>,
}

/// A quantity in another unit.
#[value]
pub struct Converted {
    pub quantity: Decimal<6>,
    /// Whether it is exact, or rounded half to even at the sixth digit.
    pub exact: bool,
    /// What the quantity was multiplied by, as a reduced fraction.
    pub factor: Text<80>,
}

/// The largest numerator and denominator.
const TERM: i64 = 1_000_000_000_000;
/// The most conversions of one material.
const CONVERSIONS: usize = 50;

/// Says how much of its own unit one other unit of a material is.
#[command(roles("owner", "admin"))]
pub fn set_conversion(
    ctx: &mut Command,
    material: Code,
    unit: Text<16>,
    numerator: i64,
    denominator: Option<i64>,
) -> Outcome<()> {
    put(ctx, ConversionRow { material, unit, numerator, denominator }).map(drop)
}

/// Forgets what a unit of a material is.
#[command(roles("owner", "admin"))]
pub fn remove_conversion(ctx: &mut Command, material: Code, unit: Text<16>) -> Outcome<()> {
    let row = ctx.first(Conversion::by_material_unit().eq(&material).eq(&unit))?;
    let row = row.or_reject("unknown-conversion", "This material has no such conversion").field("unit")?;
    ctx.delete(row.id)
}

/// Adds or changes many, in order; all or none.
#[command(roles("owner", "admin"))]
pub fn import_conversions(ctx: &mut Command, rows: Vec<ConversionRow>) -> Outcome<Imported> {
    ctx.import(rows, put)
}

/// Conversions by material, a page at a time: of one material or of all.
#[query]
pub fn conversions(ctx: &Query, material: Option<Code>, after: Option<Cursor>) -> Outcome<List<ConversionRow>> {
    let row = |row: Row<Conversion>| Ok(ConversionRow::from(row.value));
    match material {
        None => ctx.list(Conversion::by_material_unit(), after, row),
        Some(material) => ctx.list(Conversion::by_material_unit().eq(&material), after, row),
    }
}

/// A quantity in another unit: by UCUM alone, or through the conversions of a material. Rounded once.
#[query]
pub fn convert(
    ctx: &Query,
    material: Option<Code>,
    quantity: Decimal<6>,
    from: Text<16>,
    to: Text<16>,
) -> Outcome<Converted> {
    check_unit(&from, "from")?;
    check_unit(&to, "to")?;
    let factor = match (between(&from, &to)?, &material) {
        (Some(factor), _) => factor,
        (None, None) => return Err(apart(&from, &to, "name the material: it may have a conversion")),
        (None, Some(material)) => {
            let material = coded::known::<Material>(ctx, material, "material")?;
            let advice = ["add a conversion to ", material.code.as_str()].concat();
            let in_own = |unit: &Text<16>| in_own(ctx, &material, unit)?.ok_or_else(|| apart(&from, &to, &advice));
            in_own(&from)?.checked_div(in_own(&to)?).ok_or_else(too_large)?
        }
    };
    let exact = Fraction::from(quantity).checked_mul(factor).ok_or_else(too_large)?;
    let rounded = exact.round().ok_or_else(too_large)?;
    Ok(Converted { quantity: rounded, exact: Fraction::from(rounded) == exact, factor: Text::new(factor.to_string())? })
}

fn put(ctx: &mut Command, row: ConversionRow) -> Outcome<Put> {
    let ConversionRow { material, unit, numerator, denominator } = row;
    let denominator = denominator.unwrap_or(1);
    for (field, term) in [("numerator", numerator), ("denominator", denominator)] {
        if !(1..=TERM).contains(&term) {
            let message = "One unit is a positive fraction of the material's own: 1 to 1000000000000 above and below";
            return Err(reject("bad-factor", message).field(field));
        }
    }
    check_unit(&unit, "unit")?;
    let owner = coded::known::<Material>(ctx, &material, "material")?;
    let others = ctx.all(Conversion::by_material_unit().eq(&material))?;
    if others.len() >= CONVERSIONS && others.iter().all(|other| other.unit != unit) {
        return Err(reject("too-many-conversions", "A material has at most 50 conversions").field("unit"));
    }
    // What follows from something else must not be said twice, or it could be said in two ways.
    let said = [&owner.unit].into_iter().chain(others.iter().map(|other| &other.unit).filter(|other| **other != unit));
    for known in said {
        if between(&unit, known).field("unit")?.is_some() {
            let message = [unit.as_str(), " follows from ", known.as_str(), " by itself; say nothing of it"].concat();
            return Err(reject("converts-already", &message).field("unit"));
        }
    }
    let known = others.into_iter().find(|other| other.unit == unit);
    ctx.store(known, Conversion { material, unit, numerator, denominator })
}

/// How many of a material's own unit one other unit is.
fn in_own(ctx: &Query, material: &Row<Material>, unit: &Text<16>) -> Outcome<Option<Fraction>> {
    if let Some(factor) = between(unit, &material.unit)? {
        return Ok(Some(factor));
    }
    for known in ctx.all(Conversion::by_material_unit().eq(&material.code))? {
        if let Some(factor) = between(unit, &known.unit)? {
            let own = Fraction::new(known.numerator.into(), known.denominator.into());
            return own.and_then(|own| factor.checked_mul(own)).map(Some).ok_or_else(too_large);
        }
    }
    Ok(None)
}

/// What UCUM alone knows of two units.
fn between(from: &Text<16>, to: &Text<16>) -> Outcome<Option<Fraction>> {
    match factor(from.as_str(), to.as_str()) {
        Ok(factor) => Ok(Some(factor)),
        Err(UnitError::TooLarge) => Err(too_large()),
        Err(_) => Ok(None),
    }
}

fn apart(from: &Text<16>, to: &Text<16>, advice: &str) -> Stopped {
    let message = [from.as_str(), " does not convert to ", to.as_str(), "; ", advice].concat();
    reject("units-do-not-convert", &message).field("to")
}

fn too_large() -> Stopped {
    reject("too-large", "The converted quantity has more than eighteen digits; choose a larger unit").field("quantity")
}
