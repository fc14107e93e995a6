//! Bytes that are no MQTT, packets in the wrong place, and clients that never finish. Others never notice.

use super::raw::{Raw, connect, publish};
use super::shop::{Shop, line};
use crate::dice::Dice;
use bytes::BytesMut;
use rmqtt_codec::types::QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};
use rmqtt_codec::v5::{
    Auth, DisconnectReasonCode as Reason, Packet, PublishAckReason as Ack, SubscriptionOptions, Unsubscribe,
};
use std::time::Duration;
use tokio_util::codec::Encoder;

const OWN: &str = "tc/donghu/gateway/readings";
/// How many broken packets are tried.
const TRIES: u64 = 400;

/// A device of the other tenant that works meanwhile.
async fn neighbour(shop: &Shop) -> Raw {
    shop.raw().await.come_in(connect("nanxi", "gateway", "c")).await
}

async fn still_works(neighbour: &mut Raw, id: u16) {
    neighbour.publish(publish("tc/nanxi/gateway/readings", line("n.x", id.into(), id), AtLeastOnce, id)).await;
    assert_eq!(neighbour.acknowledged().await, (id, Ack::Success));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_bytes_that_are_no_connect_end_the_connection() {
    let shop = Shop::open().await;
    let mut neighbour = neighbour(&shop).await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x30\x05\x00\x03a/bx",
        b"\xc0\x00",
        b"\x10\xff\xff\xff\xff\xff",
        b"\x10\x0c\x00\x04MQTX\x05\x02\x00\x3c\x00\x00",
        b"\x10\x0c\x00\x04MQTT\x09\x02\x00\x3c\x00\x00",
        b"\x10\x0c\x00\x04MQTT\x05\x03\x00\x3c\x00\x00",
        b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x7f\x00\x00",
        &[0; 300],
    ] {
        let mut raw = shop.raw().await;
        raw.say_bytes(bytes).await;
        assert_eq!(raw.hear().await, None, "{bytes:?}");
    }
    still_works(&mut neighbour, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_a_server_says_or_nobody_asked_for_is_an_error() {
    let shop = Shop::open().await;
    let unsubscribe =
        Unsubscribe { packet_id: super::raw::packet_id(1), user_properties: Vec::new(), topic_filters: Vec::new() };
    for packet in [
        Packet::Connect(Box::new(connect("donghu", "gateway", "c"))),
        Packet::ConnectAck(Box::default()),
        Packet::PingResponse,
        Packet::PublishReceived(Default::default()),
        Packet::PublishComplete(Default::default()),
        Packet::Auth(Auth::default()),
    ] {
        let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
        raw.say(packet.clone()).await;
        assert_eq!(raw.sent_away().await, Reason::ProtocolError, "{packet:?}");
    }
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    raw.say(Packet::Unsubscribe(unsubscribe)).await;
    assert_eq!(raw.sent_away().await, Reason::TopicFilterInvalid, "an end to nothing");
    for (topic, why) in [("", Reason::TopicNameInvalid), ("tc/donghu/gateway/#", Reason::TopicNameInvalid)] {
        let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
        raw.publish(publish(topic, "x", AtLeastOnce, 1)).await;
        assert_eq!(raw.sent_away().await, why, "{topic}");
    }
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    let repeated = rmqtt_codec::types::Publish { dup: true, ..publish(OWN, "x", AtMostOnce, 0) };
    raw.publish(repeated).await;
    assert_eq!(raw.sent_away().await, Reason::ProtocolError, "quality 0 is never repeated");
}

/// Good packets of every kind that a client sends.
fn good_packets() -> Vec<Vec<u8>> {
    let options = SubscriptionOptions { qos: AtLeastOnce, ..SubscriptionOptions::default() };
    let subscribe = rmqtt_codec::v5::Subscribe {
        packet_id: super::raw::packet_id(5),
        id: None,
        user_properties: vec![("a".into(), "b".into())],
        topic_filters: vec![("spBv1.0/donghu/NCMD/gw".into(), options)],
    };
    let packets = [
        Packet::Publish(Box::new(publish(OWN, line("a.b", 1, 1), AtLeastOnce, 1))),
        Packet::Publish(Box::new(publish(OWN, line("a.b", 2, 1), ExactlyOnce, 2))),
        Packet::PublishRelease(Default::default()),
        Packet::Subscribe(subscribe),
        Packet::PingRequest,
        Packet::Disconnect(Default::default()),
    ];
    let bytes = |packet| {
        let mut bytes = BytesMut::new();
        rmqtt_codec::v5::Codec::default().encode(packet, &mut bytes).unwrap();
        bytes.to_vec()
    };
    packets.into_iter().map(bytes).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_packets_end_at_most_their_own_connection() {
    let shop = Shop::open().await;
    let mut neighbour = neighbour(&shop).await;
    let mut dice = Dice::new(20_261_126);
    let good = good_packets();
    for nth in 0..TRIES {
        let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
        let mut bytes: Vec<u8> = good[dice.below(good.len() as u64) as usize].clone();
        for _ in 0..=dice.below(4) {
            let at = dice.below(bytes.len() as u64) as usize;
            match dice.below(3) {
                0 => bytes[at] ^= 1 << dice.below(8),
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, dice.below(256) as u8),
            }
        }
        raw.say_bytes(&bytes).await;
        if nth % 40 == 0 {
            still_works(&mut neighbour, 1 + (nth / 40) as u16).await;
        }
    }
    still_works(&mut neighbour, 999).await;
    // The same device is still welcome.
    shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_finishes_a_packet_holds_up_nobody() {
    let shop = Shop::open().await;
    let mut neighbour = neighbour(&shop).await;
    let mut halves = Vec::new();
    for nth in 0..10 {
        let asks = rmqtt_codec::v5::Connect { keep_alive: 1, ..connect("donghu", "gateway", &format!("c{nth}")) };
        let mut raw = shop.raw().await.come_in(asks).await;
        // A megabyte is announced, and a little of it comes.
        raw.say_bytes(&[0x32, 0xf0, 0xff, 0x3f, 0, 4, b't', b'c']).await;
        halves.push(raw);
    }
    still_works(&mut neighbour, 1).await;
    for mut raw in halves {
        raw.say_bytes(b"/").await;
        assert_eq!(raw.sent_away().await, Reason::KeepAliveTimeout, "bytes are no packets");
    }
    still_works(&mut neighbour, 2).await;
    let gone = || async { (shop.source("donghu", "gateway").connections == 0).then_some(()) };
    crate::wait::until_async("the connections to be counted off", Duration::from_secs(20), gone).await;
}
