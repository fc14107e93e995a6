//! Promises of the catalog, on a real database in a temporary folder.

mod oci;
mod people;
mod plant;
mod publish;
mod trust;
mod world;

pub use world::manifest;
