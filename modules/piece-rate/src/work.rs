//! Work: what reports say, added up by lot and person. A lot is a report with all its corrections, so its pay depends on
//! what was said and not on the order in which it came.

use crate::ledger::{Books, Line, LineKind, settle};
use crate::plant::DayKind;
use crate::pricing;
use crate::rates;
use crate::settings::Setting;
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_sdk::prelude::*;

/// The most people of one report.
const CREW: usize = 100;
/// Shares counted again by one call; what is left follows by a timer.
const BATCH: u32 = 100;
/// Until the next batch.
const PAUSE_US: i64 = 1_000_000;

/// One person's part of what was made.
#[value]
pub struct CrewShare {
    pub person: Text<64>,
    pub good: Decimal<6>,
    pub scrap: Decimal<6>,
    pub seconds: i64,
}

/// Output was reported, or a report was corrected by signed differences.
#[value]
pub struct OutputReported {
    pub report: Text<64>,
    pub corrects: Option<Text<64>>,
    pub card: Text<64>,
    pub material: Text<64>,
    pub unit: Text<16>,
    pub operation: Text<40>,
    pub crew: Vec<CrewShare>,
    pub ended_at: Instant,
}

/// What one report says of one person. Never changed, but for the lot it belongs to.
#[record(unique(report, person), index(root, report))]
pub struct Work {
    pub report: Text<64>,
    /// The report that all this corrects, or itself.
    pub root: Text<64>,
    pub person: Text<64>,
    pub card: Text<64>,
    pub material: Text<64>,
    pub operation: Text<40>,
    pub unit: Text<16>,
    pub ended_at: Instant,
    pub good: Decimal<6>,
    pub scrap: Decimal<6>,
    pub seconds: i64,
}

/// One person's part of a lot after all corrections, with its rate.
#[record(unique(root, person), index(person, day), index(priced, day), index(day))]
pub struct Share {
    pub root: Text<64>,
    pub person: Text<64>,
    /// The production day of the report.
    pub day: Date,
    pub ended_at: Instant,
    pub card: Text<64>,
    pub material: Text<64>,
    pub operation: Text<40>,
    pub unit: Text<16>,
    /// The person's grade when the work was first heard of.
    pub grade: Text<20>,
    pub good: Decimal<6>,
    pub scrap: Decimal<6>,
    pub seconds: i64,
    pub scrap_percent: i64,
    /// Of the rate that won; none: there was none.
    pub yuan: Option<Decimal<4>>,
    pub per: i64,
    pub quota: Option<Decimal<6>>,
    pub amount: Decimal<2>,
    pub priced: bool,
}

/// Work that earns nothing because nothing says what.
#[value]
pub struct UnpricedRow {
    pub report: Text<64>,
    pub day: Date,
    pub person: Text<64>,
    pub name: Text<80>,
    pub card: Text<64>,
    pub material: Text<64>,
    pub operation: Text<40>,
    pub grade: Text<20>,
    pub unit: Text<16>,
    pub good: Decimal<6>,
    /// `no-rate`: no rate is valid on the day; `too-large`: quantity times rate does not fit.
    pub because: Text<40>,
}

#[value]
pub struct UnpricedPage {
    pub rows: Vec<UnpricedRow>,
    pub next: Option<Cursor>,
}

/// Pays what was reported. The same report twice changes nothing.
#[on(event = "job-reporting/output_reported")]
pub fn output_reported(ctx: &mut Command, told: OutputReported) -> Outcome<()> {
    let OutputReported { report, corrects, card, material, unit, operation, crew, ended_at } = told;
    if crew.len() > CREW {
        return Err(reject("crew-too-large", "A report is shared by at most 100 people").field("crew"));
    }
    if ctx.first(Work::by_report_person().eq(&report))?.is_some() {
        return Ok(());
    }
    let root = match corrects {
        None => report.clone(),
        Some(of) => ctx.first(Work::by_report_person().eq(&of))?.map_or(of, |row| row.value.root),
    };
    let mut works: BTreeMap<Text<64>, Work> = BTreeMap::new();
    for CrewShare { person, good, scrap, seconds } in crew {
        let new = Work {
            report: report.clone(),
            root: root.clone(),
            person: person.clone(),
            card: card.clone(),
            material: material.clone(),
            operation: operation.clone(),
            unit: unit.clone(),
            ended_at,
            good: Decimal::ZERO,
            scrap: Decimal::ZERO,
            seconds: 0,
        };
        let work = works.entry(person).or_insert(new);
        let sums = (work.good.checked_add(good), work.scrap.checked_add(scrap), work.seconds.checked_add(seconds));
        let (Some(good), Some(scrap), Some(seconds)) = sums else {
            return Err(reject("too-large", "These quantities do not fit together").field("crew"));
        };
        (work.good, work.scrap, work.seconds) = (good, scrap, seconds);
    }
    ctx.insert_all(&works.into_values().collect::<Vec<_>>())?;
    let mut books = Books::open(ctx)?;
    if root != report {
        // What corrected this correction before it was known belongs to its lot.
        for mut row in ctx.all(Work::by_root_report().eq(&report))? {
            row.root = root.clone();
            ctx.update(&mut row)?;
        }
        count_lot(ctx, &report, &mut books)?;
    }
    count_lot(ctx, &root, &mut books)
}

