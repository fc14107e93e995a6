//! Partitions of readings, one for each month over all tenants: made when somebody needs one, also by several hosts at
//! once. Empty ones stay: whoever drops one has to keep every host from adding to it meanwhile.

use super::postgres::Postgres;
use super::{failure, text};
use crate::error::Result;
use crate::readings::month::Month;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// One partition is made at a time, over all hosts.
const MONTHS: i64 = 0x7463_6d6f_6e74;
/// A change that meets a lock of others for too long is tried so often.
const ATTEMPTS: u32 = 5;

/// Months whose partitions this process has seen.
#[derive(Default)]
pub(super) struct Months(Mutex<HashSet<Month>>);

impl Months {
    fn has(&self, month: Month) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&month)
    }

    fn add(&self, month: Month) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(month);
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

    fn tried<T>(&self, work: impl AsyncFn(&mut PgConnection) -> sqlx::Result<T>) -> Result<T> {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            let done = self.wait(async {
                let mut db = self.owner().acquire().await?;
                work(&mut db).await
            });
            match done {
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
