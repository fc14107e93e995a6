//! The little that can be set, each with a default that needs no thought.

use crate::balance::Quantity;
use toolcrib_sdk::prelude::*;

/// The first number given to an order without one is `WO-1001`.
const FIRST_NUMBER: i64 = 1_001;
/// Numbers tried when people gave some of them by hand already.
const TRIES_MAX: usize = 1_000;

/// The settings; at most one row.
#[record]
pub struct Settings {
    /// Percent of the ordered quantity up to which over-production is not even pointed out. It is never refused.
    pub over_tolerance_percent: Decimal<2>,
    /// Of the next order without a number.
    pub next_number: i64,
}

/// Before anything is set.
impl Default for Settings {
    fn default() -> Self {
        Self { over_tolerance_percent: Decimal(0), next_number: FIRST_NUMBER }
    }
}

/// From what percentage on over-production is pointed out; 0, the default: any.
#[command(roles("owner", "admin"))]
pub fn set_tolerance(ctx: &mut Command, over_percent: Decimal<2>) -> Outcome<()> {
    let absurd = !(Decimal(0)..=Decimal(100_000)).contains(&over_percent);
    reject_if(absurd, "bad-tolerance", "A tolerance is 0 to 1000 percent").field("over_percent")?;
    ctx.set(|settings: &mut Settings| settings.over_tolerance_percent = over_percent)
}

/// What is set.
#[query]
pub fn settings(ctx: &Query) -> Outcome<Decimal<2>> {
    Ok(ctx.settings::<Settings>()?.over_tolerance_percent)
}

/// How much more than `quantity` may be made before that is pointed out.
pub fn tolerated(ctx: &Query, quantity: Quantity) -> Outcome<Quantity> {
    let percent = i128::from(ctx.settings::<Settings>()?.over_tolerance_percent.0);
    Ok(Decimal::ratio(i128::from(quantity.0) * percent, 10_000 * 1_000_000).unwrap_or_default())
}

/// A number that no order has.
pub fn next_number(ctx: &mut Command) -> Outcome<Text<64>> {
    let first = ctx.settings::<Settings>()?.next_number;
    for next in (first..).take(TRIES_MAX) {
        let number = Text::new(["WO-", &next.to_string()].concat())?;
        if crate::orders::find(ctx, &number)?.is_none() {
            ctx.set(|settings: &mut Settings| settings.next_number = next + 1)?;
            return Ok(number);
        }
    }
    Err(reject("number-needed", "Give the order a number: the next ones are all taken").field("number"))
}
