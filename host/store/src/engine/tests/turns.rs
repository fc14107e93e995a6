//! How a turn begins and ends: in few exchanges, on few connections, and never on what was before it had the lock.

use super::beside;
use crate::fixture::*;
use crate::{AHEAD, AnswerKey, NewEvent, Postgres, Writer};
use sqlx::{Executor, Row};
use toolcrib_contract::types::RawId;

fn event(name: &str) -> NewEvent<'_> {
    NewEvent { module: "demo", name, body_json: "{}", cause: None, at: NOW }
}

/// A database that nobody else is connected to.
fn apart(name: &'static str, sql: &'static str) -> Option<String> {
    beside(async |db| db.execute(sql).await.map(drop))?;
    url_of(name)
}

fn append(writer: &mut Writer, name: &str) -> u64 {
    writer.begin().unwrap();
    let seq = writer.append(&event(name)).unwrap();
    writer.commit().unwrap();
    seq
}

fn keys(from: usize, until: usize) -> Vec<AnswerKey> {
    (from..until).map(|nth| AnswerKey::new("user:1", &format!("{nth}"))).collect()
}

fn answer(writer: &mut Writer, nth: usize) -> Option<Vec<u8>> {
    writer.idempotent("user:1", &format!("{nth}")).unwrap().map(|known| known.body)
}

#[test]
fn turns_that_are_undone_or_refused_leave_their_connection_to_the_next_one() {
    let sql = "CREATE DATABASE undone";
    let Some(url) = apart("undone", sql) else { return };
    let server = Postgres::connect(&url, 2).unwrap();
    let mut writer = writer_of(&server, new_id());
    assert_eq!(append(&mut writer, "first"), 1);
    let backend = |writer: &mut Writer| {
        writer.begin().unwrap();
        let sql = "SELECT CAST(pg_backend_pid() AS bigint) WHERE $1 IS NOT NULL OR true";
        writer.db.one(sql, &[], |row| row.int(0)).unwrap()
    };
    let first = backend(&mut writer);
    for round in 0..50 {
        writer.rollback().unwrap();
        assert_eq!(backend(&mut writer), first, "round {round}");
        if round % 3 == 0 {
            writer.append(&event("undone")).unwrap();
            assert!(writer.db.execute("SELECT 1/(CAST($1 AS text)='')::int", &[]).is_err());
        }
        if round % 3 == 1 {
            // Somebody looks at the first of many rows, and goes.
            let many = "SELECT CAST(n AS bigint) FROM generate_series(1,100000) n WHERE $1 IS NOT NULL OR true";
            writer.db.each(many, &[], |_| Ok(false)).unwrap();
        }
    }
    writer.rollback().unwrap();
    assert_eq!(append(&mut writer, "second"), 2);
}

#[test]
fn a_turn_knows_from_its_beginning_what_is_kept_under_the_keys_that_wait() {
    let Some(server) = postgres() else { return };
    let mut writer = writer_of(&server, new_id());
    // More than are asked for on the way, and a tenant that has no head yet.
    let all = AHEAD + 3;
    writer.begin_for(&keys(0, all)).unwrap();
    for nth in 0..all {
        assert_eq!(answer(&mut writer, nth), None);
        writer.remember("user:1", &format!("{nth}"), [7; 16], 200, &[0, nth as u8, 255], NOW).unwrap();
    }
    writer.commit().unwrap();
    writer.begin_for(&keys(0, all + 1)).unwrap();
    for nth in 0..all {
        assert_eq!(answer(&mut writer, nth), Some(vec![0, nth as u8, 255]));
    }
    assert_eq!(answer(&mut writer, all), None);
    let known = writer.idempotent("user:1", "0").unwrap().unwrap();
    assert_eq!((known.fingerprint, known.status, known.expires), ([7; 16], 200, NOW));
    // What the turn itself answers stands before what it found, until that is undone.
    writer.savepoint(0).unwrap();
    writer.remember("user:1", "0", [7; 16], 200, b"newer", NOW).unwrap();
    assert_eq!(answer(&mut writer, 0).unwrap(), b"newer");
    writer.rollback_to(0).unwrap();
    assert_eq!(answer(&mut writer, 0), Some(vec![0, 0, 255]));
    assert!(writer.forget_expired(NOW, 1_000).unwrap() >= all as u64);
    assert_eq!(answer(&mut writer, 1), None);
    writer.commit().unwrap();
}

#[test]
fn an_answer_that_another_host_gives_while_a_turn_waits_for_the_lock_is_found() {
    let Some(url) = url() else { return };
    let tenant = new_id();
    let [mut one, mut two] = [0; 2].map(|_| writer_of(&Postgres::connect(&url, 4).unwrap(), tenant));
    append(&mut one, "first");
    one.begin().unwrap();
    one.remember("user:1", "0", [7; 16], 200, b"first", NOW).unwrap();
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| {
            two.begin_for(&keys(0, 1)).unwrap();
            let found = answer(&mut two, 0);
            two.rollback().unwrap();
            found
        });
        let sql = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
            WHERE NOT l.granted AND a.query LIKE '%' || $1 || '%'";
        beside(async |db| {
            while sqlx::query(sql).bind(tenant.to_string()).fetch_one(&mut *db).await?.get::<i64, _>(0) == 0 {}
            Ok(())
        });
        one.commit().unwrap();
        assert_eq!(waiting.join().unwrap().as_deref(), Some(&b"first"[..]));
    });
}

#[test]
fn a_turn_that_begins_anew_behind_another_host_hears_so() {
    let sql = "CREATE DATABASE anew";
    let Some(url) = apart("anew", sql) else { return };
    let tenant: RawId = new_id();
    let [mut one, mut two] = [0; 2].map(|_| writer_of(&Postgres::connect(&url, 4).unwrap(), tenant));
    append(&mut one, "first");
    one.begin().unwrap();
    one.append(&event("undone")).unwrap();
    one.restart().unwrap();
    assert_eq!(one.take_behind(), None, "nobody came between");
    one.append(&event("undone")).unwrap();
    // Its connection breaks, and the other host has its turn.
    let sql = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = 'anew' \
        AND state = 'idle in transaction'";
    assert_eq!(beside(async |db| db.execute(sql).await.map(|done| done.rows_affected())), Some(1));
    assert_eq!(append(&mut two, "of the other"), 2);
    one.restart().unwrap();
    assert_eq!(one.take_behind().map(|seen| seen.seq), Some(1));
    assert_eq!(one.append(&event("kept")).unwrap(), 3);
    one.commit().unwrap();
    let log = two.events_after(0, 9).unwrap();
    assert_eq!(log.iter().map(|event| &*event.name).collect::<Vec<_>>(), ["first", "of the other", "kept"]);
}
