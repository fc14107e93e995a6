//! Job cards: what is printed on one, and finding a job by the code that was scanned.

use crate::balance::Quantity;
use crate::jobs::{self, Job, JobState, Located, locate};
use crate::orders::{Order, OrderState, find, known};
use crate::others::{self, Equipment};
use toolcrib_sdk::prelude::*;

/// Everything on a job card, and where the job stands now.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct JobCard {
    /// The text of its code.
    pub card: Text<64>,
    pub order: Text<64>,
    pub order_state: OrderState,
    pub material: Text<64>,
    /// The code where plant is not subscribed or does not know it.
    pub material_name: Text<120>,
    pub planned: Quantity,
    pub unit: Text<16>,
    pub due: Option<Date>,
    pub priority: i64,
    pub step: i64,
    /// Its place among the jobs of the order, from 1.
    pub position: i64,
    pub positions: i64,
    pub operation: Text<40>,
    pub before: Option<Text<40>>,
    pub next: Option<Text<40>>,
    pub equipment: Option<Text<64>>,
    pub equipment_name: Option<Text<80>>,
    pub skill: Option<Text<40>>,
    pub note: Option<Text<200>>,
    pub state: JobState,
    pub good: Quantity,
    pub scrap: Quantity,
    pub rework: Quantity,
    /// At this step now.
    pub wip: Quantity,
    /// Still to do.
    pub open: Quantity,
}

/// The card of a job, complete for printing.
#[query]
pub fn card(ctx: &Query, code: Text<64>) -> Outcome<JobCard> {
    filled(ctx, locate(ctx, &code)?)
}

/// The job of a scanned code: of a card, or of an order, whose first job that is not done it is then.
#[query]
pub fn scan(ctx: &Query, code: Text<200>) -> Outcome<JobCard> {
    let unknown = || reject("unknown-card", "No job or order has this code; scan it again").field("code");
    let code: Text<64> = Text::new(code.as_str().trim()).map_err(|_| unknown())?;
    match locate(ctx, &code) {
        Err(stopped) if stopped.code() == "unknown-card" => {}
        found => return filled(ctx, found?),
    }
    let order = find(ctx, &code)?.ok_or_else(unknown)?;
    let order = match &order.merged_into {
        Some(into) => known(ctx, into, "code")?,
        None => order,
    };
    let jobs = jobs::of_order(ctx, &order.number)?;
    if jobs.is_empty() {
        return Err(reject("order-not-released", "This order is not released to the floor yet").field("code"));
    }
    let at = jobs.iter().position(|job| job.state != JobState::Done).unwrap_or(jobs.len() - 1);
    filled(ctx, Located { order, jobs, at })
}

fn filled(ctx: &Query, located: Located) -> Outcome<JobCard> {
    let before = located.before();
    let (balance, open) = (located.job().balance(before), located.job().open(before));
    let operation = |at: Option<usize>| at.and_then(|at| located.jobs.get(at)).map(|job| job.operation.clone());
    let (before, next) = (operation(located.at.checked_sub(1)), operation(Some(located.at + 1)));
    let Order { number, material, unit, due, priority, state: order_state, .. } = located.order.value.clone();
    let job = located.job().clone();
    let Job { card, step, operation, equipment, state, planned, good, scrap, rework, skill, note, .. } = job;
    let material_name = match others::material(ctx, &material)? {
        Some(known) => known.value.name,
        None => Text::new(material.as_str())?,
    };
    let machine = match &equipment {
        Some(code) => ctx.first(Equipment::by_code().eq(code)).or_without()?.flatten(),
        None => None,
    };
    Ok(JobCard {
        card,
        order: number,
        order_state,
        material,
        material_name,
        planned,
        unit,
        due,
        priority,
        step,
        position: located.at as i64 + 1,
        positions: located.jobs.len() as i64,
        operation,
        before,
        next,
        equipment,
        equipment_name: machine.map(|machine| machine.value.name),
        skill,
        note,
        state,
        good,
        scrap,
        rework,
        wip: balance.wip,
        open,
    })
}
