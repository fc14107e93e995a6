//! Both sides in one handler.

use toolcrib_sdk::prelude::*;

#[on(signal = "temperature", above = 80, below = 10)]
fn told(ctx: &mut Command, told: Crossing) -> Outcome<()> {
    let _ = (ctx, told);
    Ok(())
}

fn main() {}
