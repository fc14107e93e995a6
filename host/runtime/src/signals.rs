//! From readings to facts: a cursor over the arrival order of readings becomes `state` and `window` events in the log.
//!
//! The cursor, what is known of each signal and the events commit together, so each reading counts exactly once.

use crate::deliver::SIGNAL;
use crate::runtime::Inner;
use crate::scope::Scope;
use crate::tenant::{LiveEvent, Open, ReadingsSlot};
use crate::turn::Group;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::Instant;
use toolcrib_store::{FedReading, NewEvent, Readings, StoreError, Writer};

/// Length of a window.
pub(crate) const WINDOW_US: i64 = 60_000_000;
/// A window closes this long after its end at the latest, though no newer reading came.
const GRACE_US: i64 = 10_000_000;
/// Readings moved in one turn.
const BATCH: u32 = 500;
const POSITION: &str = "signals/position";
const STATE: &str = "signals/state/";
const WINDOW: &str = "signals/window/";

/// What follows signals in this tenant, and where each signal stands.
#[derive(Default)]
pub(crate) struct Signals {
    states: BTreeSet<String>,
    windows: BTreeSet<String>,
    position: u64,
    /// Start of the open window of each counting signal.
    open: BTreeMap<String, WindowMark>,
}

/// The last state of a signal.
#[derive(Serialize, Deserialize)]
struct StateMark {
    at: i64,
    value: String,
}

/// The newest window of a signal.
#[derive(Clone, Serialize, Deserialize)]
struct WindowMark {
    from: i64,
    /// Still open.
    open: bool,
    /// Revisions already sent of late windows, newest last; bounded.
    late: Vec<(i64, i64)>,
}

/// Late windows whose revision is remembered, per signal.
const LATE_KEPT: usize = 64;

pub(crate) fn state_event(kind: &str) -> String {
    format!("state.{kind}")
}
pub(crate) fn window_event(kind: &str) -> String {
    format!("window.{kind}")
}
pub(crate) fn is_state(name: &str, kind: &str) -> bool {
    name.strip_prefix("state.") == Some(kind)
}
pub(crate) fn is_window(name: &str, kind: &str) -> bool {
    name.strip_prefix("window.") == Some(kind)
}

impl Signals {
    /// Reads where the tenant stands. When nobody followed signals until now, the past is not told.
    pub fn load(writer: &mut Writer, readings: &mut ReadingsSlot, scope: &Scope) -> Result<Self, StoreError> {
        let mut signals = Self::default();
        // What a halted module follows is told to the log all the same, and to the module once it goes on.
        for installed in scope.installed.iter().chain(scope.halted.iter().map(|halted| &halted.installed)) {
            for (_, def) in installed.listeners() {
                match &def.kind {
                    HandlerKind::OnSignal { signal } => drop(signals.states.insert(signal.clone())),
                    HandlerKind::OnWindow { signal } => drop(signals.windows.insert(signal.clone())),
                    _ => {}
                }
            }
        }
        let known = writer.meta_get(POSITION)?.and_then(|value| String::from_utf8(value).ok()?.parse().ok());
        if signals.states.is_empty() && signals.windows.is_empty() {
            if known.is_some() {
                writer.meta_delete(POSITION)?;
            }
            return Ok(signals);
        }
        signals.position = match known {
            Some(position) => position,
            None => {
                let end = readings.get()?.last_position()?;
                writer.meta_put(POSITION, end.to_string().as_bytes())?;
                end
            }
        };
        for (key, value) in writer.meta_scan(WINDOW)? {
            if let Ok(mark) = serde_json::from_slice(&value) {
                signals.open.insert(key[WINDOW.len()..].to_owned(), mark);
            }
        }
        Ok(signals)
    }

    /// When the first open window closes by the clock.
    pub fn next_close(&self) -> Option<Instant> {
        let open = self.open.values().filter(|mark| mark.open);
        open.map(|mark| Instant(mark.from + WINDOW_US + GRACE_US)).min()
    }

    fn is_idle(&self) -> bool {
        self.states.is_empty() && self.windows.is_empty()
    }
}

/// Moves a batch of readings into the log and closes what is due.
pub(crate) fn pump(inner: &Inner, open: &mut Open, group: &mut Group) -> Result<(), StoreError> {
    if open.signals.is_idle() {
        return Ok(());
    }
    let (now, readings) = (inner.world.clock.now(), open.readings.get()?);
    let mut signals = std::mem::take(&mut open.signals);
    let mut tell = Tell { now, writer: &mut open.writer, readings, live: &mut group.live };
    let result = tell.feed(&mut signals).and_then(|more| {
        group.more |= more;
        tell.close_due(&mut signals)
    });
    open.signals = signals;
    result
}

struct Tell<'a> {
    now: Instant,
    writer: &'a mut Writer,
    readings: &'a mut Readings,
    live: &'a mut Vec<LiveEvent>,
}

