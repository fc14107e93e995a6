//! The runtime with real SQLite and real guests: what hostile modules cannot do, and what every promise means.
//!
//! - `modules/` holds guests written with the public SDK; `odd` makes those that no SDK would make, from text.
//! - [`plant`] is a host in a temporary folder, whose clock and chance the test sets; [`tenant`] is one tenant of it.
//! - `served` is its API over HTTP.
//! - `hostile` and `odd_guests` attack, while a neighbour works; `roster` sees that every guest has its test.
//! - `promises` says what must hold for well-behaved modules.

mod arena;
pub mod artifacts;
mod hostile;
mod odd;
mod odd_guests;
mod outside;
pub mod plant;
mod promises;
mod roster;
mod served;
pub mod tenant;
mod tested;

pub use served::exhibit;
