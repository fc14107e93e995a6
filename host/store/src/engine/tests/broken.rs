//! A connection that breaks, wherever it does; a turn that nobody ends; a server that takes too long.

use super::relay::{Break, Relay};
use crate::fixture::*;
use crate::{
    AnswerKey, AuditLine, NewEvent, NewReading, Postgres, RecordTable, StoreError, TenantOptions, Used, Writer,
};
use crate::{Home, engine::Purpose};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use toolcrib_contract::codec::Reader;
use toolcrib_contract::manifest::RecordDef;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::RawId;

/// So many messages a turn sends at most.
const MESSAGES: i64 = 40;

/// A server behind a relay, for one turn at a time.
fn behind_a_relay() -> Option<(Relay, Postgres)> {
    let cluster = cluster::cluster()?;
    let relay = Relay::to(cluster.folder());
    let url = format!("postgres://login@localhost/postgres?host={}", relay.folder().display());
    let server = Postgres::connect(&url, 2).unwrap();
    Some((relay, server))
}

fn event(name: &str) -> NewEvent<'_> {
    NewEvent { module: "demo", name, body_json: "{}", cause: None, at: NOW }
}

/// A command under its key, as a host does it; whether somebody did it before.
fn command(writer: &mut Writer, (def, table): (&RecordDef, &RecordTable), key: &str) -> Result<bool, StoreError> {
    writer.begin_for(&[AnswerKey::new("user:1", key)])?;
    if writer.idempotent("user:1", key)?.is_some() {
        writer.rollback()?;
        return Ok(true);
    }
    writer.savepoint(0)?;
    writer.insert(table, id(1), NOW, &mut Reader::new(&encode(def, &row(key, true))))?;
    writer.append(&event(key))?;
    writer.release(0)?;
    writer.audit(&AuditLine { at: NOW, actor: "user:1", action: "make", module: "demo", detail_json: "{}" })?;
    writer.remember("user:1", key, [7; 16], 200, b"made", NOW)?;
    writer.usage("demo", "make", NOW, Used { calls: 1, ..Used::default() });
    writer.commit()?;
    Ok(false)
}

#[test]
fn a_command_whose_connection_breaks_at_whatever_message_is_done_once_when_it_is_asked_again() {
    let Some((relay, server)) = behind_a_relay() else { return };
    [every_type(), nothing_unique()].iter().for_each(|def| breaks_at_whatever_message(&relay, &server, def));
}

fn breaks_at_whatever_message(relay: &Relay, server: &Postgres, def: &RecordDef) {
    let table = Engine(None).table(def);
    server.prepare(std::slice::from_ref(&table)).unwrap();
    let (mut lost, mut acknowledged, mut ended) = (0, 0, 0);
    for when in (0..MESSAGES).flat_map(|at| [Break::Before(at), Break::Behind(at)]) {
        let tenant = new_id();
        let mut writer = writer_of(server, tenant);
        writer.install(std::slice::from_ref(&table)).unwrap();
        writer.begin().unwrap();
        writer.append(&event("first")).unwrap();
        writer.commit().unwrap();
        relay.break_off(when);
        let done = command(&mut writer, (def, &table), "k");
        ended += i32::from(!relay.has_broken_off());
        match &done {
            Ok(repeated) => assert!(!repeated),
            // Neither that it was done nor that it was not; and no key but this one is safe to ask under.
            Err(StoreError::Unavailable(_)) => writer.rollback().unwrap(),
            Err(error) => panic!("{when:?}: {error:?}"),
        }
        let again = command(&mut writer, (def, &table), "k").unwrap_or_else(|error| panic!("{when:?}: {error}"));
        acknowledged += i32::from(done.is_ok());
        lost += i32::from(done.is_err() && again);
        assert!(again || done.is_err(), "{when:?}: what was acknowledged is there");
        // As anybody else sees it.
        let mut other = writer_of(&postgres().unwrap(), tenant);
        let log = other.events_after(0, 9).unwrap();
        let log: Vec<_> = log.iter().map(|event| (event.seq, &*event.name)).collect();
        assert_eq!(log, [(1, "first"), (2, "k")], "{when:?}");
        assert_eq!(other.verify_audit().unwrap(), 1, "{when:?}");
        assert_eq!(other.idempotent("user:1", "k").unwrap().unwrap().body, b"made");
        assert!(other.get(&table, id(1)).unwrap().is_some(), "{when:?}");
        if ended == 2 {
            break;
        }
    }
    assert_eq!(ended, 2, "a turn has fewer messages");
    assert_eq!(lost, 1, "of the commit alone the answer can be lost");
    assert!(acknowledged >= 4, "a turn that has done nothing yet begins on another connection");
}

