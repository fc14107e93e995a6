//! Embedding something that has no fields.

use toolcrib_sdk::prelude::*;

#[value]
struct Told {
    #[embed]
    good: i64,
}

fn main() {}
