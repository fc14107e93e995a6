//! A city on paper, in simulated time: how many factories one host takes at the change of shift, and how many several hosts
//! on one PostgreSQL. Nothing here is measured: the rows are what the model makes of measured figures, and the first ones
//! say how well it knows the measured machine.

use crate::capacity::cell::{Part, most, shares};
use crate::capacity::figures::*;
use crate::capacity::hosts::{Load, Site, play};
use crate::capacity::told::{Told, nth_ms};
use crate::setting::{Modules, is_quick};
use crate::table::{Goal, Row, Spread};

const SEEDS: [u64; 3] = [1, 2, 3];
const CORES: usize = 8;
/// Of one host.
const FACTORIES: [usize; 7] = [500, 1_000, 2_000, 3_000, 4_000, 6_000, 8_000];
/// Of hosts that share a primary: how many hosts, and the primary's cores.
const CELLS: [(usize, usize); 6] = [(2, 16), (4, 16), (8, 16), (2, 32), (4, 32), (8, 32)];
/// The cell that is looked at more closely, and at how many factories.
const CELL: (usize, usize) = (4, 16);
const OF_A_CELL: [usize; 5] = [500, 1_000, 2_000, 3_000, 4_000];

pub fn rows(_: &Modules) -> Vec<Row> {
    let (seconds, most) = if is_quick() { (5, 1_000) } else { (120, usize::MAX) };
    let mut rows = known(seconds.min(20));
    for factories in FACTORIES.into_iter().filter(|factories| *factories <= most) {
        let city = Load::City(SHIFT_CHANGE);
        let told = SEEDS.map(|seed| play(seed, Site::of_files(machine(CORES)), FACTORY, factories, city, seconds));
        rows.extend(of_a_host(factories, &told));
    }
    for factories in OF_A_CELL.into_iter().filter(|factories| *factories <= most) {
        rows.extend(of_a_cell(factories, seconds.min(30)));
    }
    if !is_quick() {
        rows.extend(CELLS.map(|(hosts, cores)| cell(hosts, cores, false)));
        rows.extend([(4, 16), (4, 32)].map(|(hosts, cores)| cell(hosts, cores, true)));
    }
    rows
}

/// What was measured, by name: where, of how many tenants, what a command takes, the figure, and how to find it.
type Known = (&'static str, Site, usize, f64, f64, fn(&Told) -> f64, &'static str);

/// What was measured, simulated.
fn known(seconds: u64) -> Vec<Row> {
    let files = Site::of_files(machine(2));
    let database = Site::on(1, beside_a_database(2), measured_database(ASKED_BY_SMALL));
    let rates = |told: &Told| told.per_second(told.commands_us.len() as u64);
    let cases: [Known; 5] = [
        ("200 tenants", files, 200, SMALL_COMMAND_US, 7_414.0, rates, "/s"),
        ("one tenant", files, 1, GROUPED_COMMAND_US, 18_303.0, rates, "/s"),
        ("200 tenants on PostgreSQL", database, 200, SMALL_BESIDE_US, 2_030.0, rates, "/s"),
        ("the same, in the middle", database, 200, SMALL_BESIDE_US, 29.8, |told| nth_ms(&told.commands_us, 50), "ms"),
        ("99th percentile", database, 200, SMALL_BESIDE_US, 61.6, |told| nth_ms(&told.commands_us, 99), "ms"),
    ];
    let row = |(name, site, tenants, command_us, measured, of, unit): Known| {
        let play = |seed| of(&play(seed, site, small(command_us), tenants, Load::Callers(64), seconds));
        let found = SEEDS.map(play).to_vec();
        let ratio = Spread::new(found.iter().map(|found| found / measured).collect());
        Row {
            what: format!("Simulated: small commands, 64 callers, {name}, vs measured"),
            ours: (Spread::new(found), unit),
            peer: Some(Spread::new(vec![measured])),
            ratio: Some(ratio),
            goal: Goal::None,
        }
    };
    cases.map(row).to_vec()
}

