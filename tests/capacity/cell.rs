//! How many factories some hosts on one database take at the change of shift, and what gives first beyond.

use super::figures::{Costs, SHIFT_CHANGE};
use super::hosts::{Load, Site, play};
use super::told::{Told, nth_ms};

/// Nobody waits longer, but for one in a hundred: for a command, for an answer, for readings to be kept.
const COMMAND_MS: f64 = 500.0;
const QUESTION_MS: f64 = 1_000.0;
const READINGS_MS: f64 = 1_000.0;
/// Hundredths from which on cores and log are what others wait for.
const FULL: f64 = 90.0;

/// What may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    HostCores,
    DatabaseCores,
    Log,
    /// Connections of commands, of readings, of questions.
    Commands,
    Readings,
    Questions,
}

impl Part {
    pub const fn name(self) -> &'static str {
        match self {
            Self::HostCores => "the hosts' cores",
            Self::DatabaseCores => "the database's cores",
            Self::Log => "the database's log",
            Self::Commands => "connections of commands",
            Self::Readings => "connections of readings",
            Self::Questions => "connections of questions",
        }
    }
}

/// How busy each part was, in hundredths.
pub fn shares(told: &Told, site: &Site) -> [(Part, f64); 6] {
    let of_hosts = |busy_us: u64, each: usize| told.share(busy_us, each * site.hosts);
    let database = site.database.and_then(|database| database.cores);
    [
        (Part::HostCores, of_hosts(told.cores_us, site.machine.cores)),
        (Part::DatabaseCores, database.map_or(0.0, |cores| told.share(told.database.cores_us, cores))),
        (Part::Log, told.share(told.database.log_us, 1)),
        (Part::Commands, of_hosts(told.turns_us, site.machine.workers)),
        (Part::Readings, of_hosts(told.storing_us, site.machine.keepers)),
        (Part::Questions, of_hosts(told.asking_us, site.machine.threads)),
    ]
}

/// Whether everybody was served in time.
pub fn is_well(told: &Told) -> bool {
    told.refused == 0
        && nth_ms(&told.commands_us, 99) <= COMMAND_MS
        && nth_ms(&told.questions_us, 99) <= QUESTION_MS
        && nth_ms(&told.readings_us, 99) <= READINGS_MS
}

/// The most factories, to so many at a time, that are served in time; and the busiest part when there are more.
pub fn most(seed: u64, site: Site, costs: Costs, step: usize, seconds: u64) -> (usize, Part) {
    let with = |steps: usize| play(seed, site, costs, steps * step, Load::City(SHIFT_CHANGE), seconds);
    let (mut good, mut bad) = (0, 1);
    let mut beyond = with(bad);
    while is_well(&beyond) {
        (good, bad) = (bad, bad * 2);
        beyond = with(bad);
    }
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        let told = with(middle);
        if is_well(&told) {
            good = middle;
        } else {
            (bad, beyond) = (middle, told);
        }
    }
    (good * step, gives(&shares(&beyond, &site)))
}

/// Connections are held, too, while cores or the log keep their work waiting: they give only where those do not.
fn gives(shares: &[(Part, f64); 6]) -> Part {
    let (working, held) = shares.split_at(3);
    let busiest = |of: &[(Part, f64)]| of.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(shares[0]);
    let (part, share) = busiest(working);
    if share >= FULL { part } else { busiest(held).0 }
}
