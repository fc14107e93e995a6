//! Splitting an order in two and merging two into one. Neither makes or loses a piece.

use crate::balance::{QUANTITY_MAX, Quantity, check};
use crate::jobs::{self, Job};
use crate::orders::{Order, OrderState, find, open, well_formed};
use crate::routing::RoutingStep;
use crate::stages::released;
use toolcrib_sdk::prelude::*;

/// Orders that may have been merged into one.
const MERGED_MAX: usize = 100;
/// Parts of one order that get a number by themselves: `WO-1001-2` to `WO-1001-99`.
const PARTS_MAX: i64 = 99;

/// Moves a quantity that nobody began into an order of its own, which has the same operations and stands where the old
/// one does. Returns its number.
#[command(roles("owner", "admin", "supervisor"))]
pub fn split_order(
    ctx: &mut Command,
    number: Text<64>,
    quantity: Quantity,
    new_number: Option<Text<64>>,
) -> Outcome<Text<64>> {
    let mut order = open(ctx, &number)?;
    check(quantity, "quantity")?;
    let mut jobs = jobs::of_order(ctx, &number)?;
    let free = jobs.first().map_or(order.quantity, |first| first.balance(None).wip);
    let message = "Only what nobody began can be split off, and not all of it; its page says how much that is";
    reject_if(quantity > free || quantity >= order.quantity, "split-too-large", message).field("quantity")?;
    let part = part_number(ctx, &number, new_number)?;
    let of_order = |job: &Row<Job>| RoutingStep { material: order.material.clone(), ..job.value.clone().into() };
    let steps = jobs.iter().map(of_order).collect();
    for job in &mut jobs {
        job.planned.0 -= quantity.0;
    }
    jobs::store(ctx, &mut jobs, |_| true)?;
    order.quantity.0 -= quantity.0;
    ctx.update(&mut order)?;
    let new = Order { number: part.clone(), quantity, ..order.value };
    ctx.insert(new.clone())?;
    if new.released_at.is_some() {
        jobs::create(ctx, &new, steps)?;
        released(ctx, &new)?;
    }
    Ok(part)
}

fn part_number(ctx: &Command, of: &Text<64>, given: Option<Text<64>>) -> Outcome<Text<64>> {
    if let Some(number) = given.filter(|number| !number.as_str().is_empty()) {
        let number = well_formed(number, "new_number")?;
        return match find(ctx, &number)? {
            None => Ok(number),
            Some(_) => Err(reject("number-taken", "There is an order of this number already").field("new_number")),
        };
    }
    for part in 2..=PARTS_MAX {
        let number = Text::new([of.as_str(), "-", &part.to_string()].concat())?;
        if find(ctx, &number)?.is_none() {
            return well_formed(number, "new_number");
        }
    }
    Err(reject("number-needed", "Give the new order a number").field("new_number"))
}

/// Puts one order into another of the same material, unit, stage and operations. Its quantity, and all that is reported
/// of it, belongs to the other from now on, and so do its cards.
#[command(roles("owner", "admin", "supervisor"))]
pub fn merge_orders(ctx: &mut Command, from: Text<64>, into: Text<64>) -> Outcome<()> {
    reject_if(from == into, "same-order", "Name two different orders").field("into")?;
    let (mut gone, mut order) = (open(ctx, &from)?, open(ctx, &into)?);
    let (gone_jobs, mut jobs) = (jobs::of_order(ctx, &from)?, jobs::of_order(ctx, &into)?);
    mergeable(&gone, &order, &gone_jobs, &jobs)?;
    for (job, gone) in jobs.iter_mut().zip(&gone_jobs) {
        fold(job, gone);
        ctx.delete(gone.id)?;
    }
    jobs::store(ctx, &mut jobs, |_| true)?;
    order.quantity.0 += gone.quantity.0;
    order.released_at = order.released_at.min(gone.released_at);
    ctx.update(&mut order)?;
    let before = ctx.all(Order::by_merged_into().eq(Some(from)))?;
    reject_if(before.len() >= MERGED_MAX, "too-many-merged", "At most 100 orders are merged into one").field("from")?;
    for mut earlier in before {
        earlier.merged_into = Some(into.clone());
        ctx.update(&mut earlier)?;
    }
    (gone.state, gone.merged_into) = (OrderState::Cancelled, Some(into));
    ctx.update(&mut gone)
}

fn mergeable(gone: &Order, order: &Order, gone_jobs: &[Row<Job>], jobs: &[Row<Job>]) -> Outcome<()> {
    let message = "Only orders of the same material and unit are merged";
    reject_if(gone.material != order.material || gone.unit != order.unit, "other-material", message).field("into")?;
    reject_if(gone.state != order.state, "other-stage", "Bring both orders to the same stage first").field("into")?;
    let same = |(a, b): (&Row<Job>, &Row<Job>)| a.step == b.step && a.operation == b.operation;
    let wrong = gone_jobs.len() != jobs.len() || !gone_jobs.iter().zip(jobs).all(same);
    reject_if(wrong, "other-routing", "Only orders with the same operations are merged").field("into")?;
    let message = "Together this is more than 1,000,000,000";
    reject_if(gone.quantity.0 + order.quantity.0 > QUANTITY_MAX.0, "quantity-too-large", message).field("into")
}

fn fold(job: &mut Job, gone: &Job) {
    job.planned.0 += gone.planned.0;
    job.good.0 += gone.good.0;
    job.scrap.0 += gone.scrap.0;
    job.rework.0 += gone.rework.0;
    if (job.acted_at, !job.active) < (gone.acted_at, !gone.active) {
        (job.acted_at, job.active) = (gone.acted_at, gone.active);
    }
    job.finished &= gone.finished;
}
