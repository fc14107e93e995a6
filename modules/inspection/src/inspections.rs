//! Inspections: opened by hand, by a report of the last operation, or by a lot that came in.

use crate::aql::{self, Aql, Level, Sampling, Severity};
use crate::characteristics::{Code, Quantity, filled};
use crate::neighbours::{self, LotReceived, OutputReported};
use crate::plans::{self, Class, Counts, DEFAULT_AQLS, DEFAULT_PLAN, Plan, Scheme};
use crate::views::told::{Inspected, Names};
use toolcrib_sdk::prelude::*;

#[value]
pub enum State {
    Open,
    Accepted,
    Rejected,
    Cancelled,
}

/// One inspection of a lot or of so much of a material. A lot may have any number of them.
#[record(shared, unique(code), unique(number), index(state, number), index(lot, state))]
pub struct Inspection {
    pub code: Code,
    pub number: i64,
    /// `default` where the material has none.
    pub plan: Code,
    pub counts: Counts,
    pub material: Code,
    pub operation: Option<Text<40>>,
    pub equipment: Option<Code>,
    pub lot: Option<Code>,
    pub order: Option<Code>,
    pub quantity: Quantity,
    pub unit: Text<16>,
    /// Units to look at.
    pub sample: i64,
    /// The lot was rejected before and is looked at again: it does not count for switching.
    pub resubmitted: bool,
    pub state: State,
    pub opened_at: Instant,
    pub decided_at: Option<Instant>,
    pub decided_by: Option<Text<80>>,
    pub note: Option<Text<200>>,
}

/// What one class of defects may show in the sample.
#[record(shared, unique(inspection, class), index(plan, class, number))]
pub struct Requirement {
    pub inspection: Code,
    pub plan: Code,
    pub class: Class,
    pub severity: Severity,
    pub letter: Text<1>,
    pub sample: i64,
    pub accept: i64,
    pub reject: i64,
    /// Found, once it is decided.
    pub defects: i64,
    pub accepted: Option<bool>,
    /// Which lot of the plan it was on original inspection; none before it is decided, and for resubmitted lots.
    pub number: Option<i64>,
}

/// Opens an inspection; a lot is held meanwhile. Without a plan of its own a material is inspected at level II, major
/// AQL 1.0, minor AQL 2.5.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn open_inspection(
    ctx: &mut Command,
    material: Code,
    quantity: Quantity,
    unit: Option<Text<16>>,
    lot: Option<Code>,
    plan: Option<Code>,
    operation: Option<Text<40>>,
    equipment: Option<Code>,
    order: Option<Code>,
    resubmitted: Option<bool>,
) -> Outcome<Code> {
    filled(material.as_str(), "material")?;
    let message = "There must be something to inspect";
    reject_if(quantity <= Decimal::ZERO, "quantity-not-positive", message).field("quantity")?;
    let plan = match plan {
        Some(plan) => Some(plans::known(ctx, &plan, "plan")?),
        None => plans::of_material(ctx, &material, operation.as_ref(), false)?,
    };
    let message = "This plan is of another material";
    reject_if(plan.as_ref().is_some_and(|plan| plan.material != material), "other-material", message).field("plan")?;
    let unit = neighbours::unit_of(ctx, &material, unit)?;
    let (hold, resubmitted) = (lot.clone(), resubmitted.unwrap_or(false));
    let about = Inspection { material, operation, equipment, lot, order, ..Inspection::blank() };
    let code = open(ctx, plan, Inspection { quantity, unit, resubmitted, ..about })?;
    if let Some(lot) = hold {
        neighbours::hold(ctx, &lot, &code).field("lot")?;
    }
    Ok(code)
}

/// The last operation of an order made something into a lot: where a plan wants it, it is inspected. Another report or
/// a correction for a lot whose inspection is still open changes the size of that one.
#[on(event = "job-reporting/output_reported")]
pub fn output_reported(ctx: &mut Command, report: OutputReported) -> Outcome<()> {
    let OutputReported { order, material, unit, operation, last, equipment, good, lot } = report;
    let (Some(lot), true) = (lot, last) else { return Ok(()) };
    let Some(plan) = plans::of_material(ctx, &material, Some(&operation), false)? else { return Ok(()) };
    let (operation, order) = (Some(operation), Some(order));
    let about = Inspection { material, operation, equipment, order, quantity: good, unit, ..Inspection::blank() };
    made(ctx, lot, plan, about)
}

/// A lot came in: where a plan wants it, it is inspected.
#[on(event = "traceability/lot_received")]
pub fn lot_received(ctx: &mut Command, received: LotReceived) -> Outcome<()> {
    let LotReceived { lot, material, unit, quantity } = received;
    let Some(plan) = plans::of_material(ctx, &material, None, true)? else { return Ok(()) };
    made(ctx, lot, plan, Inspection { material, quantity, unit, ..Inspection::blank() })
}

