//! What is read of other modules, and what is done where they are not subscribed.

use crate::balance::Quantity;
use toolcrib_sdk::contract::calendar::Zone;
use toolcrib_sdk::contract::unit;
use toolcrib_sdk::prelude::*;

/// The unit where nobody says another.
const UNIT: &str = "pcs";

/// A machine or work place.
#[shared_record(
    module = "plant",
    index(code),
    reason(
        zh = "流转卡上显示设备名称，停用的设备给出提醒",
        en = "To print names of machines and warn of retired ones"
    )
)]
pub struct Equipment {
    pub code: Text<64>,
    pub name: Text<80>,
    pub retired_at: Option<Instant>,
}

/// What is made.
#[shared_record(
    module = "plant",
    index(code),
    reason(zh = "显示物料名称和单位", en = "To show names and units of materials")
)]
pub struct Material {
    pub code: Text<64>,
    pub name: Text<120>,
    pub unit: Text<16>,
    pub retired_at: Option<Instant>,
}

/// A further unit of a material.
#[shared_record(
    module = "plant",
    index(material, unit),
    reason(zh = "工单可用物料的其他单位", en = "To let orders use other units of a material")
)]
pub struct Conversion {
    pub material: Text<64>,
    pub unit: Text<16>,
}

/// Who works.
#[shared_record(
    module = "plant",
    index(code),
    reason(zh = "开工前核对人员技能", en = "To compare people's skills with what a job needs")
)]
pub struct Person {
    pub code: Text<64>,
}

/// What somebody is qualified for.
#[shared_record(
    module = "plant",
    index(person, skill),
    reason(zh = "开工前核对人员技能", en = "To compare people's skills with what a job needs")
)]
pub struct Skill {
    pub person: Ref<Person>,
    pub skill: Text<40>,
    pub valid_until: Option<Date>,
}

/// Where the plant is in time.
#[shared_record(
    module = "plant",
    index(code),
    reason(zh = "按工厂当地日期计算交期", en = "To compare due dates with the plant's own days")
)]
pub struct Calendar {
    pub code: Text<16>,
    pub zone: Text<64>,
}

/// The material of an order, where plant is subscribed and knows it.
pub fn material(ctx: &Query, code: &Text<64>) -> Outcome<Option<Row<Material>>> {
    ctx.first_or_without(Material::by_code().eq(code))
}

/// What people call it; its code where plant does not say.
pub fn material_name(ctx: &Query, code: &Text<64>) -> Outcome<Text<120>> {
    material(ctx, code)?.map_or_else(|| Ok(Text::new(code.as_str())?), |known| Ok(known.value.name))
}

/// The unit of an order: the one given, when it converts to the material's own; else the material's own.
///
/// # Errors
/// `unit-does-not-convert` when plant knows the material and no way from this unit to its own.
pub fn unit_of(ctx: &Query, code: &Text<64>, given: Option<Text<16>>) -> Outcome<Text<16>> {
    let material = material(ctx, code)?;
    match (given.filter(|unit| !unit.is_blank()), material) {
        (None, None) => Ok(Text::new(UNIT)?),
        (None, Some(material)) => Ok(material.value.unit),
        (Some(unit), None) => Ok(unit),
        (Some(unit), Some(material)) => {
            let leads_to = |known: &Text<16>| unit == *known || unit::factor(unit.as_str(), known.as_str()).is_ok();
            // Through a further unit as well: from g to kg, and the plant says how many pieces that is.
            let further = || ctx.all(Conversion::by_material_unit().eq(code));
            if leads_to(&material.unit) || further()?.iter().any(|known| leads_to(&known.unit)) {
                return Ok(unit);
            }
            let then = "; order it in that, or add a conversion in the plant";
            let message = ["This material is counted in ", material.unit.as_str(), then].concat();
            Err(reject("unit-does-not-convert", &message).field("unit"))
        }
    }
}

/// The plant's zone; China's where none is known.
pub fn zone(ctx: &Query) -> Outcome<Zone> {
    let site = ctx.first_or_without(Calendar::by_code())?;
    Ok(site.and_then(|site| Zone::parse(site.zone.as_str()).ok()).unwrap_or(Zone::CHINA))
}

/// Whether a lot may be used.
#[value(name = "status")]
pub enum LotStatus {
    Available,
    Held,
    Blocked,
}

/// A lot that may go into a job.
#[shared_record(
    module = "traceability",
    index(code),
    reason(zh = "开工前核对批次余量和有效期", en = "To see whether lots have something left and are not expired")
)]
pub struct Lot {
    pub code: Text<64>,
    pub material: Text<64>,
    pub left: Quantity,
    pub status: LotStatus,
    pub expires_on: Option<Date>,
}
