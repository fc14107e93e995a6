//! A well-behaved module with everything a module can have, small enough to count what each call does.
//!
//! - `note`, `empty`, `count`, `recent`: the plain command and queries that load and crash tests use. A note is one row
//!   without further indexes and one event, so that a program written by hand can do the same.
//! - `books`: records with indexes, revs and filters, and the operation `post` that other modules call.
//! - `later`: own events that fail until a given time, timers, effects.

#![cfg_attr(target_family = "wasm", no_main)]

mod books;
mod later;
mod notes;

use books::{Account, Posted, accounts, close, collect, fill, open, post, seize, set_balance, whole};
use later::{Ordered, Seen, fail, forget, notify, order, ordered, remind, reminded, roll, seen};
use notes::{Note, Noted, count, empty, note, recent};
use toolcrib_sdk::prelude::*;

module! {
    name: "ledger",
    title: { zh: "账本", en: "Ledger" },
    summary: { zh: "仅供测试", en: "For tests only" },
    records: [Note, Account, Seen],
    events: [Noted, Posted, Ordered],
    handlers: [
        note, empty, count, recent,
        open, set_balance, close, post, collect, seize, fill, accounts, whole,
        order, ordered, remind, forget, reminded, notify, roll, fail, seen,
    ],
    requests: [outbound("hooks.example.com") { zh: "发送通知", en: "To send notices", optional }],
}