fn made(ctx: &mut Command, lot: Code, plan: Row<Plan>, about: Inspection) -> Outcome<()> {
    let open_ones = ctx.all(Inspection::by_lot_state().eq(lot.clone()).eq(State::Open))?;
    let same = open_ones.into_iter().find(|row| row.plan == plan.code && row.unit == about.unit);
    let Some(mut row) = same else {
        if about.quantity <= Decimal::ZERO {
            return Ok(());
        }
        let row = Inspection { lot: Some(lot.clone()), ..about };
        let code = open(ctx, Some(plan), row)?;
        return match neighbours::hold(ctx, &lot, &code) {
            // A lot that is not followed is inspected all the same.
            Err(stopped) if stopped.code() == "unknown-lot" => Ok(()),
            held => held,
        };
    };
    let too_large = || reject("quantity-too-large", "A quantity has at most twelve digits before the point");
    row.quantity = row.quantity.checked_add(about.quantity).ok_or_else(too_large)?;
    if row.quantity <= Decimal::ZERO {
        return close(ctx, row, Text::new("nothing is left of it")?);
    }
    ctx.delete_all(Requirement::by_inspection_class().eq(&row.code))?;
    row.sample = require(ctx, &row.code, Some(&plan), row.quantity)?;
    ctx.update(&mut row)
}

fn open(ctx: &mut Command, plan: Option<Row<Plan>>, mut row: Inspection) -> Outcome<Code> {
    let last = ctx.first(Inspection::by_number().descending())?.map_or(0, |row| row.number);
    let (number, digits) = (last + 1, (last + 1).to_string());
    let code: Code = Text::new(["QI-", &"000000"[digits.len().min(6)..], &digits].concat())?;
    row.sample = require(ctx, &code, plan.as_ref(), row.quantity)?;
    (row.code, row.number, row.opened_at) = (code.clone(), number, ctx.now());
    (row.plan, row.counts) = match plan {
        Some(plan) => (plan.code.clone(), plan.counts),
        None => (Text::new(DEFAULT_PLAN)?, Counts::Units),
    };
    ctx.insert(row)?;
    Ok(code)
}

/// Writes down what each class may show, and tells how many units are looked at: the most that a class wants.
fn require(ctx: &mut Command, inspection: &Code, plan: Option<&Row<Plan>>, quantity: Quantity) -> Outcome<i64> {
    // Started units count: half a sheet is looked at as a sheet is.
    let lot_size = (quantity.0 + 999_999) / 1_000_000;
    let (name, level) = match plan {
        Some(plan) => (plan.code.clone(), plan.level),
        None => (Text::new(DEFAULT_PLAN)?, Level::Ii),
    };
    let classes: Vec<(Class, Aql, Severity)> = match plan {
        Some(plan) => {
            let schemes = ctx.all(Scheme::by_plan_class().eq(&plan.code))?;
            schemes.iter().map(|scheme| (scheme.class, scheme.aql, scheme.severity)).collect()
        }
        None => DEFAULT_AQLS.map(|(class, aql)| (class, aql, Severity::Normal)).to_vec(),
    };
    let base = Requirement { inspection: inspection.clone(), plan: name, ..Requirement::blank() };
    let mut rows = Vec::new();
    for (class, aql, severity) in classes {
        let Sampling { letter, sample, accept, reject, .. } =
            aql::draw(lot_size, level, aql::column(aql, "aql")?, severity)?;
        rows.push(Requirement { class, severity, letter, sample, accept, reject, ..base.clone() });
    }
    let sample = rows.iter().map(|row| row.sample).max().unwrap_or(lot_size);
    // No unit looked at may have a critical defect.
    rows.push(Requirement { letter: Text::new("-")?, sample, reject: 1, ..base });
    ctx.insert_all(&rows)?;
    Ok(sample)
}

/// Ends an inspection without a verdict; what was recorded stays.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn cancel_inspection(ctx: &mut Command, inspection: Code, because: Text<200>) -> Outcome<()> {
    filled(because.as_str(), "because")?;
    let row = still_open(ctx, &inspection)?;
    close(ctx, row, because)
}

fn close(ctx: &mut Command, mut row: Row<Inspection>, note: Text<200>) -> Outcome<()> {
    (row.state, row.note, row.decided_at) = (State::Cancelled, Some(note), Some(ctx.now()));
    row.decided_by = Text::new(ctx.actor()).ok();
    ctx.update(&mut row)?;
    match &row.lot {
        // A lot that was rejected before stays blocked.
        Some(lot) if !row.resubmitted => neighbours::release(ctx, lot, &row.code),
        _ => Ok(()),
    }
}

pub fn still_open(ctx: &Query, code: &Code) -> Outcome<Row<Inspection>> {
    let message = || ["There is no inspection ", code.as_str()].concat();
    let row = ctx.first(Inspection::by_code().eq(code))?;
    let row = row.ok_or_else(|| reject("unknown-inspection", &message()).field("inspection"))?;
    let message = "This inspection is over; open another one for the lot";
    reject_if(row.state != State::Open, "inspection-over", message).field("inspection")?;
    Ok(row)
}

pub fn required(ctx: &Query, inspection: &Code) -> Outcome<Vec<Row<Requirement>>> {
    ctx.all(Requirement::by_inspection_class().eq(inspection))
}

/// How many units of an inspection are looked at, and what each class of defects may show in them.
#[query]
pub fn requirements(ctx: &Query, inspection: Code) -> Outcome<Page<Requirement>> {
    ctx.page(Requirement::by_inspection_class().eq(&inspection))
}

/// Inspections, newest first, a page at a time: all, or those in one state.
#[query]
pub fn inspections(ctx: &Query, state: Option<State>, after: Option<Cursor>) -> Outcome<List<Inspected>> {
    let mut names = Names::default();
    let named = |row| names.inspected(ctx, row);
    match state {
        None => ctx.list(Inspection::by_number().descending(), after, named),
        Some(state) => ctx.list(Inspection::by_state_number().eq(state).descending(), after, named),
    }
}
