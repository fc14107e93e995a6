//! A list inside a record.

use toolcrib_sdk::prelude::*;

#[record]
struct Order {
    lines: Vec<i64>,
}

fn main() {}
