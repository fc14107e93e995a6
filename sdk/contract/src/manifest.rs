//! What a module declares, inferred from its Rust code and stored at publish.

use crate::schema::{Field, Type};
use crate::signal::Level;
use crate::view::View;
use crate::{codec_enum, codec_struct};

/// The whole declaration of one version of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Manifest {
    pub module: String,
    /// Semantic version without build metadata.
    pub version: String,
    /// Name and version of the SDK that wrote this, for example `rust 0.1.0`.
    pub sdk: String,
    pub title: Words,
    pub summary: Words,
    pub records: Vec<RecordDef>,
    /// Shared records of other modules that this one reads.
    pub reads: Vec<ReadDef>,
    /// Operations of other modules that this one calls.
    pub calls: Vec<CallDef>,
    pub events: Vec<EventDef>,
    /// Position is the handler's number at the boundary.
    pub handlers: Vec<HandlerDef>,
    /// Everything else it wants, with reasons.
    pub requests: Vec<Request>,
    /// Pages that it describes. Without any, the host generates pages from the operations.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub views: Vec<View>,
}
codec_struct!(Manifest {
    module,
    version,
    sdk,
    title,
    summary,
    records,
    reads,
    calls,
    events,
    handlers,
    requests,
    views
});

/// A text for people, in both languages of the console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Words {
    pub zh: String,
    pub en: String,
}
codec_struct!(Words { zh, en });

/// Chinese, English.
impl From<(&str, &str)> for Words {
    fn from((zh, en): (&str, &str)) -> Self {
        Self { zh: zh.to_owned(), en: en.to_owned() }
    }
}

impl From<&Words> for Words {
    fn from(words: &Words) -> Self {
        words.clone()
    }
}

/// Formats [`Words`](crate::manifest::Words): the Chinese format, the English one, then what both are given. What is named
/// after a semicolon is itself `Words`, and stands in each text in its language.
///
/// ```
/// let what = toolcrib_contract::manifest::Words::from(("名称", "name"));
/// let told = toolcrib_contract::words!("第 {} 行缺少{what}", "Row {} has no {what}", 3; what);
/// assert_eq!((told.zh.as_str(), told.en.as_str()), ("第 3 行缺少名称", "Row 3 has no name"));
/// ```
#[macro_export]
macro_rules! words {
    ($zh:literal, $en:literal $(, $arg:expr)* $(; $($of:ident $(= $value:expr)?),+)? $(,)?) => {
        $crate::manifest::Words {
            zh: { $($(let $of = $crate::words!(@part $of $($value)?).zh.clone();)+)? format!($zh $(, $arg)*) },
            en: { $($(let $of = $crate::words!(@part $of $($value)?).en.clone();)+)? format!($en $(, $arg)*) },
        }
    };
    (@part $of:ident) => { $of };
    (@part $of:ident $value:expr) => { $value };
}

/// A record: typed columns in the tenant's database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordDef {
    pub name: String,
    pub doc: String,
    /// Other modules may read it, with the tenant's consent.
    pub shared: bool,
    /// Scalars and options of scalars.
    pub fields: Vec<Field>,
    pub indexes: Vec<IndexDef>,
}
codec_struct!(RecordDef { name, doc, shared, fields, indexes });

/// An index over fields of a record, by their positions. The row's id is always its last key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct IndexDef {
    pub fields: Vec<u32>,
    pub unique: bool,
}
codec_struct!(IndexDef { fields, unique });

/// A view of another module's shared record: the fields this module reads, and the indexes it walks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct ReadDef {
    pub module: String,
    pub record: String,
    /// A subset of the owner's fields, by name and with the same types.
    pub fields: Vec<Field>,
    /// Each must be a prefix of one of the owner's indexes.
    pub indexes: Vec<IndexDef>,
    pub reason: Words,
}
codec_struct!(ReadDef { module, record, fields, indexes, reason });

/// An operation of another module, as this one expects it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct CallDef {
    pub module: String,
    pub operation: String,
    pub input: Type,
    pub output: Type,
    pub reason: Words,
}
codec_struct!(CallDef { module, operation, input, output, reason });

/// A fact that other modules may subscribe to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct EventDef {
    pub name: String,
    pub doc: String,
    pub body: Type,
}
codec_struct!(EventDef { name, doc, body });

/// The role of a module whose event handler or timer calls another one's operation: no person stands behind the call, and
/// no person ever has it.
pub const MODULE_ROLE: &str = "module";

