//! Closing the books: nothing is booked in a closed month, or before it, any more.

use crate::days::{month, today};
use crate::funds::Account;
use crate::ids::ProgrammeId;
use crate::ledger;
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use serde_json::json;
use toolcrib_catalog::signer;
use toolcrib_catalog::{Line, PersonId};
use toolcrib_contract::problem::RULE_PERIOD;
use toolcrib_contract::types::{Date, Instant};

/// Closed months of one list: twenty years.
pub const PERIODS_LISTED: i64 = 240;

/// A closed month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// `YYYY-MM`
    pub period: String,
    pub closed_at: Instant,
    /// Name of the person, and of the organisation.
    pub by: String,
    /// The last entry then, and its hash.
    pub entry: i64,
    pub hash: String,
    /// Balances at the end of the month.
    pub balances: Vec<(Account, i64)>,
}

impl Programmes {
    /// Closes a month of a programme's ledger.
    ///
    /// # Errors
    /// No month, or one that is not over; a month before the last closed one.
    pub async fn close_period(&self, id: &ProgrammeId, period: &str, by: &PersonId, now: Instant) -> Result<()> {
        let first: Option<Date> = format!("{period}-01").parse().ok();
        let first = first.ok_or_else(|| ProgrammeError::input("/period", "a month looks like 2026-11"))?;
        let next = first.first_of_next_month();
        if next > today(now) {
            return Err(ProgrammeError::refused(RULE_PERIOD, format!("{period} is not over")));
        }
        let mut writing = self.catalog.writing(now).await?;
        let closed = ledger::last_period(writing.connection(), id).await?;
        if let Some(closed) = closed.filter(|closed| *closed >= month(first)) {
            return Err(ProgrammeError::refused(RULE_PERIOD, format!("the books are closed up to {closed}")));
        }
        let last: Option<(i64, String)> =
            sqlx::query_as("SELECT number, hash FROM ledger_entry WHERE programme = $1 ORDER BY number DESC LIMIT 1")
                .bind(id)
                .fetch_optional(writing.connection())
                .await?;
        let (entry, hash) = last.ok_or_else(|| ProgrammeError::not_found("programme"))?;
        let balances: Vec<(Account, i64)> = sqlx::query_as(
            "SELECT json_extract(p.value, '$[0]'), CAST(sum(CAST(json_extract(p.value, '$[1]') AS BIGINT)) AS BIGINT)
             FROM ledger_entry e CROSS JOIN json_each(e.postings) p
             WHERE e.programme = $1 AND e.booked_on < $2 GROUP BY 1 ORDER BY 1",
        )
        .bind(id)
        .bind(next.to_string())
        .fetch_all(writing.connection())
        .await?;
        sqlx::query(
            "INSERT INTO ledger_period (programme, period, closed_us, by, entry, hash, balances)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(month(first))
        .bind(now.0)
        .bind(by)
        .bind(entry)
        .bind(&hash)
        .bind(serde_json::to_string(&balances).expect("names and numbers serialise"))
        .execute(writing.connection())
        .await?;
        let detail = json!({"period": period, "entry": entry, "hash": hash});
        let line = Line { actor: by.as_str(), act: "programme.close", subject: id.as_str(), detail };
        Ok(writing.commit(line).await?)
    }

    /// Closed months, the newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn periods(&self, id: &ProgrammeId) -> Result<Vec<Period>> {
        let query = sqlx::query_as(concat!(
            "SELECT l.period, l.closed_us, ",
            signer!("p"),
            " AS signer, l.entry, l.hash, l.balances FROM ledger_period l
                 JOIN person p ON p.id = l.by
             WHERE l.programme = $1 ORDER BY l.period DESC LIMIT $2"
        ));
        type Row = (String, i64, String, i64, String, String);
        let rows: Vec<Row> = query.bind(id).bind(PERIODS_LISTED).fetch_all(self.catalog.reading()).await?;
        let read = |(period, closed_us, by, entry, hash, balances): Row| {
            let balances =
                serde_json::from_str(&balances).map_err(|error| ProgrammeError::damaged("a closed month", &error))?;
            Ok(Period { period, closed_at: Instant(closed_us), by, entry, hash, balances })
        };
        rows.into_iter().map(read).collect()
    }
}
