//! What a module is written with: records, operations, events and timers as plain Rust, checked by types.
//!
//! - [`context`]: what a handler may do, told apart by type: a [`Query`] reads, a [`Command`] also writes, a
//!   [`Connector`] asks the outside ([`connector`](mod@connector)). A function that only looks takes `ctx: &Query`, and
//!   commands hand theirs to it as well.
//! - [`record`], [`index`], [`page`], [`list`]: rows and the ways to walk them, and lists that come in and go out; `rows`:
//!   what of this does not depend on the record. [`memo`]: what is looked up once. [`said`]: texts in both languages.
//!   [`outcome`]: how a handler ends.
//! - [`handler`]: operations, events and calls of other modules as values. [`declare`]: what the macros expand to.
//! - [`view`]: pages of the module that the host draws.
//! - [`testing`]: the same module on an in-memory host, for plain `cargo test`.
//!
//! A module starts with `use toolcrib_sdk::prelude::*;` and ends with one [`module!`]. Built for
//! `wasm32-unknown-unknown` it becomes a component of the world in `sdk/wit`; built natively it becomes a library
//! whose `module()` the tests run.

// The macros name this crate as authors do.
extern crate self as toolcrib_sdk;

pub mod connector;
pub mod context;
pub mod declare;
pub mod handler;
pub mod index;
pub mod list;
pub mod memo;
pub mod outcome;
pub mod page;
pub mod record;
mod rows;
pub mod said;
pub mod view;

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod wasm;

#[cfg(not(target_family = "wasm"))]
pub use native::testing;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub use wasm::{bindings, entry, export_module};

#[cfg(not(target_family = "wasm"))]
use native::link;
#[cfg(target_family = "wasm")]
use wasm::link;

pub use connector::Connector;
pub use context::{Command, Query};
pub use outcome::{Outcome, Stopped};
pub use toolcrib_contract as contract;
pub use toolcrib_macros::{
    command, connector, event, module, on, operation_of, query, record, shared_record, timer, value,
};

/// Everything a module needs, in one line.
pub mod prelude {
    pub use crate::connector::{Answer, Connector, Fetch};
    pub use crate::context::{Command, Query};
    pub use crate::index::Index;
    pub use crate::list::{Imported, List, Put};
    pub use crate::memo::{Known, Memo};
    pub use crate::outcome::{InField, OrReject, OrWithout, Outcome, Stopped, reject, reject_if, retry};
    pub use crate::page::{Cursor, Page};
    pub use crate::record::Row;
    pub use crate::said::Said;
    pub use toolcrib_contract::file::{Paper, Photo};
    pub use toolcrib_contract::signal::{Crossing, Sample, Samples, Silence, StateChange, Window};
    pub use toolcrib_contract::{Date, Decimal, Fill, Fraction, Id, Instant, RawId, Ref, Text};
    pub use toolcrib_macros::{
        command, connector, event, module, on, operation_of, query, record, shared_record, timer, value,
    };
}
