//! Traceability: which lot went into which, how much of each is left and where, and what a recall must fetch.
//!
//! - `lots`: the lots and their history, always in balance. `graph`: which went into which, without cycles.
//! - `receive`, `book`, `part`, `status`: what happens to lots. `scan`, `recall`: what people ask.
//! - `views`: the pages. `plant`: units, shelf life and the plant's day. `policy`: what happens to expired lots.
//!
//! Names follow ISA-95 (B2MML): material lot, sub-lot, assembly relationship.

#![cfg_attr(target_family = "wasm", no_main)]

mod book;
mod graph;
mod lots;
mod part;
mod plant;
mod policy;
mod recall;
mod receive;
mod scan;
mod status;
mod views;

use toolcrib_sdk::prelude::*;

module! {
    name: "traceability",
    title: { zh: "批次追溯", en: "Traceability" },
    summary: {
        zh: "扫码记录用料，一查就知道批次的来龙去脉",
        en: "Scan what goes in; see at once where a lot came from and where it went",
    },
    records: [lots::{Lot, Movement}, graph::Edge, policy::Policy],
    reads: [plant::{Material, Conversion, SiteCalendar}],
    events: [receive::LotReceived, book::LotMade, status::{LotHeld, LotBlocked, LotReleased}],
    handlers: [
        receive::{receive_lot, import_lots}, book::{book, make_lot, use_lot},
        part::{split_lot, serialise_lot, merge_lots},
        status::{hold_lot, block_lot, release_lot, move_lot, adjust_lot},
        scan::{scan, pick}, recall::{genealogy, links, recall}, lots::{lots, movements},
        policy::{set_policy, policy},
    ],
    views: [views::{lots_page, lot_page, recall_page, pick_page, feed_page, label_page}],
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
