//! Usage for whoever bills elsewhere: events, each of which tells what a line of `usage_day` holds more than was told
//! before. Days that are not over are not told. Numbers have no gaps, an event never changes, and the sum of all events of
//! a line is the line.

use super::end_of;
use crate::refusal::{ProgrammeError, Result};
use toolcrib_catalog::{Catalog, TenantId};
use toolcrib_contract::types::{Date, Instant};

/// Events of one page.
pub const USAGE_EVENTS_PAGE: i64 = 500;

/// What one module did for one tenant on one day, as far as no earlier event has told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageEvent {
    pub number: i64,
    /// Id and slug.
    pub tenant: String,
    pub tenant_slug: String,
    pub module: String,
    pub version: String,
    pub host: String,
    pub day: String,
    /// The end of the day.
    pub at: Instant,
    pub calls: i64,
    pub faults: i64,
    pub rows_written: i64,
    pub cpu_us: i64,
}

type Row = (i64, String, String, String, String, String, String, i64, i64, i64, i64);

/// Events after a number, oldest first, at most [`USAGE_EVENTS_PAGE`]; of one tenant, when it is named. What was reported
/// since the last call is told first.
///
/// # Errors
/// The database.
pub async fn usage_events(
    catalog: &Catalog,
    tenant: Option<&TenantId>,
    after: i64,
    now: Instant,
) -> Result<Vec<UsageEvent>> {
    tell(catalog, now).await?;
    let query = sqlx::query_as(
        "SELECT e.number, e.tenant, t.slug, e.module, e.version, e.host, e.day, e.calls, e.faults, e.rows_written, e.cpu_us
         FROM usage_event e JOIN tenant t ON t.id = e.tenant
         WHERE e.number > $1 AND ($2 IS NULL OR e.tenant = $2) ORDER BY e.number LIMIT $3",
    );
    let rows: Vec<Row> = query.bind(after).bind(tenant).bind(USAGE_EVENTS_PAGE).fetch_all(catalog.reading()).await?;
    rows.into_iter().map(read).collect()
}

fn read(row: Row) -> Result<UsageEvent> {
    let (number, tenant, tenant_slug, module, version, host, day, calls, faults, rows_written, cpu_us) = row;
    let at = day.parse::<Date>().map_err(|error| ProgrammeError::damaged("a day of usage", &error))?;
    let at = end_of(at);
    Ok(UsageEvent { number, tenant, tenant_slug, module, version, host, day, at, calls, faults, rows_written, cpu_us })
}

/// Lines that may hold more than was told: reported since the last time, or of days that have ended since.
const NEWER: &str = "FROM usage_day u, usage_event_head h
    WHERE u.day < $1 AND (u.reported_us >= h.reported_us OR u.day >= h.day)";

async fn tell(catalog: &Catalog, now: Instant) -> Result<()> {
    let today = Date(now.0.div_euclid(86_400_000_000)).to_string();
    let mut writing = catalog.writing(now).await?;
    // In the order of days, so that numbers rise with them as far as reports came in time.
    let insert = format!(
        "INSERT INTO usage_event (number, host, tenant, module, day, version, calls, faults, rows_written, cpu_us,
             made_us)
         SELECT (SELECT coalesce(max(number), 0) FROM usage_event)
                 + row_number() OVER (ORDER BY day, tenant, module, host),
             host, tenant, module, day, version, calls, faults, rows_written, cpu_us, $2 FROM (
             SELECT u.host, u.tenant, u.module, u.day, u.version,
                 u.calls - CAST(coalesce(sum(e.calls), 0) AS BIGINT) AS calls,
                 u.faults - CAST(coalesce(sum(e.faults), 0) AS BIGINT) AS faults,
                 u.rows_written - CAST(coalesce(sum(e.rows_written), 0) AS BIGINT) AS rows_written,
                 u.cpu_us - CAST(coalesce(sum(e.cpu_us), 0) AS BIGINT) AS cpu_us
             FROM (SELECT u.* {NEWER}) u LEFT JOIN usage_event e
                 ON e.host = u.host AND e.tenant = u.tenant AND e.module = u.module AND e.day = u.day
             GROUP BY u.host, u.tenant, u.module, u.day, u.version, u.calls, u.faults, u.rows_written, u.cpu_us) newer
         WHERE calls > 0 OR faults > 0 OR rows_written > 0 OR cpu_us > 0"
    );
    // Made of texts of this file.
    let insert = sqlx::query(sqlx::AssertSqlSafe(insert)).bind(&today).bind(now.0);
    let told = insert.execute(writing.connection()).await?.rows_affected();
    let head = sqlx::query("UPDATE usage_event_head SET reported_us = $1, day = $2").bind(now.0).bind(&today);
    head.execute(writing.connection()).await?;
    let detail = serde_json::json!({"events": told});
    if told > 0 {
        let line = toolcrib_catalog::Line { actor: "billing", act: "usage.tell", subject: "usage", detail };
        writing.commit(line).await?;
    }
    Ok(())
}
