//! The same files as without the layer, whatever is done to them.

use crate::stretch::{STRETCH_BYTES, Stretch};
use proptest::prelude::*;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

fn open(file: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let db = Connection::open_with_flags_and_vfs(file, flags, crate::vfs().unwrap()).unwrap();
    set(&db);
    db
}

fn set(db: &Connection) {
    // Ten pages of cache: transactions reach the log before they are committed.
    db.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=10;
         CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, body BLOB)",
    )
    .unwrap();
}

fn rows(db: &Connection) -> Vec<(i64, Vec<u8>)> {
    let mut all = db.prepare("SELECT id,body FROM t ORDER BY id").unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

/// What a machine finds that stopped here: the files as the system has them, opened without the layer.
fn rows_after_a_crash(file: &Path) -> Vec<(i64, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::copy(file, &copy).unwrap();
    let (log, log_copy) = (format!("{}-wal", file.display()), format!("{}-wal", copy.display()));
    if Path::new(&log).exists() {
        std::fs::copy(log, log_copy).unwrap();
    }
    let db = Connection::open(&copy).unwrap();
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    rows(&db)
}

#[derive(Clone, Debug)]
enum Act {
    Insert(usize),
    Change(usize),
    Delete,
    Savepoint,
    RollBackTo,
    Commit,
    RollBack,
    Checkpoint,
    BeginAnew,
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..40_000_usize).prop_map(Act::Insert),
        3 => (0..40_000_usize).prop_map(Act::Change),
        1 => Just(Act::Delete),
        1 => Just(Act::Savepoint),
        1 => Just(Act::RollBackTo),
        3 => Just(Act::Commit),
        1 => Just(Act::RollBack),
        1 => Just(Act::Checkpoint),
        1 => Just(Act::BeginAnew),
        1 => Just(Act::Reopen),
    ]
}

/// Errors, such as a savepoint that is not there, must be the same too.
fn run(db: &Connection, act: &Act, nth: usize) -> bool {
    let body = |size: usize| vec![nth as u8; size];
    let result = match act {
        Act::Insert(size) => db.execute("INSERT INTO t(body) VALUES(?1)", [body(*size)]).map(drop),
        Act::Change(size) => {
            let sql = "UPDATE t SET body=?1 WHERE id%3=(SELECT count(*)%3 FROM t)";
            db.execute(sql, [body(*size)]).map(drop)
        }
        Act::Delete => db.execute("DELETE FROM t WHERE id%5=(SELECT count(*)%5 FROM t)", []).map(drop),
        Act::Savepoint => db.execute_batch("SAVEPOINT s"),
        Act::RollBackTo => db.execute_batch("ROLLBACK TO s"),
        Act::Commit => db.execute_batch("COMMIT; BEGIN IMMEDIATE"),
        Act::RollBack => db.execute_batch("ROLLBACK; BEGIN IMMEDIATE"),
        Act::Checkpoint => db.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE); BEGIN IMMEDIATE"),
        Act::BeginAnew => db.execute_batch("COMMIT; PRAGMA wal_checkpoint(PASSIVE); BEGIN IMMEDIATE"),
        Act::Reopen => Ok(()),
    };
    result.is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn files_are_the_same_as_without_the_layer(acts in prop::collection::vec(act(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours.db"), folder.path().join("plain.db"));
        let open_plain = || { let db = Connection::open(&plain).unwrap(); set(&db); db };
        let (mut a, mut b) = (open(&ours), open_plain());
        let mut committed = Vec::new();
        for db in [&a, &b] { db.execute_batch("BEGIN IMMEDIATE").unwrap(); }
        for (nth, act) in acts.iter().enumerate() {
            prop_assert_eq!(run(&a, act, nth), run(&b, act, nth));
            if matches!(act, Act::Commit | Act::Checkpoint | Act::BeginAnew) {
                committed = rows(&a);
                // Another connection, without the layer, sees what was committed as soon as it was.
                prop_assert_eq!(&rows(&Connection::open(&ours).unwrap()), &committed);
            }
            if matches!(act, Act::Reopen) {
                drop((a, b));
                (a, b) = (open(&ours), open_plain());
                for db in [&a, &b] { db.execute_batch("BEGIN IMMEDIATE").unwrap(); }
                prop_assert_eq!(&rows(&a), &committed);
            }
            prop_assert_eq!(rows(&a), rows(&b));
            prop_assert_eq!(&rows_after_a_crash(&ours), &committed);
        }
    }
}

#[test]
fn a_commit_larger_than_what_is_gathered_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.db");
    let db = open(&file);
    db.execute("INSERT INTO t(body) VALUES(?1)", [vec![7_u8; 3 * STRETCH_BYTES]]).unwrap();
    assert_eq!(rows_after_a_crash(&file), rows(&db));
    assert_eq!(rows(&db)[0].1.len(), 3 * STRETCH_BYTES);
}

#[test]
fn a_log_that_grows_has_room_for_the_commits_to_come() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grows.db");
    let db = open(&file);
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let length = || std::fs::metadata(folder.path().join("grows.db-wal")).unwrap().len();
    let mut grew = Vec::new();
    for nth in 0..40 {
        let before = length();
        db.execute("INSERT INTO t(body) VALUES(?1)", [vec![nth; 3_000]]).unwrap();
        if length() > before {
            grew.push(length() - before);
        }
        assert_eq!(rows_after_a_crash(&file), rows(&db));
    }
    assert!(grew[0] < 16 << 10, "the first one makes no room: {grew:?}");
    assert!(grew[1..].iter().all(|bytes| (32 << 10..160 << 10).contains(bytes)) && grew.len() < 9, "{grew:?}");
    // The log begins anew, within what it has.
    db.execute_batch("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
    let before = length();
    db.execute("INSERT INTO t(body) VALUES(x'01')", []).unwrap();
    assert_eq!((length(), rows_after_a_crash(&file)), (before, rows(&db)));
}

#[test]
fn only_adjoining_writes_are_gathered_and_no_more_than_the_limit() {
    let mut stretch = Stretch::default();
    assert!(stretch.take(32, &[1; 24]) && stretch.take(56, &[2; 4096]));
    assert!(!stretch.take(32, &[3; 24]), "written before what is here");
    assert!(!stretch.take(5000, &[3; 24]), "a hole");
    assert_eq!(stretch.get().unwrap().0, 32);
    assert_eq!(stretch.get().unwrap().1.len(), 24 + 4096);
    assert!(stretch.take(32 + 24 + 4096, &vec![4; STRETCH_BYTES - 24 - 4096]), "to the limit");
    assert!(!stretch.take(32 + STRETCH_BYTES as u64, &[5]), "and not beyond");
    stretch.clear();
    assert!(stretch.get().is_none());
    assert!(!stretch.take(0, &vec![0; STRETCH_BYTES + 1]));
}

#[test]
fn a_full_disk_is_told_and_leaves_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("full.db");
    let db = open(&file);
    db.execute("INSERT INTO t(body) VALUES(x'01')", []).unwrap();
    db.execute_batch("PRAGMA max_page_count=8").unwrap();
    assert!(db.execute("INSERT INTO t(body) VALUES(?1)", [vec![7_u8; 100_000]]).is_err());
    assert_eq!(rows_after_a_crash(&file), [(1, vec![1])]);
    db.execute_batch("PRAGMA max_page_count=1000").unwrap();
    db.execute("INSERT INTO t(body) VALUES(x'02')", []).unwrap();
    assert_eq!(rows_after_a_crash(&file), [(1, vec![1]), (2, vec![2])]);
}
