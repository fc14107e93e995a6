//! The shift calendar: patterns, and the shifts planned on equipment. Shifts of one piece of equipment never overlap.

use crate::coded::{self, Code, coded};
use crate::equipment::Equipment;
use toolcrib_sdk::prelude::*;

const MINUTE_US: i64 = 60_000_000;
const DAY_MINUTES: i64 = 24 * 60;
/// The most shifts planned by one call.
const SHIFTS: usize = 1_000;
/// The most days planned by one call.
const DAYS: i64 = 92;

/// When a shift begins and how long it lasts, the same every day.
#[record(shared, unique(code))]
pub struct ShiftPattern {
    pub code: Code,
    pub name: Text<80>,
    /// Minutes after local midnight.
    pub starts_at_minute: i64,
    /// From begin to end, breaks included; past midnight the shift belongs to the day it begins.
    pub minutes: i64,
    pub break_minutes: i64,
    /// Local time minus UTC; 480 in China.
    pub utc_offset_minutes: i64,
    pub retired_at: Option<Instant>,
}
coded!(ShiftPattern, "shift pattern");

/// A time in which a piece of equipment is planned to work.
#[record(shared, unique(equipment, starts_at))]
pub struct PlannedShift {
    pub equipment: Ref<Equipment>,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// Of it not worked, all breaks together.
    pub break_minutes: i64,
    pub pattern: Option<Ref<ShiftPattern>>,
}

#[value]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

const WEEK: [Weekday; 7] = {
    use Weekday::*;
    // 1970-01-01 was a Thursday.
    [Thursday, Friday, Saturday, Sunday, Monday, Tuesday, Wednesday]
};

/// Adds a shift pattern under a code that is not given yet.
#[command(roles("owner", "admin"))]
pub fn add_pattern(
    ctx: &mut Command,
    code: Code,
    name: Text<80>,
    starts_at_minute: i64,
    minutes: i64,
    break_minutes: i64,
    utc_offset_minutes: i64,
) -> Outcome<Id<ShiftPattern>> {
    let retired_at = None;
    let new = ShiftPattern { code, name, starts_at_minute, minutes, break_minutes, utc_offset_minutes, retired_at };
    check_pattern(&new)?;
    coded::add(ctx, new)
}

/// Changes a shift pattern; a retired one is in use again. Shifts that are planned already stay as they are.
#[command(roles("owner", "admin"))]
pub fn change_pattern(
    ctx: &mut Command,
    code: Code,
    name: Text<80>,
    starts_at_minute: i64,
    minutes: i64,
    break_minutes: i64,
    utc_offset_minutes: i64,
) -> Outcome<()> {
    coded::known::<ShiftPattern, _>(ctx, &code, "code")?;
    let retired_at = None;
    let new = ShiftPattern { code, name, starts_at_minute, minutes, break_minutes, utc_offset_minutes, retired_at };
    check_pattern(&new)?;
    coded::put(ctx, new).map(drop)
}

/// Takes a shift pattern out of use.
#[command(roles("owner", "admin"))]
pub fn retire_pattern(ctx: &mut Command, code: Code) -> Outcome<()> {
    coded::retire::<ShiftPattern>(ctx, &code)
}

