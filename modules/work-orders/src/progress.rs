//! How far orders are: balances of every step, the board of work in progress, and how many are on time.

use crate::balance::Quantity;
use crate::jobs::{self, Job, JobState};
use crate::orders::{Order, OrderState, known};
use crate::stages::made;
use crate::{others, settings};
use toolcrib_sdk::prelude::*;

/// Orders of one page of the board: with fifty steps each it stays inside one list.
const BOARD_ORDERS: u32 = 20;
/// Longest period of the on-time rate.
const PERIOD_MAX_DAYS: i64 = 366;

/// One step of an order, balanced: `good + scrap + wip = issued`.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct StepProgress {
    pub card: Text<64>,
    pub step: i64,
    pub operation: Text<40>,
    pub equipment: Option<Text<64>>,
    pub state: JobState,
    /// What came in, with `extra`.
    pub issued: Quantity,
    pub good: Quantity,
    pub scrap: Quantity,
    /// Sent back to be done again, counted each time; part of `wip` until it is good or scrap.
    pub rework: Quantity,
    /// At this step now.
    pub wip: Quantity,
    /// Handled beyond what came in: over-production, or the step before has not reported it yet.
    pub extra: Quantity,
    /// Still to do.
    pub open: Quantity,
}

/// An order and its steps: `good + scrap + wip = issued` over all of them.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    pub number: Text<64>,
    pub material: Text<64>,
    pub unit: Text<16>,
    pub state: OrderState,
    pub due: Option<Date>,
    pub quantity: Quantity,
    /// The ordered quantity and the extra of every step.
    pub issued: Quantity,
    /// Good of the last step.
    pub good: Quantity,
    /// Scrap of all steps.
    pub scrap: Quantity,
    /// Work in progress of all steps.
    pub wip: Quantity,
    /// Good beyond the ordered quantity.
    pub over: Quantity,
    /// More of that than is tolerated: worth a look, never a stop.
    pub over_tolerance: bool,
    /// Good of the last step over the ordered quantity.
    pub done: Option<Decimal<4>>,
    pub steps: Vec<StepProgress>,
}

/// How far an order is.
#[query]
pub fn progress(ctx: &Query, number: Text<64>) -> Outcome<Progress> {
    let order = known(ctx, &number, "number")?.value;
    let jobs = jobs::of_order(ctx, &number)?;
    let steps = steps(&jobs);
    let (good, scrap) = made(&jobs);
    let sum = |of: fn(&StepProgress) -> Quantity| Decimal(steps.iter().map(|step| of(step).0).sum());
    let extra: Quantity = sum(|step| step.extra);
    let over = Decimal((good.0 - order.quantity.0).max(0));
    // Before its release everything that is ordered is still to be issued.
    let wip = if jobs.is_empty() { Decimal(0) } else { sum(|step| step.wip) };
    let issued = if jobs.is_empty() { Decimal(0) } else { Decimal(order.quantity.0 + extra.0) };
    let Order { material, quantity, unit, state, due, .. } = order;
    let over_tolerance = over > settings::tolerated(ctx, quantity)?;
    let done = Decimal::ratio(i128::from(good.0), i128::from(quantity.0));
    Ok(Progress {
        number,
        material,
        unit,
        state,
        due,
        quantity,
        issued,
        good,
        scrap,
        wip,
        over,
        over_tolerance,
        done,
        steps,
    })
}

fn steps(jobs: &[Row<Job>]) -> Vec<StepProgress> {
    let step = |at: usize| {
        let (job, before) = (&jobs[at].value, at.checked_sub(1).map(|at| &jobs[at].value));
        let (balance, open) = (job.balance(before), job.open(before));
        let Job { card, step, operation, equipment, state, good, scrap, rework, .. } = job.clone();
        let (issued, wip, extra) = (balance.issued, balance.wip, balance.extra);
        StepProgress { card, step, operation, equipment, state, issued, good, scrap, rework, wip, extra, open }
    };
    (0..jobs.len()).map(step).collect()
}

/// One line of the board.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct BoardLine {
    pub order: Text<64>,
    pub material: Text<64>,
    pub due: Option<Date>,
    pub job: StepProgress,
}

/// Work in progress of some orders.
#[value]
pub struct Board {
    pub lines: Vec<BoardLine>,
    /// Where to go on when there are more orders.
    pub next: Option<Cursor>,
}

/// The jobs of all released orders that are not done, by due day; twenty orders at a time.
#[query]
pub fn board(ctx: &Query, after: Option<Cursor>) -> Outcome<Board> {
    let page = ctx.page(Order::by_state_due().eq(OrderState::Released).limit(BOARD_ORDERS).after(after))?;
    let mut lines = Vec::new();
    for order in &page.rows {
        for job in steps(&jobs::of_order(ctx, &order.number)?) {
            if job.state != JobState::Done {
                let (order, material, due) = (order.number.clone(), order.material.clone(), order.due);
                lines.push(BoardLine { order, material, due, job });
            }
        }
    }
    Ok(Board { lines, next: page.next })
}

/// Orders on time. The denominator is `counted`: orders due in the period, neither cancelled nor merged, that are closed
/// or whose due day is over; those that may still become on time are not counted.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct OnTime {
    /// The denominator.
    pub counted: i64,
    /// Of these: closed on or before their due day.
    pub on_time: i64,
    /// `on_time / counted`; no value when nothing is counted.
    pub rate: Option<Decimal<6>>,
    /// Due in the period and not counted: open, and not overdue.
    pub still_open: i64,
}

/// How many of the orders due in a period (both days included, at most 366) are on time, by the plant's own days.
#[query]
pub fn on_time(ctx: &Query, from: Date, until: Date) -> Outcome<OnTime> {
    if until < from || until.0 - from.0 >= PERIOD_MAX_DAYS {
        return Err(reject("bad-period", "A period has 1 to 366 days, the first one first").field("until"));
    }
    let zone = others::zone(ctx)?;
    let (today, _) = zone.local(ctx.now());
    let (mut counted, mut on_time, mut still_open) = (0, 0, 0);
    for order in ctx.all(Order::by_due().between(from, Date(until.0 + 1).min(Date::MAX)))? {
        let (Some(due), false) = (order.due, order.state == OrderState::Cancelled) else { continue };
        match order.closed_at.map(|closed| zone.local(closed).0) {
            Some(closed) => (counted, on_time) = (counted + 1, on_time + i64::from(closed <= due)),
            None if due < today => counted += 1,
            None => still_open += 1,
        }
    }
    Ok(OnTime { counted, on_time, rate: Decimal::ratio(on_time.into(), counted.into()), still_open })
}
