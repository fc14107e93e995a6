//! The tables of records, which all tenants share whatever version of a module they run.
//!
//! So a table has the columns of all versions, none of them required: what a version requires and how long a text may be,
//! the host checks before it sends a row. What has to be unique it checks under the tenant's lock, since one version may
//! ask for it and another not. Changes only add, and never inside a tenant's transaction.

use super::postgres::Postgres;
use super::{failure, text};
use crate::column::Column;
use crate::error::Result;
use crate::install::{merge, parse_all, print_all};
use crate::names;
use crate::table::Plan;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// One table changes at a time, over all hosts.
const SHAPING: i64 = 0x7463_7368_6170;
/// A change that meets a lock of others for too long is tried so often.
const ATTEMPTS: u32 = 5;

/// What this process has seen to, by table and what was asked of it.
#[derive(Default)]
pub(crate) struct Shapes(Mutex<HashSet<String>>);

impl Shapes {
    fn has(&self, key: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    fn add(&self, key: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }
}

impl Postgres {
    /// Sees to it that the table of a record has these columns and indexes.
    ///
    /// # Errors
    /// [`crate::StoreError::Incompatible`]: a column of that name has another type. [`crate::StoreError::Unavailable`].
    pub(crate) fn shape(&self, plan: &Plan) -> Result<()> {
        let key = format!("{}\n{}\n{:?}", plan.physical, print_all(&plan.columns), plan.indexes);
        if self.shapes().has(&key) {
            return Ok(());
        }
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            match self.owner().ask(async |db| reshape(db, plan).await) {
                Ok(done) => {
                    done?;
                    self.shapes().add(key);
                    return Ok(());
                }
                Err(sqlx::Error::Database(told)) if left > 0 && told.code().as_deref() == Some("55P03") => {}
                Err(error) => return Err(failure::of(&error)),
            }
        }
    }

    /// The tables of records that there are.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub(crate) fn record_tables(&self) -> Result<Vec<String>> {
        let sql = "SELECT physical FROM shape ORDER BY physical";
        let all = self.owner().ask(async |db| sqlx::query(sql).fetch_all(db).await);
        let all = all.map_err(|error| failure::of(&error))?;
        Ok(all.iter().map(|row| row.get(0)).collect())
    }
}

/// Widens the table of a record, or makes it. A refusal leaves nothing, and no lock.
async fn reshape(db: &mut PgConnection, plan: &Plan) -> sqlx::Result<Result<()>> {
    let mut change = db.begin().await?;
    let is_new = match widen(&mut change, plan).await? {
        Ok(is_new) => is_new,
        Err(error) => {
            change.rollback().await?;
            return Ok(Err(error));
        }
    };
    change.commit().await?;
    if !is_new {
        // Beside the work of all tenants, and so outside any transaction.
        index(db, plan, "CONCURRENTLY").await?;
    }
    Ok(Ok(()))
}

/// Whether the table is new.
async fn widen(change: &mut PgConnection, plan: &Plan) -> sqlx::Result<Result<bool>> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(SHAPING).execute(&mut *change).await?;
    let sql = "SELECT columns FROM shape WHERE physical = $1";
    let known = sqlx::query(sql).bind(&plan.physical).fetch_optional(&mut *change).await?;
    let known = match known.map(|row| parse_all(&row.get::<String, _>(0))).transpose() {
        Ok(known) => known,
        Err(error) => return Ok(Err(error)),
    };
    let (is_new, old) = (known.is_none(), known.unwrap_or_default());
    let columns = match merge(&plan.record, &optional(&plan.columns), &old) {
        Ok(columns) => columns,
        Err(error) => return Ok(Err(error)),
    };
    let physical = &plan.physical;
    if is_new {
        change.execute(text::raw(create(physical))).await?;
    }
    // Behind those that were there; of these none changes, so nobody has to wait for nothing.
    for column in &columns[old.len()..] {
        let sql = format!("ALTER TABLE {physical} ADD COLUMN c_{} {}", column.field, column.postgres());
        change.execute(text::raw(sql)).await?;
    }
    if is_new {
        index(change, plan, "").await?;
    }
    let sql = "INSERT INTO shape VALUES ($1, $2) ON CONFLICT (physical) DO UPDATE SET columns = $2";
    sqlx::query(sql).bind(physical).bind(print_all(&columns)).execute(change).await?;
    Ok(Ok(is_new))
}

fn optional(columns: &[Column]) -> Vec<Column> {
    columns.iter().map(|column| Column { optional: true, ..column.clone() }).collect()
}

fn create(physical: &str) -> String {
    format!(
        "CREATE TABLE {physical}(tenant_id uuid NOT NULL, id uuid NOT NULL, rev bigint NOT NULL, created_us bigint NOT NULL, \
            updated_us bigint NOT NULL, PRIMARY KEY (tenant_id, id)); \
        SELECT guard('{physical}'); \
        GRANT SELECT, INSERT, UPDATE, DELETE ON {physical} TO tc_app"
    )
}

/// Makes the declared indexes, none of them unique: see the top of this file.
async fn index(db: &mut PgConnection, plan: &Plan, how: &str) -> sqlx::Result<()> {
    for index in &plan.indexes {
        let fields = || index.columns.iter().map(|at| plan.columns[*at].field.as_str());
        let name = names::index(&plan.physical, false, fields());
        let sql = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)";
        match sqlx::query(sql).bind(&name).fetch_optional(&mut *db).await?.map(|row| row.get(0)) {
            Some(true) => continue,
            // What broke off in the middle is there and of no use.
            Some(false) => {
                db.execute(text::raw(format!("DROP INDEX {name}"))).await?;
            }
            None => {}
        }
        let columns: String = fields().map(|field| format!("c_{field} NULLS FIRST,")).collect();
        let sql = format!("CREATE INDEX {how} {name} ON {}(tenant_id,{columns}id)", plan.physical);
        db.execute(text::raw(sql)).await?;
    }
    Ok(())
}
