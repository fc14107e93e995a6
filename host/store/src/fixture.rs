//! A tenant and a record with a field of every type, for the tests of this crate.

use crate::{
    AuditLine, Home, NewDead, NewEffect, NewEvent, NewFile, NewReading, OperatorRow, Postgres, RecordTable, StoreError,
    SubscriptionRow, TenantOptions, TerminalRow, Used, Writer,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use toolcrib_contract::codec::{Encode, Reader};
use toolcrib_contract::manifest::{IndexDef, RecordDef};
use toolcrib_contract::row::RowHead;
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::value::{self, Value};

#[path = "../../../tests/cluster.rs"]
pub(crate) mod cluster;

pub(crate) const NOW: Instant = Instant(1_790_000_000_000_000);

/// A tenant with its directory, which goes away with it.
pub(crate) struct Tenant {
    pub dir: TempDir,
    pub id: RawId,
    pub home: Home,
    pub options: TenantOptions,
    pub writer: Writer,
}

/// An engine that promises are tried on.
#[derive(Clone, Debug)]
pub(crate) struct Engine(pub Option<Postgres>);

/// Both engines, or the one that there is.
pub(crate) fn engines() -> Vec<Engine> {
    std::iter::once(Engine(None)).chain(postgres().map(|server| Engine(Some(server)))).collect()
}

/// A server, if PostgreSQL is installed.
pub(crate) fn postgres() -> Option<Postgres> {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    let cluster = cluster::cluster()?;
    Some(SERVER.get_or_init(|| Postgres::connect(&cluster.url("postgres"), 40).unwrap()).clone())
}

/// The same server, and a host that forgot its own conditions: only row-level security is left between its tenants, and
/// others have rows under the same keys.
pub(crate) fn bare() -> Option<Postgres> {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    let plain = postgres()?;
    let connect = || {
        let (id, options) = (new_id(), TenantOptions { database: Some(plain.clone()), ..TenantOptions::default() });
        fill(&mut writer_of(&plain, id));
        fill_readings(&Home::new(std::path::PathBuf::new(), id, &options), &options, "m");
        let server = Postgres::connect(&url()?, 20).unwrap();
        server.texts().bare.store(true, Ordering::Relaxed);
        Some(server)
    };
    Some(SERVER.get_or_init(|| connect().unwrap()).clone())
}

/// How to reach it otherwise.
pub(crate) fn url() -> Option<String> {
    url_of("postgres")
}

/// The same for another database.
pub(crate) fn url_of(database: &str) -> Option<String> {
    cluster::cluster().map(|cluster| cluster.url(database))
}

/// The writer of one host to a tenant.
pub(crate) fn writer_of(server: &Postgres, tenant: RawId) -> Writer {
    let options = TenantOptions { database: Some(server.clone()), ..TenantOptions::default() };
    Home::new(std::path::PathBuf::new(), tenant, &options).writer(&options).unwrap()
}

/// Each promise as a test of either engine.
macro_rules! on_each_engine {
    ($($promise:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $promise() { super::$promise(&$crate::fixture::Engine(None)); })*
        }
        mod postgres {
            $(#[test] fn $promise() {
                if let Some(server) = $crate::fixture::postgres() {
                    super::$promise(&$crate::fixture::Engine(Some(server)));
                }
            })*
        }
        /// Where the host names no tenant in any condition, row-level security alone has to keep the promise.
        mod walls {
            $(#[test] fn $promise() {
                if let Some(server) = $crate::fixture::bare() {
                    super::$promise(&$crate::fixture::Engine(Some(server)));
                }
            })*
        }
    };
}
pub(crate) use on_each_engine;

/// A clock that stands still until time passes.
pub(crate) struct Clock(Arc<Mutex<std::time::Instant>>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(std::time::Instant::now())))
    }
}

impl Clock {
    pub fn now(&self) -> Arc<dyn Fn() -> std::time::Instant + Send + Sync> {
        let now = self.0.clone();
        Arc::new(move || *now.lock().unwrap())
    }

    pub fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

/// Nobody has had this id before.
pub(crate) fn new_id() -> RawId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut id = [7; 16];
    id[8..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    RawId(id)
}

impl Engine {
    pub fn tenant(&self) -> Tenant {
        self.tenant_with(&TenantOptions::default())
    }

    pub fn tenant_with(&self, options: &TenantOptions) -> Tenant {
        let options = TenantOptions { database: self.0.clone(), ..options.clone() };
        let dir = tempfile::tempdir().unwrap();
        let id = new_id();
        let home = Home::new(dir.path().to_owned(), id, &options);
        let writer = home.writer(&options).unwrap();
        Tenant { dir, id, home, options, writer }
    }

    pub fn with_record(&self, def: &RecordDef) -> (Tenant, RecordTable) {
        let mut tenant = self.tenant();
        let table = self.table(def);
        tenant.writer.install(std::slice::from_ref(&table)).unwrap();
        if self.0.as_ref().is_some_and(|server| server.texts().bare.load(Ordering::Relaxed)) {
            crowd(def, &table);
        }
        (tenant, table)
    }

