//! What is known of the machines and gateways that send readings, since this process started: in memory only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use toolcrib_contract::types::{Instant, RawId};

/// Kinds of refusals that are kept for one source; the one that is oldest gives way.
pub const REFUSALS: usize = 20;
/// Characters of what was refused, and of why.
const WORDS_CHARS: usize = 300;

/// One source: a device with a token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// Open now, over MQTT.
    pub connections: u32,
    /// When it said something, or showed that it lives.
    pub heard_at: Option<Instant>,
    /// Published over MQTT.
    pub messages: u64,
    /// Stored from these messages; those that were there before not counted.
    pub readings: u64,
    /// Not taken.
    pub refused: u64,
    /// Sent faster than the quota, and taken later.
    pub delayed: u64,
    /// The newest last.
    pub refusals: Vec<Refused>,
}

/// What was refused again and again for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stable, kebab case.
    pub code: &'static str,
    /// The newest one: its signal, metric or topic.
    pub what: String,
    pub why: String,
    pub count: u64,
    pub at: Instant,
}

impl Source {
    /// Counts what was refused.
    pub fn refuse(&mut self, code: &'static str, what: &str, why: &str, count: u64, at: Instant) {
        self.refused += count;
        let before = self.refusals.iter().position(|known| known.code == code).map(|at| self.refusals.remove(at));
        let short = |text: &str| text.chars().take(WORDS_CHARS).collect();
        let count = count + before.map_or(0, |known| known.count);
        if self.refusals.len() == REFUSALS {
            self.refusals.remove(0);
        }
        self.refusals.push(Refused { code, what: short(what), why: short(why), count, at });
    }
}

/// A source, to be looked at and counted in.
pub type SharedSource = Arc<Mutex<Source>>;

/// All sources of all tenants that were heard of.
#[derive(Debug, Default)]
pub struct Sources {
    known: Mutex<HashMap<RawId, HashMap<String, SharedSource>>>,
}

impl Sources {
    /// This source, as known so far. Only for devices that have shown their token: there are no more of them than the
    /// tenant registered.
    pub fn of(&self, tenant: RawId, device: &str) -> SharedSource {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = known.entry(tenant).or_default();
        if let Some(source) = of_tenant.get(device) {
            return source.clone();
        }
        of_tenant.entry(device.to_owned()).or_default().clone()
    }

    /// This source at the moment; one that was not heard of is as new.
    pub fn look(&self, tenant: RawId, device: &str) -> Source {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let source = known.get(&tenant).and_then(|of_tenant| of_tenant.get(device)).cloned();
        drop(known);
        source.map(|source| source.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_kind_and_bounded() {
        let sources = Sources::default();
        let tenant = RawId([1; 16]);
        let codes: Vec<&'static str> =
            (0..=REFUSALS).map(|nth| &*Box::leak(format!("code-{nth}").into_boxed_str())).collect();
        let shared = sources.of(tenant, "d");
        for (nth, code) in codes.iter().enumerate() {
            shared.lock().unwrap().refuse(code, "a.b", "why", 2, Instant(nth as i64));
        }
        shared.lock().unwrap().refuse(codes[5], "a.c", &"x".repeat(1_000), 1, Instant(99));
        let source = sources.look(tenant, "d");
        assert_eq!(source.refused, 2 * codes.len() as u64 + 1);
        assert_eq!(source.refusals.len(), REFUSALS);
        assert!(source.refusals.iter().all(|refused| refused.code != codes[0]), "the oldest gave way");
        let last = source.refusals.last().unwrap();
        assert_eq!((last.code, last.count, last.what.as_str(), last.at), (codes[5], 3, "a.c", Instant(99)));
        assert_eq!(last.why.chars().count(), WORDS_CHARS);
        assert_eq!(sources.look(RawId([2; 16]), "d"), Source::default(), "another tenant's is not this one");
    }
}
