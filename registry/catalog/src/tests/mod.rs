//! Promises of the catalog, on real databases: a file in a temporary folder, and PostgreSQL if it is installed.

#[macro_use]
mod engines;

mod audit;
mod authorities;
mod beside;
mod oci;
mod people;
mod plant;
mod publish;
mod retention;
mod schema;
mod shelf;
mod states;
mod trust;
mod upgrades;
mod world;

pub use world::{Seeded, manifest};
