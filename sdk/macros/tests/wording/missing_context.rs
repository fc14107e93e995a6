//! A handler without its context.

use toolcrib_sdk::prelude::*;

#[command]
fn close(stop: i64) -> Outcome<()> {
    let _ = stop;
    Ok(())
}

fn main() {}
