//! A handler that wants to wait.

use toolcrib_sdk::prelude::*;

#[command]
async fn fetch(ctx: &mut Command) -> Outcome<()> {
    let _ = ctx;
    Ok(())
}

fn main() {}
