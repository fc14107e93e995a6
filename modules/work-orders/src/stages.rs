//! The stages of an order: released to the floor, held and resumed, closed, cancelled, reopened.

use crate::balance::Quantity;
use crate::jobs::{self, Job};
use crate::orders::{Order, OrderState, known, open};
use crate::routing;
use toolcrib_sdk::prelude::*;

/// An order is on the floor.
#[event(from(Order))]
pub struct OrderReleased {
    pub number: Text<64>,
    pub material: Text<64>,
    pub quantity: Quantity,
    pub unit: Text<16>,
    pub due: Option<Date>,
}

/// An order is over: good of its last step, scrap of all.
#[event]
pub struct OrderClosed {
    pub number: Text<64>,
    pub material: Text<64>,
    pub good: Quantity,
    pub scrap: Quantity,
    pub at: Instant,
}

/// An order stops for a while.
#[event]
pub struct OrderHeld {
    pub number: Text<64>,
    pub because: Text<200>,
}

/// Puts an order on the floor: its jobs are those of the material's routing, or a single one.
#[command(roles("owner", "admin", "supervisor"))]
pub fn release_order(ctx: &mut Command, number: Text<64>) -> Outcome<()> {
    let mut order = open(ctx, &number)?;
    reject_if(order.state != OrderState::Draft, "already-released", "This order is released already")
        .field("number")?;
    let steps = routing::copied(ctx, &order.material)?;
    jobs::create(ctx, &order, steps)?;
    (order.state, order.released_at) = (OrderState::Released, Some(ctx.now()));
    ctx.update(&mut order)?;
    released(ctx, &order)
}

/// Says that an order is on the floor.
pub fn released(ctx: &mut Command, order: &Order) -> Outcome<()> {
    ctx.emit(OrderReleased::from(order.clone()))
}

/// Stops an order for a while. What was made before may still be reported, with its true time.
#[command(roles("owner", "admin", "supervisor", "module"))]
pub fn hold_order(ctx: &mut Command, number: Text<64>, because: Text<200>) -> Outcome<()> {
    reject_if(because.is_blank(), "reason-needed", "Say in a few words why").field("because")?;
    let mut order = open(ctx, &number)?;
    let message = "Only an order on the floor can be held";
    reject_if(order.state != OrderState::Released, "not-released", message).field("number")?;
    (order.state, order.held_at, order.because) = (OrderState::Held, Some(ctx.now()), Some(because.clone()));
    ctx.update(&mut order)?;
    ctx.emit(OrderHeld { number, because })
}

/// Goes on with an order that was held.
#[command(roles("owner", "admin", "supervisor"))]
pub fn resume_order(ctx: &mut Command, number: Text<64>) -> Outcome<()> {
    let mut order = open(ctx, &number)?;
    reject_if(order.state != OrderState::Held, "not-held", "This order is not held").field("number")?;
    (order.state, order.held_at, order.because) = (OrderState::Released, None, None);
    ctx.update(&mut order)
}

/// Ends an order with what is made, be it less or more than ordered.
#[command(roles("owner", "admin", "supervisor"))]
pub fn close_order(ctx: &mut Command, number: Text<64>) -> Outcome<()> {
    let mut order = open(ctx, &number)?;
    let message = "Nothing of this order is made yet; cancel it";
    reject_if(order.state == OrderState::Draft, "order-not-released", message).field("number")?;
    let at = ctx.now();
    (order.state, order.closed_at) = (OrderState::Closed, Some(at));
    ctx.update(&mut order)?;
    let mut jobs = jobs::of_order(ctx, &number)?;
    jobs::over(ctx, &mut jobs, true)?;
    let (good, scrap) = made(&jobs);
    ctx.emit(OrderClosed { number, material: order.material.clone(), good, scrap, at })
}

/// Good of the last step, scrap of all.
pub fn made(jobs: &[Row<Job>]) -> (Quantity, Quantity) {
    (jobs.last().map_or(Decimal(0), |last| last.good), Decimal(jobs.iter().map(|job| job.scrap.0).sum()))
}

/// Gives up an order of which nothing is made.
#[command(roles("owner", "admin", "supervisor"))]
pub fn cancel_order(ctx: &mut Command, number: Text<64>, because: Text<200>) -> Outcome<()> {
    let mut order = open(ctx, &number)?;
    let mut jobs = jobs::of_order(ctx, &number)?;
    let wrong = jobs.iter().any(|job| job.handled() != Decimal(0) || job.rework != Decimal(0));
    reject_if(wrong, "has-output", "Something of this order is made already; close it").field("number")?;
    (order.state, order.because) = (OrderState::Cancelled, Some(because));
    ctx.update(&mut order)?;
    jobs::over(ctx, &mut jobs, true)
}

/// Opens a closed order again, for a report that came late. Closing it then tells the new totals.
#[command(roles("owner", "admin", "supervisor"))]
pub fn reopen_order(ctx: &mut Command, number: Text<64>) -> Outcome<()> {
    let mut order = known(ctx, &number, "number")?;
    let message = "Only a closed order can be opened again";
    reject_if(order.state != OrderState::Closed, "not-closed", message).field("number")?;
    (order.state, order.closed_at) = (OrderState::Released, None);
    ctx.update(&mut order)?;
    let mut jobs = jobs::of_order(ctx, &number)?;
    jobs::over(ctx, &mut jobs, false)
}
