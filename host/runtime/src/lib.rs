//! One invocation = one transaction: joins the sandbox and the store.
//!
//! - [`Runtime`] is the handle: invoke an operation, post readings, apply what tenants are entitled to.
//! - A tenant is a serial actor (`tenant`, `pool`): its jobs run in turns, a turn is one commit (`turn`). Who comes when is in
//!   `order` and `lag`, which know no thread, clock or disk.
//! - `frame` is what a module's imports act on; `invoke` runs one handler in it, `nested` another module's inside it.
//! - After the jobs a turn moves what follows from them: `deliver` events, `signals` of machines, `timers`.
//! - `connector` runs what asks the outside, beside the turns: `lanes` say who may, `outside` is what its imports do.
//! - `import` runs the rows of a file in one turn, `snapshot` asks many questions of one state: what tables need.
//! - `attached` keeps the files that operations take. `look` is for people who only look; `pause` halts a module for a while; `archive` takes everything out, `erase` leaves
//!   nothing; `settings` keeps what people set; `sources` is what was heard of machines and gateways since the start.
//! - `spans` are what an operator's traces are made of.
//! - `track` knows what queries read and turns write, for pages that are kept fresh.
//! - `modules` holds what is loaded, shared by all tenants, and `health` how its calls end; `scope` what one tenant agreed to.
//!
//! Knows no HTTP, no environment and no word of manufacturing.

#![forbid(unsafe_code)]

mod archive;
mod attached;
mod beside;
mod busy;
mod command;
mod connector;
mod courier;
mod deliver;
mod egress;
mod erase;
mod files;
mod frame;
mod health;
mod ids;
mod import;
mod invoke;
mod keep;
mod keeper;
mod lag;
mod lanes;
mod look;
mod modules;
mod nested;
mod offered;
mod order;
mod outbox;
mod outside;
mod pause;
mod person;
mod places;
mod pool;
mod query;
mod readings;
mod retention;
mod room;
mod runtime;
mod scope;
mod settings;
mod signals;
mod snapshot;
mod sources;
mod spans;
mod tenant;
mod timers;
mod track;
mod turn;

/// Who comes when, for whoever runs by the same rules without threads: the simulator of a city.
pub mod scheduling {
    pub use crate::lag::{LAG, Lag, QUIET, SLICE, STREAM};
    pub use crate::order::{Queue, Ready, Waits, takes_more};
}

pub use archive::{ArchiveNote, ArchiveState};
pub use courier::{Courier, Delivery};
pub use egress::{Egress, Outgoing, Unanswered};
pub use erase::{Attest, Receipt};
pub use health::VersionCounts;
pub use import::{Import, ImportColumn, ImportRow};
pub use invoke::{Actor, Request};
pub use keep::{AuditEntry, Keeping};
pub use modules::{Loaded, ModuleGrant, ModuleSource, ReadOnly};
pub use offered::Offered;
pub use pause::Paused;
pub use person::{Gate, Person};
pub use query::Answered;
pub use readings::{Accepted, Reading};
pub use retention::{ReadingsKept, Retention, Then};
pub use room::OpenFiles;
pub use runtime::{EventView, Options, Runtime, World};
pub use scope::{DeviceGrant, Stopped, TenantGrant, TenantView};
pub use settings::{NewSetting, Setting};
pub use snapshot::{Output, Snapshot};
pub use sources::{REFUSALS, Refused, SharedSource, Source, Sources};
pub use spans::{Attribute, Attributes, Begun, Span, SpanContext, SpanKind, Traces, within};
pub use tenant::LiveEvent;
/// What [`Options`] and [`Runtime::with_writer`] speak of, for those that use the runtime and not the store.
pub use toolcrib_store::{
    AuditFilter, AuditPage, AuditRow, Came, Chart, DataDir, Dead, FORM, Keep, ModuleUsed, PartSum, Point, Reach,
    Reader, SignalInfo, Standing, Stored, Sum, Tally, TenantOptions, Timer, UsageRow, UsageSum,
};
pub use track::{Changes, Reads, Watch};
