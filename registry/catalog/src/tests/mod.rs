//! Promises of the catalog, on a real database in a temporary folder.

mod people;
mod plant;
mod publish;
mod shelf;
mod world;

pub use world::manifest;
