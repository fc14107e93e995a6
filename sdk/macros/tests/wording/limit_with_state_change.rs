//! A limit whose handler takes a change of state.

use toolcrib_sdk::prelude::*;

#[on(signal = "temperature", above = 80)]
fn told(ctx: &mut Command, told: StateChange) -> Outcome<()> {
    let _ = (ctx, told);
    Ok(())
}

fn main() {}
