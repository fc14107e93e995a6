//! What a published message means: the readings in it, by the tenant's rules, and what to answer.
//!
//! Pure: no IO, the time comes with the message. Three kinds of messages are understood.
//! - Sparkplug B (`spBv1.0/…`): births, data and deaths; metrics become signals by rules.
//! - Our own: lines of JSON on a topic that ends with `readings`; a value, or `{"timestamp_ms":…,"value":…}`, on one that
//!   ends with `signals/<equipment>/<signal>` or with `<equipment>/_<contract>/<signal>` of a unified name space.
//! - Anything else by rules: a number, a text or a JSON object, a topic each.
//!
//! Rules without wildcards come first: one with wildcards counts where none of those fits. What none fits is listed.

mod convert;
mod counter;
mod exact;
mod found;
mod metrics;
mod path;
mod plain;
mod rules;
mod trial;
mod unknown;

pub use convert::BASE;
pub use rules::{Codes, Counting, DeadBand, From, Kind, QualityFrom, RULES, RULES_BYTES, Rule, Rules};
pub use toolcrib_sparkplug::Outgoing;
pub use trial::{Sent, TRIALS, Trial, try_out};
pub use unknown::{UNKNOWN, Unknown, Unknowns};

use crate::ndjson::DAY_US;
use convert::{Compiled, Fitting, Signals};
use found::Found;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use toolcrib_contract::limits;
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::Instant;
use toolcrib_runtime::Reading;
use toolcrib_sparkplug::{HostApplication, HostOptions, NodeId, Topic};

/// A message as it was published.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    pub topic: &'a str,
    pub payload: &'a [u8],
    pub retained: bool,
    pub received: Instant,
}

/// What it means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    /// At most [`limits::READINGS`].
    pub readings: Vec<Reading>,
    /// To publish to whoever subscribed to their topics.
    pub commands: Vec<Outgoing>,
    pub refused: Vec<Refusal>,
}

/// What was not taken.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Refusal {
    /// Stable, kebab case.
    pub code: &'static str,
    /// The first of them: a signal, a metric, a topic.
    pub what: String,
    /// A sentence.
    pub why: String,
    /// How many.
    pub count: u64,
}

/// Every code of a refusal: pages have a sentence for each.
pub const CODES: &[&str] = &[
    "retained",
    "bad-payload",
    "bad-topic",
    "too-many-nodes",
    "too-many-devices",
    "too-many-metrics",
    "before-birth",
    "before-death",
    "birth-without-seq",
    "birth-without-bdseq",
    "birth-without-name",
    "birth-without-type",
    "birth-repeats-name",
    "without-seq",
    "old-death",
    "older-than-birth",
    "repeated",
    "gap",
    "awaiting-rebirth",
    "not-born",
    "alias-of-another",
    "alias-taken",
    "type-changed",
    "wrong-type",
    "without-value",
    "bad-properties",
    "another-device",
    "transient",
    "clock-off",
    "path-not-found",
    "bad-time",
    "too-large",
    "too-many-readings",
    "bad-batch",
    "too-long",
    "null",
    "not-a-number",
    "no-single-value",
    "not-whole",
    "not-a-flag",
    "unknown-state",
    "out-of-range",
    "counter-late",
    "too-many-signals",
    "bad-name",
];

/// Characters of what was refused that are told.
const TOLD_CHARS: usize = 160;

impl Meaning {
    fn refuse(&mut self, code: &'static str, what: &str, why: &str, count: u64) {
        debug_assert!(CODES.contains(&code), "{code}");
        match self.refused.iter_mut().find(|refusal| refusal.code == code) {
            Some(refusal) => refusal.count += count,
            None => {
                let told = |text: &str| text.chars().take(TOLD_CHARS).collect();
                self.refused.push(Refusal { code, what: told(what), why: told(why), count });
            }
        }
    }
}

/// Rules by the topic or metric they are about.
#[derive(Default)]
struct Index {
    exact: HashMap<String, Vec<usize>>,
    wild: Vec<usize>,
}

impl Index {
    fn add(&mut self, filter: &str, has_wildcards: bool, at: usize) {
        if has_wildcards {
            self.wild.push(at);
        } else {
            self.exact.entry(filter.to_owned()).or_default().push(at);
        }
    }
}

/// States that a node or device says, each with the word for when it is gone, and its newest time.
type States = BTreeMap<(NodeId, Option<Arc<str>>), BTreeMap<String, (String, Instant)>>;

/// What the messages of one tenant mean.
#[derive(Default)]
pub struct Interpreter {
    rules: Arc<Vec<Compiled>>,
    topics: Index,
    metrics: Index,
    host: HostApplication,
    /// The device that a node speaks through.
    owners: HashMap<NodeId, String>,
    states: States,
    signals: Signals,
    unknown: Unknowns,
}

