//! Messages that are no Sparkplug: our own topics, and by rules a value or a JSON object a topic.

use super::found::{Found, NoValue, leaves};
use super::metrics::signal;
use super::path::{find, matches, named};
use super::rules::{Codes, QualityFrom};
use super::unknown::LEAVES;
use super::{Fitting, From, Interpreter, Meaning, Message};
use crate::ndjson::{DAY_US, is_signal};
use serde_json::Value as Json;
use toolcrib_contract::limits;
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::Instant;
use toolcrib_runtime::Reading;

/// Bytes of a payload that is no batch of readings.
pub const PLAIN_BYTES: usize = 1 << 20;

/// What a payload is.
enum Payload {
    Json(Json),
    Text(String),
}

impl Payload {
    /// JSON when it is one, within the depth; else text.
    fn read(bytes: &[u8]) -> Result<Self, (&'static str, &'static str)> {
        if bytes.len() > PLAIN_BYTES {
            return Err(("too-large", "a message that is no batch of readings has at most 1 MiB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ("bad-payload", "the payload is not UTF-8"))?;
        if toolcrib_contract::json::depth(bytes) > limits::JSON_DEPTH {
            return Err(("bad-payload", "the JSON is nested too deep"));
        }
        match serde_json::from_str(text) {
            Ok(json) => Ok(Self::Json(json)),
            Err(_) if text.trim_start().starts_with(['{', '[']) => Err(("bad-payload", "the payload is no JSON")),
            Err(_) => Ok(Self::Text(text.to_owned())),
        }
    }

    fn found(&self) -> Result<Found, NoValue> {
        match self {
            Self::Json(json) => Found::of_json(json),
            Self::Text(text) => Found::of_text(text),
        }
    }
}

impl Interpreter {
    /// Reads a message that is no Sparkplug.
    pub(super) fn read(&mut self, device: &str, message: Message<'_>, meaning: &mut Meaning) {
        if message.topic.rsplit('/').next() == Some("readings") {
            batch(message, meaning);
            return;
        }
        let payload = match Payload::read(message.payload) {
            Ok(payload) => payload,
            Err((code, why)) => return meaning.refuse(code, message.topic, why, 1),
        };
        let fitting = self.topic_rules(device, message.topic);
        if !fitting.is_empty() {
            for (rule, captures) in fitting {
                self.by_rule(rule, &captures, &payload, message, meaning);
            }
        } else if let Some(signal) = own(message.topic) {
            own_value(signal, &payload, message, meaning);
        } else {
            self.note(device, message, &payload);
        }
    }

    /// Rules that fit a topic, with what their wildcards stand for: those without any, else those with.
    fn topic_rules(&self, device: &str, topic: &str) -> Vec<(usize, Vec<String>)> {
        let fits = |at: &usize| {
            let from = &self.rules[*at].rule.from;
            let mut captures = Vec::new();
            let is_of = from.source.as_deref().is_none_or(|wanted| wanted == device);
            (is_of && matches(from.topic.as_deref()?, topic, &mut captures)).then_some((*at, captures))
        };
        let exact: Vec<_> = self.topics.exact.get(topic).into_iter().flatten().filter_map(fits).collect();
        if exact.is_empty() { self.topics.wild.iter().filter_map(fits).collect() } else { exact }
    }

    fn by_rule(
        &mut self,
        rule: usize,
        captures: &[String],
        payload: &Payload,
        message: Message<'_>,
        meaning: &mut Meaning,
    ) {
        let rules = self.rules.clone();
        let from = &rules[rule].rule.from;
        let found: Vec<_> = match payload {
            Payload::Json(json) => {
                let (found, more) = find(&from.path, json);
                if more {
                    meaning.refuse("path-not-found", message.topic, "the rule's path leads to too much", 1);
                }
                found.into_iter().map(|(more, value)| ([captures, &more].concat(), Found::of_json(value))).collect()
            }
            Payload::Text(_) if from.path.is_empty() => vec![(captures.to_vec(), payload.found())],
            Payload::Text(_) => Vec::new(),
        };
        if found.is_empty() {
            meaning.refuse("path-not-found", message.topic, "the rule's path leads to nothing here", 1);
            return;
        }
        let at = match time_of(from, payload, message.received) {
            Some(at) => at,
            None => {
                return meaning.refuse(
                    "bad-time",
                    message.topic,
                    "there is no time where the rule says, or it is none",
                    1,
                );
            }
        };
        let quality = from.quality.as_ref().map_or(Quality::Good, |quality| quality_of(quality, payload));
        for (captures, found) in found {
            let signal = signal(&rules[rule], &captures);
            match found {
                Ok(found) => {
                    let fitting = Fitting { signal, found: &found, at, is_historical: false, quality, born: None };
                    self.apply(rule, fitting, message.received, meaning);
                }
                Err(no_value) => meaning.refuse(no_value.code(), &signal, no_value.why(), 1),
            }
        }
    }

    fn note(&mut self, device: &str, message: Message<'_>, payload: &Payload) {
        let from = From { topic: Some(message.topic.to_owned()), ..From::default() };
        match payload {
            Payload::Json(json @ (Json::Object(_) | Json::Array(_))) => {
                for (path, found) in leaves(json, LEAVES) {
                    self.unknown.note(device, From { path, ..from.clone() }, &found, message.received);
                }
            }
            payload => {
                if let Ok(found) = payload.found() {
                    self.unknown.note(device, from, &found, message.received);
                }
            }
        }
    }
}

/// Lines of JSON, as over HTTP: all of them are good, or none is taken.
fn batch(message: Message<'_>, meaning: &mut Meaning) {
    if message.payload.len() > limits::READINGS_BYTES {
        return meaning.refuse(
            "too-large",
            message.topic,
            &format!("a batch has at most {} bytes", limits::READINGS_BYTES),
            1,
        );
    }
    match crate::parse(message.payload, message.received) {
        Ok((readings, quarantined)) => {
            meaning.readings = readings;
            if quarantined.0 > 0 {
                let why = format!("their time is more than {} days from the host's", limits::READING_SKEW_DAYS);
                meaning.refuse("clock-off", message.topic, &why, quarantined.0);
            }
        }
        Err(problem) => {
            let first = problem
                .errors
                .first()
                .map(|error| format!("line {}: {}", error.pointer.trim_start_matches('/'), error.message));
            let why = first.or(problem.detail).unwrap_or(problem.title);
            meaning.refuse("bad-batch", message.topic, &why, problem.errors.len().max(1) as u64);
        }
    }
}

/// The signal that one of our own topics names.
fn own(topic: &str) -> Option<String> {
    let levels: Vec<_> = topic.rsplitn(4, '/').collect();
    let [name, middle, before, ..] = levels[..] else { return None };
    let signal = match (before, middle) {
        ("signals", equipment) => format!("{equipment}.{name}"),
        // A unified name space: …/unit/_contract/name.
        (unit, contract) if contract.len() > 1 && contract.starts_with('_') => {
            format!("{}.{}", named(unit), named(name))
        }
        _ => return None,
    };
    is_signal(&signal).then_some(signal)
}

/// A value, or an object of a value and its time, on one of our own topics.
fn own_value(signal: String, payload: &Payload, message: Message<'_>, meaning: &mut Meaning) {
    let (found, at) = match payload {
        Payload::Json(Json::Object(map)) => {
            let at = match (map.get("timestamp_ms"), map.get("at")) {
                (Some(ms), None) => ms.as_u64().and_then(super::instant),
                (None, Some(at)) => at.as_str().and_then(|at| at.parse().ok()),
                (None, None) => Some(message.received),
                _ => None,
            };
            (map.get("value").map_or(Err(NoValue::Null), Found::of_json), at)
        }
        payload => (payload.found(), Some(message.received)),
    };
    let Some(at) = at else {
        return meaning.refuse(
            "bad-time",
            &signal,
            "`timestamp_ms` is a whole number of milliseconds since 1970, `at` a time of ISO 8601",
            1,
        );
    };
    if (at.0 - message.received.0).abs() > limits::READING_SKEW_DAYS * DAY_US {
        let why = format!("its time {at} is more than {} days from the host's", limits::READING_SKEW_DAYS);
        return meaning.refuse("clock-off", &signal, &why, 1);
    }
    match found.map(sample) {
        Ok(Some(value)) => meaning.readings.push(Reading::new(signal, at, value)),
        Ok(None) => meaning.refuse("too-long", &signal, "a text has at most 128 characters and no U+0000", 1),
        Err(no_value) => meaning.refuse(no_value.code(), &signal, no_value.why(), 1),
    }
}

/// A value without a rule.
fn sample(found: Found) -> Option<Sample> {
    Some(match found {
        Found::Flag(value) => Sample::Flag { value },
        Found::Number(exact, value) => match exact.and_then(super::exact::Exact::to_whole) {
            Some(value) => Sample::Count { value },
            None => Sample::Number { value },
        },
        Found::Text(value) if value.chars().count() <= crate::ndjson::NAME_CHARS && !value.contains('\0') => {
            Sample::Word { value }
        }
        Found::Text(_) => return None,
    })
}

/// The time that a rule finds, or the one that stands beside a value.
fn time_of(from: &From, payload: &Payload, received: Instant) -> Option<Instant> {
    let Payload::Json(json) = payload else { return from.time.is_none().then_some(received) };
    let value = match &from.time {
        Some(path) => find(path, json).0.first().map(|(_, value)| *value)?,
        None => match json.get("timestamp_ms") {
            Some(value) => value,
            None => return Some(received),
        },
    };
    match value {
        Json::String(text) => text.parse().ok(),
        // Seconds until the year 5138, and milliseconds since 1973, have different sizes.
        Json::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(whole), _) if whole >= 100_000_000_000 => super::instant(whole),
            (_, Some(seconds)) if (0.0..100_000_000_000.0).contains(&seconds) => {
                let at = Instant((seconds * 1_000_000.0).round() as i64);
                (at <= Instant::MAX).then_some(at)
            }
            _ => None,
        },
        _ => None,
    }
}

/// How far the message says that its values can be trusted. A quality that is not there says nothing.
fn quality_of(quality: &QualityFrom, payload: &Payload) -> Quality {
    let Payload::Json(json) = payload else { return Quality::Good };
    let of = |is_good, is_uncertain| match (is_good, is_uncertain) {
        (true, _) => Quality::Good,
        (false, true) => Quality::Uncertain,
        (false, false) => Quality::Bad,
    };
    match (find(&quality.path, json).0.first().map(|(_, value)| *value), quality.codes) {
        (None | Some(Json::Null), _) => Quality::Good,
        (Some(Json::Bool(good)), _) => of(*good, false),
        (Some(Json::String(word)), _) => {
            let word = word.to_ascii_lowercase();
            of(word.starts_with("good"), word.starts_with("uncertain"))
        }
        (Some(value), Codes::Da) => {
            let within =
                |range: std::ops::RangeInclusive<u64>| value.as_u64().is_some_and(|code| range.contains(&code));
            of(within(192..=255), within(64..=127))
        }
        (Some(value), Codes::Ua) => {
            let severity = value.as_u64().filter(|code| *code < 1 << 32).map(|code| code >> 30);
            of(severity == Some(0), severity == Some(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_topics_name_their_signals() {
        let check = |topic: &str, signal: Option<&str>| assert_eq!(own(topic).as_deref(), signal, "{topic}");
        check("signals/press-1/state", Some("press-1.state"));
        check("plant/signals/冲床1/good", Some("冲床1.good"));
        check("acme/suzhou/hall/line/press-1/_historian/temperature", Some("press-1.temperature"));
        check("acme/hall/Press 1/_raw/a.b", Some("Press-1.a-b"));
        check("plant/press-1/state", None);
        check("signals/press 1/state", None);
        check("state", None);
        check("a/_/b", None);
    }

    #[test]
    fn a_quality_is_read_in_the_codes_that_the_rule_names() {
        let check = |codes, json: &str, expected| {
            let quality = QualityFrom { path: "/q".into(), codes };
            let payload = Payload::Json(serde_json::from_str(json).unwrap());
            assert_eq!(quality_of(&quality, &payload), expected, "{codes:?} {json}");
        };
        check(Codes::Da, r#"{"q":192}"#, Quality::Good);
        check(Codes::Da, r#"{"q":64}"#, Quality::Uncertain);
        check(Codes::Da, r#"{"q":0}"#, Quality::Bad);
        check(Codes::Da, r#"{"q":500}"#, Quality::Bad);
        check(Codes::Ua, r#"{"q":0}"#, Quality::Good);
        check(Codes::Ua, r#"{"q":1073741824}"#, Quality::Uncertain);
        check(Codes::Ua, r#"{"q":2147483648}"#, Quality::Bad);
        check(Codes::Ua, r#"{"q":"Good"}"#, Quality::Good);
        check(Codes::Ua, r#"{"q":"UncertainLastUsableValue"}"#, Quality::Uncertain);
        check(Codes::Da, r#"{"q":"BAD"}"#, Quality::Bad);
        check(Codes::Da, r#"{"q":false}"#, Quality::Bad);
        check(Codes::Da, r#"{}"#, Quality::Good);
    }
}
