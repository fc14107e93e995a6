//! What both engines promise: what commits stays, what does not leaves nothing.

use crate::fixture::*;
use crate::{
    AuditLine, NewDead, NewEffect, NewEvent, NewFile, OperatorRow, StoreError, SubscriptionRow, TerminalRow, Used,
};
use toolcrib_contract::codec::Reader as Bytes;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::value::Value;

on_each_engine![
    every_type_comes_back_as_it_went_in,
    an_update_counts_its_rev_and_refuses_a_stale_one,
    a_unique_index_holds_on_insert_and_update_and_names_its_fields,
    bytes_that_break_their_type_are_malformed_and_write_nothing,
    seqs_stay_gapless_over_rollbacks_and_restarts,
    a_savepoint_rolled_back_leaves_nothing,
    a_reader_sees_one_committed_state,
    a_group_begun_anew_leaves_nothing_of_its_first_try,
    terminals_and_operators_survive_a_restart_and_a_revoked_secret_does_not,
    a_name_or_a_badge_belongs_to_one,
    a_file_is_kept_once_a_module_and_swept_unless_it_was_taken,
    an_answer_is_remembered_until_it_expires,
    timers_and_effects_come_due_in_order_and_wait_after_a_failure,
    a_cursor_keeps_its_place_and_dead_letters_stay_until_removed,
    usage_adds_up_by_the_hour,
    subscriptions_and_settings_are_kept,
    a_chain_of_causes_is_counted_as_far_as_asked,
    a_pending_timer_is_found_by_its_name_alone,
];

fn event(name: &str) -> NewEvent<'_> {
    NewEvent { module: "demo", name, body_json: "{}", cause: None, at: NOW }
}

fn at(s: i64) -> Instant {
    NOW.plus_us(s * 1_000_000)
}

fn every_type_comes_back_as_it_went_in(engine: &Engine) {
    let def = every_type();
    let (mut tenant, table) = engine.with_record(&def);
    tenant.writer.begin().unwrap();
    for (n, present) in [(1, true), (2, false)] {
        let values = row(&format!("机{n}"), present);
        tenant.insert(&def, &table, n, &values).unwrap();
        let (head, read) = tenant.get(&def, &table, n).unwrap();
        assert_eq!((head.id, head.rev, head.created, head.updated), (id(n), 1, NOW, NOW));
        assert_eq!(read, values);
    }
    assert!(tenant.get(&def, &table, 3).is_none());
}

fn an_update_counts_its_rev_and_refuses_a_stale_one(engine: &Engine) {
    let def = every_type();
    let (mut tenant, table) = engine.with_record(&def);
    tenant.writer.begin().unwrap();
    tenant.insert(&def, &table, 1, &row("a", true)).unwrap();
    let bytes = encode(&def, &row("b", false));
    let writer = &mut tenant.writer;
    assert_eq!(writer.update(&table, id(1), 1, at(1), &mut Bytes::new(&bytes)).unwrap(), 2);
    assert!(matches!(writer.update(&table, id(1), 1, at(2), &mut Bytes::new(&bytes)), Err(StoreError::Conflict)));
    assert_eq!(writer.update(&table, id(1), 0, at(3), &mut Bytes::new(&bytes)).unwrap(), 3);
    assert!(matches!(writer.update(&table, id(9), 0, at(3), &mut Bytes::new(&bytes)), Err(StoreError::NotFound)));
    assert!(matches!(writer.delete(&table, id(1), 2), Err(StoreError::Conflict)));
    assert!(matches!(writer.delete(&table, id(1), u64::MAX), Err(StoreError::Conflict)));
    let (head, values) = tenant.get(&def, &table, 1).unwrap();
    assert_eq!((head.rev, head.created, head.updated, values), (3, NOW, at(3), row("b", false)));
    tenant.writer.delete(&table, id(1), 3).unwrap();
    assert!(matches!(tenant.writer.delete(&table, id(1), 0), Err(StoreError::NotFound)));
}

