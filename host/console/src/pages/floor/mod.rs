//! Terminals of the shop floor: where an administrator sets them up, and what they show.

pub mod operators;
pub mod pair;
pub mod scan;
pub mod screen;
pub mod sign_in;
pub mod station;
pub mod terminals;
