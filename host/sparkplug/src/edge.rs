//! What a node at the edge says: will, births, data and deaths, numbered and with aliases as the specification asks.
//!
//! For machines of the demo, tests and the edge agent. Messages come out in the order in which they are to be published.

use crate::datatype::DataType;
use crate::properties::Quality;
use crate::topic::{Topic, TopicError, Verb};
use crate::value::{self, Value, ValueError};
use crate::wire::{Metric, MetricValue, Payload};
use crate::{BD_SEQ, Outgoing, REBIRTH, bounds};
use std::collections::BTreeMap;

/// A metric that a node or a device will report.
#[derive(Clone, Debug, PartialEq)]
pub struct Defined {
    pub name: String,
    pub datatype: DataType,
    /// Its present value; none: null.
    pub value: Option<Value>,
}

/// A new value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub name: String,
    /// None: null.
    pub value: Option<Value>,
    /// When it was measured, milliseconds since 1970.
    pub at_ms: u64,
    /// It was kept back while there was no network: it is no present value.
    pub is_historical: bool,
    pub quality: Quality,
}

impl Change {
    /// A present value of good quality.
    pub fn now(name: &str, value: Value, at_ms: u64) -> Self {
        Self { name: name.to_owned(), value: Some(value), at_ms, is_historical: false, quality: Quality::Good }
    }
}

/// What a node cannot say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error("the value of `{0}`: {1}")]
    Value(String, ValueError),
    #[error("`{0}` is defined already, or its name belongs to Sparkplug")]
    Taken(String),
    #[error("`{0}` was not in the birth")]
    NotBorn(String),
}

struct Kept {
    datatype: DataType,
    alias: Option<u64>,
    value: Option<MetricValue>,
    at_ms: Option<u64>,
    quality: Quality,
}

#[derive(Default)]
struct Part {
    metrics: BTreeMap<String, Kept>,
    is_online: bool,
}

/// One node at the edge and its devices.
pub struct EdgeNode {
    group: String,
    node: String,
    /// Of the session that is open or opens next.
    bd_seq: u8,
    seq: u8,
    has_aliases: bool,
    next_alias: u64,
    is_connected: bool,
    is_born: bool,
    own: Part,
    devices: BTreeMap<String, Part>,
}

impl EdgeNode {
    /// A node without metrics yet, whose first session has number 0.
    ///
    /// # Errors
    /// An id that cannot stand in a topic.
    pub fn new(group: &str, node: &str) -> Result<Self, TopicError> {
        Topic::node(group, Verb::Birth, node, None)?;
        let own = Part { is_online: true, ..Part::default() };
        let (group, node, devices) = (group.to_owned(), node.to_owned(), BTreeMap::new());
        let (bd_seq, seq, next_alias) = (0, 0, 1);
        let (has_aliases, is_connected, is_born) = (false, false, false);
        Ok(Self { group, node, bd_seq, seq, has_aliases, next_alias, is_connected, is_born, own, devices })
    }

    /// Lets data carry numbers instead of names.
    pub fn with_aliases(mut self) -> Self {
        self.has_aliases = true;
        self
    }

    /// The number of the next session, kept over a restart.
    pub fn resume(mut self, bd_seq: u8) -> Self {
        self.bd_seq = bd_seq;
        self
    }

    /// The number of the session that is open or opens next.
    pub fn bd_seq(&self) -> u8 {
        self.bd_seq
    }

