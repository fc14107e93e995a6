//! The key figures of one machine in one window.

use crate::counts::pieces;
use crate::kpi::{Figures, Ratio, Sums};
use crate::plan::Plan;
use crate::plant::{self, Equipment, PlannedShift};
use crate::settings;
use crate::state::{Element, State};
use crate::tiles::{Tile, Tiled, tiles};
use toolcrib_sdk::contract::calendar::Calendar;
use toolcrib_sdk::prelude::*;

const MINUTE_US: i64 = 60_000_000;
/// Longest period asked for at once: a week in which the clock changes, and a day to spare.
pub const PERIOD_MAX_US: i64 = 8 * 24 * 60 * MINUTE_US;

/// How long a part of the window is.
#[value]
pub struct Time {
    pub element: Element,
    pub seconds: Decimal<6>,
}

/// Something that cannot be: the figures are shown as they are, and the cause is looked for.
#[value]
pub enum DataError {
    /// It produced longer than planned: the plan or the states are wrong.
    AvailabilityOverOne,
    /// It made more than its ideal speed allows: the speed is wrong.
    EffectivenessOverOne,
    /// More is scrap or rework than was made.
    ScrapOverProduced,
}

/// A mean over failures, minutes.
#[value]
pub struct Mean {
    /// The sum over failures FE; without a failure there is none.
    pub plain_minutes: Option<Decimal<3>>,
    /// The sum over FE + 1, as ISO 22400-2 is understood to divide.
    pub iso_minutes: Option<Decimal<3>>,
}

/// ISO 22400-2 figures. A figure without a value is empty, never 100 %.
#[value]
pub struct Oee {
    pub from: Instant,
    /// Now, while the window lasts.
    pub until: Instant,
    pub availability: Option<Ratio>,
    pub effectiveness: Option<Ratio>,
    pub quality: Option<Ratio>,
    pub oee: Option<Ratio>,
    pub nee: Option<Ratio>,
    /// Planned busy time PBT.
    pub planned_busy_minutes: Decimal<3>,
    /// Actual production time APT.
    pub production_minutes: Decimal<3>,
    /// Good pieces GQ.
    pub good: Decimal<6>,
    /// Scrapped pieces SQ.
    pub scrap: Decimal<6>,
    /// Pieces to be reworked RQ. PQ is all three together.
    pub rework: Decimal<6>,
    pub data_errors: Vec<DataError>,
    /// What the window is made of: together exactly its length.
    pub times: Vec<Time>,
    /// Failures FE that began in the window; a micro-stop is none.
    pub failures: i64,
    /// Mean operating time between failures: APT and AUST over failures.
    pub mtbf: Mean,
    /// Mean time to failure: for what is repaired, the same.
    pub mttf: Mean,
    /// Mean time to restoration: planned busy time in failure over failures.
    pub mttr: Mean,
}

/// Figures of a machine in a period that is over (at most eight days). With minutes of breaks given, all of it but these
/// is planned; else the plant's shifts say what is, or, where none is planned, all of it is.
#[query]
pub fn oee(
    ctx: &Query,
    equipment: Text<64>,
    from: Instant,
    until: Instant,
    break_minutes: Option<i64>,
) -> Outcome<Oee> {
    check_length(from, until)?;
    let message = "This period is not over yet; ask for the shift, day or week while it lasts";
    reject_if(until > ctx.now(), "period-not-over", message).field("until")?;
    let minutes = break_minutes.unwrap_or(0);
    let message = "Breaks are not longer than the period";
    reject_if(minutes < 0 || minutes > until.since_us(from) / MINUTE_US, "bad-breaks", message)
        .field("break_minutes")?;
    let plan = match break_minutes {
        Some(minutes) => Plan::whole(from, until, minutes * MINUTE_US),
        None => Plan::of(ctx, id_of(ctx, &equipment)?, from, until)?,
    };
    Ok(figures(ctx, &equipment, (from, until), &plan, settings::micro_us(ctx)?)?.0)
}

/// Refuses a period that is none or too long.
pub fn check_length(from: Instant, until: Instant) -> Outcome<()> {
    let message = "A period ends after it begins, at most eight days later";
    reject_if(until <= from || until.since_us(from) > PERIOD_MAX_US, "bad-period", message).field("until")
}

/// Figures of a shift that the plant planned. While it lasts: up to now, less the breaks taken so far.
#[query]
pub fn shift_oee(ctx: &Query, shift: Ref<PlannedShift>) -> Outcome<Oee> {
    let shift = ctx.get(shift)?;
    let equipment = ctx.get(shift.equipment)?;
    so_far(ctx, &equipment.code, Some(equipment.id), (shift.starts_at, shift.ends_at))
}

/// Figures of a machine in a production day of the plant's calendar, up to now while it lasts; without a day, today.
#[query]
pub fn day_oee(ctx: &Query, equipment: Text<64>, day: Option<Date>) -> Outcome<Oee> {
    of_calendar(ctx, &equipment, day, Calendar::day)
}

