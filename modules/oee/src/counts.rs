//! Pieces by minute, from the counters of the machines, with their sums by hour so that a board stays quick.

use toolcrib_sdk::context::Context;
use toolcrib_sdk::prelude::*;

const HOUR_US: i64 = 3_600_000_000;

/// What a counter counts.
#[value]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Good,
    Scrap,
}

/// Pieces of one minute.
#[record(unique(equipment, kind, started_at))]
#[derive(Clone, Debug)]
pub struct Count {
    pub equipment: Text<64>,
    pub kind: Kind,
    pub started_at: Instant,
    pub pieces: i64,
}

/// Pieces of one hour: always the sum of its minutes.
#[record(unique(equipment, kind, started_at))]
#[derive(Clone, Debug)]
pub struct HourCount {
    pub equipment: Text<64>,
    pub kind: Kind,
    pub started_at: Instant,
    pub pieces: i64,
}

/// A minute of good pieces is complete.
#[on(window = "good")]
pub fn good_counted(ctx: &mut Command, window: Window) -> Outcome<()> {
    keep(ctx, Kind::Good, window)
}

/// A minute of scrap is complete.
#[on(window = "scrap")]
pub fn scrap_counted(ctx: &mut Command, window: Window) -> Outcome<()> {
    keep(ctx, Kind::Scrap, window)
}

/// A window told again replaces what it said before.
fn keep(ctx: &mut Command, kind: Kind, window: Window) -> Outcome<()> {
    let Window { equipment, from: started_at, increase: pieces, .. } = window;
    let known = ctx.first(Count::by_equipment_kind_started_at().eq(&equipment).eq(kind).eq(started_at))?;
    let more = pieces - known.as_ref().map_or(0, |known| known.pieces);
    if more == 0 {
        return Ok(());
    }
    match known {
        Some(mut known) => {
            known.pieces = pieces;
            ctx.update(&mut known)?;
        }
        None => drop(ctx.insert(Count { equipment: equipment.clone(), kind, started_at, pieces })?),
    }
    let hour = hour_of(started_at);
    match ctx.first(HourCount::by_equipment_kind_started_at().eq(&equipment).eq(kind).eq(hour))? {
        Some(mut known) => {
            known.pieces += more;
            ctx.update(&mut known)
        }
        None => ctx.insert(HourCount { equipment, kind, started_at: hour, pieces: more }).map(drop),
    }
}

fn hour_of(at: Instant) -> Instant {
    Instant(at.0 - at.0.rem_euclid(HOUR_US))
}

/// Pieces of the minutes that began inside a period.
pub fn pieces<M>(ctx: &Context<M>, equipment: &Text<64>, kind: Kind, from: Instant, until: Instant) -> Outcome<i64> {
    let (first_hour, last_hour) = (hour_of(from.plus_us(HOUR_US - 1)), hour_of(until));
    let minutes = |from: Instant, until: Instant| {
        if from >= until {
            return Ok(0);
        }
        let walk = Count::by_equipment_kind_started_at().eq(equipment).eq(kind).between(from, until);
        Ok(ctx.all(walk)?.iter().map(|row| row.pieces).sum::<i64>())
    };
    if first_hour >= last_hour {
        return minutes(from, until);
    }
    let walk = HourCount::by_equipment_kind_started_at().eq(equipment).eq(kind).between(first_hour, last_hour);
    let hours: i64 = ctx.all(walk)?.iter().map(|row| row.pieces).sum();
    Ok(minutes(from, first_hour)? + hours + minutes(last_hour, until)?)
}
