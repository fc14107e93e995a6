//! `cargo toolcrib`: what a provider types, from an empty folder to the marketplace.
//!
//! - [`build`]: a folder of Rust becomes a component. [`new`]: a folder to begin with.
//! - [`check`], [`attempt`]: the registry's checks, the golden scenarios, one operation on a real database, all on this
//!   machine.
//! - [`key_file`], [`keys`]: signing keys, here and at the marketplace. [`provenance`], [`publish`]: what is signed, and
//!   submitting it; [`sign`]: the same for the marketplace's pages.
//! - [`main`] reads the arguments; every failure is a [`Trouble`] that names the next step.

#![forbid(unsafe_code)]

mod arguments;
pub mod attempt;
pub mod build;
pub mod check;
mod commands;
pub mod key_file;
pub mod keys;
pub mod new;
mod password;
pub mod provenance;
pub mod publish;
mod screen;
pub mod sign;
pub mod tools;
mod trouble;

pub use commands::{Surroundings, main};
pub use tools::Tools;
pub use trouble::Trouble;
