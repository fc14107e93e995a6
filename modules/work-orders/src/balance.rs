//! The arithmetic of work in progress at one step, in terms that always add up.
//!
//! With G good and S scrapped at the step, and I what came into it (the ordered quantity at the first step, the good of
//! the step before at every other):
//!
//! - extra `X = max(0, G + S - I)`: handled though nobody said that it came in (over-production, or a report of the
//!   step before that is still on its way);
//! - issued `I + X`, and work in progress `WIP = I + X - G - S`, which is never negative.
//!
//! So `G + S + WIP = issued` at every step. Over the n steps of an order, since each step's good comes into the next:
//! `G(n) + ΣS + ΣWIP = ordered + ΣX`. What waits for rework or is being reworked is part of WIP until it is reported as
//! good or scrap; the rework quantity (RQ of ISO 22400-2) only counts how often that happened.

use toolcrib_sdk::prelude::*;

/// A quantity in the unit of its order.
pub type Quantity = Decimal<6>;

/// The most of one order or one report: a thousand million.
pub const QUANTITY_MAX: Quantity = Decimal(1_000_000_000_000_000);
/// The most that any total of a job may become.
pub const TOTAL_MAX: Quantity = Decimal(5_000_000_000_000_000);

/// One step, balanced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    pub issued: Quantity,
    pub wip: Quantity,
    pub extra: Quantity,
}

/// Balances what came into a step with what left it.
pub fn balance(came_in: Quantity, good: Quantity, scrap: Quantity) -> Balance {
    // Each is at most TOTAL_MAX: sums stay far inside 64 bits.
    let handled = good.0 + scrap.0;
    let extra = (handled - came_in.0).max(0);
    Balance { issued: Decimal(came_in.0 + extra), wip: Decimal(came_in.0 + extra - handled), extra: Decimal(extra) }
}

/// A quantity that somebody orders or moves: more than nothing, and not absurd.
pub fn check(quantity: Quantity, field: &str) -> Outcome<()> {
    reject_if(quantity <= Quantity::ZERO, "quantity-not-positive", "Give a quantity above 0").field(field)?;
    let message = "This is more than 1,000,000,000; check the number";
    reject_if(quantity > QUANTITY_MAX, "quantity-too-large", message).field(field)
}
