//! A list that is filled from files and read into files: every type that a column can have, and rows that misbehave.

#![cfg_attr(target_family = "wasm", no_main)]

use toolcrib_sdk::prelude::*;

module! {
    name: "parts",
    title: { zh: "零件", en: "Parts" },
    summary: { zh: "仅供测试", en: "For tests only" },
    records: [Part],
    events: [PartAdded],
    handlers: [import_parts, parts, figures, endless],
}

/// How a part is had.
#[value]
pub enum Source {
    Made,
    BoughtIn,
}

/// A part.
#[record(unique(code))]
pub struct Part {
    pub code: Text<40>,
    pub name: Text<80>,
    pub weight: Decimal<3>,
    pub stock: i64,
    pub source: Source,
    pub critical: bool,
    pub drawn_on: Option<Date>,
    pub seen_at: Option<Instant>,
    pub tolerance: Option<f64>,
    pub batch: Option<Text<20>>,
}

/// A part was added.
#[event]
pub struct PartAdded {
    pub code: Text<40>,
}

/// Where something lies.
#[value]
pub struct Place {
    pub hall: i64,
    pub shelf: Option<Text<10>>,
}

/// One line of a file.
#[value]
pub struct NewPart {
    pub code: Text<40>,
    pub name: Text<80>,
    /// In kilograms.
    pub weight: Decimal<3>,
    pub stock: i64,
    pub source: Source,
    pub critical: bool,
    pub drawn_on: Option<Date>,
    pub seen_at: Option<Instant>,
    pub tolerance: Option<f64>,
    pub place: Option<Place>,
    pub tags: Vec<Text<10>>,
    /// Further parts of the same kind, `code/1` and so on.
    pub copies: Option<i64>,
}

/// Adds parts, in order. Codes that are taken, weights below 0 and names of tests are refused; `trap` traps and
/// `spin` never ends.
#[command(roles("owner", "admin"))]
pub fn import_parts(ctx: &mut Command, batch: Option<Text<20>>, rows: Vec<NewPart>) -> Outcome<i64> {
    let mut added = 0;
    for (at, row) in rows.into_iter().enumerate() {
        let within = |stopped: Stopped| stopped.within(&format!("rows/{at}"));
        added += add(ctx, row, batch.clone()).map_err(within)?;
    }
    Ok(added)
}

fn add(ctx: &mut Command, row: NewPart, batch: Option<Text<20>>) -> Outcome<i64> {
    let NewPart { code, name, weight, stock, source, critical, drawn_on, seen_at, tolerance, copies, .. } = row;
    assert!(name != *"trap", "a part that traps");
    while name == *"spin" {
        core::hint::black_box(());
    }
    if name == *"nameless" {
        return Err(reject("no-name", "This is no name"));
    }
    if name == *"later" {
        return Err(retry("not yet"));
    }
    if weight < Decimal::ZERO {
        return Err(reject("weight-negative", "A weight is at least 0").field("weight"));
    }
    if ctx.first(Part::by_code().eq(&code))?.is_some() {
        return Err(reject("code-taken", "There is a part with this code already").field("code"));
    }
    let part = Part { code, name, weight, stock, source, critical, drawn_on, seen_at, tolerance, batch };
    let copies = copies.unwrap_or_default();
    for copy in 1..=copies {
        let code = Text::new(format!("{}/{copy}", part.code.as_str()))?;
        ctx.insert(Part { code, ..part.clone() })?;
    }
    ctx.emit(PartAdded { code: part.code.clone() })?;
    ctx.insert(part)?;
    Ok(1 + copies)
}

/// Parts by code, a page at a time.
#[query]
pub fn parts(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<Part>> {
    ctx.page(Part::by_code().limit(100).after(after))
}

/// Numbers of a table that is not stored.
#[value]
pub struct Line {
    pub number: i64,
    pub place: Option<Place>,
    pub tags: Vec<Text<10>>,
}

/// Two tables in one answer.
#[value]
pub struct Figures {
    pub until: i64,
    pub odd: Vec<Line>,
    pub even: Vec<Line>,
}

fn line(number: i64) -> Line {
    let shelf = (number % 4 == 0).then(|| Text::new("=A1").unwrap_or_default());
    let place = (number % 3 == 0).then_some(Place { hall: -number, shelf });
    let tags = (0..number % 3).map(|tag| Text::new(format!("t{tag}")).unwrap_or_default()).collect();
    Line { number, place, tags }
}

/// Numbers until a number, apart.
#[query]
pub fn figures(_ctx: &Query, until: i64) -> Outcome<Figures> {
    let (even, odd) = (1..=until.min(500)).map(line).partition(|line: &Line| line.number % 2 == 0);
    Ok(Figures { until, odd, even })
}

/// A page of numbers.
#[value]
pub struct Lines {
    pub rows: Vec<Line>,
    pub next: Option<Text<20>>,
}

/// A thousand numbers a page; the last is `until`, or there is none. Traps beyond `trap`.
#[query]
pub fn endless(_ctx: &Query, until: Option<i64>, trap: Option<i64>, after: Option<Text<20>>) -> Outcome<Lines> {
    let first = match after {
        Some(after) => after.as_str().parse::<i64>().map_err(|_| reject("bad-cursor", "No such page").field("after"))?,
        None => 0,
    };
    assert!(trap.is_none_or(|trap| first < trap), "a page that traps");
    let last = until.unwrap_or(i64::MAX).min(first + 1_000);
    let rows = (first + 1..=last).map(|number| Line { number, place: None, tags: Vec::new() }).collect();
    let next = (until.is_none_or(|until| last < until)).then(|| Text::new(last.to_string())).transpose()?;
    Ok(Lines { rows, next })
}
