//! The calendar: in which zone the plant's clocks stand, when its day begins, which days are worked.

use toolcrib_sdk::contract::calendar::{Calendar as Days, Weekday, Zone};
use toolcrib_sdk::prelude::*;

/// Where the plant's clocks stand. There is one, `site`; without it: China, the day from midnight.
#[record(shared, unique(code))]
pub struct Calendar {
    pub code: Text<16>,
    /// A name such as `Asia/Shanghai` or a POSIX rule such as `CST-8`.
    pub zone: Text<64>,
    /// Minutes after local midnight; work before it belongs to the production day before.
    pub day_starts_at_minute: i64,
}

/// What kind of day it is.
#[value]
pub enum DayKind {
    /// A statutory holiday.
    Holiday,
    /// A day of rest.
    Rest,
    /// A day of work, also on a weekend (调休).
    Workday,
}

/// A day that is not what its weekday says.
#[record(shared, unique(date))]
pub struct SpecialDay {
    pub date: Date,
    pub kind: DayKind,
    pub name: Text<80>,
}

/// The calendar as one line.
#[value]
pub struct CalendarRow {
    pub zone: Text<64>,
    /// A time of day such as `06:00`.
    pub day_starts: Text<5>,
}

/// A production day.
#[value]
pub struct Day {
    pub date: Date,
    pub kind: DayKind,
    /// Of a special day.
    pub name: Option<Text<80>>,
    pub starts_at: Instant,
    pub ends_at: Instant,
}

const SITE: &str = "site";

/// Says in which zone the plant's clocks stand and when its day begins. What is planned stays as it is.
#[command(roles("owner", "admin"))]
pub fn set_calendar(ctx: &mut Command, #[embed] calendar: CalendarRow) -> Outcome<()> {
    put_calendar(ctx, calendar).map(drop)
}

/// The same as a list; the last line counts.
#[command(roles("owner", "admin"))]
pub fn import_calendar(ctx: &mut Command, rows: Vec<CalendarRow>) -> Outcome<Imported> {
    ctx.import(rows, put_calendar)
}

/// In which zone the plant's clocks stand and when its day begins: one line.
#[query]
pub fn calendar(ctx: &Query, after: Option<Cursor>) -> Outcome<List<CalendarRow>> {
    let line = |zone, day_starts| Ok(CalendarRow { zone, day_starts: Text::new(clock(day_starts))? });
    let row = |row: Row<Calendar>| line(row.value.zone, row.value.day_starts_at_minute);
    let mut page = ctx.list(Calendar::by_code(), after, row)?;
    if page.rows.is_empty() {
        page.rows.push(line(Text::new("Asia/Shanghai")?, 0)?);
    }
    Ok(page)
}

/// Says that a day is a holiday, a rest day or a workday.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_special_day(ctx: &mut Command, #[embed] day: SpecialDay) -> Outcome<()> {
    ctx.put(day).map(drop)
}

/// The day is again what its weekday says.
#[command(roles("owner", "admin", "supervisor"))]
pub fn remove_special_day(ctx: &mut Command, date: Date) -> Outcome<()> {
    let row = ctx.first(SpecialDay::by_date().eq(date))?;
    let row = row.or_reject("unknown-day", "This day is not a special one").field("date")?;
    ctx.delete(row.id)
}

/// Adds or changes many; all or none.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_special_days(ctx: &mut Command, rows: Vec<SpecialDay>) -> Outcome<Imported> {
    ctx.import(rows, Command::put)
}

/// Special days by date, a page at a time: `from` included, `until` not.
#[query]
pub fn special_days(
    ctx: &Query,
    from: Option<Date>,
    until: Option<Date>,
    after: Option<Cursor>,
) -> Outcome<List<SpecialDay>> {
    let walk = SpecialDay::by_date().from(from.unwrap_or(Date::MIN));
    let walk = if let Some(until) = until { walk.until(until) } else { walk };
    ctx.list(walk, after, |row| Ok(row.value))
}

/// What kind of day it is and from when until when it lasts; without a date, today.
#[query]
pub fn day(ctx: &Query, date: Option<Date>) -> Outcome<Day> {
    let days = days(ctx)?;
    let date = date.unwrap_or_else(|| days.production_day(ctx.now()));
    // Its begin and end must be moments that can be said, whatever the zone.
    let message = "A day lies between the years 1970 and 2199";
    reject_if(date <= Date::MIN.plus_days(1) || date >= Date::MAX.plus_days(-1), "bad-date", message).field("date")?;
    let special = ctx.first(SpecialDay::by_date().eq(date))?;
    let (starts_at, ends_at) = days.day(date);
    let kind = kind(date, special.as_ref().map(|special| special.kind));
    Ok(Day { date, kind, name: special.map(|special| special.value.name), starts_at, ends_at })
}

/// The plant's days.
pub fn days(ctx: &Query) -> Outcome<Days> {
    let Some(row) = ctx.first(Calendar::by_code())? else { return Ok(Days::default()) };
    Ok(Days { zone: Zone::parse(row.zone.as_str())?, day_starts_at_minute: row.day_starts_at_minute })
}

/// What kind of day it is: what is said of it, or what its weekday says.
pub fn kind(date: Date, special: Option<DayKind>) -> DayKind {
    special.unwrap_or(match date.weekday() {
        Weekday::Saturday | Weekday::Sunday => DayKind::Rest,
        _ => DayKind::Workday,
    })
}

/// Minutes of the day, read from a time such as `08:00`; `24:00` is the midnight after the day, 0.
pub fn minute(text: &str, field: &str) -> Outcome<i64> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let minute = text.split_once([':', '：']).and_then(|(hour, minute)| match (number(hour)?, number(minute)?) {
        (24, 0) => Some(0),
        (hour @ 0..24, at @ 0..60) if minute.len() == 2 => Some(hour * 60 + at),
        _ => None,
    });
    minute.ok_or_else(|| reject("bad-time", "A time of day looks like 08:00").field(field))
}

/// `480` → `08:00`.
pub fn clock(minute: i64) -> String {
    let two = |number: i64| [if number < 10 { "0" } else { "" }, &number.to_string()].concat();
    [two(minute / 60).as_str(), ":", &two(minute % 60)].concat()
}

fn put_calendar(ctx: &mut Command, row: CalendarRow) -> Outcome<Put> {
    Zone::parse(row.zone.as_str()).map_err(|error| reject("bad-zone", &error.to_string()).field("zone"))?;
    let day_starts_at_minute = minute(row.day_starts.as_str(), "day_starts")?;
    ctx.put(Calendar { code: Text::new(SITE)?, zone: row.zone, day_starts_at_minute })
}
