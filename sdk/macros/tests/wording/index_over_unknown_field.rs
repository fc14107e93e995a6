//! An index over a field that is not there.

use toolcrib_sdk::prelude::*;

#[record(index(started))]
struct Stop {
    started_at: Instant,
    reason: Option<Text<40>>,
}

fn main() {}
