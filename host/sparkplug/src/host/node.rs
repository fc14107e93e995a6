//! One node: its birth and death, its devices, the numbers that stand for names, and whether its session is in doubt.

use super::order::{Numbered, Order, Verdict};
use super::part::{Born, Part};
use super::{DEVICES, Heard, HostOptions, METRICS, NodeId, Presence, Said, request};
use crate::topic::Verb;
use crate::value::{self, Carried, Value};
use crate::wire::{Metric, MetricValue, Payload};
use crate::{BD_SEQ, DataType, Outgoing};
use std::collections::HashMap;
use std::sync::Arc;

/// What a number stands for: a device (none: the node) and a name.
type Place = (Option<Arc<str>>, Arc<str>);

/// Whether numbers can be trusted.
#[derive(Clone, Copy, Default, PartialEq)]
enum Session {
    /// Never born, or dead.
    #[default]
    None,
    Sure,
    /// Messages were lost or belong elsewhere: only names count.
    Doubt,
}

#[derive(Default)]
pub(super) struct Node {
    session: Session,
    /// Of the birth in force; none when it carried none.
    bd_seq: Option<u64>,
    /// When the birth in force was sent.
    born_ms: Option<u64>,
    own: Part,
    devices: HashMap<Arc<str>, Part>,
    /// A number that two metrics claim stands for none.
    aliases: HashMap<u64, Option<Place>>,
    order: Order,
    wants_rebirth: bool,
    asked_ms: Option<u64>,
    /// What became of waiting messages after their time: told with the next message.
    owed: Heard,
}

impl Node {
    pub fn is_online(&self, device: Option<&str>) -> bool {
        self.session != Session::None && self.part(device).is_some_and(|part| part.is_online)
    }

    pub fn part(&self, device: Option<&str>) -> Option<&Part> {
        match device {
            None => Some(&self.own),
            Some(device) => self.devices.get(device),
        }
    }

    /// Tells what is owed.
    pub fn pay(&mut self, heard: &mut Heard) {
        *heard = std::mem::take(&mut self.owed);
    }

    /// NBIRTH: a new session, or the same one told again.
    pub fn born(&mut self, payload: &Payload, now_ms: u64, heard: &mut Heard) {
        let Some(seq) = payload.seq.and_then(|seq| u8::try_from(seq).ok()) else {
            heard.refuse("birth-without-seq", "NBIRTH");
            return;
        };
        // What came ahead of this birth and was sent after it belongs to the new session.
        let is_newer = |held: &Numbered| payload.timestamp.is_some() && held.payload.timestamp >= payload.timestamp;
        let (newer, older): (Vec<_>, Vec<_>) = self.order.give_up().into_iter().partition(is_newer);
        older.into_iter().for_each(|held| self.named(&held, now_ms, "before-birth", heard));
        let sent_ms = payload.timestamp.unwrap_or(now_ms);
        (self.bd_seq, self.born_ms, self.session) = (bd_seq(payload), payload.timestamp, Session::Sure);
        if self.bd_seq.is_none() {
            heard.refuse("birth-without-bdseq", "NBIRTH");
        }
        self.wants_rebirth = false;
        self.order.begin(seq, payload.timestamp);
        self.aliases.clear();
        // Devices are there again once they say so.
        self.devices.values_mut().for_each(|part| part.stale(now_ms));
        let own: Vec<_> = payload.metrics.iter().filter(|metric| !is_control(metric)).cloned().collect();
        let declared = self.own.bear(None, &Born { metrics: &own, at_ms: sent_ms }, METRICS, heard);
        for one in declared {
            self.name(one.alias, (None, one.name), heard);
        }
        heard.presence.push(Presence { device: None, is_online: true, at_ms: sent_ms });
        newer.into_iter().for_each(|held| self.receive(held, now_ms, heard));
    }

    /// NDEATH: only the death that belongs to the birth in force counts.
    pub fn died(&mut self, payload: &Payload, now_ms: u64, heard: &mut Heard) {
        if self.session == Session::None {
            return;
        }
        let told = bd_seq(payload);
        if self.bd_seq.is_some() && told != self.bd_seq {
            heard.refuse("old-death", "NDEATH");
            return;
        }
        self.lose(heard, "before-death");
        heard.presence.extend(self.die(now_ms));
    }

    /// Marks the node and its devices offline and all they said stale.
    pub fn die(&mut self, now_ms: u64) -> Vec<Presence> {
        if self.session == Session::None {
            return Vec::new();
        }
        self.session = Session::None;
        self.wants_rebirth = false;
        self.order.give_up();
        self.own.stale(now_ms);
        let mut gone = vec![Presence { device: None, is_online: false, at_ms: now_ms }];
        for (device, part) in &mut self.devices {
            if part.is_online {
                gone.push(Presence { device: Some(device.clone()), is_online: false, at_ms: now_ms });
            }
            part.stale(now_ms);
        }
        gone
    }

