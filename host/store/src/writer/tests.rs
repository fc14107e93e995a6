//! The promises of a tenant's file: what commits stays, what does not leaves nothing.

use crate::fixture::*;
use crate::{AuditLine, Checkpointer, NewEvent, Reader, StoreError, TenantOptions, Writer};
use toolcrib_contract::codec::Reader as Bytes;
use toolcrib_contract::schema::Type;
use toolcrib_contract::value::Value;

fn event(name: &str) -> NewEvent<'_> {
    NewEvent { module: "demo", name, body_json: "{}", cause: None, at: NOW }
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
    tenant.writer.db.execute("DELETE FROM event WHERE seq < 10", &[]).unwrap();
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
        writer.db.execute(forgery, &[]).unwrap();
        assert!(matches!(writer.verify_audit(), Err(StoreError::Io(_))), "{forgery}");
    }
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
fn an_update_writes_no_index_whose_fields_stay_as_they_are() {
    let text = |name| field(name, Type::Text { max: 9 });
    let def = record(vec![text("code"), text("place"), field("left", Type::Int)], &[(&[0], true), (&[1, 0], false)]);
    let (mut tenant, table) = Tenant::with_record(&def);
    let row =
        |place: &str, left| encode(&def, &[Value::Text("L-1".into()), Value::Text(place.into()), Value::Int(left)]);
    // Pages that a group writes: each begins the log anew.
    let mut pages = |work: &dyn Fn(&mut Writer)| {
        tenant.group(work);
        Checkpointer::main(tenant.dir.path()).unwrap().run().unwrap().log_pages
    };
    let update = |writer: &mut Writer, rev, row: Vec<u8>| {
        writer.update(&table, id(1), rev, NOW, &mut Bytes::new(&row)).unwrap();
    };
    pages(&|writer| writer.insert(&table, id(1), NOW, &mut Bytes::new(&row("A", 9))).unwrap());
    assert_eq!(pages(&|writer| update(writer, 0, row("A", 8))), 1, "the row alone");
    assert_eq!(pages(&|writer| update(writer, 2, row("B", 8))), 3, "and both indexes: they are one statement");
    assert_eq!(pages(&|writer| update(writer, 3, row("B", 7))), 1);
    let (head, values) = tenant.get(&def, &table, 1).unwrap();
    assert_eq!((head.rev, &values[1..]), (4, &[Value::Text("B".into()), Value::Int(7)][..]));
}

#[test]
fn an_update_at_any_rev_changes_what_it_names_and_nothing_else() {
    let def =
        record(vec![field("ratio", Type::Float), field("left", option(Type::Int))], &[(&[0], false), (&[1], false)]);
    let whole = record(vec![field("place", option(Type::Int)), field("left", Type::Int)], &[(&[0], false)]);
    for (def, rows) in [
        (
            def,
            [[Value::Float(0.5), Value::None], [Value::Float(0.25), Value::None], [Value::Float(0.25), Value::Int(1)]],
        ),
        (whole, [[Value::None, Value::Int(1)], [Value::None, Value::Int(2)], [Value::Int(3), Value::Int(2)]]),
    ] {
        let (mut tenant, table) = Tenant::with_record(&def);
        tenant.group(|writer| {
            for n in 1..=2 {
                writer.insert(&table, id(n), NOW, &mut Bytes::new(&encode(&def, &rows[0]))).unwrap();
            }
            for (rev, row) in (1..).zip(&rows[1..]) {
                let row = encode(&def, row);
                for wrong in [rev + 1, u64::MAX] {
                    let refused = writer.update(&table, id(1), wrong, NOW, &mut Bytes::new(&row));
                    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
                }
                assert_eq!(writer.update(&table, id(1), rev, NOW, &mut Bytes::new(&row)).unwrap(), rev + 1);
            }
            let gone = writer.update(&table, id(3), 1, NOW, &mut Bytes::new(&encode(&def, &rows[0])));
            assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
        });
        let bits = |values: Vec<Value>| encode(&def, &values);
        let [(first, changed), (second, kept)] = [1, 2].map(|n| tenant.get(&def, &table, n).unwrap());
        assert_eq!((first.rev, bits(changed)), (3, encode(&def, &rows[2])));
        assert_eq!((second.rev, bits(kept)), (1, encode(&def, &rows[0])));
    }
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
    tenant.writer.db.batch("PRAGMA user_version=99").unwrap();
    drop(tenant.writer);
    let newer = Writer::open(tenant.dir.path(), &TenantOptions::default()).err().unwrap();
    assert!(matches!(newer, StoreError::Newer { .. }), "{newer}");

    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.db"), "this is not a database, it only looks like a file".repeat(100))
        .unwrap();
    let damaged = Writer::open(dir.path(), &TenantOptions::default()).err().unwrap();
    assert!(matches!(damaged, StoreError::Io(_)), "{damaged}");
}
