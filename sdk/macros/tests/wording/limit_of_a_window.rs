//! A limit beside a window, whose figures have none.

use toolcrib_sdk::prelude::*;

#[on(window = "good", above = 80)]
fn told(ctx: &mut Command, told: Window) -> Outcome<()> {
    let _ = (ctx, told);
    Ok(())
}

fn main() {}