    /// A message of the session: DBIRTH, NDATA, DDATA or DDEATH.
    pub fn receive(&mut self, message: Numbered, now_ms: u64, heard: &mut Heard) {
        let what = message.device.as_deref().unwrap_or("the node").to_owned();
        if self.session == Session::None {
            self.wants_rebirth = true;
            heard.refuse("before-birth", &what);
        } else if message.payload.seq.is_none_or(|seq| seq > 255) {
            heard.refuse("without-seq", &what);
        } else if message.payload.timestamp.is_some() && message.payload.timestamp < self.born_ms {
            heard.refuse("older-than-birth", &what);
        } else if self.session == Session::Doubt {
            self.wants_rebirth = true;
            self.doubtful(message, now_ms, heard);
        } else {
            match self.order.offer(message) {
                Verdict::Take(messages) => {
                    messages.into_iter().for_each(|message| self.take(message, now_ms, heard));
                }
                Verdict::Wait => {}
                Verdict::Repeated => heard.refuse("repeated", &what),
                Verdict::Doubt(message) => {
                    self.lose(heard, "gap");
                    self.session = Session::Doubt;
                    self.wants_rebirth = true;
                    self.doubtful(*message, now_ms, heard);
                }
            }
        }
    }

    /// Ends the wait for a message that does not come.
    pub fn lose_patience(&mut self, now_ms: u64, timeout_ms: u64) {
        let is_over = |since: u64| now_ms.saturating_sub(since) >= timeout_ms;
        if self.session != Session::Sure || !self.order.waiting_since().is_some_and(is_over) {
            return;
        }
        let mut owed = std::mem::take(&mut self.owed);
        self.session = Session::Doubt;
        self.lose(&mut owed, "gap");
        self.wants_rebirth = true;
        self.owed = owed;
    }

    /// A request for births, when one is wanted and the last is long enough ago.
    pub fn ask(&mut self, id: &NodeId, now_ms: u64, every_ms: u64) -> Option<Outgoing> {
        let may = self.asked_ms.is_none_or(|asked| now_ms.saturating_sub(asked) >= every_ms);
        if !self.wants_rebirth || !may {
            return None;
        }
        (self.asked_ms, self.wants_rebirth) = (Some(now_ms), false);
        Some(request(id, now_ms))
    }

    pub fn next_due(&self, options: &HostOptions) -> Option<u64> {
        let asks = self.wants_rebirth.then(|| self.asked_ms.map_or(0, |asked| asked + options.rebirth_every_ms));
        let waits = self.order.waiting_since().filter(|_| self.session == Session::Sure);
        asks.into_iter().chain(waits.map(|since| since + options.reorder_timeout_ms)).min()
    }

    /// What waits is told as far as it carries names; the rest is lost and counted.
    fn lose(&mut self, heard: &mut Heard, code: &'static str) {
        for message in self.order.give_up() {
            let at_ms = message.arrived_ms;
            self.named(&message, at_ms, code, heard);
        }
    }

    fn take(&mut self, message: Numbered, now_ms: u64, heard: &mut Heard) {
        match (message.verb, &message.device) {
            (Verb::Birth, Some(device)) => self.device_born(device.clone(), &message.payload, now_ms, heard),
            (Verb::Death, Some(device)) => self.device_died(device, &message.payload, now_ms, heard),
            _ => self.data(&message, now_ms, heard),
        }
    }

    fn device_born(&mut self, device: Arc<str>, payload: &Payload, now_ms: u64, heard: &mut Heard) {
        if !self.devices.contains_key(&device) && self.devices.len() >= DEVICES {
            heard.refuse("too-many-devices", &device);
            return;
        }
        let others = self.own.len()
            + self.devices.iter().filter(|(id, _)| **id != device).map(|(_, part)| part.len()).sum::<usize>();
        self.aliases.retain(|_, place| place.as_ref().is_none_or(|(of, _)| of.as_ref() != Some(&device)));
        let at_ms = payload.timestamp.unwrap_or(now_ms);
        let born = Born { metrics: &payload.metrics, at_ms };
        let part = self.devices.entry(device.clone()).or_default();
        let declared = part.bear(Some(&device), &born, METRICS.saturating_sub(others), heard);
        for one in declared {
            self.name(one.alias, (Some(device.clone()), one.name), heard);
        }
        heard.presence.push(Presence { device: Some(device), is_online: true, at_ms });
    }

    fn device_died(&mut self, device: &Arc<str>, payload: &Payload, now_ms: u64, heard: &mut Heard) {
        let at_ms = payload.timestamp.unwrap_or(now_ms);
        if let Some(part) = self.devices.get_mut(device).filter(|part| part.is_online) {
            part.stale(at_ms);
            heard.presence.push(Presence { device: Some(device.clone()), is_online: false, at_ms });
        }
    }

