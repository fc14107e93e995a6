//! Reports: good, scrap and reason in one act. A report is never changed; corrections point at it.

use crate::activities::Activity;
use crate::counter::Readings;
use crate::crew::{Crew, CrewPart, CrewShare, Member};
use crate::entry::{Entry, EntryKind, Output, SKEW_US, Told, apply as tell, scanned};
use crate::lots::{self, Consumed};
use crate::others::{JobFacts, Quantity, take_output};
use crate::views::told::{Listed, Names};
use crate::{mine, who};
use toolcrib_sdk::prelude::*;

/// The most of one report: a thousand million.
const QUANTITY_MAX: Quantity = Decimal(1_000_000_000_000_000);
/// What is counted where nobody says in what.
const UNIT: &str = "pcs";

/// Output that was told. A correction is a row of its own with the difference, signed.
#[record(
    shared,
    unique(report),
    index(person, ended_at),
    index(card, ended_at),
    index(equipment, ended_at),
    index(corrects)
)]
pub struct Report {
    /// The id its sender gave it.
    pub report: Text<64>,
    pub card: Text<64>,
    pub order: Text<64>,
    pub material: Text<64>,
    pub unit: Text<16>,
    pub operation: Text<40>,
    pub step: i64,
    /// At the last operation of its order.
    pub last: bool,
    pub equipment: Option<Text<64>>,
    /// Who made it; of a crew, the first.
    pub person: Text<64>,
    pub good: Quantity,
    pub scrap: Quantity,
    pub rework: Quantity,
    pub reason: Option<Text<40>>,
    pub started_at: Option<Instant>,
    /// When it was made.
    pub ended_at: Instant,
    pub lot: Option<Text<64>>,
    /// The report that this one corrects.
    pub corrects: Option<Text<64>>,
    pub counter_start: Option<i64>,
    pub counter_end: Option<i64>,
    /// When it was told, by the clock of the terminal; of several corrections the latest counts.
    pub told_at: Instant,
    /// Work orders added it to its job.
    pub counted: bool,
    /// Traceability knows of its lots.
    pub booked: bool,
    /// Who sent it.
    pub by: Option<Text<80>>,
}

/// Something was made, or a report of it was corrected: then all amounts are differences, signed.
#[event(from(Report))]
pub struct OutputReported {
    pub report: Text<64>,
    pub corrects: Option<Text<64>>,
    pub card: Text<64>,
    pub order: Text<64>,
    pub material: Text<64>,
    pub unit: Text<16>,
    pub operation: Text<40>,
    pub step: i64,
    pub last: bool,
    pub equipment: Option<Text<64>>,
    pub good: Quantity,
    pub scrap: Quantity,
    pub rework: Quantity,
    pub reason: Option<Text<40>>,
    #[own]
    pub crew: Vec<CrewShare>,
    pub lot: Option<Text<64>>,
    pub started_at: Option<Instant>,
    pub ended_at: Instant,
}

/// Tells what was made: good, scrap and why; or what a counter showed. Late reports give the true time.
#[command(roles("owner", "admin", "supervisor", "operator"))]
pub fn report(
    ctx: &mut Command,
    #[embed] output: Output,
    crew: Vec<Member>,
    consumed: Vec<Consumed>,
    entry: Option<Text<64>>,
) -> Outcome<Told> {
    let new = Entry::new(ctx, EntryKind::Report, entry)?;
    let card = scanned(output.card)?;
    let first = || crew.first().map(|first| first.person.clone());
    let (person, ended) = (who::person(ctx, output.person.or_else(first))?, output.ended_at.unwrap_or(new.at));
    let started_at = match (output.started_at, &card) {
        (None, Some(card)) => begun(ctx, card, &person, ended)?,
        (given, _) => given,
    };
    let output = Output { card, person: Some(person), started_at, ..output };
    tell(ctx, Entry { output, crew, consumed, ..new })
}

