//! Shift patterns: when a shift begins and ends by the clock on the wall, and its breaks.

use crate::calendar::{clock, minute};
use crate::coded::{self, Code, coded};
use toolcrib_sdk::prelude::*;

/// Minutes of a day.
pub const DAY: i64 = 24 * 60;
/// The most breaks of a shift.
pub const BREAKS: usize = 6;

/// When a shift begins and how long it lasts.
#[record(shared, unique(code))]
pub struct ShiftPattern {
    pub code: Code,
    pub name: Text<80>,
    /// Minutes after local midnight.
    pub starts_at_minute: i64,
    /// From begin to end by the clock on the wall, breaks included.
    pub minutes: i64,
    /// All breaks together.
    pub break_minutes: i64,
    pub retired_at: Option<Instant>,
}
coded!(ShiftPattern, "shift pattern");

/// A break of a shift pattern.
#[record(shared, unique(pattern, starts_after_minutes))]
pub struct PatternBreak {
    pub pattern: Ref<ShiftPattern>,
    /// Minutes after the shift's begin.
    pub starts_after_minutes: i64,
    pub minutes: i64,
}

/// One line of the list.
#[value]
pub struct PatternRow {
    pub code: Code,
    pub name: Text<80>,
    /// A time of day such as `20:00`.
    pub starts: Text<5>,
    /// A time of day such as `08:00`; the same as `starts`: 24 hours later.
    pub ends: Text<5>,
    /// At most six, for example `12:00-12:30, 18:00-18:10`.
    pub breaks: Option<Text<100>>,
    pub retired_at: Option<Instant>,
}

/// From when until when, in minutes after the begin of a shift.
pub type Span = (i64, i64);

/// Adds a shift pattern under a code that is not given yet.
#[command(roles("owner", "admin"))]
pub fn add_pattern(
    ctx: &mut Command,
    code: Code,
    name: Text<80>,
    starts: Text<5>,
    ends: Text<5>,
    breaks: Option<Text<100>>,
) -> Outcome<()> {
    let message = "There is a shift pattern of this code already";
    reject_if(coded::find::<ShiftPattern>(ctx, &code)?.is_some(), "code-taken", message).field("code")?;
    put(ctx, PatternRow { code, name, starts, ends, breaks, retired_at: None }).map(drop)
}

/// Changes a shift pattern; a retired one is in use again. Shifts planned already stay.
#[command(roles("owner", "admin"))]
pub fn change_pattern(
    ctx: &mut Command,
    code: Code,
    name: Text<80>,
    starts: Text<5>,
    ends: Text<5>,
    breaks: Option<Text<100>>,
) -> Outcome<()> {
    coded::known::<ShiftPattern>(ctx, &code, "code")?;
    put(ctx, PatternRow { code, name, starts, ends, breaks, retired_at: None }).map(drop)
}

/// Takes a shift pattern out of use.
#[command(roles("owner", "admin"))]
pub fn retire_pattern(ctx: &mut Command, code: Code) -> Outcome<()> {
    coded::retire::<ShiftPattern>(ctx, &code)
}

/// Adds or changes many, in order; all or none.
#[command(roles("owner", "admin"))]
pub fn import_patterns(ctx: &mut Command, rows: Vec<PatternRow>) -> Outcome<Imported> {
    ctx.import(rows, put)
}

/// Shift patterns by code, a page at a time.
#[query]
pub fn patterns(ctx: &Query, after: Option<Cursor>) -> Outcome<List<PatternRow>> {
    ctx.list(ShiftPattern::by_code(), after, |row| {
        let at = |after: i64| clock((row.starts_at_minute + after) % DAY);
        let breaks = breaks(ctx, row.id.into())?;
        Ok(PatternRow {
            starts: Text::new(at(0))?,
            ends: Text::new(at(row.minutes))?,
            breaks: written(breaks.iter().map(|(from, until)| (at(*from), at(*until))))?,
            code: row.value.code,
            name: row.value.name,
            retired_at: row.value.retired_at,
        })
    })
}

/// The breaks of a pattern, in order.
pub fn breaks(ctx: &Query, pattern: Ref<ShiftPattern>) -> Outcome<Vec<Span>> {
    let rows = ctx.all(PatternBreak::by_pattern_starts_after_minutes().eq(pattern))?;
    Ok(rows.iter().map(|row| (row.starts_after_minutes, row.starts_after_minutes + row.minutes)).collect())
}

/// Breaks as people write them: `12:00-12:30, 18:00-18:10`.
pub fn written(spans: impl Iterator<Item = (String, String)>) -> Outcome<Option<Text<100>>> {
    let mut all = String::new();
    for (from, until) in spans {
        let comma = if all.is_empty() { "" } else { ", " };
        all.push_str(&[comma, &from, "-", &until].concat());
    }
    Ok(if all.is_empty() { None } else { Some(Text::new(all)?) })
}

/// Reads breaks of a shift that begins at a minute of the day and lasts so long: inside it, none into another.
pub fn read(text: Option<&Text<100>>, starts_at_minute: i64, minutes: i64) -> Outcome<Vec<Span>> {
    let bad = |message: &str| reject("bad-breaks", message).field("breaks");
    let parts = text.map_or("", Text::as_str).split([',', '，', ';', '；', '、', ' ']).filter(|part| !part.is_empty());
    let mut spans: Vec<Span> = Vec::new();
    for part in parts {
        let form = || bad("Write breaks as 12:00-12:30, 18:00-18:10");
        let (from, until) = part.split_once(['-', '–', '~']).ok_or_else(form)?;
        let after = (minute(from, "breaks")? - starts_at_minute).rem_euclid(DAY);
        let length = (minute(until, "breaks")? - minute(from, "breaks")?).rem_euclid(DAY);
        if length == 0 || after + length > minutes {
            return Err(bad("A break lasts a minute or more and lies inside the shift"));
        }
        let at = spans.partition_point(|span| *span < (after, after + length));
        spans.insert(at, (after, after + length));
    }
    if spans.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        return Err(bad("Breaks do not overlap"));
    }
    if spans.len() > BREAKS {
        return Err(bad("A shift has at most 6 breaks"));
    }
    Ok(spans)
}

fn put(ctx: &mut Command, row: PatternRow) -> Outcome<Put> {
    let PatternRow { code, name, starts, ends, breaks: text, retired_at } = row;
    let starts_at_minute = minute(starts.as_str(), "starts")?;
    let minutes = match (minute(ends.as_str(), "ends")? - starts_at_minute).rem_euclid(DAY) {
        0 => DAY,
        minutes => minutes,
    };
    let new = read(text.as_ref(), starts_at_minute, minutes)?;
    let break_minutes = new.iter().map(|(from, until)| until - from).sum();
    let pattern = ShiftPattern { code: code.clone(), name, starts_at_minute, minutes, break_minutes, retired_at };
    let mut done = coded::put(ctx, pattern)?;
    let pattern: Ref<ShiftPattern> = coded::known::<ShiftPattern>(ctx, &code, "code")?.id.into();
    if breaks(ctx, pattern)? != new {
        ctx.delete_all(PatternBreak::by_pattern_starts_after_minutes().eq(pattern))?;
        let rows: Vec<_> = new
            .iter()
            .map(|(from, until)| PatternBreak { pattern, starts_after_minutes: *from, minutes: until - from })
            .collect();
        ctx.insert_all(&rows)?;
        done = if done == Put::Unchanged { Put::Changed } else { done };
    }
    Ok(done)
}
