//! Pieces by minute, from the counters of machines and from what people report, with their sums by hour so that a board
//! stays quick.

use crate::rates::{Speed, parts};
use toolcrib_sdk::prelude::*;

const HOUR_US: i64 = 3_600_000_000;
const MINUTE_US: i64 = 60_000_000;

/// What was counted, and by whom.
#[value]
pub enum Kind {
    /// By the machine.
    Good,
    Scrap,
    /// By people, in job reports.
    ReportedGood,
    ReportedScrap,
    ReportedRework,
}

/// Pieces of one minute; or of one hour, which is always the sum of its minutes.
#[record(unique(equipment, hour, started_at, kind), index(equipment, hour, kind, started_at))]
pub struct Count {
    pub equipment: Text<64>,
    /// Whether it is the sum of an hour.
    pub hour: bool,
    pub kind: Kind,
    pub started_at: Instant,
    pub pieces: Decimal<6>,
}

/// Where the pieces of a job report were booked: a correction of it goes there too.
#[record(unique(report))]
pub struct Booked {
    pub report: Text<64>,
    pub started_at: Instant,
}

/// What `job-reporting` says when somebody reports output, as far as it matters here. Quantities of a correction are what
/// changes.
#[value]
pub struct OutputReported {
    pub report: Text<64>,
    pub corrects: Option<Text<64>>,
    pub equipment: Option<Text<64>>,
    pub good: Decimal<6>,
    pub scrap: Decimal<6>,
    pub rework: Decimal<6>,
    pub ended_at: Instant,
}

/// A minute of good pieces is complete.
#[on(window = "good")]
pub fn good_counted(ctx: &mut Command, window: Window) -> Outcome<()> {
    counted(ctx, Kind::Good, window)
}

/// A minute of scrap is complete.
#[on(window = "scrap")]
pub fn scrap_counted(ctx: &mut Command, window: Window) -> Outcome<()> {
    counted(ctx, Kind::Scrap, window)
}

/// A window told again replaces what it said before.
fn counted(ctx: &mut Command, kind: Kind, window: Window) -> Outcome<()> {
    let Window { equipment, from, increase, .. } = window;
    let walk = Count::by_equipment_hour_started_at_kind().eq(&equipment).eq(false).eq(from).eq(kind);
    let known = ctx.first(walk)?.map_or(Decimal::ZERO, |known| known.pieces);
    let more = Decimal::<6>(1_000_000).checked_mul_int(increase).and_then(|pieces| pieces.checked_sub(known));
    add(ctx, &equipment, kind, from, more.ok_or_else(too_many)?)
}

/// People reported what a machine made.
#[on(event = "job-reporting/output_reported")]
pub fn output_reported(ctx: &mut Command, output: OutputReported) -> Outcome<()> {
    let Some(equipment) = output.equipment else { return Ok(()) };
    if ctx.first(Booked::by_report().eq(&output.report))?.is_some() {
        return Ok(());
    }
    let corrected = match output.corrects {
        Some(corrects) => ctx.first(Booked::by_report().eq(corrects))?.map(|booked| booked.started_at),
        None => None,
    };
    // What ends with a shift belongs to its last minute, not to the first of the next.
    let started_at = corrected.unwrap_or_else(|| floor(output.ended_at.plus_us(-1), MINUTE_US));
    ctx.insert(Booked { report: output.report, started_at })?;
    add(ctx, &equipment, Kind::ReportedGood, started_at, output.good)?;
    add(ctx, &equipment, Kind::ReportedScrap, started_at, output.scrap)?;
    add(ctx, &equipment, Kind::ReportedRework, started_at, output.rework)
}

fn too_many() -> Stopped {
    reject("too-many-pieces", "No machine makes so many pieces: check the counter or the report")
}

/// Adds pieces, perhaps fewer than none, to a minute and its hour.
fn add(ctx: &mut Command, equipment: &Text<64>, kind: Kind, started_at: Instant, more: Decimal<6>) -> Outcome<()> {
    if more == Decimal::ZERO {
        return Ok(());
    }
    for (hour, started_at) in [(false, started_at), (true, floor(started_at, HOUR_US))] {
        let none = Count { equipment: equipment.clone(), hour, kind, started_at, pieces: Decimal::ZERO };
        ctx.change(none, |count| {
            count.pieces = count.pieces.checked_add(more).ok_or_else(too_many)?;
            Ok(true)
        })?;
    }
    Ok(())
}

fn floor(at: Instant, step_us: i64) -> Instant {
    Instant(at.0 - at.0.rem_euclid(step_us))
}

/// Sums by kind, in the order of [`Kind`], millionths of a piece.
type Sums = [i128; 5];

/// Pieces of the minutes that began inside a period.
fn sums(ctx: &Query, equipment: &Text<64>, from: Instant, until: Instant) -> Outcome<Sums> {
    let (first_hour, last_hour) = (floor(from.plus_us(HOUR_US - 1), HOUR_US), floor(until, HOUR_US));
    let (before, after) = if first_hour < last_hour { (first_hour, last_hour) } else { (until, until) };
    let mut sums = Sums::default();
    for (hour, from, until) in [(false, from, before), (true, before, after), (false, after, until)] {
        if from < until {
            let walk = Count::by_equipment_hour_started_at_kind().eq(equipment).eq(hour).between(from, until);
            for row in ctx.all(walk)? {
                sums[row.kind as usize] += i128::from(row.pieces.0);
            }
        }
    }
    Ok(sums)
}

/// What a machine made in a period, millionths of a piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// SQ.
    pub scrap: i128,
    /// RQ.
    pub rework: i128,
    /// PQ by the ideal speed in force when the minute began; none: no speed is known.
    pub produced: Vec<(Option<Speed>, i128)>,
}

/// Pieces of a machine. One that ever had a counter of good pieces made what its counters say, another what people
/// report. Its scrap is what its scrap counter says, where it ever had one, else what people report.
pub fn pieces(ctx: &Query, equipment: &Text<64>, from: Instant, until: Instant) -> Outcome<Pieces> {
    let counts = |kind: Kind| {
        let walk = Count::by_equipment_hour_kind_started_at().eq(equipment).eq(true).eq(kind).until(until);
        Ok::<_, Stopped>(ctx.first(walk)?.is_some())
    };
    let (counts_good, counts_scrap) = (counts(Kind::Good)?, counts(Kind::Scrap)?);
    let mut pieces = Pieces::default();
    for part in parts(ctx, equipment, from, until)? {
        let [good, scrap, reported_good, reported_scrap, rework] = sums(ctx, equipment, part.from, part.until)?;
        let rejected = if counts_scrap { scrap } else { reported_scrap };
        let produced = if counts_good { good + scrap } else { reported_good + rejected + rework };
        pieces.scrap += rejected;
        pieces.rework += rework;
        pieces.produced.push((part.speed, produced));
    }
    Ok(pieces)
}
