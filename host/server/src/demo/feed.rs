//! Readings of one plant, posted over HTTP as a gateway would: first the history, then live.

use super::machines::{Machine, SECOND_US, STEP_S, step_before};
use super::site::Site;
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;

/// How often the gateway posts.
const EVERY: Duration = Duration::from_secs(1);
/// First and longest pause while the host does not take readings; they are kept meanwhile.
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(15);
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

    /// Posts what happens, for ever. What the host does not take now is posted later.
    pub async fn run(mut self, clock: &dyn Clock) {
        let (mut lines, mut pause) = (String::new(), PAUSE);
        loop {
            if lines.is_empty() {
                self.fill(clock.now(), &mut lines);
            }
            let wait = if lines.is_empty() {
                EVERY
            } else {
                match self.site.readings(lines.clone()).await {
                    Ok(()) => {
                        lines.clear();
                        pause = PAUSE;
                        EVERY
                    }
                    Err(error) => {
                        tracing::warn!(error = format!("{error:#}"), "The plant's readings are posted again later");
                        pause = (pause * 2).min(PAUSE_MAX);
                        pause
                    }
                }
            };
            tokio::time::sleep(wait).await;
        }
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
