//! The payslip: what a worker sees of a month, confirms, or disputes with a word.

use crate::ledger::{Books, Line, Month, Slip, SlipState, Sums, change, days_of, month_of};
use crate::months::{SheetRow, sheet_row};
use crate::plant::{by_badge, myself};
use crate::views::told::{PayRow, pay_rows};
use toolcrib_sdk::prelude::*;

/// A worker disputes a payslip: the office looks into it.
#[event]
pub struct PayslipDisputed {
    pub month: Text<7>,
    pub person: Text<64>,
    pub word: Text<200>,
}

/// A person's month with its lines, by day, a page at a time.
#[value(from(SheetRow))]
pub struct Payslip {
    pub month: Text<7>,
    pub person: Text<64>,
    pub name: Text<80>,
    #[embed]
    pub sums: Sums,
    pub total: Decimal<2>,
    pub frozen: bool,
    pub state: SlipState,
    pub word: Option<Text<200>>,
    /// It is that of whoever asks and has lines: only they may confirm or dispute it.
    #[own]
    pub mine: bool,
    #[own]
    pub rows: Vec<PayRow>,
    #[own]
    pub next: Option<Cursor>,
}

/// A payslip; without a month, this month's. Workers see their own: that of the person linked to their account, or of the
/// badge they show. The office sees everybody's.
#[query]
pub fn payslip(
    ctx: &Query,
    month: Option<Text<7>>,
    person: Option<Text<64>>,
    badge: Option<Text<64>>,
    after: Option<Cursor>,
) -> Outcome<Payslip> {
    let mut books = Books::open(ctx)?;
    let month = month.unwrap_or_else(|| month_of(books.plant.today(ctx)));
    let own = who(ctx, badge);
    let mine = person.as_ref().is_none_or(|person| own.as_ref().is_ok_and(|own| own == person));
    let person = match person {
        None => own?,
        Some(person) if mine || ["owner", "admin", "supervisor"].contains(&ctx.role()) => person,
        Some(_) => return own.and(Err(reject("not-yours", "This is the payslip of somebody else").field("person"))),
    };
    days_of(&month)?;
    let slip = Slip::of(ctx, &month, &person)?.map_or_else(|| Slip::empty(&month, &person), |row| row.value);
    let page = ctx.page(Line::by_month_person_day().eq(&month).eq(&person).limit(100).after(after))?;
    let rows = pay_rows(ctx, page.rows)?;
    Ok(Payslip { mine: mine && !rows.is_empty(), rows, next: page.next, ..sheet_row(ctx, &mut books, slip)?.into() })
}

/// The worker agrees to the payslip of a frozen month.
#[command]
pub fn confirm_payslip(ctx: &mut Command, month: Text<7>, badge: Option<Text<64>>) -> Outcome<()> {
    let person = answerable(ctx, &month, badge)?;
    let message = "This month may still change; confirm it when it is frozen";
    reject_if(!Books::open(ctx)?.is_frozen(ctx, &month)?, "not-frozen", message).field("month")?;
    change(ctx, &month, &person, |slip| {
        (slip.state, slip.word) = (SlipState::Confirmed, None);
        Ok(())
    })
}

/// The worker does not agree, and says why.
#[command]
pub fn dispute_payslip(ctx: &mut Command, month: Text<7>, badge: Option<Text<64>>, word: Text<200>) -> Outcome<()> {
    reject_if(word.is_blank(), "word-empty", "Say what is wrong").field("word")?;
    let person = answerable(ctx, &month, badge)?;
    change(ctx, &month, &person, |slip| {
        (slip.state, slip.word) = (SlipState::Disputed, Some(word.clone()));
        Ok(())
    })?;
    ctx.emit(PayslipDisputed { month, person, word })
}

/// The person of a badge, or of the account.
fn who(ctx: &Query, badge: Option<Text<64>>) -> Outcome<Text<64>> {
    badge.map_or_else(|| myself(ctx), |badge| by_badge(ctx, badge))
}

/// Whose payslip of a month whoever asks may confirm or dispute.
fn answerable(ctx: &Query, month: &Month, badge: Option<Text<64>>) -> Outcome<Text<64>> {
    let slip = Slip::of(ctx, month, &who(ctx, badge)?)?.or_reject("no-payslip", "There is nothing in this month yet");
    Ok(slip.field("month")?.value.person)
}
