//! A module that does everything a module must not: each handler is one attack, and has a test of its name.
//!
//! - `exhaust`: takes more than its share. `forge`: reaches for what is not its own. `breakage`: stops half-way.
//!   `connect`: abuses the way out.

#![cfg_attr(target_family = "wasm", no_main)]

mod breakage;
mod connect;
mod exhaust;
mod forge;
mod raw;

use breakage::{
    Chained, Echoed, back, bounce, call_itself, calls, chain, chained, echo, echoed, panic_with_message, recurse,
    trap_mid_write,
};
use connect::{probe, run_any, run_storm, spin_after, storm, write_anyway};
use exhaust::*;
use forge::{forge_cursor, forge_event, forge_id, forge_record, forge_shared, forge_timer, write_from_query};
use toolcrib_sdk::prelude::*;

/// Something to flood with.
#[record(index(number))]
pub struct Junk {
    pub number: i64,
    pub text: Text<4000>,
}

/// Something to flood with.
#[event]
pub struct Noise {
    pub number: i64,
    pub text: Text<4000>,
}

/// How many rows of junk there are.
#[query]
fn junk(ctx: &Query) -> Outcome<i64> {
    Ok(ctx.all(Junk::by_id())?.len() as i64)
}

/// What an honest handler of this module answers.
#[command]
fn honest(ctx: &mut Command, number: i64) -> Outcome<Id<Junk>> {
    ctx.insert(Junk { number, text: Text::new("honest")? })
}

module! {
    name: "hostile",
    title: { zh: "恶意模块", en: "Hostile" },
    summary: { zh: "仅供测试", en: "For tests only" },
    records: [Junk],
    events: [Noise, Echoed, Chained],
    calls: [calls::bounce, calls::call_itself],
    handlers: [
        honest, junk,
        spin, spin_in_query, hoard_memory, flood_events, flood_logs, flood_rows, flood_bytes, flood_timers, flood_effects,
        woken, rearm, read_storm, host_call_storm, huge_row, huge_event, huge_return, huge_rejection, huge_log,
        write_on,
        recurse, trap_mid_write, panic_with_message, echo, echoed, chain, chained, bounce, back, call_itself,
        forge_id, forge_record, forge_shared, forge_event, forge_timer, forge_cursor, write_from_query,
        probe, storm, run_storm, spin_after, write_anyway, run_any,
    ],
    requests: [outbound("hooks.example.com") { zh: "骚扰", en: "To annoy" }],
}
