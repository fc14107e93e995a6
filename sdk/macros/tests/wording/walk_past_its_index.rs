//! A walk that fixes more fields than its index has.

use toolcrib_sdk::prelude::*;

#[record(index(code))]
struct Part {
    code: Text<20>,
    size: i64,
}

#[query]
fn find(ctx: &Query, code: Text<20>, size: i64) -> Outcome<Page<Part>> {
    ctx.page(Part::by_code().eq(code).eq(size))
}

fn main() {}
