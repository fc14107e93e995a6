//! The components: one file each, typed functions whose required arguments leave no control without a name.

pub mod icon;
pub mod playlist;
pub mod tile;
pub mod work;

mod digest;
mod facts;
mod finding;
mod notice;
mod problem;
mod table;
mod tag;

pub use digest::{digest, kib};
pub use facts::facts;
pub use finding::{costs, findings};
pub use notice::{empty, notice};
pub use problem::{problem, problem_above, problem_at, problem_of, problem_title};
pub use table::table;
pub use tag::{Step, log, tag};
