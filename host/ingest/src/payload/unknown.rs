//! What no rule fits: remembered within bounds, with a rule that would take it in.

use super::found::Found;
use super::path::named;
use super::rules::{From, Kind, Rule};
use serde::Serialize;
use std::collections::BTreeMap;
use toolcrib_contract::types::Instant;

/// Unknown values that are remembered for one tenant; further ones are counted.
pub const UNKNOWN: usize = 500;
/// Values of one unknown message.
pub const LEAVES: usize = 50;
/// Characters of a value that is shown.
const SHOWN: usize = 60;
/// Characters of the place of a value; a longer one cannot be adopted.
const PLACE_CHARS: usize = 256;

/// A value that no rule fits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unknown {
    /// Where it stands, in one line.
    pub place: String,
    /// The source (its id) that sent it last.
    pub source: String,
    pub last_value: String,
    #[serde(serialize_with = "instant")]
    pub last_at: Instant,
    pub count: u64,
    /// A rule that would take it in.
    pub rule: Rule,
}

fn instant<S: serde::Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// Unknown values of one tenant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unknowns {
    known: BTreeMap<String, Unknown>,
    /// Times that a value found no place in the list any more.
    pub more: u64,
}

impl Unknowns {
    /// By place.
    pub fn list(&self) -> Vec<Unknown> {
        self.known.values().cloned().collect()
    }

    /// Remembers a value; `from` says where it stands.
    pub fn note(&mut self, source: &str, from: From, found: &Found, at: Instant) {
        let place = place(&from);
        let last_value: String = found.text().chars().take(SHOWN).collect();
        if let Some(known) = self.known.get_mut(&place) {
            (known.last_value, known.last_at) = (last_value, at);
            known.count += 1;
        } else if self.known.len() < UNKNOWN && place.chars().count() <= PLACE_CHARS {
            let rule = suggestion(from, found);
            self.known.insert(
                place.clone(),
                Unknown { place, source: source.to_owned(), last_value, last_at: at, count: 1, rule },
            );
        } else {
            self.more += 1;
        }
    }
}

fn place(from: &From) -> String {
    let levels = [&from.group, &from.node, &from.device, &from.topic, &from.metric].into_iter().flatten();
    let base = levels.cloned().collect::<Vec<_>>().join(" / ");
    if from.path.is_empty() { base } else { format!("{base} {}", from.path) }
}

/// The equipment is what the machine is called where it speaks, the signal the last word of the place.
fn suggestion(from: From, found: &Found) -> Rule {
    let topic: Vec<_> = from.topic.iter().flat_map(|topic| topic.split('/')).collect();
    let leaf = from.path.rsplit('/').find(|part| !part.is_empty() && part.parse::<u64>().is_err());
    let levels = topic.len();
    let (equipment, signal) = match (&from.metric, leaf) {
        (Some(metric), leaf) => (from.device.as_ref().or(from.node.as_ref()).cloned(), leaf.unwrap_or(metric)),
        (None, Some(leaf)) => (topic.last().map(|last| (*last).to_owned()), leaf),
        (None, None) => (
            topic.get(levels.wrapping_sub(2)).map(|level| (*level).to_owned()),
            topic.last().copied().unwrap_or("value"),
        ),
    };
    let short = |text: &str| named(text).chars().take(40).collect::<String>();
    let kind = match found {
        Found::Flag(_) => Kind::Flag,
        Found::Number(..) => Kind::Number,
        Found::Text(_) => Kind::Word,
    };
    let signal = short(signal);
    Rule { equipment: short(&equipment.unwrap_or_else(|| "machine".to_owned())), signal, kind, from, ..Rule::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::rules::Rules;

    fn topic(topic: &str, path: &str) -> From {
        From { topic: Some(topic.into()), path: path.into(), ..From::default() }
    }

    #[test]
    fn an_unknown_value_comes_with_a_rule_that_can_be_followed() {
        let mut unknowns = Unknowns::default();
        let number = Found::of_text("21.5").unwrap();
        unknowns.note("d", topic("plant/Press 1/temperature", ""), &number, Instant(5));
        unknowns.note("d", topic("plant/press-2", "/data/pressure"), &number, Instant(5));
        let metric = From {
            group: Some("g".into()),
            node: Some("n".into()),
            device: Some("press-3".into()),
            metric: Some("Good Parts".into()),
            ..From::default()
        };
        unknowns.note("d", metric, &number, Instant(5));
        unknowns.note("d", topic("temperature", ""), &number, Instant(5));
        let list = unknowns.list();
        let mut names: Vec<_> = list.iter().map(|one| format!("{}.{}", one.rule.equipment, one.rule.signal)).collect();
        names.sort();
        assert_eq!(names, ["Press-1.temperature", "machine.temperature", "press-2.pressure", "press-3.Good-Parts"]);
        Rules { rules: list.into_iter().map(|one| one.rule).collect() }.check().unwrap();
    }

    #[test]
    fn no_more_unknown_values_are_remembered_than_the_limit() {
        let mut unknowns = Unknowns::default();
        for at in 0..UNKNOWN as i64 + 7 {
            unknowns.note("d", topic(&format!("plant/t{at}"), ""), &Found::Flag(true), Instant(at));
        }
        unknowns.note("d", topic("plant/t0", ""), &Found::Flag(false), Instant(9_999));
        assert_eq!((unknowns.list().len(), unknowns.more), (UNKNOWN, 7));
        let first = &unknowns.list()[0];
        assert_eq!((first.count, first.last_value.as_str(), first.last_at), (2, "false", Instant(9_999)));
    }
}
