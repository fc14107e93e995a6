//! Trying rules out: what messages would become, without storing anything.

use super::{Interpreter, Message, Refusal, Rules, Unknown};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::Instant;
use toolcrib_sparkplug::{Change, DataType, Defined, EdgeNode, Outgoing, Topic, Value};

/// Messages of one trial.
pub const TRIALS: usize = 20;
/// The source that tried messages come from when they name none.
const SOURCE: &str = "trial";
/// Messages without a time are this far apart, so that a later one is later.
const APART_US: i64 = 1_000_000;

/// A message to try: a topic and a payload, or a metric of Sparkplug and its value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// Of Sparkplug: any of the node or device.
    pub topic: String,
    /// As text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<DataType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// The source (its id) that would send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What came of one message.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Trial {
    pub readings: Vec<Made>,
    pub refused: Vec<Refusal>,
    pub unknown: Vec<Unknown>,
}

/// A reading that would be stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Made {
    pub signal: String,
    pub at: String,
    #[serde(serialize_with = "plain")]
    pub value: Sample,
}

/// The value alone, as it is posted.
fn plain<S: serde::Serializer>(value: &Sample, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Sample::Flag { value } => value.serialize(serializer),
        Sample::Count { value } => value.serialize(serializer),
        Sample::Number { value } => value.serialize(serializer),
        Sample::Word { value } => value.serialize(serializer),
    }
}

/// Tries messages one after the other: counters and dead bands see those before.
///
/// # Errors
/// Too many messages, or one that cannot be sent, with its pointer.
pub fn try_out(rules: &Rules, sent: &[Sent], now: Instant) -> Result<Vec<Trial>, Problem> {
    if sent.is_empty() || sent.len() > TRIALS {
        let message = format!("1 to {TRIALS} messages");
        return Err(Problem::input(vec![InputError { pointer: "/messages".into(), message }]));
    }
    let mut interpreter = Interpreter::new(rules.clone());
    let mut trials = Vec::new();
    for (at, one) in sent.iter().enumerate() {
        let received = now.plus_us((at as i64 + 1 - sent.len() as i64) * APART_US);
        let wrong = |(field, message): (&str, String)| {
            Problem::input(vec![InputError { pointer: format!("/messages/{at}/{field}"), message }])
        };
        let messages = messages(one, received).map_err(wrong)?;
        let source = one.source.as_deref().unwrap_or(SOURCE);
        let (mut trial, last) = (Trial::default(), messages.len() - 1);
        for (at, message) in messages.iter().enumerate() {
            let meaning = interpreter.interpret(
                source,
                Message { topic: &message.topic, payload: &message.payload, retained: false, received },
            );
            // The births before it only make it understood.
            if at == last {
                let made = |reading: toolcrib_runtime::Reading| Made {
                    signal: reading.signal,
                    at: reading.at.to_string(),
                    value: reading.value,
                };
                trial.readings = meaning.readings.into_iter().map(made).collect();
                trial.refused = meaning.refused;
            }
        }
        let unknown = interpreter.unknown().list();
        trial.unknown = unknown.into_iter().filter(|unknown| unknown.last_at == received).collect();
        trials.push(trial);
    }
    Ok(trials)
}

