//! What hosts report of the use of modules: totals of whole days, said again as often as the host likes.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::TenantId;
use serde_json::json;
use sqlx::AnyConnection;
use std::collections::BTreeSet;
use toolcrib_contract::types::{Date, Instant};

/// Lines of one report.
pub const USAGE_LINES: usize = 250;
/// How far back a day may lie.
pub const USAGE_DAYS: i64 = 31;
/// Days of one answer to a provider.
pub const USAGE_PERIOD_DAYS: i64 = 366;
/// The largest figure of a line: more than a host can do in a day.
pub const USAGE_MAX: u64 = 1_000_000_000_000_000;

const DAY_US: i64 = 86_400_000_000;

/// One module of one tenant on one day (UTC): everything since that day began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageLine {
    /// Id.
    pub tenant: String,
    pub module: String,
    /// `YYYY-MM-DD`
    pub day: String,
    pub calls: u64,
    pub faults: u64,
    pub rows_written: u64,
    pub cpu_us: u64,
}

/// One version of a module on one day, over all tenants and hosts.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ModuleUsage {
    pub day: String,
    pub version: String,
    pub calls: i64,
    pub faults: i64,
    pub rows_written: i64,
    pub cpu_us: i64,
    /// Not to be told exactly: a provider need not know who works how much.
    pub tenants: i64,
}

impl Catalog {
    /// Takes a host's report. A line about the same host, tenant, module and day is the same line: figures only rise.
    /// Returns the places of lines that were not taken, with why.
    ///
    /// # Errors
    /// More than [`USAGE_LINES`].
    pub async fn report_usage(
        &self,
        host: &str,
        lines: &[UsageLine],
        now: Instant,
    ) -> Result<Vec<(usize, String)>, CatalogError> {
        if lines.len() > USAGE_LINES {
            return Err(CatalogError::input("/lines", format!("at most {USAGE_LINES} lines; send more reports")));
        }
        let mut change = self.change(now).await?;
        let (mut refused, mut told) = (Vec::new(), BTreeSet::new());
        for (at, line) in lines.iter().enumerate() {
            match admit(change.connection(), line, now).await? {
                Ok(version) => {
                    keep(change.connection(), host, line, &version, now).await?;
                    told.insert((line.tenant.as_str(), line.module.as_str()));
                }
                Err(why) => refused.push((at, why)),
            }
        }
        let mut over = Vec::new();
        for (tenant, module) in told {
            let Some(id) = TenantId::parse(tenant) else { continue };
            if change.watch_cap(&id, module).await? {
                over.push(json!({"tenant": tenant, "module": module}));
            }
        }
        if over.is_empty() {
            change.commit_quietly().await?;
        } else {
            let detail = json!({"over": over});
            change.commit(Line { actor: host, act: "plan.over_cap", subject: host, detail }).await?;
        }
        Ok(refused)
    }

    /// How a module was used, by day and version, newest day first.
    ///
    /// # Errors
    /// A period that is none, or longer than [`USAGE_PERIOD_DAYS`].
    pub async fn module_usage(&self, module: &str, from: &str, until: &str) -> Result<Vec<ModuleUsage>, CatalogError> {
        let days = |field: &str, text: &str| {
            text.parse::<Date>().map_err(|_| CatalogError::input(field, "a day looks like 2026-11-25"))
        };
        let (first, last) = (days("/from", from)?, days("/until", until)?);
        if first > last || last.0 - first.0 >= USAGE_PERIOD_DAYS {
            return Err(CatalogError::input("/until", format!("at most {USAGE_PERIOD_DAYS} days from `from` on")));
        }
        let query = sqlx::query_as(
            "SELECT day, version, CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(faults) AS BIGINT) AS faults,
                 CAST(sum(rows_written) AS BIGINT) AS rows_written,
                 CAST(sum(cpu_us) AS BIGINT) AS cpu_us, count(DISTINCT tenant) AS tenants
             FROM usage_day WHERE module = $1 AND day BETWEEN $2 AND $3 GROUP BY day, version
                 ORDER BY day DESC, version",
        );
        Ok(query.bind(module).bind(from).bind(until).fetch_all(&self.readers).await?)
    }

    /// Invocations and days on which there was one, of a tenant and a module, ever.
    ///
    /// # Errors
    /// The database.
    pub async fn real_use(&self, tenant: &TenantId, module: &str) -> Result<(u64, u64), CatalogError> {
        let query = sqlx::query_as(
            "SELECT CAST(coalesce(sum(calls), 0) AS BIGINT), count(DISTINCT day) FROM usage_day
             WHERE tenant = $1 AND module = $2 AND calls > 0",
        );
        let (calls, days): (i64, i64) = query.bind(tenant).bind(module).fetch_one(&self.readers).await?;
        Ok((calls.cast_unsigned(), days.cast_unsigned()))
    }
}

/// The version that the tenant was entitled to at the end of that day, or why the line is not taken.
async fn admit(db: &mut AnyConnection, line: &UsageLine, now: Instant) -> Result<Result<String, String>, CatalogError> {
    let figures = [line.calls, line.faults, line.rows_written, line.cpu_us];
    if figures.iter().any(|figure| *figure > USAGE_MAX) || line.faults > line.calls {
        return Ok(Err("the figures cannot be".to_owned()));
    }
    let today = now.0.div_euclid(DAY_US);
    // The form that sorts: a day has one text only.
    let day = line.day.parse::<Date>().ok().filter(|day| day.to_string() == line.day);
    let Some(day) = day.filter(|day| (today - USAGE_DAYS..=today + 1).contains(&day.0)) else {
        return Ok(Err(format!("the day is none of the last {USAGE_DAYS}")));
    };
    let (start, end) = (day.0 * DAY_US, (day.0 + 1) * DAY_US);
    let version: Option<(String,)> = sqlx::query_as(
        "SELECT s.version FROM subscription c JOIN submission s ON s.id = c.submission
         WHERE c.tenant = $1 AND c.module = $2 AND c.agreed_us < $3 AND (c.ended_us IS NULL OR c.ended_us >= $4)
         ORDER BY c.agreed_us DESC, c.id DESC LIMIT 1",
    )
    .bind(&line.tenant)
    .bind(&line.module)
    .bind(end)
    .bind(start)
    .fetch_optional(db)
    .await?;
    Ok(version.map(|(version,)| version).ok_or_else(|| "the tenant had no such module on that day".to_owned()))
}

async fn keep(
    db: &mut AnyConnection,
    host: &str,
    line: &UsageLine,
    version: &str,
    now: Instant,
) -> Result<(), CatalogError> {
    sqlx::query(
        "INSERT INTO usage_day (host, tenant, module, day, version, calls, faults, rows_written, cpu_us, reported_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (host, tenant, module, day) DO UPDATE SET
             version = $5,
             calls = CASE WHEN usage_day.calls > $6 THEN usage_day.calls ELSE $6 END,
             faults = CASE WHEN usage_day.faults > $7 THEN usage_day.faults ELSE $7 END,
             rows_written = CASE WHEN usage_day.rows_written > $8 THEN usage_day.rows_written ELSE $8 END,
             cpu_us = CASE WHEN usage_day.cpu_us > $9 THEN usage_day.cpu_us ELSE $9 END, reported_us = $10",
    )
    .bind(host)
    .bind(&line.tenant)
    .bind(&line.module)
    .bind(&line.day)
    .bind(version)
    .bind(line.calls.cast_signed())
    .bind(line.faults.cast_signed())
    .bind(line.rows_written.cast_signed())
    .bind(line.cpu_us.cast_signed())
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}
