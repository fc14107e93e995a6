//! Whole stories over real HTTP, against the demo as a stranger starts it; `connector` against two servers of its own.

mod bad_input;
mod boards;
mod catalogue;
mod city;
mod connector;
mod database;
pub mod demo;
mod exhibit;
mod isolation;
mod leaving;
mod mapping;
mod market;
mod oci;
mod offers;
mod programme;
mod readings;
mod shelves;
mod shift;
pub mod staged;
mod story;
mod tables;
pub mod terminal;
mod tokens;
mod trust;
mod views;
mod words;
