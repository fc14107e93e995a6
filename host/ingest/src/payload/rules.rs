//! The rules of a tenant: which value of which message is which signal, and what is done to it on the way.

use super::exact::Exact;
use super::path::{is_filter, is_pointer, placeholders};
use crate::ndjson::{NAME_CHARS, is_named};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::{BAD_JSON, Problem, TOO_LARGE};

/// Rules of one tenant.
pub const RULES: usize = 1_000;
/// Bytes of all rules of a tenant as JSON.
pub const RULES_BYTES: usize = 512 << 10;
/// Words of one state map.
pub const STATES: usize = 100;
/// Characters of a pattern, a pointer or a word.
const TEXT_CHARS: usize = 256;

/// What a tenant's messages mean. The first rule that fits a value counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub from: From,
    /// Code of the equipment; `{1}`, `{2}`… are what wildcards stood for.
    pub equipment: String,
    /// Name of the signal, likewise.
    pub signal: String,
    #[serde(default)]
    pub kind: Kind,
    /// What the number counts, for people: `°C`, `kWh`. Nothing is converted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Decimal; 1 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<String>,
    /// Decimal, added after scaling; 0 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_band: Option<DeadBand>,
    /// Of counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counter: Option<Counting>,
    /// Of states: what was sent, and the word that it means.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub states: BTreeMap<String, String>,
    /// Of states over Sparkplug: the word when node or device go offline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline: Option<String>,
}

/// Where values come from: messages of a topic, or metrics of Sparkplug.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    /// Only messages of this source (its id).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// With `+` for a level and `#` for the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// A Sparkplug metric; `+` and `#` as in topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Of the metric; any when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// `+` for any; the node's own metrics when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// JSON pointer to the value, with `*` for every element; the whole payload when left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// JSON pointer to the time: ISO 8601, or a number of seconds or milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<QualityFrom>,
}

/// Where a JSON message says how far its values can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityFrom {
    /// JSON pointer.
    pub path: String,
    pub codes: Codes,
}

/// What a quality's number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codes {
    /// 192 and above is good: OPC DA and Sparkplug.
    Da,
    /// The two highest of 32 bits are 0: OPC UA.
    Ua,
}

/// What a signal is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    #[default]
    Number,
    /// A whole number as it is sent.
    Count,
    /// A number that only rises: it goes on over restarts and roll-overs of the machine's own counter.
    Counter,
    Flag,
    Word,
    /// A word of the state map.
    State,
}

/// Changes that are too small to be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeadBand {
    /// Decimal, in the signal's unit.
    Absolute(String),
    /// Decimal, of the last value kept.
    Percent(String),
}

/// How a machine's counter runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counting {
    /// It begins anew at 0 after this many bits are full; none: it never does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
    /// It may be set to 0 at any time, by a restart. With bits, a fall from the top tenth to the bottom tenth is a
    /// roll-over and any other fall a restart; without restarts every fall is a roll-over.
    #[serde(default)]
    pub restarts: bool,
}

impl Rules {
    /// Reads rules from JSON and checks them.
    ///
    /// # Errors
    /// Too large, no JSON of this form, or rules that cannot be followed, each with its pointer.
    pub fn parse(json: &[u8]) -> Result<Self, Problem> {
        if json.len() > RULES_BYTES {
            return Err(TOO_LARGE.because(format!("the rules of a tenant have at most {RULES_BYTES} bytes")));
        }
        let mut reader = serde_json::Deserializer::from_slice(json);
        let wrong = |error: serde_path_to_error::Error<serde_json::Error>| {
            if !error.inner().is_data() {
                return BAD_JSON.because(error.inner().to_string());
            }
            let (pointer, message) = (pointer(&error.path().to_string()), error.inner().to_string());
            Problem::input(vec![InputError { pointer, message }])
        };
        let rules: Self = serde_path_to_error::deserialize(&mut reader).map_err(wrong)?;
        reader.end().map_err(|error| BAD_JSON.because(error.to_string()))?;
        rules.check()?;
        Ok(rules)
    }

    /// # Errors
    /// Everything that cannot be followed.
    pub fn check(&self) -> Result<(), Problem> {
        let mut errors = Vec::new();
        if self.rules.len() > RULES {
            errors.push(InputError { pointer: "/rules".into(), message: format!("at most {RULES} rules") });
        }
        for (at, rule) in self.rules.iter().take(RULES).enumerate() {
            let mut wrong = |field: &str, message: &str| {
                if errors.len() < toolcrib_contract::json::ERRORS_MAX {
                    errors.push(InputError { pointer: format!("/rules/{at}/{field}"), message: message.to_owned() });
                }
            };
            rule.from.check(&mut wrong);
            rule.check(&mut wrong);
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::input(errors)) }
    }
}

/// `rules[3].from.topic` as `/rules/3/from/topic`.
fn pointer(path: &str) -> String {
    let parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
    parts.fold(String::new(), |pointer, part| format!("{pointer}/{}", part.replace('~', "~0").replace('/', "~1")))
}

