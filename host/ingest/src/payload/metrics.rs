//! Sparkplug messages by the rules: which metric is which signal, and states of machines that are gone.

use super::found::json_of;
use super::path::{fill, find, matches};
use super::{Compiled, Fitting, Found, From, Index, Interpreter, Meaning, Message, Unknowns, instant, millis};
use std::sync::Arc;
use toolcrib_contract::limits;
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::Instant;
use toolcrib_runtime::Reading;
use toolcrib_sparkplug::{NodeId, Presence, Quality, Said, Topic, Value, Verb};

/// What a refusal of the host application means, for people.
fn why(code: &str) -> &'static str {
    match code {
        "retained" => "births, data and deaths are never retained",
        "bad-payload" => "the payload is no Sparkplug B payload within the limits",
        "too-many-nodes" | "too-many-devices" | "too-many-metrics" => "the limit is reached",
        "before-birth" => "nobody was born under this name; births were asked for",
        "birth-without-seq" | "without-seq" => "a sequence number from 0 to 255 is missing",
        "birth-without-bdseq" => "the birth has no bdSeq: any death will count as its own",
        "birth-without-name" => "a metric of a birth has a name",
        "birth-without-type" => "a metric of a birth has one of the data types",
        "birth-repeats-name" => "a name stands once in a birth",
        "old-death" => "the death belongs to a session that is over",
        "older-than-birth" => "it was sent before the birth in force",
        "repeated" => "it was received before",
        "gap" => "a message before it was lost, and it carries no name",
        "awaiting-rebirth" => "births were asked for; until then a number stands for no metric",
        "not-born" => "it was not in the birth; births were asked for",
        "alias-of-another" => "its number belongs to another metric",
        "alias-taken" => "two metrics of the birth have the same number",
        "type-changed" => "its type is not that of the birth",
        "wrong-type" => "the value is none of its type",
        "without-value" => "it has no value and does not say that it is null",
        "bad-properties" => "its properties do not have the form of a property set",
        _ => "it was not taken",
    }
}

impl Interpreter {
    /// Hears a Sparkplug message.
    pub(super) fn hear(&mut self, device: &str, topic: &Topic, message: Message<'_>, meaning: &mut Meaning) {
        let Topic::Node { group, verb, node, device: part } = topic else { return };
        let id = NodeId { group: group.clone(), node: node.clone() };
        // A node speaks through the device that told its birth, until another one tells it.
        let is_birth = *verb == Verb::Birth && part.is_none() && !message.retained;
        if !is_birth && self.owners.get(&id).is_some_and(|owner| owner != device) {
            meaning.refuse("another-device", message.topic, "this node was born through another device", 1);
            return;
        }
        let heard = self.host.receive(topic, message.payload, message.retained, millis(message.received));
        if is_birth && self.host.is_online(&id, None) && self.owners.get(&id).is_none_or(|owner| owner != device) {
            self.owners.insert(id.clone(), device.to_owned());
        }
        meaning.commands = heard.commands;
        for refused in heard.refused {
            meaning.refuse(refused.code, &refused.what, why(refused.code), refused.count);
        }
        // Metrics that a birth tells stand since the birth at the latest.
        let born =
            heard.presence.iter().find(|presence| presence.is_online).and_then(|presence| instant(presence.at_ms));
        for said in &heard.said {
            self.mean(device, &id, said, born, message.received, meaning);
        }
        for gone in heard.presence.iter().filter(|presence| !presence.is_online) {
            self.gone(&id, gone, &mut meaning.readings);
        }
    }

