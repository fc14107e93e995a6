//! What is entered by hand, each with its reason: hours, allowances, deductions.

use crate::ledger::{Books, Line, LineKind, settle};
use toolcrib_sdk::prelude::*;

/// What kind of entry it is.
#[value]
pub enum ExtraKind {
    Hourly,
    Allowance,
    Deduction,
}

/// One line of a list.
#[value]
pub struct ExtraRow {
    /// Names the entry: the same number again replaces it.
    pub number: Text<40>,
    pub person: Text<64>,
    pub day: Date,
    pub kind: ExtraKind,
    /// Of an allowance or a deduction, above 0.
    pub amount: Option<Decimal<2>>,
    /// Of hourly work.
    pub minutes: Option<i64>,
    pub yuan_per_hour: Option<Decimal<4>>,
    /// Of hourly work: 150 for overtime at one and a half. None: 100.
    pub percent: Option<i64>,
    /// Whether an allowance counts for the minimum wage.
    pub counts: Option<bool>,
    pub because: Text<200>,
}

/// The most minutes of one entry: a month.
const MINUTES: i64 = 31 * 24 * 60;

/// Pays hours instead of pieces; returns the number of the entry.
#[command(roles("owner", "admin", "supervisor"))]
pub fn add_hours(
    ctx: &mut Command,
    person: Text<64>,
    day: Date,
    minutes: i64,
    yuan_per_hour: Decimal<4>,
    percent: Option<i64>,
    because: Text<200>,
) -> Outcome<Text<40>> {
    let (kind, minutes, yuan_per_hour) = (ExtraKind::Hourly, Some(minutes), Some(yuan_per_hour));
    enter(ctx, ExtraRow { person, day, kind, minutes, yuan_per_hour, percent, because, ..ExtraRow::blank() })
}

/// Adds an allowance or a deduction; returns the number of the entry. A deduction never lowers what counts for the
/// minimum wage, an allowance raises it when it is said to count.
#[command(roles("owner", "admin", "supervisor"))]
pub fn add_amount(
    ctx: &mut Command,
    person: Text<64>,
    day: Date,
    kind: ExtraKind,
    amount: Decimal<2>,
    counts: Option<bool>,
    because: Text<200>,
) -> Outcome<Text<40>> {
    enter(ctx, ExtraRow { person, day, kind, amount: Some(amount), counts, because, ..ExtraRow::blank() })
}

/// Adds or replaces many at once, in order; all or none.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_extras(ctx: &mut Command, rows: Vec<ExtraRow>) -> Outcome<Imported> {
    ctx.import(rows, put)
}

/// Takes an entry back. In a frozen month it stays, and its opposite is paid later.
#[command(roles("owner", "admin", "supervisor"))]
pub fn take_back(ctx: &mut Command, number: Text<40>, because: Text<200>) -> Outcome<()> {
    reject_if(because.is_blank(), "reason-empty", "Say why").field("because")?;
    let line = known(ctx, &number)?.or_reject("unknown-entry", "There is no such entry").field("number")?;
    let (amount, counted) = (Decimal::ZERO, Decimal::ZERO);
    let mut books = Books::open(ctx)?;
    settle(ctx, &mut books, Line { amount, counted, because: Some(because), ..line })
}

/// Adds an entry under a number that nobody gave yet.
fn enter(ctx: &mut Command, new: ExtraRow) -> Outcome<Text<40>> {
    let number: Text<40> = Text::new(["H-", &(ctx.random() % 1_000_000_000_000).to_string()].concat())?;
    put(ctx, ExtraRow { number: number.clone(), ..new }).map(|_| number)
}

/// The last line of an entry, of whatever kind.
fn known(ctx: &Command, number: &Text<40>) -> Outcome<Option<Line>> {
    let source: Text<64> = Text::new(number.as_str())?;
    for kind in [LineKind::Hourly, LineKind::Allowance, LineKind::Deduction] {
        let row = ctx.all(Line::by_kind_source_person_month().eq(kind).eq(&source))?.pop();
        if let Some(row) = row {
            return Ok(Some(row.value));
        }
    }
    Ok(None)
}

fn put(ctx: &mut Command, row: ExtraRow) -> Outcome<Put> {
    let message = "Give each entry a number of its own; the same again replaces it";
    reject_if(row.number.is_blank(), "number-empty", message).field("number")?;
    reject_if(row.person.is_blank(), "person-empty", "Say who is paid").field("person")?;
    reject_if(row.because.is_blank(), "reason-empty", "Say why").field("because")?;
    let kind = match row.kind {
        ExtraKind::Hourly => LineKind::Hourly,
        ExtraKind::Allowance => LineKind::Allowance,
        ExtraKind::Deduction => LineKind::Deduction,
    };
    let known = known(ctx, &row.number)?;
    let wrong = known.as_ref().is_some_and(|known| (known.kind, &known.person) != (kind, &row.person));
    let message = "This number is that of another entry; take that back, or use another number";
    reject_if(wrong, "number-taken", message).field("number")?;
    let (amount, counts) = if row.kind == ExtraKind::Hourly { hours(&row)? } else { fixed(&row)? };
    let source = Text::new(row.number.as_str())?;
    let line = Line::new(kind, source, row.person, row.day, amount);
    let counted = if counts { amount } else { Decimal::ZERO };
    let mut books = Books::open(ctx)?;
    settle(ctx, &mut books, Line { counted, because: Some(row.because), yuan: row.yuan_per_hour, ..line })?;
    Ok(if known.is_none() { Put::Added } else { Put::Changed })
}

/// Minutes × yuan an hour / 60 × per cent, rounded once to the fen. Overtime does not count for the minimum wage.
fn hours(row: &ExtraRow) -> Outcome<(Decimal<2>, bool)> {
    let bad = |field: &str, message: &str| reject("bad-hours", message).field(field);
    let minutes = row.minutes.filter(|minutes| (1..=MINUTES).contains(minutes));
    let minutes = minutes.ok_or_else(|| bad("minutes", "Hourly work lasts 1 to 44640 minutes"))?;
    let yuan = row.yuan_per_hour.filter(|yuan| (Decimal(1)..=Decimal(10_000_000_000)).contains(yuan));
    let yuan = yuan.ok_or_else(|| bad("yuan_per_hour", "An hour is worth 0.0001 to 1000000 yuan"))?;
    let percent = row.percent.unwrap_or(100);
    if !(100..=1_000).contains(&percent) {
        return Err(bad("percent", "Hourly work is paid at 100 to 1000 per cent"));
    }
    let share = Fraction::new(i128::from(minutes) * i128::from(percent), 60 * 100);
    let amount = share.and_then(|share| share.checked_mul(yuan.into())?.round_half_up());
    Ok((amount.ok_or_else(|| bad("minutes", "This pay does not fit"))?, percent == 100))
}

/// An allowance as it is, a deduction as its opposite.
fn fixed(row: &ExtraRow) -> Outcome<(Decimal<2>, bool)> {
    let amount = row.amount.filter(|amount| *amount > Decimal::ZERO);
    let amount = amount.or_reject("bad-amount", "An amount is more than 0 yuan").field("amount")?;
    match row.kind {
        ExtraKind::Deduction => Ok((Decimal(-amount.0), false)),
        _ => Ok((amount, row.counts == Some(true))),
    }
}
