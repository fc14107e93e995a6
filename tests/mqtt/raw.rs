//! A client that says exactly what it is told, in packets or in bytes, and hears what comes back.

use bytes::{Bytes, BytesMut};
use rmqtt_codec::types::{Protocol, Publish, QoS};
use rmqtt_codec::v5::{
    Connect, ConnectAck, DisconnectReasonCode, LastWill, Packet, PublishAck2, PublishAck2Reason, PublishAckReason,
    Subscribe, SubscriptionOptions,
};
use rmqtt_codec::{v3, v5};
use std::num::NonZeroU16;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_util::codec::{Decoder, Encoder};

/// Longest wait for an answer.
const SOON: Duration = Duration::from_secs(20);

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

pub struct Raw {
    stream: Box<dyn Io>,
    input: BytesMut,
    v5: v5::Codec,
    v3: v3::Codec,
    /// Speaks 3.1.1.
    is_old: bool,
}

pub fn packet_id(id: u16) -> NonZeroU16 {
    NonZeroU16::new(id).expect("ids begin with 1")
}

/// A message to publish.
pub fn publish(topic: &str, payload: impl Into<Bytes>, qos: QoS, id: u16) -> Publish {
    Publish {
        dup: false,
        retain: false,
        qos,
        topic: topic.to_owned().into(),
        packet_id: (qos != QoS::AtMostOnce).then(|| packet_id(id)),
        payload: payload.into(),
        properties: Some(v5::PublishProperties::default()),
    }
}

/// A CONNECT of a device.
pub fn connect(tenant: &str, device: &str, client: &str) -> Connect {
    let (user, token) = super::shop::credential(tenant, device);
    Connect {
        clean_start: true,
        keep_alive: 60,
        client_id: client.to_owned().into(),
        username: Some(user.into()),
        password: Some(token.into()),
        ..Connect::default()
    }
}

pub fn will(topic: &str, payload: String, delay_s: Option<u32>) -> LastWill {
    LastWill {
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: topic.to_owned().into(),
        message: payload.into(),
        will_delay_interval_sec: delay_s,
        correlation_data: None,
        message_expiry_interval: None,
        content_type: None,
        user_properties: Vec::new(),
        is_utf8_payload: None,
        response_topic: None,
    }
}

