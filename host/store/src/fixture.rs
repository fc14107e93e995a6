//! A tenant and a record with a field of every type, for the tests of this crate.

use crate::{RecordTable, StoreError, TenantOptions, Writer};
use tempfile::TempDir;
use toolcrib_contract::codec::{Encode, Reader};
use toolcrib_contract::manifest::{IndexDef, RecordDef};
use toolcrib_contract::row::RowHead;
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::value::{self, Value};

pub(crate) const NOW: Instant = Instant(1_790_000_000_000_000);

/// A tenant's directory that goes away with it.
pub(crate) struct Tenant {
    pub dir: TempDir,
    pub writer: Writer,
}

impl Tenant {
    pub fn new() -> Self {
        Self::with(&TenantOptions::default())
    }

    pub fn with(options: &TenantOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::open(dir.path(), options).unwrap();
        Self { dir, writer }
    }

    pub fn with_record(def: &RecordDef) -> (Self, RecordTable) {
        let mut tenant = Self::new();
        let table = RecordTable::new("demo", 1, def);
        tenant.writer.install(std::slice::from_ref(&table)).unwrap();
        (tenant, table)
    }

    pub fn insert(&mut self, def: &RecordDef, table: &RecordTable, n: u8, values: &[Value]) -> Result<(), StoreError> {
        self.writer.insert(table, id(n), NOW, &mut Reader::new(&encode(def, values)))
    }

    pub fn get(&mut self, def: &RecordDef, table: &RecordTable, n: u8) -> Option<(RowHead, Vec<Value>)> {
        self.writer.get(table, id(n)).unwrap().map(|row| decode(def, &mut Reader::new(&row)))
    }
}

pub(crate) fn id(n: u8) -> RawId {
    let mut id = [0; 16];
    (id[0], id[15]) = (1, n);
    RawId(id)
}

pub(crate) fn encode(def: &RecordDef, values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    value::write_fields(&def.fields, values, &mut out);
    out
}

pub(crate) fn decode(def: &RecordDef, reader: &mut Reader<'_>) -> (RowHead, Vec<Value>) {
    (RowHead::read(reader).unwrap(), value::read_fields(&def.fields, reader).unwrap())
}

pub(crate) fn one(ty: &Type, value: &Value) -> toolcrib_contract::codec::Bytes {
    let mut out = Vec::new();
    value::write(ty, value, &mut out);
    toolcrib_contract::codec::Bytes(out)
}

pub(crate) fn field(name: &str, of: Type) -> Field {
    Field { name: name.to_owned(), of, doc: String::new() }
}

pub(crate) fn option(of: Type) -> Type {
    Type::Option { of: Box::new(of) }
}

pub(crate) fn record(fields: Vec<Field>, indexes: &[(&[u32], bool)]) -> RecordDef {
    let indexes = indexes.iter().map(|(fields, unique)| IndexDef { fields: fields.to_vec(), unique: *unique });
    RecordDef { name: "thing".into(), doc: String::new(), shared: true, fields, indexes: indexes.collect() }
}

/// Every scalar type, each also optional, in one record.
pub(crate) fn every_type() -> RecordDef {
    let cases = vec!["run".to_owned(), "idle".to_owned(), "down".to_owned()];
    let scalars = [
        ("flag", Type::Bool),
        ("number", Type::Int),
        ("ratio", Type::Float),
        ("price", Type::Decimal { scale: 2 }),
        ("name", Type::Text { max: 5 }),
        ("at", Type::Instant),
        ("day", Type::Date),
        ("own", Type::Id { record: "thing".into() }),
        ("other", Type::Ref { module: "plant".into(), record: "site".into() }),
        ("state", Type::Enum { name: "state".into(), cases }),
    ];
    let optional = scalars.iter().map(|(name, of)| field(&format!("maybe_{name}"), option(of.clone())));
    let fields = scalars.iter().map(|(name, of)| field(name, of.clone())).chain(optional).collect();
    record(fields, &[(&[4], true), (&[9, 11], false)])
}

/// A row of [`every_type`]: all options present or all absent.
pub(crate) fn row(name: &str, present: bool) -> Vec<Value> {
    let scalars = vec![
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Float(0.1),
        Value::Decimal(-1_250),
        Value::Text(name.to_owned()),
        Value::Instant(Instant::MAX),
        Value::Date(toolcrib_contract::Date::MAX),
        Value::Id(id(200)),
        Value::Id(id(201)),
        Value::Enum(2),
    ];
    let options: Vec<_> = scalars.iter().map(|value| if present { value.clone() } else { Value::None }).collect();
    scalars.into_iter().chain(options).collect()
}

/// What a hostile module may send as an id.
pub(crate) fn id_bytes(n: u8) -> Vec<u8> {
    id(n).to_bytes()
}
