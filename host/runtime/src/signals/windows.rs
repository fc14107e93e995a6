//! Minutes of counting signals: told once they are over, and again when late readings change them.

use super::{GRACE_US, Tell, marks, put, window_event};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::Instant;
use toolcrib_store::{FedReading, StoreError, Writer};

/// Length of a window.
const WINDOW_US: i64 = 60_000_000;
const KEY: &str = "signals/window/";
/// Late windows whose revision is remembered, per signal.
const LATE_KEPT: usize = 64;

/// The kinds of signals that are followed, and where each signal stands.
#[derive(Default)]
pub(super) struct Windows {
    kinds: BTreeSet<String>,
    marks: BTreeMap<String, Mark>,
}

/// The newest window of a signal.
#[derive(Clone, Serialize, Deserialize)]
struct Mark {
    from: i64,
    /// Still open.
    open: bool,
    /// Revisions already sent of late windows, newest last; bounded.
    late: Vec<(i64, i64)>,
}

impl Windows {
    pub fn follow(&mut self, kind: &str) {
        self.kinds.insert(kind.to_owned());
    }

    pub fn is_idle(&self) -> bool {
        self.kinds.is_empty()
    }

    pub fn load(&mut self, writer: &mut Writer) -> Result<(), StoreError> {
        self.marks = marks(writer, KEY)?.into_iter().collect();
        Ok(())
    }

    /// When the first open window closes by the clock, though no newer reading came.
    pub fn next_due(&self) -> Option<Instant> {
        let open = self.marks.values().filter(|mark| mark.open);
        open.map(|mark| Instant(mark.from + WINDOW_US + GRACE_US)).min()
    }

    pub fn count(&mut self, tell: &mut Tell<'_>, kind: &str, reading: &FedReading) -> Result<(), StoreError> {
        if !self.kinds.contains(kind) || !matches!(reading.value, Sample::Count { .. }) {
            return Ok(());
        }
        let from = reading.at.0.div_euclid(WINDOW_US) * WINDOW_US;
        let Some(mark) = self.marks.get(&reading.signal).cloned() else {
            return self.mark(tell, &reading.signal, Mark { from, open: true, late: Vec::new() });
        };
        if from > mark.from {
            if mark.open {
                close(tell, &reading.signal, mark.from, 1)?;
            }
            self.mark(tell, &reading.signal, Mark { from, open: true, ..mark })
        } else if from < mark.from || !mark.open {
            self.late(tell, &reading.signal, mark, from)
        } else {
            Ok(())
        }
    }

    /// A reading for a window already told: told again, and so is the next one with readings, whose base it moved.
    fn late(&mut self, tell: &mut Tell<'_>, signal: &str, mut mark: Mark, from: i64) -> Result<(), StoreError> {
        let mut again = vec![from];
        let next = tell.readings.next_after(signal, Instant(from + WINDOW_US))?;
        let next = next.map(|at| at.0.div_euclid(WINDOW_US) * WINDOW_US);
        again.extend(next.filter(|next| *next < mark.from || (*next == mark.from && !mark.open)));
        for from in again {
            let revision = match mark.late.iter_mut().find(|(at, _)| *at == from) {
                Some((_, revision)) => {
                    *revision += 1;
                    *revision
                }
                None => {
                    mark.late.push((from, 2));
                    2
                }
            };
            close(tell, signal, from, revision)?;
        }
        let surplus = mark.late.len().saturating_sub(LATE_KEPT);
        mark.late.drain(..surplus);
        self.mark(tell, signal, mark)
    }

    pub fn close_due(&mut self, tell: &mut Tell<'_>) -> Result<(), StoreError> {
        let horizon = tell.now.0 - WINDOW_US - GRACE_US;
        let due: Vec<_> = self
            .marks
            .iter()
            .filter(|(_, mark)| mark.open && mark.from <= horizon)
            .map(|(signal, mark)| (signal.clone(), mark.clone()))
            .collect();
        for (signal, mark) in due {
            close(tell, &signal, mark.from, 1)?;
            self.mark(tell, &signal, Mark { open: false, ..mark })?;
        }
        Ok(())
    }

    fn mark(&mut self, tell: &mut Tell<'_>, signal: &str, mark: Mark) -> Result<(), StoreError> {
        put(tell.writer, &format!("{KEY}{signal}"), &mark)?;
        self.marks.insert(signal.to_owned(), mark);
        Ok(())
    }
}

fn close(tell: &mut Tell<'_>, signal: &str, from: i64, revision: i64) -> Result<(), StoreError> {
    let Some((equipment, kind)) = signal.rsplit_once('.') else { return Ok(()) };
    let (from, until) = (Instant(from), Instant(from + WINDOW_US));
    let counts = tell.readings.window(signal, from, until)?;
    let body = serde_json::json!({
        "equipment": equipment, "from": from.to_string(), "until": until.to_string(),
        "increase": increase(counts.before, &counts.inside), "samples": counts.inside.len(), "revision": revision,
    });
    tell.append(&window_event(kind), body.to_string())
}

/// What a counter gained: rises add up; a fall is a wrap when it jumps from the top tenth of 16 or 32 bits to the
/// bottom tenth, otherwise a restart from zero. Without a reading before, the first one is the base.
fn increase(before: Option<i64>, inside: &[i64]) -> i64 {
    let mut total: i64 = 0;
    let mut last = before;
    for &count in inside {
        total = total.saturating_add(last.map_or(0, |last| step(last, count)));
        last = Some(count);
    }
    total
}

fn step(last: i64, count: i64) -> i64 {
    if count >= last {
        return count.saturating_sub(last);
    }
    for range in [1i64 << 16, 1 << 32] {
        if last < range && last >= range / 10 * 9 && (0..range / 10).contains(&count) {
            return range - last + count;
        }
    }
    count.max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_keeps_counting_over_restarts_and_wraps() {
        assert_eq!(increase(None, &[100, 103, 110]), 10);
        assert_eq!(increase(Some(95), &[100, 103]), 8);
        assert_eq!(increase(Some(50), &[3, 5]), 5, "restart");
        assert_eq!(increase(Some(65_530), &[4]), 10, "16 bits");
        assert_eq!(increase(Some(4_294_967_290), &[4]), 10, "32 bits");
        assert_eq!(increase(Some(10), &[]), 0);
        assert_eq!(increase(Some(i64::MIN), &[i64::MAX]), i64::MAX, "absurd values do not overflow");
    }
}
