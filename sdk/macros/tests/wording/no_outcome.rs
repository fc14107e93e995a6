//! A handler that returns a plain value.

use toolcrib_sdk::prelude::*;

#[query]
fn count(ctx: &Query) -> i64 {
    let _ = ctx;
    1
}

fn main() {}
