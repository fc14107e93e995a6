//! The registry's HTTP API: identity, catalogue, submissions and review, subscriptions, snapshots for hosts.
//!
//! - [`Registry`] is what the endpoints share; [`router`] has all routes in one list; `routes` one file per noun.
//! - [`check_submissions`] runs the checks in the background, one submission at a time.
//! - `body`, `params`, `caller`, `authenticate`: what is read from a request, who asks, and what a route accepts; `failed`: what people read when it goes wrong.
//!
//! Errors travel as a `toolcrib_contract::problem::Problem` in the response's extensions; the server's outermost
//! middleware writes their body. Deliberately absent: SQL, passwords on the async threads, a fallback route (the server
//! has one for everything).

#![forbid(unsafe_code)]

mod authenticate;
mod body;
mod caller;
mod checker;
mod failed;
mod force;
mod issuers;
mod openapi;
mod params;
mod present;
mod registry;
mod routes;
mod slots;
mod token_keys;

pub use checker::check_submissions;
pub use issuers::{CiIssuer, Fetch};
pub use registry::{Parts, Registry, Waits};
pub use routes::router;
pub use token_keys::KeepKeys;

#[cfg(test)]
mod tests;
