//! The promises of a tenant's file: what commits stays, what does not leaves nothing.

use crate::fixture::*;
use crate::{
    AuditLine, Checkpointer, NewDead, NewEffect, NewEvent, Reader, StoreError, SubscriptionRow, TenantOptions, Used,
    Writer,
};
use toolcrib_contract::codec::Reader as Bytes;
use toolcrib_contract::types::Instant;
use toolcrib_contract::value::Value;

fn event(name: &str) -> NewEvent<'_> {
    NewEvent { module: "demo", name, body_json: "{}", cause: None, at: NOW }
}

fn at(s: i64) -> Instant {
    NOW.plus_us(s * 1_000_000)
}

#[test]
fn every_type_comes_back_as_it_went_in() {
    let def = every_type();
    let (mut tenant, table) = Tenant::with_record(&def);
    for (n, present) in [(1, true), (2, false)] {
        let values = row(&format!("机{n}"), present);
        tenant.insert(&def, &table, n, &values).unwrap();
        let (head, read) = tenant.get(&def, &table, n).unwrap();
        assert_eq!((head.id, head.rev, head.created, head.updated), (id(n), 1, NOW, NOW));
        assert_eq!(read, values);
    }
    assert!(tenant.get(&def, &table, 3).is_none());
}

#[test]
fn an_update_counts_its_rev_and_refuses_a_stale_one() {
    let def = every_type();
    let (mut tenant, table) = Tenant::with_record(&def);
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

#[test]
fn a_unique_index_holds_on_insert_and_update_and_names_its_fields() {
    let def = every_type();
    let (mut tenant, table) = Tenant::with_record(&def);
    tenant.insert(&def, &table, 1, &row("a", true)).unwrap();
    tenant.insert(&def, &table, 2, &row("b", true)).unwrap();
    let clash = tenant.insert(&def, &table, 3, &row("a", true)).unwrap_err();
    assert!(matches!(&clash, StoreError::NotUnique { fields } if fields == &["name"]), "{clash}");
    let bytes = encode(&def, &row("a", true));
    let clash = tenant.writer.update(&table, id(2), 0, NOW, &mut Bytes::new(&bytes)).unwrap_err();
    assert!(matches!(clash, StoreError::NotUnique { .. }), "{clash}");
    assert_eq!(tenant.get(&def, &table, 2).unwrap().1, row("b", true));
}

#[test]
fn bytes_that_break_their_type_are_malformed_and_write_nothing() {
    let def = every_type();
    let (mut tenant, table) = Tenant::with_record(&def);
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

#[test]
fn seqs_stay_gapless_over_rollbacks_and_restarts() {
    let mut tenant = Tenant::new();
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
            tenant.writer = Writer::open(tenant.dir.path(), &TenantOptions::default()).unwrap();
        }
    }
    assert_eq!(seqs, (1..=8).collect::<Vec<u64>>());
    let log = tenant.writer.events_after(0, 500).unwrap();
    assert_eq!(log.iter().map(|event| event.seq).collect::<Vec<_>>(), seqs);
    assert!(log.iter().all(|event| event.name == "kept"));
    assert_eq!(tenant.writer.events_after(7, 500).unwrap().len(), 1);
    assert_eq!(tenant.writer.last_seq().unwrap(), 8);
}

#[test]
fn a_savepoint_rolled_back_leaves_nothing() {
    let def = every_type();
    let (mut tenant, table) = Tenant::with_record(&def);
    tenant.insert(&def, &table, 1, &row("a", true)).unwrap();
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
    assert_eq!(writer.cursor("c").unwrap(), None);
    assert!(writer.dead(0, 9).unwrap().is_empty());
    assert_eq!(writer.idempotent("p", "k").unwrap(), None);
    assert_eq!(writer.verify_audit().unwrap(), 0);
    assert_eq!(writer.meta_get("m").unwrap(), None);
}

