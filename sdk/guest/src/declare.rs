//! What the macros expand to: declarations as static tables, and the manifest made of them.

use crate::handler::{Event, Handler, Operation};
use crate::record::{Column, Columns, Crosses, Embed, Record, Stored};
use toolcrib_contract::manifest::{
    CallDef, EventDef, HandlerDef, HandlerKind, IndexDef, ReadDef, RecordDef, Request, RequestKind, Words,
};
use toolcrib_contract::schema::{Field, Schema};
use toolcrib_contract::signal::Level;
use toolcrib_contract::view::View;
use toolcrib_contract::{Manifest, Reader, Type};

/// Name and version of this SDK, as manifests state it.
pub const SDK: &str = concat!("rust ", env!("CARGO_PKG_VERSION"));

/// A field in a static table, or all fields of a structure that is embedded.
pub enum FieldDecl {
    One { name: &'static str, of: fn() -> Type, doc: &'static str },
    All(&'static [FieldDecl]),
}

/// How many fields a table comes to.
pub const fn width(table: &[FieldDecl]) -> u32 {
    let (mut width, mut at) = (0, 0);
    while at < table.len() {
        width += match &table[at] {
            FieldDecl::One { .. } => 1,
            FieldDecl::All(table) => self::width(table),
        };
        at += 1;
    }
    width
}

/// The fields of a structure that is embedded.
pub const fn embedded<T: Embed>() -> &'static [FieldDecl] {
    T::FIELDS
}

/// An index in a static table: positions of its fields, and whether it is unique.
pub type IndexDecl = (&'static [u32], bool);
/// A text for people: Chinese, English.
pub type WordsDecl = (&'static str, &'static str);

/// What `#[record]` declares.
pub trait RecordDeclaration: Record {
    const DOC: &'static str;
    const SHARED: bool;
    const INDEXES: &'static [IndexDecl];
}

/// What `#[shared_record]` declares.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shared record",
    label = "`reads` lists structs marked #[shared_record(module = \"…\")]; own records go under `records`"
)]
pub trait ReadDeclaration: Stored {
    const INDEXES: &'static [IndexDecl];
    const REASON: WordsDecl;
}

/// An own record in a static table.
pub struct RecordDecl {
    name: &'static str,
    doc: &'static str,
    shared: bool,
    fields: &'static [FieldDecl],
    indexes: &'static [IndexDecl],
}

/// Another module's record in a static table.
pub struct ReadDecl {
    module: &'static str,
    record: &'static str,
    fields: &'static [FieldDecl],
    indexes: &'static [IndexDecl],
    reason: WordsDecl,
}

/// An event in a static table.
pub struct EventDecl {
    name: &'static str,
    doc: &'static str,
    body: fn() -> Type,
}

/// A call of another module's operation in a static table.
pub struct OperationDecl {
    call: CallDecl,
    fields: &'static [FieldDecl],
    output: fn() -> Type,
}

/// A view in a static table, called as its function is.
pub struct ViewDecl {
    name: &'static str,
    describe: fn() -> View,
}

/// What a handler attribute declares.
pub struct HandlerDecl {
    pub name: &'static str,
    pub doc: &'static str,
    pub kind: KindDecl,
    pub input: fn() -> Type,
    pub output: fn() -> Type,
    pub roles: &'static [&'static str],
}

