//! Plant: the master data that other modules build on. Everything has a code of its own that never changes.
//!
//! - `coded`: what all of it has in common. `equipment`, `materials`, `people`: the lists themselves.
//! - `shifts`: shift patterns, and the shifts planned on equipment.
//!
//! Record names and levels follow ISA-95 (B2MML); a person's job is its personnel class.

#![cfg_attr(target_family = "wasm", no_main)]

mod coded;
mod equipment;
mod materials;
mod people;
mod shifts;

use toolcrib_sdk::prelude::*;

module! {
    name: "plant",
    title: { zh: "工厂基础数据", en: "Plant" },
    summary: {
        zh: "设备、物料、人员和班次，录入一次，各模块共用",
        en: "Equipment, materials, people and shifts, entered once and shared by all modules",
    },
    records: [
        equipment::Equipment, materials::Material, people::{Person, Skill}, shifts::{ShiftPattern, PlannedShift},
    ],
    handlers: [
        equipment::{add_equipment, change_equipment, retire_equipment, import_equipment, equipment},
        materials::{add_material, change_material, retire_material, import_materials, materials},
        people::{add_person, change_person, retire_person, import_people, people, set_skill, remove_skill, skills},
        shifts::{add_pattern, change_pattern, retire_pattern, patterns, plan_shift, plan_shifts, cancel_shift, shifts},
    ],
}

#[cfg(test)]
mod tests;
