//! Hosts in simulated time, each with its factories' queues and its workers, and the database that they share, if they do.

use super::figures::{Asks, Costs, Database, Machine};
use super::parts::{Log, Resource, Rows};
use super::told::Told;
use super::ways::{Task, Way};
use crate::dice::Dice;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant as Monotonic};
use toolcrib_runtime::scheduling::{Lag, Queue, Ready, Waits};

/// Where work is done.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    pub hosts: usize,
    pub machine: Machine,
    /// Business and readings are there, otherwise in files of one host.
    pub database: Option<Database>,
    /// A command goes to any host, otherwise to that of its factory.
    pub is_mixed: bool,
}

impl Site {
    /// One host with files.
    pub const fn of_files(machine: Machine) -> Self {
        Self { hosts: 1, machine, database: None, is_mixed: false }
    }

    pub const fn on(hosts: usize, machine: Machine, database: Database) -> Self {
        Self { hosts, machine, database: Some(database), is_mixed: false }
    }
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub enum Load {
    /// Factories that ask on, whatever becomes of it.
    City(Asks),
    /// So many callers, each of whom calls any factory again when he is answered.
    Callers(usize),
}

/// What waits for a factory's turn.
pub(super) enum Job {
    /// Came at this microsecond, from this caller.
    Command(u64, usize),
    Pump,
}

impl Waits for Job {
    fn is_pump(&self) -> bool {
        matches!(self, Self::Pump)
    }

    fn may_be_refused(&self) -> bool {
        matches!(self, Self::Command(..))
    }
}

/// What one host knows of a factory.
#[derive(Default)]
pub(super) struct Desk {
    pub queue: Queue<Job>,
    pub lag: Lag,
    /// A moment of quiet is waited for.
    pub pauses: bool,
    /// Pieces of what follows that are not done.
    pub follows: u64,
    /// Messages of readings that wait, by their arrival; and whether somebody is to store them.
    pub inbox: Vec<u64>,
    pub is_storing: bool,
}

/// A turn under way.
#[derive(Default)]
pub(super) struct Turn {
    /// The host's desk of a factory.
    pub desk: usize,
    pub began: u64,
    pub jobs: usize,
    /// What its commit answers.
    pub commands: Vec<(u64, usize)>,
    pub wrote: bool,
    /// Until when what follows is moved; none while jobs run.
    pub until: Option<u64>,
    pub more: bool,
    pub pause: bool,
}

pub(super) enum Event {
    Command(usize),
    Readings(usize),
    Question,
    /// Done by the cores of this number.
    OnCore(usize, Way),
    OnDisk(Way),
    /// At the database, after the network.
    Arrived(Way),
    /// The log has these; and so has a standby.
    Flushed(Vec<Task>),
    Kept(Vec<Task>),
    Quiet(usize),
    /// A worker looks for the next turn.
    Free(usize),
}

struct At(u64, u64, Event);

impl PartialEq for At {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for At {}
impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// Hosts and their factories. A desk is `host * factories + factory`, a worker `host * workers + nth`.
pub(super) struct Hosts {
    dice: Dice,
    pub site: Site,
    pub costs: Costs,
    pub load: Load,
    factories: usize,
    pub desks: Vec<Desk>,
    /// Of each host, desks that wait for a worker.
    pub ready: Vec<Ready<usize, usize>>,
    pub in_line: Vec<usize>,
    pub turns: Vec<Turn>,
    /// The same for readings: workers have no state.
    pub storing: Vec<Ready<usize, usize>>,
    /// Of each host, and of the database after them; and threads on which questions wait for it.
    pub cores: Vec<Resource<Way>>,
    pub threads: Vec<Resource<u64>>,
    pub disk: Resource<Way>,
    pub log: Log<Task>,
    pub heads: Rows,
    pub now: u64,
    events: BinaryHeap<Reverse<At>>,
    made: u64,
    /// What the scheduler takes for the beginning of time.
    origin: Monotonic,
    pub told: Told,
}

/// Plays so many seconds of a site with these factories.
pub fn play(seed: u64, site: Site, costs: Costs, factories: usize, load: Load, seconds: u64) -> Told {
    let mut hosts = Hosts::new(seed, site, costs, factories, load);
    let end = seconds * 1_000_000;
    while let Some(Reverse(At(at, _, event))) = hosts.events.pop()
        && at <= end
    {
        hosts.now = at;
        hosts.happen(event);
    }
    hosts.told.us = end;
    hosts.told.behind = hosts.desks.iter().map(|desk| desk.follows).sum();
    hosts.told.cores_us = hosts.cores[..site.hosts].iter().map(|cores| cores.busy_us).sum();
    hosts.told.disk_us = hosts.disk.busy_us;
    hosts.told.database.cores_us = hosts.cores.get(site.hosts).map_or(0, |cores| cores.busy_us);
    (hosts.told.database.log_us, hosts.told.database.flushes) = (hosts.log.busy_us, hosts.log.flushes);
    hosts.told.sorted()
}

impl Hosts {
    fn new(seed: u64, site: Site, costs: Costs, factories: usize, load: Load) -> Self {
        assert!(site.hosts == 1 || site.database.is_some(), "hosts with files share nothing");
        let (hosts, machine) = (site.hosts, site.machine);
        let resting = |count: usize| {
            let mut ready = Ready::default();
            (0..count).for_each(|worker| ready.rest(worker));
            ready
        };
        let cores = std::iter::repeat_n(machine.cores, hosts).chain(site.database.and_then(|database| database.cores));
        let mut simulated = Self {
            dice: Dice::new(seed),
            site,
            costs,
            load,
            factories,
            desks: std::iter::repeat_with(Desk::default).take(hosts * factories).collect(),
            ready: (0..hosts).map(|_| resting(machine.workers)).collect(),
            in_line: vec![0; hosts],
            turns: std::iter::repeat_with(Turn::default).take(hosts * machine.workers).collect(),
            storing: (0..hosts).map(|_| resting(machine.keepers)).collect(),
            cores: cores.map(Resource::new).collect(),
            threads: (0..hosts).map(|_| Resource::new(machine.threads)).collect(),
            disk: Resource::new(machine.disk),
            log: Log::default(),
            heads: Rows::default(),
            now: 0,
            events: BinaryHeap::new(),
            made: 0,
            origin: Monotonic::now(),
            told: Told::default(),
        };
        simulated.begin();
        simulated
    }

