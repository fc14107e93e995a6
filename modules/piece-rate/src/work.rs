//! Work: what reports say, added up by lot and person. A lot is a report with all its corrections, so its pay depends on
//! what was said and not on the order in which it came.

use crate::ledger::{Books, Line, LineKind, settle};
use crate::overtime::Days;
use crate::pricing;
use crate::rates::{self, Rate};
use crate::views::told::Names;
use toolcrib_sdk::contract::types::DECIMAL_COEF_MAX;
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
#[record(unique(report, person), index(root, person, report))]
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
#[record(unique(root, person), index(person, day, ended_at, root), index(priced, day), index(day))]
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
#[value(from(Share))]
pub struct UnpricedRow {
    #[from(root)]
    pub report: Text<64>,
    pub day: Date,
    pub person: Text<64>,
    #[own]
    pub name: Text<80>,
    pub card: Text<64>,
    pub material: Text<64>,
    /// None where plant does not know it.
    #[own]
    pub material_name: Option<Text<120>>,
    pub operation: Text<40>,
    pub grade: Text<20>,
    pub unit: Text<16>,
    pub good: Decimal<6>,
    /// `no-rate`: no rate is valid on the day; `too-large`: quantity times rate does not fit.
    #[own]
    pub because: Text<40>,
}

/// Pays what was reported. The same report twice changes nothing.
#[on(event = "job-reporting/output_reported")]
pub fn output_reported(ctx: &mut Command, told: OutputReported) -> Outcome<()> {
    let OutputReported { report, corrects, card, material, unit, operation, crew, ended_at } = told;
    reject_if(crew.len() > CREW, "crew-too-large", "A report is shared by at most 100 people").field("crew")?;
    if ctx.first(Work::by_report_person().eq(&report))?.is_some() {
        return Ok(());
    }
    let root = match corrects {
        None => report.clone(),
        Some(of) => ctx.first(Work::by_report_person().eq(&of))?.map_or(of, |row| row.value.root),
    };
    let of_lot = Work { card, material, operation, unit, ended_at, ..Work::blank() };
    let of_report = Work { report: report.clone(), root: root.clone(), ..of_lot };
    let mut works: Vec<Work> = Vec::new();
    for CrewShare { person, good, scrap, seconds } in crew {
        let Some(work) = works.iter_mut().find(|work| work.person == person) else {
            works.push(Work { person, good, scrap, seconds, ..of_report.clone() });
            continue;
        };
        let sums = (work.good.checked_add(good), work.scrap.checked_add(scrap), work.seconds.checked_add(seconds));
        let (Some(good), Some(scrap), Some(seconds)) = sums else {
            return Err(reject("too-large", "These quantities do not fit together").field("crew"));
        };
        (work.good, work.scrap, work.seconds) = (good, scrap, seconds);
    }
    ctx.insert_all(&works)?;
    let (mut books, mut days) = (Books::open(ctx)?, Days::default());
    if root != report {
        // What corrected this correction before it was known belongs to its lot.
        for mut row in ctx.all(Work::by_root_person_report().eq(&report))? {
            row.root = root.clone();
            ctx.update(&mut row)?;
        }
        count_lot(ctx, &report, &mut books, &mut days)?;
    }
    count_lot(ctx, &root, &mut books, &mut days)?;
    days.count(ctx, &mut books)
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
    let (mut books, mut days) = (Books::open(ctx)?, Days::default());
    let mut roots: Vec<Text<64>> = Vec::new();
    for row in page.rows {
        if !roots.contains(&row.root) {
            count_lot(ctx, &row.root, &mut books, &mut days)?;
            roots.push(row.value.root);
        }
    }
    days.count(ctx, &mut books)?;
    if page.next.is_some() {
        let due = ctx.now().plus_us(PAUSE_US);
        ctx.set_timer(recount { from, after: page.next }, &from.to_string(), due)?;
    }
    Ok(())
}

/// Work that has no rate yet, by day, a page at a time. It is paid as soon as a rate is set.
#[query]
pub fn unpriced(ctx: &Query, after: Option<Cursor>) -> Outcome<List<UnpricedRow>> {
    let (mut books, mut names) = (Books::open(ctx)?, Names::default());
    ctx.list(Share::by_priced_day().eq(false), after, |row| {
        let name = books.plant.name(ctx, &row.person)?;
        let because = Text::new(if row.yuan.is_none() { "no-rate" } else { "too-large" })?;
        let material_name = names.material(ctx, &row.material)?;
        Ok(UnpricedRow { name, material_name, because, ..row.value.into() })
    })
}

