//! An argument that an attribute does not have.

use toolcrib_sdk::prelude::*;

#[record(key(code))]
struct Part {
    code: Text<20>,
}

fn main() {}
