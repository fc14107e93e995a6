//! OEE: machine states and counts become stops with reasons, and ISO 22400 availability, effectiveness, quality, OEE.
//!
//! - `spans`: what each machine did, without gap or overlap. `stops`: the part people explain.
//! - `counts`: pieces by minute. `rates`: ideal speeds. `kpi`: the formulas, exact.
//! - `figures`: one period of one machine; `overview`: all machines, now.

#![cfg_attr(target_family = "wasm", no_main)]

mod counts;
mod figures;
mod kpi;
mod overview;
mod plant;
mod rates;
mod spans;
mod stops;

use toolcrib_sdk::prelude::*;

module! {
    name: "oee",
    title: { zh: "设备综合效率", en: "OEE" },
    summary: {
        zh: "停机自动记录，稼动率、性能、合格率一目了然",
        en: "Stops recorded by themselves; availability, effectiveness and quality at a glance",
    },
    records: [spans::Span, stops::Stop, counts::{Count, HourCount}, rates::Rate],
    reads: [plant::{Equipment, PlannedShift}],
    events: [stops::{MachineStopped, MachineStarted}],
    handlers: [
        spans::state_changed, counts::{good_counted, scrap_counted},
        rates::{set_rate, rates}, stops::{give_reason, stops}, figures::{oee, shift_oee}, overview::overview,
    ],
    requests: [
        readings("state") { zh: "自动记录设备运行和停机", en: "To record by itself when machines run and stop" },
        readings("good") { zh: "统计合格数量", en: "To count good pieces" },
        readings("scrap") { zh: "统计报废数量", en: "To count scrapped pieces" },
    ],
}

#[cfg(test)]
mod tests;