/// Prices a lot anew and brings the wage lines of its crew to what they must be. Whose day it touches is noted.
fn count_lot(ctx: &mut Command, root: &Text<64>, books: &mut Books, days: &mut Days) -> Outcome<()> {
    let mut known = ctx.all(Share::by_root_person().eq(root))?;
    for share in shares(ctx, root, &known, books)? {
        // Work without a rate has no line: it is listed as unpriced, not paid as nothing.
        let good = if share.priced { share.good } else { Decimal::ZERO };
        settle(ctx, books, line(&share, share.amount, good))?;
        match known.iter().position(|row| row.person == share.person) {
            None => {
                days.touch(&share.person, share.day, Some(&share));
                ctx.insert(share)?;
            }
            Some(at) => {
                let mut row = known.swap_remove(at);
                days.touch(&row.person, row.day, None);
                days.touch(&share.person, share.day, None);
                if row.value != share {
                    row.value = share;
                    ctx.update(&mut row)?;
                }
            }
        }
    }
    for row in known {
        settle(ctx, books, line(&row, Decimal::ZERO, Decimal::ZERO))?;
        days.touch(&row.person, row.day, None);
        ctx.delete(row.id)?;
    }
    Ok(())
}

/// The parts of a lot after all its corrections, by person, priced. What its own report says counts for all of it; until
/// that is known, the first correction's word does.
fn shares(ctx: &Command, root: &Text<64>, known: &[Row<Share>], books: &mut Books) -> Outcome<Vec<Share>> {
    let works = ctx.all(Work::by_root_person_report().eq(root))?;
    let key = |work: &Row<Work>| (work.report != *root, work.ended_at);
    let mut facts: Option<&Row<Work>> = None;
    for work in &works {
        let earlier = |facts: &Row<Work>| (key(work), &work.report) < (key(facts), &facts.report);
        facts = if facts.is_none_or(earlier) { Some(work) } else { facts };
    }
    let Some(facts) = facts else { return Ok(Vec::new()) };
    let day = books.plant.days.production_day(facts.ended_at);
    let scrap_percent = books.setting(ctx, day)?.scrap_percent;
    let Work { ended_at, card, material, operation, unit, .. } = facts.value.clone();
    let of_lot = Share { ended_at, card, material, operation, unit, per: 1, ..Share::blank() };
    let of_lot = Share { root: root.clone(), day, scrap_percent, ..of_lot };
    let (mut shares, mut rates): (Vec<Share>, Memo<Text<20>, Option<Rate>>) = Default::default();
    for work in &works {
        // Rows come by person. A sum beyond 64 bits is absurd; as large as can be said it has no price.
        if let Some(share) = shares.last_mut().filter(|share| share.person == work.person) {
            let sum = |a: i64, b: i64| Decimal(a.saturating_add(b).clamp(-DECIMAL_COEF_MAX, DECIMAL_COEF_MAX));
            (share.good, share.scrap) = (sum(share.good.0, work.good.0), sum(share.scrap.0, work.scrap.0));
            share.seconds = share.seconds.saturating_add(work.seconds);
            continue;
        }
        let kept = known.iter().find(|row| row.priced && row.person == work.person);
        let grade = match kept {
            Some(row) => row.grade.clone(),
            None => books.plant.person(ctx, &work.person)?.and_then(|known| known.grade.clone()).unwrap_or_default(),
        };
        let find = || rates::find(ctx, &facts.material, &facts.operation, &grade, Some(&facts.unit), day);
        let rate = rates.get(&grade, find)?.clone();
        let Work { person, good, scrap, seconds, .. } = work.value.clone();
        let mut share = Share { person, grade, good, scrap, seconds, ..of_lot.clone() };
        if let Some(Rate { yuan, per, quota, .. }) = rate {
            (share.yuan, share.per, share.quota) = (Some(yuan), per, quota);
        }
        shares.push(share);
    }
    pricing::price(&mut shares);
    Ok(shares)
}

/// The wage line of a person's part of a lot.
fn line(share: &Share, amount: Decimal<2>, good: Decimal<6>) -> Line {
    let line = Line::new(LineKind::Piece, share.root.clone(), share.person.clone(), share.day, amount);
    let (material, operation) = (Some(share.material.clone()), Some(share.operation.clone()));
    Line { material, operation, good: Some(good), yuan: share.yuan, counted: amount, ..line }
}
