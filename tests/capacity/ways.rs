//! The way of a piece of work: the host's processor, then for each exchange with the database the network there and back,
//! the database's processor and some more of the host's; and what a commit waits for.

use super::hosts::{Event, Hosts};

/// Who waits.
pub(super) enum Task {
    /// A worker's turn for its factory's row.
    Begin(usize),
    /// The job of a turn, or a piece of what follows.
    Step(usize),
    Commit(usize),
    /// A turn that wrote nothing, for its end.
    End(usize),
    /// Came and begun at these microseconds.
    Question(u64, u64),
    /// Readings of a desk, which somebody keeps since a microsecond: their arrivals.
    Store(usize, u64, Vec<u64>),
}

/// A piece of work on its way.
pub(super) struct Way {
    task: Task,
    host: usize,
    /// That are still to come.
    exchanges: u32,
    /// The database works at it.
    is_there: bool,
}

impl Hosts {
    /// Work of the host's processor, and then so many exchanges.
    pub fn compute(&mut self, host: usize, task: Task, mean_us: f64, exchanges: u32) {
        self.on_core(host, Way { task, host, exchanges, is_there: false }, mean_us);
    }

    /// Exchanges at once.
    pub fn exchange(&mut self, host: usize, task: Task, exchanges: u32) {
        self.go_on(Way { task, host, exchanges, is_there: false });
    }

    fn on_core(&mut self, cores: usize, way: Way, mean_us: f64) {
        let us = self.drawn(mean_us);
        if let Some((way, us)) = self.cores[cores].take(way, us) {
            self.later(us, Event::OnCore(cores, way));
        }
    }

    pub fn computed(&mut self, cores: usize, way: Way) {
        if let Some((next, us)) = self.cores[cores].release() {
            self.later(us, Event::OnCore(cores, next));
        }
        match self.site.database {
            Some(database) if way.is_there => {
                self.on_core(way.host, Way { is_there: false, ..way }, database.asked.exchange_host_us);
            }
            _ => self.go_on(way),
        }
    }

    /// The next exchange, or what comes after the last one.
    fn go_on(&mut self, way: Way) {
        match self.site.database {
            Some(database) if way.exchanges > 0 => {
                self.told.database.exchanges += 1;
                let way = Way { exchanges: way.exchanges - 1, is_there: true, ..way };
                self.later(database.round_trip_us, Event::Arrived(way));
            }
            _ => self.done(way.task, way.host),
        }
    }

    pub fn arrived(&mut self, way: Way) {
        let Some(database) = self.site.database else { return };
        // Without cores of its own it works on those of the first host.
        let cores = database.cores.map_or(0, |_| self.site.hosts);
        self.on_core(cores, way, database.asked.exchange_us);
    }

    fn done(&mut self, task: Task, host: usize) {
        match task {
            Task::Begin(worker) => self.take_head(worker),
            Task::Step(worker) => self.went_on(worker),
            Task::Question(came, since) => {
                self.told.questions_us.push(self.now - came);
                self.told.asking_us += self.now - since;
                self.answered(host);
            }
            Task::End(worker) => self.end_turn(worker),
            Task::Commit(_) | Task::Store(..) => self.commit(task, host),
        }
    }

    /// Puts something on the disk.
    fn commit(&mut self, task: Task, host: usize) {
        self.told.commits += 1;
        if self.site.database.is_some() {
            if self.log.join(task) {
                self.flush();
            }
            return;
        }
        let mean_us = match task {
            Task::Store(..) => self.costs.readings_commit_us,
            _ => self.costs.commit_us,
        };
        let us = self.drawn(mean_us);
        let way = Way { task, host, exchanges: 0, is_there: false };
        if let Some((way, us)) = self.disk.take(way, us) {
            self.later(us, Event::OnDisk(way));
        }
    }

    pub fn on_disk(&mut self, way: Way) {
        if let Some((next, us)) = self.disk.release() {
            self.later(us, Event::OnDisk(next));
        }
        self.committed(way.task);
    }

    fn flush(&mut self) {
        let Some(database) = self.site.database else { return };
        let us = self.drawn(database.sync_us);
        let tasks = self.log.begin(us);
        self.later(us, Event::Flushed(tasks));
    }

    pub fn flushed(&mut self, tasks: Vec<Task>) {
        if self.log.end() {
            self.flush();
        }
        match self.site.database {
            Some(database) if database.has_standby => {
                let us = database.round_trip_us + self.drawn(database.sync_us);
                self.later(us, Event::Kept(tasks));
            }
            _ => tasks.into_iter().for_each(|task| self.committed(task)),
        }
    }

    pub fn committed(&mut self, task: Task) {
        match task {
            Task::Commit(worker) => self.end_turn(worker),
            Task::Store(desk, since, came) => self.stored(desk, since, &came),
            Task::Begin(_) | Task::Step(_) | Task::End(_) | Task::Question(..) => unreachable!("nothing to commit"),
        }
    }

    /// A screen's question: beside the workers, with a database on threads of their own.
    pub fn ask(&mut self, host: usize) {
        if self.site.database.is_none() {
            return self.compute(host, Task::Question(self.now, self.now), self.costs.question_us, 0);
        }
        if let Some((came, _)) = self.threads[host].take(self.now, 0) {
            self.put_question(host, came);
        }
    }

    fn put_question(&mut self, host: usize, came: u64) {
        let exchanges = self.site.database.map_or(0, |database| database.asked.question);
        self.compute(host, Task::Question(came, self.now), self.costs.question_us, exchanges);
    }

    fn answered(&mut self, host: usize) {
        if self.site.database.is_some()
            && let Some((came, _)) = self.threads[host].release()
        {
            self.put_question(host, came);
        }
    }
}
