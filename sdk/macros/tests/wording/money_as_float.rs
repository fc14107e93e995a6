//! Money as a binary fraction.

use toolcrib_sdk::prelude::*;

#[record]
struct Price {
    amount: f32,
}

fn main() {}
