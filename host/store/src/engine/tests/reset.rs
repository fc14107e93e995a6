//! Connections that do not remember what they were told: reset on the way to the server, or prepared for tables that have
//! changed since.

use super::{beside, beside_on};
use crate::engine::{Purpose, Session};
use crate::fixture::*;
use crate::{NewEvent, Postgres, RecordTable, StoreError, Writer};
use sqlx::Executor;
use sqlx::postgres::PgConnection;
use toolcrib_contract::schema::Type;
use toolcrib_contract::types::RawId;
use toolcrib_contract::value::Value;

const PURPOSES: [Purpose; 5] =
    [Purpose::Commands, Purpose::Readings, Purpose::Queries, Purpose::Archives, Purpose::Claims];

fn append(writer: &mut Writer) -> Result<u64, StoreError> {
    writer.begin()?;
    let seq = writer.append(&NewEvent { module: "demo", name: "said", body_json: "{}", cause: None, at: NOW })?;
    writer.commit()?;
    Ok(seq)
}

/// Whose rows it sees and as whom, and on which connection.
fn seen(session: &Session) -> Result<(String, String, i64), StoreError> {
    let sql = "SELECT CAST(current_user AS text),current_setting('tc.tenant'),CAST(pg_backend_pid() AS bigint) \
        WHERE $1 IS NOT NULL OR true";
    let seen = session.row(sql, &[], |row| Ok((row.text(0)?, row.text(1)?, row.int(2)?)))?;
    Ok(seen.unwrap())
}

#[test]
fn a_connection_that_was_reset_behind_a_hosts_back_is_replaced_before_anything_is_done_on_it() {
    let Some(url) = url() else { return };
    for reset in ["DISCARD ALL", "DEALLOCATE ALL"] {
        let (server, tenant) = (Postgres::connect(&url, 2).unwrap(), new_id());
        let mut writer = writer_of(&server, tenant);
        assert_eq!(append(&mut writer).unwrap(), 1);
        // Under the login, a superuser here, there are no walls.
        let as_it_should = ("tc_app".to_owned(), tenant.to_string());
        for purpose in PURPOSES {
            let session = Session::new(server.clone(), tenant, purpose);
            let (user, of, before) = seen(&session).unwrap();
            assert_eq!((user, of), as_it_should, "{purpose:?}");
            let told = async |db: &mut PgConnection| db.execute(reset).await.map(drop);
            server.lines(purpose).lend().unwrap().ask(told).unwrap();
            let (user, of, after) = seen(&session).unwrap();
            assert_eq!((user, of), as_it_should, "{reset}, {purpose:?}");
            assert_ne!(after, before, "{reset}, {purpose:?}");
        }
        let told = async |db: &mut PgConnection| db.execute(reset).await.map(drop);
        server.lines(Purpose::Commands).lend().unwrap().ask(told).unwrap();
        assert_eq!(append(&mut writer).unwrap(), 2, "{reset}: a turn hears nothing of it");
        server.lines(Purpose::Queries).lend().unwrap().ask(told).unwrap();
        // Outside any transaction nothing is tried again, nor kept.
        let _ = server.turns(&[tenant]);
        assert_eq!(server.turns(&[tenant]).unwrap().len(), 1);
    }
}

#[test]
fn a_connection_that_is_reset_in_a_turn_loses_that_turn_alone() {
    let Some(url) = url() else { return };
    let (server, tenant) = (Postgres::connect(&url, 2).unwrap(), new_id());
    let mut writer = writer_of(&server, tenant);
    assert_eq!(append(&mut writer).unwrap(), 1);
    writer.begin().unwrap();
    writer.append(&NewEvent { module: "demo", name: "lost", body_json: "{}", cause: None, at: NOW }).unwrap();
    writer.meta_put("a", b"1").unwrap();
    writer.db.execute("DEALLOCATE ALL", &[]).unwrap();
    let lost = writer.meta_put("a", b"2").and_then(|()| writer.commit()).unwrap_err();
    assert!(matches!(&lost, StoreError::Unavailable(why) if why.contains("pooler")), "{lost:?}");
    assert!(!writer.in_transaction());
    writer.rollback().unwrap();
    assert_eq!(append(&mut writer).unwrap(), 2);
    writer.begin().unwrap();
    writer.meta_put("a", b"3").unwrap();
    writer.commit().unwrap();
}

