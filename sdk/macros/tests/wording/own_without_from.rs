//! A field of one's own in a struct that is made from no other.

use toolcrib_sdk::prelude::*;

#[value]
struct PayRow {
    amount: Decimal<2>,
    #[own]
    name: Text<80>,
}

fn main() {}
