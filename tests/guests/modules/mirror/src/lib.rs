//! Calls back the module that called it.

#![cfg_attr(target_family = "wasm", no_main)]

use toolcrib_sdk::prelude::*;

/// Goes back.
#[operation_of(module = "hostile", reason(zh = "回弹", en = "To bounce"))]
fn back(left: i64) -> i64;

/// Calls `hostile`, which calls this again, `left` times in all.
#[command]
fn bounce(ctx: &mut Command, left: i64) -> Outcome<i64> {
    if left <= 0 { Ok(1) } else { Ok(1 + ctx.call(back { left: left - 1 })?) }
}

module! {
    name: "mirror",
    title: { zh: "镜子", en: "Mirror" },
    summary: { zh: "仅供测试", en: "For tests only" },
    calls: [back],
    handlers: [bounce],
}
