//! The in-memory host keeps the promises of a real one.

use super::*;
use crate::host::{Host, refusal};
use crate::manifest::{EventDef, HandlerDef, HandlerKind, IndexDef, ReadDef, RecordDef, Words};
use crate::row::RowHead;
use crate::schema::{Field, Schema, Type};
use crate::select::{BY_ID, Page, Select};
use crate::{Decode, Encode, Text, limits};

fn field(name: &str, of: Type) -> Field {
    Field { name: name.into(), of, doc: String::new() }
}

/// `part {code, size, note?}`: unique by code, ordered by size and by note.
fn manifest() -> Manifest {
    let fields = vec![
        field("code", Text::<10>::schema()),
        field("size", Type::Int),
        field("note", Option::<Text<10>>::schema()),
    ];
    let index = |fields: &[u32], unique| IndexDef { fields: fields.to_vec(), unique };
    let indexes = vec![index(&[0], true), index(&[1, 0], false), index(&[2], true)];
    let words = Words::default;
    let nothing = Type::Struct { name: "tick".into(), fields: Vec::new() };
    Manifest {
        module: "parts".into(),
        version: "1.0.0".into(),
        sdk: "test".into(),
        title: words(),
        summary: words(),
        records: vec![RecordDef {
            name: "part".into(),
            doc: String::new(),
            shared: false,
            fields: fields.clone(),
            indexes: indexes.clone(),
        }],
        reads: vec![ReadDef { module: "plant".into(), record: "bin".into(), fields, indexes, reason: words() }],
        calls: Vec::new(),
        events: vec![EventDef { name: "moved".into(), doc: String::new(), body: Type::Int }],
        handlers: vec![HandlerDef {
            name: "tick".into(),
            doc: String::new(),
            kind: HandlerKind::Timer,
            input: nothing,
            output: Type::Unit,
            roles: Vec::new(),
        }],
        requests: Vec::new(),
        views: Vec::new(),
    }
}

fn invocation(now: i64) -> Invocation {
    Invocation { now: Instant(now), seed: 7, actor: "user:test".into(), role: String::new() }
}

fn part(code: &str, size: i64, note: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    code.encode(&mut out);
    size.encode(&mut out);
    note.map(str::to_owned).encode(&mut out);
    out
}

/// A tenant with an open invocation.
fn open() -> Memory {
    let mut memory = Memory::new(manifest());
    memory.begin(&invocation(1_000_000));
    memory
}

/// Sizes along the index over size, following cursors over pages of two.
fn sizes(memory: &mut Memory, mut select: Select) -> Vec<i64> {
    select.limit = 2;
    let mut sizes = Vec::new();
    loop {
        let page = Page::from_bytes(&memory.select("part", &select.to_bytes()).unwrap()).unwrap();
        let mut reader = Reader::new(&page.rows.0);
        for _ in 0..page.count {
            RowHead::read(&mut reader).unwrap();
            reader.text().unwrap();
            sizes.push(reader.signed().unwrap());
            Option::<String>::decode(&mut reader).unwrap();
        }
        match page.next {
            None => return sizes,
            next => select.after = next,
        }
    }
}

fn code(outcome: Result<impl std::fmt::Debug, HostError>) -> &'static str {
    match outcome.unwrap_err() {
        HostError::Refused(refusal) => refusal.code,
        HostError::Fault(fault) => fault.code,
    }
}

#[test]
fn a_rollback_leaves_nothing_and_a_commit_everything() {
    let mut memory = open();
    let write = |memory: &mut Memory| {
        memory.insert("part", &part("a", 1, None), 1).unwrap();
        memory.emit("moved", &3i64.to_bytes()).unwrap();
        memory.set_timer("tick", "", Instant(5), &[]).unwrap();
        memory.send_effect("mail", "x", b"y").unwrap();
    };
    write(&mut memory);
    memory.rollback();
    assert_eq!(
        (memory.rows("part"), memory.events().len(), memory.timers().len(), memory.effects().len()),
        (0, 0, 0, 0)
    );
    memory.begin(&invocation(2_000_000));
    write(&mut memory);
    assert_eq!(memory.commit().unwrap().rows_written, 1);
    assert_eq!(
        (memory.rows("part"), memory.events().len(), memory.timers().len(), memory.effects().len()),
        (1, 1, 1, 1)
    );
}

