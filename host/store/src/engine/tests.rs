//! What only PostgreSQL has to promise: walls between tenants in shared tables, hosts side by side, a server that goes
//! away. And that both engines end in equal states.

use crate::engine::text::raw;
use crate::engine::{Purpose, READING_TABLES, TABLES};
use crate::fixture::*;
use crate::{NewDead, NewEvent, Postgres, StoreError};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};
use std::collections::BTreeSet;
use toolcrib_contract::manifest::RecordDef;
use toolcrib_contract::schema::Type;
use toolcrib_contract::types::Instant;
use toolcrib_contract::value::Value;

mod broken;
mod erased;
mod hosts;
mod model;
mod plans;
mod relay;
mod reset;
mod turns;
mod waiting;

/// A connection beside the store's own.
fn beside<T>(work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> Option<T> {
    Some(beside_on(&url()?, work))
}

/// The same to another server or database.
pub(crate) fn beside_on<T>(url: &str, work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut db = PgConnection::connect(url).await.unwrap();
        let done = work(&mut db).await.unwrap();
        db.close().await.unwrap();
        done
    })
}

/// Tables of the host and one of a record, by name.
fn tables(record: &str) -> Vec<String> {
    TABLES.into_iter().chain(READING_TABLES).chain([record]).map(str::to_owned).collect()
}

/// A row in somebody's name; a reading in a month that has its partition.
fn planted(table: &str, tenant: &str) -> String {
    match table {
        "reading" => format!("INSERT INTO reading(tenant_id,at_us) VALUES({tenant},{})", NOW.0),
        table => format!("INSERT INTO {table}(tenant_id) VALUES({tenant})"),
    }
}

#[test]
fn row_level_security_alone_keeps_tenants_apart_in_every_table() {
    // A host that forgot its own conditions: only the server's are left.
    let Some(bare) = bare() else { return };
    let engine = Engine(Some(bare));
    let def = every_type();
    let (mut a, table) = engine.with_record(&def);
    let mut b = engine.tenant();
    b.writer.install(std::slice::from_ref(&table)).unwrap();
    for (tenant, name) in [(&mut a, "a"), (&mut b, "b")] {
        fill(&mut tenant.writer);
        fill_readings(&tenant.home, &tenant.options, name);
        tenant.writer.begin().unwrap();
        tenant.insert(&def, &table, 1, &row(name, true)).unwrap();
        tenant.writer.commit().unwrap();
    }
    let is_refused = |done: Result<u64, StoreError>, table: &str| {
        let told = done.map_or_else(|error| error.to_string(), |rows| format!("{rows} rows"));
        assert!(told.contains("42501"), "{table}: {told}");
    };
    for table in tables(table.physical()) {
        let own = |tenant: &Tenant| {
            let sql = format!("SELECT count(*),count(DISTINCT tenant_id) FROM {table}/*W*/");
            tenant.writer.db.one(&sql, &[], |row| Ok((row.int(0)?, row.int(1)?))).unwrap()
        };
        assert_eq!((own(&a), own(&b)), ((1, 1), (1, 1)), "{table}");
        // What somebody else's row is changed to, who it is given to, and a row in somebody else's name.
        a.writer.begin().unwrap();
        let given = format!("UPDATE {table} SET tenant_id='{}'/*W*/", b.id);
        is_refused(a.writer.db.try_execute(&given, &[]), &table);
        let planted = planted(&table, &format!("'{}'", b.id));
        is_refused(a.writer.db.try_execute(&planted, &[]), &table);
        assert_eq!(a.writer.db.execute(&format!("DELETE FROM {table}/*W*/"), &[]).unwrap(), 1, "{table}");
        a.writer.rollback().unwrap();
    }
}

#[test]
fn whoever_names_no_tenant_sees_nothing_and_writes_nothing() {
    let Some(server) = postgres() else { return };
    let (mut tenant, table) = Engine(Some(server)).with_record(&every_type());
    fill(&mut tenant.writer);
    fill_readings(&tenant.home, &tenant.options, "m");
    tenant.group(|writer| writer.db.execute("INSERT INTO erased(/*c*/at_us) VALUES(/*v*/1)", &[]).unwrap());
    beside(async |db| {
        db.execute("SET ROLE tc_app; SET search_path = tc").await?;
        // A transaction that ended leaves an empty setting behind, which is nobody.
        db.execute("BEGIN; SELECT set_config('tc.tenant', gen_random_uuid()::text, true); COMMIT").await?;
        for table in tables(table.physical()).into_iter().chain(["erased".to_owned()]) {
            let seen = sqlx::query(raw(format!("SELECT count(*) FROM {table}"))).fetch_one(&mut *db).await?;
            assert_eq!(seen.get::<i64, _>(0), 0, "{table}");
            for sql in [format!("UPDATE {table} SET tenant_id=tenant_id"), format!("DELETE FROM {table}")] {
                match db.execute(raw(sql)).await {
                    Ok(done) => assert_eq!(done.rows_affected(), 0, "{table}"),
                    // Of what stays of the erased nobody changes anything.
                    Err(error) => assert!(table == "erased" && error.to_string().contains("permission"), "{error}"),
                }
            }
            let planted = db.execute(raw(planted(&table, "gen_random_uuid()"))).await.unwrap_err().to_string();
            assert!(planted.contains("row-level security"), "{table}: {planted}");
        }
        Ok(())
    });
}