/// Goes on counting work again, from a day on.
#[timer]
pub fn recount(ctx: &mut Command, from: Date, after: Option<Cursor>) -> Outcome<()> {
    recount_since(ctx, from, after)
}

/// Counts work from a day on again: some of it now, the rest by a timer. What is frozen stays; what is now worth something
/// else becomes a difference.
pub fn recount_since(ctx: &mut Command, from: Date, after: Option<Cursor>) -> Outcome<()> {
    let page = ctx.page(Share::by_day().from(from).limit(BATCH).after(after))?;
    let mut books = Books::open(ctx)?;
    let roots: BTreeSet<_> = page.rows.into_iter().map(|row| row.value.root).collect();
    for root in roots {
        count_lot(ctx, &root, &mut books)?;
    }
    if page.next.is_some() {
        let due = ctx.now().plus_us(PAUSE_US);
        ctx.set_timer(recount { from, after: page.next }, &from.to_string(), due)?;
    }
    Ok(())
}

/// Work that has no rate yet, by day, a page at a time. It is paid as soon as a rate is set.
#[query]
pub fn unpriced(ctx: &Query, after: Option<Cursor>) -> Outcome<UnpricedPage> {
    let page = ctx.page(Share::by_priced_day().eq(false).limit(100).after(after))?;
    let mut books = Books::open(ctx)?;
    let row = |row: Row<Share>| {
        let name = books.plant.name(ctx, &row.person)?;
        let because = Text::new(if row.yuan.is_none() { "no-rate" } else { "too-large" })?;
        let Share { root: report, person, day, card, material, operation, unit, grade, good, .. } = row.value;
        Ok(UnpricedRow { report, day, person, name, card, material, operation, grade, unit, good, because })
    };
    Ok(UnpricedPage { rows: page.rows.into_iter().map(row).collect::<Outcome<_>>()?, next: page.next })
}

/// Prices a lot anew and brings the wage lines of its crew to what they must be.
fn count_lot(ctx: &mut Command, root: &Text<64>, books: &mut Books) -> Outcome<()> {
    let known = ctx.all(Share::by_root_person().eq(root))?;
    let mut known: BTreeMap<_, _> = known.into_iter().map(|row| (row.person.clone(), row)).collect();
    let shares = shares(ctx, root, &known, books)?;
    let mut days: BTreeSet<_> = known.values().map(|row| (row.person.clone(), row.day)).collect();
    days.extend(shares.iter().map(|share| (share.person.clone(), share.day)));
    for share in shares {
        // Work without a rate has no line: it is listed as unpriced, not paid as nothing.
        let good = if share.priced { share.good } else { Decimal::ZERO };
        settle(ctx, books, line(&share, share.amount, good))?;
        match known.remove(&share.person) {
            None => drop(ctx.insert(share)?),
            Some(row) if row.value == share => {}
            Some(mut row) => {
                row.value = share;
                ctx.update(&mut row)?;
            }
        }
    }
    for row in known.into_values() {
        settle(ctx, books, line(&row, Decimal::ZERO, Decimal::ZERO))?;
        ctx.delete(row.id)?;
    }
    days.into_iter().try_for_each(|(person, day)| count_overtime(ctx, person, day, books))
}

