//! What machines say.

use toolcrib_sdk::prelude::*;

/// A change of state that was delivered.
#[record]
pub struct Change {
    pub equipment: Text<64>,
    pub happened_at: Instant,
    pub value: Text<64>,
    pub previous: Option<Text<64>>,
}

/// A window that was delivered.
#[record(index(starts_at))]
pub struct Counted {
    pub equipment: Text<64>,
    pub starts_at: Instant,
    pub increase: i64,
    pub samples: i64,
    pub revision: i64,
}

/// A crossing that was delivered.
#[record]
pub struct Crossed {
    pub happened_at: Instant,
    pub value: f64,
    pub beyond: bool,
    pub holds: bool,
    pub revision: i64,
}

/// A silence, or its end, that was delivered.
#[record]
pub struct Mute {
    pub happened_at: Instant,
    pub silent: bool,
    pub heard_at: Instant,
}

#[on(signal = "temperature", above = 80, back = 75, for_s = 30)]
pub fn overheated(ctx: &mut Command, crossing: Crossing) -> Outcome<()> {
    let Crossing { at, value, beyond, holds, revision, .. } = crossing;
    ctx.insert(Crossed { happened_at: at, value, beyond, holds, revision }).map(drop)
}

#[on(signal = "temperature", silent_s = 60)]
pub fn fell_silent(ctx: &mut Command, silence: Silence) -> Outcome<()> {
    let Silence { at, silent, heard, .. } = silence;
    ctx.insert(Mute { happened_at: at, silent, heard_at: heard }).map(drop)
}

/// Crossings in the order of their delivery.
#[query]
pub fn crossings(ctx: &Query) -> Outcome<Vec<Row<Crossed>>> {
    ctx.all(Crossed::by_id())
}

/// Silences in the order of their delivery.
#[query]
pub fn silences(ctx: &Query) -> Outcome<Vec<Row<Mute>>> {
    ctx.all(Mute::by_id())
}

#[on(signal = "state")]
pub fn state_changed(ctx: &mut Command, change: StateChange) -> Outcome<()> {
    let StateChange { equipment, at, value, previous } = change;
    ctx.insert(Change { equipment, happened_at: at, value, previous }).map(drop)
}

#[on(window = "good")]
pub fn counted(ctx: &mut Command, window: Window) -> Outcome<()> {
    let Window { equipment, from, increase, samples, revision, .. } = window;
    ctx.insert(Counted { equipment, starts_at: from, increase, samples, revision }).map(drop)
}

/// Changes in the order of their delivery.
#[query]
pub fn changes(ctx: &Query) -> Outcome<Vec<Row<Change>>> {
    ctx.all(Change::by_id())
}

/// Windows in the order of their delivery.
#[query]
pub fn windows(ctx: &Query) -> Outcome<Vec<Row<Counted>>> {
    ctx.all(Counted::by_id())
}

/// Times of the samples of a signal.
#[query]
pub fn readings_of(ctx: &Query, signal: Text<100>, from: Instant, until: Instant) -> Outcome<Vec<Instant>> {
    Ok(ctx.samples(signal.as_str(), from, until, 500)?.times.into_iter().map(Instant).collect())
}
