//! SPC: control charts, capability and gauge studies that are right to the last digit.
//!
//! - `exact`, `constants`, `distributions`: sums of decimals, what their ranges and deviations tell of σ, probabilities.
//! - `subgroups`, `limits`, `rules`, `analysis`: a chart, from subgroups to signals. `capability`, `gauge`: the studies.
//! - `charts`, `intake`, `stages`: charts that are kept, their points and signals, frozen limits. `studies`: the same of
//!   data that are only asked about. `views`: the pages.

#![cfg_attr(target_family = "wasm", no_main)]

mod analysis;
mod capability;
mod charts;
mod constants;
mod distributions;
mod exact;
mod gauge;
mod intake;
mod limits;
mod rules;
mod stages;
mod studies;
mod subgroups;
mod views;

use toolcrib_sdk::prelude::*;

module! {
    name: "spc",
    title: { zh: "统计过程控制", en: "SPC" },
    summary: {
        zh: "控制图、判异、过程能力和量具分析，数字准到最后一位",
        en: "Control charts, rules, capability and gauge studies, right to the last digit",
    },
    records: [charts::Chart, intake::{ChartPoint, RaisedSignal}, stages::FrozenLimits],
    reads: [charts::Characteristic, views::names::Equipment],
    events: [intake::OutOfControl],
    calls: [intake::raise_call],
    handlers: [
        charts::{create_chart, change_chart, charts}, intake::{add_subgroup, import_subgroups, measured, signals},
        stages::{control_chart, freeze_limits, limits, exclude_point, include_point, capability},
        studies::{analyse_subgroups, study_capability, capability_of, study_gauge, summarise}, views::names::machine_names,
    ],
    views: [views::{charts_page, chart_page, studies_page}],
}

#[cfg(test)]
mod tests;
