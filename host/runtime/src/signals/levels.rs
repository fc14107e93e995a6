//! Limits that numbers cross: each crossing told once, and corrected when late readings show that it was otherwise.
//!
//! What was told lately is kept with each signal. A late reading has the readings since the crossing before it looked at
//! once more; what comes out differently is told again with a higher revision.

use super::{GRACE_US, Tell, marks, put};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_contract::limits;
use toolcrib_contract::signal::{Band, Level, Sample, Standing, Turn};
use toolcrib_contract::types::Instant;
use toolcrib_store::{FedReading, StoreError, Writer};

#[cfg(test)]
mod tests;

const KEY: &str = "signals/level/";
/// Crossings of a signal that can still be corrected.
const TOLD_KEPT: usize = 64;
/// Readings that are looked at once more for one correction; after more, what was told stands.
const LATE_READINGS: usize = 100_000;

/// What is followed.
#[derive(Default)]
pub(super) struct Levels(Vec<Followed>);

struct Followed {
    kind: String,
    band: Band,
    event: String,
    marks: BTreeMap<String, Mark>,
    /// Signals whose mark changed since it was kept.
    changed: BTreeSet<String>,
    /// The earliest late reading of signals in this turn.
    late: BTreeMap<String, i64>,
}

/// Where a signal stands.
#[derive(Clone, Serialize, Deserialize)]
struct Mark {
    /// Time of its newest reading.
    at: i64,
    beyond: bool,
    since: Option<i64>,
    value: f64,
    /// Before this time nothing can be corrected; and whether it was beyond then.
    base: (i64, bool),
    /// Crossings since then, in the order of their times.
    told: Vec<Told>,
}

/// A crossing that was told.
#[derive(Clone, Serialize, Deserialize)]
struct Told {
    at: i64,
    beyond: bool,
    value: f64,
    holds: bool,
    revision: i64,
}

/// The name of the event.
pub(crate) fn level_event(kind: &str, level: &Level) -> String {
    format!("level.{kind}.{level}")
}

impl Levels {
    pub fn follow(&mut self, kind: &str, level: &Level) {
        let event = level_event(kind, level);
        // Vetting lets nothing else through.
        let Ok(band) = level.band() else { return };
        if !self.0.iter().any(|followed| followed.event == event) {
            let (marks, changed, late) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
            self.0.push(Followed { kind: kind.to_owned(), band, event, marks, changed, late });
        }
    }

    pub fn is_idle(&self) -> bool {
        self.0.is_empty()
    }

    pub fn load(&mut self, writer: &mut Writer) -> Result<(), StoreError> {
        for followed in &mut self.0 {
            followed.marks = marks(writer, &followed.prefix())?.into_iter().collect();
        }
        Ok(())
    }

    /// When a value will have stood beyond its limit for long enough, though no newer one came.
    pub fn next_due(&self) -> Option<Instant> {
        let due = |followed: &Followed| {
            let marks = followed.marks.values();
            marks.filter_map(|mark| followed.band.due(&mark.standing())).min()
        };
        self.0.iter().filter_map(due).min().map(|due| Instant(due).plus_us(GRACE_US))
    }

    pub fn measure(
        &mut self,
        tell: &mut Tell<'_>,
        equipment: &str,
        kind: &str,
        reading: &FedReading,
    ) -> Result<(), StoreError> {
        let (Some(value), at) = (number(&reading.value), reading.at.0) else { return Ok(()) };
        for followed in self.0.iter_mut().filter(|followed| followed.kind == kind) {
            let mark = followed.marks.entry(reading.signal.clone()).or_insert_with(|| Mark::new(at));
            if at <= mark.base.0 && !mark.is_new(at) {
                continue;
            }
            if at < mark.newest() {
                mark.at = mark.at.max(at);
                let late = followed.late.entry(reading.signal.clone()).or_insert(at);
                *late = at.min(*late);
                continue;
            }
            let (mut standing, mut turns) = (mark.standing(), Vec::new());
            followed.band.step(&mut standing, at, value, &mut turns);
            mark.stand(standing);
            mark.at = at;
            followed.changed.insert(reading.signal.clone());
            for turn in turns {
                told(tell, &followed.event, equipment, mark.tell(turn))?;
            }
        }
        Ok(())
    }

    /// Looks at what late readings change.
    pub fn correct(&mut self, tell: &mut Tell<'_>) -> Result<(), StoreError> {
        for followed in &mut self.0 {
            for (signal, late) in std::mem::take(&mut followed.late) {
                let Some(mark) = followed.marks.get_mut(&signal) else { continue };
                let Some((equipment, _)) = signal.rsplit_once('.') else { continue };
                let Some(again) = mark.again(tell, &followed.band, &signal, late)? else {
                    tracing::warn!(signal, event = followed.event, "Too many readings to correct what was told");
                    continue;
                };
                for crossing in again {
                    told(tell, &followed.event, equipment, crossing)?;
                }
                followed.changed.insert(signal);
            }
        }
        Ok(())
    }