fn a_unique_index_holds_on_insert_and_update_and_names_its_fields(engine: &Engine) {
    let def = every_type();
    let (mut tenant, table) = engine.with_record(&def);
    tenant.writer.begin().unwrap();
    tenant.insert(&def, &table, 1, &row("a", true)).unwrap();
    tenant.insert(&def, &table, 2, &row("b", true)).unwrap();
    let clash = tenant.insert(&def, &table, 3, &row("a", true)).unwrap_err();
    assert!(matches!(&clash, StoreError::NotUnique { fields } if fields == &["name"]), "{clash}");
    let bytes = encode(&def, &row("a", true));
    let clash = tenant.writer.update(&table, id(2), 0, NOW, &mut Bytes::new(&bytes)).unwrap_err();
    assert!(matches!(clash, StoreError::NotUnique { .. }), "{clash}");
    assert_eq!(tenant.get(&def, &table, 2).unwrap().1, row("b", true));
}

fn bytes_that_break_their_type_are_malformed_and_write_nothing(engine: &Engine) {
    let def = every_type();
    let (mut tenant, table) = engine.with_record(&def);
    tenant.writer.begin().unwrap();
    let good = encode(&def, &row("a", true));
    for len in 0..good.len() {
        let error = tenant.writer.insert(&table, id(1), NOW, &mut Bytes::new(&good[..len])).unwrap_err();
        assert!(matches!(error, StoreError::Malformed(_)), "{error}");
    }
    for (at, value) in [
        (4, Value::Text("sixsix".into())),
        (9, Value::Enum(3)),
        (2, Value::Float(f64::NAN)),
        (3, Value::Decimal(i64::MAX)),
    ] {
        let mut values = row("a", true);
        values[at] = value;
        let error = tenant.insert(&def, &table, 1, &values).unwrap_err();
        assert!(matches!(error, StoreError::Malformed(_)), "{error}");
    }
    assert!(tenant.get(&def, &table, 1).is_none());
}

fn seqs_stay_gapless_over_rollbacks_and_restarts(engine: &Engine) {
    let mut tenant = engine.tenant();
    let mut seqs = Vec::new();
    for round in 0..4 {
        let writer = &mut tenant.writer;
        writer.begin().unwrap();
        seqs.push(writer.append(&event("kept")).unwrap());
        writer.savepoint(0).unwrap();
        writer.append(&event("undone")).unwrap();
        writer.savepoint(1).unwrap();
        writer.append(&event("undone")).unwrap();
        writer.release(1).unwrap();
        writer.rollback_to(0).unwrap();
        seqs.push(writer.append(&event("kept")).unwrap());
        writer.commit().unwrap();
        writer.begin().unwrap();
        writer.append(&event("undone")).unwrap();
        writer.rollback().unwrap();
        if round == 1 {
            tenant.reopen();
        }
    }
    assert_eq!(seqs, (1..=8).collect::<Vec<u64>>());
    let log = tenant.writer.events_after(0, 500).unwrap();
    assert_eq!(log.iter().map(|event| event.seq).collect::<Vec<_>>(), seqs);
    assert!(log.iter().all(|event| event.name == "kept"));
    assert_eq!(tenant.writer.events_after(7, 500).unwrap().len(), 1);
    assert_eq!(tenant.writer.last_seq().unwrap(), 8);
}

