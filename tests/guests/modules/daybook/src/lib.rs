//! A module without tricks, which passes every check of the marketplace: notes, and orders whose event is followed.
//!
//! For stories that publish through the real pipeline; what `ledger` does on purpose, vetting refuses.

#![cfg_attr(target_family = "wasm", no_main)]

#[path = "../../ledger/src/notes.rs"]
mod notes;

use notes::{Note, Noted, count, empty, note, recent};
use toolcrib_sdk::prelude::*;

/// A trace of an order that was followed.
#[record]
pub struct Seen {
    pub text: Text<200>,
    pub at: Instant,
}

/// Something was ordered.
#[event]
pub struct Ordered {
    pub text: Text<200>,
}

/// Orders something.
#[command]
fn order(ctx: &mut Command, text: Text<200>) -> Outcome<()> {
    ctx.emit(Ordered { text })
}

/// Leaves a trace of an order.
#[on(event = "ordered")]
fn ordered(ctx: &mut Command, event: Ordered) -> Outcome<()> {
    let at = ctx.now();
    ctx.insert(Seen { text: event.text, at }).map(drop)
}

/// The newest traces, newest first.
#[query]
fn seen(ctx: &Query, limit: i64) -> Outcome<Vec<Row<Seen>>> {
    Ok(ctx.page(Seen::by_id().descending().limit(limit.clamp(1, 500) as u32))?.rows)
}

module! {
    name: "daybook",
    title: { zh: "日志本", en: "Daybook" },
    summary: { zh: "仅供测试", en: "For tests only" },
    records: [Note, Seen],
    events: [Noted, Ordered],
    handlers: [note, empty, count, recent, order, ordered, seen],
    requests: [],
}
