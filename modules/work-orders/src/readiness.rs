//! What is worth a look before a job starts. Advice only: a job starts whatever this says.

use crate::jobs::{Located, locate};
use crate::orders::OrderState;
use crate::others::{self, Equipment, Lot, LotStatus, Material, Person, Skill};
use toolcrib_sdk::prelude::*;

/// Lots asked about at once.
const LOTS_MAX: usize = 50;

/// One point that was looked at.
#[value]
pub struct Advice {
    /// `order`, `material`, `before`, `equipment`, `skill` or `lot`.
    pub point: Text<40>,
    /// The code of what it is about; of the step before, its card.
    pub about: Text<64>,
    /// None: nobody here knows, since the module that would is not subscribed.
    pub met: Option<bool>,
    /// What to do when it is not.
    pub advice: Option<Text<200>>,
}

/// Looks at what a job needs: its order, its material, the step before, its equipment, the skill of who is to do it,
/// and the lots that are to go in.
#[query]
pub fn readiness(ctx: &Query, card: Text<64>, person: Option<Text<64>>, lots: Vec<Text<64>>) -> Outcome<Vec<Advice>> {
    reject_if(lots.len() > LOTS_MAX, "too-many-lots", "Ask about at most 50 lots at once").field("lots")?;
    let job = locate(ctx, &card)?;
    let (order, today) = (&job.order, others::zone(ctx)?.local(ctx.now()).0);
    let released = order.state == OrderState::Released;
    let mut all = vec![point("order", order.number.as_str(), Some(released), "Resume or reopen the order first")?];
    let found = ctx.first(Material::by_code().eq(&order.material)).or_without()?;
    let met = found.map(|found| found.is_some_and(|found| found.retired_at.is_none()));
    all.push(point("material", order.material.as_str(), met, "This material is unknown or retired; ask the office")?);
    if let Some(before) = job.before() {
        let met = Some(job.job().balance(Some(before)).wip > Decimal(0));
        all.push(point("before", before.card.as_str(), met, "The step before has nothing good waiting yet")?);
    }
    if let Some(code) = &job.job().equipment {
        let found = ctx.first(Equipment::by_code().eq(code)).or_without()?;
        let met = found.map(|found| found.is_some_and(|found| found.retired_at.is_none()));
        all.push(point("equipment", code.as_str(), met, "This equipment is unknown or retired; use another")?);
    }
    if let Some(skill) = &job.job().skill {
        let met = skilled(ctx, person.as_ref(), skill, today)?;
        all.push(point("skill", skill.as_str(), met, "Nobody known with this skill was named, or it has expired")?);
    }
    for lot in &lots {
        all.push(lot_advice(ctx, &job, lot, today)?);
    }
    Ok(all)
}

fn point(point: &str, about: &str, met: Option<bool>, advice: &str) -> Outcome<Advice> {
    let advice = if met == Some(false) { Some(Text::new(advice)?) } else { None };
    Ok(Advice { point: Text::new(point)?, about: Text::new(about)?, met, advice })
}

fn skilled(ctx: &Query, person: Option<&Text<64>>, skill: &Text<40>, today: Date) -> Outcome<Option<bool>> {
    let Some(code) = person else { return Ok(Some(false)) };
    let Some(person) = ctx.first(Person::by_code().eq(code)).or_without()? else { return Ok(None) };
    let Some(person) = person else { return Ok(Some(false)) };
    let skill = ctx.first(Skill::by_person_skill().eq(person.id).eq(skill))?;
    Ok(Some(skill.is_some_and(|skill| skill.valid_until.is_none_or(|until| until >= today))))
}

fn lot_advice(ctx: &Query, job: &Located, code: &Text<64>, today: Date) -> Outcome<Advice> {
    let Some(lot) = ctx.first(Lot::by_code().eq(code)).or_without()? else {
        return point("lot", code.as_str(), None, "");
    };
    let (met, advice) = match lot {
        None => (false, "Nobody knows this lot; receive it first"),
        Some(lot) if lot.status != LotStatus::Available => (false, "This lot is held or blocked"),
        Some(lot) if lot.left <= Decimal(0) => (false, "Nothing is left of this lot"),
        Some(lot) if lot.expires_on.is_some_and(|last| last < today) => (false, "This lot has expired"),
        Some(lot) if lot.material == job.order.material => {
            (false, "This lot is of what the job makes, not of what goes in")
        }
        Some(_) => (true, ""),
    };
    point("lot", code.as_str(), Some(met), advice)
}
