//! Readings: what waits when a worker comes shares a commit.

use super::hosts::{Hosts, Load};
use super::ways::Task;

impl Hosts {
    pub fn submit_readings(&mut self, desk: usize) {
        let host = self.host_of(desk);
        if !std::mem::replace(&mut self.desks[desk].is_storing, true)
            && let Some(Some(worker)) = self.storing[host].submit(desk)
        {
            self.take_readings(host, worker);
        }
    }

    /// Workers of readings are told apart by nothing: any of them waits for any factory's commit.
    fn take_readings(&mut self, host: usize, worker: usize) {
        let Some(desk) = self.storing[host].take() else { return self.storing[host].rest(worker) };
        let came = std::mem::take(&mut self.desks[desk].inbox);
        let Load::City(asks) = self.load else { return };
        let rows = came.len() as f64 * f64::from(asks.readings);
        let exchanges = self.site.database.map_or(0, |database| database.asked.readings);
        self.compute(host, Task::Store(desk, self.now, came), rows * self.costs.reading_us, exchanges);
    }

    pub fn stored(&mut self, desk: usize, since: u64, came: &[u64]) {
        self.told.storing_us += self.now - since;
        self.told.readings_us.extend(came.iter().map(|came| self.now - came));
        self.desks[desk].is_storing = false;
        if !self.desks[desk].inbox.is_empty() {
            self.submit_readings(desk);
        }
        self.take_readings(self.host_of(desk), 0);
    }
}
