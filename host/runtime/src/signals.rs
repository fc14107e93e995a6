//! From readings to facts: a place in the feed of readings becomes events in the log, for what modules follow.
//!
//! Changes of state, closed windows, crossed limits, silence. The place, what is known of each signal and the events commit
//! together, so each reading counts exactly once. What a late reading changes is told again, never rewritten.

use crate::deliver::SIGNAL;
use crate::runtime::Inner;
use crate::scope::Scope;
use crate::tenant::{LiveEvent, Open, ReadingsSlot};
use crate::turn::Group;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;
use toolcrib_store::{FedReading, Feed, NewEvent, Readings, StoreError, Writer};

mod levels;
mod silence;
mod windows;

pub(crate) use levels::level_event;
pub(crate) use silence::silence_event;

use levels::Levels;
use silence::Silences;
use windows::Windows;

/// What the clock ends waits so long for readings that are on their way.
const GRACE_US: i64 = 10_000_000;
/// Readings moved in one turn.
const BATCH: u32 = 500;
const POSITION: &str = "signals/position";
const STATE: &str = "signals/state/";

/// What follows signals in this tenant, and where each signal stands.
#[derive(Default)]
pub(crate) struct Signals {
    states: BTreeSet<String>,
    windows: Windows,
    levels: Levels,
    silences: Silences,
    place: Feed,
    /// When something becomes due by the clock, as far as was known after the last move.
    due: Option<Instant>,
}

/// The last state of a signal.
#[derive(Serialize, Deserialize)]
struct StateMark {
    at: i64,
    value: String,
}

pub(crate) fn state_event(kind: &str) -> String {
    format!("state.{kind}")
}
pub(crate) fn window_event(kind: &str) -> String {
    format!("window.{kind}")
}

/// The name of the event that such a handler waits for; none when it follows no signal.
pub(crate) fn is_for(of: &HandlerKind, name: &str) -> bool {
    match of {
        HandlerKind::OnSignal { signal } => name.strip_prefix("state.") == Some(signal),
        HandlerKind::OnWindow { signal } => name.strip_prefix("window.") == Some(signal),
        HandlerKind::OnLevel { signal, level } => name.starts_with("level.") && name == level_event(signal, level),
        HandlerKind::OnSilence { signal, silent_s } => {
            name.starts_with("silence.") && name == silence_event(signal, *silent_s)
        }
        _ => false,
    }
}

/// Whether a module follows what machines say, be it halted: then it hears of it later.
pub(crate) fn are_followed(scope: &Scope) -> bool {
    let halted = scope.halted.iter().map(|halted| &halted.installed);
    scope
        .installed
        .iter()
        .chain(halted)
        .flat_map(|installed| installed.listeners())
        .any(|(_, def)| def.kind.signal().is_some())
}

impl Signals {
    /// Reads where the tenant stands. When nobody followed signals until now, the past is not told.
    pub fn load(
        writer: &mut Writer,
        readings: &mut ReadingsSlot,
        scope: &Scope,
        started: Instant,
    ) -> Result<Self, StoreError> {
        let mut signals = Self::default();
        // What a halted module follows is told to the log all the same, and to the module once it goes on.
        for installed in scope.installed.iter().chain(scope.halted.iter().map(|halted| &halted.installed)) {
            for (_, def) in installed.listeners() {
                match &def.kind {
                    HandlerKind::OnSignal { signal } => drop(signals.states.insert(signal.clone())),
                    HandlerKind::OnWindow { signal } => signals.windows.follow(signal),
                    HandlerKind::OnLevel { signal, level } => signals.levels.follow(signal, level),
                    HandlerKind::OnSilence { signal, silent_s } => signals.silences.follow(signal, *silent_s),
                    _ => {}
                }
            }
        }
        let known = writer.meta_get(POSITION)?.and_then(|value| String::from_utf8(value).ok()?.parse().ok());
        if signals.is_idle() {
            if known.is_some() {
                writer.meta_delete(POSITION)?;
            }
            return Ok(signals);
        }
        signals.place = match known {
            Some(place) => place,
            None => {
                let end = readings.get()?.end()?;
                writer.meta_put(POSITION, end.to_string().as_bytes())?;
                end
            }
        };
        if signals.place.is_unsettled() {
            readings.get()?.settle(&mut signals.place)?;
            writer.meta_put(POSITION, signals.place.to_string().as_bytes())?;
        }
        signals.windows.load(writer)?;
        signals.levels.load(writer)?;
        signals.silences.load(writer)?;
        signals.look_ahead(started);
        Ok(signals)
    }