    /// What one value of one metric means.
    fn mean(
        &mut self,
        source: &str,
        id: &NodeId,
        said: &Said,
        born: Option<Instant>,
        received: Instant,
        meaning: &mut Meaning,
    ) {
        let rules = self.rules.clone();
        let fitting = fitting_rules(&self.metrics, &rules, source, id, said);
        let Some(value) = &said.value else {
            // A metric that is not there yet has no value at its birth: nothing is lost.
            return;
        };
        if fitting.is_empty() {
            note(&mut self.unknown, source, id, said, value, received);
            return;
        }
        if said.is_transient {
            meaning.refuse("transient", &said.name, "its node says that it is not to be stored", 1);
            return;
        }
        let Some(at) = instant(said.at_ms) else {
            meaning.refuse("clock-off", &said.name, "its time is beyond the year 2199", 1);
            return;
        };
        for (rule, captures) in fitting {
            self.values(rule, captures, said, value, (at, born, received), id, meaning);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one value, all that is known of it")]
    fn values(
        &mut self,
        rule: usize,
        captures: Vec<String>,
        said: &Said,
        value: &Value,
        (at, born, received): (Instant, Option<Instant>, Instant),
        id: &NodeId,
        meaning: &mut Meaning,
    ) {
        let rules = self.rules.clone();
        let from = &rules[rule].rule.from;
        let json;
        let found: Vec<_> = if from.path.is_empty() {
            vec![(captures, Found::of_metric(value))]
        } else {
            json = json_of(value);
            let (found, more) = find(&from.path, &json);
            if found.is_empty() || more {
                meaning.refuse(
                    "path-not-found",
                    &said.name,
                    "the rule's path leads to nothing here, or to too much",
                    1,
                );
            }
            found.into_iter().map(|(more, value)| ([captures.clone(), more].concat(), Found::of_json(value))).collect()
        };
        for (captures, found) in found {
            let signal = signal(&rules[rule], &captures);
            match found {
                Ok(found) => {
                    let quality = quality(said.quality);
                    if quality != toolcrib_contract::signal::Quality::Bad {
                        self.watch(&rules[rule], id, said, &signal, at);
                    }
                    let is_historical = said.is_historical;
                    let fitting = Fitting { signal, found: &found, at, is_historical, quality, born };
                    self.apply(rule, fitting, received, meaning);
                }
                Err(no_value) => meaning.refuse(no_value.code(), &signal, no_value.why(), 1),
            }
        }
    }

    /// Remembers a state that has a word for when its machine is gone.
    fn watch(&mut self, compiled: &Compiled, id: &NodeId, said: &Said, signal: &str, at: Instant) {
        let Some(offline) = &compiled.rule.offline else { return };
        let states = self.states.entry((id.clone(), said.device.clone())).or_default();
        if states.len() < limits::SIGNALS || states.contains_key(signal) {
            let watched = states.entry(signal.to_owned()).or_insert_with(|| (offline.clone(), at));
            watched.1 = watched.1.max(at);
        }
    }

    /// A node or device is gone: its states say so, after all they said before, though its clock may be ahead.
    pub(super) fn gone(&mut self, id: &NodeId, gone: &Presence, readings: &mut Vec<Reading>) {
        let Some(at) = instant(gone.at_ms) else { return };
        for (signal, (word, last)) in self.states.get(&(id.clone(), gone.device.clone())).into_iter().flatten() {
            let at = at.max(last.plus_us(1));
            if self.signals.went_offline(signal, at) {
                readings.push(Reading::new(signal, at, Sample::Word { value: word.clone() }));
            }
        }
    }
}

/// A stale value is the last one that was known: nobody vouches for it now.
fn quality(said: Quality) -> toolcrib_contract::signal::Quality {
    match said {
        Quality::Good => toolcrib_contract::signal::Quality::Good,
        _ => toolcrib_contract::signal::Quality::Bad,
    }
}

/// `<equipment>.<signal>` of a rule.
pub(super) fn signal(compiled: &Compiled, captures: &[String]) -> String {
    format!("{}.{}", fill(&compiled.rule.equipment, captures), fill(&compiled.rule.signal, captures))
}

/// Rules that fit a metric, with what their wildcards stand for: those without any, else those with.
fn fitting_rules(
    index: &Index,
    rules: &Arc<Vec<Compiled>>,
    source: &str,
    id: &NodeId,
    said: &Said,
) -> Vec<(usize, Vec<String>)> {
    let fits = |at: &usize| fits(&rules[*at].rule.from, source, id, said).map(|captures| (*at, captures));
    let exact: Vec<_> = index.exact.get(&*said.name).into_iter().flatten().filter_map(fits).collect();
    if exact.is_empty() { index.wild.iter().filter_map(fits).collect() } else { exact }
}

fn fits(from: &From, source: &str, id: &NodeId, said: &Said) -> Option<Vec<String>> {
    if from.source.as_deref().is_some_and(|wanted| wanted != source) {
        return None;
    }
    let mut captures = Vec::new();
    for (wanted, is) in
        [(&from.group, Some(&*id.group)), (&from.node, Some(&*id.node)), (&from.device, said.device.as_deref())]
    {
        let is_device = std::ptr::eq(wanted, &from.device);
        match (wanted.as_deref(), is) {
            (Some("+"), Some(is)) => captures.push(is.to_owned()),
            (Some(wanted), Some(is)) if wanted == is => {}
            (None, None) => {}
            (None, Some(_)) if !is_device => {}
            _ => return None,
        }
    }
    matches(from.metric.as_deref()?, &said.name, &mut captures).then_some(captures)
}

fn note(unknown: &mut Unknowns, source: &str, id: &NodeId, said: &Said, value: &Value, received: Instant) {
    let from = From {
        group: Some(id.group.clone()),
        node: Some(id.node.clone()),
        device: said.device.as_deref().map(str::to_owned),
        metric: Some(said.name.to_string()),
        ..From::default()
    };
    match Found::of_metric(value) {
        Ok(found) => unknown.note(source, from, &found, received),
        Err(_) => {
            for (path, found) in super::found::leaves(&json_of(value), super::unknown::LEAVES) {
                unknown.note(source, From { path, ..from.clone() }, &found, received);
            }
        }
    }
}