impl Raw {
    pub fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let (v5, v3) = (v5::Codec::default(), v3::Codec::default());
        Self { stream: Box::new(stream), input: BytesMut::new(), v5, v3, is_old: false }
    }

    /// Speaks 3.1.1 or 5.0 from now on.
    pub fn speaking(mut self, is_old: bool) -> Self {
        self.is_old = is_old;
        self
    }

    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        // Whoever is cut off in the middle hears so when it listens.
        let _ = self.stream.write_all(bytes).await;
    }

    pub async fn say(&mut self, packet: Packet) {
        let mut bytes = BytesMut::new();
        if self.is_old {
            self.v3.encode(old(packet), &mut bytes).unwrap();
        } else {
            self.v5.encode(packet, &mut bytes).unwrap();
        }
        self.say_bytes(&bytes).await;
    }

    /// The next packet; none when the connection ended.
    pub async fn hear(&mut self) -> Option<Packet> {
        self.hear_for(SOON).await
    }

    /// The same, more or less patiently.
    pub async fn hear_for(&mut self, limit: Duration) -> Option<Packet> {
        let hear = async {
            loop {
                let heard = if self.is_old {
                    self.v3.decode(&mut self.input).unwrap().map(|(packet, _)| new(packet))
                } else {
                    self.v5.decode(&mut self.input).unwrap().map(|(packet, _)| packet)
                };
                if heard.is_some() {
                    return heard;
                }
                if !matches!(self.stream.read_buf(&mut self.input).await, Ok(count) if count > 0) {
                    return None;
                }
            }
        };
        timeout(limit, hear).await.expect("an answer, or the end")
    }

    /// Connects, and hears whatever is answered.
    pub async fn ask_in(&mut self, connect: Connect) -> Option<ConnectAck> {
        self.say(Packet::Connect(Box::new(connect))).await;
        match self.hear().await? {
            Packet::ConnectAck(answer) => Some(*answer),
            other => panic!("{other:?}"),
        }
    }

    /// Connects, and is let in.
    pub async fn come_in(mut self, connect: Connect) -> Self {
        let answer = self.ask_in(connect).await.expect("an answer");
        assert_eq!(answer.reason_code, v5::ConnectAckReason::Success);
        self
    }

    pub async fn publish(&mut self, message: Publish) {
        self.say(Packet::Publish(Box::new(message))).await;
    }

    /// Hears PUBACK.
    pub async fn acknowledged(&mut self) -> (u16, PublishAckReason) {
        match self.hear().await {
            Some(Packet::PublishAck(ack)) => (ack.packet_id.get(), ack.reason_code),
            other => panic!("{other:?}"),
        }
    }

    /// Hears PUBREC.
    pub async fn received(&mut self) -> (u16, PublishAckReason) {
        match self.hear().await {
            Some(Packet::PublishReceived(ack)) => (ack.packet_id.get(), ack.reason_code),
            other => panic!("{other:?}"),
        }
    }

    /// Says PUBREL and hears PUBCOMP.
    pub async fn release(&mut self, id: u16) -> PublishAck2Reason {
        let packet_id = packet_id(id);
        self.say(Packet::PublishRelease(PublishAck2 { packet_id, ..PublishAck2::default() })).await;
        match self.hear().await {
            Some(Packet::PublishComplete(ack)) if ack.packet_id == packet_id => ack.reason_code,
            other => panic!("{other:?}"),
        }
    }

    /// Subscribes, and hears the codes.
    pub async fn subscribe(&mut self, filters: &[&str], qos: QoS) -> Vec<u8> {
        let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
        let topic_filters = filters.iter().map(|filter| ((*filter).to_owned().into(), options)).collect();
        let subscribe = Subscribe { packet_id: packet_id(1), id: None, user_properties: Vec::new(), topic_filters };
        self.say(Packet::Subscribe(subscribe)).await;
        match self.hear().await {
            Some(Packet::SubscribeAck(ack)) => ack.status.into_iter().map(u8::from).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// Hears why the server ends the connection, and that it ends.
    pub async fn sent_away(&mut self) -> DisconnectReasonCode {
        let why = match self.hear().await {
            Some(Packet::Disconnect(disconnect)) => disconnect.reason_code,
            other => panic!("{other:?}"),
        };
        assert_eq!(self.hear().await, None);
        why
    }
}

/// A packet in the words of 3.1.1.
fn old(packet: Packet) -> v3::Packet {
    match packet {
        Packet::Connect(connect) => v3::Packet::Connect(Box::new(v3::Connect {
            protocol: Protocol::default(),
            clean_session: connect.clean_start,
            keep_alive: connect.keep_alive,
            last_will: connect.last_will.map(|will| v3::LastWill {
                qos: will.qos,
                retain: will.retain,
                topic: will.topic,
                message: will.message,
            }),
            client_id: connect.client_id,
            username: connect.username,
            password: connect.password,
            cert: None,
        })),
        Packet::Publish(publish) => v3::Packet::Publish(publish),
        Packet::PublishAck(ack) => v3::Packet::PublishAck { packet_id: ack.packet_id },
        Packet::PublishRelease(ack) => v3::Packet::PublishRelease { packet_id: ack.packet_id },
        Packet::Subscribe(subscribe) => {
            let filters = subscribe.topic_filters.into_iter().map(|(filter, options)| (filter, options.qos));
            v3::Packet::Subscribe { packet_id: subscribe.packet_id, topic_filters: filters.collect() }
        }
        Packet::PingRequest => v3::Packet::PingRequest,
        Packet::Disconnect(_) => v3::Packet::Disconnect,
        other => panic!("no client of 3.1.1 says {other:?}"),
    }
}

/// What is heard in 3.1.1, in the words of 5.0.
fn new(packet: v3::Packet) -> Packet {
    match packet {
        v3::Packet::ConnectAck(ack) => {
            use v3::ConnectAckReason as Old;
            let reason_code = match ack.return_code {
                Old::ConnectionAccepted => v5::ConnectAckReason::Success,
                Old::UnacceptableProtocolVersion => v5::ConnectAckReason::UnsupportedProtocolVersion,
                Old::IdentifierRejected => v5::ConnectAckReason::ClientIdentifierNotValid,
                Old::BadUserNameOrPassword => v5::ConnectAckReason::BadUserNameOrPassword,
                Old::NotAuthorized => v5::ConnectAckReason::NotAuthorized,
                Old::ServiceUnavailable | Old::Reserved => v5::ConnectAckReason::ServerUnavailable,
            };
            let session_present = ack.session_present;
            Packet::ConnectAck(Box::new(ConnectAck { session_present, reason_code, ..ConnectAck::default() }))
        }
        v3::Packet::Publish(publish) => Packet::Publish(publish),
        v3::Packet::PublishAck { packet_id } => Packet::PublishAck(v5::PublishAck { packet_id, ..Default::default() }),
        v3::Packet::PublishReceived { packet_id } => {
            Packet::PublishReceived(v5::PublishAck { packet_id, ..Default::default() })
        }
        v3::Packet::PublishComplete { packet_id } => {
            Packet::PublishComplete(PublishAck2 { packet_id, ..Default::default() })
        }
        v3::Packet::SubscribeAck { packet_id, status } => {
            let code = |status| match status {
                v3::SubscribeReturnCode::Success(QoS::AtMostOnce) => v5::SubscribeAckReason::GrantedQos0,
                v3::SubscribeReturnCode::Success(_) => v5::SubscribeAckReason::GrantedQos1,
                v3::SubscribeReturnCode::Failure => v5::SubscribeAckReason::UnspecifiedError,
            };
            let status = status.into_iter().map(code).collect();
            let (properties, reason_string) = (Vec::new(), None);
            Packet::SubscribeAck(v5::SubscribeAck { packet_id, properties, reason_string, status })
        }
        v3::Packet::PingResponse => Packet::PingResponse,
        other => panic!("no server of 3.1.1 says {other:?}"),
    }
}