fn a_savepoint_rolled_back_leaves_nothing(engine: &Engine) {
    let def = every_type();
    let (mut tenant, table) = engine.with_record(&def);
    tenant.writer.begin().unwrap();
    tenant.insert(&def, &table, 1, &row("a", true)).unwrap();
    tenant.writer.commit().unwrap();
    tenant.writer.begin().unwrap();
    tenant.writer.savepoint(0).unwrap();
    tenant.insert(&def, &table, 2, &row("b", true)).unwrap();
    let writer = &mut tenant.writer;
    writer.delete(&table, id(1), 0).unwrap();
    writer.append(&event("e")).unwrap();
    writer.set_timer("demo", "t", "k", NOW, b"").unwrap();
    writer
        .add_effect(&NewEffect { id: id(7), module: "demo", kind: "webhook", target: "x", body: b"", at: NOW })
        .unwrap();
    writer.advance("c", 5).unwrap();
    writer.bury(&NewDead { consumer: "c", seq: 1, why: "w", body: b"", at: NOW }).unwrap();
    writer.remember("p", "k", [1; 16], 200, b"", NOW).unwrap();
    writer.audit(&AuditLine { at: NOW, actor: "a", action: "x", module: "demo", detail_json: "{}" }).unwrap();
    writer.meta_put("m", b"v").unwrap();
    writer.rollback_to(0).unwrap();
    writer.commit().unwrap();

    assert!(tenant.get(&def, &table, 1).is_some() && tenant.get(&def, &table, 2).is_none());
    let writer = &mut tenant.writer;
    assert_eq!(writer.last_seq().unwrap(), 0);
    assert_eq!(writer.next_due().unwrap(), None);
    assert!(writer.due_effects(at(9), 9).unwrap().is_empty());
    assert_eq!(writer.cursors().unwrap().get("c"), None);
    assert!(writer.dead(0, 9).unwrap().is_empty());
    assert_eq!(writer.idempotent("p", "k").unwrap(), None);
    assert_eq!(writer.verify_audit().unwrap(), 0);
    assert_eq!(writer.meta_get("m").unwrap(), None);
}

fn an_answer_is_remembered_until_it_expires(engine: &Engine) {
    let mut tenant = engine.tenant();
    let writer = &mut tenant.writer;
    writer.begin().unwrap();
    assert_eq!(writer.idempotent("user:1", "k").unwrap(), None);
    writer.remember("user:1", "k", [7; 16], 201, b"body", at(10)).unwrap();
    let known = writer.idempotent("user:1", "k").unwrap().unwrap();
    assert_eq!((known.fingerprint, known.status, &*known.body, known.expires), ([7; 16], 201, &b"body"[..], at(10)));
    assert_eq!(writer.idempotent("user:2", "k").unwrap(), None, "keys are the principal's own");
    writer.remember("user:1", "k2", [7; 16], 201, b"", at(5)).unwrap();
    assert_eq!(writer.forget_expired(at(4), 9).unwrap(), 0);
    assert_eq!(writer.forget_expired(at(10), 1).unwrap(), 1);
    assert_eq!(writer.forget_expired(at(10), 9).unwrap(), 1);
    assert_eq!(writer.idempotent("user:1", "k").unwrap(), None);
    let long = "k".repeat(toolcrib_contract::limits::IDEMPOTENCY_KEY_BYTES + 1);
    assert!(matches!(writer.remember("p", &long, [0; 16], 200, b"", NOW), Err(StoreError::Malformed(_))));
}

fn timers_and_effects_come_due_in_order_and_wait_after_a_failure(engine: &Engine) {
    let mut tenant = engine.tenant();
    let writer = &mut tenant.writer;
    writer.begin().unwrap();
    writer.set_timer("demo", "t", "b", at(2), b"two").unwrap();
    writer.set_timer("demo", "t", "a", at(9), b"nine").unwrap();
    writer.set_timer("demo", "t", "a", at(1), b"one").unwrap();
    writer
        .add_effect(&NewEffect { id: id(1), module: "demo", kind: "webhook", target: "u", body: b"x", at: at(3) })
        .unwrap();
    assert_eq!(writer.next_due().unwrap(), Some(at(1)));
    assert!(writer.due_timers(at(0), 9).unwrap().is_empty());
    let due = writer.due_timers(at(2), 9).unwrap();
    assert_eq!(due.iter().map(|timer| &*timer.payload).collect::<Vec<_>>(), [&b"one"[..], b"two"]);
    writer.delay_timer("demo", "t", "a", 1, at(4)).unwrap();
    assert!(writer.cancel_timer("demo", "t", "b").unwrap());
    assert!(!writer.cancel_timer("demo", "t", "b").unwrap());
    assert_eq!(writer.next_due().unwrap(), Some(at(4)), "an effect that waits wakes nobody");
    assert_eq!(writer.due_timers(at(4), 9).unwrap()[0].attempts, 1);
    writer.delete_timer("demo", "t", "a").unwrap();

    let effect = &writer.due_effects(at(3), 9).unwrap()[0];
    assert_eq!((effect.id, &*effect.target, &*effect.body, effect.attempts), (id(1), "u", &b"x"[..], 0));
    writer.effect_failed(id(1), 1, at(8)).unwrap();
    assert!(writer.due_effects(at(7), 9).unwrap().is_empty());
    assert_eq!(writer.due_effects(at(8), 9).unwrap()[0].attempts, 1);
    writer.effect_done(id(1)).unwrap();
    assert!(matches!(writer.effect_done(id(1)), Err(StoreError::NotFound)));
    assert_eq!(writer.next_due().unwrap(), None);
}

