//! Many orders at once, as they come from a table.

use crate::orders::{NewOrder, OrderState, complete, find};
use toolcrib_sdk::prelude::*;

/// Rows of one call.
pub const ROWS_MAX: usize = 1_000;

/// What an import did.
#[value]
pub struct Imported {
    pub added: i64,
    /// Rows whose number was known already.
    pub changed: i64,
}

/// Plans or changes many orders, in order: all of them or, when one is refused, none; the refusal names the row. An
/// order that is planned already takes on what its row says; one that is released is refused.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_orders(ctx: &mut Command, rows: Vec<NewOrder>) -> Outcome<Imported> {
    if rows.len() > ROWS_MAX {
        return Err(reject("too-many-rows", "Import at most 1,000 rows at once").field("rows"));
    }
    let mut imported = Imported { added: 0, changed: 0 };
    for (at, row) in rows.into_iter().enumerate() {
        match put(ctx, row).map_err(|stopped| stopped.within(&["rows/", &at.to_string()].concat()))? {
            true => imported.added += 1,
            false => imported.changed += 1,
        }
    }
    Ok(imported)
}

/// Whether the order was added.
fn put(ctx: &mut Command, new: NewOrder) -> Outcome<bool> {
    let order = complete(ctx, new)?;
    match find(ctx, &order.number)? {
        None => ctx.insert(order).map(|_| true),
        Some(mut known) if known.state == OrderState::Draft => {
            known.value = order;
            ctx.update(&mut known)?;
            Ok(false)
        }
        Some(_) => {
            let message = "An order of this number is released or closed already; change it by itself";
            Err(reject("already-released", message).field("number"))
        }
    }
}
