//! The first-party modules at work in a small factory, through the public API, on a clock that the test moves.

mod alone;
mod contracts;
mod day;
mod floor;

/// The first-party modules, by their folders in `modules/`.
pub const MODULES: [&str; 8] =
    ["plant", "work-orders", "job-reporting", "oee", "inspection", "spc", "traceability", "piece-rate"];