#[test]
fn a_walk_goes_in_order_through_all_pages() {
    let mut memory = open();
    for size in [5, 3, 9, 1, 7] {
        memory.insert("part", &part(&format!("p{size}"), size, None), 1).unwrap();
    }
    let by_size = Select { index: 1, ..Select::default() };
    let bound = |size: i64| Some(crate::codec::Bytes(size.to_bytes()));
    assert_eq!(sizes(&mut memory, by_size.clone()), [1, 3, 5, 7, 9]);
    assert_eq!(sizes(&mut memory, Select { descending: true, ..by_size.clone() }), [9, 7, 5, 3, 1]);
    assert_eq!(sizes(&mut memory, Select { from: bound(3), until: bound(9), ..by_size.clone() }), [3, 5, 7]);
    assert_eq!(sizes(&mut memory, Select { equals: vec![bound(7).unwrap()], ..by_size }), [7]);
    assert_eq!(sizes(&mut memory, Select { index: BY_ID, ..Select::default() }), [5, 3, 9, 1, 7]);
}

#[test]
fn a_unique_index_refuses_the_second_but_absent_values_do_not_collide() {
    let mut memory = open();
    let ids = memory.insert("part", &[part("a", 1, None), part("b", 1, None)].concat(), 2).unwrap();
    assert_eq!(code(memory.insert("part", &part("a", 2, None), 1)), refusal::NOT_UNIQUE);
    assert_eq!(code(memory.update("part", ids[1], 0, &part("a", 1, None))), refusal::NOT_UNIQUE);
    assert_eq!(memory.update("part", ids[1], 1, &part("b", 2, Some("n"))), Ok(2));
    assert_eq!(code(memory.insert("part", &part("c", 1, Some("n")), 1)), refusal::NOT_UNIQUE);
}

#[test]
fn a_stale_rev_is_a_conflict_and_a_missing_row_is_not_found() {
    let mut memory = open();
    let id = memory.insert("part", &part("a", 1, None), 1).unwrap()[0];
    assert_eq!(memory.update("part", id, 1, &part("a", 2, None)), Ok(2));
    assert_eq!(code(memory.update("part", id, 1, &part("a", 3, None))), refusal::CONFLICT);
    assert_eq!(memory.delete("part", id, 2), Ok(()));
    assert_eq!(code(memory.delete("part", id, 0)), refusal::NOT_FOUND);
    assert_eq!(memory.get("part", id), Ok(None));
}

#[test]
fn after_a_fault_nothing_more_works_and_nothing_is_kept() {
    let mut memory = open();
    memory.insert("part", &part("a", 1, None), 1).unwrap();
    assert_eq!(code(memory.insert("other", &[], 1)), fault::MALFORMED);
    assert_eq!(code(memory.insert("part", &part("b", 1, None), 1)), fault::MALFORMED);
    assert_eq!(memory.commit().unwrap_err().code, fault::MALFORMED);
    assert_eq!(memory.rows("part"), 0);
}

#[test]
fn a_query_that_writes_is_a_fault() {
    let mut memory = Memory::new(manifest());
    memory.begin_read_only(&invocation(1));
    assert_eq!(code(memory.insert("part", &part("a", 1, None), 1)), fault::READ_ONLY);
}

#[test]
fn what_the_manifest_does_not_say_is_a_fault() {
    type Misuse = fn(&mut Memory) -> Result<(), HostError>;
    let cases: [Misuse; 7] = [
        |m| m.insert("part", &part("much too long", 1, None), 1).map(drop),
        |m| m.insert("part", &[part("a", 1, None), vec![0]].concat(), 1).map(drop),
        |m| m.emit("moved", b"").map(drop),
        |m| m.emit("sunk", &1i64.to_bytes()).map(drop),
        |m| m.set_timer("tock", "", Instant(1), &[]).map(drop),
        |m| m.call("plant", "move", &[]).map(drop),
        |m| m.shared_get("plant", "box", RawId::default()).map(drop),
    ];
    for (at, misuse) in cases.into_iter().enumerate() {
        assert_eq!(code(misuse(&mut open())), fault::MALFORMED, "case {at}");
    }
}

#[test]
fn limits_of_one_invocation_are_met() {
    type Excess = fn(&mut Memory) -> Result<(), HostError>;
    let cases: [(Excess, u32); 4] = [
        (|m| m.emit("moved", &1i64.to_bytes()), limits::EVENTS),
        (|m| m.set_timer("tick", "", Instant(1), &[]), limits::TIMERS),
        (|m| m.send_effect("mail", "x", b"").map(drop), limits::EFFECTS),
        (|m| m.get("part", RawId::default()).map(drop), limits::HOST_CALLS),
    ];
    for (excess, allowed) in cases {
        let mut memory = open();
        for _ in 0..allowed {
            excess(&mut memory).unwrap();
        }
        assert_eq!(code(excess(&mut memory)), fault::LIMIT);
    }
    let rows: Vec<u8> = (0..=limits::ROWS_WRITTEN).flat_map(|at| part(&at.to_string(), 1, None)).collect();
    assert_eq!(code(open().insert("part", &rows, limits::ROWS_WRITTEN + 1)), fault::LIMIT);
}

