//! A host application: what the nodes of one tenant say, under the names they were born with.
//!
//! A value is told under a name only while there is no doubt which metric is meant. Data that carries numbers instead of
//! names means nothing without the birth before it: after a gap, a repetition that is none, or a message that is older
//! than the birth, only metrics that carry their name count until the node is born again.

mod node;
mod order;
mod part;
#[cfg(test)]
mod tests;

use crate::datatype::DataType;
use crate::edge::rebirth;
use crate::properties::Quality;
use crate::topic::{Topic, Verb};
use crate::value::Value;
use crate::wire::Payload;
use crate::{Outgoing, bounds};
use node::Node;
use order::Numbered;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Nodes of one host application.
pub const NODES: usize = 1_000;
/// Metrics of one node, its devices included.
pub const METRICS: usize = 20_000;
/// Devices of one node.
pub const DEVICES: usize = 1_000;
/// Messages of one node that wait for an earlier one; also how far ahead of it they may be.
pub const WAITING: usize = 64;
/// Bytes of a metric's name.
pub const NAME_BYTES: usize = 256;

/// What a factory may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostOptions {
    /// How long a message may wait for one that was sent before it.
    pub reorder_timeout_ms: u64,
    /// Least time between two requests for births to the same node.
    pub rebirth_every_ms: u64,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self { reorder_timeout_ms: 2_000, rebirth_every_ms: 10_000 }
    }
}

/// A node's address: unique in a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    pub group: String,
    pub node: String,
}

/// One value of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// None: of the node itself.
    pub device: Option<Arc<str>>,
    pub name: Arc<str>,
    pub datatype: DataType,
    /// None: null.
    pub value: Option<Value>,
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// Kept back at the edge: it is no present value.
    pub is_historical: bool,
    /// Not to be stored.
    pub is_transient: bool,
    pub quality: Quality,
}

/// A node or one of its devices comes or goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// None: the node itself.
    pub device: Option<Arc<str>>,
    pub is_online: bool,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// What was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stable, kebab case.
    pub code: &'static str,
    /// The first of them: a metric, or the message.
    pub what: String,
    pub count: u64,
}

/// What one message says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    pub said: Vec<Said>,
    pub presence: Vec<Presence>,
    /// Requests for births.
    pub commands: Vec<Outgoing>,
    pub refused: Vec<Refused>,
}

impl Heard {
    pub(crate) fn refuse(&mut self, code: &'static str, what: &str) {
        match self.refused.iter_mut().find(|refused| refused.code == code) {
            Some(refused) => refused.count += 1,
            None => self.refused.push(Refused { code, what: what.chars().take(NAME_BYTES).collect(), count: 1 }),
        }
    }
}

/// What is known of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Current {
    pub datatype: DataType,
    /// The newest value that is not historical; only of numbers, booleans and texts.
    pub value: Option<Value>,
    /// Of the value, or of the death that made it stale.
    pub at_ms: u64,
    pub quality: Quality,
}

/// The nodes of one tenant.
#[derive(Default)]
pub struct HostApplication {
    options: HostOptions,
    nodes: BTreeMap<NodeId, Node>,
}

impl HostApplication {
    pub fn new(options: HostOptions) -> Self {
        Self { options, nodes: BTreeMap::new() }
    }

    /// Hears a message. Commands and STATE are not for a host: they say nothing.
    pub fn receive(&mut self, topic: &Topic, payload: &[u8], is_retained: bool, now_ms: u64) -> Heard {
        let mut heard = Heard::default();
        let Topic::Node { group, verb, node, device } = topic else { return heard };
        if *verb == Verb::Command {
            return heard;
        }
        // Births and data are never retained: one that is tells of a session that may be long over. A death says which.
        if is_retained && (*verb, device) != (Verb::Death, &None) {
            heard.refuse("retained", &topic.to_string());
            return heard;
        }
        let payload = match bounds::decode(payload) {
            Ok(payload) => payload,
            Err(error) => {
                heard.refuse("bad-payload", &error.to_string());
                return heard;
            }
        };
        let id = NodeId { group: group.clone(), node: node.clone() };
        if !self.nodes.contains_key(&id) && self.nodes.len() >= NODES {
            heard.refuse("too-many-nodes", node);
            return heard;
        }
        let node = self.nodes.entry(id.clone()).or_default();
        node.pay(&mut heard);
        hear(node, *verb, device.as_deref(), payload, now_ms, &mut heard);
        heard.commands.extend(node.ask(&id, now_ms, self.options.rebirth_every_ms));
        heard
    }

    /// Requests for births that are due: a message did not come in time, or a request had to wait.
    pub fn due(&mut self, now_ms: u64) -> Vec<Outgoing> {
        let options = self.options;
        let ask = |(id, node): (&NodeId, &mut Node)| {
            node.lose_patience(now_ms, options.reorder_timeout_ms);
            node.ask(id, now_ms, options.rebirth_every_ms)
        };
        self.nodes.iter_mut().filter_map(ask).collect()
    }

    /// When [`HostApplication::due`] has something to do at the earliest.
    pub fn next_due(&self) -> Option<u64> {
        self.nodes.values().filter_map(|node| node.next_due(&self.options)).min()
    }

    /// A node's connection is gone: it is offline, whatever its death says later.
    pub fn disconnected(&mut self, id: &NodeId, now_ms: u64) -> Vec<Presence> {
        self.nodes.get_mut(id).map(|node| node.die(now_ms)).unwrap_or_default()
    }

    /// Whether a node, or one of its devices, is there.
    pub fn is_online(&self, id: &NodeId, device: Option<&str>) -> bool {
        self.nodes.get(id).is_some_and(|node| node.is_online(device))
    }

    /// What is known of a metric.
    pub fn current(&self, id: &NodeId, device: Option<&str>, name: &str) -> Option<Current> {
        self.nodes.get(id)?.part(device)?.current(name)
    }

    /// Every node, and whether it is there.
    pub fn nodes(&self) -> impl Iterator<Item = (&NodeId, bool)> {
        self.nodes.iter().map(|(id, node)| (id, node.is_online(None)))
    }
}

fn hear(node: &mut Node, verb: Verb, device: Option<&str>, payload: Payload, now_ms: u64, heard: &mut Heard) {
    match (verb, device) {
        (Verb::Birth, None) => node.born(&payload, now_ms, heard),
        (Verb::Death, None) => node.died(&payload, now_ms, heard),
        _ => node.receive(Numbered { verb, device: device.map(Arc::from), payload, arrived_ms: now_ms }, now_ms, heard),
    }
}

/// A request for a node's births: by name, since the metric has no alias.
fn request(id: &NodeId, now_ms: u64) -> Outgoing {
    let topic = Topic::Node { group: id.group.clone(), verb: Verb::Command, node: id.node.clone(), device: None };
    let payload = Payload { timestamp: Some(now_ms), metrics: vec![rebirth(now_ms, true)], ..Payload::default() };
    Outgoing { topic: topic.to_string(), payload: bounds::encode(&payload), qos: 0, retain: false }
}