fn fits(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= TEXT_CHARS && !text.contains(char::is_control)
}

impl From {
    fn check(&self, wrong: &mut dyn FnMut(&str, &str)) {
        let filter = |text: &Option<String>| text.as_deref().is_none_or(|text| fits(text) && is_filter(text));
        if self.topic.is_some() == self.metric.is_some() {
            wrong("from", "either `topic` or `metric` is needed");
        }
        if self.topic.is_some() && (self.group.is_some() || self.node.is_some() || self.device.is_some()) {
            wrong("from", "`group`, `node` and `device` belong to metrics of Sparkplug");
        }
        if !filter(&self.topic) {
            wrong(
                "from/topic",
                "a topic like `plant/+/temperature`; `+` stands for a level, `#` at the end for the rest",
            );
        }
        if !filter(&self.metric) {
            wrong("from/metric", "a metric's name; `+` stands for a part between slashes, `#` at the end for the rest");
        }
        for (field, id) in [("from/group", &self.group), ("from/node", &self.node), ("from/device", &self.device)] {
            if id.as_deref().is_some_and(|id| !fits(id) || id.contains(['/', '#']) || (id.contains('+') && id != "+")) {
                wrong(field, "an id, or `+` for any");
            }
        }
        let quality = self.quality.as_ref().map(|quality| &quality.path);
        for (field, path) in
            [("from/path", Some(&self.path)), ("from/time", self.time.as_ref()), ("from/quality/path", quality)]
        {
            if path.is_some_and(|path| path.chars().count() > TEXT_CHARS || !is_pointer(path)) {
                wrong(field, "a JSON pointer like `/data/temperature`; `*` stands for every element");
            }
        }
        if self.metric.is_some() && (self.time.is_some() || self.quality.is_some()) {
            wrong("from", "metrics of Sparkplug bring their own time and quality");
        }
    }

    /// How many wildcards there are.
    fn captures(&self) -> usize {
        let ids = [&self.group, &self.node, &self.device].into_iter().flatten().filter(|id| *id == "+").count();
        let filter = self.topic.as_deref().or(self.metric.as_deref()).unwrap_or_default();
        let levels = filter.split('/').filter(|level| matches!(*level, "+" | "#")).count();
        ids + levels + self.path.split('/').filter(|part| *part == "*").count()
    }
}

impl Rule {
    fn check(&self, wrong: &mut dyn FnMut(&str, &str)) {
        let captures = self.from.captures();
        for (field, template) in [("equipment", &self.equipment), ("signal", &self.signal)] {
            let plain = template.chars().all(|c| is_named(c) || matches!(c, '{' | '}'));
            if template.is_empty() || template.chars().count() > NAME_CHARS / 2 || !plain {
                wrong(field, "letters, digits, - _ /, at most 64 characters");
            } else if placeholders(template).is_none_or(|highest| highest > captures) {
                wrong(field, "`{1}` stands for the first `+`, `#` or `*` of the rule, `{2}` for the second");
            }
        }
        if self.unit.as_deref().is_some_and(|unit| !fits(unit) || unit.chars().count() > 20) {
            wrong("unit", "1 to 20 characters");
        }
        self.check_numbers(wrong);
        self.check_states(wrong);
    }

    fn check_numbers(&self, wrong: &mut dyn FnMut(&str, &str)) {
        const DECIMAL: &str = "a decimal like 0.1, at most 18 digits";
        let decimal = |text: &str| if text.len() <= 20 { Exact::parse(text) } else { None };
        for (field, text) in [("scale", &self.scale), ("offset", &self.offset)] {
            if text.as_deref().is_some_and(|text| decimal(text).is_none()) {
                wrong(field, DECIMAL);
            } else if text.is_some() && !matches!(self.kind, Kind::Number | Kind::Count) {
                wrong(field, "only numbers and counts are scaled");
            }
        }
        if self.scale.as_deref().and_then(decimal) == Some(Exact::whole(0)) {
            wrong("scale", "a scale of 0 makes every value the same");
        }
        if let Some(band) = &self.dead_band {
            let (DeadBand::Absolute(width) | DeadBand::Percent(width)) = band;
            if decimal(width).is_none_or(|width| width.to_float() < 0.0) {
                wrong("dead_band", DECIMAL);
            } else if self.kind != Kind::Number {
                wrong("dead_band", "only numbers have a dead band");
            }
        }
        if self.counter.is_some() && self.kind != Kind::Counter {
            wrong("counter", "only counters roll over");
        }
        if self.counter.and_then(|counter| counter.bits).is_some_and(|bits| !(1..=62).contains(&bits)) {
            wrong("counter/bits", "1 to 62 bits");
        }
        if self.counter == Some(Counting::default()) {
            wrong("counter", "a counter rolls over (`bits`), restarts (`restarts`), or both");
        }
    }

