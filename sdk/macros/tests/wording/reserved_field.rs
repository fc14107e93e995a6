//! A field that every row has already.

use toolcrib_sdk::prelude::*;

#[record]
struct Part {
    id: Text<20>,
}

fn main() {}