#[test]
fn a_turn_that_adds_records_is_three_messages_however_many_it_adds() {
    let Some((relay, server)) = behind_a_relay() else { return };
    let (def, mut next) = (nothing_unique(), 0);
    let table = Engine(None).table(&def);
    let mut writer = writer_of(&server, new_id());
    writer.install(std::slice::from_ref(&table)).unwrap();
    let mut turn = |rows: u8| {
        writer.begin().unwrap();
        for _ in 0..rows {
            next += 1;
            writer.insert(&table, id(next), NOW, &mut Reader::new(&encode(&def, &row("n", true)))).unwrap();
            writer.append(&event("made")).unwrap();
        }
        writer.commit().unwrap();
    };
    for rows in [1, 9] {
        // A statement that is new to its connection takes one more.
        turn(rows);
        assert_eq!(relay.messages(|| turn(rows)), 3, "{rows}");
    }
}

#[test]
fn a_part_of_a_turn_that_is_kept_is_one_message_besides_what_it_does() {
    let Some((relay, server)) = behind_a_relay() else { return };
    let mut writer = writer_of(&server, new_id());
    let mut turn = |parts: i64| {
        writer.begin().unwrap();
        for _ in 0..parts {
            writer.savepoint(0).unwrap();
            writer.savepoint(1).unwrap();
            writer.release(1).unwrap();
            writer.release(0).unwrap();
        }
        writer.append(&event("made")).unwrap();
        writer.commit().unwrap();
    };
    turn(1);
    for parts in [0, 1, 4] {
        assert_eq!(relay.messages(|| turn(parts)), 3 + 2 * parts, "{parts}");
    }
}

#[test]
fn readings_whose_connection_breaks_at_whatever_message_are_kept_once() {
    let Some((relay, server)) = behind_a_relay() else { return };
    let options = TenantOptions { database: Some(server.clone()), ..TenantOptions::default() };
    let (mut ended, value) = (0, Sample::Number { value: 1.5 });
    let new = |at_s: i64| NewReading {
        signal: "a.x",
        at: NOW.plus_us(at_s * 1_000_000),
        value: &value,
        quality: Quality::Good,
    };
    for when in (0..MESSAGES).flat_map(|at| [Break::Before(at), Break::Behind(at)]) {
        let home = Home::new(PathBuf::new(), new_id(), &options);
        let mut readings = home.readings(&options).unwrap();
        readings.append("a", &[new(0)], NOW).unwrap();
        relay.break_off(when);
        let done = readings.append("a", &[new(1), new(2)], NOW);
        ended += i32::from(!relay.has_broken_off());
        if let Err(error) = &done {
            assert!(matches!(error, StoreError::Unavailable(_)), "{when:?}: {error:?}");
            readings.append("a", &[new(1), new(2)], NOW).unwrap_or_else(|error| panic!("{when:?}: {error}"));
        }
        let session = home.session(Purpose::Queries).unwrap();
        let count = session.row("SELECT count(*) FROM reading/*W*/", &[], |row| row.int(0)).unwrap();
        assert_eq!(count, Some(3), "{when:?}");
        if ended == 2 {
            return;
        }
    }
    panic!("a group has fewer messages");
}

