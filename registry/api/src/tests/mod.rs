//! Promises of the API, through its router, on a real catalog and with the real checks.

mod authorities;
pub mod component;
mod document;
mod factors;
mod hosts;
mod marketplace;
mod oci;
mod plant;
mod publishing;
mod rechecking;
mod robots;
mod scopes;
mod shelf;
mod signing_in;
mod trust;
mod trusted;
mod world;
