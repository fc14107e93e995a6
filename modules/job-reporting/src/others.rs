//! What is read and called of other modules.

use crate::lots::Consumed;
use toolcrib_sdk::prelude::*;

/// A quantity in the unit of its order.
pub type Quantity = Decimal<6>;

/// A job of an order.
#[shared_record(
    module = "work-orders",
    index(card),
    index(equipment),
    reason(zh = "显示本人和本机的工序", en = "To show the jobs of a person or machine")
)]
pub struct Job {
    pub card: Text<64>,
    pub order: Text<64>,
    pub step: i64,
    pub operation: Text<40>,
    pub equipment: Option<Text<64>>,
    pub planned: Quantity,
    pub good: Quantity,
    pub scrap: Quantity,
    pub last: bool,
}

/// A person, by the account that reports, or by their code.
#[shared_record(module = "plant", index(user), index(code), reason(zh = "认出报工的人", en = "To know who reports"))]
pub struct Person {
    pub code: Text<64>,
    pub name: Text<80>,
    pub user: Option<Text<80>>,
}

/// A job and its totals after what was told of it.
#[value]
pub struct JobFacts {
    pub card: Text<64>,
    pub order: Text<64>,
    pub material: Text<64>,
    pub unit: Text<16>,
    pub operation: Text<40>,
    pub step: i64,
    pub first: bool,
    pub last: bool,
    pub equipment: Option<Text<64>>,
    pub planned: Quantity,
    pub good: Quantity,
    pub scrap: Quantity,
    pub rework: Quantity,
}

#[operation_of(module = "work-orders", reason(zh = "开工后工序显示进行中", en = "To show jobs as running"))]
pub fn start_job(card: Text<64>, at: Instant) -> JobFacts;

#[operation_of(module = "work-orders", reason(zh = "暂停后工序显示暂停", en = "To show jobs as paused"))]
pub fn pause_job(card: Text<64>, at: Instant) -> JobFacts;

#[operation_of(module = "work-orders", reason(zh = "把产量记到工序", en = "To add output to its job"))]
pub fn take_output(card: Text<64>, good: Quantity, scrap: Quantity, rework: Quantity, at: Instant) -> JobFacts;

#[operation_of(module = "traceability", reason(zh = "登记产出和投入的批次", en = "To book the lots made and used"))]
pub fn book(
    source: Text<64>,
    lot: Text<64>,
    material: Text<64>,
    unit: Text<16>,
    quantity: Quantity,
    order: Option<Text<64>>,
    equipment: Option<Text<64>>,
    consumed: Vec<Consumed>,
    at: Instant,
);
