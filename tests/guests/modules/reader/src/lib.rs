//! A module that needs consent for all it does: another module's records, operations and events, and machines.

#![cfg_attr(target_family = "wasm", no_main)]

mod later;
mod ledger;
mod machines;

use later::{Handed, call_now, hand_over, handed, put_off, call_later};
use ledger::Heard;
use ledger::{Account, Payment, collect, heard, missing, noted, pay, payments, peek, post, query_that_pays, seize};
use machines::{
    Change, Counted, Crossed, Mute, changes, counted, crossings, fell_silent, overheated, readings_of, silences, state_changed,
    windows,
};
use toolcrib_sdk::prelude::*;

module! {
    name: "reader",
    title: { zh: "读者", en: "Reader" },
    summary: { zh: "仅供测试", en: "For tests only" },
    records: [Payment, Heard, Change, Counted, Crossed, Mute],
    reads: [Account],
    calls: [post, collect, seize, missing],
    events: [Handed],
    handlers: [
        noted, heard, peek, pay, payments, query_that_pays,
        call_now, hand_over, handed, put_off, call_later,
        state_changed, counted, changes, windows, readings_of,
        overheated, fell_silent, crossings, silences,
    ],
}