/// When this person last began at a card, unless they paused since.
fn begun(ctx: &Command, card: &Text<64>, person: &Text<64>, before: Instant) -> Outcome<Option<Instant>> {
    let walk = Activity::by_card_at().eq(card).until(before.plus_us(1)).descending().limit(50);
    let last = ctx.page(walk)?.rows.into_iter().find(|activity| activity.person == *person);
    Ok(last.filter(|activity| activity.started).map(|activity| activity.at))
}

/// Reports by the time they were made, newest first, a page at a time: of a person, a card, a machine, or the latest
/// told; with names where plant knows them.
#[query]
pub fn reports(
    ctx: &Query,
    person: Option<Text<64>>,
    card: Option<Text<64>>,
    equipment: Option<Text<64>>,
    after: Option<Cursor>,
) -> Outcome<List<Listed>> {
    let mut names = Names::default();
    let named = |row| names.listed(ctx, row);
    match (person, card, equipment) {
        (Some(person), ..) => ctx.list(Report::by_person_ended_at().eq(person).descending(), after, named),
        (_, Some(card), _) => ctx.list(Report::by_card_ended_at().eq(card).descending(), after, named),
        (.., Some(machine)) => ctx.list(Report::by_equipment_ended_at().eq(machine).descending(), after, named),
        _ => ctx.list(Report::by_id().descending(), after, named),
    }
}

/// Good, scrap and rework of an entry, checked; of a correction, what is not given is `told`.
pub fn amounts(output: &Output, told: Option<[Quantity; 3]>) -> Outcome<[Quantity; 3]> {
    let [told_good, told_scrap, told_rework] = told.unwrap_or_default();
    let (scrap, rework) = (output.scrap.unwrap_or(told_scrap), output.rework.unwrap_or(told_rework));
    for (amount, field) in [(output.good.unwrap_or_default(), "good"), (scrap, "scrap"), (rework, "rework")] {
        let message = "This is negative; to take something back, correct its report";
        reject_if(amount < Decimal(0), "negative-quantity", message).field(field)?;
        let message = "This is more than 1,000,000,000; check the number";
        reject_if(amount > QUANTITY_MAX, "quantity-too-large", message).field(field)?;
    }
    let good = match (output.counter_start, output.counter_end) {
        (None, None) => output.good.unwrap_or(told_good),
        (Some(start), Some(end)) => {
            counted(output, Readings { start, end, modulus: output.counter_modulus }, scrap, rework)?
        }
        _ => {
            let message = "Give both readings of the counter, or the quantity";
            return Err(reject("reading-missing", message).field("counter_end"));
        }
    };
    Ok([good, scrap, rework])
}

fn counted(output: &Output, readings: Readings, scrap: Quantity, rework: Quantity) -> Outcome<Quantity> {
    let made = readings.counted()?;
    let message = "No counter counts so much; read it again";
    reject_if(made > QUANTITY_MAX.0 / 1_000_000, "quantity-too-large", message).field("counter_end")?;
    let good = made * 1_000_000 - scrap.0 - rework.0;
    if good < 0 {
        let message = ["Scrap and rework are more than the ", &made.to_string(), " that were counted"].concat();
        return Err(reject("scrap-exceeds-made", &message).field("scrap"));
    }
    let message = "Good is not what the counter says; give one of the two";
    reject_if(output.good.is_some_and(|told| told.0 != good), "counter-disagrees", message).field("good")?;
    Ok(Decimal(good))
}

