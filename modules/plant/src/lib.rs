//! Plant: the master data that other modules build on. Everything has a code of its own that never changes.
//!
//! - `coded`: what all of it has in common, and the flat lists in which it is imported and exported.
//! - `equipment`, `materials`, `conversions`, `people`, `reasons`: the lists themselves; `defaults`: usual reasons.
//! - `calendar`: zone, production day, special days. `patterns`: shifts by the clock. `shifts`: those planned. `views`: pages.
//!
//! Record names and levels follow ISA-95 (B2MML); a person's job is its personnel class.

#![cfg_attr(target_family = "wasm", no_main)]

mod calendar;
mod coded;
mod conversions;
mod defaults;
mod equipment;
mod materials;
mod patterns;
mod people;
mod reasons;
mod shifts;
mod views;

use toolcrib_sdk::prelude::*;

module! {
    name: "plant",
    title: { zh: "工厂基础数据", en: "Plant" },
    summary: {
        zh: "设备、物料、人员、班次和日历，录入一次，各模块共用",
        en: "Equipment, materials, people, shifts and calendar, entered once and shared by all modules",
    },
    records: [
        equipment::Equipment, materials::Material, conversions::Conversion, people::{Person, Skill},
        calendar::{Calendar, SpecialDay}, patterns::{ShiftPattern, PatternBreak}, shifts::{PlannedShift, PlannedBreak},
        reasons::Reason,
    ],
    handlers: [
        equipment::{add_equipment, change_equipment, retire_equipment, import_equipment, equipment},
        materials::{add_material, change_material, retire_material, import_materials, materials},
        conversions::{set_conversion, remove_conversion, import_conversions, conversions, convert},
        people::{add_person, change_person, retire_person, import_people, people, whose_badge},
        people::{set_skill, remove_skill, import_skills, skills},
        calendar::{set_calendar, import_calendar, calendar},
        calendar::{set_special_day, remove_special_day, import_special_days, special_days, day},
        patterns::{add_pattern, change_pattern, retire_pattern, import_patterns, patterns},
        shifts::{plan_shift, plan_shifts, cancel_shift, import_shifts, shifts, shift_at},
        reasons::{set_reason, retire_reason, install_reasons, import_reasons, reasons},
    ],
    views: [views::{equipment_page, people_page, materials_page, shifts_page, reasons_page}],
}

#[cfg(test)]
mod tests;
