//! A city on paper, in simulated time: how many factories one host takes at the change of shift. Nothing here is measured:
//! the rows are what the model makes of measured figures, and the first ones say how well it knows the measured machine.

use crate::capacity::figures::{FACTORY, GROUPED_COMMAND_US, SHIFT_CHANGE, SMALL_COMMAND_US, machine, small};
use crate::capacity::host::{Load, play};
use crate::capacity::told::{Told, nth_ms};
use crate::setting::{Modules, is_quick};
use crate::table::{Goal, Row, Spread};

const SEEDS: [u64; 3] = [1, 2, 3];
const CORES: usize = 8;
/// Of one host.
const FACTORIES: [usize; 7] = [500, 1_000, 2_000, 3_000, 4_000, 6_000, 8_000];

pub fn rows(_: &Modules) -> Vec<Row> {
    let (seconds, most) = if is_quick() { (5, 1_000) } else { (120, usize::MAX) };
    let mut rows = known(seconds.min(20));
    for factories in FACTORIES.into_iter().filter(|factories| *factories <= most) {
        let city = Load::City(SHIFT_CHANGE);
        let told = SEEDS.map(|seed| play(seed, machine(CORES), FACTORY, factories, city, seconds));
        rows.extend(of_a_host(factories, &told));
    }
    rows
}

/// What was measured, simulated.
fn known(seconds: u64) -> Vec<Row> {
    let cases = [("200 tenants", 200, SMALL_COMMAND_US, 7_414.0), ("one tenant", 1, GROUPED_COMMAND_US, 18_303.0)];
    let row = |(name, tenants, command_us, measured): (&str, usize, f64, f64)| {
        let rate = |seed| {
            let told = play(seed, machine(2), small(command_us), tenants, Load::Callers(64), seconds);
            told.per_second(told.commands_us.len() as u64)
        };
        let rates = SEEDS.map(rate).to_vec();
        let ratio = Spread::new(rates.iter().map(|rate| rate / measured).collect());
        Row {
            what: format!("Simulated: small commands, 64 callers, {name}, vs measured"),
            ours: (Spread::new(rates), "/s"),
            peer: Some(Spread::new(vec![measured])),
            ratio: Some(ratio),
            goal: Goal::None,
        }
    };
    cases.map(row).to_vec()
}

fn of_a_host(factories: usize, told: &[Told]) -> Vec<Row> {
    let row = |what: String, unit: &'static str, of: &dyn Fn(&Told) -> f64| {
        let ours = (Spread::new(told.iter().map(of).collect()), unit);
        Row { what, ours, peer: None, ratio: None, goal: Goal::None }
    };
    vec![
        row(
            format!("Simulated: {factories} factories on {CORES} cores at the change of shift: cores at work"),
            "%",
            &|told| told.cores_us as f64 / told.us as f64 / CORES as f64 * 100.0,
        ),
        row("– disk at work".to_owned(), "%", &|told| {
            told.disk_us as f64 / told.us as f64 / machine(CORES).disk as f64 * 100.0
        }),
        row("– commits".to_owned(), "/s", &|told| told.per_second(told.commits)),
        row("– a command, in the middle".to_owned(), "ms", &|told| nth_ms(&told.commands_us, 50)),
        row("– 99th percentile".to_owned(), "ms", &|told| nth_ms(&told.commands_us, 99)),
        row("– readings stored, 99th percentile".to_owned(), "ms", &|told| nth_ms(&told.readings_us, 99)),
        row("– a screen's question, 99th percentile".to_owned(), "ms", &|told| nth_ms(&told.questions_us, 99)),
        row("– refused, of a hundred commands".to_owned(), "", &|told| {
            let all = told.refused + told.commands_us.len() as u64;
            told.refused as f64 / all as f64 * 100.0
        }),
    ]
}
