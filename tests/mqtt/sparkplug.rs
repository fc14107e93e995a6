//! A Sparkplug node's whole life over a real connection: births, data, a lost message, a rebirth, its will.

use super::raw::{Raw, connect, publish, will};
use super::shop::{Shop, at};
use crate::guests::plant::tenant_id;
use crate::wait::until_async;
use rmqtt_codec::types::QoS;
use rmqtt_codec::v5::{Connect, Packet, PublishAckReason};
use std::time::Duration;
use toolcrib_contract::signal::Sample;
use toolcrib_ingest::payload::Rules;
use toolcrib_sparkplug::{Change, DataType, Defined, EdgeNode, Outgoing, Value};

const RULES: &str = r#"{"rules":[
    {"from":{"metric":"good","node":"+","device":"+"},"equipment":"{2}","signal":"good","kind":"count"},
    {"from":{"metric":"state","node":"+","device":"+"},"equipment":"{2}","signal":"state","kind":"state",
     "states":{"run":"running"},"offline":"offline"}
]}"#;
const SOON: Duration = Duration::from_secs(20);

/// Milliseconds of the plant's time.
fn ms(seconds: i64) -> u64 {
    (at(seconds * 1_000_000).0 / 1_000) as u64
}

fn node() -> EdgeNode {
    let mut node = EdgeNode::new("donghu", "gw").unwrap().with_aliases();
    let metric = |name: &str, datatype| Defined { name: name.to_owned(), datatype, value: None };
    node.define(Some("press-1"), metric("good", DataType::Int64)).unwrap();
    node.define(Some("press-1"), metric("state", DataType::String)).unwrap();
    node
}

/// Publishes with quality 1 what a node may also publish without an answer, so that the test knows when it is stored.
async fn say(raw: &mut Raw, messages: impl IntoIterator<Item = Outgoing>, id: &mut u16) {
    for message in messages {
        *id += 1;
        raw.publish(publish(&message.topic, message.payload, QoS::AtLeastOnce, *id)).await;
        assert_eq!(raw.acknowledged().await, (*id, PublishAckReason::Success), "{}", message.topic);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nodes_values_are_stored_and_a_lost_message_brings_its_births_again() {
    let shop = Shop::open().await;
    let rules = Rules::parse(RULES.as_bytes()).unwrap();
    shop.mapping.put(tenant_id("donghu"), 0, rules, "test").await.unwrap();
    let mut node = node();
    let death = node.connect(ms(0));
    let last = Connect {
        last_will: Some(rmqtt_codec::v5::LastWill {
            message: death.payload.clone().into(),
            ..will(&death.topic, String::new(), None)
        }),
        ..connect("donghu", "gateway", "gw")
    };
    let (mut raw, mut id) = (shop.raw().await.come_in(last).await, 1);
    assert_eq!(raw.subscribe(&["spBv1.0/donghu/NCMD/gw"], QoS::AtLeastOnce).await, [1]);
    say(&mut raw, node.birth(ms(0)), &mut id).await;
    let changes = |second: i64, good: i64| {
        [
            Change::now("good", Value::Signed(good), ms(second)),
            Change::now("state", Value::Text("run".into()), ms(second)),
        ]
    };
    let data = node.data(Some("press-1"), &changes(1, 7), ms(1)).unwrap();
    say(&mut raw, [data], &mut id).await;
    assert_eq!(shop.stored("donghu", "press-1.good").await, [(1_000_000, Sample::Count { value: 7 })]);
    let running = Sample::Word { value: "running".into() };
    assert_eq!(shop.stored("donghu", "press-1.state").await, [(1_000_000, running)]);

    // One message is lost: the next one waits for it, in vain, and the host asks for births.
    let _lost = node.data(Some("press-1"), &changes(2, 8), ms(2)).unwrap();
    let after = node.data(Some("press-1"), &changes(3, 9), ms(3)).unwrap();
    say(&mut raw, [after], &mut id).await;
    shop.plant.later(Duration::from_secs(5));
    let Some(Packet::Publish(command)) = raw.hear().await else { panic!("no request") };
    assert!(node.asks_for_rebirth(&command.topic, &command.payload), "{command:?}");
    say(&mut raw, node.birth(ms(4)), &mut id).await;
    let data = node.data(Some("press-1"), &changes(5, 11), ms(5)).unwrap();
    say(&mut raw, [data], &mut id).await;
    let good = shop.stored("donghu", "press-1.good").await;
    assert_eq!(good.last(), Some(&(5_000_000, Sample::Count { value: 11 })), "{good:?}");

    // The line is cut: the will is the node's death, and its machines' state says so.
    drop(raw);
    let offline = || async {
        let states = shop.stored("donghu", "press-1.state").await;
        (states.last()?.1 == Sample::Word { value: "offline".into() }).then_some(())
    };
    until_async("the machine to be offline", SOON, offline).await;
    assert_eq!(shop.stored("nanxi", "press-1.good").await, []);
}
