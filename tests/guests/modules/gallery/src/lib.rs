//! Shows every widget that a view can hold, over answers that stay the same, and a tally that changes.
//!
//! `album`: photos. `answers`: the queries. `tally`: what people change. `views`: the pages.

#![cfg_attr(target_family = "wasm", no_main)]

mod album;
mod answers;
mod tally;
mod views;

use toolcrib_sdk::prelude::*;

module! {
    name: "gallery",
    title: { zh: "样品间", en: "Gallery" },
    summary: { zh: "每种控件各一个", en: "One of every widget" },
    records: [tally::Tally, album::Shot],
    handlers: [
        answers::{hall, one_machine, output, losses, spans, points, lots, steps_of, calls, jobs, broken},
        tally::{add, tallies, clear}, album::{keep_shot, album},
    ],
    views: [views::{board, charts, work, machine_page, wall, label, faulty, album_page}],
}