    fn begin(&mut self) {
        match self.load {
            Load::Callers(callers) => (0..callers).for_each(|caller| self.later(0, Event::Command(caller))),
            Load::City(asks) => {
                for factory in 0..self.factories {
                    if asks.readings > 0 {
                        let phase = self.dice.below(1_000_000);
                        self.later(phase, Event::Readings(factory));
                    }
                }
                self.next_arrival(asks.commands, Event::Command(0));
                self.next_arrival(asks.questions, Event::Question);
            }
        }
    }

    pub fn later(&mut self, us: u64, event: Event) {
        self.made += 1;
        self.events.push(Reverse(At(self.now + us, self.made, event)));
    }

    /// Of something that each factory does so often a second.
    fn next_arrival(&mut self, each: f64, event: Event) {
        let all = each * self.factories as f64;
        if all > 0.0 {
            let us = self.drawn(1e6 / all);
            self.later(us, event);
        }
    }

    /// From an exponential distribution.
    pub fn drawn(&mut self, mean_us: f64) -> u64 {
        let even = (self.dice.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (-(1.0 - even).ln() * mean_us).round() as u64
    }

    pub fn monotonic(&self, us: u64) -> Monotonic {
        self.origin + Duration::from_micros(us)
    }

    fn any_host(&mut self) -> usize {
        if self.site.hosts == 1 { 0 } else { self.dice.below(self.site.hosts as u64) as usize }
    }

    /// Where a factory goes.
    fn desk(&self, factory: usize) -> usize {
        factory % self.site.hosts * self.factories + factory
    }

    pub fn host_of(&self, desk: usize) -> usize {
        desk / self.factories
    }

    pub fn factory_of(&self, desk: usize) -> usize {
        desk % self.factories
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Command(caller) => {
                let factory = self.dice.below(self.factories as u64) as usize;
                if let Load::City(asks) = self.load {
                    self.next_arrival(asks.commands, Event::Command(0));
                }
                let desk =
                    if self.site.is_mixed { self.any_host() * self.factories + factory } else { self.desk(factory) };
                self.push(desk, Job::Command(self.now, caller));
            }
            Event::Readings(factory) => {
                self.later(1_000_000, Event::Readings(factory));
                let desk = self.desk(factory);
                self.desks[desk].inbox.push(self.now);
                self.submit_readings(desk);
            }
            Event::Question => {
                if let Load::City(asks) = self.load {
                    self.next_arrival(asks.questions, Event::Question);
                }
                let host = self.any_host();
                self.ask(host);
            }
            Event::Quiet(desk) => {
                self.desks[desk].pauses = false;
                self.push(desk, Job::Pump);
            }
            Event::Free(worker) => self.take_turn(worker),
            Event::OnCore(cores, way) => self.computed(cores, way),
            Event::OnDisk(way) => self.on_disk(way),
            Event::Arrived(way) => self.arrived(way),
            Event::Flushed(tasks) => self.flushed(tasks),
            Event::Kept(tasks) => tasks.into_iter().for_each(|task| self.committed(task)),
        }
    }
}
