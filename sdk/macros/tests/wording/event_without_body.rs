//! An event handler that takes nothing of the event.

use toolcrib_sdk::prelude::*;

#[on(event = "plant/shift_planned")]
fn planned(ctx: &mut Command) -> Outcome<()> {
    let _ = ctx;
    Ok(())
}

fn main() {}
