//! Shifts planned on equipment, their breaks as intervals. Shifts of one piece of equipment never overlap.
//!
//! A shift of a pattern begins, pauses and ends by the clock on the wall. In the night in which clocks change it is an
//! hour shorter or longer, and the shifts of a day still tile it.

use crate::calendar::{DayKind, SpecialDay, clock, days, kind};
use crate::coded::{self, Code, Codes};
use crate::equipment::Equipment;
use crate::patterns::{self, DAY, ShiftPattern};
use toolcrib_sdk::contract::calendar::Calendar;
use toolcrib_sdk::prelude::*;

const MINUTE_US: i64 = 60_000_000;
/// The longest shift: a day, and the hour that a change of the clock may add.
const LONGEST_US: i64 = (DAY + 60) * MINUTE_US;
/// The most shifts planned by one call.
const SHIFTS: usize = 600;
/// The most days planned by one call.
const DAYS: i64 = 92;
/// The most rows written by one import: shifts, their breaks, and the breaks they had. Within what a host allows.
const ROWS: usize = 4_500;

/// A time in which a piece of equipment is planned to work.
#[record(shared, unique(equipment, starts_at), index(starts_at))]
pub struct PlannedShift {
    pub equipment: Ref<Equipment>,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// Of it not worked, all breaks together.
    pub break_minutes: i64,
    pub pattern: Option<Ref<ShiftPattern>>,
    /// The production day it belongs to.
    pub day: Date,
}

/// A time inside a planned shift in which nobody works.
#[record(shared, unique(equipment, starts_at))]
pub struct PlannedBreak {
    pub equipment: Ref<Equipment>,
    pub starts_at: Instant,
    pub ends_at: Instant,
}

#[value]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// One line of the list.
#[value]
pub struct ShiftRow {
    pub equipment: Code,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// In local time, at most six, for example `12:00-12:30, 18:00-18:10`.
    pub breaks: Option<Text<100>>,
    pub pattern: Option<Code>,
    /// The production day; none: that of its begin.
    pub day: Option<Date>,
}

/// The shift that is on.
#[value]
pub struct ShiftAt {
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub pattern: Option<Code>,
    pub day: Date,
    /// When the break that is on ends; none while people work.
    pub break_until: Option<Instant>,
}

/// A shift and its breaks, not stored yet.
struct Plan {
    shift: PlannedShift,
    breaks: Vec<PlannedBreak>,
}

/// Plans one shift on a piece of equipment, or changes the one that begins then.
#[command(roles("owner", "admin", "supervisor"))]
pub fn plan_shift(
    ctx: &mut Command,
    equipment: Code,
    starts_at: Instant,
    ends_at: Instant,
    breaks: Option<Text<100>>,
) -> Outcome<()> {
    coded::in_use::<Equipment>(ctx, &equipment, "equipment")?;
    let days = days(ctx)?;
    let row = ShiftRow { equipment, starts_at, ends_at, breaks, pattern: None, day: None };
    put(ctx, &days, row, &mut 0).map(drop)
}

/// Plans shifts of a pattern on equipment, from a production day on, for so many days, on these days of the week (none:
/// every day), if wanted on workdays only. All or none; returns how many.
#[command(roles("owner", "admin", "supervisor"))]
pub fn plan_shifts(
    ctx: &mut Command,
    equipment: Vec<Code>,
    pattern: Code,
    from: Date,
    days: i64,
    weekdays: Vec<Weekday>,
    only_workdays: Option<bool>,
) -> Outcome<i64> {
    reject_if(!(1..=DAYS).contains(&days), "bad-days", "Plan 1 to 92 days at once").field("days")?;
    if equipment.len() * days as usize > SHIFTS {
        return Err(
            reject("too-many-shifts", "Plan at most 600 shifts at once: fewer days or less equipment").field("days")
        );
    }
    let until = from.plus_days(days);
    // Two days of room, so that shifts stay inside the time that instants can say.
    let message = "Shifts lie between the years 1970 and 2199";
    reject_if(from.0 < 2 || until.0 > Date::MAX.0 - 2, "bad-days", message).field("from")?;
    let pattern = coded::in_use::<ShiftPattern>(ctx, &pattern, "pattern")?;
    let (breaks, calendar) = (patterns::breaks(ctx, pattern.id.into())?, crate::calendar::days(ctx)?);
    let special = ctx.all(SpecialDay::by_date().between(from, until))?;
    let worked = |day: Date| {
        let named = special.iter().find(|special| special.date == day).map(|special| special.kind);
        let weekday = day.weekday().number();
        (only_workdays != Some(true) || kind(day, named) == DayKind::Workday)
            && (weekdays.is_empty() || weekdays.iter().any(|wanted| *wanted as i64 == weekday))
    };
    let wanted: Vec<_> = (from.0..until.0).map(Date).filter(|day| worked(*day)).collect();
    let mut planned = 0;
    for (at, code) in equipment.iter().enumerate() {
        let field = ["equipment/", &at.to_string()].concat();
        let row = coded::in_use::<Equipment>(ctx, code, &field)?;
        for day in &wanted {
            let plan = on_day(&calendar, &pattern, &breaks, row.id.into(), *day);
            // In the night in which clocks go forward the hour of a shift may be left out.
            if plan.shift.starts_at >= plan.shift.ends_at {
                continue;
            }
            planned += 1;
            overlaps(ctx, code, &plan.shift, true)?;
            ctx.insert(plan.shift)?;
            ctx.insert_all(&plan.breaks)?;
        }
    }
    Ok(planned)
}

