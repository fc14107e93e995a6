//! Between the wire's types and the programme's, and who somebody is for a project.

pub mod read;
pub mod show;
mod side;

pub use side::{Seen, party, programme_id, project_id};