    /// Adds a metric; it is told with the next birth. A device is new with its first metric.
    ///
    /// # Errors
    /// It is defined, or its value is none of its type.
    pub fn define(&mut self, device: Option<&str>, metric: Defined) -> Result<(), EdgeError> {
        let Defined { name, datatype, value } = metric;
        if name.is_empty() || name == BD_SEQ || name == REBIRTH {
            return Err(EdgeError::Taken(name));
        }
        let written = value.as_ref().map(|value| value::write(datatype, value)).transpose();
        let value = written.map_err(|error| EdgeError::Value(name.clone(), error))?;
        if let Some(device) = device {
            Topic::node(&self.group, Verb::Birth, &self.node, Some(device))?;
        }
        let part = match device {
            None => &mut self.own,
            Some(device) => {
                self.devices.entry(device.to_owned()).or_insert_with(|| Part { is_online: true, ..Part::default() })
            }
        };
        if part.metrics.contains_key(&name) {
            return Err(EdgeError::Taken(name));
        }
        // A number is never given twice: data that is late cannot be taken for another metric's.
        let alias = self.has_aliases.then_some(self.next_alias);
        self.next_alias += 1;
        part.metrics.insert(name, Kept { datatype, alias, value, at_ms: None, quality: Quality::Good });
        Ok(())
    }

    /// Opens a session: the will of the CONNECT packet. Each session has the next number, from 255 on to 0.
    pub fn connect(&mut self, now_ms: u64) -> Outgoing {
        if self.is_connected {
            self.bd_seq = self.bd_seq.wrapping_add(1);
        }
        (self.is_connected, self.is_born) = (true, false);
        self.death(now_ms)
    }

    /// The node's death, as the will says it and as it is published before leaving on purpose.
    pub fn death(&self, now_ms: u64) -> Outgoing {
        let metrics = vec![self.bd_seq_metric(now_ms)];
        let payload = Payload { timestamp: Some(now_ms), metrics, ..Payload::default() };
        let topic = Topic::Node { group: self.group.clone(), verb: Verb::Death, node: self.node.clone(), device: None };
        Outgoing { topic: topic.to_string(), payload: bounds::encode(&payload), qos: 1, retain: false }
    }

    /// The births of the node and of its devices that are there: after connecting, and when a host asks for them.
    pub fn birth(&mut self, now_ms: u64) -> Vec<Outgoing> {
        (self.seq, self.is_born) = (0, true);
        let mut metrics = vec![self.bd_seq_metric(now_ms), rebirth(now_ms, false)];
        metrics.extend(self.own.born(now_ms));
        let mut messages = vec![self.numbered(Verb::Birth, None, metrics, now_ms)];
        let online: Vec<_> = self.devices.iter().filter(|(_, part)| part.is_online).map(|(id, _)| id.clone()).collect();
        for device in online {
            let metrics = self.devices[&device].born(now_ms);
            messages.push(self.numbered(Verb::Birth, Some(&device), metrics, now_ms));
        }
        messages
    }

    /// New values of metrics of the node or of one device, told in the order in which they were measured.
    ///
    /// # Errors
    /// Nobody was told of a metric, or a value is none of its type: nothing is changed.
    pub fn data(&mut self, device: Option<&str>, changes: &[Change], now_ms: u64) -> Result<Outgoing, EdgeError> {
        let is_born = self.is_born;
        let part = match device {
            None => Some(&mut self.own),
            Some(device) => self.devices.get_mut(device),
        };
        let whole = || EdgeError::NotBorn(device.unwrap_or("the node").to_owned());
        let part = part.filter(|part| is_born && part.is_online).ok_or_else(whole)?;
        let mut sorted: Vec<_> = changes.iter().collect();
        sorted.sort_by_key(|change| change.at_ms);
        let metrics = sorted.iter().map(|change| part.written(change)).collect::<Result<Vec<_>, _>>()?;
        for (change, metric) in sorted.iter().zip(&metrics).filter(|(change, _)| !change.is_historical) {
            if let Some(kept) = part.metrics.get_mut(&change.name) {
                (kept.value, kept.at_ms, kept.quality) = (metric.value.clone(), Some(change.at_ms), change.quality);
            }
        }
        Ok(self.numbered(Verb::Data, device, metrics, now_ms))
    }

    /// A device that is there again.
    ///
    /// # Errors
    /// No such device, or the node is not born.
    pub fn device_birth(&mut self, device: &str, now_ms: u64) -> Result<Outgoing, EdgeError> {
        let metrics = self.device(device)?.set_online(true).born(now_ms);
        Ok(self.numbered(Verb::Birth, Some(device), metrics, now_ms))
    }

