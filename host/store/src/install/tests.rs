//! A module's schema grows: what may change, and what must not.

use crate::fixture::*;
use crate::{RecordTable, StoreError};
use toolcrib_contract::codec::Reader;
use toolcrib_contract::manifest::{IndexDef, ReadDef, RecordDef, Words};
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::select::Select;
use toolcrib_contract::value::Value;

on_each_engine![
    a_new_optional_field_is_empty_in_old_rows,
    texts_and_enums_widen_and_required_fields_become_optional_with_their_rows,
    a_dropped_field_stays_unseen_and_does_not_hinder_new_rows,
    a_change_that_would_lose_data_is_refused_and_leaves_everything,
    an_index_no_longer_declared_no_longer_binds,
    a_definition_that_is_no_table_is_refused_without_panic,
    a_reader_of_a_shared_record_sees_only_the_fields_it_declared,
];

fn text(max: u32) -> Type {
    Type::Text { max }
}

fn cases(names: &[&str]) -> Type {
    Type::Enum { name: "state".into(), cases: names.iter().map(|name| (*name).to_owned()).collect() }
}

fn first() -> RecordDef {
    record(
        vec![field("code", text(3)), field("state", cases(&["run", "idle"])), field("line", Type::Int)],
        &[(&[0], true)],
    )
}

fn changed(change: impl FnOnce(&mut Vec<Field>)) -> RecordDef {
    let mut def = first();
    change(&mut def.fields);
    def
}

/// A tenant with one row of [`first`], and `def` installed over it.
fn upgraded(engine: &Engine, module: &str, def: &RecordDef) -> Result<(Tenant, RecordTable), StoreError> {
    let mut tenant = engine.tenant();
    let table = RecordTable::new(module, 1, &first());
    tenant.writer.install(std::slice::from_ref(&table))?;
    tenant.writer.begin()?;
    tenant.insert(&first(), &table, 1, &[Value::Text("abc".into()), Value::Enum(1), Value::Int(7)])?;
    tenant.writer.commit()?;
    let table = RecordTable::new(module, 1, def);
    tenant.writer.install(std::slice::from_ref(&table))?;
    tenant.writer.begin()?;
    Ok((tenant, table))
}

fn a_new_optional_field_is_empty_in_old_rows(engine: &Engine) {
    let def = changed(|fields| fields.push(field("note", option(text(9)))));
    let (mut tenant, table) = upgraded(engine, "grown0", &def).unwrap();
    let row = tenant.get(&def, &table, 1).unwrap().1;
    assert_eq!(row, [Value::Text("abc".into()), Value::Enum(1), Value::Int(7), Value::None]);
    let new = [Value::Text("d".into()), Value::Enum(0), Value::Int(1), Value::Text("x".into())];
    tenant.insert(&def, &table, 2, &new).unwrap();
    // Back to the older version, as after a failed upgrade: it neither sees nor needs the field.
    let old = RecordTable::new("grown0", 1, &first());
    tenant.writer.install(std::slice::from_ref(&old)).unwrap();
    assert_eq!(tenant.get(&first(), &old, 2).unwrap().1, new[..3]);
    tenant.insert(&first(), &old, 3, &[Value::Text("e".into()), Value::Enum(0), Value::Int(1)]).unwrap();
}

fn texts_and_enums_widen_and_required_fields_become_optional_with_their_rows(engine: &Engine) {
    let def = changed(|fields| {
        fields[0].of = text(6);
        fields[1].of = cases(&["run", "idle", "down"]);
        fields[2].of = option(Type::Int);
    });
    let (mut tenant, table) = upgraded(engine, "grown1", &def).unwrap();
    assert_eq!(tenant.get(&def, &table, 1).unwrap().1, [Value::Text("abc".into()), Value::Enum(1), Value::Int(7)]);
    tenant.insert(&def, &table, 2, &[Value::Text("abcdef".into()), Value::Enum(2), Value::None]).unwrap();
    let clash = tenant.insert(&def, &table, 3, &[Value::Text("abc".into()), Value::Enum(0), Value::None]);
    assert!(matches!(clash, Err(StoreError::NotUnique { fields }) if fields == ["code"]));
    assert_eq!(tenant.writer.select(&table, &Select { limit: 9, ..Select::default() }).unwrap().count, 2);
    tenant.writer.integrity().unwrap();
}

fn a_dropped_field_stays_unseen_and_does_not_hinder_new_rows(engine: &Engine) {
    let def = changed(|fields| drop(fields.remove(2)));
    let (mut tenant, table) = upgraded(engine, "grown2", &def).unwrap();
    tenant.insert(&def, &table, 2, &[Value::Text("d".into()), Value::Enum(0)]).unwrap();
    let again = changed(|fields| fields[2].of = option(Type::Int));
    let table = RecordTable::new("grown2", 1, &again);
    tenant.writer.install(std::slice::from_ref(&table)).unwrap();
    assert_eq!(tenant.get(&again, &table, 1).unwrap().1[2], Value::Int(7));
    assert_eq!(tenant.get(&again, &table, 2).unwrap().1[2], Value::None);
}

