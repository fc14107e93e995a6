//! Job reporting: what people and crews made, told once, corrected by saying so, and never lost.
//!
//! - `entry`: everything that can be told, in one shape, and what happens to it. `activities`: starts and pauses.
//! - `reports`: reports of output. `corrections`: what changes them. `crew`: who has which share of one.
//! - `counter`: output from readings. `lots`: what went in and came out. `who`: who tells.
//! - `sync`: what terminals tell after a time without network. `refused`: what could not be taken, kept.
//! - `mine`: jobs and reports of a person or machine. `views`: pages. `others`: what is read and called of other
//!   modules.
//!
//! Names follow ISA-95: a report is a job response with its personnel and material actuals (B2MML V0700).

#![cfg_attr(target_family = "wasm", no_main)]

pub mod activities;
pub mod corrections;
pub mod counter;
pub mod crew;
pub mod entry;
pub mod lots;
pub mod mine;
pub mod others;
pub mod refused;
pub mod reports;
pub mod sync;
mod views;
mod who;

use toolcrib_sdk::prelude::*;

module! {
    name: "job-reporting",
    title: { zh: "报工", en: "Job reporting" },
    summary: {
        zh: "扫卡报工，断网不丢，报错可更正",
        en: "Report by scanning a card; nothing is lost offline, and mistakes are corrected",
    },
    records: [
        reports::Report, crew::CrewPart, lots::Consumption, activities::Activity,
        refused::{RefusedEntry, RefusedPart},
    ],
    reads: [others::{Job, Person}, views::{reasons::Reason, told::Material}],
    events: [reports::OutputReported],
    calls: [others::{start_job, pause_job, take_output, book}],
    handlers: [
        activities::{start, pause}, reports::{report, reports}, corrections::{correct, undo},
        sync::sync, refused::{refused_entries, refused_entry, retry_entry, fix_entry, discard_entry},
        mine::{my_jobs, overlaps}, views::told::card_reports, views::reasons::{scrap_reasons, pause_reasons},
    ],
    views: [views::{my_work, report_form, pause_form, report_list, kept}],
}

#[cfg(test)]
mod tests;