#[test]
fn no_table_and_no_partition_is_without_its_wall() {
    let Some(url) = url() else { return };
    let server = Postgres::connect(&url, 2).unwrap();
    server.prepare(&[Engine(None).table(&every_type())]).unwrap();
    let (open, readable) = beside(async |db| {
        let sql = "SELECT relname FROM pg_class WHERE relnamespace = 'tc'::regnamespace AND relkind IN ('r','p') \
            AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1";
        let open: Vec<String> = sqlx::query(sql).fetch_all(&mut *db).await?.iter().map(|row| row.get(0)).collect();
        // Partitions are reached through their parents alone.
        let sql = "SELECT relname FROM pg_class WHERE relnamespace = 'tc'::regnamespace \
            AND (relispartition OR relname IN ('shape','_sqlx_migrations')) AND has_table_privilege('tc_app', oid, 'SELECT')";
        let readable: Vec<String> = sqlx::query(sql).fetch_all(&mut *db).await?.iter().map(|row| row.get(0)).collect();
        Ok((open, readable))
    })
    .unwrap();
    // What all hosts share is of no tenant: who hears of it does not know yet whose it is.
    let shared =
        ["artifact", "busy", "component", "entitlements", "heard", "pairing_code", "pairing_wrong", "screen_code"];
    let own = ["_sqlx_migrations", "shape"];
    let expected: BTreeSet<_> = shared.into_iter().chain(own).map(str::to_owned).collect();
    assert_eq!(open.into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(readable, Vec::<String>::new());
}

#[test]
fn nobody_waits_for_ever_for_a_server_and_nobody_gives_up_before_it_does() {
    let Some(server) = postgres() else { return };
    let purposes = [Purpose::Commands, Purpose::Readings, Purpose::Queries, Purpose::Archives, Purpose::Claims];
    let lines = purposes.map(|purpose| server.lines(purpose));
    for (nth, lines) in lines.into_iter().chain([server.for_all(), server.owner()]).enumerate() {
        let sql = "SELECT CAST(extract(epoch FROM CAST(current_setting('statement_timeout') AS interval)) AS bigint)";
        let (limit,): (i64,) = lines.ask(async |db| sqlx::query_as(sql).fetch_one(db).await).unwrap();
        let (limit, patience) = (limit.cast_unsigned(), lines.patience().as_secs());
        assert!(0 < limit && limit < patience && patience <= limit + 60, "{nth}: {limit} s, {patience} s");
    }
}

#[test]
fn whoever_changes_tables_finds_another_connection_after_the_server_was_restarted() {
    let Some(cluster) = cluster::Cluster::start() else { return };
    let server = Postgres::connect(&cluster.url("postgres"), 2).unwrap();
    let def = every_type();
    server.prepare(&[Engine(None).table(&def)]).unwrap();
    cluster.kill_and_start();
    let other = RecordDef { name: "other".to_owned(), ..def };
    server.prepare(&[Engine(None).table(&other)]).unwrap();
    assert_eq!(server.record_tables().unwrap().len(), 2);
}

#[test]
fn rows_that_one_tenant_has_are_no_obstacle_and_no_hint_to_another() {
    let Some(server) = postgres() else { return };
    let engine = Engine(Some(server));
    let def = every_type();
    let (mut a, table) = engine.with_record(&def);
    let mut b = engine.tenant();
    b.writer.install(std::slice::from_ref(&table)).unwrap();
    for tenant in [&mut a, &mut b] {
        tenant.writer.begin().unwrap();
        tenant.insert(&def, &table, 1, &row("same", true)).unwrap();
        tenant.writer.put_operator(&operator("W1", 1)).unwrap();
        tenant.writer.commit().unwrap();
    }
    assert_eq!(a.get(&def, &table, 1).unwrap().1, b.get(&def, &table, 1).unwrap().1);
}

#[test]
fn a_refused_statement_that_nobody_undid_is_never_called_committed() {
    let Some(server) = postgres() else { return };
    let mut tenant = Engine(Some(server)).tenant();
    let event = NewEvent { module: "demo", name: "e", body_json: "{}", cause: None, at: NOW };
    tenant.writer.begin().unwrap();
    tenant.writer.append(&event).unwrap();
    let refused = tenant.writer.db.execute("DELETE FROM nothing/*W*/", &[]).unwrap_err();
    assert!(matches!(refused, StoreError::Internal(_)), "{refused}");
    assert!(!tenant.writer.in_transaction());
    assert!(matches!(tenant.writer.commit(), Err(StoreError::Unavailable(_))));
    tenant.writer.rollback().unwrap();
    assert_eq!(tenant.writer.last_seq().unwrap(), 0);
    // What is undone to a savepoint goes on.
    tenant.writer.begin().unwrap();
    tenant.writer.savepoint(0).unwrap();
    tenant.writer.db.execute("DELETE FROM nothing/*W*/", &[]).unwrap_err();
    tenant.writer.rollback_to(0).unwrap();
    assert_eq!(tenant.writer.append(&event).unwrap(), 1);
    tenant.writer.commit().unwrap();
}

#[test]
fn a_full_tenant_refuses_new_rows_until_some_are_gone() {
    let Some(server) = postgres() else { return };
    let options = crate::TenantOptions { quota_bytes: 1 << 19, ..crate::TenantOptions::default() };
    let mut tenant = Engine(Some(server)).tenant_with(&options);
    let big = "x".repeat(10_000);
    let event = NewEvent { module: "demo", name: "e", body_json: &big, cause: None, at: NOW };
    let mut kept = 0;
    let error = loop {
        tenant.writer.begin().unwrap();
        match tenant.writer.append(&event) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        tenant.writer.commit().unwrap();
    };
    assert!(matches!(error, StoreError::Full) && kept > 10, "{error} after {kept}");
    // The group goes on: the host's own rows and deletions still work.
    tenant.writer.advance("c", 1).unwrap();
    tenant.writer.db.execute("DELETE FROM event WHERE /*w*/seq<20", &[]).unwrap();
    tenant.writer.commit().unwrap();
    tenant.reopen();
    tenant.group(|writer| writer.append(&event).unwrap());
    assert!(tenant.home.bytes().unwrap() > 0);
}

#[test]
fn a_server_that_promises_no_durability_or_is_none_is_refused_with_what_to_do() {
    for (url, why) in [("nonsense", "of the form"), ("postgres://login@127.0.0.1:1/x", "answers")] {
        let error = Postgres::connect(url, 2).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let Some(url) = url() else { return };
    let lax = format!("{url}&options=-c%20synchronous_commit%3Doff");
    let error = Postgres::connect(&lax, 2).unwrap_err().to_string();
    assert!(error.contains("synchronous_commit") && error.contains("set it to on"), "{error}");
}

#[test]
fn a_text_too_long_for_an_index_is_refused_before_it_reaches_the_server() {
    let Some(server) = postgres() else { return };
    let def = record(
        vec![field("code", Type::Text { max: 3_000 }), field("note", Type::Text { max: 3_000 })],
        &[(&[0], false)],
    );
    let (mut tenant, table) = Engine(Some(server)).with_record(&def);
    tenant.writer.begin().unwrap();
    // Three bytes each, and nothing that shrinks when it is packed.
    let long: String = (0..830u32).filter_map(|n| char::from_u32(0x4e00 + n * 17)).collect();
    let row = |code: &str| [Value::Text(code.into()), Value::Text(long.repeat(3))];
    tenant.insert(&def, &table, 1, &row(&long)).unwrap();
    let refused = tenant.insert(&def, &table, 2, &row(&format!("{long}机机机机机"))).unwrap_err();
    assert!(matches!(&refused, StoreError::Malformed(why) if why.contains("`thing.code` has an index")), "{refused}");
    // The group goes on.
    tenant.insert(&def, &table, 2, &row("short")).unwrap();
    tenant.writer.commit().unwrap();
}

#[test]
fn a_nul_in_a_text_that_only_one_engine_can_keep_loses_nothing_else() {
    let Some(server) = postgres() else { return };
    let mut tenant = Engine(Some(server)).tenant();
    let dead = NewDead { consumer: "c", seq: 1, why: "a\0b", body: b"\0", at: Instant(1) };
    tenant.group(|writer| writer.bury(&dead).unwrap());
    let kept = tenant.writer.dead(0, 9).unwrap();
    assert_eq!((kept[0].why.as_str(), kept[0].body.as_slice()), ("a\u{fffd}b", &b"\0"[..]));
}