fn a_change_that_would_lose_data_is_refused_and_leaves_everything(engine: &Engine) {
    let incompatible = [
        changed(|fields| fields[2].of = Type::Float),
        changed(|fields| fields[2].of = Type::Decimal { scale: 2 }),
        changed(|fields| fields.push(field("new", Type::Int))),
    ];
    for def in incompatible {
        let error = upgraded(engine, "grown3", &def).err().unwrap();
        assert!(matches!(error, StoreError::Incompatible(_)), "{error}");
    }
    let (mut tenant, table) = upgraded(engine, "grown3", &first()).unwrap();
    tenant.insert(&first(), &table, 2, &[Value::Text("d".into()), Value::Enum(1), Value::Int(7)]).unwrap();
    let mut def = changed(|fields| fields.push(field("note", option(text(9)))));
    def.indexes.push(IndexDef { fields: vec![2], unique: true });
    tenant.writer.commit().unwrap();
    let error = tenant.writer.install(&[RecordTable::new("grown3", 1, &def)]).unwrap_err();
    assert!(matches!(&error, StoreError::Incompatible(why) if why.contains("line")), "{error}");
    assert_eq!(tenant.get(&first(), &table, 2).unwrap().1[2], Value::Int(7));
    if engine.0.is_none() {
        let sql = format!("SELECT count(*) FROM pragma_table_info('{}')", table.physical());
        assert_eq!(tenant.writer.db.one(&sql, &[], |row| row.int(0)).unwrap(), 4 + 3);
    }
}

fn an_index_no_longer_declared_no_longer_binds(engine: &Engine) {
    let mut def = first();
    def.indexes = vec![IndexDef { fields: vec![2], unique: false }];
    let (mut tenant, table) = upgraded(engine, "grown4", &def).unwrap();
    tenant.insert(&def, &table, 2, &[Value::Text("abc".into()), Value::Enum(0), Value::Int(7)]).unwrap();
    assert_eq!(tenant.writer.select(&table, &Select { limit: 9, ..Select::default() }).unwrap().count, 2);
}

fn a_definition_that_is_no_table_is_refused_without_panic(engine: &Engine) {
    let mut tenant = engine.tenant();
    let list = Type::List { of: Box::new(Type::Int) };
    let flawed = [
        record(vec![field("items", list)], &[]),
        record(vec![field("a", Type::Int)], &[(&[7], false)]),
        record(vec![field("a", Type::Int), field("a", Type::Int)], &[]),
        record(vec![field("a); DROP TABLE event; --", Type::Int)], &[]),
        RecordDef { name: "x y".into(), ..record(vec![], &[]) },
    ];
    for def in flawed {
        let error = tenant.writer.install(&[RecordTable::new("grown5", 1, &def)]).unwrap_err();
        assert!(matches!(error, StoreError::Malformed(_)), "{error}");
    }
}

fn read(fields: Vec<Field>, indexes: Vec<IndexDef>) -> ReadDef {
    ReadDef { module: "grown6".into(), record: "thing".into(), fields, indexes, reason: Words::default() }
}

fn a_reader_of_a_shared_record_sees_only_the_fields_it_declared(engine: &Engine) {
    let def = record(
        vec![field("secret", text(9)), field("line", Type::Int), field("code", text(9))],
        &[(&[0], false), (&[1, 2], false)],
    );
    let mut tenant = engine.tenant();
    let table = RecordTable::new("grown6", 1, &def);
    tenant.writer.install(std::slice::from_ref(&table)).unwrap();
    tenant.writer.begin().unwrap();
    tenant.insert(&def, &table, 1, &[Value::Text("s".into()), Value::Int(4), Value::Text("c".into())]).unwrap();
    let index = |fields: Vec<u32>| IndexDef { fields, unique: false };
    let wanted = read(vec![field("code", text(12)), field("line", Type::Int)], vec![index(vec![1]), index(vec![1, 0])]);
    let view = RecordTable::view("grown6", 1, &def, &wanted).unwrap();
    let as_record = record(wanted.fields.clone(), &[]);
    let row = tenant.writer.get(&view, id(1)).unwrap().unwrap();
    assert_eq!(decode(&as_record, &mut Reader::new(&row)).1, [Value::Text("c".into()), Value::Int(4)]);
    let page = tenant.writer.select(&view, &Select { index: 1, limit: 5, ..Select::default() }).unwrap();
    assert_eq!(page.count, 1);

    let written = tenant.writer.delete(&view, id(1), 0).unwrap_err();
    assert!(matches!(written, StoreError::Malformed(_)), "{written}");
    let refused = [
        read(vec![field("absent", Type::Int)], vec![]),
        read(vec![field("line", Type::Float)], vec![]),
        read(vec![field("code", text(8))], vec![]),
        read(vec![field("code", text(9))], vec![index(vec![0])]),
        read(vec![field("code", text(9)), field("line", Type::Int)], vec![index(vec![0, 1])]),
        read(vec![field("line", Type::Int)], vec![index(vec![3])]),
    ];
    for wanted in refused {
        let error = RecordTable::view("grown6", 1, &def, &wanted).unwrap_err();
        assert!(matches!(error, StoreError::Incompatible(_)), "{error}");
    }
    let private = RecordDef { shared: false, ..def };
    assert!(RecordTable::view("grown6", 1, &private, &read(vec![], vec![])).is_err());
}
