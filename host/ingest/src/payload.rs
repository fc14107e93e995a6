//! What a published message means: readings of one tenant's devices.
//!
//! `…/readings` holds lines of JSON as they are posted over HTTP.

use toolcrib_contract::types::Instant;
use toolcrib_runtime::Reading;

/// A message as a device published it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    pub topic: &'a str,
    pub payload: &'a [u8],
    pub retained: bool,
    pub received: Instant,
}

/// A message to devices that listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub topic: String,
    pub payload: Vec<u8>,
    /// 0 or 1.
    pub qos: u8,
    pub retain: bool,
}

/// Something that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The signal, metric or topic.
    pub what: String,
    pub why: String,
    /// Stable, kebab case.
    pub code: &'static str,
    pub count: u64,
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    pub readings: Vec<Reading>,
    pub commands: Vec<Outgoing>,
    pub refused: Vec<Refusal>,
}

/// How one tenant's messages are read.
#[derive(Clone, Debug, Default)]
pub struct Rules {}

/// Reads one tenant's messages, in their order.
#[derive(Debug)]
pub struct Interpreter {}

impl Interpreter {
    pub fn new(_rules: Rules) -> Self {
        Self {}
    }

    /// What a device's message says.
    pub fn interpret(&mut self, _device: &str, message: Message<'_>) -> Meaning {
        let refuse = |code: &'static str, why: String| Meaning {
            refused: vec![Refusal { what: message.topic.to_owned(), why, code, count: 1 }],
            ..Meaning::default()
        };
        if !message.topic.ends_with("/readings") {
            return refuse(
                "topic-unknown",
                "nothing is known of this topic; publish lines of JSON to `…/readings`".into(),
            );
        }
        match crate::parse(message.payload, message.received) {
            Ok((readings, quarantined)) => {
                let why = || "the time is too far from the host's clock".to_owned();
                let late = (quarantined.0 > 0).then(|| Refusal {
                    what: message.topic.to_owned(),
                    why: why(),
                    code: "time-off",
                    count: quarantined.0,
                });
                Meaning { readings, commands: Vec::new(), refused: late.into_iter().collect() }
            }
            Err(problem) => refuse(
                "bad-input",
                problem.errors.first().map_or_else(
                    || problem.detail.clone().unwrap_or_default(),
                    |error| format!("line {}: {}", error.pointer.trim_start_matches('/'), error.message),
                ),
            ),
        }
    }

    /// What is to be said because time passed.
    pub fn due(&mut self, _now: Instant) -> Vec<Outgoing> {
        Vec::new()
    }

    /// The device's last connection ended.
    pub fn disconnected(&mut self, _device: &str, _now: Instant) -> Vec<Reading> {
        Vec::new()
    }
}
