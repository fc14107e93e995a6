//! Whole stories over real HTTP, against the demo as a stranger starts it.

mod bad_input;
pub mod demo;
mod isolation;
mod oci;
mod shift;
mod story;
mod tokens;
mod trust;
