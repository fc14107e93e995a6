//! A case that holds data.

use toolcrib_sdk::prelude::*;

#[value]
enum Reason {
    Planned,
    Fault(Text<20>),
}

fn main() {}
