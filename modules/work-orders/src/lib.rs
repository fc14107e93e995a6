//! Work orders: what is to be made, the jobs it takes, and how far each has come.
//!
//! - `orders`: orders and their lists; `import`: many at once; `stages`: release, hold, close; `divide`: split and
//!   merge.
//! - `routing`: the operations of a material. `jobs`: one operation of one order, and what others report of it.
//! - `balance`: the arithmetic of work in progress. `progress`: balances, the board, and the on-time rate.
//! - `cards`: what a job card shows, and finding a job by its code. `readiness`: advice before a job starts.
//! - `views`: pages. `settings`: the little that can be set. `others`: what is read of other modules, and what is
//!   done without them.
//!
//! Names follow ISA-95: an order is a work request, a job a job order, a routing a work master (B2MML V0700).

#![cfg_attr(target_family = "wasm", no_main)]

mod balance;
pub mod cards;
pub mod divide;
pub mod import;
pub mod jobs;
pub mod orders;
mod others;
pub mod progress;
pub mod readiness;
pub mod routing;
pub mod settings;
pub mod stages;
mod views;

use toolcrib_sdk::prelude::*;

module! {
    name: "work-orders",
    title: { zh: "工单", en: "Work orders" },
    summary: {
        zh: "工单、工序、流转卡和在制品，开箱即用",
        en: "Orders, jobs, job cards and work in progress, ready at once",
    },
    records: [orders::Order, jobs::Job, routing::RoutingStep, settings::Settings],
    reads: [others::{Equipment, Material, Conversion, Person, Skill, Calendar, Lot}],
    events: [stages::{OrderReleased, OrderClosed, OrderHeld}],
    handlers: [
        orders::{create_order, change_order, orders}, import::import_orders,
        stages::{release_order, hold_order, resume_order, close_order, cancel_order, reopen_order},
        divide::{split_order, merge_orders},
        routing::{set_routing, routing},
        jobs::{start_job, pause_job, take_output, finish_job},
        progress::{progress, board, on_time, closed_orders},
        cards::{card, scan}, readiness::readiness, views::names::machine_names,
        settings::{set_tolerance, settings},
    ],
    views: [views::{order_list, order_page, wip_board, plan_board, job_card}],
}

#[cfg(test)]
mod tests;