/// What makes a handler run.
pub enum KindDecl {
    Command,
    Query,
    Connector,
    Signal(&'static str),
    Window(&'static str),
    Level {
        signal: &'static str,
        above: bool,
        limit: &'static str,
        back: &'static str,
        for_s: u32,
    },
    /// Signal and seconds.
    Silence(&'static str, u32),
    /// Module (empty: its own) and event.
    Event(&'static str, &'static str),
    Timer,
}

/// What `#[operation_of]` declares.
pub struct CallDecl {
    pub module: &'static str,
    pub operation: &'static str,
    pub reason: WordsDecl,
}

/// A capability asked for in `module!`.
pub enum RequestDecl {
    Outbound { host: &'static str, reason: WordsDecl, optional: bool },
    Readings { signal: &'static str, reason: WordsDecl, optional: bool },
}

/// A text of a table; not inlined, as there are many.
#[inline(never)]
fn own(text: &str) -> String {
    text.to_owned()
}

fn words((zh, en): WordsDecl) -> Words {
    Words { zh: own(zh), en: own(en) }
}

/// Fields of a static table.
pub fn fields(table: &[FieldDecl]) -> Vec<Field> {
    let mut fields = Vec::new();
    add(table, &mut fields);
    fields
}

fn add(table: &[FieldDecl], fields: &mut Vec<Field>) {
    for field in table {
        match field {
            FieldDecl::One { name, of, doc } => {
                fields.push(Field { name: own(name), of: of(), doc: own(doc) });
            }
            FieldDecl::All(table) => add(table, fields),
        }
    }
}

/// A record as its fields, without the head of a row.
pub fn of_record<R: Stored>() -> Type {
    structure(R::RECORD, R::FIELDS)
}

/// A structure of a static table.
pub fn structure(name: &str, table: &[FieldDecl]) -> Type {
    Type::Struct { name: own(name), fields: fields(table) }
}

fn indexes(table: &[IndexDecl]) -> Vec<IndexDef> {
    table.iter().map(|(fields, unique)| IndexDef { fields: fields.to_vec(), unique: *unique }).collect()
}

pub const fn record<R: RecordDeclaration>() -> RecordDecl {
    RecordDecl { name: R::RECORD, doc: R::DOC, shared: R::SHARED, fields: R::FIELDS, indexes: R::INDEXES }
}

pub const fn read<R: ReadDeclaration>() -> ReadDecl {
    ReadDecl { module: R::MODULE, record: R::RECORD, fields: R::FIELDS, indexes: R::INDEXES, reason: R::REASON }
}

pub const fn call<O: Operation>() -> OperationDecl {
    OperationDecl { call: O::DECLARATION, fields: O::FIELDS, output: O::Output::schema }
}

pub const fn event<E: Event>() -> EventDecl {
    EventDecl { name: E::NAME, doc: E::DOC, body: E::schema }
}

pub const fn handler<H: Handler>() -> HandlerDecl {
    H::DECLARATION
}

pub const fn view(name: &'static str, describe: fn() -> View) -> ViewDecl {
    ViewDecl { name, describe }
}

fn record_def(decl: &RecordDecl) -> RecordDef {
    RecordDef {
        name: own(decl.name),
        doc: own(decl.doc),
        shared: decl.shared,
        fields: fields(decl.fields),
        indexes: indexes(decl.indexes),
    }
}

fn read_def(decl: &ReadDecl) -> ReadDef {
    ReadDef {
        module: own(decl.module),
        record: own(decl.record),
        fields: fields(decl.fields),
        indexes: indexes(decl.indexes),
        reason: words(decl.reason),
    }
}

fn call_def(decl: &OperationDecl) -> CallDef {
    let CallDecl { module, operation, reason } = decl.call;
    CallDef {
        module: own(module),
        operation: own(operation),
        input: structure(operation, decl.fields),
        output: (decl.output)(),
        reason: words(reason),
    }
}

fn event_def(decl: &EventDecl) -> EventDef {
    EventDef { name: own(decl.name), doc: own(decl.doc), body: (decl.body)() }
}

fn view_def(decl: &ViewDecl) -> View {
    View { name: own(decl.name), ..(decl.describe)() }
}

fn handler_def(decl: &HandlerDecl) -> HandlerDef {
    let kind = match decl.kind {
        KindDecl::Command => HandlerKind::Command,
        KindDecl::Query => HandlerKind::Query,
        KindDecl::Connector => HandlerKind::Connector,
        KindDecl::Signal(signal) => HandlerKind::OnSignal { signal: own(signal) },
        KindDecl::Window(signal) => HandlerKind::OnWindow { signal: own(signal) },
        KindDecl::Level { signal, above, limit, back, for_s } => HandlerKind::OnLevel {
            signal: own(signal),
            level: Level { above, limit: own(limit), back: own(back), for_s },
        },
        KindDecl::Silence(signal, silent_s) => HandlerKind::OnSilence { signal: own(signal), silent_s },
        KindDecl::Event(module, event) => HandlerKind::OnEvent { module: own(module), event: own(event) },
        KindDecl::Timer => HandlerKind::Timer,
    };
    HandlerDef {
        name: own(decl.name),
        doc: own(decl.doc),
        kind,
        input: (decl.input)(),
        output: (decl.output)(),
        roles: decl.roles.iter().map(|role| own(role)).collect(),
    }
}

/// All that `module!` says, as static tables.
pub struct Tables {
    pub module: &'static str,
    pub version: &'static str,
    pub title: WordsDecl,
    pub summary: WordsDecl,
    pub requests: &'static [RequestDecl],
    pub records: &'static [RecordDecl],
    pub reads: &'static [ReadDecl],
    pub calls: &'static [OperationDecl],
    pub events: &'static [EventDecl],
    pub handlers: &'static [HandlerDecl],
    pub views: &'static [ViewDecl],
}

/// The manifest that the tables say.
pub fn manifest(tables: &Tables) -> Manifest {
    Manifest {
        module: own(tables.module),
        version: own(tables.version),
        sdk: own(SDK),
        title: words(tables.title),
        summary: words(tables.summary),
        records: each(tables.records, record_def),
        reads: each(tables.reads, read_def),
        calls: each(tables.calls, call_def),
        events: each(tables.events, event_def),
        handlers: each(tables.handlers, handler_def),
        requests: each(tables.requests, request),
        views: each(tables.views, view_def),
    }
}

/// A loop, since the adapters of iterators weigh several times as much in a module.
fn each<D, T>(table: &[D], define: fn(&D) -> T) -> Vec<T> {
    let mut all = Vec::new();
    for decl in table {
        all.push(define(decl));
    }
    all
}

fn request(decl: &RequestDecl) -> Request {
    let (kind, reason, optional) = match decl {
        RequestDecl::Outbound { host, reason, optional } => {
            (RequestKind::Outbound { host: own(host) }, reason, optional)
        }
        RequestDecl::Readings { signal, reason, optional } => {
            (RequestKind::Readings { signal: own(signal) }, reason, optional)
        }
    };
    Request { kind, reason: words(*reason), optional: *optional }
}

/// How a type is described, written and read.
pub struct Form<T> {
    pub schema: fn() -> Type,
    pub put: fn(&T, &mut Vec<u8>),
    pub blank: fn() -> T,
    pub fill: fn(&mut T, &mut Reader<'_>),
}

/// The form of a record's field. Macros take all parts from here: a wrong type is then one error, not four.
#[inline(always)]
pub const fn column<T: Column>() -> Form<T> {
    Form { schema: T::schema, put: T::encode, blank: T::blank, fill: T::fill }
}

/// The form of a parameter, an output, or a field of an event or value.
#[inline(always)]
pub const fn crossing<T: Crosses>() -> Form<T> {
    Form { schema: T::schema, put: T::encode, blank: T::blank, fill: T::fill }
}

/// The form of the columns that a structure embedded in a record stands for.
#[inline(always)]
pub const fn columns<T: Columns>() -> Form<T> {
    Form { schema: T::schema, put: T::encode, blank: T::blank, fill: T::fill }
}

/// A field that is taken from the same field of another structure: as it is, as what is there (`Some`), or as a reference
/// to the row of an id.
#[inline(always)]
pub fn taken<T: Into<U>, U>(field: T) -> U {
    field.into()
}

/// The type of what the host delivers to an `#[on]` handler, which the author must not choose.
pub fn delivered<T: Delivered<D>, D: Crosses>() -> Type {
    D::schema()
}

/// A parameter that takes what the host delivers.
#[diagnostic::on_unimplemented(
    message = "this handler gets a `{D}`, not a `{Self}`",
    label = "take a StateChange with #[on(signal = …)], a Window with #[on(window = …)], a Crossing with above or below, a Silence with silent_s"
)]
pub trait Delivered<D> {}
impl<D: Crosses> Delivered<D> for D {}

/// An enum as data.
pub fn cases(name: &str, cases: &[&str]) -> Type {
    Type::Enum { name: own(name), cases: cases.iter().map(|case| own(case)).collect() }
}
