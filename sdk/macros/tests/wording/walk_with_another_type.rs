//! A walk along a text that is given a number.

use toolcrib_sdk::prelude::*;

#[record(index(code))]
struct Part {
    code: Text<20>,
}

#[query]
fn find(ctx: &Query, number: i64) -> Outcome<Page<Part>> {
    ctx.page(Part::by_code().eq(number))
}

fn main() {}
