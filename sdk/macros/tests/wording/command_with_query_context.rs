//! A command that takes a query's context.

use toolcrib_sdk::prelude::*;

#[command]
fn close(ctx: &Query, stop: i64) -> Outcome<()> {
    let _ = (ctx, stop);
    Ok(())
}

fn main() {}