    /// A device that is not there any more.
    ///
    /// # Errors
    /// No such device, or the node is not born.
    pub fn device_death(&mut self, device: &str, now_ms: u64) -> Result<Outgoing, EdgeError> {
        self.device(device)?.set_online(false);
        Ok(self.numbered(Verb::Death, Some(device), Vec::new(), now_ms))
    }

    fn device(&mut self, device: &str) -> Result<&mut Part, EdgeError> {
        let found = self.devices.get_mut(device).filter(|_| self.is_born);
        found.ok_or_else(|| EdgeError::NotBorn(device.to_owned()))
    }

    /// Whether a message asks this node for its births.
    pub fn asks_for_rebirth(&self, topic: &str, payload: &[u8]) -> bool {
        let Ok(Topic::Node { group, verb: Verb::Command, node, device: None }) = Topic::parse(topic) else {
            return false;
        };
        let asks = |metric: &Metric| {
            metric.name.as_deref() == Some(REBIRTH) && metric.value == Some(MetricValue::Boolean(true))
        };
        let decoded = bounds::decode(payload);
        group == self.group && node == self.node && decoded.is_ok_and(|payload| payload.metrics.iter().any(asks))
    }

    fn bd_seq_metric(&self, now_ms: u64) -> Metric {
        Metric {
            name: Some(BD_SEQ.to_owned()),
            timestamp: Some(now_ms),
            datatype: Some(DataType::Int64.number()),
            value: Some(MetricValue::Long(u64::from(self.bd_seq))),
            ..Metric::default()
        }
    }

    fn numbered(&mut self, verb: Verb, device: Option<&str>, metrics: Vec<Metric>, now_ms: u64) -> Outgoing {
        let payload =
            Payload { timestamp: Some(now_ms), metrics, seq: Some(u64::from(self.seq)), ..Payload::default() };
        self.seq = self.seq.wrapping_add(1);
        let (group, node, device) = (self.group.clone(), self.node.clone(), device.map(str::to_owned));
        let topic = Topic::Node { group, verb, node, device }.to_string();
        Outgoing { topic, payload: bounds::encode(&payload), qos: 0, retain: false }
    }
}

impl Part {
    fn set_online(&mut self, is_online: bool) -> &mut Self {
        self.is_online = is_online;
        self
    }

    fn born(&self, now_ms: u64) -> Vec<Metric> {
        let born = |(name, kept): (&String, &Kept)| Metric {
            name: Some(name.clone()),
            alias: kept.alias,
            timestamp: Some(kept.at_ms.unwrap_or(now_ms)),
            datatype: Some(kept.datatype.number()),
            is_null: kept.value.is_none().then_some(true),
            properties: kept.quality.properties(),
            value: kept.value.clone(),
            ..Metric::default()
        };
        let mut metrics: Vec<_> = self.metrics.iter().map(born).collect();
        metrics.sort_by_key(|metric| metric.timestamp);
        metrics
    }

    fn written(&self, change: &Change) -> Result<Metric, EdgeError> {
        let kept = self.metrics.get(&change.name).ok_or_else(|| EdgeError::NotBorn(change.name.clone()))?;
        let written = change.value.as_ref().map(|value| value::write(kept.datatype, value)).transpose();
        Ok(Metric {
            name: kept.alias.is_none().then(|| change.name.clone()),
            alias: kept.alias,
            timestamp: Some(change.at_ms),
            is_historical: change.is_historical.then_some(true),
            is_null: change.value.is_none().then_some(true),
            properties: change.quality.properties(),
            value: written.map_err(|error| EdgeError::Value(change.name.clone(), error))?,
            ..Metric::default()
        })
    }
}

/// The metric that asks for births, or offers to be asked.
pub(crate) fn rebirth(now_ms: u64, asks: bool) -> Metric {
    Metric {
        name: Some(REBIRTH.to_owned()),
        timestamp: Some(now_ms),
        datatype: Some(DataType::Boolean.number()),
        value: Some(MetricValue::Boolean(asks)),
        ..Metric::default()
    }
}
