//! A value that would be back while it is still beyond.

use toolcrib_sdk::prelude::*;

#[on(signal = "temperature", above = 80, back = 85)]
fn told(ctx: &mut Command, told: Crossing) -> Outcome<()> {
    let _ = (ctx, told);
    Ok(())
}

fn main() {}
