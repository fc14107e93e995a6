//! Sessions, takeover, quality 2 across connections, and wills.

use super::raw::{connect, publish, will};
use super::shop::{Shop, line};
use crate::wait::until_async;
use rmqtt_codec::types::QoS::{AtLeastOnce, ExactlyOnce};
use rmqtt_codec::v5::{
    Connect, Disconnect, DisconnectReasonCode as Reason, Packet, PublishAck2Reason, PublishAckReason as Ack,
};
use std::time::Duration;

const OWN: &str = "tc/donghu/gateway/readings";
const SOON: Duration = Duration::from_secs(20);

/// A CONNECT that wants to find its session again.
fn returning(client: &str) -> Connect {
    Connect { clean_start: false, session_expiry_interval_secs: 600, ..connect("donghu", "gateway", client) }
}

async fn until_stored(shop: &Shop, signal: &str, count: usize) {
    until_async("the readings", SOON, || async { (shop.stored("donghu", signal).await.len() >= count).then_some(()) })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_connection_of_a_client_takes_over() {
    let shop = Shop::open().await;
    let mut first = shop.raw().await.come_in(returning("c")).await;
    assert_eq!(first.subscribe(&["spBv1.0/donghu/NCMD/#"], AtLeastOnce).await, [1]);
    let mut other = shop.raw().await.come_in(connect("donghu", "press", "c")).await;
    let mut second = shop.raw().await;
    let answer = second.ask_in(returning("c")).await.unwrap();
    assert!(answer.session_present, "what was agreed before holds");
    assert_eq!(first.sent_away().await, Reason::SessionTakenOver);
    let mut third = shop.raw().await;
    let answer = third.ask_in(connect("donghu", "gateway", "c")).await.unwrap();
    assert!(!answer.session_present, "a clean start begins anew");
    assert_eq!(second.sent_away().await, Reason::SessionTakenOver);
    other.say(Packet::PingRequest).await;
    assert_eq!(other.hear().await, Some(Packet::PingResponse), "a client id counts within its device");
    assert_eq!(shop.source("donghu", "gateway").connections, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_quality_2_counts_once_across_connections() {
    let shop = Shop::open().await;
    for is_old in [false, true] {
        let client = format!("old-{is_old}");
        let open = || async { shop.raw().await.speaking(is_old) };
        let mut raw = open().await.come_in(returning(&client)).await;
        let before = shop.source("donghu", "gateway").messages;
        let message = publish(OWN, line("a.b", i64::from(is_old), 1), ExactlyOnce, 7);
        raw.publish(message.clone()).await;
        assert_eq!(raw.received().await, (7, Ack::Success));
        drop(raw);
        let mut raw = open().await;
        assert!(raw.ask_in(returning(&client)).await.unwrap().session_present);
        raw.publish(rmqtt_codec::types::Publish { dup: true, ..message }).await;
        assert_eq!(raw.received().await, (7, Ack::Success), "known, and answered");
        assert_eq!(shop.source("donghu", "gateway").messages, before + 1, "and not taken again");
        assert_eq!(raw.release(7).await, PublishAck2Reason::Success);
        if !is_old {
            assert_eq!(raw.release(7).await, PublishAck2Reason::PacketIdNotFound);
        }
        raw.publish(publish(OWN, line("a.b", 10 + i64::from(is_old), 1), ExactlyOnce, 7)).await;
        assert_eq!(raw.received().await, (7, Ack::Success), "a released id is free");
        assert_eq!(shop.source("donghu", "gateway").messages, before + 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_will_is_published_when_its_client_is_gone_and_not_when_it_left() {
    let shop = Shop::open().await;
    let with_will = |signal: &str, delay_s| Connect {
        last_will: Some(will(OWN, line(signal, 1, 1), delay_s)),
        ..connect("donghu", "gateway", "c")
    };
    drop(shop.raw().await.come_in(with_will("cut.dead", None)).await);
    until_stored(&shop, "cut.dead", 1).await;

    let mut raw = shop.raw().await.come_in(with_will("with.dead", None)).await;
    raw.say(Packet::Disconnect(Disconnect::new(Reason::DisconnectWithWillMessage))).await;
    until_stored(&shop, "with.dead", 1).await;

    let mut raw = shop.raw().await.come_in(with_will("left.dead", None)).await;
    raw.say(Packet::Disconnect(Disconnect::default())).await;
    assert_eq!(raw.hear().await, None);

    // Taken over without a session: the one before is over, and its will comes before anything the next one says.
    let first = shop.raw().await.come_in(with_will("taken.dead", Some(600))).await;
    let mut second = shop.raw().await.come_in(with_will("second.dead", None)).await;
    second.publish(publish(OWN, line("second.alive", 1, 1), AtLeastOnce, 1)).await;
    assert_eq!(second.acknowledged().await, (1, Ack::Success));
    assert_eq!(shop.stored("donghu", "taken.dead").await.len(), 1);
    drop(first);
    // Whatever was to come of the one who left would have come before this.
    assert_eq!(shop.stored("donghu", "left.dead").await, []);
    assert_eq!(shop.stored("donghu", "second.dead").await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_will_that_may_wait_is_not_published_when_its_client_is_back_in_time() {
    let shop = Shop::open().await;
    let with_will =
        |signal: &str| Connect { last_will: Some(will(OWN, line(signal, 1, 1), Some(1))), ..returning("c") };
    drop(shop.raw().await.come_in(with_will("back.dead")).await);
    drop(shop.raw().await.come_in(with_will("gone.dead")).await);
    until_stored(&shop, "gone.dead", 1).await;
    assert_eq!(shop.stored("donghu", "back.dead").await, [], "it was to come before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_an_id_gets_one() {
    let shop = Shop::open().await;
    let mut raw = shop.raw().await;
    let answer = raw.ask_in(connect("donghu", "gateway", "")).await.unwrap();
    assert!(answer.assigned_client_id.is_some_and(|id| id.starts_with("auto-") && id.len() > 20));
    let mut old = shop.raw().await.speaking(true);
    let asks = Connect { clean_start: false, ..connect("donghu", "gateway", "") };
    let answer = old.ask_in(asks).await.unwrap();
    assert_eq!(answer.reason_code, rmqtt_codec::v5::ConnectAckReason::ClientIdentifierNotValid);
}
