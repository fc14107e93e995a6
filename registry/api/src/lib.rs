//! The registry's HTTP API: identity, catalogue, submissions and review, subscriptions, snapshots for hosts.
//!
//! - [`Registry`] is what the endpoints share; [`router`] has all routes in one list; `routes` one file per noun.
//! - [`check_submissions`] runs the checks in the background, one submission at a time; [`recheck_approved`] runs them
//!   again on approved versions when rules or advisories change; [`tend`] does what becomes due by itself.
//! - `programme` reads and shows what a city's programme is made of, and says who somebody is for a project.
//! - `oci` is OCI distribution under `/v2/`, another way to the same submissions and versions.
//! - `body`, `params`, `caller`, `authenticate`, `authority`: what is read from a request, who asks, what a route accepts,
//!   what people may do for a city; `failed`: what people read when it goes wrong.
//!
//! Outside of `oci`, errors travel as a `toolcrib_contract::problem::Problem` in the response's extensions; the server's outermost
//! middleware writes their body. Deliberately absent: SQL, passwords on the async threads, a fallback route (the server
//! has one for everything).

#![forbid(unsafe_code)]

mod authenticate;
mod authority;
mod body;
mod caller;
mod checker;
mod diff;
mod failed;
mod force;
mod issuers;
mod oci;
mod openapi;
mod params;
mod present;
mod programme;
mod progress;
mod recheck;
mod registry;
mod routes;
mod slots;
mod tend;
mod token_keys;

pub use checker::check_submissions;
pub use issuers::{CiIssuer, Fetch};
pub use oci::{Https, in_oci_words, is_oci, sweep_uploads};
pub use recheck::{RECHECK_SLICE, recheck_approved, recheck_slice};
pub use registry::{Parts, Registry, Waits};
pub use routes::router;
pub use tend::tend;
pub use token_keys::KeepKeys;

#[cfg(test)]
mod tests;
