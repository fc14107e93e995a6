//! A worker's turn. It goes as `host/runtime/src/turn.rs` has it: jobs until it takes no more, what follows now or later, one
//! commit, then answers. With a database it holds a connection all the while, and the row of its factory from its
//! beginning to its commit.

use super::hosts::{Desk, Event, Hosts, Job, Load, Turn};
use super::ways::Task;
use std::time::Duration;
use toolcrib_runtime::scheduling::{QUIET, SLICE, takes_more};

impl Hosts {
    pub fn push(&mut self, desk: usize, job: Job) {
        match self.desks[desk].queue.push(job) {
            Ok(true) => self.submit(desk),
            Ok(false) => {}
            Err(_) => self.told.refused += 1,
        }
    }

    fn submit(&mut self, desk: usize) {
        let host = self.host_of(desk);
        self.in_line[host] += 1;
        self.told.line = self.told.line.max(self.in_line[host]);
        if let Some(Some(worker)) = self.ready[host].submit(desk) {
            self.later(0, Event::Free(host * self.site.machine.workers + worker));
        }
    }

    /// The host that a worker belongs to.
    fn of(&self, worker: usize) -> usize {
        worker / self.site.machine.workers
    }

    pub fn take_turn(&mut self, worker: usize) {
        let host = self.of(worker);
        let Some(desk) = self.ready[host].take() else {
            return self.ready[host].rest(worker % self.site.machine.workers);
        };
        self.in_line[host] -= 1;
        self.turns[worker] = Turn { desk, began: self.now, ..Turn::default() };
        let now = self.monotonic(self.now);
        let Desk { queue, lag, .. } = &mut self.desks[desk];
        if lag.may_wait(now) && queue.pop_only_pumps() {
            self.pause(desk);
            return self.give_back(worker);
        }
        match self.site.database {
            Some(database) => self.exchange(host, Task::Begin(worker), database.asked.begin),
            None => self.begun(worker),
        }
    }

    /// Waits for another host's turn of the same factory, if there is one.
    pub fn take_head(&mut self, worker: usize) {
        let factory = self.factory_of(self.turns[worker].desk);
        if self.heads.take(factory, worker) {
            return self.begun(worker);
        }
        self.told.database.waited += 1;
    }

    fn begun(&mut self, worker: usize) {
        let desk = self.turns[worker].desk;
        if self.desks[desk].lag.take_due() {
            return self.follow(worker);
        }
        self.next_job(worker);
    }

    fn next_job(&mut self, worker: usize) {
        let turn = &mut self.turns[worker];
        let spent = Duration::from_micros(self.now - turn.began);
        let takes = turn.jobs == 0 || takes_more(turn.jobs, spent);
        let job = takes.then(|| self.desks[turn.desk].queue.pop_if(|_| true)).flatten();
        match job {
            Some(Job::Command(came, caller)) => {
                turn.jobs += 1;
                turn.commands.push((came, caller));
                turn.wrote = true;
                let exchanges = self.site.database.map_or(0, |database| database.asked.command);
                self.compute(self.of(worker), Task::Step(worker), self.costs.command_us, exchanges);
            }
            Some(Job::Pump) => {
                turn.jobs += 1;
                self.next_job(worker);
            }
            None => self.follow(worker),
        }
    }

    /// A step is over: a job, or a piece of what follows.
    pub fn went_on(&mut self, worker: usize) {
        let turn = &self.turns[worker];
        let desk = &mut self.desks[turn.desk];
        if turn.until.is_none() {
            desk.follows += u64::from(self.costs.follows_us > 0.0);
            return self.next_job(worker);
        }
        desk.follows -= 1;
        self.told.followed += 1;
        self.slice(worker);
    }

    /// What follows from the jobs and from before.
    fn follow(&mut self, worker: usize) {
        let (began, now) = (self.monotonic(self.turns[worker].began), self.monotonic(self.now));
        let turn = &mut self.turns[worker];
        let desk = &mut self.desks[turn.desk];
        if !turn.commands.is_empty() && desk.lag.is_stream(began) {
            if desk.follows > 0 {
                let is_due = desk.lag.put_off(now);
                (turn.more, turn.pause) = (is_due, !is_due);
            }
            return self.end_jobs(worker);
        }
        turn.until = Some(self.now + SLICE.as_micros() as u64);
        self.slice(worker);
    }

    fn slice(&mut self, worker: usize) {
        let turn = &mut self.turns[worker];
        let desk = &mut self.desks[turn.desk];
        if desk.follows > 0 && turn.until.is_some_and(|until| self.now < until) {
            turn.wrote = true;
            let exchanges = self.site.database.map_or(0, |database| database.asked.follows);
            return self.compute(self.of(worker), Task::Step(worker), self.costs.follows_us, exchanges);
        }
        turn.more = desk.follows > 0;
        if !turn.more {
            desk.lag.caught_up();
        }
        self.end_jobs(worker);
    }

    fn end_jobs(&mut self, worker: usize) {
        let (host, wrote) = (self.of(worker), self.turns[worker].wrote);
        // Without one, no exchange is made of these.
        let end = self.site.database.map_or(0, |database| database.asked.end);
        match (wrote, self.site.database) {
            (true, _) => self.exchange(host, Task::Commit(worker), end),
            (false, Some(_)) => self.exchange(host, Task::End(worker), 1),
            (false, None) => self.end_turn(worker),
        }
    }

    pub fn end_turn(&mut self, worker: usize) {
        let turn = std::mem::take(&mut self.turns[worker]);
        self.turns[worker].desk = turn.desk;
        self.told.turns_us += self.now - turn.began;
        if self.site.database.is_some()
            && let Some(next) = self.heads.release(self.factory_of(turn.desk))
        {
            self.begun(next);
        }
        if !turn.commands.is_empty() {
            let now = self.monotonic(self.now);
            self.desks[turn.desk].lag.answered(now);
        }
        for (came, caller) in turn.commands {
            self.told.commands_us.push(self.now - came);
            if matches!(self.load, Load::Callers(_)) {
                self.later(0, Event::Command(caller));
            }
        }
        if turn.more {
            self.push(turn.desk, Job::Pump);
        }
        if turn.pause {
            self.pause(turn.desk);
        }
        self.give_back(worker);
    }

    fn pause(&mut self, desk: usize) {
        if !std::mem::replace(&mut self.desks[desk].pauses, true) {
            self.later(QUIET.as_micros() as u64, Event::Quiet(desk));
        }
    }

    fn give_back(&mut self, worker: usize) {
        let desk = self.turns[worker].desk;
        if self.desks[desk].queue.rest() {
            self.submit(desk);
        }
        self.later(0, Event::Free(worker));
    }
}
