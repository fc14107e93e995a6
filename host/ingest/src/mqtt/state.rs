//! The host's own Sparkplug message: STATE, for devices that wait for their host before they publish.

use crate::payload::Outgoing;
use toolcrib_contract::types::Instant;

/// The host application's id in Sparkplug B.
pub const HOST_ID: &str = "toolcrib";

/// That the host is there, since this moment.
pub(super) fn state(online: bool, since: Instant) -> Outgoing {
    let ms = since.0.div_euclid(1_000);
    let payload = format!("{{\"online\":{online},\"timestamp\":{ms}}}").into_bytes();
    Outgoing { topic: format!("spBv1.0/STATE/{HOST_ID}"), payload, qos: 1, retain: true }
}
