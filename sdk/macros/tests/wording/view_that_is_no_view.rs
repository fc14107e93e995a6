//! A function listed as a view that describes none.

use toolcrib_sdk::prelude::*;

fn board() -> i64 {
    1
}

module! {
    name: "line",
    title: { zh: "产线", en: "Line" },
    summary: { zh: "产线", en: "Line" },
    views: [board],
}

fn main() {}
