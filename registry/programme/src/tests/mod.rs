//! The programme's money on a real database in a temporary folder, and against models that know nothing of it.

mod bad_input;
mod books;
mod cities;
mod city;
mod counters;
mod limits;
mod parallel;
mod plans;
mod process;
mod random;
mod statements;