/// Shift patterns by code, a page at a time.
#[query]
pub fn patterns(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<ShiftPattern>> {
    ctx.page(ShiftPattern::by_code().limit(100).after(after))
}

/// Plans one shift on a piece of equipment.
#[command(roles("owner", "admin", "supervisor"))]
pub fn plan_shift(
    ctx: &mut Command,
    equipment: Code,
    starts_at: Instant,
    ends_at: Instant,
    break_minutes: i64,
) -> Outcome<Id<PlannedShift>> {
    let length_us = ends_at.since_us(starts_at);
    if length_us <= 0 || length_us > DAY_MINUTES * MINUTE_US {
        return Err(reject("bad-length", "A shift ends after it begins, at most 24 hours later").field("ends_at"));
    }
    check_breaks(break_minutes, length_us / MINUTE_US)?;
    let equipment = coded::in_use::<Equipment, _>(ctx, &equipment, "equipment")?;
    let shift = PlannedShift { equipment: equipment.id.into(), starts_at, ends_at, break_minutes, pattern: None };
    plan(ctx, &equipment.code, shift)
}

/// Plans shifts of a pattern on some equipment, from a day on, for so many days, on the given days of the week (none
/// given: every day). All or none; returns how many were planned.
#[command(roles("owner", "admin", "supervisor"))]
pub fn plan_shifts(
    ctx: &mut Command,
    equipment: Vec<Code>,
    pattern: Code,
    from: Date,
    days: i64,
    weekdays: Vec<Weekday>,
) -> Outcome<i64> {
    if !(1..=DAYS).contains(&days) {
        return Err(reject("bad-days", "Plan 1 to 92 days at once").field("days"));
    }
    if equipment.len() * days as usize > SHIFTS {
        return Err(
            reject("too-many-shifts", "Plan at most 1000 shifts at once: fewer days or less equipment").field("days")
        );
    }
    let pattern = coded::in_use::<ShiftPattern, _>(ctx, &pattern, "pattern")?;
    let mut planned = 0;
    for (at, code) in equipment.iter().enumerate() {
        let field = ["equipment/", &at.to_string()].concat();
        let row = coded::in_use::<Equipment, _>(ctx, code, &field)?;
        for day in from.0..from.0 + days {
            let weekday = WEEK[day.rem_euclid(7) as usize];
            if weekdays.is_empty() || weekdays.contains(&weekday) {
                plan(ctx, code, on_day(&pattern, row.id.into(), day)?)?;
                planned += 1;
            }
        }
    }
    Ok(planned)
}

/// Takes a planned shift back.
#[command(roles("owner", "admin", "supervisor"))]
pub fn cancel_shift(ctx: &mut Command, shift: Id<PlannedShift>) -> Outcome<()> {
    ctx.delete(shift)
}

/// Shifts of a piece of equipment that begin in a period, in order, a page at a time.
#[query]
pub fn shifts(
    ctx: &Query,
    equipment: Code,
    from: Instant,
    until: Instant,
    after: Option<Cursor>,
) -> Outcome<Page<PlannedShift>> {
    let equipment = coded::known::<Equipment, _>(ctx, &equipment, "equipment")?;
    ctx.page(PlannedShift::by_equipment_starts_at().eq(equipment.id).between(from, until).limit(100).after(after))
}

fn check_pattern(pattern: &ShiftPattern) -> Outcome<()> {
    if !(0..DAY_MINUTES).contains(&pattern.starts_at_minute) {
        return Err(reject("bad-start", "A shift begins at minute 0 to 1439 of the day").field("starts_at_minute"));
    }
    if !(1..=DAY_MINUTES).contains(&pattern.minutes) {
        return Err(reject("bad-length", "A shift lasts 1 to 1440 minutes").field("minutes"));
    }
    if !(-12 * 60..=14 * 60).contains(&pattern.utc_offset_minutes) {
        let message = "Local time is -720 to 840 minutes from UTC; 480 in China";
        return Err(reject("bad-offset", message).field("utc_offset_minutes"));
    }
    check_breaks(pattern.break_minutes, pattern.minutes)
}

fn check_breaks(break_minutes: i64, minutes: i64) -> Outcome<()> {
    if (0..=minutes).contains(&break_minutes) {
        return Ok(());
    }
    Err(reject("bad-breaks", "Breaks are not longer than the shift").field("break_minutes"))
}

/// The shift of a pattern on a day since 1970-01-01.
fn on_day(pattern: &Row<ShiftPattern>, equipment: Ref<Equipment>, day: i64) -> Outcome<PlannedShift> {
    let minute = day * DAY_MINUTES + pattern.starts_at_minute - pattern.utc_offset_minutes;
    let starts_at = Instant(minute * MINUTE_US);
    let ends_at = starts_at.plus_us(pattern.minutes * MINUTE_US);
    if starts_at < Instant::MIN || ends_at > Instant::MAX {
        return Err(reject("bad-days", "Shifts lie between the years 1970 and 2199").field("from"));
    }
    let pattern_ref = Some(pattern.id.into());
    Ok(PlannedShift { equipment, starts_at, ends_at, break_minutes: pattern.break_minutes, pattern: pattern_ref })
}

/// Adds a shift unless it overlaps another. As planned shifts never overlap, only the last one that begins before this
/// one ends can.
fn plan(ctx: &mut Command, code: &Code, shift: PlannedShift) -> Outcome<Id<PlannedShift>> {
    let before = PlannedShift::by_equipment_starts_at().eq(shift.equipment).until(shift.ends_at).descending();
    if let Some(other) = ctx.first(before)?.filter(|other| other.ends_at > shift.starts_at) {
        let message =
            ["A shift on ", code.as_str(), " from ", &other.starts_at.to_string(), " overlaps this one"].concat();
        return Err(reject("shift-overlaps", &message).field("equipment"));
    }
    ctx.insert(shift)
}
