//! What is too much: each limit is met once.

use super::raw::{Raw, connect, publish};
use super::shop::{Shop, grant, line};
use rmqtt_codec::types::QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};
use rmqtt_codec::v5::{Connect, ConnectAckReason, DisconnectReasonCode as Reason, Packet, PublishAckReason as Ack};
use std::num::NonZeroU32;
use std::time::Duration;
use toolcrib_contract::limits;

const OWN: &str = "tc/donghu/gateway/readings";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_is_told_the_limits() {
    let shop = Shop::open().await;
    let asks = Connect { keep_alive: 0, session_expiry_interval_secs: u32::MAX, ..connect("donghu", "gateway", "c") };
    let answer = shop.raw().await.ask_in(asks).await.unwrap();
    assert_eq!(usize::from(answer.receive_max.get()), limits::MQTT_IN_FLIGHT);
    assert_eq!(answer.max_packet_size, Some(limits::MQTT_PACKET_BYTES as u32));
    assert_eq!(answer.server_keepalive_sec, Some(limits::MQTT_KEEP_ALIVE_S));
    assert_eq!(answer.session_expiry_interval_secs, Some(limits::MQTT_SESSION_S));
    assert_eq!((answer.topic_alias_max, answer.max_qos), (64, ExactlyOnce));
    assert!(!answer.shared_subscription_available && !answer.subscription_identifiers_available);
    let tiny = Connect { max_packet_size: NonZeroU32::new(255), ..connect("donghu", "gateway", "c") };
    assert_eq!(shop.raw().await.ask_in(tiny).await.unwrap().reason_code, ConnectAckReason::PacketTooLarge);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_over_the_limit_ends_the_connection_before_it_is_read() {
    let shop = Shop::open().await;
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    let room = limits::MQTT_PACKET_BYTES - OWN.len() - 10;
    raw.publish(publish(OWN, vec![b' '; room], AtLeastOnce, 1)).await;
    assert_eq!(raw.acknowledged().await, (1, Ack::PayloadFormatInvalid), "as large as may be, and no reading");
    // Announced only: 2 MiB, and 10.
    raw.say_bytes(&[0x32, 0x80, 0x80, 0x80, 0x01]).await;
    assert_eq!(raw.sent_away().await, Reason::PacketTooLarge);
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    raw.say_bytes(&[0x32, 0x80, 0x80, 0x80, 0x05]).await;
    assert_eq!(raw.sent_away().await, Reason::PacketTooLarge);
    let mut stranger = shop.raw().await;
    stranger.say_bytes(&[0x10, 0x81, 0x80, 0x04, 0, 4, b'M', b'Q', b'T', b'T', 5]).await;
    assert_eq!(stranger.hear().await, None, "nobody is known yet, and less is taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_and_filters_are_bounded() {
    let shop = Shop::open().await;
    let mut first = shop.raw().await.come_in(connect("donghu", "gateway", "c-0")).await;
    let mut others = Vec::new();
    for nth in 1..limits::MQTT_CONNECTIONS_OF_DEVICE {
        others.push(shop.raw().await.come_in(connect("donghu", "gateway", &format!("c-{nth}"))).await);
    }
    let mut raw = shop.raw().await;
    let answer = raw.ask_in(connect("donghu", "gateway", "more")).await.unwrap();
    assert_eq!(answer.reason_code, ConnectAckReason::QuotaExceeded);
    others.push(shop.raw().await.come_in(connect("donghu", "press", "c")).await);

    let filters: Vec<_> = (0..=limits::MQTT_SUBSCRIPTIONS).map(|nth| format!("tc/donghu/gateway/cmd/{nth}")).collect();
    let filters: Vec<_> = filters.iter().map(String::as_str).collect();
    let codes = first.subscribe(&filters, AtLeastOnce).await;
    assert_eq!(codes.iter().filter(|code| **code == 1).count(), limits::MQTT_SUBSCRIPTIONS);
    assert_eq!(codes.last(), Some(&0x97));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_has_a_bounded_number_of_connections() {
    let shop = Shop::open().await;
    let devices: Vec<_> = (0..=limits::MQTT_CONNECTIONS_OF_TENANT / limits::MQTT_CONNECTIONS_OF_DEVICE)
        .map(|nth| format!("d{nth}"))
        .collect();
    let names: Vec<_> = devices.iter().map(String::as_str).collect();
    shop.plant.apply(grant("donghu", &names, true)).await;
    let mut inside = Vec::new();
    for nth in 0..=limits::MQTT_CONNECTIONS_OF_TENANT {
        let (near, far) = tokio::io::duplex(4 << 10);
        assert!(shop.endpoint.take(Box::new(near)));
        let mut raw = Raw::over(far);
        let device = names[nth / limits::MQTT_CONNECTIONS_OF_DEVICE];
        let answer = raw.ask_in(connect("donghu", device, &format!("c{nth}"))).await.unwrap();
        let is_last = nth == limits::MQTT_CONNECTIONS_OF_TENANT;
        let expected = if is_last { ConnectAckReason::QuotaExceeded } else { ConnectAckReason::Success };
        assert_eq!(answer.reason_code, expected, "{nth}");
        inside.push(raw);
    }
    shop.raw().await.come_in(connect("nanxi", "gateway", "c")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_too_fast_is_slowed_down_and_loses_nothing() {
    let shop = Shop::with(20).await;
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    let started = std::time::Instant::now();
    for id in 1..=70_u16 {
        let qos = if id % 10 == 0 { AtLeastOnce } else { AtMostOnce };
        raw.publish(publish(OWN, line("a.b", id.into(), id), qos, id)).await;
    }
    for id in (10..=70).step_by(10) {
        assert_eq!(raw.acknowledged().await, (id, Ack::Success));
    }
    assert!(started.elapsed() >= Duration::from_millis(2_490), "50 too many at 20 a second: {:?}", started.elapsed());
    assert_eq!(shop.stored("donghu", "a.b").await.len(), 70);
    let source = shop.source("donghu", "gateway");
    assert!((10..=50).contains(&source.delayed), "told how many were too early: {source:?}");
    assert_eq!(source.refused, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreleased_messages_of_quality_2_are_bounded() {
    let shop = Shop::open().await;
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    for id in 1..=limits::MQTT_IN_FLIGHT as u16 {
        raw.publish(publish(OWN, line("a.b", id.into(), id), ExactlyOnce, id)).await;
        assert_eq!(raw.received().await, (id, Ack::Success));
    }
    raw.publish(publish(OWN, line("a.b", 99, 99), ExactlyOnce, 99)).await;
    assert_eq!(raw.sent_away().await, Reason::ReceiveMaximumExceeded);
    assert_eq!(shop.stored("donghu", "a.b").await.len(), limits::MQTT_IN_FLIGHT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signals_beyond_the_limit_are_refused_one_by_one() {
    let shop = Shop::open().await;
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    let names = |from: usize, to: usize| (from..to).map(|nth| line(&format!("m{nth}.x"), 1, nth)).collect::<String>();
    raw.publish(publish(OWN, names(0, limits::SIGNALS - 1), AtLeastOnce, 1)).await;
    assert_eq!(raw.acknowledged().await, (1, Ack::Success));
    // All in one group, most likely; in any case only what is too much is refused.
    raw.publish(publish(OWN, line("m0.x", 2, 2), AtLeastOnce, 2)).await;
    raw.publish(publish(OWN, names(limits::SIGNALS - 1, limits::SIGNALS + 1), AtLeastOnce, 3)).await;
    raw.publish(publish(OWN, line("m1.x", 2, 2), AtLeastOnce, 4)).await;
    assert_eq!(raw.acknowledged().await, (2, Ack::Success));
    assert_eq!(raw.acknowledged().await, (3, Ack::PayloadFormatInvalid));
    assert_eq!(raw.acknowledged().await, (4, Ack::Success));
    let refused = shop.source("donghu", "gateway").refusals;
    assert!(refused[0].why.contains("signals"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_million_names_as_many_are_kept_as_the_limit_says_and_the_known_ones_go_on() {
    const AT_ONCE: usize = 5_000;
    let shop = Shop::open().await;
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    raw.publish(publish(OWN, line("known.x", 1, 1), AtLeastOnce, 1)).await;
    assert_eq!(raw.acknowledged().await, (1, Ack::Success));
    let mut taken = 1;
    for (nth, from) in (0..1_000_000).step_by(AT_ONCE).enumerate() {
        let names = (from..from + AT_ONCE).map(|name| line(&format!("m{name}.x"), 1, name)).collect::<String>();
        let id = nth as u16 + 2;
        raw.publish(publish(OWN, names, AtLeastOnce, id)).await;
        match raw.acknowledged().await {
            (told, Ack::Success) if told == id => taken += AT_ONCE,
            told => assert_eq!(told, (id, Ack::PayloadFormatInvalid)),
        }
    }
    assert!((limits::SIGNALS - AT_ONCE..=limits::SIGNALS).contains(&taken), "{taken} names were taken");
    raw.publish(publish(OWN, line("known.x", 2, 2), AtLeastOnce, 999)).await;
    assert_eq!(raw.acknowledged().await, (999, Ack::Success));
    let runtime = shop.plant.runtime();
    let (mut names, mut after) = (0, String::new());
    loop {
        let page = runtime.signals(crate::guests::plant::tenant_id("donghu"), after, 1_000).await.unwrap();
        let Some(last) = page.last() else { break };
        (names, after) = (names + page.len(), last.name.clone());
    }
    assert_eq!(names, taken);
    assert!(shop.source("donghu", "gateway").refusals.len() <= toolcrib_runtime::REFUSALS, "nor is each of them told");
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_or_hears_nothing_is_left() {
    let shop = Shop::open().await;
    let (near, far) = tokio::io::duplex(4 << 10);
    assert!(shop.endpoint.take(Box::new(near)));
    let started = tokio::time::Instant::now();
    assert_eq!(Raw::over(far).hear_for(Duration::from_secs(60)).await, None);
    assert_eq!(started.elapsed().as_secs(), limits::MQTT_CONNECT_S, "a stranger who says nothing");

    let (near, far) = tokio::io::duplex(1 << 10);
    assert!(shop.endpoint.take(Box::new(near)));
    let mut deaf = Raw::over(far).come_in(connect("donghu", "gateway", "c")).await;
    let started = tokio::time::Instant::now();
    // Nobody takes the answers: the way back is full, then the way there.
    let ping = async {
        loop {
            deaf.say(Packet::PingRequest).await;
            tokio::task::yield_now().await;
            if shop.source("donghu", "gateway").connections == 0 {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(300), ping).await.expect("the connection ends");
    assert!(started.elapsed() >= Duration::from_secs(limits::MQTT_WRITE_S), "{:?}", started.elapsed());
}
