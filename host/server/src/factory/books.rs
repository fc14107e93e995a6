//! What the factory told its software: what every module must agree with.

use super::layout::{GRAMS, OPERATIONS};
use std::collections::BTreeMap;
use toolcrib_contract::types::Date;

/// An order and what became of it, in pieces, by operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    pub line: usize,
    pub quantity: i64,
    pub day: Date,
    pub coil: String,
    pub good: [i64; OPERATIONS.len()],
    pub scrap: [i64; OPERATIONS.len()],
    /// Of the lot: none until it is inspected.
    pub accepted: Option<bool>,
}

impl Order {
    /// Pieces that wait for an operation.
    pub fn waiting(&self, operation: usize) -> i64 {
        let came = if operation == 0 { self.quantity } else { self.good[operation - 1] };
        came - self.good[operation] - self.scrap[operation]
    }

    /// Grams of coil that went in.
    pub fn grams(&self) -> i64 {
        self.good[OPERATIONS.len() - 1] * GRAMS
    }
}

/// Good and scrapped pieces.
pub(super) type Pieces = (i64, i64);

#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// By number.
    pub orders: BTreeMap<String, Order>,
    /// Grams received, by lot of coil.
    pub coils: BTreeMap<String, i64>,
    /// By machine and day.
    pub machines: BTreeMap<(String, Date), Pieces>,
    /// Fen earned by month, such as `2026-11`.
    pub wages: BTreeMap<String, i64>,
    /// Reports, without corrections.
    pub reports: i64,
    /// Entries that a terminal keeps.
    pub kept: Vec<serde_json::Value>,
    /// Points of control charts.
    pub measured: i64,
}

impl Books {
    /// Orders of a day, by line.
    pub fn of_day(&self, day: Date) -> Vec<String> {
        self.orders.iter().filter(|(_, order)| order.day == day).map(|(number, _)| number.clone()).collect()
    }

    /// Writes down what an operation made.
    pub fn made(&mut self, number: &str, operation: usize, machine: &str, good: i64, scrap: i64) {
        let order = self.orders.get_mut(number).expect("the factory makes only what it ordered");
        order.good[operation] += good;
        order.scrap[operation] += scrap;
        let day = order.day;
        let pieces = self.machines.entry((machine.to_owned(), day)).or_default();
        *pieces = (pieces.0 + good, pieces.1 + scrap);
        *self.wages.entry(day.to_string()[..7].to_owned()).or_default() += good * OPERATIONS[operation].fen;
    }
}
