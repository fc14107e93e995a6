//! From the first bytes to CONNACK.

use super::Connection;
use crate::Credential;
use crate::mqtt::admission::{Identity, admit};
use crate::mqtt::endpoint::{Io, Reception};
use crate::mqtt::presence::{Key, Welcome};
use crate::mqtt::wire::{LEAST_PACKET_BYTES, Wire};
use bytestring::ByteString;
use rmqtt_codec::v5::{Connect, ConnectAck, ConnectAckReason, Packet};
use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU16;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use toolcrib_contract::limits;

/// Numbers that a client may give to topics.
pub(super) const TOPIC_ALIASES: u16 = 64;

const IN_FLIGHT: NonZeroU16 = NonZeroU16::new(limits::MQTT_IN_FLIGHT as u16).expect("some may be on their way");

/// Serves a client to its end.
pub(in crate::mqtt) async fn serve(reception: Arc<Reception>, stream: Box<dyn Io>, certificate: Option<Credential>) {
    let opened = timeout(Duration::from_secs(limits::MQTT_CONNECT_S), Wire::open(stream)).await;
    let (mut wire, connect) = match opened {
        Ok(Ok(opened)) => opened,
        Ok(Err(broken)) => {
            metrics::counter!("toolcrib_mqtt_strangers_total").increment(1);
            tracing::debug!(error = %broken, "An MQTT connection never began");
            return;
        }
        Err(_) => {
            metrics::counter!("toolcrib_mqtt_strangers_total").increment(1);
            return;
        }
    };
    match come_in(&reception, &connect, certificate).await {
        Ok((identity, welcome)) => {
            if let Some(connection) = greet(reception, wire, identity, welcome, *connect).await {
                connection.live().await;
            }
        }
        Err(reason_code) => {
            let reason = u8::from(reason_code).to_string();
            metrics::counter!("toolcrib_mqtt_turned_away_total", "reason" => reason).increment(1);
            wire.refuse(ConnectAck { reason_code, ..ConnectAck::default() }).await;
        }
    }
}

async fn come_in(
    reception: &Arc<Reception>,
    connect: &Connect,
    certificate: Option<Credential>,
) -> Result<(Identity, Welcome), ConnectAckReason> {
    if reception.stopping.is_cancelled() {
        return Err(ConnectAckReason::ServerUnavailable);
    }
    if connect.max_packet_size.is_some_and(|most| most.get() < LEAST_PACKET_BYTES) {
        return Err(ConnectAckReason::PacketTooLarge);
    }
    let identity = admit(&reception.runtime, connect, certificate)?;
    let client = if connect.client_id.is_empty() { reception.new_client_id() } else { connect.client_id.clone() };
    let key = Key { tenant: identity.tenant, device: identity.device.clone(), client };
    let welcome = reception.presence.enter(key, Some(identity.credential), connect.clean_start).await?;
    // The stop looks for whoever is in only once.
    if reception.stopping.is_cancelled() {
        return Err(ConnectAckReason::ServerUnavailable);
    }
    Ok((identity, welcome))
}

/// The seconds without a packet that both sides agree to, and whether the client must be told.
fn keep_alive(asked_s: u16) -> (u16, Option<u16>) {
    let most = limits::MQTT_KEEP_ALIVE_S;
    if asked_s == 0 || asked_s > most { (most, Some(most)) } else { (asked_s, None) }
}

async fn greet(
    reception: Arc<Reception>,
    mut wire: Wire,
    identity: Identity,
    welcome: Welcome,
    connect: Connect,
) -> Option<Connection> {
    let Welcome { place, session } = welcome;
    let (keep_alive_s, told_s) = keep_alive(connect.keep_alive);
    let session_s = connect.session_expiry_interval_secs.min(limits::MQTT_SESSION_S);
    let answer = ConnectAck {
        session_present: session.is_some(),
        session_expiry_interval_secs: (session_s != connect.session_expiry_interval_secs).then_some(session_s),
        receive_max: IN_FLIGHT,
        max_packet_size: Some(limits::MQTT_PACKET_BYTES as u32),
        topic_alias_max: TOPIC_ALIASES,
        subscription_identifiers_available: false,
        shared_subscription_available: false,
        server_keepalive_sec: told_s,
        assigned_client_id: connect.client_id.is_empty().then(|| place.key.client.clone()),
        ..ConnectAck::default()
    };
    wire.agree(connect.max_packet_size.map(std::num::NonZeroU32::get));
    let session = session.unwrap_or_default();
    wire.put(Packet::ConnectAck(Box::new(answer))).ok()?;
    for packet in session.again() {
        wire.put(Packet::Publish(Box::new(packet))).ok()?;
    }
    let source = reception.runtime.sources().of(identity.tenant, &identity.device);
    {
        let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
        source.connections += 1;
        source.heard_at = source.heard_at.max(Some(reception.runtime.now()));
    }
    let patience = Duration::from_millis(1_500 * u64::from(keep_alive_s));
    let (bucket, intake) = (reception.bucket(identity.tenant, &identity.device), reception.intake(identity.tenant));
    let connection = Connection {
        reception,
        wire,
        identity,
        place,
        session,
        session_for: Duration::from_secs(session_s.into()),
        pending: VecDeque::new(),
        intake,
        source,
        bucket,
        aliases: HashMap::<u16, ByteString>::new(),
        will: connect.last_will,
        receive_most: connect.receive_max.map_or(u16::MAX, NonZeroU16::get),
        patience,
        deadline: Instant::now() + patience,
    };
    Some(connection)
}
