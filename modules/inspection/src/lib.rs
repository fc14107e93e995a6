//! Inspection: what is looked at, how many of a lot by AQL sampling, what was found, the verdict and what follows.
//!
//! - `aql`: the tables of MIL-STD-105E. `switching`: when inspection is tightened, reduced or stopped.
//! - `characteristics`, `plans`, `sheets`: what is looked at. `inspections`, `readings`, `decide`: from opening to the verdict.
//! - `nonconformances`: what becomes of what is bad. `neighbours`: lots, reports and materials of other modules.
//! - `views`: the pages.

#![cfg_attr(target_family = "wasm", no_main)]

mod aql;
mod characteristics;
mod decide;
mod inspections;
mod neighbours;
mod nonconformances;
mod plans;
mod readings;
mod sheets;
mod switching;
mod views;

use toolcrib_sdk::prelude::*;

module! {
    name: "inspection",
    title: { zh: "质量检验", en: "Inspection" },
    summary: {
        zh: "抽多少、判不判得过，按 AQL 自动算好；不合格批次自动封存",
        en: "How many to look at and whether the lot passes, by AQL; rejected lots are blocked by themselves",
    },
    records: [
        characteristics::Characteristic, plans::{Plan, Scheme, PlanLine}, inspections::{Inspection, Requirement},
        readings::{Reading, Defect}, nonconformances::Nonconformance,
    ],
    reads: [neighbours::Material],
    events: [decide::InspectionDecided, readings::Measured],
    calls: [neighbours::{hold_lot, block_lot, release_lot}],
    handlers: [
        aql::sampling,
        characteristics::{set_characteristic, import_characteristics, retire_characteristic, characteristics},
        plans::{
            set_plan, retire_plan, plans, set_plan_line, remove_plan_line, plan_lines, set_switching, resume_plan, schemes,
        },
        sheets::{plan_sheet, import_plans, line_sheet, import_plan_lines},
        inspections::{open_inspection, cancel_inspection, inspections, requirements, output_reported, lot_received},
        readings::{record_readings, record_defects, readings, defects}, decide::decide_inspection,
        nonconformances::{report_nonconformance, dispose, nonconformances},
    ],
    views: [
        views::{
            inspections_page, inspection_page, nonconformances_page, report_page, plans_page, plan_page, sampling_page,
        },
    ],
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;
