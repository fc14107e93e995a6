//! Credit notes: take something back of an invoice, line by line, from those who pay it. Nothing goes below nought.

use super::{NewDocument, NewLine, Payers, issue};
use crate::identification::check_text;
use crate::money::Fen;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use sqlx::AnyConnection;
use std::collections::BTreeSet;
use toolcrib_catalog::{Catalog, CatalogError, Check, Line, PersonId, new_id};
use toolcrib_contract::problem::CREDIT_TOO_LARGE;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// How much of which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditLine {
    pub line: u32,
    pub amount_fen: i64,
}

/// Issues a credit note for an invoice; its id. What each line gives back is split in proportion to what is left for each
/// payer.
///
/// # Errors
/// Not found, also for a credit note; lines that are not there or stand twice; `credit-too-large`.
pub async fn credit(
    catalog: &Catalog,
    invoice: &str,
    (reason, lines): (&str, &[CreditLine]),
    by: &PersonId,
    now: Instant,
    chance: &dyn Chance,
) -> Result<String> {
    let mut check = Check::default();
    check_text(&mut check, "/reason", reason);
    check.expect(!lines.is_empty(), "/lines", "at least one");
    let mut seen = BTreeSet::new();
    for (at, line) in lines.iter().enumerate().take(super::BILL_LINES) {
        check.expect(seen.insert(line.line), &format!("/lines/{at}/line"), "each line once");
        let amount = Fen::new(line.amount_fen).is_some_and(|amount| amount > Fen::ZERO);
        check.expect(amount, &format!("/lines/{at}/amount_fen"), "whole fen, at least 1");
    }
    check.done()?;
    let mut writing = catalog.writing(now).await?;
    let head =
        sqlx::query_as("SELECT tenant, month FROM platform_invoice WHERE id = $1 AND credits IS NULL").bind(invoice);
    let head: Option<(String, String)> = head.fetch_optional(writing.connection()).await?;
    let (tenant, month) = head.ok_or_else(|| ProgrammeError::not_found("invoice"))?;
    let mut new = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let left = left(writing.connection(), invoice, line.line).await?;
        let left = left.ok_or_else(|| ProgrammeError::input(format!("/lines/{at}/line"), "there is no such line"))?;
        new.push(take(left, *line)?);
    }
    let id = new_id(now, chance);
    let document =
        NewDocument { id: &id, kind: "CRN", tenant: &tenant, month: &month, credits: Some(invoice), reason, by };
    let number = issue(&mut writing, &document, &new).await?;
    crate::payout::take_back(writing.connection(), (invoice, &month), &id, now).await?;
    let detail = json!({"number": number, "invoice": invoice, "reason": reason});
    writing.commit(Line { actor: by.as_str(), act: "invoice.credit", subject: &id, detail }).await?;
    Ok(id)
}

/// A credit note's line of what is left of an invoice's.
fn take(left: NewLine, line: CreditLine) -> Result<NewLine> {
    let amount = Fen::new(line.amount_fen).filter(|amount| *amount <= left.payers.sum());
    let Some(amount) = amount else {
        let why = format!("of line {}, {} fen are left", line.line, left.payers.sum().get());
        return Err(ProgrammeError::refused(CREDIT_TOO_LARGE, why));
    };
    Ok(NewLine { payers: left.payers.split(amount), amount, quantity: 0, ..left })
}

type Row = (String, i64, String, String, Option<String>, Fen, Fen, Fen);

/// A line less what credit notes took from it.
async fn left(db: &mut AnyConnection, invoice: &str, line: u32) -> Result<Option<NewLine>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT module, choice, plan, month, contract, firm_fen, provider_fen, programme_fen FROM platform_line
         WHERE invoice = $1 AND line = $2",
    )
    .bind(invoice)
    .bind(i64::from(line))
    .fetch_optional(&mut *db)
    .await?;
    let Some((module, choice, plan, month, contract, firm, provider, programme)) = row else { return Ok(None) };
    let (taken_firm, taken_provider, taken_programme): (Fen, Fen, Fen) = sqlx::query_as(
        "SELECT CAST(coalesce(sum(l.firm_fen), 0) AS BIGINT), CAST(coalesce(sum(l.provider_fen), 0) AS BIGINT),
             CAST(coalesce(sum(l.programme_fen), 0) AS BIGINT)
         FROM platform_line l JOIN platform_invoice i ON i.id = l.invoice WHERE i.credits = $1 AND l.line = $2",
    )
    .bind(invoice)
    .bind(i64::from(line))
    .fetch_one(db)
    .await?;
    let taken = Payers { firm: taken_firm, provider: taken_provider, programme: taken_programme };
    let payers = Payers { firm, provider, programme }.checked_sub(taken);
    let payers = payers.ok_or_else(|| CatalogError::Damaged(format!("credits of invoice {invoice}")))?;
    Ok(Some(NewLine { line, module, choice, plan, month, quantity: 0, amount: payers.sum(), payers, contract }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fen(fen: i64) -> Fen {
        Fen::new(fen).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn credits_never_take_more_than_there_is_from_anybody(
            weights in (0i64..1_000_000, 0i64..1_000_000, 0i64..1_000_000),
            amount in 1i64..=1_000_000_000,
            takes in proptest::collection::vec(1i64..=600_000_000, 1..12),
        ) {
            let weights = Payers { firm: fen(weights.0), provider: fen(weights.1), programme: fen(weights.2) };
            let whole = weights.split(fen(amount));
            prop_assert_eq!(whole.sum(), fen(amount));
            let mut left = whole;
            for amount_fen in takes {
                let line = NewLine {
                    line: 1, module: String::new(), choice: 1, plan: String::new(), month: String::new(), quantity: 0,
                    amount: left.sum(), payers: left, contract: None,
                };
                match take(line, CreditLine { line: 1, amount_fen }) {
                    Ok(credit) => {
                        prop_assert_eq!(credit.payers.sum(), fen(amount_fen));
                        let rest = left.checked_sub(credit.payers);
                        prop_assert!(rest.is_some(), "somebody would be owed more than they pay");
                        left = rest.unwrap();
                    }
                    Err(error) => {
                        prop_assert!(fen(amount_fen) > left.sum());
                        prop_assert_eq!(error.rule(), Some("credit-too-large"));
                    }
                }
            }
            // What is left can always be taken back whole.
            if left.sum() > Fen::ZERO {
                prop_assert_eq!(left.split(left.sum()), left);
            }
        }
    }
}
