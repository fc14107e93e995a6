//! A title in one language only.

use toolcrib_sdk::prelude::*;

module! {
    name: "line",
    title: { en: "Line" },
    summary: { zh: "产线", en: "Line" },
    handlers: [],
}

fn main() {}
