//! What is acknowledged, who may come in, and to which topics.

use super::raw::{Raw, connect, publish, will};
use super::shop::{Shop, grant, line};
use rmqtt_codec::types::QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};
use rmqtt_codec::v5::{
    ConnectAckReason as Refused, DisconnectReasonCode as Reason, Packet, PublishAck2Reason, PublishAckReason as Ack,
};
use std::time::Duration;
use toolcrib_contract::signal::Sample;

const OWN: &str = "tc/donghu/gateway/readings";

/// Both versions of the protocol, one after the other.
async fn in_both(shop: &Shop) -> [Raw; 2] {
    let old = shop.raw().await.speaking(true);
    [shop.raw().await, old]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_is_stored() {
    let shop = Shop::open().await;
    for (version, raw) in in_both(&shop).await.into_iter().enumerate() {
        let mut raw = raw.come_in(connect("donghu", "gateway", "c")).await;
        let signal = format!("press-{version}.good");
        for nth in 1..=3_u16 {
            raw.publish(publish(OWN, line(&signal, nth.into(), nth), AtLeastOnce, nth)).await;
            assert_eq!(raw.acknowledged().await, (nth, Ack::Success));
            let stored = shop.stored("donghu", &signal).await;
            assert_eq!(stored.last(), Some(&(nth.into(), Sample::Count { value: nth.into() })));
        }
        raw.publish(publish(OWN, line(&signal, 4, 4), AtMostOnce, 0)).await;
        raw.publish(publish(OWN, line(&signal, 5, 5), ExactlyOnce, 9)).await;
        assert_eq!(raw.received().await, (9, Ack::Success));
        assert_eq!(shop.stored("donghu", &signal).await.len(), 5, "what came before it is stored, too");
        assert_eq!(raw.release(9).await, PublishAck2Reason::Success);
        raw.say(Packet::Disconnect(Default::default())).await;
        assert_eq!(raw.hear().await, None);
    }
    let source = shop.source("donghu", "gateway");
    assert_eq!((source.messages, source.readings, source.refused), (10, 10, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_come_in_the_order_of_the_messages() {
    let shop = Shop::open().await;
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    let mut expected = Vec::new();
    for id in 1..=200_u16 {
        let (payload, code) = if id % 7 == 0 {
            ("no reading".to_owned(), Ack::PayloadFormatInvalid)
        } else {
            (line("a.b", id.into(), id), Ack::Success)
        };
        raw.publish(publish(OWN, payload, AtLeastOnce, id)).await;
        expected.push((id, code));
        // As many as a client may leave unanswered.
        if id % 20 == 0 {
            for expected in expected.drain(..) {
                assert_eq!(raw.acknowledged().await, expected);
            }
        }
    }
    assert_eq!(shop.stored("donghu", "a.b").await.len(), 200 - 28);
    let source = shop.source("donghu", "gateway");
    assert_eq!((source.messages, source.readings, source.refused), (200, 172, 28));
    assert_eq!(source.refusals.len(), 1, "told once, counted: {source:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_turned_away_and_learns_nothing() {
    let shop = Shop::open().await;
    let stranger = |change: fn(&mut rmqtt_codec::v5::Connect)| {
        let mut asks = connect("donghu", "gateway", "c");
        change(&mut asks);
        asks
    };
    let strangers = [
        stranger(|asks| asks.password = Some("tcd_wrong".into())),
        stranger(|asks| asks.password = None),
        stranger(|asks| asks.username = None),
        stranger(|asks| asks.username = Some("donghu".into())),
        stranger(|asks| asks.username = Some("donghu/press".into())),
        stranger(|asks| asks.username = Some("donghu/nobody".into())),
        stranger(|asks| asks.username = Some("nanxi/gateway".into())),
        stranger(|asks| asks.username = Some("nowhere/gateway".into())),
    ];
    for asks in strangers {
        for mut raw in in_both(&shop).await {
            let answer = raw.ask_in(asks.clone()).await.unwrap();
            assert_eq!(answer.reason_code, Refused::BadUserNameOrPassword, "{asks:?}");
            assert_eq!(raw.hear().await, None);
        }
    }
    let foreign = will("tc/nanxi/gateway/readings", line("a.b", 1, 1), None);
    let method = stranger(|asks| asks.auth_method = Some("SCRAM-SHA-1".into()));
    assert_eq!(shop.raw().await.ask_in(method).await.unwrap().reason_code, Refused::BadAuthenticationMethod);
    for mut raw in in_both(&shop).await {
        let asks = rmqtt_codec::v5::Connect { last_will: Some(foreign.clone()), ..connect("donghu", "gateway", "c") };
        assert_eq!(raw.ask_in(asks).await.unwrap().reason_code, Refused::NotAuthorized);
    }
    shop.plant.apply(grant("donghu", &["gateway"], false)).await;
    for mut raw in in_both(&shop).await {
        let answer = raw.ask_in(connect("donghu", "gateway", "c")).await.unwrap();
        assert_eq!(answer.reason_code, Refused::NotAuthorized, "a suspended tenant, to who has its token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_version_is_told_so() {
    let shop = Shop::open().await;
    let mut raw = shop.raw().await.speaking(true);
    raw.say_bytes(b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01c").await;
    match raw.hear().await {
        Some(Packet::ConnectAck(answer)) => assert_eq!(answer.reason_code, Refused::UnsupportedProtocolVersion),
        other => panic!("{other:?}"),
    }
    assert_eq!(raw.hear().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_topics_of_others_are_out_of_reach() {
    let shop = Shop::open().await;
    let foreign = [
        "tc/nanxi/gateway/readings",
        "tc/donghu/press/readings",
        "spBv1.0/nanxi/NBIRTH/gw",
        "spBv1.0/donghu/NCMD/gw",
        "spBv1.0/STATE/toolcrib",
        "readings",
        "$SYS/x",
    ];
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "new")).await;
    for (topic, id) in foreign.iter().zip(1..) {
        raw.publish(publish(topic, line("a.b", 1, 1), AtLeastOnce, id)).await;
        assert_eq!(raw.acknowledged().await, (id, Ack::NotAuthorized), "{topic}");
    }
    let filters = ["tc/nanxi/gateway/cmd/#", "spBv1.0/nanxi/NCMD/#", "#", "tc/donghu/gateway/readings", "$share/g/a"];
    assert_eq!(raw.subscribe(&filters, AtLeastOnce).await, [0x87, 0x87, 0x87, 0x87, 0x9e]);
    raw.publish(publish(foreign[0], line("a.b", 1, 1), AtMostOnce, 0)).await;
    assert_eq!(raw.sent_away().await, Reason::NotAuthorized, "quality 0 has no answer of its own");

    for qos in [AtMostOnce, AtLeastOnce] {
        let old = shop.raw().await.speaking(true);
        let mut old = old.come_in(connect("donghu", "gateway", "old")).await;
        assert_eq!(old.subscribe(&filters[..1], AtLeastOnce).await, [0x80]);
        old.publish(publish(foreign[0], line("a.b", 1, 1), qos, 1)).await;
        assert_eq!(old.hear().await, None, "3.1.1 can only end the connection");
    }
    for tenant in ["donghu", "nanxi"] {
        assert_eq!(shop.stored(tenant, "a.b").await, [], "{tenant}");
    }
    let refused = shop.source("donghu", "gateway").refusals;
    assert_eq!(refused.iter().find(|refused| refused.code == "topic-not-allowed").unwrap().count, 10, "{refused:?}");
    assert_eq!(shop.source("nanxi", "gateway"), Default::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_may_be_said_as_a_number() {
    let shop = Shop::open().await;
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    let numbered = |topic: &str, alias: u16, id: u16| {
        let mut message = publish(topic, line("a.b", id.into(), id), AtLeastOnce, id);
        message.properties.as_mut().unwrap().topic_alias = std::num::NonZeroU16::new(alias);
        message
    };
    raw.publish(numbered(OWN, 3, 1)).await;
    raw.publish(numbered("", 3, 2)).await;
    assert_eq!(raw.acknowledged().await, (1, Ack::Success));
    assert_eq!(raw.acknowledged().await, (2, Ack::Success));
    assert_eq!(shop.stored("donghu", "a.b").await.len(), 2);
    raw.publish(numbered("", 4, 3)).await;
    assert_eq!(raw.sent_away().await, Reason::ProtocolError, "a number that was never given");
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    raw.publish(numbered(OWN, 65, 1)).await;
    assert_eq!(raw.sent_away().await, Reason::TopicAliasInvalid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_says_that_it_is_there_and_when_it_goes() {
    let shop = Shop::open().await;
    let mut raw = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    assert_eq!(raw.subscribe(&["spBv1.0/STATE/toolcrib", "spBv1.0/donghu/NCMD/gw"], ExactlyOnce).await, [1, 1]);
    let Some(Packet::Publish(state)) = raw.hear().await else { panic!("no state") };
    assert!(state.retain && state.qos == AtLeastOnce && state.payload.starts_with(b"{\"online\":true,"), "{state:?}");
    raw.publish(publish(OWN, line("a.b", 1, 1), AtLeastOnce, 1)).await;
    shop.endpoint.drain().await;
    let (mut acknowledged, mut offline) = (false, false);
    loop {
        match raw.hear().await {
            Some(Packet::PublishAck(ack)) => acknowledged = ack.reason_code == Ack::Success,
            Some(Packet::Publish(state)) => offline = !state.retain && state.payload.starts_with(b"{\"online\":false,"),
            Some(Packet::Disconnect(why)) => break assert_eq!(why.reason_code, Reason::ServerShuttingDown),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(raw.hear().await, None);
    assert!(offline, "the host's end was not told");
    assert_eq!(acknowledged, !shop.stored("donghu", "a.b").await.is_empty(), "acknowledged if and only if stored");
    let refused = tokio::net::TcpStream::connect(shop.address).await;
    assert!(refused.is_err() || Raw::over(refused.unwrap()).hear().await.is_none(), "nobody comes in any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_removed_or_gets_another_token_is_sent_away() {
    let shop = Shop::open().await;
    let mut gateway = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    let mut press = shop.raw().await.come_in(connect("donghu", "press", "c")).await;
    let mut other = shop.raw().await.come_in(connect("nanxi", "gateway", "c")).await;
    let mut changed = grant("donghu", &["press"], true);
    changed.devices[0].token_sha256 = super::shop::sha256("another token");
    shop.plant.apply(changed).await;
    assert_eq!(gateway.sent_away().await, Reason::AdministrativeAction);
    assert_eq!(press.sent_away().await, Reason::AdministrativeAction);
    other.say(Packet::PingRequest).await;
    assert_eq!(other.hear().await, Some(Packet::PingResponse), "others stay");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_switched_off_is_sent_away_and_comes_back_with_what_it_had() {
    let shop = Shop::open().await;
    let mut gateway = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    let mut press = shop.raw().await.come_in(connect("donghu", "press", "c")).await;
    let mut off = grant("donghu", &["gateway", "press"], true);
    off.devices[0].active = false;
    shop.plant.apply(off).await;
    assert_eq!(gateway.sent_away().await, Reason::AdministrativeAction);
    for raw in in_both(&shop).await {
        let refused = { raw }.ask_in(connect("donghu", "gateway", "c")).await.unwrap();
        assert_eq!(refused.reason_code, Refused::NotAuthorized);
    }
    let wrong = rmqtt_codec::v5::Connect { password: Some("wrong".into()), ..connect("donghu", "gateway", "c") };
    let refused = shop.raw().await.ask_in(wrong).await.unwrap();
    assert_eq!(refused.reason_code, Refused::BadUserNameOrPassword, "a stranger is not told");
    let (tenant, token) = (shop.plant.runtime().tenant("donghu").unwrap(), super::shop::token("donghu", "gateway"));
    assert!(toolcrib_ingest::device(&tenant, &token).unwrap_err().detail.unwrap().contains("switched off"));
    press.say(Packet::PingRequest).await;
    assert_eq!(press.hear().await, Some(Packet::PingResponse), "others stay");
    shop.plant.apply(grant("donghu", &["gateway", "press"], true)).await;
    let mut back = shop.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    back.publish(publish(OWN, line("press.good", 1, 1), AtLeastOnce, 1)).await;
    assert_eq!(back.acknowledged().await, (1, Ack::Success));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_client_counts_as_gone_after_one_and_a_half_of_its_keep_alive() {
    let shop = Shop::open().await;
    let asks = rmqtt_codec::v5::Connect { keep_alive: 1, ..connect("donghu", "gateway", "c") };
    let started = std::time::Instant::now();
    let mut raw = shop.raw().await.come_in(asks).await;
    assert_eq!(raw.sent_away().await, Reason::KeepAliveTimeout);
    assert!(started.elapsed() >= Duration::from_millis(1_500), "it had more time: {:?}", started.elapsed());
}
