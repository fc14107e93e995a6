//! A query that writes.

use toolcrib_sdk::prelude::*;

#[record]
struct Part {
    code: Text<20>,
}

#[query]
fn add(ctx: &Query, code: Text<20>) -> Outcome<()> {
    ctx.insert(Part { code })?;
    Ok(())
}

fn main() {}