/// The parts of a lot after all its corrections, priced. What its own report says counts for all of it; until that
/// is known, the first correction's word does.
fn shares(
    ctx: &Command,
    root: &Text<64>,
    known: &BTreeMap<Text<64>, Row<Share>>,
    books: &mut Books,
) -> Outcome<Vec<Share>> {
    let mut works = ctx.all(Work::by_root_report().eq(root))?;
    works.sort_by(|a, b| (a.report != *root, a.ended_at, &a.report).cmp(&(b.report != *root, b.ended_at, &b.report)));
    let Some(facts) = works.first().map(|row| row.value.clone()) else { return Ok(Vec::new()) };
    let day = books.plant.days.production_day(facts.ended_at);
    let scrap_percent = Setting::on(ctx, day)?.scrap_percent;
    let mut sums: BTreeMap<&Text<64>, [i128; 3]> = BTreeMap::new();
    for work in &works {
        let sum = sums.entry(&work.person).or_default();
        for (sum, more) in sum.iter_mut().zip([work.good.0, work.scrap.0, work.seconds]) {
            *sum += i128::from(more);
        }
    }
    let mut shares = Vec::new();
    for (person, sums) in sums {
        // Sums of decimals and seconds of at most a few thousand corrections; beyond 64 bits they are absurd.
        let [good, scrap, seconds] = sums.map(|sum| i64::try_from(sum).unwrap_or(i64::MAX));
        let kept = known.get(person).filter(|row| row.priced).map(|row| row.grade.clone());
        let grade = match kept {
            Some(grade) => grade,
            None => books.plant.person(ctx, person)?.and_then(|known| known.grade.clone()).unwrap_or_default(),
        };
        let Work { card, material, operation, unit, ended_at, .. } = facts.clone();
        let rate = rates::find(ctx, &material, &operation, &grade, Some(&unit), day)?;
        let (yuan, per) = rate.as_ref().map_or((None, 1), |rate| (Some(rate.yuan), rate.per));
        let (good, scrap, quota) = (Decimal(good), Decimal(scrap), rate.and_then(|rate| rate.quota));
        let (amount, priced) = (Decimal::ZERO, false);
        let (root, person) = (root.clone(), person.clone());
        shares.push(Share {
            root,
            person,
            day,
            ended_at,
            card,
            material,
            operation,
            unit,
            grade,
            good,
            scrap,
            seconds,
            scrap_percent,
            yuan,
            per,
            quota,
            amount,
            priced,
        });
    }
    let pays: Vec<_> = shares.iter().map(pricing::exact).collect();
    let parts = pricing::split(&pays.iter().flatten().copied().collect::<Vec<_>>());
    let mut parts = parts.into_iter().flatten();
    for (share, _) in shares.iter_mut().zip(&pays).filter(|(_, pay)| pay.is_some()) {
        if let Some(amount) = parts.next() {
            (share.amount, share.priced) = (amount, true);
        }
    }
    Ok(shares)
}

/// The wage line of a person's part of a lot.
fn line(share: &Share, amount: Decimal<2>, good: Decimal<6>) -> Line {
    Line {
        material: Some(share.material.clone()),
        operation: Some(share.operation.clone()),
        good: Some(good),
        yuan: share.yuan,
        counted: amount,
        ..Line::new(LineKind::Piece, share.root.clone(), share.person.clone(), share.day, amount)
    }
}

/// What a person's day earns beyond the plain rate. Pay for work beyond the quota does not count for the minimum wage.
fn count_overtime(ctx: &mut Command, person: Text<64>, day: Date, books: &mut Books) -> Outcome<()> {
    let mut shares = ctx.all(Share::by_person_day().eq(&person).eq(day))?;
    shares.sort_by(|a, b| (a.ended_at, &a.root).cmp(&(b.ended_at, &b.root)));
    let (setting, kind) = (Setting::on(ctx, day)?, books.plant.kind(ctx, day)?);
    let all: Vec<&Share> = shares.iter().map(|row| &row.value).collect();
    let parts = pricing::beyond(&all, kind == DayKind::Workday, setting.quota_minutes);
    let priced = || all.iter().zip(&parts).filter(|(share, _)| share.priced);
    let exact = priced().filter_map(|(share, part)| Some((pricing::exact(share)?, *part)));
    let booked = priced().map(|(share, part)| (Fraction::from(share.amount), *part));
    let more = pricing::weighted(exact, setting.multiple(kind) - 100);
    let (Some(amount), Some(plain)) = (more, pricing::weighted(booked, 100)) else {
        return Err(reject("too-large", "The overtime pay of this day does not fit"));
    };
    let source = Text::new(day.to_string())?;
    let line = Line::new(LineKind::Overtime, source, person, day, amount);
    settle(ctx, books, Line { counted: Decimal(-plain.0), ..line })
}
