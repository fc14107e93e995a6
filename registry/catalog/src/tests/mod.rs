//! Promises of the catalog, on a real database in a temporary folder.

mod audit;
mod authorities;
mod oci;
mod people;
mod plant;
mod publish;
mod retention;
mod shelf;
mod states;
mod trust;
mod upgrades;
mod world;

pub use world::{Seeded, manifest};
