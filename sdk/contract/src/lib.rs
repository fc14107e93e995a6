//! The contract between modules, hosts and the marketplace: pure data.
//!
//! No I/O, no async, no clock, no randomness; the same code runs inside a guest and in the host.
//! Feature `json` (default) adds the JSON forms; guests build without it to stay small.
//!
//! - [`codec`], [`fill`] and [`types`]: how typed values become bytes and are read again; [`schema`] and [`value`]: the same, seen dynamically.
//! - [`exact`]: fractions and splits; [`unit`]: units of measure; [`calendar`]: zones, days, weeks of a plant.
//! - [`manifest`]: what a module declares; [`capability`]: what that means for consent.
//! - [`view`]: pages that a module describes and the host draws.
//! - [`host`]: what a module may ask of its host; [`select`] and [`row`]: the payloads of its records;
//!   [`fetch`]: requests of connectors; [`memory`]: an in-memory host for tests, scenarios and vetting.
//! - [`file`]: photos and papers that operations take, by name. [`signal`]: what machines say; [`limits`]: every published limit; `problem`: what people read when it goes wrong.
//! - [`second`]: where one reviewer is not enough. `consent`: capabilities in plain words, their risk, and how far a grant reaches.
//! - `report`: what came of the rows of a file. `preview`: what views show on sample data.
//! - `package`: listing, golden scenarios and words; `scenario` replays them; `wording`: names for people, in the two
//!   languages of `language`; `finding` and `evidence`: what vetting says.
//! - `offered`: what a module declares to be shown outside or taken over; `attestation`: what a host says of a tenant's use;
//!   `kit`: a firm's set-up for others.

#![forbid(unsafe_code)]

pub mod calendar;
pub mod capability;
pub mod codec;
pub mod exact;
pub mod fetch;
pub mod file;
pub mod fill;
pub mod host;
pub mod limits;
pub mod manifest;
pub mod memory;
pub mod names;
pub mod row;
pub mod schema;
pub mod second;
pub mod select;
pub mod signal;
pub mod time;
pub mod types;
pub mod unit;
pub mod value;
pub mod view;
pub mod world;

#[cfg(feature = "json")]
pub mod attestation;
#[cfg(feature = "json")]
pub mod consent;
#[cfg(feature = "json")]
pub mod evidence;
#[cfg(feature = "json")]
pub mod finding;
#[cfg(feature = "json")]
pub mod json;
#[cfg(feature = "json")]
pub mod kit;
#[cfg(feature = "json")]
pub mod language;
#[cfg(feature = "json")]
pub mod offered;
#[cfg(feature = "json")]
pub mod package;
#[cfg(feature = "json")]
pub mod preview;
#[cfg(feature = "json")]
pub mod problem;
#[cfg(feature = "json")]
pub mod report;
#[cfg(feature = "json")]
pub mod scenario;
#[cfg(feature = "json")]
pub mod wording;

pub use capability::Capability;
pub use codec::{CodecError, Decode, Encode, Reader};
pub use exact::Fraction;
pub use fill::Fill;
pub use host::{Failure, Host, HostError, Invocation, Refusal, Rejection};
pub use manifest::Manifest;
pub use names::ModuleName;
pub use schema::{Schema, Type};
pub use types::{Date, Decimal, Id, Instant, RawId, Ref, Text};
