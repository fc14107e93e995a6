//! A handler of state changes that takes a window.

use toolcrib_sdk::prelude::*;

#[on(signal = "state")]
fn changed(ctx: &mut Command, window: Window) -> Outcome<()> {
    let _ = (ctx, window);
    Ok(())
}

fn main() {}
