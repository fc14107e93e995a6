//! Readings of one plant as its gateway sends them: the history over HTTP, then live as a Sparkplug node over MQTT.

use super::gateway::Gateway;
use super::machines::{Machine, SECOND_US, STEP_S, step_before};
use super::panel::{Button, Press};
use super::site::Site;
use std::time::Duration;
use tokio::sync::mpsc;
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;

/// How often the gateway looks at its machines.
const EVERY: Duration = Duration::from_secs(1);
/// Steps that are said at once, at most: the rest follows a moment later.
const STEPS: usize = 20;
/// Lines that one step of one machine writes at most.
const STEP_LINES: usize = 3;

/// A gateway with its machines.
pub struct Feed {
    site: Site,
    machines: Vec<Machine>,
    /// The next step to take.
    next: Instant,
}

impl Feed {
    /// Machines whose history began at `since`, of which everything before `from` is known already.
    pub fn new(site: Site, mut machines: Vec<Machine>, since: Instant, from: Instant) -> Self {
        let mut next = step_before(since);
        while next < from {
            machines.iter_mut().for_each(|machine| machine.advance(next));
            next = after(next);
        }
        Self { site, machines, next }
    }

    /// Posts everything up to now, in batches. Returns the number of readings.
    ///
    /// # Errors
    /// The host refused, or cannot be reached.
    pub async fn catch_up(&mut self, now: Instant) -> anyhow::Result<usize> {
        let mut posted = 0;
        let mut lines = String::new();
        // The listener may not know what was before.
        let first = self.next.plus_us(-STEP_S * SECOND_US);
        self.machines.iter().for_each(|machine| machine.tell_state(first, &mut lines));
        while self.next <= now {
            self.fill(now, &mut lines);
            posted += lines.lines().count();
            self.site.readings(std::mem::take(&mut lines)).await?;
        }
        Ok(posted)
    }

    /// Codes of its machines.
    pub fn machines(&self) -> Vec<&'static str> {
        self.machines.iter().map(|machine| machine.code).collect()
    }

    /// Says what happens over MQTT, for ever. While the host is away the machines wait for it.
    pub async fn run(mut self, mut gateway: Gateway, mut presses: mpsc::Receiver<Press>, clock: &dyn Clock) {
        gateway.know(&self.machines);
        let mut look = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                () = gateway.hold(clock) => {}
                _ = look.tick() => self.say(&mut gateway, clock.now()),
                Some(press) = presses.recv() => self.pressed(press, &mut gateway, clock.now()),
            }
        }
    }

    /// Takes and says the steps that are due.
    fn say(&mut self, gateway: &mut Gateway, now: Instant) {
        for _ in 0..STEPS {
            let at = self.next;
            if !gateway.is_online() || at > now {
                break;
            }
            self.machines.iter_mut().for_each(|machine| machine.advance(at));
            gateway.say(&self.machines, at);
            self.next = after(at);
        }
    }

    /// Somebody pressed a button: the machine obeys at once, and the gateway says so.
    fn pressed(&mut self, press: Press, gateway: &mut Gateway, now: Instant) {
        // What happened before is said before.
        self.say(gateway, now);
        let can_say = gateway.is_online() && self.next > now;
        if can_say && let Some(machine) = self.machines.iter_mut().find(|machine| machine.code == press.machine) {
            machine.hold(press.button == Button::Stop, now);
            gateway.say(&self.machines, now);
        }
        // Who pressed it may be gone.
        let _ = press.said.send(can_say);
    }

    /// Adds the steps up to `now`, as far as a batch reaches.
    fn fill(&mut self, now: Instant, lines: &mut String) {
        let most = limits::READINGS - self.machines.len() * STEP_LINES;
        let mut count = lines.lines().count();
        while self.next <= now && count < most {
            let at = self.next;
            self.machines.iter_mut().for_each(|machine| machine.step(at, lines));
            count += self.machines.len() * STEP_LINES;
            self.next = after(at);
        }
    }
}

fn after(at: Instant) -> Instant {
    at.plus_us(STEP_S * SECOND_US)
}

#[cfg(test)]
mod tests {
    use super::super::machines::stamping;
    use super::*;

    #[test]
    fn a_batch_never_exceeds_what_a_host_takes() {
        let site = Site::new("http://127.0.0.1:1", "t", "").unwrap();
        let since = Instant(1_795_420_800 * SECOND_US);
        let mut feed = Feed::new(site, stamping(), since, since);
        let now = since.plus_us(86_400 * SECOND_US);
        let (mut batches, mut steps) = (0, 0);
        while feed.next <= now {
            let mut lines = String::new();
            feed.fill(now, &mut lines);
            batches += 1;
            steps += lines.matches("press-1.good").count();
            assert!(lines.lines().count() <= limits::READINGS && lines.len() <= limits::READINGS_BYTES);
        }
        assert_eq!(steps as i64, 86_400 / STEP_S + 1);
        assert!(batches > 10);
    }
}
