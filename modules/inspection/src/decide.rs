//! The verdict: by the plan, exactly, with everything that follows from it in the same transaction.

use crate::aql;
use crate::characteristics::{Characteristic, Code, Nature};
use crate::inspections::{self, Inspection, Requirement, State};
use crate::plans::{self, Plan, PlanLine, Scheme};
use crate::switching::{LOTS_BACK, Next, Past, next, score_after};
use crate::{neighbours, nonconformances, readings};
use toolcrib_sdk::prelude::*;

/// An inspection was decided.
#[event]
pub struct InspectionDecided {
    pub inspection: Code,
    pub plan: Code,
    pub material: Code,
    pub lot: Option<Code>,
    pub order: Option<Code>,
    pub accepted: bool,
    /// Units looked at.
    pub sample: i64,
    /// Units with a defect, or defects, of all classes.
    pub defects: i64,
    pub at: Instant,
}

/// Decides an inspection by its plan: accepted or rejected. `inspected` says how many units were looked at; where
/// something is measured, the readings say it. A lot that is bad enough is rejected before the whole sample was seen.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn decide_inspection(
    ctx: &mut Command,
    inspection: Code,
    inspected: Option<i64>,
    note: Option<Text<200>>,
) -> Outcome<bool> {
    let mut row = inspections::still_open(ctx, &inspection)?;
    let mut requirements = inspections::required(ctx, &inspection)?;
    refuse_stopped(ctx, &row)?;
    let (mut accepted, mut defects) = (true, 0);
    for requirement in &mut requirements {
        requirement.defects = readings::found(ctx, &row, requirement.class)?;
        let holds = requirement.defects < requirement.reject;
        requirement.accepted = Some(holds);
        accepted &= holds;
        defects = requirement.defects.saturating_add(defects);
    }
    let sample = match accepted {
        true => complete(ctx, &row, &requirements, inspected)?,
        false => inspected.unwrap_or(row.sample).clamp(1, row.sample),
    };
    (row.state, row.note) = (if accepted { State::Accepted } else { State::Rejected }, note);
    (row.decided_at, row.decided_by) = (Some(ctx.now()), Text::new(ctx.actor()).ok());
    ctx.update(&mut row)?;
    for requirement in &mut requirements {
        switch(ctx, &row, requirement)?;
        ctx.update(requirement)?;
    }
    if !accepted {
        nonconformances::of_inspection(ctx, &row)?;
    }
    match &row.lot {
        Some(lot) if accepted => neighbours::release(ctx, lot, &row.code)?,
        Some(lot) => neighbours::block(ctx, lot, &row.code)?,
        None => {}
    }
    let Inspection { code: inspection, plan, material, lot, order, .. } = row.value;
    let at = ctx.now();
    ctx.emit(InspectionDecided { inspection, plan, material, lot, order, accepted, sample, defects, at })?;
    Ok(accepted)
}

/// Nothing is decided while acceptance is discontinued (MIL-STD-105E 4.8).
fn refuse_stopped(ctx: &Command, row: &Inspection) -> Outcome<()> {
    let wrong = ctx.all(Scheme::by_plan_class().eq(&row.plan))?.iter().any(|scheme| scheme.stopped);
    let message = "Five lots were rejected on tightened inspection: take corrective action, then resume the plan";
    reject_if(wrong, "inspection-discontinued", message).field("inspection")
}

/// How many units were looked at: all of the sample, with every reading that the plan wants.
fn complete(
    ctx: &Command,
    row: &Inspection,
    requirements: &[Row<Requirement>],
    inspected: Option<i64>,
) -> Outcome<i64> {
    let mut read = 0;
    for line in ctx.all(PlanLine::by_plan_characteristic().eq(&row.plan))? {
        let taken = readings::taken(ctx, &row.code, &line.characteristic)?;
        let wanted = requirements.iter().find(|one| one.class == line.class).map_or(0, |one| one.sample);
        let what = ctx.first(Characteristic::by_code().eq(&line.characteristic))?;
        let measured = what.is_some_and(|what| what.nature == Nature::Measured && what.retired_at.is_none());
        if measured && taken < wanted {
            let (of, taken, wanted) = (line.characteristic.as_str(), taken.to_string(), wanted.to_string());
            let message = [of, " has ", &taken, " readings of ", &wanted].concat();
            return Err(reject("readings-missing", &message).field("inspection"));
        }
        read = read.max(taken);
    }
    let message = "Say how many units were looked at";
    reject_if(inspected.is_none() && read == 0, "inspected-missing", message).field("inspected")?;
    let inspected = inspected.unwrap_or(read);
    if inspected < row.sample {
        let (seen, wanted) = (inspected.to_string(), row.sample.to_string());
        let message = ["Only ", &seen, " of ", &wanted, " units were looked at"].concat();
        return Err(reject("sample-too-small", &message).field("inspected"));
    }
    Ok(inspected)
}

/// Counts the lot in its plan and switches the severity of its class.
fn switch(ctx: &mut Command, row: &Inspection, requirement: &mut Row<Requirement>) -> Outcome<()> {
    let found = ctx.first(Scheme::by_plan_class().eq(&row.plan).eq(requirement.class))?;
    // A lot drawn before the last switch says nothing about the severity of today.
    let (Some(mut scheme), false) = (found, row.resubmitted) else { return Ok(()) };
    if scheme.severity != requirement.severity {
        return Ok(());
    }
    let (column, plan) = (aql::column(scheme.aql, "aql")?, plans::known(ctx, &row.plan, "plan")?);
    scheme.lots += 1;
    requirement.number = Some(scheme.lots);
    let this = past(requirement);
    scheme.rejected += i64::from(!this.accepted());
    if scheme.severity == aql::Severity::Normal {
        scheme.score = score_after(scheme.score, this, column);
    }
    let walk = Requirement::by_plan_class_number().eq(&row.plan).eq(requirement.class).from(scheme.since).descending();
    let before = ctx.page(walk.limit(LOTS_BACK as u32 - 1))?.rows;
    let history: Vec<Past> = std::iter::once(this).chain(before.iter().map(|row| past(row))).collect();
    match next(scheme.severity, &history, scheme.rejected, scheme.score, column, Plan::wish(&plan)) {
        Next::Stay => {}
        Next::To(severity) => scheme.begin(severity),
        Next::Stop => scheme.stopped = true,
    }
    ctx.update(&mut scheme)
}

fn past(requirement: &Requirement) -> Past {
    let Requirement { sample, defects, accept, reject, .. } = *requirement;
    Past { sample, defects, accept, reject, row: aql::row(requirement.letter.as_str()) }
}