    /// Of a module of its own: all tenants share the tables of one.
    pub fn table(&self, def: &RecordDef) -> RecordTable {
        RecordTable::new(&module(def), 1, def)
    }
}

/// A neighbour with rows of a record, under the ids that everybody's rows have.
fn crowd(def: &RecordDef, table: &RecordTable) {
    let (mut tenant, mut said) = (Engine(postgres()).tenant(), 0);
    tenant.writer.install(std::slice::from_ref(table)).unwrap();
    tenant.writer.begin().unwrap();
    for n in 1..=9 {
        let values: Vec<_> = def.fields.iter().map(|field| sample(&field.of, n)).collect();
        said += u32::from(tenant.insert(def, table, n, &values).is_ok());
    }
    assert!(said > 0);
    tenant.writer.commit().unwrap();
}

fn sample(of: &Type, n: u8) -> Value {
    match of {
        Type::Option { of } => sample(of, n),
        Type::Bool => Value::Bool(n.is_multiple_of(2)),
        Type::Float => Value::Float(n.into()),
        Type::Decimal { .. } => Value::Decimal(n.into()),
        Type::Text { .. } => Value::Text(char::from(b'a' + n - 1).to_string()),
        Type::Instant => Value::Instant(NOW),
        Type::Date => Value::Date(toolcrib_contract::Date::MAX),
        Type::Id { .. } | Type::Ref { .. } => Value::Id(id(n)),
        Type::Enum { .. } => Value::Enum(0),
        _ => Value::Int(n.into()),
    }
}

/// A name that depends on the record.
fn module(def: &RecordDef) -> String {
    let text = format!("{def:?}");
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("demo{hash:x}")
}

impl Tenant {
    pub fn new() -> Self {
        Engine(None).tenant()
    }

    pub fn with(options: &TenantOptions) -> Self {
        Engine(None).tenant_with(options)
    }

    pub fn with_record(def: &RecordDef) -> (Self, RecordTable) {
        let mut tenant = Self::new();
        let table = RecordTable::new("demo", 1, def);
        tenant.writer.install(std::slice::from_ref(&table)).unwrap();
        (tenant, table)
    }

    /// One group.
    pub fn group<T>(&mut self, work: impl FnOnce(&mut Writer) -> T) -> T {
        self.writer.begin().unwrap();
        let done = work(&mut self.writer);
        self.writer.commit().unwrap();
        done
    }

    /// Another host takes over, or this one starts anew.
    pub fn reopen(&mut self) {
        self.writer = self.home.writer(&self.options).unwrap();
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

/// The same without a unique index, so that new rows wait for the end of their turn.
pub(crate) fn nothing_unique() -> RecordDef {
    let mut def = every_type();
    def.name = "plain".to_owned();
    def.indexes.retain(|index| !index.unique);
    def
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

/// Somebody of the shop floor.
pub(crate) fn operator(code: &str, badge: u8) -> OperatorRow {
    OperatorRow {
        code: code.to_owned(),
        name: "王师傅".to_owned(),
        role: "operator".to_owned(),
        language: "zh-CN".to_owned(),
        badge: Some([badge; 32]),
        pin: None,
        active: true,
        wrong: 0,
        locked_until: None,
    }
}

/// What a hostile module may send as an id.
pub(crate) fn id_bytes(n: u8) -> Vec<u8> {
    id(n).to_bytes()
}

/// One row in every table of readings but that of what was brought, by one reading that is kept and one put aside; and one
/// there.
pub(crate) fn fill_readings(home: &Home, options: &TenantOptions, name: &str) {
    let mut readings = home.readings(options).unwrap();
    let value = Sample::Word { value: name.to_owned() };
    let (signal, far) = (format!("{name}.x"), NOW.plus_us(900 * 86_400_000_000));
    let new = |at| NewReading { signal: &signal, at, value: &value, quality: Quality::Good };
    readings.append(name, &[new(NOW), new(far)], NOW).unwrap();
    let session = home.session(crate::engine::Purpose::Readings).unwrap();
    session.begin().unwrap();
    session
        .execute("INSERT INTO readings_brought(/*c*/mark) VALUES(/*v*/?1)", crate::engine::values![&[1u8; 32]])
        .unwrap();
    session.commit().unwrap();
}

/// Rows in every table of the host.
pub(crate) fn fill(writer: &mut Writer) {
    writer.begin().unwrap();
    let (at, module) = (NOW, "demo");
    writer.append(&NewEvent { module, name: "made", body_json: "{}", cause: None, at }).unwrap();
    writer.advance("demo/on_made", 1).unwrap();
    writer.bury(&NewDead { consumer: "demo/on_made", seq: 1, why: "no", body: b"{}", at }).unwrap();
    writer.remember("user:1", "key", [1; 16], 200, b"{}", at).unwrap();
    writer.set_timer(module, "tick", "", at, b"").unwrap();
    writer.add_effect(&NewEffect { id: id(1), module, kind: "webhook", target: "x", body: b"", at }).unwrap();
    writer.audit(&AuditLine { at, actor: "user:1", action: "make", module, detail_json: "{}" }).unwrap();
    writer.usage(module, "make", at, Used { calls: 1, ..Used::default() });
    let (module, version, digest) = (module.to_owned(), "1.0.0".to_owned(), "sha256:ab".to_owned());
    let (state, grants_json) = ("active".to_owned(), "[]".to_owned());
    writer.put_subscription(&SubscriptionRow { module, version, digest, state, grants_json, since: at }).unwrap();
    writer.meta_put("m", b"v").unwrap();
    let (name, places, shows) = ("one".to_owned(), String::new(), String::new());
    writer
        .put_terminal(&TerminalRow { id: id(1), name, places, shows, secret: None, paired: None, seen: None })
        .unwrap();
    writer.put_operator(&operator("W1", 1)).unwrap();
    writer.put_file(&NewFile { module: "demo", digest: &[1; 32], ending: "jpg", body: b"photo", at }).unwrap();
    writer.commit().unwrap();
}