impl Tell<'_> {
    /// Whether there may be more.
    fn feed(&mut self, signals: &mut Signals) -> Result<bool, StoreError> {
        let fed = self.readings.feed_after(signals.position, BATCH)?;
        let Some(last) = fed.last().map(|reading| reading.position) else { return Ok(false) };
        let full = fed.len() == BATCH as usize;
        for reading in &fed {
            let Some((equipment, kind)) = reading.signal.rsplit_once('.') else { continue };
            if signals.states.contains(kind) {
                self.state(equipment, kind, reading)?;
            }
            if signals.windows.contains(kind) && matches!(reading.value, Sample::Count { .. }) {
                self.counted(signals, reading)?;
            }
        }
        signals.position = last;
        self.writer.meta_put(POSITION, last.to_string().as_bytes())?;
        Ok(full)
    }

    fn state(&mut self, equipment: &str, kind: &str, reading: &FedReading) -> Result<(), StoreError> {
        let value = match &reading.value {
            Sample::Flag { value } => value.to_string(),
            Sample::Count { value } => value.to_string(),
            Sample::Number { value } => value.to_string(),
            Sample::Word { value } => value.chars().take(64).collect(),
        };
        let key = format!("{STATE}{}", reading.signal);
        let known: Option<StateMark> = self.writer.meta_get(&key)?.and_then(|mark| serde_json::from_slice(&mark).ok());
        if known.as_ref().is_some_and(|known| reading.at.0 <= known.at || known.value == value) {
            return Ok(());
        }
        let body = serde_json::json!({
            "equipment": equipment, "at": reading.at.to_string(), "value": value, "previous": known.map(|known| known.value),
        });
        self.writer.meta_put(&key, serde_json::json!({"at": reading.at.0, "value": value}).to_string().as_bytes())?;
        self.append(&state_event(kind), body.to_string())
    }

    fn counted(&mut self, signals: &mut Signals, reading: &FedReading) -> Result<(), StoreError> {
        let from = reading.at.0.div_euclid(WINDOW_US) * WINDOW_US;
        let Some(mark) = signals.open.get(&reading.signal).cloned() else {
            return self.mark(signals, &reading.signal, WindowMark { from, open: true, late: Vec::new() });
        };
        if from > mark.from {
            if mark.open {
                self.close(&reading.signal, mark.from, 1)?;
            }
            self.mark(signals, &reading.signal, WindowMark { from, open: true, ..mark })
        } else if from < mark.from || !mark.open {
            self.late(signals, &reading.signal, mark, from)
        } else {
            Ok(())
        }
    }

    /// A reading for a window already told: told again, and so is the next one with readings, whose base it moved.
    fn late(&mut self, signals: &mut Signals, signal: &str, mut mark: WindowMark, from: i64) -> Result<(), StoreError> {
        let mut again = vec![from];
        let next = self.readings.next_after(signal, Instant(from + WINDOW_US))?;
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
            self.close(signal, from, revision)?;
        }
        let surplus = mark.late.len().saturating_sub(LATE_KEPT);
        mark.late.drain(..surplus);
        self.mark(signals, signal, mark)
    }

    fn close_due(&mut self, signals: &mut Signals) -> Result<(), StoreError> {
        let horizon = self.now.0 - WINDOW_US - GRACE_US;
        let due: Vec<_> = signals
            .open
            .iter()
            .filter(|(_, mark)| mark.open && mark.from <= horizon)
            .map(|(signal, mark)| (signal.clone(), mark.clone()))
            .collect();
        for (signal, mark) in due {
            self.close(&signal, mark.from, 1)?;
            self.mark(signals, &signal, WindowMark { open: false, ..mark })?;
        }
        Ok(())
    }

    fn mark(&mut self, signals: &mut Signals, signal: &str, mark: WindowMark) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(&mark).map_err(|error| StoreError::Internal(error.to_string()))?;
        signals.open.insert(signal.to_owned(), mark);
        self.writer.meta_put(&format!("{WINDOW}{signal}"), &bytes)
    }

    fn close(&mut self, signal: &str, from: i64, revision: i64) -> Result<(), StoreError> {
        let Some((equipment, kind)) = signal.rsplit_once('.') else { return Ok(()) };
        let (from, until) = (Instant(from), Instant(from + WINDOW_US));
        let counts = self.readings.window(signal, from, until)?;
        let body = serde_json::json!({
            "equipment": equipment, "from": from.to_string(), "until": until.to_string(),
            "increase": increase(counts.before, &counts.inside), "samples": counts.inside.len(), "revision": revision,
        });
        self.append(&window_event(kind), body.to_string())
    }

    fn append(&mut self, name: &str, body: String) -> Result<(), StoreError> {
        let at = self.now;
        let seq = self.writer.append(&NewEvent { module: SIGNAL, name, body_json: &body, cause: None, at })?;
        self.live.push(LiveEvent { seq, module: SIGNAL.to_owned(), name: name.to_owned(), body, at });
        Ok(())
    }
}

/// What a counter gained: rises add up; a fall is a wrap when it jumps from the top tenth of 16 or 32 bits to the
/// bottom tenth, otherwise a restart from zero. Without a reading before, the first one is the base.
pub(crate) fn increase(before: Option<i64>, inside: &[i64]) -> i64 {
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
