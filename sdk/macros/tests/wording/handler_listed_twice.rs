//! Two handlers of one name.

use toolcrib_sdk::prelude::*;

#[query]
fn status(_ctx: &Query) -> Outcome<i64> {
    Ok(1)
}

module! {
    name: "line",
    title: { zh: "产线", en: "Line" },
    summary: { zh: "产线", en: "Line" },
    handlers: [status, status],
}

fn main() {}
