//! Starts and pauses of jobs.

use crate::entry::{Entry, EntryKind, Output, Told, apply as tell, scanned};
use crate::others::{pause_job, start_job};
use crate::who;
use toolcrib_sdk::prelude::*;

/// Somebody began or went on with a job, or stopped for a while.
#[record(shared, unique(activity), index(person, at), index(card, at))]
pub struct Activity {
    /// The id its sender gave it.
    pub activity: Text<64>,
    pub card: Text<64>,
    pub person: Text<64>,
    pub equipment: Option<Text<64>>,
    /// A start; else a pause.
    pub started: bool,
    pub reason: Option<Text<40>>,
    pub at: Instant,
    pub by: Option<Text<80>>,
}

/// Begins or goes on with a job.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn start(
    ctx: &mut Command,
    card: Text<64>,
    person: Option<Text<64>>,
    equipment: Option<Text<64>>,
    at: Option<Instant>,
    entry: Option<Text<64>>,
) -> Outcome<Told> {
    let new = Entry::new(ctx, EntryKind::Start, entry)?;
    let (at, card) = (at.unwrap_or(new.at), Some(card));
    tell(ctx, Entry { at, output: Output { card, person, equipment, ..Output::blank() }, ..new })
}

/// Stops a job for a while, and says why.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn pause(
    ctx: &mut Command,
    card: Text<64>,
    reason: Text<40>,
    person: Option<Text<64>>,
    at: Option<Instant>,
    entry: Option<Text<64>>,
) -> Outcome<Told> {
    let new = Entry::new(ctx, EntryKind::Pause, entry)?;
    let (at, card, reason) = (at.unwrap_or(new.at), Some(card), Some(reason));
    tell(ctx, Entry { at, output: Output { card, person, reason, ..Output::blank() }, ..new })
}

pub fn apply(ctx: &mut Command, entry: Entry) -> Outcome<Told> {
    let Entry { entry: activity, kind, at, output: Output { card, person, equipment, reason, .. }, .. } = entry;
    let Some(card) = scanned(card)? else {
        return Err(reject("card-needed", "Scan the card of the job").field("card"));
    };
    let started = kind == EntryKind::Start;
    let reason = reason.filter(|reason| !reason.is_blank());
    reject_if(!started && reason.is_none(), "reason-needed", "Say why the job pauses").field("reason")?;
    let person = who::person(ctx, person)?;
    let job = if started {
        ctx.call(start_job { card: card.clone(), at }).or_without()?
    } else {
        ctx.call(pause_job { card: card.clone(), at }).or_without()?
    };
    let (by, equipment) = (who::sender(ctx), equipment.or_else(|| job.as_ref()?.equipment.clone()));
    ctx.insert(Activity { activity: activity.clone(), card, person, equipment, started, reason, at, by })?;
    Ok(Told::new(activity, job))
}