#[test]
fn a_crash_before_commit_leaves_nothing_and_after_commit_everything() {
    let mut tenant = Tenant::new();
    tenant.writer.begin().unwrap();
    tenant.writer.append(&event("kept")).unwrap();
    tenant.writer.commit().unwrap();
    tenant.writer.begin().unwrap();
    tenant.writer.append(&event("lost")).unwrap();
    // What a killed process leaves: the files as they are now.
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(tenant.dir.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let mut after = Writer::open(copy.path(), &TenantOptions::default()).unwrap();
    after.integrity().unwrap();
    assert_eq!(after.events_after(0, 9).unwrap().iter().map(|event| &*event.name).collect::<Vec<_>>(), ["kept"]);
}

#[test]
fn a_reader_sees_one_committed_state_and_cannot_write() {
    let mut tenant = Tenant::new();
    let mut reader = tenant.writer.reader().unwrap();
    tenant.writer.begin().unwrap();
    tenant.writer.append(&event("a")).unwrap();
    assert_eq!(reader.last_seq().unwrap(), 0);
    tenant.writer.commit().unwrap();
    reader.begin_snapshot();
    assert_eq!(reader.last_seq().unwrap(), 1);
    tenant.writer.append(&event("b")).unwrap();
    assert_eq!(reader.last_seq().unwrap(), 1);
    reader.end_snapshot().unwrap();
    assert_eq!(reader.events_after(0, 9).unwrap().len(), 2);
    assert!(Reader::open(tenant.dir.path().join("absent").as_path()).is_err());
}

#[test]
fn a_full_tenant_refuses_new_rows_keeps_the_old_ones_and_recovers() {
    let def = every_type();
    let options = TenantOptions { quota_bytes: 1 << 19, ..TenantOptions::default() };
    let mut tenant = Tenant::with(&options);
    let table = crate::RecordTable::new("demo", 1, &def);
    tenant.writer.install(std::slice::from_ref(&table)).unwrap();
    let big = "x".repeat(10_000);
    let mut kept = 0;
    let error = loop {
        tenant.writer.begin().unwrap();
        match tenant.writer.append(&NewEvent { body_json: &big, ..event("big") }) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        tenant.writer.commit().unwrap();
        tenant.writer.begin().unwrap();
        let name = format!("{kept}");
        tenant.insert(&def, &table, kept, &row(&name, true)).ok();
        tenant.writer.commit().unwrap();
    };
    assert!(matches!(error, StoreError::Full), "{error}");
    // The group goes on: the host's own rows and deletions still work.
    assert!(tenant.writer.in_transaction());
    tenant.writer.advance("c", 1).unwrap();
    tenant.writer.delete(&table, id(1), 0).unwrap();
    tenant.writer.commit().unwrap();
    assert_eq!(tenant.writer.last_seq().unwrap(), u64::from(kept));
    assert!(kept > 10, "{kept}");
    tenant.writer.integrity().unwrap();
    tenant.writer.db.execute("DELETE FROM event WHERE seq < 10", []).unwrap();
    tenant.writer.begin().unwrap();
    tenant.writer.append(&NewEvent { body_json: &big, ..event("big") }).unwrap();
    tenant.writer.commit().unwrap();
}

#[test]
fn a_disk_that_fills_up_inside_a_group_loses_the_group_and_nothing_else() {
    let mut tenant = Tenant::with(&TenantOptions { quota_bytes: 1 << 18, ..TenantOptions::default() });
    tenant.writer.append(&event("kept")).unwrap();
    tenant.writer.begin().unwrap();
    // The host's own rows are not held to the quota, only to the disk.
    let error = loop {
        if let Err(error) = tenant.writer.meta_put("x", &vec![0; 3 << 18]) {
            break error;
        }
    };
    assert!(matches!(error, StoreError::Full), "{error}");
    tenant.writer.rollback().unwrap();
    assert_eq!(tenant.writer.last_seq().unwrap(), 1);
    tenant.writer.integrity().unwrap();
    assert_eq!(tenant.writer.append(&event("kept")).unwrap(), 2);
}

#[test]
fn an_answer_is_remembered_until_it_expires() {
    let mut writer = Tenant::new().writer;
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

#[test]
fn timers_and_effects_come_due_in_order_and_wait_after_a_failure() {
    let mut writer = Tenant::new().writer;
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

#[test]
fn a_cursor_keeps_its_place_and_dead_letters_stay_until_removed() {
    let mut writer = Tenant::new().writer;
    assert_eq!(writer.cursor("oee/stop").unwrap(), None);
    writer.advance("oee/stop", 3).unwrap();
    writer.delay("oee/stop", 3, 2, at(5)).unwrap();
    let cursor = writer.cursor("oee/stop").unwrap().unwrap();
    assert_eq!((cursor.seq, cursor.attempts, cursor.not_before), (3, 2, at(5)));
    let first = writer.bury(&NewDead { consumer: "oee/stop", seq: 4, why: "trap", body: b"{}", at: NOW }).unwrap();
    let second = writer.bury(&NewDead { consumer: "oee/stop", seq: 5, why: "trap", body: b"{}", at: NOW }).unwrap();
    writer.advance("oee/stop", 5).unwrap();
    assert_eq!(writer.cursor("oee/stop").unwrap().unwrap().attempts, 0);
    writer.drop_consumer("oee/stop").unwrap();
    assert_eq!(writer.cursor("oee/stop").unwrap(), None);
    let dead = writer.dead(first, 9).unwrap();
    assert_eq!((dead.len(), dead[0].id, dead[0].seq, &*dead[0].why), (1, second, 5, "trap"));
    writer.remove_dead(second).unwrap();
    assert!(matches!(writer.remove_dead(second), Err(StoreError::NotFound)));
    let third = writer.bury(&NewDead { consumer: "c", seq: 6, why: "w", body: b"", at: NOW }).unwrap();
    assert!(third > second, "an id is never given twice");
}

#[test]
fn an_audit_line_changed_removed_or_inserted_shows() {
    for forgery in [
        "UPDATE audit SET detail='{\"x\":2}' WHERE id=2",
        "UPDATE audit SET actor='b', action='ax' WHERE id=2",
        "UPDATE audit SET hash=zeroblob(32) WHERE id=3",
        "DELETE FROM audit WHERE id=1",
        "DELETE FROM audit WHERE id=2",
        "UPDATE audit SET id=9 WHERE id=3",
        "INSERT INTO audit SELECT 4,at_us,actor,action,module,detail,hash FROM audit WHERE id=3",
    ] {
        let mut writer = Tenant::new().writer;
        for _ in 0..3 {
            let line = AuditLine { at: NOW, actor: "ba", action: "x", module: "demo", detail_json: "{\"x\":1}" };
            writer.audit(&line).unwrap();
        }
        assert_eq!(writer.verify_audit().unwrap(), 3);
        assert_eq!(writer.audit_after(1, 9).unwrap()[0].detail, "{\"x\":1}");
        writer.db.execute(forgery, []).unwrap();
        assert!(matches!(writer.verify_audit(), Err(StoreError::Io(_))), "{forgery}");
    }
}

#[test]
fn usage_adds_up_by_the_hour() {
    let mut writer = Tenant::new().writer;
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

#[test]
fn subscriptions_and_settings_are_kept() {
    let mut writer = Tenant::new().writer;
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

#[test]
fn a_checkpoint_from_the_background_moves_the_log_beside_an_open_group() {
    let mut tenant = Tenant::new();
    tenant.writer.append(&event("a")).unwrap();
    tenant.writer.begin().unwrap();
    tenant.writer.append(&event("b")).unwrap();
    let report = Checkpointer::main(tenant.dir.path()).unwrap().run().unwrap();
    assert!(report.log_pages > 0 && report.moved_pages == report.log_pages && !report.truncated, "{report:?}");
    tenant.writer.commit().unwrap();
    assert_eq!(tenant.writer.last_seq().unwrap(), 2);
}

#[test]
fn a_log_over_its_limit_is_emptied() {
    let mut tenant = Tenant::with(&TenantOptions { synchronous_full: false, ..TenantOptions::default() });
    let mut value = vec![0; 4 << 20];
    let wal = tenant.dir.path().join("main.db-wal");
    while std::fs::metadata(&wal).unwrap().len() <= crate::WAL_BYTES {
        // SQLite writes no page that stays the same.
        value.iter_mut().for_each(|byte| *byte += 1);
        tenant.writer.meta_put("x", &value).unwrap();
    }
    assert!(tenant.writer.checkpoint().unwrap().truncated);
    assert_eq!(std::fs::metadata(&wal).unwrap().len(), 0);
}

#[test]
fn a_file_of_a_newer_version_or_a_damaged_one_is_refused() {
    let tenant = Tenant::new();
    tenant.writer.db.pragma_update(None, "user_version", 99).unwrap();
    drop(tenant.writer);
    let newer = Writer::open(tenant.dir.path(), &TenantOptions::default()).err().unwrap();
    assert!(matches!(newer, StoreError::Newer { .. }), "{newer}");

    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.db"), "this is not a database, it only looks like a file".repeat(100))
        .unwrap();
    let damaged = Writer::open(dir.path(), &TenantOptions::default()).err().unwrap();
    assert!(matches!(damaged, StoreError::Io(_)), "{damaged}");
}

#[test]
fn a_chain_of_causes_is_counted_as_far_as_asked() {
    let (mut tenant, _) = Tenant::with_record(&every_type());
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

#[test]
fn a_pending_timer_is_found_by_its_name_alone() {
    let (mut tenant, _) = Tenant::with_record(&every_type());
    let writer = &mut tenant.writer;
    writer.set_timer("demo", "wake", "a", at(1), b"x").unwrap();
    writer.delay_timer("demo", "wake", "a", 2, at(5)).unwrap();
    let timer = writer.pending_timer("demo", "wake", "a").unwrap().unwrap();
    assert_eq!((timer.due, timer.attempts, timer.payload.as_slice()), (at(5), 2, &b"x"[..]));
    assert_eq!(writer.pending_timer("demo", "wake", "b").unwrap(), None);
}
