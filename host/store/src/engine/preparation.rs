//! What a host does to a server before it keeps anything there: what the server promises, roles, schema, tables.
//!
//! Tables are only ever added to, so hosts of the version before go on beside the one that brings the schema further. A
//! host that is older than the schema does not start on it: nobody promised that it knows all that has to be kept true.

use super::{failure, text};
use crate::error::StoreError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor, Row};
use std::time::Duration;

/// The first version that this was tried with.
const VERSION_MIN: i32 = 150_000;
/// Held while roles, schema and tables are brought up to date: one host at a time.
const MIGRATING: i64 = 0x7463_6d69_6772;
/// What becomes of the tables, step by step. A step that was released never changes.
static STEPS: Migrator = sqlx::migrate!("migrations/postgres");
/// Tries at a step that somebody's transaction is in the way of. Each waits two seconds, and lets the others pass then.
const TRIES: u32 = 20;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(500);

/// Why there is nothing to be done with this server, for whoever configured it.
pub(super) fn refused(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Configuration(why) => StoreError::Unavailable(why.to_string()),
        sqlx::Error::Io(error) => StoreError::Unavailable(format!("nobody answers there: {error}")),
        sqlx::Error::Database(told) if told.code().is_some_and(|code| code.starts_with("28")) => {
            StoreError::Unavailable(format!("the login is refused: {}", told.message()))
        }
        sqlx::Error::Database(told) if told.code().is_some_and(|code| code == "42501") => {
            StoreError::Unavailable(format!("{}. {ROLES}", told.message()))
        }
        sqlx::Error::Migrate(error) => {
            StoreError::Unavailable(format!("the schema cannot be brought up to date: {error}"))
        }
        error => failure::of(error),
    }
}

/// What an administrator does where the login may not.
const ROLES: &str = "Let an administrator run once: CREATE ROLE tc_migrate NOLOGIN; CREATE ROLE tc_app NOLOGIN NOBYPASSRLS; \
    GRANT tc_migrate, tc_app TO <login>; CREATE SCHEMA tc AUTHORIZATION tc_migrate; GRANT USAGE ON SCHEMA tc TO tc_app";

fn configuration(why: String) -> sqlx::Error {
    sqlx::Error::Configuration(why.into())
}

/// Checks what the server promises, and brings roles, schema and tables up to date.
pub(super) async fn prepare(options: &PgConnectOptions) -> sqlx::Result<()> {
    let mut db = PgConnection::connect_with(options).await?;
    promises(&mut db).await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(MIGRATING).execute(&mut db).await?;
    let done = async {
        for tries_left in (0..TRIES).rev() {
            match roles(&mut db).await {
                Err(error) if tries_left > 0 && is_anothers_doing(&error) => {}
                done => {
                    done?;
                    break;
                }
            }
        }
        db.execute("SET ROLE tc_migrate; SET search_path = tc").await?;
        migrate(&mut db).await?;
        db.execute("SET ROLE tc_app").await?;
        let sql = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
        let is_blind: bool = sqlx::query(sql).fetch_one(&mut db).await?.get(0);
        if is_blind {
            let why = "the role tc_app passes over row-level security; ALTER ROLE tc_app NOSUPERUSER NOBYPASSRLS";
            return Err(configuration(why.to_owned()));
        }
        sqlx::Result::Ok(())
    };
    let done = done.await;
    // The lock ends with the connection, whatever happened.
    db.close().await?;
    done
}

async fn promises(db: &mut PgConnection) -> sqlx::Result<()> {
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('fsync'), \
        current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('server_encoding'), \
        pg_is_in_recovery()";
    let row = sqlx::query(sql).fetch_one(db).await?;
    let version: i32 = row.get(0);
    if version < VERSION_MIN {
        return Err(configuration(format!("PostgreSQL 15 or later is needed; this is {}", version / 10_000)));
    }
    for (at, setting) in [(1, "fsync"), (2, "full_page_writes"), (3, "synchronous_commit")] {
        if row.get::<String, _>(at) == "off" {
            return Err(configuration(format!(
                "`{setting}` is off: a power failure would lose what was acknowledged; set it to on"
            )));
        }
    }
    if row.get::<String, _>(4) != "UTF8" {
        return Err(configuration(
            "the database has another encoding than UTF8; create one with ENCODING 'UTF8'".to_owned(),
        ));
    }
    if row.get::<bool, _>(5) {
        return Err(configuration("the server is a standby and read-only; name the primary".to_owned()));
    }
    Ok(())
}

async fn roles(db: &mut PgConnection) -> sqlx::Result<()> {
    for (role, sql) in [
        ("tc_migrate", "CREATE ROLE tc_migrate NOLOGIN"),
        ("tc_app", "CREATE ROLE tc_app NOLOGIN NOSUPERUSER NOBYPASSRLS"),
    ] {
        if sqlx::query("SELECT 1 FROM pg_roles WHERE rolname = $1").bind(role).fetch_optional(&mut *db).await?.is_none()
        {
            db.execute(sql).await?;
        }
        let may = sqlx::query("SELECT pg_has_role(current_user, $1, 'member')").bind(role).fetch_one(&mut *db).await?;
        if !may.get::<bool, _>(0) {
            db.execute(text::raw(format!("GRANT {role} TO CURRENT_USER"))).await?;
        }
    }
    if sqlx::query("SELECT 1 FROM pg_namespace WHERE nspname = 'tc'").fetch_optional(&mut *db).await?.is_none() {
        db.execute("CREATE SCHEMA tc AUTHORIZATION tc_migrate; GRANT USAGE ON SCHEMA tc TO tc_app").await?;
    }
    Ok(())
}

/// Whether a host of another database of this server, which has other locks and the same roles, came between.
fn is_anothers_doing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|told| told.code());
    // The role is there; so is its membership; a row of the catalogue was changed meanwhile.
    code.is_some_and(|code| ["42710", "23505", "XX000"].contains(&&*code))
}

/// Brings the tables up to date, without making the hosts that work there wait behind it.
async fn migrate(db: &mut PgConnection) -> sqlx::Result<()> {
    let known = STEPS.iter().map(|step| step.version).max().unwrap_or(0);
    if let Some(found) = newest(db).await?.filter(|found| *found > known) {
        return Err(configuration(format!(
            "its schema is of version {found}, and this host knows versions up to {known} only: a newer toolcrib brought it \
             there; upgrade this host. Hosts that run already are not disturbed"
        )));
    }
    db.execute("SET lock_timeout = '2s'").await?;
    for tries_left in (0..TRIES).rev() {
        match STEPS.run(&mut *db).await {
            Err(error) if tries_left > 0 && is_in_the_way(&error) => tokio::time::sleep(PAUSE).await,
            done => return done.map_err(Into::into),
        }
    }
    Ok(())
}

/// The newest step that some host has taken here; none where there are no tables yet.
async fn newest(db: &mut PgConnection) -> sqlx::Result<Option<i64>> {
    let sql = "SELECT to_regclass('tc._sqlx_migrations') IS NOT NULL";
    if !sqlx::query(sql).fetch_one(&mut *db).await?.get::<bool, _>(0) {
        return Ok(None);
    }
    Ok(sqlx::query("SELECT max(version) FROM tc._sqlx_migrations").fetch_one(db).await?.get(0))
}

/// Whether the step waited in vain for the transactions of others.
fn is_in_the_way(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else { return false };
    error.as_database_error().and_then(|told| told.code()).is_some_and(|code| code == "55P03")
}
