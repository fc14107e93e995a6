//! A command that asks the outside.

use toolcrib_sdk::prelude::*;

#[command]
fn pull(ctx: &mut Command) -> Outcome<()> {
    ctx.fetch(Fetch::get("https://erp.example.com/orders"))?;
    Ok(())
}

fn main() {}
