//! Silence and a limit in one handler.

use toolcrib_sdk::prelude::*;

#[on(signal = "temperature", silent_s = 60, above = 80)]
fn told(ctx: &mut Command, told: Silence) -> Outcome<()> {
    let _ = (ctx, told);
    Ok(())
}

fn main() {}
