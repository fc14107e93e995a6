//! Job cards: what is printed on one, and finding a job by the code that was scanned.

use crate::jobs::{self, JobState, Located, locate};
use crate::orders::{Order, present};
use crate::others::{self, Equipment};
use crate::progress::{StepProgress, step};
use toolcrib_sdk::prelude::*;

/// Everything on a job card, and where the job stands now.
#[value]
pub struct JobCard {
    pub order: Row<Order>,
    /// The job; its `card` is the text of the code.
    pub step: StepProgress,
    /// The code where plant is not subscribed or does not know it.
    pub material_name: Text<120>,
    pub equipment_name: Option<Text<80>>,
    /// Its place among the jobs of the order, from 1.
    pub position: i64,
    pub positions: i64,
    /// The operations before and after it.
    pub before: Option<Text<40>>,
    pub next: Option<Text<40>>,
}

/// The card of a job, complete for printing.
#[query]
pub fn card(ctx: &Query, code: Text<64>) -> Outcome<JobCard> {
    filled(ctx, locate(ctx, &code).field("code")?)
}

/// The job of a scanned code: of a card, or of an order, whose first job that is not done it is then.
#[query]
pub fn scan(ctx: &Query, code: Text<200>) -> Outcome<JobCard> {
    let unknown = || reject("unknown-card", "No job or order has this code; scan it again").field("code");
    let code: Text<64> = Text::new(code.as_str().trim()).map_err(|_| unknown())?;
    match locate(ctx, &code) {
        Err(stopped) if stopped.code() == "unknown-card" => {}
        found => return filled(ctx, found.field("code")?),
    }
    let order = present(ctx, &code, "code")?.ok_or_else(unknown)?;
    let jobs = jobs::of_order(ctx, &order.number)?;
    reject_if(jobs.is_empty(), "order-not-released", "This order is not released to the floor yet").field("code")?;
    let at = jobs.iter().position(|job| job.state != JobState::Done).unwrap_or(jobs.len() - 1);
    filled(ctx, Located { order, jobs, at })
}

fn filled(ctx: &Query, Located { order, jobs, at }: Located) -> Outcome<JobCard> {
    let operation = |at: Option<usize>| at.and_then(|at| jobs.get(at)).map(|job| job.operation.clone());
    let material_name = others::material_name(ctx, &order.material)?;
    let machine = match &jobs[at].equipment {
        Some(code) => ctx.first_or_without(Equipment::by_code().eq(code))?,
        None => None,
    };
    Ok(JobCard {
        step: step(&jobs, at),
        material_name,
        equipment_name: machine.map(|machine| machine.value.name),
        position: at as i64 + 1,
        positions: jobs.len() as i64,
        before: operation(at.checked_sub(1)),
        next: operation(Some(at + 1)),
        order,
    })
}
