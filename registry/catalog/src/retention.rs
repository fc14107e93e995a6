//! For how long hosts keep machines' readings for a tenant, because of the plans that it chose.
//!
//! A plan that is left goes on counting for [`READINGS_GRACE_DAYS`]: whoever takes a smaller one by mistake has that long
//! to come back, or to take the readings along, before anything is removed. Nobody has to remember it: the choices of the
//! past say so themselves.

use crate::error::CatalogError;
use crate::ids::TenantId;
use sqlx::AnyConnection;
use toolcrib_contract::types::Instant;

/// The most months that a plan may promise.
pub const READINGS_MONTHS: u32 = 120;
/// Days for which a plan that was left still counts.
pub const READINGS_GRACE_DAYS: i64 = 30;

const DAY_US: i64 = 86_400_000_000;

/// Readings of a tenant are kept for so long, by one plan that it chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingsKept {
    pub module: String,
    /// After the end of the month that a reading belongs to.
    pub months: u32,
    /// When the plan was chosen.
    pub since: Instant,
    /// The end of the grace after it was left, or after its trial. None: it was not left.
    pub until: Option<Instant>,
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant: TenantId,
    module: String,
    #[sqlx(try_from = "crate::Whole")]
    months: u32,
    since_us: i64,
    until_us: Option<i64>,
    ended_us: Option<i64>,
}

impl Row {
    fn read(self) -> (TenantId, ReadingsKept) {
        let end = [self.until_us, self.ended_us].into_iter().flatten().min();
        let until = end.map(|end| Instant(end).plus_us(READINGS_GRACE_DAYS * DAY_US));
        let Self { tenant, module, months, since_us, .. } = self;
        (tenant, ReadingsKept { module, months, since: Instant(since_us), until })
    }
}

/// What counts now for all tenants, the oldest choice first.
pub(crate) async fn all(db: &mut AnyConnection, now: Instant) -> Result<Vec<(TenantId, ReadingsKept)>, CatalogError> {
    // In this order, which SQLite keeps to for `CROSS JOIN`: by the few plans that promise something.
    let rows = sqlx::query_as(
        "SELECT c.tenant, c.module, p.readings_months AS months, c.since_us, c.until_us, c.ended_us
         FROM plan p CROSS JOIN chosen_plan c
         WHERE c.plan = p.id AND p.readings_months IS NOT NULL AND (c.ended_us IS NULL OR c.ended_us > $1)
             ORDER BY c.number",
    );
    let rows: Vec<Row> = rows.bind(now.0 - READINGS_GRACE_DAYS * DAY_US).fetch_all(db).await?;
    let counts = |kept: &ReadingsKept| kept.until.is_none_or(|until| now < until);
    Ok(rows.into_iter().map(Row::read).filter(|(_, kept)| counts(kept)).collect())
}
