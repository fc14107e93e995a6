//! A module's name that cannot stand in an address.

use toolcrib_sdk::prelude::*;

module! {
    name: "My Module",
    title: { zh: "我的", en: "Mine" },
    summary: { zh: "我的", en: "Mine" },
    handlers: [],
}

fn main() {}
