//! Calls with and without a person behind them: asked for, by an event, and by a timer. Each leaves a payment.

use crate::ledger::{Payment, collect, seize};
use toolcrib_sdk::prelude::*;

/// Which of the two operations of `ledger`.
#[value]
pub enum Which {
    /// Open to modules that nobody asked.
    Collect,
    /// Open to people alone.
    Seize,
}

/// A call that the event's handler makes.
#[event]
pub struct Handed {
    pub which: Which,
}

fn call(ctx: &mut Command, which: Which) -> Outcome<()> {
    let (code, amount) = (Text::new("cash")?, 5);
    let called = match which {
        Which::Collect => ctx.call(collect { code: code.clone(), amount }),
        Which::Seize => ctx.call(seize { code: code.clone(), amount }),
    };
    let outcome = Text::new(called.as_ref().map_or_else(|stopped| stopped.code(), |_| "paid"))?;
    ctx.insert(Payment { code, amount, outcome }).map(drop)
}

/// Calls at once, for whoever asks.
#[command]
pub fn call_now(ctx: &mut Command, which: Which) -> Outcome<()> {
    call(ctx, which)
}

/// Leaves the call to the handler of an event.
#[command]
pub fn hand_over(ctx: &mut Command, which: Which) -> Outcome<()> {
    ctx.emit(Handed { which })
}

#[on(event = "handed")]
pub fn handed(ctx: &mut Command, event: Handed) -> Outcome<()> {
    call(ctx, event.which)
}

/// Leaves the call to a timer.
#[command]
pub fn put_off(ctx: &mut Command, which: Which) -> Outcome<()> {
    let due = ctx.now();
    ctx.set_timer(call_later { which }, "call", due)
}

#[timer]
pub fn call_later(ctx: &mut Command, which: Which) -> Outcome<()> {
    call(ctx, which)
}
