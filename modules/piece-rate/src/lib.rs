//! Piece-rate wages: what is reported becomes pay, exact to the fen.
//!
//! - `rates`, `settings`: what pieces and overtime are worth, from which day on.
//! - `work`: reports and their corrections, added up by lot and person. `overtime`: by day. `pricing`: the arithmetic, pure.
//! - `ledger`: wage lines and the sums of each person's month. A frozen month never changes.
//! - `extras`: hours, allowances and deductions entered by hand. `months`: freeze, minimum wage, month sheet.
//! - `payslip`: what a worker sees, confirms or disputes. `plant`: what is read of the plant, and what is done without.
//! - `views`: pages of worker and office.

#![cfg_attr(target_family = "wasm", no_main)]

mod extras;
mod ledger;
mod months;
mod overtime;
mod payslip;
mod plant;
mod pricing;
mod rates;
mod settings;
mod views;
mod work;

use toolcrib_sdk::prelude::*;

module! {
    name: "piece-rate",
    title: { zh: "计件工资", en: "Piece-rate wages" },
    summary: {
        zh: "报工即计薪，分毫不差；封存、更正、工资条确认一气呵成",
        en: "Reported output becomes pay, exact to the fen: freeze, correct, confirm",
    },
    records: [
        rates::Rate, settings::Setting, work::{Work, Share}, ledger::{Line, Slip}, months::{FrozenMonth, Basis},
        overtime::DayCount,
    ],
    reads: [plant::{Person, SpecialDay, Calendar}, views::names::Material],
    events: [months::MonthFrozen, payslip::PayslipDisputed],
    handlers: [
        rates::{set_rate, remove_rate, import_rates, rates, rate}, settings::{set_settings, import_settings, settings},
        work::{output_reported, recount, unpriced}, views::names::material_names, extras::{add_hours, add_amount, import_extras, take_back},
        months::{set_presence, freeze_month, months, month_sheet}, payslip::{payslip, confirm_payslip, dispute_payslip},
    ],
    views: [views::{payslip_page, month_page, rates_page}],
}

#[cfg(test)]
mod tests;
