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

fn words((zh, en): WordsDecl) -> Words {
    Words { zh: zh.to_owned(), en: en.to_owned() }
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
                fields.push(Field { name: (*name).to_owned(), of: of(), doc: (*doc).to_owned() });
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
    Type::Struct { name: name.to_owned(), fields: fields(table) }
}

fn indexes(table: &[IndexDecl]) -> Vec<IndexDef> {
    table.iter().map(|(fields, unique)| IndexDef { fields: fields.to_vec(), unique: *unique }).collect()
}

fn record_def(name: &str, doc: &str, shared: bool, table: &[FieldDecl], walks: &[IndexDecl]) -> RecordDef {
    RecordDef { name: name.to_owned(), doc: doc.to_owned(), shared, fields: fields(table), indexes: indexes(walks) }
}

pub fn record<R: RecordDeclaration>() -> RecordDef {
    record_def(R::RECORD, R::DOC, R::SHARED, R::FIELDS, R::INDEXES)
}

pub fn read<R: ReadDeclaration>() -> ReadDef {
    ReadDef {
        module: R::MODULE.to_owned(),
        record: R::RECORD.to_owned(),
        fields: fields(R::FIELDS),
        indexes: indexes(R::INDEXES),
        reason: words(R::REASON),
    }
}

pub fn call<O: Operation>() -> CallDef {
    let CallDecl { module, operation, reason } = O::DECLARATION;
    CallDef {
        module: module.to_owned(),
        operation: operation.to_owned(),
        input: structure(operation, O::FIELDS),
        output: O::Output::schema(),
        reason: words(reason),
    }
}

pub fn event<E: Event>() -> EventDef {
    EventDef { name: E::NAME.to_owned(), doc: E::DOC.to_owned(), body: E::schema() }
}

pub fn handler<H: Handler>() -> HandlerDef {
    handler_def(H::DECLARATION)
}

fn handler_def(decl: HandlerDecl) -> HandlerDef {
    let kind = match decl.kind {
        KindDecl::Command => HandlerKind::Command,
        KindDecl::Query => HandlerKind::Query,
        KindDecl::Connector => HandlerKind::Connector,
        KindDecl::Signal(signal) => HandlerKind::OnSignal { signal: signal.to_owned() },
        KindDecl::Window(signal) => HandlerKind::OnWindow { signal: signal.to_owned() },
        KindDecl::Level { signal, above, limit, back, for_s } => HandlerKind::OnLevel {
            signal: signal.to_owned(),
            level: Level { above, limit: limit.to_owned(), back: back.to_owned(), for_s },
        },
        KindDecl::Silence(signal, silent_s) => HandlerKind::OnSilence { signal: signal.to_owned(), silent_s },
        KindDecl::Event(module, event) => HandlerKind::OnEvent { module: module.to_owned(), event: event.to_owned() },
        KindDecl::Timer => HandlerKind::Timer,
    };
    HandlerDef {
        name: decl.name.to_owned(),
        doc: decl.doc.to_owned(),
        kind,
        input: (decl.input)(),
        output: (decl.output)(),
        roles: decl.roles.iter().map(|role| (*role).to_owned()).collect(),
    }
}

/// A view, called as its function is.
pub fn view(name: &str, describe: fn() -> View) -> View {
    View { name: name.to_owned(), ..describe() }
}

/// A module's own words: name, version, title, summary, requests.
pub struct Heading {
    pub module: &'static str,
    pub version: &'static str,
    pub title: WordsDecl,
    pub summary: WordsDecl,
    pub requests: &'static [RequestDecl],
}

/// The manifest without its lists, which `module!` fills.
pub fn manifest(heading: &Heading) -> Manifest {
    let requests = heading.requests.iter().map(|request| match request {
        RequestDecl::Outbound { host, reason, optional } => Request {
            kind: RequestKind::Outbound { host: (*host).to_owned() },
            reason: words(*reason),
            optional: *optional,
        },
        RequestDecl::Readings { signal, reason, optional } => Request {
            kind: RequestKind::Readings { signal: (*signal).to_owned() },
            reason: words(*reason),
            optional: *optional,
        },
    });
    Manifest {
        module: heading.module.to_owned(),
        version: heading.version.to_owned(),
        sdk: SDK.to_owned(),
        title: words(heading.title),
        summary: words(heading.summary),
        records: Vec::new(),
        reads: Vec::new(),
        calls: Vec::new(),
        events: Vec::new(),
        handlers: Vec::new(),
        requests: requests.collect(),
        views: Vec::new(),
    }
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
    Type::Enum { name: name.to_owned(), cases: cases.iter().map(|case| (*case).to_owned()).collect() }
}
