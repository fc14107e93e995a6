//! STATE: how a host application says that it is there. JSON, not protobuf; retained; the will says the opposite.

use crate::topic::{Topic, TopicError};
use crate::{NAMESPACE, Outgoing};
use serde::{Deserialize, Serialize};

/// What a STATE message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub online: bool,
    /// Milliseconds since 1970.
    pub timestamp: u64,
}

/// Bytes of a STATE message that is read.
pub const STATE_BYTES: usize = 1_024;

impl State {
    /// Reads a STATE message.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        if payload.len() > STATE_BYTES { None } else { serde_json::from_slice(payload).ok() }
    }
}

/// A host application's session with one MQTT server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostState {
    topic: Topic,
    /// When it connected, milliseconds since 1970. A server has its own session, and so its own moment.
    connected: u64,
}

impl HostState {
    /// # Errors
    /// A host id that cannot stand in a topic.
    pub fn new(host: &str, connect_ms: u64) -> Result<Self, TopicError> {
        Ok(Self { topic: Topic::state(host)?, connected: connect_ms })
    }

    /// The will of the CONNECT packet (with a clean session): offline, as of the moment of connecting.
    pub fn will(&self) -> Outgoing {
        self.message(false, self.connected)
    }

    /// What to subscribe to right after connecting, before anything is published: its own STATE first.
    pub fn subscriptions(&self) -> [String; 2] {
        [self.topic.to_string(), format!("{NAMESPACE}/#")]
    }

    /// The first message after subscribing: online, with the moment of the will.
    pub fn birth(&self) -> Outgoing {
        self.message(true, self.connected)
    }

    /// The last message before leaving on purpose.
    pub fn death(&self, now_ms: u64) -> Outgoing {
        self.message(false, now_ms)
    }

    /// What to answer to a STATE message: somebody says this very host is offline while it is not.
    pub fn contradict(&self, topic: &Topic, payload: &[u8]) -> Option<Outgoing> {
        let denied = *topic == self.topic && State::parse(payload).is_some_and(|state| !state.online);
        denied.then(|| self.birth())
    }

    fn message(&self, online: bool, timestamp: u64) -> Outgoing {
        let payload = format!("{{\"online\":{online},\"timestamp\":{timestamp}}}").into_bytes();
        Outgoing { topic: self.topic.to_string(), payload, qos: 1, retain: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_will_says_offline_and_the_birth_online_at_the_moment_of_connecting() {
        let state = HostState::new("toolcrib", 1_700_000_000_000).unwrap();
        let (will, birth) = (state.will(), state.birth());
        for message in [&will, &birth] {
            assert_eq!((message.topic.as_str(), message.qos, message.retain), ("spBv1.0/STATE/toolcrib", 1, true));
        }
        assert_eq!(State::parse(&will.payload), Some(State { online: false, timestamp: 1_700_000_000_000 }));
        assert_eq!(State::parse(&birth.payload), Some(State { online: true, timestamp: 1_700_000_000_000 }));
        assert_eq!(birth.payload, b"{\"online\":true,\"timestamp\":1700000000000}");
    }

    #[test]
    fn leaving_on_purpose_says_offline_now() {
        let death = HostState::new("toolcrib", 5).unwrap().death(9);
        assert_eq!(State::parse(&death.payload), Some(State { online: false, timestamp: 9 }));
        assert_eq!((death.topic.as_str(), death.qos, death.retain), ("spBv1.0/STATE/toolcrib", 1, true));
    }

    #[test]
    fn its_own_state_is_subscribed_to_first() {
        let state = HostState::new("toolcrib", 5).unwrap();
        assert_eq!(state.subscriptions(), ["spBv1.0/STATE/toolcrib", "spBv1.0/#"]);
        assert_eq!(HostState::new("a/b", 5), Err(TopicError::Id));
    }

    #[test]
    fn a_late_will_of_ours_is_contradicted_and_nobody_elses() {
        let state = HostState::new("toolcrib", 5).unwrap();
        let own = Topic::state("toolcrib").unwrap();
        assert_eq!(state.contradict(&own, &state.will().payload), Some(state.birth()));
        assert_eq!(state.contradict(&own, &state.birth().payload), None);
        assert_eq!(state.contradict(&Topic::state("other").unwrap(), &state.will().payload), None);
        assert_eq!(state.contradict(&own, b"OFFLINE"), None);
        assert_eq!(State::parse(&[b' '; STATE_BYTES + 1]), None);
    }

    #[test]
    fn every_server_has_its_own_moment_of_connecting() {
        let (one, two) = (HostState::new("toolcrib", 5).unwrap(), HostState::new("toolcrib", 8).unwrap());
        assert_eq!(State::parse(&one.birth().payload).unwrap().timestamp, 5);
        assert_eq!(State::parse(&two.birth().payload).unwrap().timestamp, 8);
    }
}
