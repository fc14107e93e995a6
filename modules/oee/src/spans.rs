//! What each machine did: spans of one state, each beginning where the one before ends.

use crate::plant;
use crate::state::State;
use crate::stops::{MachineStarted, MachineStopped};
use toolcrib_sdk::prelude::*;

/// How far ahead of the host a person's clock may be.
const SKEW_US: i64 = 60_000_000;
/// How late a person may tell what a machine did.
const LATE_US: i64 = 31 * 86_400_000_000;
/// Spans that one stop is followed back through.
const STOP_SPANS: u32 = 100;

/// One state of one machine, from one change to the next.
#[record(unique(equipment, started_at), index(ended_at, equipment), index(equipment, stop, started_at))]
pub struct Span {
    pub equipment: Text<64>,
    pub state: State,
    /// What the machine said, where this module does not know the word.
    pub word: Option<Text<64>>,
    /// Whether people should say why.
    pub stop: bool,
    pub started_at: Instant,
    /// None while it lasts.
    pub ended_at: Option<Instant>,
    /// What people say it was.
    pub reason: Option<Text<40>>,
    /// Who said so.
    pub explained_by: Option<Text<80>>,
}

/// The machine's state changed.
#[on(signal = "state")]
pub fn state_changed(ctx: &mut Command, change: StateChange) -> Outcome<()> {
    let state = State::of(change.value.as_str());
    let word = (state == State::Unknown).then_some(change.value);
    mark(ctx, change.equipment, change.at, state, word)
}

/// Says what a machine does, now or since a moment of the last 31 days: for machines without signals, and to put right
/// what a signal said. It holds until the next change that is known.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn set_state(ctx: &mut Command, equipment: Text<64>, state: State, at: Option<Instant>) -> Outcome<()> {
    let (now, at) = (ctx.now(), at.unwrap_or_else(|| ctx.now()));
    reject_if(at > now.plus_us(SKEW_US), "in-the-future", "This has not happened yet: check the time").field("at")?;
    reject_if(at < now.plus_us(-LATE_US), "too-long-ago", "A state can be told up to 31 days later").field("at")?;
    plant::check_equipment(ctx, &equipment)?;
    mark(ctx, equipment, at.min(now), state, None)
}

/// From `at` on the machine is in this state, until the next change that is known. Saying again what is known changes
/// nothing.
fn mark(ctx: &mut Command, equipment: Text<64>, at: Instant, state: State, word: Option<Text<64>>) -> Outcome<()> {
    let walk = || Span::by_equipment_started_at().eq(&equipment);
    let before = ctx.first(walk().until(at.plus_us(1)).descending())?;
    let (stop, started_at) = (state.is_stop(), at);
    let mut span = Span { equipment: equipment.clone(), state, word, stop, started_at, ..Span::blank() };
    let previous = before.as_ref().map(|before| before.state);
    match before {
        Some(before) if before.state == state && before.word == span.word => return Ok(()),
        Some(mut before) => {
            span.ended_at = before.ended_at;
            if before.started_at == at {
                before.value = span.clone();
            } else {
                before.ended_at = Some(at);
            }
            ctx.update(&mut before)?;
            if before.started_at != at {
                ctx.insert(span.clone())?;
            }
        }
        None => {
            span.ended_at = ctx.first(walk())?.map(|next| next.started_at);
            ctx.insert(span.clone())?;
        }
    }
    // What is told late changes figures, but nobody is called for it.
    if span.ended_at.is_none() { tell(ctx, &span, previous) } else { Ok(()) }
}

/// Tells other modules when the newest change begins or ends a stop.
fn tell(ctx: &mut Command, span: &Span, previous: Option<State>) -> Outcome<()> {
    let (equipment, state, at) = (span.equipment.clone(), span.state, span.started_at);
    if span.stop {
        return ctx.emit(MachineStopped { equipment, state, at });
    }
    if state != State::Running || previous.is_none_or(|previous| previous == State::Running) {
        return Ok(());
    }
    let walk = Span::by_equipment_started_at().eq(&equipment).until(at).descending().limit(STOP_SPANS);
    let stopped = ctx.page(walk)?.rows.into_iter().take_while(|span| span.state != State::Running).last();
    let stopped_at = stopped.map_or(at, |first| first.started_at);
    ctx.emit(MachineStarted { equipment, stopped_at, at })
}

/// What a machine did, newest first, a page at a time.
#[query]
pub fn spans(ctx: &Query, equipment: Text<64>, after: Option<Cursor>) -> Outcome<Page<Span>> {
    ctx.page(Span::by_equipment_started_at().eq(&equipment).descending().limit(100).after(after))
}
