//! Administrators note what the bank says: an invoice was paid, a provider was paid out.

use super::earn::settle;
use crate::days;
use crate::money::Fen;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use toolcrib_catalog::{Catalog, CatalogError, Check, Flag, Line, PersonId};
use toolcrib_contract::problem::PAYMENT_DIFFERS;
use toolcrib_contract::types::{Date, Instant};

/// What the bank says.
#[derive(Clone, Debug)]
pub struct NewPaid {
    pub paid_on: Date,
    /// The transfer's number, or what else finds it again. 1 to 200 characters.
    pub reference: String,
}

impl NewPaid {
    fn check(&self, now: Instant) -> Result<()> {
        let mut check = Check::default();
        check.name("/reference", &self.reference);
        check.expect(self.paid_on <= days::today(now), "/paid_on", "a day that was, in China's time");
        Ok(check.done()?)
    }
}

/// An invoice was paid, whole: `amount` is what firm and programme owed of it when it was.
///
/// # Errors
/// Not found, also for a credit note; paid before, or nothing is owed; `payment-differs`; a day to come.
pub async fn note_paid(
    catalog: &Catalog,
    invoice: &str,
    (amount, paid): (Fen, &NewPaid),
    by: &PersonId,
    now: Instant,
) -> Result<()> {
    paid.check(now)?;
    let mut writing = catalog.writing(now).await?;
    let db = writing.connection();
    let head = sqlx::query_as(
        "SELECT i.month, i.firm_fen + i.programme_fen - (SELECT CAST(coalesce(sum(c.firm_fen + c.programme_fen), 0)
                 AS BIGINT) FROM platform_invoice c WHERE c.credits = i.id),
             EXISTS (SELECT 1 FROM platform_payment p WHERE p.invoice = i.id)
         FROM platform_invoice i WHERE i.id = $1 AND i.credits IS NULL",
    );
    let head: Option<(String, Fen, Flag)> = head.bind(invoice).fetch_optional(&mut *db).await?;
    let (month, owed, Flag(is_paid)) = head.ok_or_else(|| ProgrammeError::not_found("invoice"))?;
    if is_paid {
        return Err(CatalogError::WrongState("this invoice was noted as paid before".to_owned()).into());
    }
    if owed == Fen::ZERO {
        return Err(CatalogError::WrongState("nothing is owed of this invoice".to_owned()).into());
    }
    if amount != owed {
        let why = format!("{owed} yuan are owed, {amount} were noted");
        return Err(ProgrammeError::refused(PAYMENT_DIFFERS, why));
    }
    sqlx::query(
        "INSERT INTO platform_payment (invoice, paid_on, reference, amount_fen, noted_by, noted_us)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(invoice)
    .bind(paid.paid_on.to_string())
    .bind(&paid.reference)
    .bind(amount)
    .bind(by)
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    settle(db, (invoice, &month), invoice, now).await?;
    let detail = json!({"paid_on": paid.paid_on.to_string(), "reference": paid.reference, "amount_fen": amount});
    Ok(writing.commit(Line { actor: by.as_str(), act: "invoice.paid", subject: invoice, detail }).await?)
}

/// A payout was paid.
///
/// # Errors
/// Not found, or noted before; a day to come.
pub async fn note_paid_out(catalog: &Catalog, payout: &str, paid: &NewPaid, by: &PersonId, now: Instant) -> Result<()> {
    paid.check(now)?;
    let mut writing = catalog.writing(now).await?;
    let note = sqlx::query(
        "UPDATE payout SET paid_on = $1, reference = $2, noted_by = $3, noted_us = $4
             WHERE id = $5 AND paid_on IS NULL",
    );
    let note = note.bind(paid.paid_on.to_string()).bind(&paid.reference).bind(by).bind(now.0).bind(payout);
    if note.execute(writing.connection()).await?.rows_affected() == 0 {
        return Err(ProgrammeError::not_found("due payout"));
    }
    let detail = json!({"paid_on": paid.paid_on.to_string(), "reference": paid.reference});
    Ok(writing.commit(Line { actor: by.as_str(), act: "payout.paid", subject: payout, detail }).await?)
}