    /// When something becomes due by the clock.
    pub fn next_due(&self) -> Option<Instant> {
        self.due
    }

    /// Looks at all signals once, so that a turn that moves none of them need not. `started`: since when this host listens.
    fn look_ahead(&mut self, started: Instant) {
        let due = [self.windows.next_due(), self.levels.next_due(), self.silences.next_due(started)];
        self.due = due.into_iter().flatten().min();
    }

    fn is_idle(&self) -> bool {
        self.states.is_empty() && self.windows.is_idle() && self.levels.is_idle() && self.silences.is_idle()
    }
}

/// Moves a batch of readings into the log and ends what is due.
pub(crate) fn pump(inner: &Inner, open: &mut Open, group: &mut Group) -> Result<(), StoreError> {
    if open.signals.is_idle() {
        return Ok(());
    }
    let (now, readings) = (inner.world.clock.now(), open.readings.get()?);
    let mut signals = std::mem::take(&mut open.signals);
    let mut tell = Tell { now, writer: &mut open.writer, readings, live: &mut group.live };
    let result = move_on(&mut tell, &mut signals, inner.started).map(|more| group.more |= more);
    signals.look_ahead(inner.started);
    open.signals = signals;
    result
}

/// Whether there may be more.
fn move_on(tell: &mut Tell<'_>, signals: &mut Signals, started: Instant) -> Result<bool, StoreError> {
    let fed = tell.readings.feed(&mut signals.place, BATCH)?;
    for reading in &fed {
        let Some((equipment, kind)) = reading.signal.rsplit_once('.') else { continue };
        signals.silences.hear(tell, equipment, kind, &reading.signal)?;
        // A bad reading is kept, and nothing follows from it but that its source is there.
        if reading.quality == Quality::Bad {
            continue;
        }
        if signals.states.contains(kind) {
            tell.state(equipment, kind, reading)?;
        }
        signals.windows.count(tell, kind, reading)?;
        signals.levels.measure(tell, equipment, kind, reading)?;
    }
    if !fed.is_empty() {
        tell.writer.meta_put(POSITION, signals.place.to_string().as_bytes())?;
        signals.levels.correct(tell)?;
    }
    let more = fed.len() == BATCH as usize;
    signals.windows.close_due(tell)?;
    signals.levels.cross_due(tell)?;
    signals.levels.keep(tell.writer)?;
    if !more {
        // What was not read yet may break a silence.
        signals.silences.fall_due(tell, started)?;
    }
    Ok(more)
}

/// What it takes to tell something.
struct Tell<'a> {
    now: Instant,
    writer: &'a mut Writer,
    readings: &'a mut Readings,
    live: &'a mut Vec<LiveEvent>,
}

impl Tell<'_> {
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
        put(self.writer, &key, &StateMark { at: reading.at.0, value })?;
        self.append(&state_event(kind), body.to_string())
    }

    fn append(&mut self, name: &str, body: String) -> Result<(), StoreError> {
        let at = self.now;
        let seq = self.writer.append(&NewEvent { module: SIGNAL, name, body_json: &body, cause: None, at })?;
        self.live.push(LiveEvent { seq, module: SIGNAL.to_owned(), name: name.to_owned(), body, at });
        Ok(())
    }
}

/// Keeps a mark.
fn put(writer: &mut Writer, key: &str, mark: &impl Serialize) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(mark).map_err(|error| StoreError::Internal(error.to_string()))?;
    writer.meta_put(key, &bytes)
}

/// Marks under a prefix, by what follows it.
fn marks<T: DeserializeOwned>(writer: &mut Writer, prefix: &str) -> Result<Vec<(String, T)>, StoreError> {
    let kept = writer.meta_scan(prefix)?.into_iter();
    Ok(kept
        .filter_map(|(key, mark)| Some((key[prefix.len()..].to_owned(), serde_json::from_slice(&mark).ok()?)))
        .collect())
}