/// Takes a planned shift back, with its breaks.
#[command(roles("owner", "admin", "supervisor"))]
pub fn cancel_shift(ctx: &mut Command, equipment: Code, starts_at: Instant) -> Outcome<()> {
    let equipment = coded::known::<Equipment>(ctx, &equipment, "equipment")?;
    let row = ctx.first(PlannedShift::by_equipment_starts_at().eq(equipment.id).eq(starts_at))?;
    let row = row.or_reject("unknown-shift", "No shift is planned to begin then").field("starts_at")?;
    ctx.delete_all(within(&row))?;
    ctx.delete(row.id)
}

/// Adds or changes many, in order; all or none.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_shifts(ctx: &mut Command, rows: Vec<ShiftRow>) -> Outcome<Imported> {
    let (days, mut written) = (days(ctx)?, 0);
    ctx.import(rows, |ctx, row| put(ctx, &days, row, &mut written))
}

/// Shifts that begin in a period, in order, a page at a time: of one piece of equipment or of all.
#[query]
pub fn shifts(
    ctx: &Query,
    equipment: Option<Code>,
    from: Option<Instant>,
    until: Option<Instant>,
    after: Option<Cursor>,
) -> Outcome<List<ShiftRow>> {
    let (from, until) = (from.unwrap_or(Instant::MIN), until.unwrap_or(Instant::MAX));
    let (days, mut machines, mut patterns) = (days(ctx)?, Codes::new(), Codes::new());
    let at = |at: Instant| clock(days.zone.local(at).1 / 60);
    let row = |row: Row<PlannedShift>| {
        let breaks = ctx.all(within(&row))?;
        Ok(ShiftRow {
            equipment: machines.of(ctx, row.equipment)?,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            breaks: patterns::written(breaks.iter().map(|pause| (at(pause.starts_at), at(pause.ends_at))))?,
            pattern: row.pattern.map(|pattern| patterns.of(ctx, pattern)).transpose()?,
            day: Some(row.day),
        })
    };
    match equipment {
        None => ctx.list(PlannedShift::by_starts_at().between(from, until), after, row),
        Some(code) => {
            let equipment = coded::known::<Equipment>(ctx, &code, "equipment")?;
            ctx.list(PlannedShift::by_equipment_starts_at().eq(equipment.id).between(from, until), after, row)
        }
    }
}

/// The shift planned on a piece of equipment at a time, by default now; none when there is none.
#[query]
pub fn shift_at(ctx: &Query, equipment: Code, at: Option<Instant>) -> Outcome<Option<ShiftAt>> {
    let (at, equipment) = (at.unwrap_or(ctx.now()), coded::known::<Equipment>(ctx, &equipment, "equipment")?);
    // As shifts never overlap, only the last one that has begun can be on.
    let walk = PlannedShift::by_equipment_starts_at().eq(equipment.id).until(at.plus_us(1)).descending();
    let Some(row) = ctx.first(walk)?.filter(|row| row.ends_at > at) else { return Ok(None) };
    let pause = ctx.all(within(&row))?.into_iter().find(|pause| pause.starts_at <= at && at < pause.ends_at);
    let pattern = row.pattern.map(|pattern| Codes::new().of(ctx, pattern)).transpose()?;
    let PlannedShift { starts_at, ends_at, day, .. } = row.value;
    Ok(Some(ShiftAt { starts_at, ends_at, pattern, day, break_until: pause.map(|pause| pause.ends_at) }))
}

/// The breaks of a shift.
fn within(shift: &PlannedShift) -> Index<PlannedBreak, impl Sized> {
    PlannedBreak::by_equipment_starts_at().eq(shift.equipment).between(shift.starts_at, shift.ends_at)
}

/// The shift of a pattern on a production day: it begins when the clock first shows its time in that day.
fn on_day(
    calendar: &Calendar,
    pattern: &Row<ShiftPattern>,
    breaks: &[patterns::Span],
    equipment: Ref<Equipment>,
    day: Date,
) -> Plan {
    let date = day.plus_days(i64::from(pattern.starts_at_minute < calendar.day_starts_at_minute));
    let at = |after: i64| calendar.zone.instant(date, (pattern.starts_at_minute + after) * 60);
    let pause = |span: &patterns::Span| (at(span.0), at(span.1));
    let shift = PlannedShift {
        equipment,
        starts_at: at(0),
        ends_at: at(pattern.minutes),
        break_minutes: 0,
        pattern: Some(pattern.id.into()),
        day,
    };
    plan(shift, breaks.iter().map(pause).collect())
}

