//! What outlives a connection, when the client asked for it: subscriptions, and packets whose exchange is not over.

use super::topic::covers;
use crate::payload::Outgoing;
use rmqtt_codec::types::{Publish, QoS};
use std::collections::{HashSet, VecDeque};
use std::num::NonZeroU16;
use toolcrib_contract::limits;

/// A message on its way to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub message: Outgoing,
    pub qos: QoS,
}

/// One client's session.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Packets of quality 2 that are stored and not released yet: a repetition changes nothing.
    pub held: HashSet<NonZeroU16>,
    /// Commands of quality 1 that the client did not acknowledge yet, oldest first.
    unacknowledged: VecDeque<(NonZeroU16, Command)>,
    last_id: u16,
}

impl Session {
    /// Whether the client takes another command now.
    pub fn has_room(&self, receive_most: u16) -> bool {
        self.unacknowledged.len() < limits::MQTT_IN_FLIGHT.min(receive_most.into())
    }

    /// The packet of a command; one of quality 1 is remembered until it is acknowledged.
    pub fn send(&mut self, command: Command) -> Publish {
        if command.qos == QoS::AtMostOnce {
            return packet(&command, None, false);
        }
        let id = self.next_id();
        let packet = packet(&command, Some(id), false);
        self.unacknowledged.push_back((id, command));
        packet
    }

    /// The client has it.
    pub fn acknowledged(&mut self, id: NonZeroU16) {
        self.unacknowledged.retain(|(known, _)| *known != id);
    }

    /// What is said once more to a client that came back.
    pub fn again(&self) -> Vec<Publish> {
        self.unacknowledged.iter().map(|(id, command)| packet(command, Some(*id), true)).collect()
    }

    fn next_id(&mut self) -> NonZeroU16 {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            // There are far fewer unacknowledged packets than ids.
            if let Some(id) = NonZeroU16::new(self.last_id)
                && !self.unacknowledged.iter().any(|(known, _)| *known == id)
            {
                return id;
            }
        }
    }
}

fn packet(command: &Command, packet_id: Option<NonZeroU16>, dup: bool) -> Publish {
    Publish {
        dup,
        retain: command.message.retain,
        qos: command.qos,
        topic: command.message.topic.clone().into(),
        packet_id,
        payload: command.message.payload.clone().into(),
        properties: None,
    }
}

/// What a client listens to.
#[derive(Clone, Debug, Default)]
pub(super) struct Subscriptions(Vec<(String, QoS)>);

impl Subscriptions {
    /// Adds a filter, or gives a known one another quality. False when there is no room for another.
    pub fn add(&mut self, filter: &str, qos: QoS) -> bool {
        if let Some(known) = self.0.iter_mut().find(|(known, _)| known == filter) {
            known.1 = qos;
            return true;
        }
        if self.0.len() >= limits::MQTT_SUBSCRIPTIONS {
            return false;
        }
        self.0.push((filter.to_owned(), qos));
        true
    }

    /// Whether there was such a filter.
    pub fn remove(&mut self, filter: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != filter);
        self.0.len() < before
    }

    /// The message as this client hears it; none when it does not listen. Once, at its best quality.
    pub fn hears(&self, message: &Outgoing) -> Option<Command> {
        let most = self.0.iter().filter(|(filter, _)| covers(filter, &message.topic)).map(|(_, qos)| *qos).max()?;
        let said = if message.qos == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
        Some(Command { message: message.clone(), qos: most.min(said) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &str, qos: u8) -> Outgoing {
        Outgoing { topic: topic.to_owned(), payload: b"x".to_vec(), qos, retain: false }
    }

    #[test]
    fn a_command_is_heard_once_at_the_best_quality_that_both_agreed_to() {
        let mut heard = Subscriptions::default();
        assert_eq!(heard.hears(&message("a/b", 1)), None);
        assert!(heard.add("a/#", QoS::AtMostOnce) && heard.add("a/b", QoS::AtLeastOnce));
        assert_eq!(heard.hears(&message("a/b", 1)).unwrap().qos, QoS::AtLeastOnce);
        assert_eq!(heard.hears(&message("a/c", 1)).unwrap().qos, QoS::AtMostOnce);
        assert_eq!(heard.hears(&message("a/b", 0)).unwrap().qos, QoS::AtMostOnce);
        assert!(heard.remove("a/b") && !heard.remove("a/b"));
        assert_eq!(heard.hears(&message("a/b", 1)).unwrap().qos, QoS::AtMostOnce);
    }

    #[test]
    fn a_client_has_a_bounded_number_of_filters() {
        let mut heard = Subscriptions::default();
        for nth in 0..limits::MQTT_SUBSCRIPTIONS {
            assert!(heard.add(&format!("a/{nth}"), QoS::AtMostOnce));
        }
        assert!(!heard.add("a/more", QoS::AtMostOnce));
        assert!(heard.add("a/0", QoS::AtLeastOnce), "a known one may change");
    }

    #[test]
    fn what_was_not_acknowledged_is_said_again_in_its_order_and_ids_are_not_reused() {
        let mut session = Session { last_id: u16::MAX - 1, ..Session::default() };
        let send = |session: &mut Session| {
            session.send(Command { message: message("a", 1), qos: QoS::AtLeastOnce }).packet_id.unwrap().get()
        };
        assert_eq!([send(&mut session), send(&mut session), send(&mut session)], [u16::MAX, 1, 2]);
        session.acknowledged(NonZeroU16::new(1).unwrap());
        let again: Vec<_> =
            session.again().iter().map(|packet| (packet.dup, packet.packet_id.unwrap().get())).collect();
        assert_eq!(again, [(true, u16::MAX), (true, 2)]);
        session.last_id = u16::MAX - 1;
        assert_eq!(send(&mut session), 1);
        while session.has_room(u16::MAX) {
            send(&mut session);
        }
        assert_eq!(session.again().len(), limits::MQTT_IN_FLIGHT);
        assert!(!session.has_room(1));
    }
}
