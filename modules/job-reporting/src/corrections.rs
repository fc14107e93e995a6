//! Corrections: a record of its own that points at a report and holds the difference. The report itself stays.
//!
//! A correction says what is right. Of several corrections of one report the one told latest counts, whichever arrives
//! last: an earlier one that comes after it is kept with no difference.

use crate::crew::{self, Crew, CrewPart, Member};
use crate::entry::{Entry, EntryKind, Output, Told, apply as tell};
use crate::lots::{self, Consumed};
use crate::others::{Quantity, take_output};
use crate::reports::{self, Report, amounts};
use crate::who;
use toolcrib_sdk::prelude::*;

/// Says what a report should have said. What is not given is as first reported.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn correct(
    ctx: &mut Command,
    corrects: Text<64>,
    good: Option<Quantity>,
    scrap: Option<Quantity>,
    rework: Option<Quantity>,
    reason: Option<Text<40>>,
    crew: Vec<Member>,
    consumed: Vec<Consumed>,
    entry: Option<Text<64>>,
) -> Outcome<Told> {
    let new = Entry::new(ctx, EntryKind::Correct, entry)?;
    let at = after_all(ctx, &corrects)?;
    let output = Output { good, scrap, rework, reason, ..Output::blank() };
    tell(ctx, Entry { corrects: Some(corrects), at, output, crew, consumed, ..new })
}

/// Says that a report should not be: takes all of it back.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn undo(ctx: &mut Command, corrects: Text<64>, entry: Option<Text<64>>) -> Outcome<Told> {
    let new = Entry::new(ctx, EntryKind::Undo, entry)?;
    let at = after_all(ctx, &corrects)?;
    tell(ctx, Entry { corrects: Some(corrects), at, ..new }).field("corrects")
}

/// Now, or just after the latest correction of a report: who corrects it here has seen that one, whatever clock the
/// terminal had that told it.
fn after_all(ctx: &Command, report: &Text<64>) -> Outcome<Instant> {
    let told = ctx.all(Report::by_corrects().eq(report.clone()))?.into_iter().map(|later| later.told_at.plus_us(1));
    Ok(told.max().map_or(ctx.now(), |told| told.max(ctx.now())))
}

/// A report as it counts: at first, now with its corrections, or as it should.
#[derive(Clone)]
struct Content {
    amounts: [Quantity; 3],
    parts: Vec<CrewPart>,
    consumed: Vec<Consumed>,
}

impl Content {
    fn first(ctx: &Command, report: &Report) -> Outcome<Self> {
        let amounts = [report.good, report.scrap, report.rework];
        Ok(Self { amounts, parts: crew::parts(ctx, &report.report)?, consumed: lots::of(ctx, &report.report)? })
    }

    fn add(&mut self, more: &Self) {
        for (amount, more) in self.amounts.iter_mut().zip(more.amounts) {
            amount.0 += more.0;
        }
        crew::add(&mut self.parts, &more.parts, 1);
        lots::add(&mut self.consumed, &more.consumed, 1);
    }

    /// As an entry says that it should.
    fn right(self, entry: &Entry, first: &Report) -> Outcome<Self> {
        if entry.kind == EntryKind::Undo {
            return Ok(Self { amounts: Default::default(), parts: Vec::new(), consumed: Vec::new() });
        }
        let amounts = amounts(&entry.output, Some(self.amounts))?;
        let crew = if entry.crew.is_empty() {
            Crew::of(&self.parts)
        } else {
            let seconds = self.parts.iter().map(|part| part.seconds).max().unwrap_or(0);
            Crew::new(entry.crew.clone(), &first.person, seconds)?
        };
        let [good, scrap, _] = amounts;
        let parts = crew.split(&Report { good, scrap, ..first.clone() })?;
        lots::check(&entry.consumed)?;
        let consumed = if entry.consumed.is_empty() { self.consumed } else { entry.consumed.clone() };
        Ok(Self { amounts, parts, consumed })
    }
}

pub fn apply(ctx: &mut Command, entry: Entry) -> Outcome<Told> {
    let first = corrected(ctx, entry.corrects.as_ref())?;
    let told = Content::first(ctx, &first)?;
    let (mut now, mut latest) = (told.clone(), None);
    for later in ctx.all(Report::by_corrects().eq(first.report.clone()))? {
        now.add(&Content::first(ctx, &later)?);
        latest = latest.max(Some((later.told_at, later.value.report)));
    }
    let right = told.right(&entry, &first)?;
    // An earlier correction that comes after a later one changes nothing any more.
    let overtaken = latest.is_some_and(|latest| latest > (entry.at, entry.entry.clone()));
    let right = if overtaken { now.clone() } else { right };
    let difference = |at: usize| Decimal(right.amounts[at].0 - now.amounts[at].0);
    let [good, scrap, rework] = [difference(0), difference(1), difference(2)];
    let parts = crew::differences(&now.parts, right.parts);
    let consumed = lots::differences(&now.consumed, right.consumed);
    let (card, at) = (first.card.clone(), first.ended_at);
    let job = match first.counted {
        // Nothing was added to a job then: there is nothing to take back.
        false => None,
        true => ctx.call(take_output { card, good, scrap, rework, at }).or_without().map_err(of_report)?,
    };
    let Entry { entry: id, at: told_at, output: Output { reason, counter_start, counter_end, .. }, .. } = entry;
    let parts = parts.into_iter().map(|part| CrewPart { report: id.clone(), weight: 0, ..part }).collect();
    let (report, corrects, by) = (id.clone(), Some(first.report.clone()), who::sender(ctx));
    let (reason, first) = (reason.or(first.reason.clone()), first.value);
    let of_first = Report { counter_start, counter_end, told_at, by, corrects, ..first };
    let row = Report { report, good, scrap, rework, reason, ..of_first };
    reports::store(ctx, row, parts, consumed, job.as_ref())?;
    Ok(Told { good, scrap, ..Told::new(id, job) })
}

/// Whoever corrects names no card: what is wrong with it is wrong with the report.
fn of_report(stopped: Stopped) -> Stopped {
    let card = stopped.rejection().is_some_and(|rejection| rejection.field.as_deref() == Some("card"));
    if card { stopped.field("corrects") } else { stopped }
}

/// The report that is to be corrected.
fn corrected(ctx: &Command, id: Option<&Text<64>>) -> Outcome<Row<Report>> {
    let Some(id) = id else {
        return Err(reject("report-needed", "Say which report is to be corrected").field("corrects"));
    };
    let report = ctx.first(Report::by_report().eq(id))?;
    let report = report.ok_or_else(|| {
        reject("unknown-report", "There is no such report here; it may still be on a terminal").field("corrects")
    })?;
    match &report.corrects {
        None => Ok(report),
        Some(first) => {
            let message = ["This corrects a report itself; correct that report again: ", first.as_str()].concat();
            Err(reject("corrects-a-correction", &message).field("corrects"))
        }
    }
}
