//! The components: one file each, typed functions whose required arguments leave no control without a name.

pub mod desk;
pub mod icon;
pub mod tile;

mod checklist;
mod digest;
mod facts;
mod finding;
mod notice;
mod once;
mod problem;
mod progress;
mod table;
mod tag;
mod tiles;
mod trace;

pub use checklist::{Todo, checklist};
pub use digest::{digest, kib};
pub use facts::facts;
pub use finding::{costs, findings};
pub use notice::{empty, notice};
pub use once::{example, once, once_each, qr};
pub use problem::{problem, problem_above, problem_at, problem_of, problem_title};
pub use progress::progress;
pub use table::table;
pub use tag::{Step, log, tag};
pub use tiles::tiles;
pub use trace::trace;
