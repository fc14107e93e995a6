//! Everything that can be told, in one shape: what a terminal keeps while it has no network, and what every operation
//! makes of its parameters. An entry is known by the id its sender gave it, and applied once.

use crate::activities::{self, Activity};
use crate::crew::Member;
use crate::lots::Consumed;
use crate::others::{JobFacts, Quantity};
use crate::reports::{self, Report};
use crate::{corrections, refused};
use toolcrib_sdk::prelude::*;

/// How far the clock of a terminal may be ahead, microseconds: five minutes.
pub const SKEW_US: i64 = 5 * 60_000_000;

/// What an entry tells.
#[value]
#[derive(PartialOrd, Ord)]
pub enum EntryKind {
    Start,
    Pause,
    Report,
    /// What a report should have said.
    Correct,
    /// That a report should not be.
    Undo,
}

/// What is told of a job: of a start or pause the card, the person, the machine and the reason.
#[value(columns)]
pub struct Output {
    /// Scanned. Without work orders it may be absent.
    pub card: Option<Text<64>>,
    /// Of a correction: what is right; what is not given is as first reported.
    pub good: Option<Quantity>,
    pub scrap: Option<Quantity>,
    /// Why there is scrap, or a pause.
    pub reason: Option<Text<40>>,
    /// Sent back to be done again.
    pub rework: Option<Quantity>,
    /// Readings in place of `good`: what was counted, less scrap and rework, is good.
    pub counter_start: Option<i64>,
    pub counter_end: Option<i64>,
    /// The size of the counter's scale, where it may have begun anew.
    pub counter_modulus: Option<i64>,
    /// None: whoever sends it.
    pub person: Option<Text<64>>,
    pub equipment: Option<Text<64>>,
    /// The lot that was made.
    pub lot: Option<Text<64>>,
    pub started_at: Option<Instant>,
    /// When it was made; none: when it was told.
    pub ended_at: Option<Instant>,
    /// Where work orders are not subscribed: what was made.
    pub material: Option<Text<64>>,
    pub operation: Option<Text<40>>,
    pub unit: Option<Text<16>>,
}

/// Something that was told. Which fields count depends on its kind; the others are passed over.
#[value]
pub struct Entry {
    /// Given by the sender, unique for ever: a number that the terminal drew.
    pub entry: Text<64>,
    pub kind: EntryKind,
    /// When it was told, by the clock of the terminal. A start or pause happened then.
    pub at: Instant,
    #[embed]
    pub output: Output,
    /// Who made it together; empty: one person alone.
    pub crew: Vec<Member>,
    /// The lots that went in.
    pub consumed: Vec<Consumed>,
    /// The report that is corrected or undone.
    pub corrects: Option<Text<64>>,
}

impl Entry {
    /// An entry that tells nothing but its kind, now. Without an id it gets one.
    pub fn new(ctx: &mut Command, kind: EntryKind, entry: Option<Text<64>>) -> Outcome<Self> {
        let entry = match entry.filter(|entry| !entry.as_str().is_empty()) {
            Some(entry) => entry,
            None => Text::new(["r", &ctx.now().0.to_string(), "-", &(ctx.random() >> 32).to_string()].concat())?,
        };
        Ok(Self { entry, kind, at: ctx.now(), ..Self::blank() })
    }
}

/// A card as it is printed, whatever the scanner put around it; none when there is nothing on it.
pub fn scanned(card: Option<Text<64>>) -> Outcome<Option<Text<64>>> {
    let Some(card) = card else { return Ok(None) };
    let trimmed = card.as_str().trim();
    if trimmed.is_empty() { Ok(None) } else { Ok(Some(Text::new(trimmed)?)) }
}

/// What became of an entry.
#[value]
pub struct Told {
    /// The entry's id; corrections point at it.
    pub entry: Text<64>,
    /// It was applied before; nothing happened now.
    pub known: bool,
    /// What it tells, as it counts: of a correction, the difference.
    pub good: Quantity,
    pub scrap: Quantity,
    /// The job after it, where work orders are subscribed.
    pub job: Option<JobFacts>,
    /// Handled beyond what is planned: worth a look, never a stop.
    pub over: Quantity,
    /// Other cards that people of the crew worked on at the same time: worth a look, never a stop.
    pub overlaps: Vec<Text<64>>,
}

impl Told {
    pub fn new(entry: Text<64>, job: Option<JobFacts>) -> Self {
        let over = |job: &JobFacts| (job.good.0 + job.scrap.0 - job.planned.0).max(0);
        let over = Decimal(job.as_ref().map_or(0, over));
        Self { entry, known: false, good: Decimal(0), scrap: Decimal(0), job, over, overlaps: Vec::new() }
    }
}

/// Applies an entry, once.
pub fn apply(ctx: &mut Command, entry: Entry) -> Outcome<Told> {
    reject_if(entry.entry.is_blank(), "entry-needed", "The terminal must give every entry an id").field("entry")?;
    let message = "This time is in the future; set the clock of the terminal";
    reject_if(entry.at > ctx.now().plus_us(SKEW_US), "in-the-future", message).field("at")?;
    let known = match entry.kind {
        EntryKind::Start | EntryKind::Pause => ctx.first(Activity::by_activity().eq(&entry.entry))?.is_some(),
        _ => ctx.first(Report::by_report().eq(&entry.entry))?.is_some(),
    };
    if known {
        return Ok(Told { known: true, ..Told::new(entry.entry, None) });
    }
    match entry.kind {
        EntryKind::Start | EntryKind::Pause => activities::apply(ctx, entry),
        EntryKind::Correct | EntryKind::Undo => corrections::apply(ctx, entry),
        EntryKind::Report => {
            let id = entry.entry.clone();
            let told = reports::apply(ctx, entry)?;
            refused::arrived(ctx, &id)?;
            Ok(told)
        }
    }
}