pub fn apply(ctx: &mut Command, entry: Entry) -> Outcome<Told> {
    let Entry { entry: id, at, output, crew, consumed, .. } = entry;
    let [good, scrap, rework] = amounts(&output, None)?;
    let nothing = (good.0, scrap.0, rework.0) == (0, 0, 0) && consumed.is_empty();
    reject_if(nothing, "nothing-reported", "Say how many are good, or how many are scrap").field("good")?;
    let ended_at = output.ended_at.unwrap_or(at);
    let message = "This time is in the future; check it";
    reject_if(ended_at > ctx.now().plus_us(SKEW_US), "in-the-future", message).field("ended_at")?;
    let turned = output.started_at.is_some_and(|started| started > ended_at);
    reject_if(turned, "ends-before-start", "This ends before it starts; check the times").field("ended_at")?;
    lots::check(&consumed)?;
    let first = || crew.first().map(|first| first.person.clone());
    let person = who::person(ctx, output.person.clone().or_else(first))?;
    let seconds = output.started_at.map_or(0, |started| ended_at.since_us(started) / 1_000_000);
    let crew = Crew::new(crew, &person, seconds)?;
    let card = scanned(output.card.clone())?;
    let taken = |card| ctx.call(take_output { card, good, scrap, rework, at: ended_at }).or_without().transpose();
    let job = card.clone().and_then(taken).transpose().map_err(|stopped| match stopped.code() {
        "before-release" => stopped.field("ended_at"),
        _ => stopped,
    })?;
    let place = job.clone().map_or_else(|| as_told(&output, card), Ok)?;
    let JobFacts { card, order, material, unit, operation, step, last, equipment, .. } = place;
    let Output { equipment: machine, reason, started_at, lot, counter_start, counter_end, .. } = output;
    let (equipment, lot) = (machine.or(equipment), lot.filter(|lot| !lot.is_blank()));
    let (report, told_at, counted, by) = (id.clone(), at, job.is_some(), who::sender(ctx));
    let about = Report { card, order, material, unit, operation, step, last, equipment, lot, ..Report::blank() };
    let made = Report { person, good, scrap, rework, reason, started_at, ended_at, ..about };
    let row = Report { report, counter_start, counter_end, told_at, counted, by, ..made };
    let parts = crew.split(&row)?;
    let overlaps = mine::at_the_same_time(ctx, &row, crew.people())?;
    store(ctx, row, parts, consumed, job.as_ref())?;
    Ok(Told { good, scrap, overlaps, ..Told::new(id, job) })
}

/// Books, keeps and tells a report or correction. A refused booking takes back what its job was given, so that the
/// caller may go on.
pub fn store(
    ctx: &mut Command,
    mut row: Report,
    parts: Vec<CrewPart>,
    consumed: Vec<Consumed>,
    job: Option<&JobFacts>,
) -> Outcome<()> {
    row.booked = match lots::booked(ctx, &row, &consumed) {
        Ok(booked) => booked,
        Err(stopped) => {
            if let Some(job) = job {
                let [good, scrap, rework] = [row.good, row.scrap, row.rework].map(|amount| Decimal(-amount.0));
                ctx.call(take_output { card: job.card.clone(), good, scrap, rework, at: row.ended_at })?;
            }
            return Err(stopped);
        }
    };
    lots::keep(ctx, &row, consumed)?;
    ctx.insert_all(&parts)?;
    ctx.insert(row.clone())?;
    if (row.good.0, row.scrap.0, row.rework.0) == (0, 0, 0) && parts.is_empty() {
        return Ok(());
    }
    let crew = parts.into_iter().map(CrewShare::from).collect();
    ctx.emit(OutputReported { crew, ..OutputReported::from(row) })
}

/// A job as the reporter tells it, where work orders are not subscribed. Every report is of a last operation then.
fn as_told(output: &Output, card: Option<Text<64>>) -> Outcome<JobFacts> {
    let Some(material) = output.material.clone().filter(|material| !material.is_blank()) else {
        return Err(reject("material-needed", "Scan the card of the job, or say what was made").field("material"));
    };
    let card = card.unwrap_or_default();
    // A card that others printed as order and step.
    let (order, step) = card.as_str().rsplit_once('/').unwrap_or((card.as_str(), ""));
    let (order, step) = (Text::new(order)?, step.parse().unwrap_or(0));
    let unit = output.unit.clone().map_or_else(|| Text::new(UNIT), Ok)?;
    let (operation, equipment) = (output.operation.clone().unwrap_or_default(), output.equipment.clone());
    let (first, last, [planned, good, scrap, rework]) = (true, true, Default::default());
    Ok(JobFacts { card, order, material, unit, operation, step, first, last, equipment, planned, good, scrap, rework })
}
