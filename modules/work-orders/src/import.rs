//! Many orders at once, as they come from a table.

use crate::orders::{NewOrder, OrderState, complete, find};
use toolcrib_sdk::prelude::*;

/// Rows of one call.
pub const ROWS_MAX: usize = 1_000;

/// Plans or changes many orders, in order: all of them or, when one is refused, none; the refusal names the row. An
/// order that is planned already takes on what its row says; one that is released is refused.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_orders(ctx: &mut Command, rows: Vec<NewOrder>) -> Outcome<Imported> {
    reject_if(rows.len() > ROWS_MAX, "too-many-rows", "Import at most 1,000 rows at once").field("rows")?;
    ctx.import(rows, put)
}

fn put(ctx: &mut Command, new: NewOrder) -> Outcome<Put> {
    let order = complete(ctx, new)?;
    let known = find(ctx, &order.number)?;
    let wrong = known.as_ref().is_some_and(|known| known.state != OrderState::Draft);
    let message = "An order of this number is released or closed already; change it by itself";
    reject_if(wrong, "already-released", message).field("number")?;
    ctx.store(known, order)
}
