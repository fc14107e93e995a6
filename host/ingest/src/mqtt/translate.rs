//! MQTT 3.1.1 in the words of 5.0, which is what the rest of the endpoint speaks.

use super::wire::Broken;
use rmqtt_codec::types::{MQTT_LEVEL_311, QoS};
use rmqtt_codec::v3::{self, ConnectAckReason as Old, SubscribeReturnCode};
use rmqtt_codec::v5::{self, ConnectAckReason as New, Packet, PublishAck, PublishAck2, SubscribeAckReason};

/// A packet that came in.
pub(super) fn up(packet: v3::Packet) -> Result<Packet, Broken> {
    Ok(match packet {
        v3::Packet::Connect(connect) => Packet::Connect(Box::new(connect_up(*connect)?)),
        v3::Packet::Publish(publish) => Packet::Publish(publish),
        v3::Packet::PublishAck { packet_id } => Packet::PublishAck(PublishAck { packet_id, ..PublishAck::default() }),
        v3::Packet::PublishReceived { packet_id } => {
            Packet::PublishReceived(PublishAck { packet_id, ..PublishAck::default() })
        }
        v3::Packet::PublishRelease { packet_id } => {
            Packet::PublishRelease(PublishAck2 { packet_id, ..PublishAck2::default() })
        }
        v3::Packet::PublishComplete { packet_id } => {
            Packet::PublishComplete(PublishAck2 { packet_id, ..PublishAck2::default() })
        }
        v3::Packet::Subscribe { packet_id, topic_filters } => {
            let options = |qos| v5::SubscriptionOptions { qos, ..v5::SubscriptionOptions::default() };
            let topic_filters = topic_filters.into_iter().map(|(filter, qos)| (filter, options(qos))).collect();
            Packet::Subscribe(v5::Subscribe { packet_id, id: None, user_properties: Vec::new(), topic_filters })
        }
        v3::Packet::Unsubscribe { packet_id, topic_filters } => {
            Packet::Unsubscribe(v5::Unsubscribe { packet_id, user_properties: Vec::new(), topic_filters })
        }
        v3::Packet::PingRequest => Packet::PingRequest,
        v3::Packet::Disconnect => Packet::Disconnect(v5::Disconnect::default()),
        // Only a server sends these.
        v3::Packet::ConnectAck(_)
        | v3::Packet::SubscribeAck { .. }
        | v3::Packet::UnsubscribeAck { .. }
        | v3::Packet::PingResponse => return Err(rmqtt_codec::error::DecodeError::UnsupportedPacketType.into()),
    })
}

fn connect_up(connect: v3::Connect) -> Result<v5::Connect, Broken> {
    if connect.protocol.level() != MQTT_LEVEL_311 {
        return Err(Broken::OldVersion);
    }
    let will = connect.last_will.map(|will| v5::LastWill {
        qos: will.qos,
        retain: will.retain,
        topic: will.topic,
        message: will.message,
        will_delay_interval_sec: None,
        correlation_data: None,
        message_expiry_interval: None,
        content_type: None,
        user_properties: Vec::new(),
        is_utf8_payload: None,
        response_topic: None,
    });
    Ok(v5::Connect {
        clean_start: connect.clean_session,
        keep_alive: connect.keep_alive,
        // A session of 3.1.1 that is not clean has no end of its own.
        session_expiry_interval_secs: if connect.clean_session { 0 } else { u32::MAX },
        last_will: will,
        client_id: connect.client_id,
        username: connect.username,
        password: connect.password,
        ..v5::Connect::default()
    })
}

/// A packet to send; none when 3.1.1 has no word for it.
pub(super) fn down(packet: Packet) -> Option<v3::Packet> {
    Some(match packet {
        Packet::ConnectAck(answer) => v3::Packet::ConnectAck(v3::ConnectAck {
            return_code: code_down(answer.reason_code),
            session_present: answer.session_present,
        }),
        Packet::Publish(mut publish) => {
            publish.properties = None;
            v3::Packet::Publish(publish)
        }
        Packet::PublishAck(ack) => v3::Packet::PublishAck { packet_id: ack.packet_id },
        Packet::PublishReceived(ack) => v3::Packet::PublishReceived { packet_id: ack.packet_id },
        Packet::PublishRelease(ack) => v3::Packet::PublishRelease { packet_id: ack.packet_id },
        Packet::PublishComplete(ack) => v3::Packet::PublishComplete { packet_id: ack.packet_id },
        Packet::SubscribeAck(ack) => {
            let status = ack.status.into_iter().map(status_down).collect();
            v3::Packet::SubscribeAck { packet_id: ack.packet_id, status }
        }
        Packet::UnsubscribeAck(ack) => v3::Packet::UnsubscribeAck { packet_id: ack.packet_id },
        Packet::PingResponse => v3::Packet::PingResponse,
        // A server of 3.1.1 closes the connection without a word.
        Packet::Disconnect(_)
        | Packet::Auth(_)
        | Packet::Connect(_)
        | Packet::Subscribe(_)
        | Packet::Unsubscribe(_)
        | Packet::PingRequest => return None,
    })
}

fn status_down(status: SubscribeAckReason) -> SubscribeReturnCode {
    match status {
        SubscribeAckReason::GrantedQos0 => SubscribeReturnCode::Success(QoS::AtMostOnce),
        SubscribeAckReason::GrantedQos1 => SubscribeReturnCode::Success(QoS::AtLeastOnce),
        SubscribeAckReason::GrantedQos2 => SubscribeReturnCode::Success(QoS::ExactlyOnce),
        _ => SubscribeReturnCode::Failure,
    }
}

fn code_down(reason: New) -> Old {
    match reason {
        New::Success => Old::ConnectionAccepted,
        New::UnsupportedProtocolVersion => Old::UnacceptableProtocolVersion,
        New::ClientIdentifierNotValid => Old::IdentifierRejected,
        New::BadUserNameOrPassword => Old::BadUserNameOrPassword,
        New::NotAuthorized | New::Banned | New::BadAuthenticationMethod => Old::NotAuthorized,
        _ => Old::ServiceUnavailable,
    }
}
