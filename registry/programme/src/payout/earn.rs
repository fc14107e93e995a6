//! What a line brings its provider: what firm and programme pay of it, less the fee. What the provider took off itself is
//! no money that comes in.

use super::fee::{part, rate};
use crate::calendar::Month;
use crate::money::Fen;
use crate::refusal::{ProgrammeError, Result};
use sqlx::AnyConnection;
use toolcrib_catalog::Flag;
use toolcrib_contract::types::Instant;

/// A line of an invoice, and what is left of it after these credit notes.
#[derive(sqlx::FromRow)]
struct Left {
    #[sqlx(try_from = "i64")]
    line: u32,
    provider: String,
    module: String,
    choice: i64,
    gross_fen: i64,
    credited_fen: i64,
    /// Earned so far: what came in and what went back again.
    earned_fen: i64,
    fees_fen: i64,
}

const LEFT: &str = "SELECT l.line, m.org AS provider, l.module, l.choice, l.firm_fen + l.programme_fen AS gross_fen,
        (SELECT CAST(coalesce(sum(x.firm_fen + x.programme_fen), 0) AS BIGINT) FROM platform_invoice c
            JOIN platform_line x ON x.invoice = c.id WHERE c.credits = l.invoice AND x.line = l.line) AS credited_fen,
        (SELECT CAST(coalesce(sum(e.gross_fen), 0) AS BIGINT)
            FROM platform_invoice c JOIN earning e ON e.document = c.id
            WHERE (c.id = l.invoice OR c.credits = l.invoice) AND e.line = l.line) AS earned_fen,
        (SELECT CAST(coalesce(sum(e.fee_fen), 0) AS BIGINT) FROM platform_invoice c JOIN earning e ON e.document = c.id
            WHERE (c.id = l.invoice OR c.credits = l.invoice) AND e.line = l.line) AS fees_fen
    FROM platform_line l JOIN module m ON m.name = l.module WHERE l.invoice = $1 ORDER BY l.line";

/// Writes down what each line of an invoice brings now: the difference between what is left of it and what it brought so
/// far. `document` is what that comes from: the invoice itself, or a credit note that takes from it.
pub(super) async fn settle(
    db: &mut AnyConnection,
    (invoice, month): (&str, &str),
    document: &str,
    now: Instant,
) -> Result<()> {
    let ppm = rate(db, month).await?;
    let lines: Vec<Left> = sqlx::query_as(LEFT).bind(invoice).fetch_all(&mut *db).await?;
    for line in lines {
        let left = Fen::new(line.gross_fen - line.credited_fen);
        let left = left.ok_or_else(|| ProgrammeError::damaged("credits of an invoice", &invoice))?;
        let (gross, fee) = (left.get() - line.earned_fen, part(left, ppm).get() - line.fees_fen);
        if (gross, fee) == (0, 0) {
            continue;
        }
        sqlx::query(
            "INSERT INTO earning (provider, document, line, module, choice, month, at_us, gross_fen, fee_fen, net_fen)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(line.provider)
        .bind(document)
        .bind(i64::from(line.line))
        .bind(line.module)
        .bind(line.choice)
        .bind(Month::of(now).to_string())
        .bind(now.0)
        .bind(gross)
        .bind(fee)
        .bind(gross - fee)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// A credit note was written: where its invoice was paid, its providers earn that much less.
pub(crate) async fn take_back(
    db: &mut AnyConnection,
    (invoice, month): (&str, &str),
    note: &str,
    now: Instant,
) -> Result<()> {
    let paid = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM platform_payment WHERE invoice = $1)").bind(invoice);
    let (Flag(paid),): (Flag,) = paid.fetch_one(&mut *db).await?;
    if paid { settle(db, (invoice, month), note, now).await } else { Ok(()) }
}
