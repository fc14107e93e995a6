//! Statements of a month that is over: one for each provider that earned more than it gave back, of everything that no
//! earlier statement holds. Who gave back more waits for the next one.

use crate::calendar::Month;
use crate::page::cut;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use toolcrib_catalog::{Catalog, Line, PersonId, new_id};
use toolcrib_contract::problem::MONTH_OPEN;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// Providers of one run.
pub const PAID_OUT_AT_ONCE: i64 = 200;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayoutRun {
    /// Ids of the statements.
    pub made: Vec<String>,
    /// Providers that gave back as much as they earned, or more.
    pub waiting: u64,
    /// Providers are left: `after` of the next run.
    pub next: Option<String>,
}

/// Makes the statements up to the end of a month, for at most [`PAID_OUT_AT_ONCE`] providers after this one. Running it
/// again pays nothing twice.
///
/// # Errors
/// `month-open`; the database.
pub async fn run(
    catalog: &Catalog,
    month: Month,
    after: Option<&str>,
    by: &PersonId,
    now: Instant,
    chance: &dyn Chance,
) -> Result<PayoutRun> {
    if !month.is_over(now) {
        return Err(ProgrammeError::refused(MONTH_OPEN, format!("{month} ends later")));
    }
    let text = month.to_string();
    let mut writing = catalog.writing(now).await?;
    let open: Vec<(String, i64, i64)> = sqlx::query_as(catalog.engine().text(
        "SELECT provider, CAST(sum(gross_fen) AS BIGINT), CAST(sum(fee_fen) AS BIGINT)
             FROM earning INDEXED BY earning_open
         WHERE payout IS NULL AND provider > $1 AND month <= $2 GROUP BY provider ORDER BY provider LIMIT $3",
    ))
    .bind(after.unwrap_or_default())
    .bind(&text)
    .bind(PAID_OUT_AT_ONCE + 1)
    .fetch_all(writing.connection())
    .await?;
    let (open, next) = cut(open, PAID_OUT_AT_ONCE, |(provider, ..)| provider);
    let mut run = PayoutRun { next, ..PayoutRun::default() };
    for (provider, gross, fee) in &open {
        if gross - fee <= 0 {
            run.waiting += 1;
            continue;
        }
        let id = new_id(now, chance);
        sqlx::query(
            "INSERT INTO payout (id, provider, month, gross_fen, fee_fen, net_fen, made_by, made_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&id)
        .bind(provider)
        .bind(&text)
        .bind(gross)
        .bind(fee)
        .bind(gross - fee)
        .bind(by)
        .bind(now.0)
        .execute(writing.connection())
        .await?;
        let hold = sqlx::query("UPDATE earning SET payout = $1 WHERE payout IS NULL AND provider = $2 AND month <= $3");
        hold.bind(&id).bind(provider).bind(&text).execute(writing.connection()).await?;
        run.made.push(id);
    }
    if run.made.is_empty() {
        return Ok(run);
    }
    let detail = json!({"month": text, "made": run.made.len()});
    writing.commit(Line { actor: by.as_str(), act: "payout.run", subject: "platform", detail }).await?;
    Ok(run)
}
