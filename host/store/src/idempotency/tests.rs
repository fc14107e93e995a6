//! Kept answers over segments, reopening, what was undone, and files of the version before.

use super::{AnswerKey, SEGMENT};
use crate::fixture::{NOW, Tenant};
use crate::{TenantOptions, Writer, schema};
use rusqlite::Connection;
use toolcrib_contract::types::Instant;

fn key(n: i64) -> String {
    format!("key-{n}")
}

/// Keeps answers whose fingerprint and time of expiry say which they are; in one group.
fn keep(writer: &mut Writer, keys: std::ops::Range<i64>) {
    writer.begin().unwrap();
    for n in keys {
        remember(writer, n);
    }
    writer.commit().unwrap();
}

fn remember(writer: &mut Writer, n: i64) {
    writer.remember("p", &key(n), [n as u8; 16], 200, key(n).as_bytes(), NOW.plus_us(n)).unwrap();
}

fn is_known(writer: &mut Writer, n: i64) -> bool {
    let known = writer.idempotent("p", &key(n)).unwrap();
    assert!(known.as_ref().is_none_or(|known| known.body == key(n).as_bytes() && known.fingerprint == [n as u8; 16]));
    known.is_some()
}

#[test]
fn answers_of_all_segments_are_found_before_and_after_reopening() {
    let mut tenant = Tenant::new();
    let last = 3 * SEGMENT + 7;
    keep(&mut tenant.writer, 0..last);
    for _ in 0..2 {
        let probes = [0, 1, SEGMENT - 1, SEGMENT, 2 * SEGMENT + 5, 3 * SEGMENT - 1, 3 * SEGMENT, last - 1];
        assert!(probes.iter().all(|n| is_known(&mut tenant.writer, *n)));
        assert!((last..last + 500).all(|n| !is_known(&mut tenant.writer, n)));
        tenant.writer = Writer::open(tenant.dir.path(), &TenantOptions::default()).unwrap();
    }
}

#[test]
fn the_newest_answer_under_a_key_is_the_one() {
    let mut writer = Tenant::new().writer;
    keep(&mut writer, 0..SEGMENT + 1);
    writer.remember("p", &key(3), [9; 16], 409, b"later", NOW).unwrap();
    assert_eq!(writer.idempotent("p", &key(3)).unwrap().unwrap().body, b"later");
}

#[test]
fn an_answer_stands_again_when_the_one_after_it_is_undone() {
    let mut writer = Tenant::new().writer;
    keep(&mut writer, 0..5);
    writer.begin().unwrap();
    writer.savepoint(0).unwrap();
    writer.remember("p", &key(3), [9; 16], 409, b"undone", NOW).unwrap();
    writer.rollback_to(0).unwrap();
    assert!(is_known(&mut writer, 3));
    writer.commit().unwrap();
}

#[test]
fn a_segment_that_became_full_in_a_lost_group_is_found_whole_all_the_same() {
    let mut tenant = Tenant::new();
    for part in [false, true] {
        let writer = &mut tenant.writer;
        let start = if part { SEGMENT } else { 0 };
        keep(writer, start..start + SEGMENT - 1);
        writer.begin().unwrap();
        writer.savepoint(0).unwrap();
        remember(writer, -1);
        remember(writer, -2);
        if part {
            writer.rollback_to(0).unwrap();
        } else {
            writer.rollback().unwrap();
            writer.begin().unwrap();
        }
        assert!(!is_known(writer, -1) && !is_known(writer, -2));
        remember(writer, start + SEGMENT - 1);
        writer.commit().unwrap();
        assert!((start..start + SEGMENT).all(|n| is_known(writer, n)));
        tenant.writer = Writer::open(tenant.dir.path(), &TenantOptions::default()).unwrap();
        assert!((start..start + SEGMENT).all(|n| is_known(&mut tenant.writer, n)));
    }
}

#[test]
fn expired_answers_go_with_their_filters_and_new_ones_stay() {
    let mut tenant = Tenant::new();
    let last = 2 * SEGMENT + 10;
    keep(&mut tenant.writer, 0..last);
    let writer = &mut tenant.writer;
    assert_eq!(writer.next_expiry().unwrap(), Some(NOW));
    let now = NOW.plus_us(SEGMENT + 4);
    assert_eq!(writer.forget_expired(now, u32::MAX).unwrap(), SEGMENT as u64 + 5);
    assert_eq!(writer.next_expiry().unwrap(), Some(now.plus_us(1)));
    let filters = |writer: &Writer| -> i64 {
        writer.db.one("SELECT count(*) FROM answer_filter", &[], |row| row.int(0)).unwrap()
    };
    assert_eq!(filters(writer), 1);
    assert!((0..last).all(|n| is_known(writer, n) == (n > SEGMENT + 4)));
    assert_eq!(writer.forget_expired(Instant::MAX, u32::MAX).unwrap(), (SEGMENT + 5) as u64);
    assert_eq!((filters(writer), writer.next_expiry().unwrap()), (0, None));
    keep(writer, 0..2);
    assert!(is_known(writer, 0) && is_known(writer, 1) && !is_known(writer, 2));
}

#[test]
fn answers_of_a_file_sorted_by_key_are_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let count = SEGMENT + 3;
    {
        let mut db = Connection::open(dir.path().join(crate::writer::FILE)).unwrap();
        let before = &schema::MAIN[..1];
        crate::connection::migrate(&mut db, dir.path(), before).unwrap();
        for n in 0..count {
            let mut print = [n as u8; 32];
            print[16..].fill(7);
            let sql = "INSERT INTO idempotency VALUES('p',?1,?2,200,?3,?4)";
            db.execute(sql, rusqlite::params![key(n), print, key(n).as_bytes(), NOW.0 + n]).unwrap();
        }
    }
    let mut writer = Writer::open(dir.path(), &TenantOptions::default()).unwrap();
    assert!((0..count).all(|n| is_known(&mut writer, n)) && !is_known(&mut writer, count));
    assert_eq!(writer.next_expiry().unwrap(), Some(NOW));
}

#[test]
fn a_principal_cannot_reach_into_the_key() {
    assert_ne!(AnswerKey::new("ab", "c").0, AnswerKey::new("a", "bc").0);
    assert_ne!(AnswerKey::new("", "abc").0, AnswerKey::new("abc", "").0);
}