/// One tenant's turn with a record as one version of a module has it.
fn insert(writer: &mut Writer, table: &RecordTable, n: u8, row: &[Value], fields: &[(&str, Type)]) {
    let def = record(fields.iter().map(|(name, of)| field(name, of.clone())).collect(), &[(&[0], false)]);
    writer.begin().unwrap();
    writer.insert(table, id(n), NOW, &mut toolcrib_contract::codec::Reader::new(&encode(&def, row))).unwrap();
    assert!(writer.get(table, id(n)).unwrap().is_some());
    writer.commit().unwrap();
}

#[test]
fn tables_that_grow_while_connections_know_statements_about_them_disturb_no_turn() {
    let Some(url) = url() else { return };
    let server = Postgres::connect(&url, 2).unwrap();
    let narrow = [("code", Type::Text { max: 9 })];
    let wide = [("code", Type::Text { max: 9 }), ("note", option(Type::Text { max: 9 }))];
    let def = |fields: &[(&str, Type)]| {
        record(fields.iter().map(|(name, of)| field(name, of.clone())).collect(), &[(&[0], false)])
    };
    let [old, new] = [&narrow[..], &wide[..]].map(|fields| RecordTable::new("grows", 1, &def(fields)));
    let mut writer = writer_of(&server, new_id());
    server.prepare(std::slice::from_ref(&old)).unwrap();
    writer.install(std::slice::from_ref(&old)).unwrap();
    let bytes = |tenant: RawId| {
        Session::new(server.clone(), tenant, Purpose::Commands).count_bytes(&[old.physical().to_owned()])
    };
    let tenant = new_id();
    for n in 1..=7 {
        // Often enough for the server to keep one plan for all.
        insert(&mut writer, &old, n, &[Value::Text("a".into())], &narrow);
        bytes(tenant).unwrap();
    }
    let backend = || seen(&Session::new(server.clone(), tenant, Purpose::Commands)).unwrap().2;
    let before = backend();
    server.prepare(std::slice::from_ref(&new)).unwrap();
    insert(&mut writer, &old, 8, &[Value::Text("b".into())], &narrow);
    bytes(tenant).unwrap();
    let mut other = writer_of(&server, new_id());
    other.install(std::slice::from_ref(&new)).unwrap();
    insert(&mut other, &new, 1, &[Value::Text("c".into()), Value::Text("d".into())], &wide);
    assert_eq!(backend(), before, "the same connection");
}

#[test]
fn a_statement_whose_columns_have_changed_loses_one_turn_and_its_connection() {
    if beside(async |db| db.execute("CREATE DATABASE changed_columns").await.map(drop)).is_none() {
        return;
    }
    let url = url_of("changed_columns").unwrap();
    let (server, tenant) = (Postgres::connect(&url, 2).unwrap(), new_id());
    let mut writer = writer_of(&server, tenant);
    // None of ours asks for whatever columns there are; this one does.
    let all = |writer: &mut Writer| {
        writer.begin()?;
        writer.db.rows("SELECT * FROM meta/*W*/", &[], |_| Ok(()))?;
        writer.meta_put("a", b"1")?;
        writer.commit()
    };
    all(&mut writer).unwrap();
    beside_on(&url, async |db| db.execute("ALTER TABLE tc.meta ADD COLUMN more bigint").await);
    let lost = all(&mut writer).unwrap_err();
    assert!(matches!(lost, StoreError::Unavailable(_)), "{lost:?}");
    writer.rollback().unwrap();
    all(&mut writer).unwrap();
}
