//! What a client may say once it is in, and what follows from it.

use super::arrival::TOPIC_ALIASES;
use super::{Connection, Ended, Outcome, Pending};
use crate::mqtt::intake::{Published, Work};
use crate::mqtt::topic::{is_filter, is_topic, may_publish, may_subscribe};
use crate::mqtt::wire::Broken;
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v5::{
    DisconnectReasonCode as Reason, Packet, PublishAck2, PublishAck2Reason, PublishAckReason, RetainHandling,
    Subscribe, SubscribeAck, SubscribeAckReason, Unsubscribe, UnsubscribeAck, UnsubscribeAckReason, UserProperties,
};
use std::num::NonZeroU16;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};
use toolcrib_contract::limits;

/// Packets of quality 2 that a client of 3.1.1, which was told no limit, may leave unreleased.
const HELD: usize = 1_000;

type Handled = Result<Option<Ended>, Broken>;

fn end(reason: Reason) -> Handled {
    Ok(Some(Ended::ByServer(reason)))
}

impl Connection {
    pub(super) async fn handle(&mut self, packet: Packet) -> Handled {
        match packet {
            Packet::Publish(publish) => self.published(*publish).await,
            Packet::PublishRelease(release) => self.released(release.packet_id),
            Packet::PublishAck(ack) => {
                self.session.acknowledged(ack.packet_id);
                Ok(None)
            }
            Packet::Subscribe(subscribe) => self.subscribed(subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribed(unsubscribe),
            Packet::PingRequest => {
                let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
                source.heard_at = source.heard_at.max(Some(self.reception.runtime.now()));
                drop(source);
                self.wire.put(Packet::PingResponse)?;
                Ok(None)
            }
            Packet::Disconnect(disconnect) => {
                if let Some(session_s) = disconnect.session_expiry_interval_secs {
                    self.session_for = Duration::from_secs(session_s.min(limits::MQTT_SESSION_S).into());
                }
                let with_will = disconnect.reason_code != Reason::NormalDisconnection;
                Ok(Some(Ended::ByClient { with_will }))
            }
            // A second CONNECT, what only a server says, answers to what was never asked.
            _ => end(Reason::ProtocolError),
        }
    }

    async fn published(&mut self, mut publish: Publish) -> Handled {
        if let Err(reason) = self.name_topic(&mut publish) {
            return end(reason);
        }
        if !is_topic(&publish.topic) {
            return end(Reason::TopicNameInvalid);
        }
        if publish.dup && publish.qos == QoS::AtMostOnce {
            return end(Reason::ProtocolError);
        }
        if !may_publish(&self.identity.slug, &self.identity.device, &publish.topic) {
            return self.not_its_topic(&publish);
        }
        if let (QoS::ExactlyOnce, Some(id)) = (publish.qos, publish.packet_id) {
            if self.session.held.contains(&id) {
                self.wait_for(id, publish.qos, Outcome::Known(PublishAckReason::Success));
                return Ok(None);
            }
            if self.pending.iter().any(|pending| pending.id == id && pending.qos == publish.qos) {
                // Its first copy is on its way to the disk, and will be answered.
                return Ok(None);
            }
            let most = if self.wire.has_reasons() { limits::MQTT_IN_FLIGHT } else { HELD };
            if self.session.held.len() >= most {
                return end(Reason::ReceiveMaximumExceeded);
            }
        }
        self.hold_back().await;
        self.hand_over(publish).await
    }

    /// Puts the topic in place of its number, or remembers the number.
    fn name_topic(&mut self, publish: &mut Publish) -> Result<(), Reason> {
        let Some(properties) = &publish.properties else { return Ok(()) };
        if !properties.subscription_ids.is_empty() {
            return Err(Reason::ProtocolError);
        }
        let Some(alias) = properties.topic_alias.map(NonZeroU16::get) else { return Ok(()) };
        if alias > TOPIC_ALIASES {
            return Err(Reason::TopicAliasInvalid);
        }
        if publish.topic.is_empty() {
            publish.topic = self.aliases.get(&alias).ok_or(Reason::ProtocolError)?.clone();
        } else if is_topic(&publish.topic) {
            self.aliases.insert(alias, publish.topic.clone());
        }
        Ok(())
    }

    /// A topic of somebody else, or of nobody. 5.0 can refuse one message; 3.1.1 can only end the connection.
    fn not_its_topic(&mut self, publish: &Publish) -> Handled {
        metrics::counter!("toolcrib_mqtt_refused_total", "code" => "topic-not-allowed").increment(1);
        let why = "a device publishes under its own prefix and its tenant's Sparkplug group";
        let (now, topic) = (self.reception.runtime.now(), publish.topic.to_string());
        self.source.lock().unwrap_or_else(PoisonError::into_inner).refuse("topic-not-allowed", &topic, why, 1, now);
        match publish.packet_id.filter(|_| self.wire.has_reasons()) {
            Some(id) => {
                self.wait_for(id, publish.qos, Outcome::Known(PublishAckReason::NotAuthorized));
                Ok(None)
            }
            None => end(Reason::NotAuthorized),
        }
    }

    /// Waits until the device is within its quota again. Meanwhile nothing is read from it: it is slowed down, and
    /// nothing is lost.
    async fn hold_back(&mut self) {
        let wait = self.bucket.take(Instant::now());
        if !wait.is_zero() {
            metrics::counter!("toolcrib_mqtt_delayed_total").increment(1);
            self.source.lock().unwrap_or_else(PoisonError::into_inner).delayed += 1;
            sleep(wait).await;
            self.heard();
        }
    }

    async fn hand_over(&mut self, publish: Publish) -> Handled {
        let (reply, verdict) = match publish.packet_id {
            Some(id) => {
                let (reply, verdict) = oneshot::channel();
                (Some(reply), Some((id, verdict)))
            }
            None => (None, None),
        };
        metrics::counter!("toolcrib_mqtt_messages_total").increment(1);
        let message = Published {
            device: self.identity.device.clone(),
            source: self.source.clone(),
            topic: publish.topic,
            payload: publish.payload,
            retained: publish.retain,
            received: self.reception.runtime.now(),
            reply,
        };
        if self.intake.send(Work::Message(message)).await.is_err() {
            return end(Reason::ServerShuttingDown);
        }
        if let Some((id, verdict)) = verdict {
            self.wait_for(id, publish.qos, Outcome::Awaited(verdict));
        }
        Ok(None)
    }

    fn wait_for(&mut self, id: NonZeroU16, qos: QoS, outcome: Outcome) {
        self.pending.push_back(Pending { id, qos, outcome, since: Instant::now() });
    }

    fn released(&mut self, packet_id: NonZeroU16) -> Handled {
        let known = self.session.held.remove(&packet_id);
        let reason_code = if known { PublishAck2Reason::Success } else { PublishAck2Reason::PacketIdNotFound };
        let (properties, reason_string) = (UserProperties::new(), None);
        self.wire.put(Packet::PublishComplete(PublishAck2 { packet_id, reason_code, properties, reason_string }))?;
        Ok(None)
    }

    fn subscribed(&mut self, subscribe: Subscribe) -> Handled {
        if subscribe.topic_filters.is_empty() {
            return end(Reason::ProtocolError);
        }
        let state = self.reception.state.birth();
        let (mut status, mut tells_state) = (Vec::new(), false);
        for (filter, options) in &subscribe.topic_filters {
            let answer = self.listen(filter, options.qos, subscribe.id.is_some());
            let is_granted = matches!(answer, SubscribeAckReason::GrantedQos0 | SubscribeAckReason::GrantedQos1);
            let wants = options.retain_handling != RetainHandling::NoAtSubscribe;
            tells_state |= is_granted && wants && crate::mqtt::topic::covers(filter, &state.topic);
            status.push(answer);
        }
        let (properties, reason_string) = (UserProperties::new(), None);
        let ack = SubscribeAck { packet_id: subscribe.packet_id, properties, reason_string, status };
        self.wire.put(Packet::SubscribeAck(ack))?;
        if tells_state
            && self.session.has_room(self.receive_most)
            && let Some(command) = self.place.hears(&state)
        {
            let packet = self.session.send(command);
            self.wire.put(Packet::Publish(Box::new(packet)))?;
        }
        Ok(None)
    }

    fn listen(&self, filter: &str, qos: QoS, has_id: bool) -> SubscribeAckReason {
        if has_id {
            return SubscribeAckReason::SubscriptionIdentifiersNotSupported;
        }
        if filter.starts_with("$share/") {
            return SubscribeAckReason::SharedSubscriptionNotSupported;
        }
        if !is_filter(filter) {
            return SubscribeAckReason::TopicFilterInvalid;
        }
        if !may_subscribe(&self.identity.slug, &self.identity.device, filter) {
            let why = "a device listens to its own commands and to the host's state";
            let now = self.reception.runtime.now();
            self.source.lock().unwrap_or_else(PoisonError::into_inner).refuse(
                "filter-not-allowed",
                filter,
                why,
                1,
                now,
            );
            return SubscribeAckReason::NotAuthorized;
        }
        // Commands are sent at most with quality 1.
        let granted = qos.min(QoS::AtLeastOnce);
        if !self.place.subscribe(filter, granted) {
            return SubscribeAckReason::QuotaExceeded;
        }
        if granted == QoS::AtMostOnce { SubscribeAckReason::GrantedQos0 } else { SubscribeAckReason::GrantedQos1 }
    }

    fn unsubscribed(&mut self, unsubscribe: Unsubscribe) -> Handled {
        if unsubscribe.topic_filters.is_empty() {
            return end(Reason::ProtocolError);
        }
        let status = unsubscribe.topic_filters.iter().map(|filter| {
            let known = self.place.unsubscribe(filter);
            if known { UnsubscribeAckReason::Success } else { UnsubscribeAckReason::NoSubscriptionExisted }
        });
        let (status, packet_id) = (status.collect(), unsubscribe.packet_id);
        let (properties, reason_string) = (UserProperties::new(), None);
        self.wire.put(Packet::UnsubscribeAck(UnsubscribeAck { packet_id, properties, reason_string, status }))?;
        Ok(None)
    }
}
