//! Orders: what is to be made, how much, and until when.

use crate::balance::{Quantity, check};
use crate::jobs;
use crate::views::told::{Listed, listed};
use crate::{others, settings};
use toolcrib_sdk::prelude::*;

/// Characters of an order's number, so that a card (number, `/`, step) keeps inside its type.
const NUMBER_CHARS: usize = 56;

/// How far an order is.
#[value]
pub enum OrderState {
    /// Planned: nothing can be reported yet.
    Draft,
    Released,
    /// Stopped for a while.
    Held,
    Closed,
    /// Nothing of it is made: cancelled, or merged into another.
    Cancelled,
}

/// An order for one material.
#[record(shared, unique(number), index(state, due), index(due), index(closed_at), index(merged_into))]
pub struct Order {
    pub number: Text<64>,
    pub material: Text<64>,
    pub quantity: Quantity,
    pub unit: Text<16>,
    pub state: OrderState,
    /// The larger, the sooner; 0 is usual.
    pub priority: i64,
    /// The last day on which it is on time.
    pub due: Option<Date>,
    pub released_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub held_at: Option<Instant>,
    /// Why it is held or was cancelled.
    pub because: Option<Text<200>>,
    /// The order that took over its quantity and its cards.
    pub merged_into: Option<Text<64>>,
}

/// What somebody orders.
#[value]
pub struct NewOrder {
    /// None: the next free one, `WO-1001` at first.
    pub number: Option<Text<64>>,
    pub material: Text<64>,
    pub quantity: Quantity,
    /// None: the material's own, or pcs.
    pub unit: Option<Text<16>>,
    pub due: Option<Date>,
    pub priority: Option<i64>,
}

/// Plans an order; returns its number.
#[command(roles("owner", "admin", "supervisor"))]
pub fn create_order(ctx: &mut Command, #[embed] new: NewOrder) -> Outcome<Text<64>> {
    let order = complete(ctx, new)?;
    let message = "There is an order of this number already";
    reject_if(find(ctx, &order.number)?.is_some(), "number-taken", message).field("number")?;
    let number = order.number.clone();
    ctx.insert(order)?;
    Ok(number)
}

/// Changes quantity, due day or priority; what is not given stays. A released order keeps its routing and its unit, and
/// its quantity is not made smaller than what its first step has handled.
#[command(roles("owner", "admin", "supervisor"))]
pub fn change_order(
    ctx: &mut Command,
    number: Text<64>,
    quantity: Option<Quantity>,
    due: Option<Date>,
    priority: Option<i64>,
) -> Outcome<()> {
    let mut order = open(ctx, &number)?;
    if let Some(quantity) = quantity {
        check(quantity, "quantity")?;
        let mut jobs = jobs::of_order(ctx, &number)?;
        let below = jobs.first().is_some_and(|first| quantity < first.handled());
        let message = "More than this is made or scrapped already; close the order instead";
        reject_if(below, "below-made", message).field("quantity")?;
        jobs.iter_mut().for_each(|job| job.planned = quantity);
        jobs::store(ctx, &mut jobs, |_| true)?;
        order.quantity = quantity;
    }
    order.due = due.or(order.due);
    order.priority = priority.unwrap_or(order.priority);
    ctx.update(&mut order)
}

/// Orders by due day, a page at a time: of one state or of all, due in a period (both days included) or whenever; with
/// the name of the material, where plant knows it.
#[query]
pub fn orders(
    ctx: &Query,
    state: Option<OrderState>,
    due_from: Option<Date>,
    due_until: Option<Date>,
    after: Option<Cursor>,
) -> Outcome<List<Listed>> {
    let bounded = due_from.is_some() || due_until.is_some();
    let (from, until) = (due_from.unwrap_or(Date::MIN), due_until.unwrap_or(Date::MAX).0.saturating_add(1));
    let (until, named) = (Date(until).min(Date::MAX), |order| listed(ctx, order));
    match (state, bounded) {
        (None, false) => ctx.list(Order::by_due(), after, named),
        (None, true) => ctx.list(Order::by_due().between(from, until), after, named),
        (Some(state), false) => ctx.list(Order::by_state_due().eq(state), after, named),
        (Some(state), true) => ctx.list(Order::by_state_due().eq(state).between(from, until), after, named),
    }
}

pub fn find(ctx: &Query, number: &Text<64>) -> Outcome<Option<Row<Order>>> {
    ctx.first(Order::by_number().eq(number))
}

/// The order that has a number now: of one that was merged into another, that other.
pub fn present(ctx: &Query, number: &Text<64>, field: &str) -> Outcome<Option<Row<Order>>> {
    match find(ctx, number)? {
        Some(Row { value: Order { merged_into: Some(into), .. }, .. }) => known(ctx, &into, field).map(Some),
        found => Ok(found),
    }
}

/// The order of a number; `field` is where the caller wrote it.
pub fn known(ctx: &Query, number: &Text<64>, field: &str) -> Outcome<Row<Order>> {
    let message = || ["There is no order ", number.as_str()].concat();
    find(ctx, number)?.ok_or_else(|| reject("unknown-order", &message()).field(field))
}

/// An order that still changes: neither closed nor cancelled.
pub fn open(ctx: &Query, number: &Text<64>) -> Outcome<Row<Order>> {
    let order = known(ctx, number, "number")?;
    match order.state {
        OrderState::Closed => Err(reject("order-closed", "This order is closed; reopen it first").field("number")),
        OrderState::Cancelled => {
            Err(reject("order-cancelled", "This order is cancelled; create another").field("number"))
        }
        _ => Ok(order),
    }
}

/// The order that somebody wants, checked and completed.
pub fn complete(ctx: &mut Command, new: NewOrder) -> Outcome<Order> {
    let NewOrder { number, material, quantity, unit, due, priority } = new;
    reject_if(material.is_blank(), "material-needed", "Say what is to be made").field("material")?;
    check(quantity, "quantity")?;
    let unit = others::unit_of(ctx, &material, unit)?;
    let number = match number.filter(|number| !number.as_str().is_empty()) {
        None => settings::next_number(ctx)?,
        Some(number) => well_formed(number, "number")?,
    };
    Ok(Order { number, material, quantity, unit, priority: priority.unwrap_or(0), due, ..Order::blank() })
}

/// A number that can stand on a card and in a code that is scanned.
pub fn well_formed(number: Text<64>, field: &str) -> Outcome<Text<64>> {
    let fits = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '/' | '.');
    let message = "A number is made of letters, digits, - _ . and /";
    reject_if(number.as_str().is_empty() || !number.as_str().chars().all(fits), "bad-number", message).field(field)?;
    let message = "A number has at most 56 characters";
    reject_if(number.as_str().chars().count() > NUMBER_CHARS, "number-too-long", message).field(field)?;
    Ok(number)
}
