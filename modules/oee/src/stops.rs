//! Stops: the time that people explain.

use crate::spans::{Span, State};
use toolcrib_sdk::prelude::*;

/// A time in which a machine should have produced and did not.
#[record(index(equipment, started_at))]
#[derive(Clone, Debug)]
pub struct Stop {
    pub equipment: Text<64>,
    pub state: State,
    pub started_at: Instant,
    /// None while it lasts.
    pub ended_at: Option<Instant>,
    /// What people say it was.
    pub reason: Option<Text<40>>,
    /// Who said so.
    pub explained_by: Option<Text<80>>,
}

/// A machine stopped.
#[event]
pub struct MachineStopped {
    pub equipment: Text<64>,
    pub state: State,
    pub at: Instant,
}

/// A stop is over.
#[event]
pub struct MachineStarted {
    pub equipment: Text<64>,
    pub stopped_at: Instant,
    pub at: Instant,
}

/// A span of a state that wants a reason becomes a stop.
pub fn span_started(ctx: &mut Command, span: &Span) -> Outcome<()> {
    if !span.state.wants_reason() {
        return Ok(());
    }
    let (equipment, state, started_at) = (span.equipment.clone(), span.state, span.started_at);
    ctx.insert(Stop {
        equipment: equipment.clone(),
        state,
        started_at,
        ended_at: None,
        reason: None,
        explained_by: None,
    })?;
    ctx.emit(MachineStopped { equipment, state, at: started_at })
}

/// Ends the stop of a span.
pub fn span_ended(ctx: &mut Command, span: &Span) -> Outcome<()> {
    let (Some(ended_at), true) = (span.ended_at, span.state.wants_reason()) else { return Ok(()) };
    let found = ctx.first(Stop::by_equipment_started_at().eq(&span.equipment).from(span.started_at))?;
    if let Some(mut stop) = found.filter(|stop| stop.started_at == span.started_at && stop.ended_at.is_none()) {
        stop.ended_at = Some(ended_at);
        ctx.update(&mut stop)?;
        ctx.emit(MachineStarted { equipment: span.equipment.clone(), stopped_at: span.started_at, at: ended_at })?;
    }
    Ok(())
}

/// Says why a machine stopped. Saying it again replaces the reason.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn give_reason(ctx: &mut Command, stop: Id<Stop>, reason: Text<40>) -> Outcome<()> {
    if reason.as_str().trim().is_empty() {
        return Err(reject("reason-empty", "Say in a few words why the machine stopped").field("reason"));
    }
    let mut stop = ctx.get(stop)?;
    stop.reason = Some(reason);
    stop.explained_by = Text::new(ctx.actor().to_owned()).ok();
    ctx.update(&mut stop)
}

/// Stops of one machine, newest first, a page at a time.
#[query]
pub fn stops(ctx: &Query, equipment: Text<64>, after: Option<Cursor>) -> Outcome<Page<Stop>> {
    ctx.page(Stop::by_equipment_started_at().eq(&equipment).descending().limit(50).after(after))
}