/// A shift with breaks, in order. Where clocks go forward a time that they leave out comes later, perhaps after the end of
/// the shift or into the next break: a break ends before that. One of which nothing is left is none.
fn plan(mut shift: PlannedShift, spans: Vec<(Instant, Instant)>) -> Plan {
    let (equipment, mut limit, mut breaks) = (shift.equipment, shift.ends_at, Vec::new());
    for (from, until) in spans.into_iter().rev() {
        let (starts_at, ends_at) = (from.max(shift.starts_at), until.min(limit));
        if starts_at < ends_at {
            limit = starts_at;
            breaks.insert(0, PlannedBreak { equipment, starts_at, ends_at });
        }
    }
    shift.break_minutes = breaks.iter().map(|pause| pause.ends_at.since_us(pause.starts_at)).sum::<i64>() / MINUTE_US;
    Plan { shift, breaks }
}

/// The shift that a line tells, looked up and checked.
fn told(ctx: &Command, days: &Calendar, row: &ShiftRow) -> Outcome<Plan> {
    let ShiftRow { equipment, starts_at, ends_at, breaks, pattern, day } = row;
    let length_us = ends_at.since_us(*starts_at);
    let message = "A shift ends after it begins, at most 24 hours later";
    reject_if(length_us <= 0 || length_us > LONGEST_US, "bad-length", message).field("ends_at")?;
    let equipment = coded::known::<Equipment>(ctx, equipment, "equipment")?.id.into();
    let pattern = match pattern {
        None => None,
        Some(pattern) => Some(coded::known::<ShiftPattern>(ctx, pattern, "pattern")?.id.into()),
    };
    let (date, second) = days.zone.local(*starts_at);
    let (_, ends) = days.zone.local(*ends_at);
    // By the clock on the wall, as its breaks are written.
    let wall = (ends / 60 - second / 60).rem_euclid(DAY);
    // About a day, and not about nothing, also where a change of the clock makes it more than that.
    let wall = if length_us / MINUTE_US - wall > DAY / 2 { wall + DAY } else { wall };
    // Where clocks show an hour twice, a shift may begin in the second; so do its breaks then.
    let again_us = starts_at.since_us(days.zone.instant(date, second)) / MINUTE_US * MINUTE_US;
    let pause = |(from, until): (i64, i64)| {
        let first = |after: i64| days.zone.instant(date, (second / 60 + after) * 60);
        let at = |after: i64| first(after).plus_us(if first(after) < *starts_at { again_us } else { 0 });
        (at(from), at(until))
    };
    let spans = patterns::read(breaks.as_ref(), second / 60, wall)?;
    let planned = days.production_day(*starts_at);
    let day = day.unwrap_or(planned);
    if (day.0 - planned.0).abs() > 1 {
        return Err(
            reject("bad-day", "A shift belongs to the production day of its begin or one beside it").field("day")
        );
    }
    let shift = PlannedShift { equipment, starts_at: *starts_at, ends_at: *ends_at, break_minutes: 0, pattern, day };
    Ok(plan(shift, spans.into_iter().map(pause).collect()))
}

/// Plans what a line tells, or changes the shift that begins then. Counts the rows it writes.
fn put(ctx: &mut Command, days: &Calendar, row: ShiftRow, written: &mut usize) -> Outcome<Put> {
    let new = told(ctx, days, &row)?;
    let known = ctx.first(PlannedShift::by_equipment_starts_at().eq(new.shift.equipment).eq(new.shift.starts_at))?;
    overlaps(ctx, &row.equipment, &new.shift, known.is_none())?;
    let had = known.as_ref().map(|known| ctx.all(within(known))).transpose()?.unwrap_or_default();
    let same = had.len() == new.breaks.len() && had.iter().zip(&new.breaks).all(|(had, new)| had.value == *new);
    *written += 1 + if same { 0 } else { had.len() + new.breaks.len() };
    reject_if(*written > ROWS, "too-many-shifts", "These are too many shifts with breaks at once; split the list")?;
    let mut done = ctx.store(known, new.shift)?;
    if !same {
        for pause in had {
            ctx.delete(pause.id)?;
        }
        ctx.insert_all(&new.breaks)?;
        done = if done == Put::Unchanged { Put::Changed } else { done };
    }
    Ok(done)
}

/// Refuses a shift that overlaps another; one that begins at the same time is the same, unless it is `new`. As planned
/// shifts never overlap, only the last one that begins before this one ends can.
fn overlaps(ctx: &Command, code: &Code, shift: &PlannedShift, new: bool) -> Outcome<()> {
    let before = PlannedShift::by_equipment_starts_at().eq(shift.equipment).until(shift.ends_at).descending();
    let other = ctx.first(before)?.filter(|other| other.ends_at > shift.starts_at);
    if let Some(other) = other.filter(|other| new || other.starts_at != shift.starts_at) {
        let message =
            ["A shift on ", code.as_str(), " from ", &other.starts_at.to_string(), " overlaps this one"].concat();
        return Err(reject("shift-overlaps", &message).field("equipment"));
    }
    Ok(())
}
