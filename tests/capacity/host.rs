//! One host in simulated time. A worker's turn goes as `host/runtime/src/turn.rs` has it: jobs until it takes no more, what
//! follows now or later, one commit, then answers.

use super::figures::{Asks, Costs, Machine};
use super::parts::Resource;
use super::told::Told;
use crate::dice::Dice;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant as Monotonic};
use toolcrib_runtime::scheduling::{Lag, QUIET, Queue, Ready, SLICE, Waits, takes_more};

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub enum Load {
    /// Factories that ask on, whatever becomes of it.
    City(Asks),
    /// So many callers, each of whom calls any factory again when he is answered.
    Callers(usize),
}

/// What waits for a factory's turn.
enum Job {
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

#[derive(Default)]
struct Factory {
    queue: Queue<Job>,
    lag: Lag,
    /// A moment of quiet is waited for.
    pauses: bool,
    /// Pieces of what follows that are not done.
    follows: u64,
    /// Messages of readings that wait, by their arrival; and whether somebody is to store them.
    inbox: Vec<u64>,
    is_storing: bool,
}

/// A turn under way.
#[derive(Default)]
struct Turn {
    factory: usize,
    began: u64,
    jobs: usize,
    /// What its commit answers.
    commands: Vec<(u64, usize)>,
    wrote: bool,
    /// Until when what follows is moved; none while jobs run.
    until: Option<u64>,
    more: bool,
    pause: bool,
}

/// Who waits for a core or the disk.
enum Task {
    /// The job of a turn, or a piece of what follows.
    Step(usize),
    Commit(usize),
    Question(u64),
    /// Readings of a factory: being parsed, being stored.
    Parse(usize, Vec<u64>),
    Store(usize, Vec<u64>),
}

enum Event {
    Command(usize),
    Readings(usize),
    Question,
    OnCore(Task),
    OnDisk(Task),
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

/// A host and its factories.
pub struct Host {
    dice: Dice,
    costs: Costs,
    load: Load,
    factories: Vec<Factory>,
    /// Factories that wait for a worker, by number.
    ready: Ready<usize, usize>,
    in_line: usize,
    turns: Vec<Turn>,
    /// The same for readings: workers have no state.
    storing: Ready<usize, usize>,
    cores: Resource<Task>,
    disk: Resource<Task>,
    now: u64,
    events: BinaryHeap<Reverse<At>>,
    made: u64,
    /// What the scheduler takes for the beginning of time.
    origin: Monotonic,
    told: Told,
}

/// Plays so many seconds of a host with these factories.
pub fn play(seed: u64, machine: Machine, costs: Costs, factories: usize, load: Load, seconds: u64) -> Told {
    let mut host = Host::new(seed, machine, costs, factories, load);
    let end = seconds * 1_000_000;
    while let Some(Reverse(At(at, _, event))) = host.events.pop()
        && at <= end
    {
        host.now = at;
        host.happen(event);
    }
    host.told.us = end;
    host.told.behind = host.factories.iter().map(|factory| factory.follows).sum();
    (host.told.cores_us, host.told.disk_us) = (host.cores.busy_us, host.disk.busy_us);
    host.told.sorted()
}

impl Host {
    fn new(seed: u64, machine: Machine, costs: Costs, factories: usize, load: Load) -> Self {
        let (mut ready, mut storing) = (Ready::default(), Ready::default());
        (0..machine.workers).for_each(|worker| ready.rest(worker));
        (0..machine.workers.div_ceil(4)).for_each(|worker| storing.rest(worker));
        let mut host = Self {
            dice: Dice::new(seed),
            costs,
            load,
            factories: std::iter::repeat_with(Factory::default).take(factories).collect(),
            ready,
            in_line: 0,
            turns: std::iter::repeat_with(Turn::default).take(machine.workers).collect(),
            storing,
            cores: Resource::new(machine.cores),
            disk: Resource::new(machine.disk),
            now: 0,
            events: BinaryHeap::new(),
            made: 0,
            origin: Monotonic::now(),
            told: Told::default(),
        };
        host.begin();
        host
    }

