//! Whole stories over real HTTP, against the demo as a stranger starts it; `connector` against two servers of its own.

mod bad_input;
mod boards;
mod catalogue;
mod connector;
pub mod demo;
mod isolation;
mod leaving;
mod mapping;
mod market;
mod oci;
mod readings;
mod shelves;
mod shift;
mod stop_button;
mod story;
mod tables;
pub mod terminal;
mod tokens;
mod trust;
mod views;
mod words;
