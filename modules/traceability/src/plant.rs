//! What this module reads of the plant's master data. Without the plant, units and days are taken as they are given.

use crate::lots::{Code, Quantity, too_large};
use toolcrib_sdk::contract::calendar::Zone;
use toolcrib_sdk::contract::unit;
use toolcrib_sdk::prelude::*;

/// A material, with the unit its lots are counted in.
#[shared_record(
    module = "plant",
    index(code),
    reason(zh = "显示名称，按物料的单位计数，算出有效期", en = "To name and count lots and know when they expire")
)]
pub struct Material {
    pub code: Code,
    pub name: Text<120>,
    pub unit: Text<16>,
    pub shelf_life_days: Option<i64>,
}

/// One `unit` is `numerator / denominator` of the material's own unit.
#[shared_record(
    module = "plant",
    index(material, unit),
    reason(zh = "按物料换算单位，例如一箱等于多少件", en = "To convert units, such as boxes into pieces")
)]
pub struct Conversion {
    pub material: Code,
    pub unit: Text<16>,
    pub numerator: i64,
    pub denominator: i64,
}

/// Where the plant's clocks stand.
#[shared_record(
    module = "plant",
    name = "calendar",
    index(code),
    reason(zh = "按工厂当地日期判断是否过期", en = "To know by the plant's own day whether a lot expired")
)]
pub struct SiteCalendar {
    pub code: Text<16>,
    pub zone: Text<64>,
}

/// The day that the plant's clocks show; those of China where no plant says otherwise.
pub fn day(ctx: &Query, at: Instant) -> Outcome<Date> {
    let site = ctx.first_or_without(SiteCalendar::by_code().eq(Text::new("site")?))?;
    let zone = site.and_then(|site| Zone::parse(site.zone.as_str()).ok()).unwrap_or_default();
    Ok(zone.local(at).0)
}

/// The material, if the plant knows it.
pub fn material(ctx: &Query, code: &Code) -> Outcome<Option<Row<Material>>> {
    ctx.first_or_without(Material::by_code().eq(code))
}

/// A quantity of a material in another unit: exact by UCUM or by the material's conversions, rounded once to six digits.
///
/// # Errors
/// `units-do-not-convert`.
pub fn converted(ctx: &Query, of: &Code, quantity: Quantity, from: &Text<16>, to: &Text<16>) -> Outcome<Quantity> {
    if from == to {
        return Ok(quantity);
    }
    let factor = match unit::factor(from.as_str(), to.as_str()) {
        Ok(factor) => Some(factor),
        Err(_) => by_material(ctx, of, from, to)?,
    };
    let message = || {
        let units = [from.as_str(), " does not convert into ", to.as_str()].concat();
        [&units, " for ", of.as_str(), "; enter it in the lot's unit or add a conversion in the plant"].concat()
    };
    let factor = factor.ok_or_else(|| reject("units-do-not-convert", &message()).field("unit"))?;
    quantity.times(factor).ok_or_else(too_large)
}

/// The factor over the material's own unit.
fn by_material(ctx: &Query, of: &Code, from: &Text<16>, to: &Text<16>) -> Outcome<Option<Fraction>> {
    let Some(material) = material(ctx, of)? else { return Ok(None) };
    let conversions = ctx.all(Conversion::by_material_unit().eq(of)).or_without()?.unwrap_or_default();
    let into_own = |from: &Text<16>| {
        let plain = || unit::factor(from.as_str(), material.unit.as_str()).ok();
        let stated = |row: &Row<Conversion>| {
            let exact = row.unit == *from;
            let steps = if exact { Fraction::ONE } else { unit::factor(from.as_str(), row.unit.as_str()).ok()? };
            steps.checked_mul(Fraction::new(row.numerator.into(), row.denominator.into())?)
        };
        if *from == material.unit {
            Some(Fraction::ONE)
        } else {
            plain().or_else(|| conversions.iter().find_map(stated))
        }
    };
    Ok(into_own(from).zip(into_own(to)).and_then(|(from, to)| from.checked_div(to)))
}