/// A figure of every seed's play.
fn row(told: &[Told], what: String, unit: &'static str, of: &dyn Fn(&Told) -> f64) -> Row {
    let ours = (Spread::new(told.iter().map(of).collect()), unit);
    Row { what, ours, peer: None, ratio: None, goal: Goal::None }
}

/// How long people and readings waited.
fn waits(told: &[Told]) -> [Row; 5] {
    [
        row(told, "– a command, in the middle".to_owned(), "ms", &|told| nth_ms(&told.commands_us, 50)),
        row(told, "– 99th percentile".to_owned(), "ms", &|told| nth_ms(&told.commands_us, 99)),
        row(told, "– readings stored, 99th percentile".to_owned(), "ms", &|told| nth_ms(&told.readings_us, 99)),
        row(told, "– a screen's question, 99th percentile".to_owned(), "ms", &|told| nth_ms(&told.questions_us, 99)),
        row(told, "– refused, of a hundred commands".to_owned(), "", &|told| {
            let all = told.refused + told.commands_us.len() as u64;
            told.refused as f64 / all as f64 * 100.0
        }),
    ]
}

fn of_a_host(factories: usize, told: &[Told]) -> Vec<Row> {
    let what = format!("Simulated: {factories} factories on {CORES} cores at the change of shift: cores at work");
    let mut rows = vec![
        row(told, what, "%", &|told| told.share(told.cores_us, CORES)),
        row(told, "– disk at work".to_owned(), "%", &|told| told.share(told.disk_us, machine(CORES).disk)),
        row(told, "– commits".to_owned(), "/s", &|told| told.per_second(told.commits)),
    ];
    rows.extend(waits(told));
    rows
}

fn of_a_cell(factories: usize, seconds: u64) -> Vec<Row> {
    let (hosts, cores) = CELL;
    let site = Site::on(hosts, beside_a_database(CORES), primary(cores));
    let told = SEEDS.map(|seed| play(seed, site, FACTORY, factories, Load::City(SHIFT_CHANGE), seconds));
    let head = format!(
        "Simulated: {factories} factories, {hosts} hosts of {CORES} cores, PostgreSQL on {cores}, at the change of shift"
    );
    let parts = [Part::DatabaseCores, Part::HostCores, Part::Log, Part::Commands, Part::Readings, Part::Questions];
    let mut rows: Vec<_> = parts
        .into_iter()
        .map(|part| {
            let what = format!("– {} at work", part.name());
            let of = |told: &Told| shares(told, &site).into_iter().find(|(one, _)| *one == part).map_or(0.0, |it| it.1);
            row(&told, what, "%", &of)
        })
        .collect();
    rows.insert(0, row(&told, format!("{head}: exchanges"), "/s", &|told| told.per_second(told.database.exchanges)));
    rows.push(row(&told, "– commits".to_owned(), "/s", &|told| told.per_second(told.commits)));
    rows.push(row(&told, "– flushes of the log".to_owned(), "/s", &|told| told.per_second(told.database.flushes)));
    rows.extend(waits(&told));
    rows
}

/// How many factories these take, and what gives first; of one seed, since many numbers of factories are tried.
fn cell(hosts: usize, cores: usize, has_standby: bool) -> Row {
    let site = Site::on(hosts, beside_a_database(CORES), Database { has_standby, ..primary(cores) });
    let (factories, first) = most(SEEDS[0], site, FACTORY, 250, 20);
    let standby = if has_standby { " that waits for a standby" } else { "" };
    Row {
        what: format!(
            "Simulated: factories that {hosts} hosts of {CORES} cores and PostgreSQL on {cores}{standby} take; first give {}",
            first.name()
        ),
        ours: (Spread::new(vec![factories as f64]), ""),
        peer: None,
        ratio: None,
        goal: Goal::None,
    }
}
