//! A connector that writes.

use toolcrib_sdk::prelude::*;

#[record]
struct Part {
    code: Text<20>,
}

#[connector]
fn pull(ctx: &mut Connector, code: Text<20>) -> Outcome<()> {
    ctx.insert(Part { code })?;
    Ok(())
}

fn main() {}
