//! How far orders are: balances of every step, the board of work in progress, and how many are on time.

use crate::balance::{Balance, Quantity};
use crate::jobs::{self, Job, JobState};
use crate::orders::{Order, OrderState, known};
use crate::stages::made;
use crate::views::told::{Listed, listed};
use crate::{others, settings};
use toolcrib_sdk::contract::calendar::Zone;
use toolcrib_sdk::prelude::*;

/// Orders of one page of the board: with fifty steps each it stays inside one list.
const BOARD_ORDERS: u32 = 20;
/// Longest period of the on-time rate.
const PERIOD_MAX_DAYS: i64 = 366;

/// One step of an order, balanced: `good + scrap + wip = issued`.
#[value]
pub struct StepProgress {
    pub job: Row<Job>,
    /// What came in, with `extra`.
    pub issued: Quantity,
    /// At this step now, what is being reworked included.
    pub wip: Quantity,
    /// Handled beyond what came in: over-production, or the step before has not reported it yet.
    pub extra: Quantity,
    /// Still to do.
    pub open: Quantity,
}

/// An order and its steps: `good + scrap + wip = issued` over all of them.
#[value]
pub struct Progress {
    pub order: Listed,
    /// The ordered quantity and the extra of every step; nothing before the release.
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

/// How far an order is, step by step.
#[query]
pub fn progress(ctx: &Query, number: Text<64>) -> Outcome<Progress> {
    let (order, jobs) = (known(ctx, &number, "number")?, jobs::of_order(ctx, &number)?);
    let (good, scrap) = made(&jobs);
    let steps: Vec<_> = (0..jobs.len()).map(|at| step(&jobs, at)).collect();
    let sum = |of: fn(&StepProgress) -> Quantity| Decimal(steps.iter().map(|step| of(step).0).sum());
    let (wip, extra): (Quantity, Quantity) = (sum(|step| step.wip), sum(|step| step.extra));
    let issued = if steps.is_empty() { Decimal(0) } else { Decimal(order.quantity.0 + extra.0) };
    let over = Decimal((good.0 - order.quantity.0).max(0));
    let over_tolerance = over > settings::tolerated(ctx, order.quantity)?;
    let done = Decimal::ratio(good.0.into(), order.quantity.0.into());
    Ok(Progress { order: listed(ctx, order)?, issued, good, scrap, wip, over, over_tolerance, done, steps })
}

/// One job of an order, balanced.
pub fn step(jobs: &[Row<Job>], at: usize) -> StepProgress {
    let (job, before) = (jobs[at].clone(), at.checked_sub(1).map(|at| &jobs[at].value));
    let Balance { issued, wip, extra } = job.balance(before);
    let open = job.open(before);
    StepProgress { job, issued, wip, extra, open }
}

/// One line of the board.
#[value]
pub struct BoardLine {
    pub material: Text<64>,
    pub material_name: Text<120>,
    pub unit: Text<16>,
    pub due: Option<Date>,
    pub step: StepProgress,
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
        let (jobs, name) = (jobs::of_order(ctx, &order.number)?, others::material_name(ctx, &order.material)?);
        for at in (0..jobs.len()).filter(|at| jobs[*at].state != JobState::Done) {
            let (material, unit, due) = (order.material.clone(), order.unit.clone(), order.due);
            lines.push(BoardLine { material, material_name: name.clone(), unit, due, step: step(&jobs, at) });
        }
    }
    Ok(Board { lines, next: page.next })
}

/// Orders on time. The denominator is `counted`: orders due in the period, neither cancelled nor merged, that are
/// closed or whose due day is over; those that may still become on time are not counted.
#[value]
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
    let zone = zone_of(ctx, from, until)?;
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

/// What was closed in a period.
#[value]
pub struct Closed {
    pub closed: i64,
    /// Of these: on or before their due day, or without one.
    pub in_time: i64,
}

/// How many orders were closed in a period (both days included, at most 366), by the plant's own days.
#[query]
pub fn closed_orders(ctx: &Query, from: Date, until: Date) -> Outcome<Closed> {
    let zone = zone_of(ctx, from, until)?;
    let (begin, end) = (zone.instant(from, 0), zone.instant(Date(until.0 + 1), 0));
    let days = ctx.all(Order::by_closed_at().between(begin, end))?.into_iter();
    let late: Vec<bool> = days
        .map(|order| order.due.is_some_and(|due| order.closed_at.is_some_and(|at| zone.local(at).0 > due)))
        .collect();
    Ok(Closed { closed: late.len() as i64, in_time: late.iter().filter(|late| !**late).count() as i64 })
}

/// The clock of the plant, for a period that is one.
fn zone_of(ctx: &Query, from: Date, until: Date) -> Outcome<Zone> {
    let message = "A period has 1 to 366 days, the first one first";
    reject_if(until < from || until.0 - from.0 >= PERIOD_MAX_DAYS, "bad-period", message).field("until")?;
    others::zone(ctx)
}