    fn begin(&mut self) {
        match self.load {
            Load::Callers(callers) => (0..callers).for_each(|caller| self.later(0, Event::Command(caller))),
            Load::City(asks) => {
                for factory in 0..self.factories.len() {
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

    fn later(&mut self, us: u64, event: Event) {
        self.made += 1;
        self.events.push(Reverse(At(self.now + us, self.made, event)));
    }

    /// Of something that each factory does so often a second.
    fn next_arrival(&mut self, each: f64, event: Event) {
        let all = each * self.factories.len() as f64;
        if all > 0.0 {
            let us = self.drawn(1e6 / all);
            self.later(us, event);
        }
    }

    /// From an exponential distribution.
    fn drawn(&mut self, mean_us: f64) -> u64 {
        let even = (self.dice.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (-(1.0 - even).ln() * mean_us).round() as u64
    }

    fn monotonic(&self, us: u64) -> Monotonic {
        self.origin + Duration::from_micros(us)
    }

    fn any_factory(&mut self) -> usize {
        self.dice.below(self.factories.len() as u64) as usize
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Command(caller) => {
                let factory = self.any_factory();
                if let Load::City(asks) = self.load {
                    self.next_arrival(asks.commands, Event::Command(0));
                }
                self.push(factory, Job::Command(self.now, caller));
            }
            Event::Readings(factory) => {
                self.later(1_000_000, Event::Readings(factory));
                self.factories[factory].inbox.push(self.now);
                self.submit_readings(factory);
            }
            Event::Question => {
                if let Load::City(asks) = self.load {
                    self.next_arrival(asks.questions, Event::Question);
                }
                self.compute(Task::Question(self.now), self.costs.question_us);
            }
            Event::Quiet(factory) => {
                self.factories[factory].pauses = false;
                self.push(factory, Job::Pump);
            }
            Event::Free(worker) => self.take_turn(worker),
            Event::OnCore(task) => {
                if let Some((next, us)) = self.cores.release() {
                    self.later(us, Event::OnCore(next));
                }
                self.computed(task);
            }
            Event::OnDisk(task) => {
                if let Some((next, us)) = self.disk.release() {
                    self.later(us, Event::OnDisk(next));
                }
                self.stored(task);
            }
        }
    }

    fn compute(&mut self, task: Task, mean_us: f64) {
        let us = self.drawn(mean_us);
        if let Some((task, us)) = self.cores.take(task, us) {
            self.later(us, Event::OnCore(task));
        }
    }

    fn commit(&mut self, task: Task, mean_us: f64) {
        self.told.commits += 1;
        let us = self.drawn(mean_us);
        if let Some((task, us)) = self.disk.take(task, us) {
            self.later(us, Event::OnDisk(task));
        }
    }

    fn computed(&mut self, task: Task) {
        match task {
            Task::Step(worker) => self.went_on(worker),
            Task::Question(came) => self.told.questions_us.push(self.now - came),
            Task::Parse(factory, came) => self.commit(Task::Store(factory, came), self.costs.readings_commit_us),
            Task::Commit(_) | Task::Store(..) => unreachable!("the disk's"),
        }
    }

    fn stored(&mut self, task: Task) {
        match task {
            Task::Commit(worker) => self.end_turn(worker),
            Task::Store(factory, came) => {
                self.told.readings_us.extend(came.iter().map(|came| self.now - came));
                self.stored_readings(factory);
            }
            Task::Step(_) | Task::Question(_) | Task::Parse(..) => unreachable!("the cores'"),
        }
    }
}

/// Turns.
impl Host {
    fn push(&mut self, factory: usize, job: Job) {
        match self.factories[factory].queue.push(job) {
            Ok(true) => self.submit(factory),
            Ok(false) => {}
            Err(_) => self.told.refused += 1,
        }
    }

    fn submit(&mut self, factory: usize) {
        self.in_line += 1;
        self.told.line = self.told.line.max(self.in_line);
        if let Some(Some(worker)) = self.ready.submit(factory) {
            self.later(0, Event::Free(worker));
        }
    }

    fn take_turn(&mut self, worker: usize) {
        let Some(factory) = self.ready.take() else { return self.ready.rest(worker) };
        self.in_line -= 1;
        self.turns[worker] = Turn { factory, began: self.now, ..Turn::default() };
        let now = self.monotonic(self.now);
        let Factory { queue, lag, .. } = &mut self.factories[factory];
        if lag.may_wait(now) && queue.pop_only_pumps() {
            self.pause(factory);
            return self.give_back(worker);
        }
        if lag.take_due() {
            return self.follow(worker);
        }
        self.next_job(worker);
    }

    fn next_job(&mut self, worker: usize) {
        let turn = &mut self.turns[worker];
        let spent = Duration::from_micros(self.now - turn.began);
        let takes = turn.jobs == 0 || takes_more(turn.jobs, spent);
        let job = takes.then(|| self.factories[turn.factory].queue.pop_if(|_| true)).flatten();
        match job {
            Some(Job::Command(came, caller)) => {
                turn.jobs += 1;
                turn.commands.push((came, caller));
                turn.wrote = true;
                self.compute(Task::Step(worker), self.costs.command_us);
            }
            Some(Job::Pump) => {
                turn.jobs += 1;
                self.next_job(worker);
            }
            None => self.follow(worker),
        }
    }

    /// A step is over: a job, or a piece of what follows.
    fn went_on(&mut self, worker: usize) {
        let turn = &self.turns[worker];
        let factory = &mut self.factories[turn.factory];
        if turn.until.is_none() {
            factory.follows += u64::from(self.costs.follows_us > 0.0);
            return self.next_job(worker);
        }
        factory.follows -= 1;
        self.told.followed += 1;
        self.slice(worker);
    }

    /// What follows from the jobs and from before.
    fn follow(&mut self, worker: usize) {
        let turn = &mut self.turns[worker];
        let factory = &mut self.factories[turn.factory];
        if !turn.commands.is_empty() && factory.lag.is_stream(self.origin + Duration::from_micros(turn.began)) {
            if factory.follows > 0 {
                let is_due = factory.lag.put_off(self.origin + Duration::from_micros(self.now));
                (turn.more, turn.pause) = (is_due, !is_due);
            }
            return self.end_jobs(worker);
        }
        turn.until = Some(self.now + SLICE.as_micros() as u64);
        self.slice(worker);
    }

    fn slice(&mut self, worker: usize) {
        let turn = &mut self.turns[worker];
        let factory = &mut self.factories[turn.factory];
        if factory.follows > 0 && turn.until.is_some_and(|until| self.now < until) {
            turn.wrote = true;
            return self.compute(Task::Step(worker), self.costs.follows_us);
        }
        turn.more = factory.follows > 0;
        if !turn.more {
            factory.lag.caught_up();
        }
        self.end_jobs(worker);
    }

    fn end_jobs(&mut self, worker: usize) {
        if self.turns[worker].wrote {
            self.commit(Task::Commit(worker), self.costs.commit_us);
        } else {
            self.end_turn(worker);
        }
    }

    fn end_turn(&mut self, worker: usize) {
        let turn = std::mem::take(&mut self.turns[worker]);
        self.turns[worker].factory = turn.factory;
        if !turn.commands.is_empty() {
            let now = self.monotonic(self.now);
            self.factories[turn.factory].lag.answered(now);
        }
        for (came, caller) in turn.commands {
            self.told.commands_us.push(self.now - came);
            if matches!(self.load, Load::Callers(_)) {
                self.later(0, Event::Command(caller));
            }
        }
        if turn.more {
            self.push(turn.factory, Job::Pump);
        }
        if turn.pause {
            self.pause(turn.factory);
        }
        self.give_back(worker);
    }

    fn pause(&mut self, factory: usize) {
        if !std::mem::replace(&mut self.factories[factory].pauses, true) {
            self.later(QUIET.as_micros() as u64, Event::Quiet(factory));
        }
    }

    fn give_back(&mut self, worker: usize) {
        let factory = self.turns[worker].factory;
        if self.factories[factory].queue.rest() {
            self.submit(factory);
        }
        self.later(0, Event::Free(worker));
    }
}

/// Readings: what waits when a worker comes shares a commit.
impl Host {
    fn submit_readings(&mut self, factory: usize) {
        if !std::mem::replace(&mut self.factories[factory].is_storing, true)
            && let Some(Some(worker)) = self.storing.submit(factory)
        {
            self.take_readings(worker);
        }
    }

    /// Workers of readings are told apart by nothing: any of them waits for any factory's commit.
    fn take_readings(&mut self, worker: usize) {
        let Some(factory) = self.storing.take() else { return self.storing.rest(worker) };
        let came = std::mem::take(&mut self.factories[factory].inbox);
        let Load::City(asks) = self.load else { return };
        let rows = came.len() as f64 * f64::from(asks.readings);
        self.compute(Task::Parse(factory, came), rows * self.costs.reading_us);
    }

    fn stored_readings(&mut self, factory: usize) {
        self.factories[factory].is_storing = false;
        if !self.factories[factory].inbox.is_empty() {
            self.submit_readings(factory);
        }
        self.take_readings(0);
    }
}
