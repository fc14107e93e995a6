//! A connector that takes a command's context.

use toolcrib_sdk::prelude::*;

#[connector]
fn pull(ctx: &mut Command) -> Outcome<()> {
    let _ = ctx;
    Ok(())
}

fn main() {}