    /// Lets a number stand for a metric.
    fn name(&mut self, alias: Option<u64>, place: Place, heard: &mut Heard) {
        let Some(alias) = alias else { return };
        let what = place.1.clone();
        if let Some(taken) = self.aliases.insert(alias, Some(place)) {
            // Neither can be told from the other.
            self.aliases.insert(alias, None);
            heard.refuse(
                "alias-taken",
                &format!("{what}, {}", taken.map_or_else(|| Arc::from("others"), |(_, name)| name)),
            );
        }
    }

    fn data(&mut self, message: &Numbered, now_ms: u64, heard: &mut Heard) {
        let device = message.device.as_ref();
        if !self.part(device.map(AsRef::as_ref)).is_some_and(|part| part.is_online) {
            self.wants_rebirth = true;
            heard.refuse("before-birth", device.map_or("the node", |device| device));
            return;
        }
        for metric in message.payload.metrics.iter().filter(|metric| !is_control(metric)) {
            match self.meant(device, metric) {
                Ok(name) => self.say(message, &name, metric, now_ms, heard),
                Err(code) => {
                    self.wants_rebirth |= code == "not-born";
                    heard.refuse(code, &called(metric));
                }
            }
        }
    }

    /// The name under which a metric was born.
    fn meant(&self, device: Option<&Arc<str>>, metric: &Metric) -> Result<Arc<str>, &'static str> {
        let part = self.part(device.map(AsRef::as_ref)).ok_or("not-born")?;
        let by_alias = match metric.alias.map(|alias| self.aliases.get(&alias)) {
            Some(Some(Some((of, name)))) if of.as_ref() == device => Some(name.clone()),
            Some(Some(Some(_))) => return Err("alias-of-another"),
            Some(Some(None)) => return Err("alias-taken"),
            Some(None) | None => None,
        };
        let name = metric.name.as_deref().filter(|name| !name.is_empty());
        match (name, by_alias) {
            (Some(name), Some(meant)) if *name != *meant => Err("alias-of-another"),
            (Some(name), _) => part.declared(name).ok_or("not-born"),
            (None, Some(meant)) => Ok(meant),
            (None, None) => Err("not-born"),
        }
    }

    fn say(&mut self, message: &Numbered, name: &Arc<str>, metric: &Metric, now_ms: u64, heard: &mut Heard) {
        let device = message.device.as_ref();
        let sent_ms = message.payload.timestamp.unwrap_or(now_ms);
        let part = match device {
            None => Some(&mut self.own),
            Some(device) => self.devices.get_mut(device),
        };
        let said: Option<Said> = part.and_then(|part| part.say(device, name, metric, sent_ms, heard));
        heard.said.extend(said);
    }

    /// A message of a session in doubt.
    fn doubtful(&mut self, message: Numbered, now_ms: u64, heard: &mut Heard) {
        match (message.verb, &message.device) {
            // Nothing can go wrong with a farewell.
            (Verb::Death, Some(device)) => self.device_died(device, &message.payload, now_ms, heard),
            _ => self.named(&message, now_ms, "awaiting-rebirth", heard),
        }
    }

    /// Tells those metrics that carry a name which was declared; others are refused with this code.
    fn named(&mut self, message: &Numbered, now_ms: u64, code: &'static str, heard: &mut Heard) {
        for metric in message.payload.metrics.iter().filter(|metric| !is_control(metric)) {
            let part = self.part(message.device.as_deref());
            let name = metric.name.as_deref().and_then(|name| part?.declared(name));
            match name {
                Some(name) => self.say(message, &name, metric, now_ms, heard),
                None => heard.refuse(code, &called(metric)),
            }
        }
    }
}

/// What a metric is called when it is refused.
fn called(metric: &Metric) -> String {
    match (&metric.name, metric.alias) {
        (Some(name), _) if !name.is_empty() => name.clone(),
        (_, Some(alias)) => format!("#{alias}"),
        _ => "a metric without name and number".to_owned(),
    }
}

/// Metrics that belong to Sparkplug itself.
fn is_control(metric: &Metric) -> bool {
    metric.name.as_deref().is_some_and(|name| name == BD_SEQ || name.starts_with("Node Control/"))
}

fn bd_seq(payload: &Payload) -> Option<u64> {
    let metric = payload.metrics.iter().find(|metric| metric.name.as_deref() == Some(BD_SEQ))?;
    let carried = match metric.value.as_ref()? {
        MetricValue::Int(value) => Carried::Int(*value),
        MetricValue::Long(value) => Carried::Long(*value),
        _ => return None,
    };
    match value::scalar(DataType::UInt64, carried) {
        Ok(Value::Unsigned(value)) => Some(value),
        _ => None,
    }
}