#[test]
fn shared_rows_are_seen_as_the_reader_declared_them() {
    let mut memory = Memory::new(manifest());
    let id = memory.given("plant", "bin", None, Instant(5), &part("b1", 4, None)).unwrap();
    assert!(memory.given("plant", "bin", None, Instant(5), b"\x01").is_err());
    memory.begin_read_only(&invocation(9));
    assert!(memory.shared_get("plant", "bin", id).unwrap().is_some());
    let select = Select { index: 0, equals: vec![crate::codec::Bytes("b1".to_bytes())], limit: 1, ..Select::default() };
    let page = Page::from_bytes(&memory.shared_select("plant", "bin", &select.to_bytes()).unwrap()).unwrap();
    assert_eq!(page.count, 1);
}

#[test]
fn the_same_invocation_gives_the_same_ids_and_ids_ascend() {
    let ids = || {
        let mut memory = open();
        (0..300).map(|at| memory.insert("part", &part(&at.to_string(), at, None), 1).unwrap()[0]).collect::<Vec<_>>()
    };
    assert_eq!(ids(), ids());
    assert!(ids().is_sorted());
}

#[test]
fn a_chain_of_events_ends_at_its_limit_and_a_woken_timer_keeps_its_distance() {
    let mut memory = Memory::new(manifest());
    memory.begin(&invocation(0));
    memory.caused_by(limits::CAUSE_DEPTH - 1);
    memory.emit("moved", &5i64.to_bytes()).unwrap();
    memory.set_timer("tick", "soon", Instant(5), &[]).unwrap();
    memory.commit().unwrap();
    assert_eq!(memory.events()[0].depth, limits::CAUSE_DEPTH);
    assert_eq!(memory.timers()[0].due, Instant(limits::TIMER_MIN_MS as i64 * 1_000));
    memory.begin(&invocation(0));
    memory.caused_by(limits::CAUSE_DEPTH);
    let Err(HostError::Fault(stopped)) = memory.emit("moved", &5i64.to_bytes()) else { panic!("one too many") };
    assert_eq!(stopped.code, fault::CAUSE_DEPTH);
    assert!(stopped.detail.contains("16 events"), "{}", stopped.detail);
}

#[test]
fn a_connector_has_no_transaction_and_a_transaction_no_connection() {
    let mut memory = Memory::new(manifest());
    let request = crate::fetch::Request { method: "GET".into(), url: "https://a.example".into(), ..Default::default() };
    let code = |outcome: Result<_, HostError>| match outcome {
        Err(HostError::Fault(fault)) => fault.code,
        _ => "done",
    };
    memory.begin(&invocation(0));
    assert_eq!(code(memory.fetch(&request.to_bytes()).map(drop)), fault::OUTSIDE);
    memory.begin_connector(&invocation(0));
    assert_eq!(code(memory.insert("part", &part("a", 1, None), 1).map(drop)), fault::OUTSIDE);
    memory.begin_connector(&invocation(0));
    let refused = memory.fetch(&request.to_bytes()).unwrap();
    assert!(matches!(refused, Err(Failure::Rejected(rejection)) if rejection.code == "not-consented"));
    for _ in 1..limits::FETCHES {
        assert!(memory.fetch(&request.to_bytes()).is_ok());
    }
    assert_eq!(code(memory.fetch(&request.to_bytes()).map(drop)), fault::LIMIT);
}

#[test]
fn a_tenant_goes_back_to_a_moment_and_on_from_there() {
    let mut memory = open();
    let first = memory.insert("part", &part("a", 1, None), 1).unwrap();
    memory.commit().unwrap();
    let moment = memory.snapshot();
    assert_eq!(moment.ids("", "part"), first);
    assert!(moment.ids("plant", "bin").is_empty());

    memory.begin(&invocation(2_000_000));
    memory.delete("part", first[0], 0).unwrap();
    assert_eq!(memory.snapshot(), moment, "an open invocation is not part of a moment");
    memory.rollback();
    assert_eq!(memory.snapshot(), moment);
    memory.begin(&invocation(2_000_000));
    memory.insert("part", &part("b", 2, None), 1).unwrap();
    memory.commit().unwrap();
    assert_ne!(memory.snapshot(), moment);

    let mut again = Memory::at(manifest(), &moment);
    assert_eq!((again.snapshot(), again.rows("part")), (moment, 1));
    again.begin(&invocation(2_000_000));
    assert_eq!(again.insert("part", &part("a", 3, None), 1).unwrap_err(), {
        HostError::refused(refusal::NOT_UNIQUE, "another part has the same code")
    });
}