fn a_cursor_keeps_its_place_and_dead_letters_stay_until_removed(engine: &Engine) {
    let mut tenant = engine.tenant();
    let writer = &mut tenant.writer;
    writer.begin().unwrap();
    assert_eq!(writer.cursors().unwrap().get("oee/stop"), None);
    writer.advance("oee/stop", 3).unwrap();
    writer.delay("oee/stop", 3, 2, at(5)).unwrap();
    let cursor = writer.cursors().unwrap()["oee/stop"];
    assert_eq!((cursor.seq, cursor.attempts, cursor.not_before), (3, 2, at(5)));
    let first = writer.bury(&NewDead { consumer: "oee/stop", seq: 4, why: "trap", body: b"{}", at: NOW }).unwrap();
    let second = writer.bury(&NewDead { consumer: "oee/stop", seq: 5, why: "trap", body: b"{}", at: NOW }).unwrap();
    writer.advance("oee/stop", 5).unwrap();
    assert_eq!(writer.cursors().unwrap()["oee/stop"].attempts, 0);
    writer.drop_consumer("oee/stop").unwrap();
    assert_eq!(writer.cursors().unwrap().get("oee/stop"), None);
    let dead = writer.dead(first, 9).unwrap();
    assert_eq!((dead.len(), dead[0].id, dead[0].seq, &*dead[0].why), (1, second, 5, "trap"));
    writer.remove_dead(second).unwrap();
    assert!(matches!(writer.remove_dead(second), Err(StoreError::NotFound)));
    let third = writer.bury(&NewDead { consumer: "c", seq: 6, why: "w", body: b"", at: NOW }).unwrap();
    assert!(third > second, "an id is never given twice");
}

fn usage_adds_up_by_the_hour(engine: &Engine) {
    let mut tenant = engine.tenant();
    let writer = &mut tenant.writer;
    let hour = Instant(NOW.0.div_euclid(3_600_000_000) * 3_600_000_000);
    let call = |cpu_us| Used { calls: 1, cpu_us, ..Used::default() };
    writer.begin().unwrap();
    writer.usage("demo", "close", hour, Used { rows_written: 2, events: 3, ..call(40) });
    writer.usage("demo", "close", hour.plus_us(3_599_999_999), Used { faults: 1, ..call(2) });
    writer.commit().unwrap();
    writer.begin().unwrap();
    writer.usage("demo", "close", hour.plus_us(3_600_000_000), call(1));
    writer.usage("demo", "close", hour, Used { events: 1, ..call(10) });
    writer.commit().unwrap();
    writer.begin().unwrap();
    writer.usage("demo", "close", hour, call(1_000));
    writer.rollback().unwrap();
    let rows = writer.usage_between(hour, hour.plus_us(1)).unwrap();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((row.hour, row.calls, row.faults, row.rows_written, row.events, row.cpu_us), (hour, 3, 1, 2, 4, 52));
    assert_eq!(writer.usage_between(hour.plus_us(1), Instant::MAX).unwrap().len(), 1);
}

