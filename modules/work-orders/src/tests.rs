//! Orders driven as an office and a shop floor would.

mod complaints;
mod histories;
mod input;
mod planning;

use crate::jobs::{JobFacts, JobState, take_output};
use crate::module;
use crate::orders::{NewOrder, create_order};
use crate::progress::{Progress, progress};
use crate::routing::{NewStep, set_routing};
use crate::stages::release_order;
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing;

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn quantity(value: &str) -> Decimal<6> {
    value.parse().unwrap()
}

fn order(number: &str, material: &str, amount: &str) -> create_order {
    let (number, material, quantity) = (Some(text(number)), text(material), quantity(amount));
    create_order { new: NewOrder { number, material, quantity, ..NewOrder::blank() } }
}

fn step(step: i64, operation: &str) -> NewStep {
    NewStep { step, operation: text(operation), equipment: None, skill: None, note: None, after: None }
}

/// A plant with one released order of a material that takes these operations, 10, 20, 30, …
fn shop(number: &str, amount: &str, operations: &[&str]) -> testing::Module {
    let mut module = module();
    let steps = operations.iter().enumerate().map(|(at, name)| step(10 * (at as i64 + 1), name)).collect();
    module.run(set_routing { material: text("P-1"), steps }).unwrap();
    module.run(order(number, "P-1", amount)).unwrap();
    module.run(release_order { number: text(number) }).unwrap();
    module
}

/// Reports good, scrap and rework at a card, now.
fn made(module: &mut testing::Module, card: &str, good: &str, scrap: &str, rework: &str) -> Outcome<JobFacts> {
    let (card, at) = (text(card), module.now());
    let (good, scrap, rework) = (quantity(good), quantity(scrap), quantity(rework));
    module.run(take_output { card, good, scrap, rework, at })
}

fn how_far(module: &mut testing::Module, number: &str) -> Progress {
    module.run(progress { number: text(number) }).unwrap()
}

/// Issued, good, scrap, work in progress, extra and open of one step, and its state.
fn at_step(progress: &Progress, at: usize) -> ([String; 6], JobState) {
    let step = &progress.steps[at];
    let figures = [step.issued, step.job.good, step.job.scrap, step.wip, step.extra, step.open];
    (figures.map(|figure| figure.to_string().trim_end_matches('0').trim_end_matches('.').to_owned()), step.job.state)
}

#[test]
fn golden_scenarios_hold() {
    testing::scenarios(&module(), "scenarios");
}

/// The order, its jobs, and the one that changed.
#[test]
fn output_of_a_job_asks_the_host_three_times() {
    let mut shop = shop("WO-1", "100", &["冲压"]);
    made(&mut shop, "WO-1/10", "5", "0", "0").unwrap();
    made(&mut shop, "WO-1/10", "5", "0", "0").unwrap();
    assert_eq!(shop.used().host_calls, 3);
}