/// Figures of a machine in the week of a production day, Monday to Sunday, up to now while it lasts; without a day, this
/// week.
#[query]
pub fn week_oee(ctx: &Query, equipment: Text<64>, day: Option<Date>) -> Outcome<Oee> {
    of_calendar(ctx, &equipment, day, Calendar::week)
}

fn of_calendar(
    ctx: &Query,
    equipment: &Text<64>,
    day: Option<Date>,
    window: fn(&Calendar, Date) -> (Instant, Instant),
) -> Outcome<Oee> {
    let calendar = plant::calendar(ctx)?;
    let day = day.unwrap_or_else(|| calendar.production_day(ctx.now()));
    so_far(ctx, equipment, id_of(ctx, equipment)?, window(&calendar, day))
}

/// Figures of a window as far as it has come, by the plant's plan.
fn so_far(
    ctx: &Query,
    equipment: &Text<64>,
    machine: Option<Id<Equipment>>,
    (from, until): (Instant, Instant),
) -> Outcome<Oee> {
    let until = until.min(ctx.now()).max(from);
    let plan = Plan::of(ctx, machine, from, until)?;
    Ok(figures(ctx, equipment, (from, until), &plan, settings::micro_us(ctx)?)?.0)
}

/// The plant's id of a machine.
pub fn id_of(ctx: &Query, equipment: &Text<64>) -> Outcome<Option<Id<Equipment>>> {
    Ok(plant::equipment(ctx, equipment)?.map(|row| row.id))
}

/// Figures of a window that is not in the future, and the tiles they add up.
pub fn figures(
    ctx: &Query,
    equipment: &Text<64>,
    (from, until): (Instant, Instant),
    plan: &Plan,
    micro_us: i64,
) -> Outcome<(Oee, Vec<Tile>)> {
    let Tiled { tiles, micro, failing } = tiles(ctx, equipment, (from, until), plan, micro_us)?;
    let mut us = [0i128; Element::ALL.len()];
    for tile in &tiles {
        us[tile.element as usize] += tile.us();
    }
    let of = |element: Element| us[element as usize];
    let sums = Sums {
        planned_busy_us: Element::ALL.into_iter().filter(|element| element.is_busy()).map(of).sum(),
        production_us: of(Element::Production) + of(Element::MicroStop) + of(Element::Extra),
        setup_us: of(Element::Setup),
        pieces: pieces(ctx, equipment, from, until)?,
    };
    let mut times = Vec::new();
    for element in Element::ALL {
        if of(element) > 0 {
            times.push(Time { element, seconds: Decimal(of(element) as i64) });
        }
    }
    let figures = sums.figures();
    let (failures, repair_us) = failures(&tiles, from, &micro, failing);
    let operating_us = sums.production_us + sums.setup_us;
    let oee = Oee {
        from,
        until,
        availability: figures.availability,
        effectiveness: figures.effectiveness,
        quality: figures.quality,
        oee: figures.oee,
        nee: figures.nee,
        planned_busy_minutes: minutes(sums.planned_busy_us, 1).unwrap_or_default(),
        production_minutes: minutes(sums.production_us, 1).unwrap_or_default(),
        good: Decimal(sums.good() as i64),
        scrap: Decimal(sums.pieces.scrap as i64),
        rework: Decimal(sums.pieces.rework as i64),
        data_errors: data_errors(&figures, sums.good()),
        times,
        failures,
        mtbf: mean(operating_us, failures),
        mttf: mean(operating_us, failures),
        mttr: mean(repair_us, failures),
    };
    Ok((oee, tiles))
}

fn data_errors(figures: &Figures, good: i128) -> Vec<DataError> {
    let over_one = |ratio: Option<Ratio>| ratio > Some(Decimal(1_000_000));
    let mut errors = Vec::new();
    for (is, error) in [
        (over_one(figures.availability), DataError::AvailabilityOverOne),
        (over_one(figures.effectiveness), DataError::EffectivenessOverOne),
        (good < 0, DataError::ScrapOverProduced),
    ] {
        if is {
            errors.push(error);
        }
    }
    errors
}

/// Failures that began in the window, and the planned busy time in failure. What began at a moment of `micro` is a
/// micro-stop, also where a break took its time. `failing`: a failure from before lasts until the window begins.
fn failures(tiles: &[Tile], from: Instant, micro: &[Instant], mut failing: bool) -> (i64, i128) {
    let (mut failures, mut repair_us) = (0, 0);
    for tile in tiles {
        let began = tile.since.filter(|since| micro.binary_search(since).is_err());
        let fails = began.is_some() && tile.state.is_some_and(State::is_failure);
        if fails && !failing && began >= Some(from) {
            failures += 1;
        }
        if fails && tile.element.is_busy() {
            repair_us += tile.us();
        }
        failing = fails;
    }
    (failures, repair_us)
}

fn mean(us: i128, failures: i64) -> Mean {
    Mean { plain_minutes: minutes(us, failures), iso_minutes: minutes(us, failures + 1) }
}

fn minutes(us: i128, over: i64) -> Option<Decimal<3>> {
    Decimal::ratio(us, i128::from(MINUTE_US) * i128::from(over))
}
