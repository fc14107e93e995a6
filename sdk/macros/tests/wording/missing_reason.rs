//! Reading another module without saying why.

use toolcrib_sdk::prelude::*;

#[shared_record(module = "plant")]
struct Equipment {
    code: Text<64>,
}

fn main() {}
