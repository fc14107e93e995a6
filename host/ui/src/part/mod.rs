//! The components: one file each, typed functions whose required arguments leave no control without a name.

pub mod desk;
pub mod diff;
pub mod icon;
pub mod playlist;
pub mod queue;
pub mod stepper;
pub mod tile;
pub mod work;

mod button;
mod card;
mod command_line;
mod copy;
mod crumbs;
mod digest;
mod facts;
mod field;
mod finding;
mod listed;
mod notice;
mod panes;
mod problem;
mod prose;
mod table;
mod tabs;
mod tag;

pub use button::{Press, button, buttons, choice, link};
pub use card::{card, tiles};
pub use command_line::command_line;
pub use copy::copy;
pub use crumbs::crumbs;
pub use digest::{digest, kib};
pub use facts::facts;
pub use field::Field;
pub use finding::{costs, findings};
pub use listed::{Listed, operations};
pub use notice::{empty, notice};
pub use panes::panes;
pub use problem::{problem, problem_above, problem_at, problem_of, problem_title};
pub use prose::{dim, lead, prose};
pub use table::table;
pub use tabs::{Tab, tabs};
pub use tag::{Step, log, tag};
