//! Stops: the spans that people explain, and the facts about them that other modules hear.

use crate::plant;
use crate::spans::Span;
use crate::state::State;
use toolcrib_sdk::prelude::*;

/// A machine stopped, or its stop is now of another kind.
#[event]
pub struct MachineStopped {
    pub equipment: Text<64>,
    pub state: State,
    pub at: Instant,
}

/// A machine produces again.
#[event]
pub struct MachineStarted {
    pub equipment: Text<64>,
    /// Since when it had not produced.
    pub stopped_at: Instant,
    pub at: Instant,
}

/// Says why a machine stopped. Saying it again replaces the reason.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn give_reason(ctx: &mut Command, stop: Id<Span>, reason: Text<40>) -> Outcome<()> {
    let mut stop = ctx.get(stop)?;
    explain(ctx, &mut stop.value, reason)?;
    ctx.update(&mut stop)
}

fn explain(ctx: &Command, stop: &mut Span, reason: Text<40>) -> Outcome<()> {
    reject_if(!stop.stop, "not-a-stop", "The machine did not stop then: choose a stop").field("stop")?;
    reject_if(reason.is_blank(), "reason-empty", "Say in a few words why the machine stopped").field("reason")?;
    plant::check_reason(ctx, &reason)?;
    stop.reason = Some(reason);
    stop.explained_by = Text::new(ctx.actor()).ok();
    Ok(())
}

/// Splits a stop in two where its cause changed; the second part gets its own reason, the first keeps what it has.
/// Returns the second part.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn split_stop(ctx: &mut Command, stop: Id<Span>, at: Instant, reason: Text<40>) -> Outcome<Id<Span>> {
    let mut first = ctx.get(stop)?;
    let wrong = at <= first.started_at || at >= first.ended_at.unwrap_or_else(|| ctx.now());
    reject_if(wrong, "outside-the-stop", "Split a stop at a moment between its beginning and its end").field("at")?;
    let mut second = Span { started_at: at, reason: None, explained_by: None, ..first.value.clone() };
    explain(ctx, &mut second, reason)?;
    first.ended_at = Some(at);
    ctx.update(&mut first)?;
    ctx.insert(second)
}

/// A stop, with its reason as people call it.
#[value]
pub struct StopRow {
    #[embed]
    pub stop: Row<Span>,
    /// The reason in the plant's words, in both languages; or as somebody wrote it.
    pub reason_name: Option<Said>,
}

/// Stops of one machine, newest first, a page at a time.
#[query]
pub fn stops(ctx: &Query, equipment: Text<64>, after: Option<Cursor>) -> Outcome<List<StopRow>> {
    let newest = Span::by_equipment_stop_started_at().eq(&equipment).eq(true).descending();
    ctx.list(newest, after, |stop| {
        let reason_name = stop.reason.as_ref().map(|code| plant::called(ctx, code)).transpose()?;
        Ok(StopRow { stop, reason_name })
    })
}