    fn check_states(&self, wrong: &mut dyn FnMut(&str, &str)) {
        if (self.kind == Kind::State) == self.states.is_empty() {
            wrong("states", "states have a map of what is sent to what it means, and nothing else has one");
        }
        let word = |text: &str| fits(text) && text.chars().count() <= 64;
        if self.states.len() > STATES || self.states.iter().any(|(sent, means)| !word(sent) || !word(means)) {
            wrong("states", "at most 100 words of 1 to 64 characters");
        }
        if self.offline.as_deref().is_some_and(|offline| !word(offline)) {
            wrong("offline", "a word of 1 to 64 characters");
        } else if self.offline.is_some() && (self.kind != Kind::State || self.from.metric.is_none()) {
            wrong("offline", "only states of Sparkplug metrics know when a machine goes offline");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: &str, expected: &[&str]) {
        let json = format!("{{\"rules\":[{rule}]}}");
        let pointers = match Rules::parse(json.as_bytes()) {
            Ok(rules) => {
                assert_eq!(
                    Rules::parse(&serde_json::to_vec(&rules).unwrap()).unwrap(),
                    rules,
                    "what is written is read"
                );
                vec![]
            }
            Err(problem) => problem.errors.into_iter().map(|error| error.pointer).collect(),
        };
        assert_eq!(pointers, expected, "{rule}");
    }

    #[test]
    fn rules_that_can_be_followed_are_taken() {
        check(
            r#"{"from":{"topic":"plant/+/t","path":"/v"},"equipment":"{1}","signal":"temperature","scale":"0.1","offset":"-40"}"#,
            &[],
        );
        check(
            r#"{"from":{"metric":"Good","device":"+"},"equipment":"{1}","signal":"good","kind":"counter","counter":{"bits":16}}"#,
            &[],
        );
        check(r##"{"from":{"metric":"#","group":"g","device":"+"},"equipment":"{1}","signal":"{2}"}"##, &[]);
        check(
            r#"{"from":{"metric":"State","device":"p"},"equipment":"p","signal":"state","kind":"state","states":{"0":"stopped"},"offline":"NotAvailable"}"#,
            &[],
        );
        check(r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","dead_band":{"percent":"2.5"}}"#, &[]);
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        check(r#"{"from":{},"equipment":"p","signal":"t"}"#, &["/rules/0/from"]);
        check(r#"{"from":{"topic":"a#"},"equipment":"p","signal":"t"}"#, &["/rules/0/from/topic"]);
        check(r#"{"from":{"topic":"a","path":"v"},"equipment":"p","signal":"t"}"#, &["/rules/0/from/path"]);
        check(r#"{"from":{"topic":"a"},"equipment":"{1}","signal":"t"}"#, &["/rules/0/equipment"]);
        check(r#"{"from":{"topic":"a"},"equipment":"p.1","signal":""}"#, &["/rules/0/equipment", "/rules/0/signal"]);
        check(
            r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","scale":"ten","kind":"count"}"#,
            &["/rules/0/scale"],
        );
        check(r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","scale":"0"}"#, &["/rules/0/scale"]);
        check(r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","kind":"flag","scale":"2"}"#, &["/rules/0/scale"]);
        check(
            r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","dead_band":{"absolute":"-1"}}"#,
            &["/rules/0/dead_band"],
        );
        check(
            r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","kind":"counter","counter":{"bits":63}}"#,
            &["/rules/0/counter/bits"],
        );
        check(
            r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","kind":"counter","counter":{}}"#,
            &["/rules/0/counter"],
        );
        check(r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","kind":"state"}"#, &["/rules/0/states"]);
        check(r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","offline":"x"}"#, &["/rules/0/offline"]);
        check(r#"{"from":{"topic":"a","group":"g"},"equipment":"p","signal":"t"}"#, &["/rules/0/from"]);
        check(r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","kind":"tally"}"#, &["/rules/0/kind"]);
        check(r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","color":1}"#, &["/rules/0/color"]);
        check(r#"{"from":{"topic":"a"},"equipment":7,"signal":"t"}"#, &["/rules/0/equipment"]);
    }

    #[test]
    fn rules_end_at_their_limits() {
        let rule = r#"{"from":{"topic":"a"},"equipment":"p","signal":"t"}"#;
        let many = |count: usize| format!("{{\"rules\":[{}]}}", vec![rule; count].join(","));
        assert!(Rules::parse(many(RULES).as_bytes()).is_ok());
        assert_eq!(Rules::parse(many(RULES + 1).as_bytes()).unwrap_err().errors[0].pointer, "/rules");
        assert_eq!(Rules::parse(&vec![b' '; RULES_BYTES + 1]).unwrap_err().code, "too-large");
        assert_eq!(Rules::parse(b"{\"rules\":[").unwrap_err().code, "bad-json");
        assert_eq!(Rules::parse(b"{\"rules\":[]} x").unwrap_err().code, "bad-json");
    }
}
