//! A handler that waits for something the host does not have.

use toolcrib_sdk::prelude::*;

#[on(reading = "state")]
fn changed(ctx: &mut Command, change: StateChange) -> Outcome<()> {
    let _ = (ctx, change);
    Ok(())
}

fn main() {}
