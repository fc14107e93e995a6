//! An index over the fields that another structure brings.

use toolcrib_sdk::prelude::*;

#[value(columns)]
struct Output {
    card: Text<20>,
}

#[record(index(output))]
struct Report {
    #[embed]
    output: Output,
}

fn main() {}
