//! A record that embeds a structure which is not held to columns.

use toolcrib_sdk::prelude::*;

#[value]
struct Output {
    good: i64,
    lots: Vec<Text<20>>,
}

#[record]
struct Report {
    #[embed]
    output: Output,
}

fn main() {}
