//! What the marketplace bills for modules. A month is billed after it is over, one invoice per tenant, each line split
//! between firm, provider and programme as the contract says that the line belongs to; what is reported late stands on the
//! next invoice; what was wrong is taken back by credit notes. Numbers have no gaps.
//!
//! - `charge`: what a month costs, pure. [`run`] issues invoices, [`credit`] takes back, `list` shows.
//! - `usage_events`: usage for whoever bills elsewhere.

mod charge;
mod credit;
mod list;
mod run;
#[cfg(test)]
mod tests;
mod usage_events;

use crate::money::Fen;
use crate::refusal::{ProgrammeError, Result};
use crate::split::largest_remainder;
use sqlx::AnyConnection;
use toolcrib_catalog::{PersonId, Writing};
use toolcrib_contract::types::{Date, Instant};

pub use charge::{Choice, Owed, owed};
pub use credit::{CreditLine, credit};
#[cfg(test)]
pub(crate) use list::statements;
pub use list::{Invoice, InvoiceFilter, Line, Paid, invoice, list, statement};
pub use run::{Run, run};
pub use usage_events::{USAGE_EVENTS_PAGE, UsageEvent, usage_events};

/// Tenants of one run.
pub const BILLED_AT_ONCE: i64 = 200;
/// How long ago a month may be that is billed.
pub const BILL_MONTHS: i64 = 24;
/// Days for paying.
pub const DUE_DAYS: i64 = 30;
/// Lines of one invoice: modules, plans that followed one another, and what is late.
pub const BILL_LINES: usize = 500;
/// Invoices and credit notes of one list.
pub const INVOICES_LISTED: i64 = 100;
/// Months for which a contract's split holds for a plan per use.
const PER_USE_MONTHS: i64 = 12;

/// Who pays how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payers {
    pub firm: Fen,
    pub provider: Fen,
    pub programme: Fen,
}

impl Payers {
    /// An amount in the proportion of these; all for the firm when they are nought.
    pub fn split(self, amount: Fen) -> Self {
        let whole = Self { firm: amount, ..Self::default() };
        match largest_remainder(amount, &[self.firm, self.provider, self.programme]).as_deref() {
            Some([firm, provider, programme]) if self.sum() > Fen::ZERO => {
                Self { firm: *firm, provider: *provider, programme: *programme }
            }
            _ => whole,
        }
    }

    /// # Panics
    /// Never: each of the three is at most the amount that was split.
    pub fn sum(self) -> Fen {
        Fen::sum([self.firm, self.provider, self.programme]).expect("parts of one amount")
    }

    /// None when one of them would be below nought.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Some(Self {
            firm: self.firm.checked_sub(other.firm)?,
            provider: self.provider.checked_sub(other.provider)?,
            programme: self.programme.checked_sub(other.programme)?,
        })
    }

    /// None beyond every amount.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            firm: self.firm.checked_add(other.firm)?,
            provider: self.provider.checked_add(other.provider)?,
            programme: self.programme.checked_add(other.programme)?,
        })
    }
}

/// A line to be written.
#[derive(Clone, Debug)]
struct NewLine {
    line: u32,
    module: String,
    choice: i64,
    plan: String,
    month: String,
    quantity: i64,
    amount: Fen,
    payers: Payers,
    contract: Option<String>,
}

/// The head of a document to be written.
struct NewDocument<'a> {
    id: &'a str,
    /// `INV` or `CRN`.
    kind: &'a str,
    tenant: &'a str,
    month: &'a str,
    credits: Option<&'a str>,
    reason: &'a str,
    by: &'a PersonId,
}

/// Writes an invoice or a credit note with the next number of its year; the number as people read it.
async fn issue(writing: &mut Writing, document: &NewDocument<'_>, lines: &[NewLine]) -> Result<String> {
    let now = writing.now();
    let today = Date(now.0.div_euclid(86_400_000_000));
    let series = format!("{}-{:04}", document.kind, today.year_month_day().0);
    let next =
        sqlx::query_as("SELECT coalesce(max(number), 0) + 1 FROM platform_invoice WHERE series = $1").bind(&series);
    let (number,): (i64,) = next.fetch_one(writing.connection()).await?;
    let payers = lines.iter().try_fold(Payers::default(), |sum, line| sum.checked_add(line.payers));
    let amount = Fen::sum(lines.iter().map(|line| line.amount));
    let (Some(payers), Some(amount)) = (payers, amount) else {
        return Err(ProgrammeError::input("/lines", "the lines add up to more than any invoice is worth"));
    };
    let due = document.credits.is_none().then(|| today.plus_days(DUE_DAYS).to_string());
    sqlx::query(
        "INSERT INTO platform_invoice (id, series, number, tenant, month, credits, reason, issued_by, issued_us, due,
             amount_fen, firm_fen, provider_fen, programme_fen)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(document.id)
    .bind(&series)
    .bind(number)
    .bind(document.tenant)
    .bind(document.month)
    .bind(document.credits)
    .bind(document.reason)
    .bind(document.by)
    .bind(now.0)
    .bind(due)
    .bind(amount)
    .bind(payers.firm)
    .bind(payers.provider)
    .bind(payers.programme)
    .execute(writing.connection())
    .await?;
    for line in lines {
        insert_line(writing.connection(), document.id, line).await?;
    }
    Ok(number_text(&series, number))
}

async fn insert_line(db: &mut AnyConnection, invoice: &str, line: &NewLine) -> Result<()> {
    sqlx::query(
        "INSERT INTO platform_line (invoice, line, module, choice, plan, month, quantity, amount_fen, firm_fen,
             provider_fen, programme_fen, contract)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(invoice)
    .bind(i64::from(line.line))
    .bind(&line.module)
    .bind(line.choice)
    .bind(&line.plan)
    .bind(&line.month)
    .bind(line.quantity)
    .bind(line.amount)
    .bind(line.payers.firm)
    .bind(line.payers.provider)
    .bind(line.payers.programme)
    .bind(&line.contract)
    .execute(db)
    .await?;
    Ok(())
}

/// `INV-2026-000001`
pub(crate) fn number_text(series: &str, number: i64) -> String {
    format!("{series}-{number:06}")
}

/// The end of the day, in UTC.
fn end_of(day: Date) -> Instant {
    crate::calendar::bounds(day).1
}
