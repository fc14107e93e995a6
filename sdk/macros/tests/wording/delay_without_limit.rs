//! How long, and not what.

use toolcrib_sdk::prelude::*;

#[on(signal = "temperature", for_s = 30)]
fn told(ctx: &mut Command, told: Crossing) -> Outcome<()> {
    let _ = (ctx, told);
    Ok(())
}

fn main() {}
