//! The host's JSON API: operations, events, readings of one tenant. One file per endpoint, all routes in `routes`.
//!
//! - [`answer`]: problems and request ids, the same for every endpoint.
//! - [`body`]: JSON bodies within the published limits.
//! - [`caller`]: who asks, and for which tenant; other tenants are absent.
//! - [`openapi`]: the tenant's document, with the operations of its modules.

#![forbid(unsafe_code)]

pub mod answer;
pub mod body;
pub mod caller;
pub mod openapi;
mod routes;

pub use routes::{Host, router};
