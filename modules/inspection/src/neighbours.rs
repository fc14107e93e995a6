//! What this module says to the lots of `traceability`, and what it hears and reads elsewhere. Each may be absent.

use crate::characteristics::{Code, Quantity};
use crate::inspections::{Inspection, State};
use crate::nonconformances::{Nonconformance, Progress};
use toolcrib_sdk::prelude::*;

#[operation_of(
    module = "traceability",
    reason(zh = "检验期间暂停使用批次", en = "To hold a lot while it is inspected")
)]
pub fn hold_lot(lot: Text<64>, because: Text<200>);

#[operation_of(module = "traceability", reason(zh = "检验不合格时封存批次", en = "To block a lot that was rejected"))]
pub fn block_lot(lot: Text<64>, because: Text<200>);

#[operation_of(module = "traceability", reason(zh = "检验合格后放行批次", en = "To release a lot that was accepted"))]
pub fn release_lot(lot: Text<64>, because: Text<200>);

/// A material, for its name and the unit it is counted in.
#[shared_record(module = "plant", index(code), reason(zh = "显示物料的名称和单位", en = "For names and units"))]
pub struct Material {
    pub code: Code,
    pub name: Text<120>,
    pub unit: Text<16>,
}

/// What job-reporting tells of a report, as far as it matters here.
#[value]
pub struct OutputReported {
    pub order: Code,
    pub material: Code,
    pub unit: Text<16>,
    pub operation: Text<40>,
    pub last: bool,
    pub equipment: Option<Code>,
    pub good: Quantity,
    pub lot: Option<Code>,
}

/// What traceability tells of a lot that came in.
#[value]
pub struct LotReceived {
    pub lot: Code,
    pub material: Code,
    pub unit: Text<16>,
    pub quantity: Quantity,
}

fn because(inspection: &Code) -> Outcome<Text<200>> {
    Ok(Text::new(["检验 inspection ", inspection.as_str()].concat())?)
}

/// Holds a lot for an inspection.
///
/// # Errors
/// `unknown-lot`, where lots are followed and there is no such one.
pub fn hold(ctx: &mut Command, lot: &Code, inspection: &Code) -> Outcome<()> {
    let because = because(inspection)?;
    ctx.call(hold_lot { lot: lot.clone(), because }).or_without().map(drop)
}

/// Blocks a lot that an inspection rejected.
pub fn block(ctx: &mut Command, lot: &Code, inspection: &Code) -> Outcome<()> {
    let because = because(inspection)?;
    heard(ctx.call(block_lot { lot: lot.clone(), because }))
}

/// Releases a lot, unless another inspection or nonconformance of it is open.
pub fn release(ctx: &mut Command, lot: &Code, inspection: &Code) -> Outcome<()> {
    let waits = ctx.first(Inspection::by_lot_state().eq(lot.clone()).eq(State::Open))?.is_some()
        || ctx.first(Nonconformance::by_lot_progress().eq(lot.clone()).eq(Progress::Open))?.is_some();
    if waits {
        return Ok(());
    }
    let because = because(inspection)?;
    heard(ctx.call(release_lot { lot: lot.clone(), because }))
}

/// A lot that is not followed needs neither block nor release.
fn heard(outcome: Outcome<()>) -> Outcome<()> {
    match outcome {
        Err(stopped) if stopped.code() == "unknown-lot" => Ok(()),
        outcome => outcome.or_without().map(drop),
    }
}

/// The unit that is given, else that of the material; `pcs` where nobody says.
pub fn unit_of(ctx: &Command, material: &Code, given: Option<Text<16>>) -> Outcome<Text<16>> {
    if let Some(unit) = given {
        return Ok(unit);
    }
    let known = ctx.first_or_without(Material::by_code().eq(material))?;
    Ok(known.map_or(Text::new("pcs")?, |known| known.unit.clone()))
}
