//! Rows that wait for the end of a turn: nobody can tell, but by the exchanges that are saved.

use crate::engine::waiting::{WAITING, WAITING_TABLES};
use crate::fixture::*;
use crate::{AuditLine, NewEvent, RecordTable, Writer};
use toolcrib_contract::codec::Reader;
use toolcrib_contract::manifest::RecordDef;
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

/// Rows of a record without a unique index: one with everything, the others without what may be absent.
fn add(tenant: &mut Tenant, (def, table): (&RecordDef, &RecordTable), rows: std::ops::RangeInclusive<u8>) {
    for n in rows {
        tenant.insert(def, table, n, &row("n", n == 1)).unwrap();
    }
}

#[test]
fn whoever_asks_within_the_turn_finds_new_records_that_wait() {
    let Some(server) = postgres() else { return };
    let def = nothing_unique();
    let (mut tenant, table) = Engine(Some(server)).with_record(&def);
    let of = (&def, &table);
    for rows in [1..=1, 1..=3] {
        tenant.writer.begin().unwrap();
        add(&mut tenant, of, rows.clone());
        for n in rows.clone() {
            let (head, values) = tenant.get(&def, &table, n).unwrap();
            assert_eq!((head.rev, head.created, head.updated, values), (1, NOW, NOW, row("n", n == 1)), "{n}");
        }
        tenant.writer.rollback().unwrap();
        tenant.writer.begin().unwrap();
        add(&mut tenant, of, rows.clone());
        let changed = encode(&def, &row("new", false));
        let rev = tenant.writer.update(&table, id(1), 1, NOW, &mut Reader::new(&changed)).unwrap();
        assert_eq!(rev, 2, "a row that waited is changed");
        add(&mut tenant, of, 4..=4);
        tenant.writer.delete(&table, id(4), 1).unwrap();
        add(&mut tenant, of, 5..=5);
        tenant.writer.commit().unwrap();
        let there = (1..=5).filter(|n| tenant.get(&def, &table, *n).is_some()).collect::<Vec<_>>();
        assert_eq!(there, rows.clone().chain([5]).collect::<Vec<_>>());
        tenant.group(|writer| there.iter().for_each(|n| writer.delete(&table, id(*n), 0).unwrap()));
    }
}

#[test]
fn new_records_are_undone_with_the_part_that_added_them() {
    let Some(server) = postgres() else { return };
    let def = nothing_unique();
    let (mut tenant, table) = Engine(Some(server)).with_record(&def);
    let of = (&def, &table);
    tenant.writer.begin().unwrap();
    add(&mut tenant, of, 1..=1);
    tenant.writer.savepoint(0).unwrap();
    add(&mut tenant, of, 2..=3);
    tenant.writer.rollback_to(0).unwrap();
    add(&mut tenant, of, 4..=4);
    tenant.writer.commit().unwrap();
    let there = (1..=4).filter(|n| tenant.get(&def, &table, *n).is_some()).collect::<Vec<_>>();
    assert_eq!(there, [1, 4]);
}

#[test]
fn rows_of_two_versions_of_a_module_go_into_one_table_in_one_turn() {
    let Some(server) = postgres() else { return };
    let def = nothing_unique();
    let engine = Engine(Some(server));
    let ((mut tenant, table), next) = (engine.with_record(&def), engine.table(&def));
    tenant.writer.begin().unwrap();
    for (n, table) in (1..).zip([&table, &next, &table, &next]) {
        tenant.insert(&def, table, n, &row("n", n % 2 == 0)).unwrap();
    }
    tenant.writer.commit().unwrap();
    assert!((1..=4).all(|n| tenant.get(&def, &next, n).is_some()));
}

#[test]
fn rows_of_more_tables_than_may_wait_are_written_on_the_way() {
    let Some(server) = postgres() else { return };
    let defs = (0..2 * WAITING_TABLES + 1).map(|nth| RecordDef { name: format!("r{nth}"), ..nothing_unique() });
    let mut tenant = Engine(Some(server)).tenant();
    let all: Vec<_> = defs.map(|def| (RecordTable::new("demo", 1, &def), def)).collect();
    tenant.writer.install(&all.iter().map(|(table, _)| table.clone()).collect::<Vec<_>>()).unwrap();
    tenant.writer.begin().unwrap();
    for _ in 0..2 {
        all.iter().for_each(|(table, def)| tenant.insert(def, table, 1, &row("n", true)).unwrap());
        all.iter().for_each(|(table, def)| tenant.insert(def, table, 2, &row("n", false)).unwrap());
        all.iter().for_each(|(table, _)| (1..=2).for_each(|n| tenant.writer.delete(table, id(n), 1).unwrap()));
    }
    all.iter().for_each(|(table, def)| tenant.insert(def, table, 3, &row("n", true)).unwrap());
    tenant.writer.commit().unwrap();
    for (table, def) in &all {
        assert_eq!((1..=3).filter(|n| tenant.get(def, table, *n).is_some()).collect::<Vec<_>>(), [3]);
    }
}
