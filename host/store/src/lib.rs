//! The host's databases: one directory of SQLite files per tenant, or PostgreSQL for all of them, and the host's own
//! directory.
//!
//! - [`Writer`] owns a tenant's business: records, event log, cursors, timers, effects, audit, usage. Everything one
//!   invocation does goes through it, inside one transaction. [`Reader`] sees committed snapshots of the same. [`Home`]
//!   knows where it lies; `engine` is all that is different then. A [`Claim`] says which of several hosts sends effects.
//! - [`Readings`] owns what machines said, kept apart so that ingestion never waits for business: `readings.db` and the
//!   months in `tel`, or tables of PostgreSQL with a lock of their own. [`Home::bring_in`] leads from the one to the other
//!   where a host of an earlier version kept readings in files beside PostgreSQL.
//! - [`Archive`] writes all that a tenant has as lines of JSON, [`import()`] makes files of such lines, which
//!   [`Home::settle`] puts in their place or into the database, and [`Home::erase`] leaves nothing of it. [`Home::copy`]
//!   makes files of it for a backup, [`Home::check`] says whether it is whole.
//! - [`Directory`] remembers what the host knows without its registry, in a file or, with [`Shared`], for all hosts on a
//!   database; `pairing` and `busy` count there what all of them together may be asked. [`DataDir`] keeps two hosts out of
//!   one directory.
//!
//! Tenant files are used synchronously, on the thread that runs the tenant's turn. No SQL comes from a module: the
//! statements of its records are made here, once, from its manifest ([`RecordTable`]).

#![forbid(unsafe_code)]

mod archive;
mod arrive;
mod attached;
mod audit;
mod brought;
mod busy;
mod check;
mod claim;
mod column;
#[cfg(test)]
mod conformance;
mod connection;
mod copy;
mod cursors;
mod data_dir;
mod directory;
mod effects;
mod engine;
mod erase;
mod error;
mod events;
mod filter;
#[cfg(test)]
mod fixture;
mod floor;
mod home;
mod idempotency;
mod install;
mod look;
mod meta;
mod names;
mod page;
mod pairing;
mod reader;
mod readings;
mod rows;
mod schema;
mod shred;
mod subscriptions;
mod table;
mod timers;
mod usage;
mod usage_in;
mod writer;

pub use archive::{Archive, FORM, FileSum, Imported, Names, PartSum, import};
pub use attached::NewFile;
pub use audit::{AuditLine, AuditRow};
pub use check::{Checked, check};
pub use claim::Claim;
pub use connection::{CheckpointReport, Checkpointer, TenantOptions, WAL_BYTES};
pub use copy::{CopiedFile, Copies, IsKnown, copy_database, is_tenant_file};
pub use cursors::{Cursor, Dead, NewDead};
pub use data_dir::DataDir;
pub use directory::{Artifact, Component, Directory, Heard, Shared};
pub use effects::{Effect, NewEffect};
pub use engine::postgres::{CONNECTIONS, Postgres, Turns};
pub use erase::{size, sweep};
pub use error::StoreError;
pub use events::{EventRow, NewEvent};
pub use floor::{OperatorRow, TerminalRow};
pub use home::Home;
pub use idempotency::{AHEAD, AnswerKey, Remembered};
pub use look::{AUDIT_SCAN, AuditFilter, AuditPage, Standing, UsageSum};
pub use pairing::{PairingLimits, Shown, Tried};
pub use reader::Reader;
pub use readings::{
    Appended, Came, Chart, Counts, FedReading, Feed, Keep, Level, NewReading, Point, Reach, Readings, Retained,
    SignalInfo, Stored, Sum, Tally,
};
pub use shred::{key_id, shred};
pub use subscriptions::SubscriptionRow;
pub use table::RecordTable;
pub use timers::Timer;
pub use usage::{UsageRow, Used};
pub use usage_in::ModuleUsed;
pub use writer::{Seen, Writer};
