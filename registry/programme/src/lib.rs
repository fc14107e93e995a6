//! The city's programme for the digital transformation of small manufacturers: who takes part, what is paid for, and
//! every fen of it. SQLite, in the catalogue's database.
//!
//! - `money`, `uscc`, `contract_line`: the shapes that all its parts use.
//! - [`evidence`]: what proves a project, and its archive; [`kit`]: firms' set-up for others; `proof`: the word of hosts.
//!
//! Rules and states are pure functions beside the statements that keep their outcome; a change, its audit line and its
//! bookings commit together. Deliberately absent: HTTP, the wire's types, time and chance of its own.

#![forbid(unsafe_code)]

mod contract_line;
pub mod evidence;
pub mod kit;
mod money;
mod proof;
mod uscc;

pub use contract_line::{Category, ContractLine, DESCRIPTION_CHARS, LINES, LineFault};
pub use money::{BASIS, BasisPoints, Fen};
pub use proof::ProofError;
pub use uscc::{Uscc, UsccFault};
