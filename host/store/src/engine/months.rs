//! Partitions of readings, one for each month over all tenants: made when somebody needs one, also by several hosts at
//! once; dropped long after the month, when nobody has anything in them.
//!
//! Whoever drops one has to keep every host from adding to it meanwhile, so he locks the parent, and with it whoever keeps
//! or asks for readings: for [`GOING`] at most, otherwise on another day. Detaching it concurrently would lock nobody out, but
//! takes two transactions, of which a crash leaves one, and a table that is neither a part nor gone.

use super::postgres::Postgres;
use super::{failure, text};
use crate::error::Result;
use crate::readings::month::Month;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;

/// One partition is made at a time, over all hosts.
const MONTHS: i64 = 0x7463_6d6f_6e74;
/// A change that meets a lock of others for too long is tried so often.
const ATTEMPTS: u32 = 5;

/// How long a drop waits for a lock, and others behind it.
const GOING: &str = "SET LOCAL lock_timeout = '100ms'";
/// Days after a month for which its partition stays, empty or not: no machine's reading is of so long ago.
const STAYS_DAYS: i64 = 2 * limits::READING_HISTORY_DAYS;
/// Partitions that one look drops.
const GO: usize = 12;
const DAY_US: i64 = 86_400_000_000;

/// Months whose partitions this process has seen, and the day on which it last looked for empty ones.
#[derive(Default)]
pub(super) struct Months {
    seen: Mutex<HashSet<Month>>,
    looked_day: AtomicI64,
}

impl Months {
    fn has(&self, month: Month) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(&month)
    }

    fn add(&self, month: Month) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(month);
    }

    fn forget(&self, month: Month) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&month);
    }
}

impl Postgres {
    /// Sees to it that readings of a month, and of the next one, find their partition.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub(crate) fn see_to_month(&self, month: Month) -> Result<()> {
        if self.months().has(month) {
            return Ok(());
        }
        // Ahead: at the turn of a month nobody waits.
        for month in std::iter::once(month).chain(Month::of(month.until).ok()) {
            self.tried(async |db| make(db, month).await)?;
        }
        self.months().add(month);
        Ok(())
    }

    /// The same of a month that may be of long ago, for a transaction that holds a lock on `reading`: its partition does not
    /// go before that ends, whatever this process remembers.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub(crate) fn see_to_old_month(&self, month: Month) -> Result<()> {
        self.months().forget(month);
        self.see_to_month(month)
    }

    /// Drops partitions of readings of long ago that nobody has anything in; how many. Looks once a day, and leaves for
    /// another day what somebody is just using. Blocking.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub fn drop_empty_months(&self, now: Instant) -> Result<u32> {
        let day = now.0.div_euclid(DAY_US);
        if self.months().looked_day.swap(day, Ordering::Relaxed) == day {
            return Ok(0);
        }
        let empty = self.owner().ask(async |db| empty(db).await);
        let empty = empty.map_err(|error| failure::of(&error))?;
        let before = now.plus_us(-STAYS_DAYS * DAY_US);
        let mut dropped = 0;
        for month in empty.into_iter().filter(|month| month.until <= before).take(GO) {
            self.months().forget(month);
            match self.owner().ask(async |db| drop_if_empty(db, month).await) {
                Ok(gone) => dropped += u32::from(gone),
                Err(sqlx::Error::Database(told)) if told.code().as_deref() == Some("55P03") => break,
                Err(error) => return Err(failure::of(&error)),
            }
        }
        Ok(dropped)
    }

    fn tried<T>(&self, work: impl AsyncFn(&mut PgConnection) -> sqlx::Result<T>) -> Result<T> {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            match self.owner().ask(&work) {
                Err(sqlx::Error::Database(told)) if left > 0 && told.code().as_deref() == Some("55P03") => {}
                done => return done.map_err(|error| failure::of(&error)),
            }
        }
    }
}

/// Its name, without anything that has to be quoted.
fn partition(month: Month) -> String {
    format!("reading_{}", month.name().replace('-', "_"))
}

/// Attached after it was made, and not made as a part: so whoever writes to other months meanwhile goes on.
async fn make(db: &mut PgConnection, month: Month) -> sqlx::Result<()> {
    let (name, from, until) = (partition(month), month.from.0, month.until.0);
    let sql = "SELECT 1 FROM pg_inherits WHERE inhparent = 'reading'::regclass AND inhrelid = to_regclass($1)";
    let mut change = db.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MONTHS).execute(&mut *change).await?;
    if sqlx::query(sql).bind(&name).fetch_optional(&mut *change).await?.is_none() {
        let sql = format!(
            "CREATE TABLE {name} (LIKE reading INCLUDING DEFAULTS INCLUDING CONSTRAINTS); SELECT guard('{name}'); \
             ALTER TABLE reading ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({until})"
        );
        change.execute(text::raw(sql)).await?;
    }
    change.commit().await
}

/// Months whose partitions have no page. Rows would not tell: their owner, too, sees none of any tenant's. A page goes when the
/// server's own vacuum comes by.
async fn empty(db: &mut PgConnection) -> sqlx::Result<Vec<Month>> {
    let sql = "SELECT CAST(relname AS text) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
        WHERE inhparent = 'reading'::regclass AND pg_relation_size(c.oid) = 0 ORDER BY relname";
    let names: Vec<(String,)> = sqlx::query_as(sql).fetch_all(db).await?;
    let month = |name: &str| Month::named(&name.strip_prefix("reading_")?.replace('_', "-"));
    Ok(names.iter().filter_map(|(name,)| month(name)).collect())
}

async fn drop_if_empty(db: &mut PgConnection, month: Month) -> sqlx::Result<bool> {
    let name = partition(month);
    let mut change = db.begin().await?;
    change.execute(GOING).await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MONTHS).execute(&mut *change).await?;
    // Whoever added something has ended, and whoever wants to waits.
    change.execute("LOCK TABLE ONLY reading IN ACCESS EXCLUSIVE MODE").await?;
    let sql = "SELECT 1 FROM pg_class WHERE oid = to_regclass($1) AND pg_relation_size(oid) = 0";
    let is_empty = sqlx::query(sql).bind(&name).fetch_optional(&mut *change).await?.is_some();
    if is_empty {
        change.execute(text::raw(format!("DROP TABLE {name}"))).await?;
    }
    change.commit().await?;
    Ok(is_empty)
}
