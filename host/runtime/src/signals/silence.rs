//! Signals that fall silent, and speak again. By the host's clock: that of a machine may be wrong, its silence is not.

use super::{Tell, marks, put};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toolcrib_contract::types::Instant;
use toolcrib_store::{StoreError, Writer};

const KEY: &str = "signals/silence/";
/// A signal that speaks all the time has its mark kept once in so long: a silence may be told that much early after a
/// restart.
const KEPT_US: i64 = 1_000_000;

/// What is followed, and where each signal stands.
#[derive(Default)]
pub(super) struct Silences(Vec<Followed>);

struct Followed {
    kind: String,
    silent_us: i64,
    event: String,
    marks: BTreeMap<String, Mark>,
}

/// When a signal was heard last, by the host's clock.
#[derive(Serialize, Deserialize)]
struct Mark {
    heard: i64,
    /// It was told that it is silent.
    silent: bool,
    /// What of `heard` is kept.
    #[serde(skip)]
    kept: i64,
}

/// The name of the event.
pub(crate) fn silence_event(kind: &str, silent_s: u32) -> String {
    format!("silence.{kind}.{silent_s}")
}

impl Silences {
    pub fn follow(&mut self, kind: &str, silent_s: u32) {
        let event = silence_event(kind, silent_s);
        if !self.0.iter().any(|followed| followed.event == event) {
            let (kind, silent_us) = (kind.to_owned(), i64::from(silent_s) * 1_000_000);
            self.0.push(Followed { kind, silent_us, event, marks: BTreeMap::new() });
        }
    }

    pub fn is_idle(&self) -> bool {
        self.0.is_empty()
    }

    pub fn load(&mut self, writer: &mut Writer) -> Result<(), StoreError> {
        for followed in &mut self.0 {
            let kept = marks::<Mark>(writer, &followed.prefix())?.into_iter();
            followed.marks = kept.map(|(signal, mark)| (signal, Mark { kept: mark.heard, ..mark })).collect();
        }
        Ok(())
    }

    /// When the next signal falls silent. Nothing counts as silence before `started`: the host did not listen.
    pub fn next_due(&self, started: Instant) -> Option<Instant> {
        self.0.iter().filter_map(|followed| followed.next_due(started)).min()
    }

    /// A reading of a signal arrived.
    pub fn hear(&mut self, tell: &mut Tell<'_>, equipment: &str, kind: &str, signal: &str) -> Result<(), StoreError> {
        let now = tell.now.0;
        for followed in self.0.iter_mut().filter(|followed| followed.kind == kind) {
            let blank = || Mark { heard: now, silent: false, kept: i64::MIN };
            let mark = followed.marks.entry(signal.to_owned()).or_insert_with(blank);
            let before = std::mem::replace(&mut mark.heard, now);
            let was_silent = std::mem::take(&mut mark.silent);
            if was_silent || now.saturating_sub(mark.kept) >= KEPT_US {
                mark.kept = now;
                put(tell.writer, &format!("{KEY}{}/{signal}", followed.event), mark)?;
            }
            if was_silent {
                told(tell, &followed.event, equipment, tell.now, Instant(before), false)?;
            }
        }
        Ok(())
    }

    /// Tells whose time is over.
    pub fn fall_due(&mut self, tell: &mut Tell<'_>, started: Instant) -> Result<(), StoreError> {
        for followed in &mut self.0 {
            if followed.next_due(started).is_none_or(|due| due > tell.now) {
                continue;
            }
            let (prefix, silent_us) = (followed.prefix(), followed.silent_us);
            for (signal, mark) in followed.marks.iter_mut().filter(|(_, mark)| !mark.silent) {
                let due = Instant(mark.heard.max(started.0)).plus_us(silent_us);
                let Some((equipment, _)) = signal.rsplit_once('.').filter(|_| due <= tell.now) else { continue };
                (mark.silent, mark.kept) = (true, mark.heard);
                put(tell.writer, &format!("{prefix}{signal}"), mark)?;
                told(tell, &followed.event, equipment, due, Instant(mark.heard), true)?;
            }
        }
        Ok(())
    }
}

impl Followed {
    fn prefix(&self) -> String {
        format!("{KEY}{}/", self.event)
    }

    fn next_due(&self, started: Instant) -> Option<Instant> {
        let heard = self.marks.values().filter(|mark| !mark.silent).map(|mark| mark.heard).min()?;
        Some(Instant(heard.max(started.0)).plus_us(self.silent_us))
    }
}

fn told(
    tell: &mut Tell<'_>,
    event: &str,
    equipment: &str,
    at: Instant,
    heard: Instant,
    silent: bool,
) -> Result<(), StoreError> {
    let body = serde_json::json!({
        "equipment": equipment, "at": at.to_string(), "silent": silent, "heard": heard.to_string(),
    });
    tell.append(event, body.to_string())
}
