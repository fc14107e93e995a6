//! What concerns one person or machine: jobs to do and to go on with, and reports whose times overlap.

use crate::activities::Activity;
use crate::crew::CrewPart;
use crate::others::Job;
use crate::reports::Report;
use crate::who;
use toolcrib_sdk::prelude::*;

/// Activities of a person that are looked through for the cards they are at.
const RECENT: u32 = 200;
/// Jobs of one answer.
const JOBS_MAX: usize = 100;
/// Longest period in which overlaps are looked for.
const PERIOD_MAX_US: i64 = 31 * 86_400_000_000;
/// Reports compared at once.
const REPORTS_MAX: u32 = 500;
/// Overlaps of one answer.
const OVERLAPS_MAX: usize = 1_000;

/// A job that somebody is at, or that stands at their machine.
#[value]
pub struct MyJob {
    pub card: Text<64>,
    /// Somebody is at it now.
    pub running: bool,
    /// Since when it runs or pauses.
    pub since: Option<Instant>,
    /// Why it pauses.
    pub reason: Option<Text<40>>,
    /// What work orders say of it, where they are subscribed.
    pub job: Option<Row<Job>>,
}

/// Jobs of a person, the latest first, then those that stand at a machine and are not done. Without either: your own.
#[query]
pub fn my_jobs(ctx: &Query, person: Option<Text<64>>, equipment: Option<Text<64>>) -> Outcome<Vec<MyJob>> {
    let mut mine: Vec<MyJob> = Vec::new();
    if person.is_some() || equipment.is_none() {
        let person = who::person(ctx, person)?;
        let recent = ctx.page(Activity::by_person_at().eq(person).descending().limit(RECENT))?;
        let mut seen: Vec<Text<64>> = Vec::new();
        for Activity { card, started, reason, at, .. } in recent.rows.into_iter().map(|row| row.value) {
            if seen.contains(&card) || mine.len() >= JOBS_MAX {
                continue;
            }
            seen.push(card.clone());
            let job = ctx.first_or_without(Job::by_card().eq(&card))?;
            if job.as_ref().is_none_or(|job| !is_done(job)) {
                mine.push(MyJob { card, running: started, since: Some(at), reason, job });
            }
        }
    }
    if let Some(equipment) = equipment {
        let walk = Job::by_equipment().eq(equipment).limit(500);
        let jobs = ctx.page(walk).or_without()?.map_or_else(Vec::new, |page| page.rows);
        for job in jobs.into_iter().filter(|job| !is_done(job)) {
            if mine.len() < JOBS_MAX && mine.iter().all(|known| known.card != job.card) {
                let card = job.card.clone();
                mine.push(MyJob { card, running: false, since: None, reason: None, job: Some(job) });
            }
        }
    }
    Ok(mine)
}

fn is_done(job: &Job) -> bool {
    job.good.0 + job.scrap.0 >= job.planned.0
}

/// Two reports of one person whose times overlap.
#[value]
pub struct Overlap {
    pub report: Text<64>,
    pub card: Text<64>,
    pub other: Text<64>,
    pub other_card: Text<64>,
    pub seconds: i64,
}

/// Reports of a person at different cards whose times overlap, among the first 500 that end in a period of at most 31
/// days.
#[query]
pub fn overlaps(ctx: &Query, person: Text<64>, from: Instant, until: Instant) -> Outcome<Vec<Overlap>> {
    let message = "A period ends after it begins, at most 31 days later";
    reject_if(until <= from || until.since_us(from) > PERIOD_MAX_US, "bad-period", message).field("until")?;
    let walk = CrewPart::by_person_ended_at().eq(person).between(from, until).limit(REPORTS_MAX);
    // Parts of corrections hold differences, not work of their own.
    let parts: Vec<_> = ctx.page(walk)?.rows.into_iter().filter(|part| part.weight > 0).collect();
    let mut found = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        for other in &parts[..at] {
            let seconds = shared_us(part, other) / 1_000_000;
            if seconds > 0 && part.card != other.card && found.len() < OVERLAPS_MAX {
                let (report, card) = (part.report.clone(), part.card.clone());
                let (other, other_card) = (other.report.clone(), other.card.clone());
                found.push(Overlap { report, card, other, other_card, seconds });
            }
        }
    }
    Ok(found)
}

/// How long two parts were worked on at once, microseconds.
fn shared_us(one: &CrewPart, other: &CrewPart) -> i64 {
    let (Some(began), Some(other_began)) = (one.started_at, other.started_at) else { return 0 };
    one.ended_at.min(other.ended_at).since_us(began.max(other_began)).max(0)
}

/// Other cards that these people worked on during a report.
pub fn at_the_same_time<'a>(
    ctx: &Query,
    report: &Report,
    people: impl Iterator<Item = &'a Text<64>>,
) -> Outcome<Vec<Text<64>>> {
    let mut cards = Vec::new();
    let Some(began) = report.started_at else { return Ok(cards) };
    for person in people {
        let walk = CrewPart::by_person_ended_at().eq(person).from(began.plus_us(1)).limit(REPORTS_MAX);
        for part in ctx.page(walk)?.rows {
            let overlaps = part.started_at.is_some_and(|started| started < report.ended_at);
            if overlaps && part.card != report.card && !cards.contains(&part.card) && cards.len() < JOBS_MAX {
                cards.push(part.value.card);
            }
        }
    }
    Ok(cards)
}
