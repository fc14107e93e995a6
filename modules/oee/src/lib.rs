//! OEE: states and counts of machines become stops with reasons, calls for help, and the figures of ISO 22400-2.
//!
//! - `state`: OPC 40001-1 states and the time elements they mean. `spans`: what each machine did, without gap or overlap;
//!   `stops`: the part people explain. `calls`: andon.
//! - `counts`: pieces by minute. `rates`: ideal speeds. `plant`: what is read of the plant's master data. `settings`.
//! - `plan`: when a machine is meant to work; `tiles`: a window cut into time elements; `kpi`: the formulas, exact.
//! - `figures`: one machine in one window; `losses`: where the time went; `overview`: all machines, now. `views`: pages.

#![cfg_attr(target_family = "wasm", no_main)]

mod calls;
mod counts;
mod figures;
mod kpi;
mod losses;
mod overview;
mod plan;
mod plant;
mod rates;
mod settings;
mod spans;
mod state;
mod stops;
mod tiles;
mod views;

use toolcrib_sdk::prelude::*;

module! {
    name: "oee",
    title: { zh: "停机与稼动率", en: "Stops and OEE" },
    summary: {
        zh: "停机自动记录，稼动率、性能、合格率一目了然，有事一键呼叫",
        en: "Stops recorded by themselves; availability, effectiveness and quality at a glance; calls for help",
    },
    records: [
        spans::Span, counts::{Count, Booked}, rates::Rate, calls::Call, settings::Setting,
    ],
    reads: [plant::{Equipment, PlannedShift, PlannedBreak, SiteCalendar, Reason}],
    events: [
        stops::{MachineStopped, MachineStarted},
        calls::{CallRaised, CallAcknowledged, CallEscalated, CallClosed},
    ],
    handlers: [
        spans::{state_changed, set_state, spans}, counts::{good_counted, scrap_counted, output_reported},
        rates::{set_rate, set_cycle, rates}, stops::{give_reason, split_stop, stops},
        figures::{oee, shift_oee, day_oee, week_oee}, losses::{timeline, pareto}, overview::overview,
        calls::{raise_call, acknowledge_call, close_call, escalate, open_calls, calls},
        settings::{settings, change_setting}, views::names::machine_names,
    ],
    views: [views::{hall, machine, wall, line_board, call_station}],
    requests: [
        readings("state") { zh: "自动记录设备运行和停机", en: "To record by itself when machines run and stop" },
        readings("good") { zh: "统计合格数量", en: "To count good pieces" },
        readings("scrap") { zh: "统计报废数量", en: "To count scrapped pieces" },
    ],
}

#[cfg(test)]
mod tests;