/// A server with one connection for commands, and which one that is.
fn alone() -> Option<Postgres> {
    url().map(|url| Postgres::connect(&url, 2).unwrap())
}

fn backend(writer: &Writer) -> i64 {
    let sql = "SELECT CAST(pg_backend_pid() AS bigint) WHERE $1 IS NOT NULL OR true";
    writer.db.one(sql, &[], |row| row.int(0)).unwrap()
}

/// What a turn may end by.
const ENDS: [&str; 6] = ["commit", "rollback", "drop", "refused", "panic", "took too long"];

/// A turn of a tenant that writes something, and how it ends; on which connection.
fn turn_that(ends: &str, server: &Postgres, tenant: RawId) -> i64 {
    let mut writer = writer_of(server, tenant);
    writer.begin().unwrap();
    let backend = backend(&writer);
    writer.append(&event("said")).unwrap();
    writer.meta_put("whose", &tenant.0).unwrap();
    match ends {
        "commit" => writer.commit().unwrap(),
        "rollback" => writer.rollback().unwrap(),
        "refused" => drop(writer.db.execute("DELETE FROM nothing/*W*/", &[]).unwrap_err()),
        "panic" => {
            let many = "SELECT CAST(n AS bigint) FROM generate_series(1,100000) n WHERE $1 IS NOT NULL OR true";
            let ended = catch_unwind(AssertUnwindSafe(|| {
                let writer = writer;
                writer.db.each(many, &[], |row| if row.int(0)? < 5 { Ok(true) } else { panic!("as it happens") })
            }));
            assert!(ended.is_err());
        }
        "took too long" => {
            let long = "SELECT count(*) FROM generate_series(1,1000000000) WHERE $1 IS NOT NULL OR true";
            writer
                .db
                .try_execute("SELECT set_config('statement_timeout','20ms',true) WHERE $1 IS NOT NULL OR true", &[])
                .unwrap();
            let error = writer.db.execute(long, &[]).unwrap_err();
            assert!(matches!(&error, StoreError::Unavailable(why) if why.contains("too long")), "{error:?}");
            assert!(!writer.in_transaction() && writer.append(&event("more")).is_err());
            assert!(matches!(writer.commit(), Err(StoreError::Unavailable(_))));
        }
        _ => drop(writer),
    }
    backend
}

#[test]
fn whoever_has_the_next_turn_on_a_connection_sees_nothing_of_the_tenant_before_and_keeps_nothing_of_his() {
    let Some(server) = alone() else { return };
    // Only row-level security is between them: the host has forgotten its own conditions.
    server.texts().bare.store(true, std::sync::atomic::Ordering::Relaxed);
    for ends in ENDS {
        let (one, two) = (new_id(), new_id());
        let before = turn_that(ends, &server, one);
        // In no turn the connection is nobody's.
        let nobody = server.lines(Purpose::Commands).lend().unwrap().ask(async |db| {
            let sql = "SELECT coalesce(current_setting('tc.tenant',true),''), (SELECT count(*) FROM meta), current_user::text";
            sqlx::query_as::<_, (String, i64, String)>(sql).fetch_one(db).await
        });
        assert_eq!(nobody.unwrap(), (String::new(), 0, "tc_app".to_owned()), "{ends}");
        let mut writer = writer_of(&server, two);
        writer.begin().unwrap();
        assert_eq!(backend(&writer), before, "{ends}: the same connection");
        let sql = "SELECT count(*),(SELECT current_setting('statement_timeout')) FROM meta/*W*/";
        let seen = writer.db.one(sql, &[], |row| Ok((row.int(0)?, row.text(1)?))).unwrap();
        assert_eq!(seen, (0, "35s".to_owned()), "{ends}");
        writer.append(&event("of the next")).unwrap();
        writer.commit().unwrap();
        let kept = |tenant| writer_of(&postgres().unwrap(), tenant).events_after(0, 9).unwrap().len();
        assert_eq!((kept(one), kept(two)), (usize::from(ends == "commit"), 1), "{ends}");
    }
}
