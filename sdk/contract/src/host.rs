//! What a module may ask of its host: the imports of the WIT world as one Rust trait.
//!
//! Implemented by the runtime (a tenant's transaction), by [`crate::memory`] (tests, scenarios, vetting) and by the
//! guest's bindings (calls into the real host).

use crate::codec_struct;
use crate::types::{Instant, RawId};

/// What a handler is told about its invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    pub now: Instant,
    /// Seed of everything random in this invocation.
    pub seed: u64,
    /// `user:<id>`, `device:<id>`, `module:<name>`, `timer` or `event`.
    pub actor: String,
    /// The person's role in the tenant; empty for machines.
    pub role: String,
}

/// The user's mistake: nothing is written, the caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Rejection {
    /// Stable, kebab case; the module's own, for example `stop-already-closed`.
    pub code: String,
    pub message: String,
    pub field: Option<String>,
}
codec_struct!(Rejection { code, message, field });

/// A typed failure of a handler. A trap, timeout or limit is a fault and has no value here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Rejected(Rejection),
    /// Try again later.
    Retry(String),
}

/// The host did not do what was asked. A module may handle it; unhandled, it becomes a rejection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One of [`refusal`].
    pub code: &'static str,
    pub message: String,
}

/// Codes of [`Refusal`].
pub mod refusal {
    /// The row has another rev than expected.
    pub const CONFLICT: &str = "conflict";
    /// The row does not exist.
    pub const NOT_FOUND: &str = "not-found";
    /// A unique index already holds these values.
    pub const NOT_UNIQUE: &str = "not-unique";
    /// A cursor or bound does not fit the index.
    pub const BAD_SELECT: &str = "bad-select";
    /// The tenant did not consent to this.
    pub const NOT_CONSENTED: &str = "not-consented";
    /// The tenant's storage quota is used up.
    pub const STORAGE_FULL: &str = "storage-full";
    /// All of them, to turn text from the boundary back into a code.
    pub const ALL: [&str; 6] = [CONFLICT, NOT_FOUND, NOT_UNIQUE, BAD_SELECT, NOT_CONSENTED, STORAGE_FULL];
}

/// Why a host function did not return a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostError {
    Refused(Refusal),
    /// Misuse that vetting would have caught, or a limit: the invocation ends here, as a fault of the module.
    Fault(Fault),
}

/// The module's failure: rolled back, counted, visible, never fatal to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// One of [`fault`].
    pub code: &'static str,
    pub detail: String,
}

/// Codes of [`Fault`].
pub mod fault {
    /// The module trapped: a panic, an out-of-bounds access, an unreachable.
    pub const TRAP: &str = "module-trapped";
    /// Over its wall or CPU time.
    pub const TIMEOUT: &str = "module-timeout";
    /// Over a named limit; the detail names it.
    pub const LIMIT: &str = "module-limit";
    /// Bytes that are not what the manifest declares, or a name it does not declare.
    pub const MALFORMED: &str = "module-malformed";
    /// Written to from a query.
    pub const READ_ONLY: &str = "module-read-only";
    /// A connector reached for data without a transaction, or a transaction for the outside.
    pub const OUTSIDE: &str = "module-outside";
    /// Emitted an event at the end of too long a chain of causes; the detail names the limit.
    pub const CAUSE_DEPTH: &str = "module-cause-depth";
    /// The host itself failed (disk, database): not the module's fault, the transaction is rolled back all the same.
    pub const HOST: &str = "host-failed";
}

impl HostError {
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        debug_assert!(refusal::ALL.contains(&code));
        Self::Refused(Refusal { code, message: message.into() })
    }

    pub fn fault(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Fault(Fault { code, detail: detail.into() })
    }
}

/// The imports. Payloads are as in `toolcrib.wit`; names are those of the manifest.
pub trait Host {
    /// `count` rows laid end to end; returns their new ids in order.
    fn insert(&mut self, record: &str, rows: &[u8], count: u32) -> Result<Vec<RawId>, HostError>;
    /// A stored row: [`crate::row::RowHead`], then the fields.
    fn get(&mut self, record: &str, id: RawId) -> Result<Option<Vec<u8>>, HostError>;
    /// `rev` 0 accepts any; returns the new rev.
    fn update(&mut self, record: &str, id: RawId, rev: u64, row: &[u8]) -> Result<u64, HostError>;
    fn delete(&mut self, record: &str, id: RawId, rev: u64) -> Result<(), HostError>;
    /// An encoded [`crate::select::Select`]; returns an encoded [`crate::select::Page`].
    fn select(&mut self, record: &str, select: &[u8]) -> Result<Vec<u8>, HostError>;
    /// As [`Host::get`] on another module's shared record, with the fields the manifest's `reads` names.
    fn shared_get(&mut self, module: &str, record: &str, id: RawId) -> Result<Option<Vec<u8>>, HostError>;
    fn shared_select(&mut self, module: &str, record: &str, select: &[u8]) -> Result<Vec<u8>, HostError>;
    fn emit(&mut self, event: &str, body: &[u8]) -> Result<(), HostError>;
    fn set_timer(&mut self, timer: &str, key: &str, due: Instant, payload: &[u8]) -> Result<(), HostError>;
    /// Whether one was pending.
    fn cancel_timer(&mut self, timer: &str, key: &str) -> Result<bool, HostError>;
    /// Returns the effect's id.
    fn send_effect(&mut self, kind: &str, target: &str, body: &[u8]) -> Result<RawId, HostError>;
    /// Runs another module's operation in the same transaction. The outer error ends this invocation too.
    fn call(&mut self, module: &str, operation: &str, input: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError>;
    /// Sends an encoded [`crate::fetch::Request`] to a granted host; returns an encoded [`crate::fetch::Answer`]. Only
    /// from a connector. No answer is [`Failure::Retry`].
    fn fetch(&mut self, request: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError>;
    /// Runs one of the module's own commands or queries in a transaction of its own. Only from a connector.
    fn run(&mut self, operation: &str, input: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError>;
    /// Encoded [`crate::signal::Samples`].
    fn samples(&mut self, signal: &str, from: Instant, until: Instant, limit: u32) -> Result<Vec<u8>, HostError>;
    /// `level` 1 error … 5 trace.
    fn log(&mut self, level: u8, message: &str);
}
