//! A connector that runs what is no operation.

use toolcrib_sdk::prelude::*;

#[timer]
fn later(ctx: &mut Command) -> Outcome<()> {
    let _ = ctx;
    Ok(())
}

#[connector]
fn pull(ctx: &mut Connector) -> Outcome<()> {
    ctx.run(later {})
}

fn main() {}