type Wrong = (&'static str, String);

fn messages(sent: &Sent, received: Instant) -> Result<Vec<Outgoing>, Wrong> {
    match (&sent.payload, &sent.metric) {
        (Some(payload), None) => {
            let (topic, payload) = (sent.topic.clone(), payload.clone().into_bytes());
            Ok(vec![Outgoing { topic, payload, qos: 1, retain: false }])
        }
        (None, Some(metric)) => metric_messages(sent, metric, received),
        _ => Err(("payload", "either `payload`, or `metric` and `value`".to_owned())),
    }
}

/// A node is born with the metric, and then says its value.
fn metric_messages(sent: &Sent, metric: &str, received: Instant) -> Result<Vec<Outgoing>, Wrong> {
    let Ok(Topic::Node { group, node, device, .. }) = Topic::parse(&sent.topic) else {
        return Err(("topic", "a topic of Sparkplug, like spBv1.0/group/DDATA/node/device".to_owned()));
    };
    let value = sent.value.as_ref().unwrap_or(&Json::Null);
    let datatype = sent.datatype.unwrap_or(match value {
        Json::Bool(_) => DataType::Boolean,
        Json::Number(number) if number.is_i64() => DataType::Int64,
        Json::Number(_) => DataType::Double,
        _ => DataType::String,
    });
    let value = typed(datatype, value).ok_or_else(|| ("value", format!("no value of type {}", datatype.name())))?;
    let now = super::millis(received);
    let (wrong_topic, wrong_value) = (|error: String| ("topic", error), |error: String| ("value", error));
    let mut edge = EdgeNode::new(&group, &node).map_err(|error| wrong_topic(error.to_string()))?;
    let defined = Defined { name: metric.to_owned(), datatype, value: None };
    edge.define(device.as_deref(), defined).map_err(|error| wrong_value(error.to_string()))?;
    edge.connect(now);
    let mut messages = edge.birth(now);
    let change = Change::now(metric, value, now);
    messages.push(edge.data(device.as_deref(), &[change], now).map_err(|error| wrong_value(error.to_string()))?);
    Ok(messages)
}

/// A value of a basic type as JSON says it.
fn typed(datatype: DataType, value: &Json) -> Option<Value> {
    Some(match datatype {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Value::Signed(value.as_i64()?),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => Value::Unsigned(value.as_u64()?),
        DataType::DateTime => Value::DateTime(value.as_u64()?),
        DataType::Float => Value::Float(value.as_f64()? as f32),
        DataType::Double => Value::Double(value.as_f64()?),
        DataType::Boolean => Value::Boolean(value.as_bool()?),
        DataType::String | DataType::Text | DataType::Uuid => Value::Text(value.as_str()?.to_owned()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Instant = Instant(1_795_420_800_000_000);

    fn rules(rule: &str) -> Rules {
        Rules::parse(format!("{{\"rules\":[{rule}]}}").as_bytes()).unwrap()
    }

    #[test]
    fn a_trial_shows_readings_refusals_and_what_is_unknown() {
        let rules = rules(
            r#"{"from":{"topic":"plant/+/t","path":"/v"},"equipment":"{1}","signal":"temperature","scale":"0.1"}"#,
        );
        let sent =
            |topic: &str, payload: &str| Sent { topic: topic.into(), payload: Some(payload.into()), ..Sent::default() };
        let all =
            [sent("plant/press-1/t", r#"{"v":213}"#), sent("plant/press-1/t", r#"{"v":"hot"}"#), sent("other", "1")];
        let trials = try_out(&rules, &all, NOW).unwrap();
        assert_eq!(trials[0].readings[0].signal, "press-1.temperature");
        assert_eq!(trials[0].readings[0].value, Sample::Number { value: 21.3 });
        assert_eq!((trials[1].readings.len(), trials[1].refused[0].code), (0, "not-a-number"));
        assert_eq!(trials[2].unknown[0].place, "other");
    }

    #[test]
    fn a_metric_of_sparkplug_is_tried_with_its_value_alone() {
        let rules = rules(
            r#"{"from":{"metric":"Good","device":"+"},"equipment":"{1}","signal":"good","kind":"counter","counter":{"bits":16}}"#,
        );
        let sent = |value: Json| Sent {
            topic: "spBv1.0/g/DDATA/n/press-1".into(),
            metric: Some("Good".into()),
            datatype: Some(DataType::UInt16),
            value: Some(value),
            ..Sent::default()
        };
        let trials = try_out(&rules, &[sent(json!(65_530)), sent(json!(4))], NOW).unwrap();
        assert_eq!(trials[0].readings[0].value, Sample::Count { value: 65_530 });
        assert_eq!(trials[1].readings[0].value, Sample::Count { value: 65_540 });
        let problem = try_out(&rules, &[sent(json!("x"))], NOW).unwrap_err();
        assert_eq!(problem.errors[0].pointer, "/messages/0/value");
        let problem = try_out(&rules, &[Sent { topic: "plant".into(), ..sent(json!(1)) }], NOW).unwrap_err();
        assert_eq!(problem.errors[0].pointer, "/messages/0/topic");
    }

    #[test]
    fn a_trial_has_one_to_twenty_messages() {
        let sent = Sent { topic: "a".into(), payload: Some("1".into()), ..Sent::default() };
        assert!(try_out(&Rules::default(), &vec![sent.clone(); TRIALS], NOW).is_ok());
        assert!(try_out(&Rules::default(), &vec![sent.clone(); TRIALS + 1], NOW).is_err());
        assert!(try_out(&Rules::default(), &[], NOW).is_err());
        let neither = Sent { payload: None, ..sent };
        assert_eq!(try_out(&Rules::default(), &[neither], NOW).unwrap_err().errors[0].pointer, "/messages/0/payload");
    }
}