/// One entry point of the module.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct HandlerDef {
    /// Operations are addressed by it: `POST /v1/t/{tenant}/m/{module}/{name}`.
    pub name: String,
    pub doc: String,
    pub kind: HandlerKind,
    /// A structure whose fields are the handler's parameters.
    pub input: Type,
    pub output: Type,
    /// Roles of people who may call it, and [`MODULE_ROLE`] for modules that nobody asked; empty: everyone of the tenant
    /// who may use the module.
    pub roles: Vec<String>,
}
codec_struct!(HandlerDef { name, doc, kind, input, output, roles });

/// What makes a handler run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "json",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", tag = "kind")
)]
pub enum HandlerKind {
    /// Somebody asks; one transaction.
    Command,
    /// Somebody asks; a read-only snapshot.
    Query,
    /// A signal of this name changed its value, on any equipment. Input: [`crate::signal::StateChange`].
    OnSignal { signal: String },
    /// A window of this signal closed, on any equipment. Input: [`crate::signal::Window`].
    OnWindow { signal: String },
    /// An event of a module (empty: its own). Input: the event's body.
    OnEvent { module: String, event: String },
    /// A timer that the module set. Input: the timer's payload.
    Timer,
    /// Somebody asks, or a timer of its name is due; no transaction, requests to granted hosts.
    Connector,
    /// A number of this signal went beyond a limit or came back, on any equipment. Input: [`crate::signal::Crossing`].
    OnLevel { signal: String, level: Level },
    /// Nothing was heard of this signal for so long, or it was heard again, on any equipment. Input:
    /// [`crate::signal::Silence`].
    OnSilence { signal: String, silent_s: u32 },
}
codec_enum!(HandlerKind {
    0 => Command, 1 => Query, 2 => OnSignal { signal }, 3 => OnWindow { signal }, 4 => OnEvent { module, event }, 5 => Timer,
    6 => Connector, 7 => OnLevel { signal, level }, 8 => OnSilence { signal, silent_s },
});

impl HandlerKind {
    /// The kind of signal that it follows, if it follows one.
    pub fn signal(&self) -> Option<&str> {
        match self {
            Self::OnSignal { signal }
            | Self::OnWindow { signal }
            | Self::OnLevel { signal, .. }
            | Self::OnSilence { signal, .. } => Some(signal),
            _ => None,
        }
    }
}

/// A capability that is not visible in the other declarations.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Request {
    pub kind: RequestKind,
    pub reason: Words,
    /// The module works without it.
    pub optional: bool,
}
codec_struct!(Request { kind, reason, optional });

/// What a [`Request`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "json",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", tag = "kind")
)]
pub enum RequestKind {
    /// Send effects and a connector's requests to this host.
    Outbound { host: String },
    /// Query samples of this signal.
    Readings { signal: String },
}
codec_enum!(RequestKind { 0 => Outbound { host }, 1 => Readings { signal } });

impl Manifest {
    /// The handler of this name and its number at the boundary.
    pub fn handler(&self, name: &str) -> Option<(u32, &HandlerDef)> {
        let at = self.handlers.iter().position(|handler| handler.name == name)?;
        Some((at as u32, &self.handlers[at]))
    }

    pub fn record(&self, name: &str) -> Option<&RecordDef> {
        self.records.iter().find(|record| record.name == name)
    }

    pub fn read(&self, module: &str, record: &str) -> Option<&ReadDef> {
        self.reads.iter().find(|read| read.module == module && read.record == record)
    }

    pub fn call(&self, module: &str, operation: &str) -> Option<&CallDef> {
        self.calls.iter().find(|call| call.module == module && call.operation == operation)
    }

    pub fn view(&self, name: &str) -> Option<&View> {
        self.views.iter().find(|view| view.name == name)
    }

    pub fn event(&self, name: &str) -> Option<&EventDef> {
        self.events.iter().find(|event| event.name == name)
    }
}

impl HandlerDef {
    /// Whether people and systems address it.
    pub fn is_operation(&self) -> bool {
        self.is_transaction() || self.kind == HandlerKind::Connector
    }

    /// Whether it is an operation that one transaction or one snapshot holds: others may call it, connectors run it.
    pub fn is_transaction(&self) -> bool {
        matches!(self.kind, HandlerKind::Command | HandlerKind::Query)
    }

    /// Whether a caller in this role may call it.
    pub fn admits(&self, role: &str) -> bool {
        self.roles.is_empty() || self.roles.iter().any(|admitted| admitted == role)
    }

    /// Whether a timer may bear its name.
    pub fn is_timer(&self) -> bool {
        matches!(self.kind, HandlerKind::Timer | HandlerKind::Connector)
    }
}
