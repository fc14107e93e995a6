//! The metrics of a node or of a device: what its birth declared, and the newest value of each.

use super::{Current, Heard, NAME_BYTES, Said};
use crate::datatype::DataType;
use crate::properties::{Quality, quality};
use crate::value::{self, Value};
use crate::wire::Metric;
use std::collections::HashMap;
use std::sync::Arc;

/// A node's own metrics, or those of one device.
#[derive(Default)]
pub(super) struct Part {
    pub is_online: bool,
    metrics: HashMap<Arc<str>, Current>,
}

/// What a birth declares: the name under which it is known, and its number.
pub(super) struct Declared {
    pub name: Arc<str>,
    pub alias: Option<u64>,
}

impl Part {
    pub fn current(&self, name: &str) -> Option<Current> {
        self.metrics.get(name).cloned()
    }

    pub fn len(&self) -> usize {
        self.metrics.len()
    }

    /// The name as it is kept, when it was declared.
    pub fn declared(&self, name: &str) -> Option<Arc<str>> {
        self.metrics.get_key_value(name).map(|(name, _)| name.clone())
    }

    /// All of it is out of date.
    pub fn stale(&mut self, at_ms: u64) {
        self.is_online = false;
        for current in self.metrics.values_mut() {
            (current.quality, current.at_ms) = (Quality::Stale, at_ms);
        }
    }

    /// A birth: what it declares replaces what was known. `most` metrics are taken.
    pub fn bear(
        &mut self,
        device: Option<&Arc<str>>,
        born: &Born<'_>,
        most: usize,
        heard: &mut Heard,
    ) -> Vec<Declared> {
        self.metrics.clear();
        self.is_online = true;
        let mut declared = Vec::new();
        for metric in born.metrics {
            let name = metric.name.as_deref().unwrap_or_default();
            if name.is_empty() || name.len() > NAME_BYTES || name.contains(char::is_control) {
                heard.refuse("birth-without-name", name);
                continue;
            }
            let Some(datatype) = metric.datatype.and_then(DataType::of) else {
                heard.refuse("birth-without-type", name);
                continue;
            };
            if self.metrics.contains_key(name) {
                heard.refuse("birth-repeats-name", name);
                continue;
            }
            if self.metrics.len() >= most {
                heard.refuse("too-many-metrics", name);
                continue;
            }
            let name: Arc<str> = name.into();
            let at_ms = metric.timestamp.unwrap_or(born.at_ms);
            let unknown = Current { datatype, value: None, at_ms, quality: Quality::Stale };
            self.metrics.insert(name.clone(), unknown);
            declared.push(Declared { name: name.clone(), alias: metric.alias });
            if let Some(said) = self.say(device, &name, metric, born.at_ms, heard) {
                heard.said.push(said);
            }
        }
        declared
    }

    /// A value of a metric that was declared under this name.
    pub fn say(
        &mut self,
        device: Option<&Arc<str>>,
        name: &Arc<str>,
        metric: &Metric,
        sent_ms: u64,
        heard: &mut Heard,
    ) -> Option<Said> {
        let current = self.metrics.get_mut(name)?;
        let datatype = current.datatype;
        if metric.datatype.is_some_and(|told| told != datatype.number()) {
            heard.refuse("type-changed", name);
            return None;
        }
        let is_null = metric.is_null == Some(true);
        let value = match &metric.value {
            Some(value) if !is_null => match value::read(datatype, value) {
                Ok(value) => Some(value),
                Err(error) => {
                    heard.refuse("wrong-type", &format!("{name}: {error}"));
                    return None;
                }
            },
            None if !is_null => {
                heard.refuse("without-value", name);
                return None;
            }
            _ => None,
        };
        let Ok(quality) = quality(metric.properties.as_ref()) else {
            heard.refuse("bad-properties", name);
            return None;
        };
        let at_ms = metric.timestamp.unwrap_or(sent_ms);
        let is_historical = metric.is_historical == Some(true);
        if !is_historical {
            let shown = value.clone().filter(|value| {
                !matches!(value, Value::Bytes(_) | Value::Array(_) | Value::DataSet(_) | Value::Template(_))
            });
            *current = Current { datatype, value: shown, at_ms, quality };
        }
        let is_transient = metric.is_transient == Some(true);
        let (device, name) = (device.cloned(), name.clone());
        Some(Said { device, name, datatype, value, at_ms, is_historical, is_transient, quality })
    }
}

/// What a birth says.
pub(super) struct Born<'a> {
    pub metrics: &'a [Metric],
    /// Of the message.
    pub at_ms: u64,
}