    /// Tells what the clock makes of values that stand.
    pub fn cross_due(&mut self, tell: &mut Tell<'_>) -> Result<(), StoreError> {
        if self.next_due().is_none_or(|due| due > tell.now) {
            return Ok(());
        }
        let until = tell.now.0 - GRACE_US;
        for followed in &mut self.0 {
            for (signal, mark) in &mut followed.marks {
                let (mut standing, mut turns) = (mark.standing(), Vec::new());
                followed.band.until(&mut standing, until, &mut turns);
                let Some((equipment, _)) = signal.rsplit_once('.').filter(|_| !turns.is_empty()) else { continue };
                mark.stand(standing);
                followed.changed.insert(signal.clone());
                for turn in turns {
                    told(tell, &followed.event, equipment, mark.tell(turn))?;
                }
            }
        }
        Ok(())
    }

    /// Keeps what changed.
    pub fn keep(&mut self, writer: &mut Writer) -> Result<(), StoreError> {
        for followed in &mut self.0 {
            let prefix = followed.prefix();
            for signal in std::mem::take(&mut followed.changed) {
                if let Some(mark) = followed.marks.get(&signal) {
                    put(writer, &format!("{prefix}{signal}"), mark)?;
                }
            }
        }
        Ok(())
    }
}

impl Followed {
    fn prefix(&self) -> String {
        format!("{KEY}{}/", self.event)
    }
}

impl Mark {
    /// Of a signal whose first reading comes at this time.
    fn new(at: i64) -> Self {
        let Standing { beyond, since, value } = Standing::default();
        Self { at, beyond, since, value, base: (at, false), told: Vec::new() }
    }

    /// Whether this is the reading that it was made for.
    fn is_new(&self, at: i64) -> bool {
        self.told.is_empty() && self.base.0 == at
    }

    fn standing(&self) -> Standing {
        Standing { beyond: self.beyond, since: self.since, value: self.value }
    }

    fn stand(&mut self, Standing { beyond, since, value }: Standing) {
        (self.beyond, self.since, self.value) = (beyond, since, value);
    }

    /// Before this time a reading is late: what it says may contradict what was told.
    fn newest(&self) -> i64 {
        self.told.last().map_or(self.at, |told| told.at.max(self.at))
    }

    /// Remembers a crossing; it is what is to be told.
    fn tell(&mut self, Turn { at, beyond, value }: Turn) -> Told {
        let known = self.told.iter_mut().find(|told| (told.at, told.beyond) == (at, beyond));
        if let Some(known) = known {
            (known.holds, known.value, known.revision) = (true, value, known.revision + 1);
            return known.clone();
        }
        let told = Told { at, beyond, value, holds: true, revision: 1 };
        let place = self.told.partition_point(|told| told.at <= at);
        self.told.insert(place, told.clone());
        while self.told.len() > TOLD_KEPT {
            let oldest = self.told.remove(0);
            if oldest.holds {
                self.base = (oldest.at, oldest.beyond);
            }
        }
        told
    }

    /// Looks at the readings around a late one once more: what has to be told, again or for the first time. None when there
    /// are too many.
    fn again(
        &mut self,
        tell: &mut Tell<'_>,
        band: &Band,
        signal: &str,
        late: i64,
    ) -> Result<Option<Vec<Told>>, StoreError> {
        let before = self.told.iter().rev().find(|told| told.holds && told.at < late);
        let (from, beyond) = before.map_or(self.base, |told| (told.at, told.beyond));
        let newest = self.newest();
        let (mut standing, mut turns) = (Standing { beyond, ..Standing::default() }, Vec::new());
        let (mut next, mut seen) = (Instant(from), 0);
        loop {
            let page = tell.readings.samples(signal, next, Instant(self.at + 1), limits::READINGS as u32)?;
            for (at, value) in page.times.iter().zip(&page.values) {
                if let Some(value) = number(value) {
                    band.step(&mut standing, *at, value, &mut turns);
                }
            }
            seen += page.times.len();
            match page.times.last() {
                Some(last) if page.times.len() >= limits::READINGS => next = Instant(last + 1),
                _ => break,
            }
            if seen >= LATE_READINGS {
                return Ok(None);
            }
        }
        // What the clock had made of the newest value.
        band.until(&mut standing, newest, &mut turns);
        self.stand(standing);
        let is_there = |told: &Told| turns.iter().any(|turn| (turn.at, turn.beyond) == (told.at, told.beyond));
        let mut again = Vec::new();
        for told in self.told.iter_mut().filter(|told| told.holds && told.at > from) {
            if !is_there(told) {
                (told.holds, told.revision) = (false, told.revision + 1);
                again.push(told.clone());
            }
        }
        let stands = |told: &[Told], turn: &Turn| {
            told.iter().any(|told| told.holds && (told.at, told.beyond) == (turn.at, turn.beyond))
        };
        for turn in turns {
            if !stands(&self.told, &turn) {
                again.push(self.tell(turn));
            }
        }
        Ok(Some(again))
    }
}

fn number(value: &Sample) -> Option<f64> {
    match value {
        Sample::Count { value } => Some(*value as f64),
        Sample::Number { value } => Some(*value),
        Sample::Flag { .. } | Sample::Word { .. } => None,
    }
}

fn told(tell: &mut Tell<'_>, event: &str, equipment: &str, crossing: Told) -> Result<(), StoreError> {
    let Told { at, beyond, value, holds, revision } = crossing;
    let body = serde_json::json!({
        "equipment": equipment, "at": Instant(at).to_string(), "value": value, "beyond": beyond, "holds": holds,
        "revision": revision,
    });
    tell.append(event, body.to_string())
}