impl Interpreter {
    /// The rules were checked.
    pub fn new(rules: Rules) -> Self {
        let mut interpreter = Self { host: HostApplication::new(HostOptions::default()), ..Self::default() };
        interpreter.set_rules(rules);
        interpreter
    }

    /// Follows other rules from now on. What is known of nodes and counters stays.
    pub fn set_rules(&mut self, rules: Rules) {
        (self.topics, self.metrics, self.unknown) = (Index::default(), Index::default(), Unknowns::default());
        self.states.clear();
        for (at, rule) in rules.rules.iter().enumerate() {
            let ids = [&rule.from.group, &rule.from.node, &rule.from.device];
            let is_wild = |text: &str| text.split('/').any(|level| matches!(level, "+" | "#"));
            if let Some(topic) = &rule.from.topic {
                self.topics.add(topic, is_wild(topic), at);
            } else if let Some(metric) = &rule.from.metric {
                let is_wild = is_wild(metric) || ids.into_iter().flatten().any(|id| id == "+");
                self.metrics.add(metric, is_wild, at);
            }
        }
        self.rules = Arc::new(rules.rules.into_iter().map(Compiled::new).collect());
    }

    /// The newest stored reading of a signal: a counter goes on from there.
    pub fn recall(&mut self, signal: String, at: Instant, value: &Sample) {
        self.signals.recall(signal, at, value);
    }

    /// These readings were not stored after all, and may be sent again.
    pub fn not_kept(&mut self, readings: &[Reading]) {
        readings.iter().for_each(|reading| self.signals.not_kept(&reading.signal));
    }

    /// What no rule fitted since the rules are in force.
    pub fn unknown(&self) -> &Unknowns {
        &self.unknown
    }

    /// What a message of a device means.
    pub fn interpret(&mut self, device: &str, message: Message<'_>) -> Meaning {
        let mut meaning = Meaning::default();
        if Topic::is_sparkplug(message.topic) {
            match Topic::parse(message.topic) {
                Ok(topic) => self.hear(device, &topic, message, &mut meaning),
                Err(error) => meaning.refuse("bad-topic", message.topic, &error.to_string(), 1),
            }
        } else {
            self.read(device, message, &mut meaning);
        }
        if meaning.readings.len() > limits::READINGS {
            let count = (meaning.readings.len() - limits::READINGS) as u64;
            meaning.readings.truncate(limits::READINGS);
            let why = format!("a message has at most {} readings", limits::READINGS);
            meaning.refuse("too-many-readings", message.topic, &why, count);
        }
        meaning
    }

    /// Requests for births that are due; call it about once a second.
    pub fn due(&mut self, now: Instant) -> Vec<Outgoing> {
        self.host.due(millis(now))
    }

    /// A device's connection is gone: its nodes are offline. The words of their states for that.
    pub fn disconnected(&mut self, device: &str, now: Instant) -> Vec<Reading> {
        let nodes: Vec<_> =
            self.owners.iter().filter(|(_, owner)| *owner == device).map(|(id, _)| id.clone()).collect();
        let mut readings = Vec::new();
        for id in nodes {
            for gone in self.host.disconnected(&id, millis(now)) {
                self.gone(&id, &gone, &mut readings);
            }
        }
        readings
    }

    /// Makes readings of a value by one rule.
    fn apply(&mut self, at_rule: usize, fitting: Fitting<'_>, received: Instant, meaning: &mut Meaning) {
        let (signal, at) = (fitting.signal.clone(), fitting.at);
        // What was kept back at the edge may be weeks old: the store decides on that.
        let is_old = at.0 < received.0 - limits::READING_SKEW_DAYS * DAY_US && !fitting.is_historical;
        if is_old || at.0 > received.0 + limits::READING_SKEW_DAYS * DAY_US {
            let why = format!("its time {at} is more than {} days from the host's", limits::READING_SKEW_DAYS);
            meaning.refuse("clock-off", &signal, &why, 1);
            return;
        }
        let rules = self.rules.clone();
        match self.signals.convert(&rules[at_rule], fitting) {
            Ok(readings) => meaning.readings.extend(readings),
            Err((code, why)) => meaning.refuse(code, &signal, &why, 1),
        }
    }
}

fn millis(at: Instant) -> u64 {
    u64::try_from(at.0 / 1_000).unwrap_or(0)
}

/// A time of the wire, milliseconds since 1970.
fn instant(ms: u64) -> Option<Instant> {
    let at = Instant(i64::try_from(ms).ok()?.checked_mul(1_000)?);
    (at <= Instant::MAX).then_some(at)
}

#[cfg(test)]
mod tests;
