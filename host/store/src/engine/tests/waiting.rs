//! Rows that wait for the end of a turn: nobody can tell, but by the exchanges that are saved.

use crate::engine::waiting::WAITING;
use crate::fixture::*;
use crate::{AuditLine, NewEvent, Writer};
use toolcrib_contract::types::Instant;

fn event(body: &str) -> NewEvent<'_> {
    NewEvent { module: "demo", name: "said", body_json: body, cause: None, at: NOW }
}

fn line(detail: &str) -> AuditLine<'_> {
    AuditLine { at: NOW, actor: "user:1", action: "say", module: "demo", detail_json: detail }
}

fn bodies(writer: &mut Writer) -> Vec<String> {
    writer.events_after(0, 500).unwrap().into_iter().map(|event| event.body).collect()
}

fn answer(writer: &mut Writer, key: &str) -> Option<Vec<u8>> {
    writer.idempotent("user:1", key).unwrap().map(|known| known.body)
}

#[test]
fn whoever_asks_within_the_turn_finds_what_waits() {
    let Some(server) = postgres() else { return };
    let mut tenant = Engine(Some(server)).tenant();
    let writer = &mut tenant.writer;
    writer.begin().unwrap();
    writer.append(&event("1")).unwrap();
    writer.audit(&line("1")).unwrap();
    writer.remember("user:1", "a", [1; 16], 200, b"first", NOW).unwrap();
    assert_eq!(answer(writer, "a").unwrap(), b"first");
    writer.remember("user:1", "a", [1; 16], 200, b"second", NOW).unwrap();
    assert_eq!(answer(writer, "a").unwrap(), b"second", "the newest under a key counts");
    assert_eq!(bodies(writer), ["1"]);
    writer.remember("user:1", "a", [1; 16], 200, b"third", NOW).unwrap();
    assert_eq!(writer.next_expiry().unwrap(), Some(NOW));
    writer.append(&event("2")).unwrap();
    assert_eq!(writer.verify_audit().unwrap(), 1);
    writer.commit().unwrap();
    assert_eq!((bodies(writer), answer(writer, "a").unwrap()), (vec!["1".into(), "2".into()], b"third".to_vec()));
}

#[test]
fn what_is_undone_takes_along_what_waits_and_nothing_from_before() {
    let Some(server) = postgres() else { return };
    let mut tenant = Engine(Some(server)).tenant();
    let writer = &mut tenant.writer;
    writer.begin().unwrap();
    writer.append(&event("kept")).unwrap();
    writer.savepoint(0).unwrap();
    writer.append(&event("undone")).unwrap();
    writer.remember("user:1", "a", [1; 16], 200, b"undone", NOW).unwrap();
    writer.rollback_to(0).unwrap();
    writer.savepoint(0).unwrap();
    writer.append(&event("kept, too")).unwrap();
    writer.release(0).unwrap();
    writer.commit().unwrap();
    assert_eq!(bodies(writer), ["kept", "kept, too"]);
    assert_eq!(answer(writer, "a"), None);

    writer.begin().unwrap();
    writer.append(&event("begun anew")).unwrap();
    writer.restart().unwrap();
    assert_eq!(writer.append(&event("third")).unwrap(), 3);
    writer.commit().unwrap();
    writer.begin().unwrap();
    writer.append(&event("rolled back")).unwrap();
    writer.rollback().unwrap();
    assert_eq!(bodies(writer), ["kept", "kept, too", "third"]);
}

#[test]
fn more_rows_than_may_wait_are_written_on_the_way() {
    let Some(server) = postgres() else { return };
    let mut tenant = Engine(Some(server)).tenant();
    let all = WAITING as u64 * 2 + 1;
    tenant.group(|writer| {
        for nth in 1..=all {
            assert_eq!(writer.append(&event("{}")).unwrap(), nth);
        }
    });
    assert_eq!(tenant.writer.events_after(all - 1, 10).unwrap().len(), 1);
    assert_eq!(tenant.writer.last_seq().unwrap(), all);
}

#[test]
fn a_character_that_no_text_keeps_is_replaced() {
    let Some(server) = postgres() else { return };
    let mut tenant = Engine(Some(server)).tenant();
    tenant.group(|writer| writer.audit(&line("a\0b")).unwrap());
    assert_eq!(tenant.writer.audit_after(0, 1).unwrap()[0].detail, "a\u{fffd}b");
}

#[test]
fn usage_of_two_turns_is_one_line() {
    let Some(server) = postgres() else { return };
    let mut tenant = Engine(Some(server)).tenant();
    for _ in 0..2 {
        let used = crate::Used { calls: 1, events: 2, ..Default::default() };
        tenant.group(|writer| (0..3).for_each(|_| writer.usage("demo", "say", NOW, used)));
    }
    let lines = tenant.writer.usage_between(Instant(0), Instant(i64::MAX / 2)).unwrap();
    assert_eq!(lines.iter().map(|line| (line.calls, line.events)).collect::<Vec<_>>(), [(6, 12)]);
}