fn subscriptions_and_settings_are_kept(engine: &Engine) {
    let mut tenant = engine.tenant();
    let writer = &mut tenant.writer;
    writer.begin().unwrap();
    let mut oee = SubscriptionRow {
        module: "oee".into(),
        version: "1.0.0".into(),
        digest: "sha256:ab".into(),
        state: "active".into(),
        grants_json: "[]".into(),
        since: NOW,
    };
    writer.put_subscription(&oee).unwrap();
    oee.version = "1.1.0".into();
    writer.put_subscription(&oee).unwrap();
    assert_eq!(writer.subscriptions().unwrap(), [oee]);
    writer.remove_subscription("oee").unwrap();
    assert!(writer.subscriptions().unwrap().is_empty());

    for key in ["a/1", "a/机", "b"] {
        writer.meta_put(key, key.as_bytes()).unwrap();
    }
    assert_eq!(writer.meta_scan("a/").unwrap().into_iter().map(|(key, _)| key).collect::<Vec<_>>(), ["a/1", "a/机"]);
    writer.meta_delete("b").unwrap();
    assert_eq!((writer.meta_get("b").unwrap(), writer.meta_get("a/1").unwrap()), (None, Some(b"a/1".to_vec())));
}

fn a_chain_of_causes_is_counted_as_far_as_asked(engine: &Engine) {
    let (mut tenant, _) = engine.with_record(&every_type());
    tenant.writer.begin().unwrap();
    let mut cause = None;
    for length in 1..=20 {
        let seq = tenant.writer.append(&NewEvent { cause, ..event("next") }).unwrap();
        assert_eq!(tenant.writer.causes(seq, 16).unwrap(), length.min(16));
        // Others in between do not count.
        tenant.writer.append(&event("other")).unwrap();
        cause = Some(seq);
    }
    assert_eq!(tenant.writer.causes(10_000, 16).unwrap(), 1, "an event that nobody knows led to nothing else");
}

fn a_pending_timer_is_found_by_its_name_alone(engine: &Engine) {
    let (mut tenant, _) = engine.with_record(&every_type());
    tenant.writer.begin().unwrap();
    let writer = &mut tenant.writer;
    writer.set_timer("demo", "wake", "a", at(1), b"x").unwrap();
    writer.delay_timer("demo", "wake", "a", 2, at(5)).unwrap();
    let timer = writer.pending_timer("demo", "wake", "a").unwrap().unwrap();
    assert_eq!((timer.due, timer.attempts, timer.payload.as_slice()), (at(5), 2, &b"x"[..]));
    assert_eq!(writer.pending_timer("demo", "wake", "b").unwrap(), None);
}

fn a_group_begun_anew_leaves_nothing_of_its_first_try(engine: &Engine) {
    let mut tenant = engine.tenant();
    for _ in 0..2 {
        let writer = &mut tenant.writer;
        writer.begin().unwrap();
        let seq = writer.append(&event("undone")).unwrap();
        writer.savepoint(0).unwrap();
        writer.meta_put("undone", b"").unwrap();
        writer.usage("demo", "undone", NOW, Used { calls: 1, ..Used::default() });
        writer.restart().unwrap();
        assert_eq!(writer.append(&event("kept")).unwrap(), seq);
        writer.commit().unwrap();
    }
    let log = tenant.writer.events_after(0, 9).unwrap();
    assert!(log.len() == 2 && log.iter().all(|event| event.name == "kept"));
    assert_eq!(tenant.writer.meta_get("undone").unwrap(), None);
    assert!(tenant.writer.usage_between(Instant::MIN, Instant::MAX).unwrap().is_empty());
}

fn a_reader_sees_one_committed_state(engine: &Engine) {
    let mut tenant = engine.tenant();
    let mut reader = tenant.home.reader().unwrap();
    tenant.writer.begin().unwrap();
    tenant.writer.append(&event("a")).unwrap();
    assert_eq!(reader.last_seq().unwrap(), 0);
    tenant.writer.commit().unwrap();
    reader.begin_snapshot();
    assert_eq!(reader.last_seq().unwrap(), 1);
    tenant.group(|writer| writer.append(&event("b")).unwrap());
    assert_eq!(reader.last_seq().unwrap(), 1);
    reader.end_snapshot().unwrap();
    assert_eq!(reader.events_after(0, 9).unwrap().len(), 2);
}

fn terminal(id: u8, name: &str) -> TerminalRow {
    let id = RawId([id; 16]);
    let (places, shows) = ("M1\nM2".to_owned(), String::new());
    TerminalRow { id, name: name.to_owned(), places, shows, secret: None, paired: None, seen: None }
}

