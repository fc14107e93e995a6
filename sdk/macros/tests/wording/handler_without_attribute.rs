//! A plain function listed as a handler.

use toolcrib_sdk::prelude::*;

fn status(_ctx: &Query) -> Outcome<i64> {
    Ok(1)
}

module! {
    name: "line",
    title: { zh: "产线", en: "Line" },
    summary: { zh: "产线", en: "Line" },
    handlers: [status],
}

fn main() {}
