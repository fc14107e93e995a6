//! Made from a struct that does not have all of its fields.

use toolcrib_sdk::prelude::*;

#[record]
struct Line {
    amount: Decimal<2>,
}

#[value(from(Line))]
struct PayRow {
    amount: Decimal<2>,
    name: Text<80>,
}

fn main() {}