fn terminals_and_operators_survive_a_restart_and_a_revoked_secret_does_not(engine: &Engine) {
    let mut tenant = engine.tenant();
    let writer = &mut tenant.writer;
    writer.begin().unwrap();
    let paired = TerminalRow { secret: Some([7; 32]), paired: Some(Instant(1)), ..terminal(1, "一号线") };
    writer.put_terminal(&paired).unwrap();
    writer.put_terminal(&terminal(2, "二号线")).unwrap();
    writer.put_operator(&operator("W1", 1)).unwrap();
    writer.terminal_seen(RawId([1; 16]), Instant(9)).unwrap();
    writer.commit().unwrap();

    tenant.reopen();
    let writer = &mut tenant.writer;
    writer.begin().unwrap();
    let seen = TerminalRow { seen: Some(Instant(9)), ..paired };
    assert_eq!(writer.terminal(RawId([1; 16])).unwrap(), Some(seen.clone()));
    writer.put_terminal(&TerminalRow { secret: None, ..seen }).unwrap();
    assert_eq!(writer.terminal(RawId([1; 16])).unwrap().unwrap().secret, None);
    writer.remove_terminal(RawId([2; 16])).unwrap();
    writer.terminal_seen(RawId([2; 16]), Instant(9)).unwrap();
    assert_eq!(writer.terminals().unwrap().len(), 1);
    let left = OperatorRow { active: false, wrong: 3, locked_until: Some(Instant(5)), ..operator("W1", 1) };
    writer.put_operator(&left).unwrap();
    assert_eq!(writer.operators().unwrap(), [left]);
}

fn a_name_or_a_badge_belongs_to_one(engine: &Engine) {
    let mut tenant = engine.tenant();
    let writer = &mut tenant.writer;
    writer.begin().unwrap();
    writer.put_terminal(&terminal(1, "一号线")).unwrap();
    assert!(matches!(writer.put_terminal(&terminal(2, "一号线")), Err(StoreError::NotUnique { .. })));
    writer.put_operator(&operator("W1", 1)).unwrap();
    assert!(matches!(writer.put_operator(&operator("W2", 1)), Err(StoreError::NotUnique { .. })));
    writer.put_operator(&OperatorRow { badge: None, ..operator("W2", 1) }).unwrap();
    writer.put_operator(&OperatorRow { badge: None, ..operator("W3", 1) }).unwrap();
}

fn a_file_is_kept_once_a_module_and_swept_unless_it_was_taken(engine: &Engine) {
    let mut tenant = engine.tenant();
    let (taken, left) = ([1; 32], [2; 32]);
    let file = |digest, body| NewFile { module: "qa", digest, ending: "jpg", body, at: at(0) };
    tenant.writer.begin().unwrap();
    for new in [file(&taken, b"photo"), file(&left, b"other"), file(&taken, b"photo")] {
        tenant.writer.put_file(&new).unwrap();
    }
    tenant.writer.take_file("qa", &taken).unwrap();
    assert_eq!(tenant.writer.sweep_files(at(0)).unwrap(), 1, "not older than asked");
    tenant.writer.put_file(&NewFile { at: at(5), ..file(&left, b"other") }).unwrap();
    assert_eq!(tenant.writer.sweep_files(at(5)).unwrap(), 1, "what is sent again waits anew");
    tenant.writer.commit().unwrap();

    tenant.reopen();
    let mut reader = tenant.writer.reader().unwrap();
    assert_eq!(reader.file("qa", &taken).unwrap().as_deref(), Some(&b"photo"[..]));
    assert_eq!(reader.file("oee", &taken).unwrap(), None, "another module has files of its own");
    tenant.writer.begin().unwrap();
    assert_eq!(tenant.writer.sweep_files(at(6)).unwrap(), 0);
    assert_eq!(tenant.writer.file_bytes("qa", &taken).unwrap(), Some(5));
    assert_eq!(tenant.writer.file_bytes("qa", &left).unwrap(), None);
}
