//! Several registries on one database, and what every connection is told.

use super::engines::{self, database};
use super::world::{World, manifest};
use crate::*;
use std::time::Duration;
use toolcrib_contract::types::Instant;

/// As long as a promise about another process may take on a busy machine.
const SOON: Duration = Duration::from_secs(30);

async fn settings(pool: &sqlx::AnyPool, names: &[&str], ask: impl Fn(&str) -> String) -> Vec<String> {
    let mut found = Vec::new();
    for name in names {
        let (value,): (String,) = sqlx::query_as(sqlx::AssertSqlSafe(ask(name))).fetch_one(pool).await.unwrap();
        found.push(value);
    }
    found
}

#[tokio::test]
async fn every_connection_to_the_file_is_as_strict_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = engines::open(folder.path(), None).await;
    let names = ["synchronous", "foreign_keys", "busy_timeout", "trusted_schema", "cell_size_check"];
    let ask = |name: &str| format!("SELECT CAST((SELECT * FROM pragma_{name}) AS TEXT)");
    for pool in [&catalog.writer, &catalog.readers] {
        assert_eq!(settings(pool, &names, ask).await, ["2", "1", "10000", "0", "1"]);
        assert_eq!(settings(pool, &["journal_mode"], ask).await, ["wal"]);
    }
    let write = sqlx::query("UPDATE head SET seq = seq + 1").execute(&catalog.readers).await;
    assert!(write.is_err(), "those that read cannot write");
}

#[tokio::test]
async fn every_connection_to_postgres_is_as_strict_as_it_is_told() {
    if !engines::has_postgres() {
        return;
    }
    let (folder, url) = (tempfile::tempdir().unwrap(), database(Engine::Postgres).await);
    let catalog = engines::open(folder.path(), url.as_deref()).await;
    let ask = |name: &str| format!("SELECT current_setting('{name}')");
    let limits = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
    for pool in [&catalog.writer, &catalog.readers] {
        assert_eq!(settings(pool, &limits, ask).await, ["1min", "10s", "1min"]);
    }
    assert_eq!(settings(&catalog.writer, &["synchronous_commit"], ask).await, ["on"]);
    assert_eq!(settings(&catalog.readers, &["transaction_isolation"], ask).await, ["repeatable read"]);
    let write = sqlx::query("UPDATE head SET seq = seq + 1").execute(&catalog.readers).await;
    assert!(write.is_err(), "those that read cannot write");
}

#[tokio::test]
async fn a_change_at_one_registry_is_heard_at_the_other_and_numbers_have_no_gap() {
    if !engines::has_postgres() {
        return;
    }
    let world = World::new(Engine::Postgres).await;
    let (one, two) = (&world.catalog, world.again().await);
    let tenant = world.tenant("press-shop").await;
    let before = *one.newest().borrow();
    let add = async |catalog: &Catalog| {
        catalog.add_device(&tenant.id, "press", &world.owner, world.now, &world.chance).await.unwrap().2
    };
    let mut numbers = Vec::new();
    for _ in 0..5 {
        let (a, b, c) = tokio::join!(add(one), add(&two), add(&two));
        numbers.extend([a, b, c]);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (before + 1..=before + 15).collect::<Vec<_>>());
    for catalog in [one, &two] {
        let mut newest = catalog.newest();
        let told = newest.wait_for(|newest| *newest >= before + 15);
        tokio::time::timeout(SOON, told).await.expect("it was not told").unwrap();
        assert_eq!(catalog.entitlements(world.now).await.unwrap().seq, before + 15);
    }
    assert!(two.verify_audit().await.unwrap().0 >= 15);
}

#[tokio::test]
async fn one_registry_is_on_duty_and_the_other_takes_over_when_it_ends() {
    if !engines::has_postgres() {
        return;
    }
    let world = World::new(Engine::Postgres).await;
    let (one, two) = (&world.catalog, world.again().await);
    assert!(one.is_on_duty().await.unwrap() && one.is_on_duty().await.unwrap());
    assert!(!two.is_on_duty().await.unwrap());
    let next = manifest("oee", "1.0.0", &[], &[]);
    let handed_in = NewSubmission {
        manifest: next.clone(),
        component: b"next".to_vec(),
        key_id: world.key.key_id(),
        statement: toolcrib_trust::publication::Publication::of(b"next", &next, "test").seal(&world.key),
        by: world.provider.clone(),
    };
    let id = two.submit(handed_in, world.now, &world.chance).await.unwrap();
    tokio::time::timeout(SOON, one.submitted()).await.expect("whoever is on duty hears of it");
    assert_eq!(one.next_to_check(world.now).await.unwrap().unwrap().id, id);
    one.close().await;
    tokio::time::timeout(SOON, two.on_duty()).await.expect("it takes over");
    assert!(two.is_on_duty().await.unwrap());
}

#[tokio::test]
async fn registries_that_start_at_once_make_the_tables_once_and_an_older_one_does_not_start() {
    if !engines::has_postgres() {
        return;
    }
    let (folder, url) = (tempfile::tempdir().unwrap(), database(Engine::Postgres).await.unwrap());
    let open = || Catalog::open_with(folder.path(), None, Some(&url));
    let (one, two, three) = tokio::join!(open(), open(), open());
    let (one, _two, _three) = (one.unwrap(), two.unwrap(), three.unwrap());
    let (made, different): (i64, i64) =
        sqlx::query_as("SELECT count(*), count(DISTINCT version) FROM _sqlx_migrations")
            .fetch_one(&one.readers)
            .await
            .unwrap();
    assert!(made >= 8 && made == different);
    // What a newer one did.
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'newer', true, ''::bytea, 0)";
    sqlx::query(newer).execute(&one.writer).await.unwrap();
    assert!(matches!(open().await, Err(CatalogError::Newer(9999))), "it does not know the tables");
    assert_eq!(one.entitlements(Instant(0)).await.unwrap().seq, 1, "the one that runs goes on");
}
