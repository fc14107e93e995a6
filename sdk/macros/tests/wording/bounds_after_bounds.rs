//! A walk whose bounded field is followed by another.

use toolcrib_sdk::prelude::*;

#[record(index(code, size))]
struct Part {
    code: Text<20>,
    size: i64,
}

#[query]
fn find(ctx: &Query, code: Text<20>, size: i64) -> Outcome<Page<Part>> {
    ctx.page(Part::by_code_size().from(code).eq(size))
}

fn main() {}
