//! A button of a view that runs a query.

use toolcrib_sdk::prelude::*;
use toolcrib_sdk::view::*;

#[query]
fn count(ctx: &Query) -> Outcome<i64> {
    let _ = ctx;
    Ok(1)
}

fn button() -> Action {
    action(("数", "Count"), run::<count>())
}

fn main() {
    button();
}
