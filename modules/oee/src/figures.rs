//! The key figures of one machine in one period.

use crate::counts::{Kind, pieces};
use crate::kpi::{Elements, Ratio};
use crate::plant::PlannedShift;
use crate::rates::parts;
use crate::spans::{Times, times};
use toolcrib_sdk::context::Context;
use toolcrib_sdk::prelude::*;

const MINUTE_US: i64 = 60_000_000;
/// Longest period asked for at once.
const PERIOD_MAX_US: i64 = 7 * 24 * 60 * MINUTE_US;

/// ISO 22400-2 figures. A figure without a value is empty, never 100 %; more than 1 points to a wrong ideal speed.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Oee {
    pub availability: Option<Ratio>,
    pub effectiveness: Option<Ratio>,
    pub quality: Option<Ratio>,
    pub oee: Option<Ratio>,
    /// Planned busy time PBT, minutes.
    pub planned_busy_minutes: Decimal<3>,
    /// Actual production time APT, minutes.
    pub production_minutes: Decimal<3>,
    /// Good pieces GQ.
    pub good: i64,
    /// Scrapped pieces SQ.
    pub scrap: i64,
}

/// Figures of a machine in a period that is over (at most seven days), with the minutes of planned breaks in it.
#[query]
pub fn oee(ctx: &Query, equipment: Text<64>, from: Instant, until: Instant, break_minutes: i64) -> Outcome<Oee> {
    if until <= from || until.since_us(from) > PERIOD_MAX_US {
        return Err(reject("bad-period", "A period ends after it begins, at most seven days later").field("until"));
    }
    if until > ctx.now() {
        return Err(
            reject("period-not-over", "This period is not over yet; ask shift_oee while a shift lasts").field("until")
        );
    }
    if break_minutes < 0 || break_minutes > until.since_us(from) / MINUTE_US {
        return Err(reject("bad-breaks", "Breaks are not longer than the period").field("break_minutes"));
    }
    let planned_us = i128::from(until.since_us(from) - break_minutes * MINUTE_US);
    present(&elements(ctx, &equipment, from, until, |_| planned_us)?)
}

/// Figures of a shift that the plant planned. While it lasts: up to now, less the breaks taken so far.
#[query]
pub fn shift_oee(ctx: &Query, shift: Ref<PlannedShift>) -> Outcome<Oee> {
    let shift = ctx.get(shift)?;
    let equipment = ctx.get(shift.equipment)?;
    present(&of_shift(ctx, &equipment.code, &shift)?)
}

/// The elements of a planned shift, as far as it has come.
pub fn of_shift<M>(ctx: &Context<M>, equipment: &Text<64>, shift: &PlannedShift) -> Outcome<Elements> {
    let until = shift.ends_at.min(ctx.now()).max(shift.starts_at);
    let elapsed = i128::from(until.since_us(shift.starts_at));
    let breaks = i128::from(shift.break_minutes) * i128::from(MINUTE_US);
    elements(ctx, equipment, shift.starts_at, until, |times| {
        // The plan says how long the breaks are, the machine says when: during the shift only those taken count.
        let breaks = if until < shift.ends_at { times.planned_us.min(breaks) } else { breaks };
        (elapsed - breaks).max(0)
    })
}

/// What happened on a machine in a period, whose planned busy time follows from what it did. Pieces have the rate in
/// force when their minute began.
pub fn elements<M>(
    ctx: &Context<M>,
    equipment: &Text<64>,
    from: Instant,
    until: Instant,
    planned_busy_us: impl FnOnce(&Times) -> i128,
) -> Outcome<Elements> {
    let times = times(ctx, equipment, from, until)?;
    let (mut good, mut scrap) = (Vec::new(), Vec::new());
    for part in parts(ctx, equipment, from, until)? {
        good.push((part.rate, pieces(ctx, equipment, Kind::Good, part.from, part.until)?));
        scrap.push((part.rate, pieces(ctx, equipment, Kind::Scrap, part.from, part.until)?));
    }
    Ok(Elements { planned_busy_us: planned_busy_us(&times), production_us: times.running_us, good, scrap })
}

fn present(elements: &Elements) -> Outcome<Oee> {
    let figures = elements.figures();
    let minutes = |us: i128| Decimal::ratio(us, i128::from(MINUTE_US)).unwrap_or_default();
    Ok(Oee {
        availability: figures.availability,
        effectiveness: figures.effectiveness,
        quality: figures.quality,
        oee: figures.oee,
        planned_busy_minutes: minutes(elements.planned_busy_us),
        production_minutes: minutes(elements.production_us),
        good: elements.good_pieces(),
        scrap: elements.scrap_pieces(),
    })
}
