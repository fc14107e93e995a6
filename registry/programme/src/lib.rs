//! The city's programme for the digital transformation of small manufacturers: who takes part, what is paid for, and
//! every fen of it. SQLite, in the catalogue's database.
//!
//! - `money`, `uscc`, `contract_line`: the shapes that all its parts use.
//! - [`identification`]: which providers a city lets take part; [`offer`] and [`contract`]: what they agree on with firms,
//!   with `split`, who pays what; [`billing`]: what the marketplace itself bills for modules.
//!
//! Rules and states are pure functions beside the statements that keep their outcome; a change, its audit line and its
//! bookings commit together. Deliberately absent: HTTP, the wire's types, time and chance of its own.

#![forbid(unsafe_code)]

pub mod billing;
mod calendar;
pub mod contract;
mod contract_line;
mod days;
pub mod identification;
#[cfg(test)]
mod market;
mod money;
pub mod offer;
mod refusal;
mod rules;
mod split;
mod terms;
mod unique;
mod uscc;

pub use calendar::Month;
pub use contract_line::{Category, ContractLine, DESCRIPTION_CHARS, LINES, LineFault};
pub use money::{BASIS, BasisPoints, Fen};
pub use refusal::ProgrammeError;
pub use split::{Split, SplitLine, Terms, largest_remainder, split};
pub use uscc::{Uscc, UsccFault};
