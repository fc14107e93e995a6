//! Shows every widget that a view can hold, over answers that stay the same, and a tally that changes.
//!
//! `answers`: the queries. `tally`: what people change. `views`: the pages.

#![cfg_attr(target_family = "wasm", no_main)]

mod answers;
mod tally;
mod views;

use toolcrib_sdk::prelude::*;

module! {
    name: "gallery",
    title: { zh: "样品间", en: "Gallery" },
    summary: { zh: "每种控件各一个", en: "One of every widget" },
    records: [tally::Tally],
    handlers: [
        answers::{hall, one_machine, output, losses, spans, points, lots, steps_of, calls, jobs, broken},
        tally::{add, tallies, clear},
    ],
    views: [views::{board, charts, work, machine_page, wall, label, faulty}],
}
