//! A Sparkplug node of a library that nobody here wrote, `srad`, over the wire: births, data, an answer to a request for
//! births, deaths. What it said is compared with what is stored, value for value.

use super::shop::{Shop, credential};
use crate::guests::plant::{START, tenant_id};
use crate::wait::until_async;
use rumqttc_classic::v5::mqttbytes::QoS;
use rumqttc_classic::v5::mqttbytes::v5::{Filter, LastWill, Packet};
use rumqttc_classic::v5::{AsyncClient, Event as Mqtt, EventLoop, MqttOptions};
use srad_client::channel::{ChannelBroker, ChannelEventLoop, OutboundMessage};
use srad_client::{Event, topic_and_payload_to_event};
use srad_eon::{
    BirthInitializer, BirthMetricDetails, DeviceHandle, DeviceMetricManager, EoNBuilder, MetricManager,
    MetricPublisher, PublishMetric,
};
use srad_types::topic::{DeviceMessage, QoS as Quality};
use srad_types::traits::MetricValue;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use toolcrib_contract::signal::Sample;
use toolcrib_ingest::payload::Rules;

const SOON: Duration = Duration::from_secs(20);
const HOUR_US: i64 = 3_600_000_000;
/// What each metric says first, second and third, and what it is here.
type Row = (&'static str, &'static str, [Sample; 3]);

fn rows() -> Vec<Row> {
    let count = |values: [i64; 3]| values.map(|value| Sample::Count { value });
    let number = |values: [f64; 3]| values.map(|value| Sample::Number { value });
    let word = |values: [&str; 3]| values.map(|value| Sample::Word { value: value.to_owned() });
    vec![
        ("i8", "count", count([-1, i8::MIN.into(), i8::MAX.into()])),
        ("i16", "count", count([-1, i16::MIN.into(), i16::MAX.into()])),
        ("i32", "count", count([-1, i32::MIN.into(), i32::MAX.into()])),
        ("i64", "count", count([-1, i64::MIN, i64::MAX])),
        ("u8", "count", count([1, 0, u8::MAX.into()])),
        ("u16", "count", count([1, 0, u16::MAX.into()])),
        ("u32", "count", count([1, 0, u32::MAX.into()])),
        ("u64", "count", count([1, 0, i64::MAX])),
        ("f32", "number", number([1.5, -0.25, f32::MAX.into()])),
        ("f64", "number", number([0.1, 5e-324, f64::MAX])),
        ("flag", "flag", [false, true, false].map(|value| Sample::Flag { value })),
        ("text", "word", word(["running", "冲床停机", ""])),
        ("state", "state", word(["running", "stopped", "running"])),
    ]
}

/// Says a metric's n-th value at a time.
type Say = Box<dyn Fn(usize, u64) -> PublishMetric + Send + Sync>;

/// A device with these metrics, under numbers instead of names once it is born.
#[derive(Clone, Default)]
struct Machine {
    /// Which values its births tell, and of when.
    nth: Arc<AtomicUsize>,
    at_ms: Arc<AtomicU64>,
    said: Arc<Mutex<Vec<Say>>>,
    births: Arc<AtomicUsize>,
}

impl Machine {
    fn born_with<T>(&self, births: &mut BirthInitializer, name: &str, values: [T; 3])
    where
        T: MetricValue + Clone + Send + Sync + 'static,
    {
        let (nth, at_ms) = (self.nth.load(Ordering::Acquire), self.at_ms.load(Ordering::Acquire));
        let birth = BirthMetricDetails::new_with_initial_value(name, values[nth].clone()).with_timestamp(at_ms);
        let Ok(token) = births.register_metric(birth) else { panic!("{name} is there twice") };
        let say = move |nth: usize, at_ms| token.create_publish_metric(Some(values[nth].clone())).timestamp(at_ms);
        self.said.lock().unwrap().push(Box::new(say));
    }

    fn tells_from_now_on(&self, nth: usize, at_ms: u64) {
        self.nth.store(nth, Ordering::Release);
        self.at_ms.store(at_ms, Ordering::Release);
    }

    /// All n-th values in one message. Births that the host asks for from now on tell them again, of the same time.
    async fn say(&self, device: &DeviceHandle, nth: usize, at_ms: u64) {
        self.tells_from_now_on(nth, at_ms);
        self.say_once(device, nth, at_ms).await;
    }

    /// All n-th values in one message, which births do not tell again.
    async fn say_once(&self, device: &DeviceHandle, nth: usize, at_ms: u64) {
        let metrics = self.said.lock().unwrap().iter().map(|say| say(nth, at_ms)).collect();
        assert!(device.publish_metrics(metrics).await.is_ok(), "a device that is born may say something");
    }
}

impl MetricManager for Machine {
    fn initialise_birth(&self, births: &mut BirthInitializer) {
        self.said.lock().unwrap().clear();
        self.born_with(births, "i8", [-1_i8, i8::MIN, i8::MAX]);
        self.born_with(births, "i16", [-1_i16, i16::MIN, i16::MAX]);
        self.born_with(births, "i32", [-1_i32, i32::MIN, i32::MAX]);
        self.born_with(births, "i64", [-1_i64, i64::MIN, i64::MAX]);
        self.born_with(births, "u8", [1_u8, 0, u8::MAX]);
        self.born_with(births, "u16", [1_u16, 0, u16::MAX]);
        self.born_with(births, "u32", [1_u32, 0, u32::MAX]);
        self.born_with(births, "u64", [1_u64, 0, i64::MAX as u64]);
        self.born_with(births, "f32", [1.5_f32, -0.25, f32::MAX]);
        self.born_with(births, "f64", [0.1_f64, 5e-324, f64::MAX]);
        self.born_with(births, "flag", [false, true, false]);
        self.born_with(births, "text", ["running", "冲床停机", ""].map(str::to_owned));
        self.born_with(births, "state", ["running", "stopped", "running"].map(str::to_owned));
        self.births.fetch_add(1, Ordering::AcqRel);
    }
}

impl DeviceMetricManager for Machine {}

/// The library's line to the host, by another library. It can lose a message.
struct Line {
    tasks: [tokio::task::JoinHandle<()>; 2],
    loses_next: Arc<AtomicBool>,
}

impl Line {
    async fn open(shop: &Shop, broker: ChannelBroker) -> Self {
        // The node, which runs beside us, leaves its will before it connects.
        let will = until_async("the node's will", SOON, || async { broker.last_will() }).await;
        let (user, token) = credential("donghu", "gateway");
        let mut options = MqttOptions::new("srad", shop.address.ip().to_string(), shop.address.port());
        options.set_credentials(user, token).set_clean_start(true);
        options.set_last_will(LastWill::new(will.topic, will.payload, quality(&will.qos), will.retain, None));
        let (client, events) = AsyncClient::new(options, 100);
        let loses_next = Arc::new(AtomicBool::new(false));
        let hears = tokio::spawn(hear(events, broker.tx_event));
        let says = tokio::spawn(say(client, broker.rx_outbound, loses_next.clone()));
        Self { tasks: [hears, says], loses_next }
    }

    /// Without a farewell.
    fn cut(self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

fn quality(of: &Quality) -> QoS {
    match of {
        Quality::AtMostOnce => QoS::AtMostOnce,
        Quality::AtLeastOnce => QoS::AtLeastOnce,
    }
}

async fn hear(mut events: EventLoop, to: UnboundedSender<Event>) {
    loop {
        let event = match events.poll().await.expect("the host keeps the line") {
            Mqtt::Incoming(Packet::ConnAck(_)) => Event::Online,
            Mqtt::Incoming(Packet::Publish(publish)) => {
                topic_and_payload_to_event(publish.topic.to_vec(), publish.payload.to_vec())
            }
            _ => continue,
        };
        to.send(event).expect("the node runs");
    }
}

async fn say(client: AsyncClient, mut from: UnboundedReceiver<OutboundMessage>, loses_next: Arc<AtomicBool>) {
    while let Some(message) = from.recv().await {
        let (topic, (qos, retain), payload) = match message {
            OutboundMessage::Subscribe(filters) => {
                let filters = filters.into_iter().map(|filter| Filter::new(filter.topic, quality(&filter.qos)));
                client.subscribe_many(filters).await.unwrap();
                continue;
            }
            OutboundMessage::DeviceMessage { topic, .. }
                if topic.message_type == DeviceMessage::DData && loses_next.swap(false, Ordering::AcqRel) =>
            {
                continue;
            }
            OutboundMessage::DeviceMessage { topic, payload } => {
                let how = topic.get_publish_quality_retain();
                (topic.topic, how, payload)
            }
            OutboundMessage::NodeMessage { topic, payload } => {
                let how = topic.get_publish_quality_retain();
                (topic.topic, how, payload)
            }
            OutboundMessage::StateMessage { .. } | OutboundMessage::Disconnect => continue,
        };
        client.publish(topic, quality(&qos), retain, Vec::<u8>::from(payload)).await.unwrap();
    }
}

/// What is stored of a signal, by seconds after `base_us`.
async fn stored(shop: &Shop, base_us: i64, signal: &str) -> Vec<(i64, Sample)> {
    let (from, until) = (START.plus_us(base_us - HOUR_US), START.plus_us(base_us + 3 * HOUR_US));
    let samples =
        shop.plant.runtime().samples(tenant_id("donghu"), signal.to_owned(), from, until, 1_000).await.unwrap();
    samples.times.iter().map(|time| (time - START.0 - base_us) / 1_000_000).zip(samples.values).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_of_srad_says_is_stored_value_for_value_over_births_a_lost_message_and_deaths() {
    let shop = Shop::open().await;
    // The library dates its messages by the machine's clock, so the plant's shows the same.
    let made = std::fs::metadata(shop.plant.root()).unwrap().modified().unwrap();
    let real_us = made.duration_since(std::time::UNIX_EPOCH).unwrap().as_micros() as i64;
    shop.plant.later(Duration::from_micros((real_us - START.0) as u64));
    // Its values are an hour old, so that its death is later than all of them.
    let base_us = (real_us - START.0) / 1_000_000 * 1_000_000 - HOUR_US;
    let ms = |second: u64| (START.0 + base_us) as u64 / 1_000 + second * 1_000;
    let rule = |(name, kind, _): &Row| {
        let offline = if *kind == "state" {
            r#","states":{"running":"running","stopped":"stopped"},"offline":"offline""#
        } else {
            ""
        };
        format!(
            r#"{{"from":{{"metric":"{name}","node":"gw","device":"+"}},"equipment":"{{1}}","signal":"{name}","kind":"{kind}"{offline}}}"#
        )
    };
    let rules = rows().iter().map(rule).collect::<Vec<_>>().join(",");
    let rules = Rules::parse(format!("{{\"rules\":[{rules}]}}").as_bytes()).unwrap();
    shop.mapping.put(tenant_id("donghu"), 0, rules, "test").await.unwrap();
    // All values of both machines, in the order of their times: seconds, and which values.
    let are_stored = |device: &'static str, expected: Vec<(i64, usize)>| {
        let shop = &shop;
        async move {
            for (name, _, values) in rows() {
                let expected: Vec<_> = expected.iter().map(|(second, nth)| (*second, values[*nth].clone())).collect();
                let signal = format!("{device}.{name}");
                let all = || async { (stored(shop, base_us, &signal).await == expected).then_some(()) };
                until_async(&format!("{signal} to be {expected:?}"), SOON, all).await;
            }
        }
    };

    let (events, client, broker) = ChannelEventLoop::new();
    let builder = EoNBuilder::new(events, client).with_group_id("donghu").with_node_id("gw");
    let (eon, node) = builder.build().unwrap();
    let machines = [Machine::default(), Machine::default()];
    machines.iter().for_each(|machine| machine.tells_from_now_on(0, ms(0)));
    let devices = ["press-1", "press-2"].into_iter().zip(&machines);
    let devices: Vec<_> = devices.map(|(name, machine)| node.register_device(name, machine.clone()).unwrap()).collect();
    devices.iter().for_each(DeviceHandle::enable);
    let running = tokio::spawn(eon.run());
    let line = Line::open(&shop, broker).await;

    for device in ["press-1", "press-2"] {
        are_stored(device, vec![(0, 0)]).await;
    }
    machines[0].say(&devices[0], 1, ms(1)).await;
    machines[1].say(&devices[1], 1, ms(1)).await;
    for device in ["press-1", "press-2"] {
        are_stored(device, vec![(0, 0), (1, 1)]).await;
    }

    // A message is lost. The next one waits for it in vain, and the host asks for births.
    line.loses_next.store(true, Ordering::Release);
    machines.iter().for_each(|machine| machine.tells_from_now_on(2, ms(4)));
    let births = machines[0].births.load(Ordering::Acquire);
    machines[0].say_once(&devices[0], 2, ms(2)).await;
    machines[1].say_once(&devices[1], 2, ms(3)).await;
    let born_again = || async {
        shop.plant.later(Duration::from_secs(1));
        (machines.iter().all(|machine| machine.births.load(Ordering::Acquire) > births)).then_some(())
    };
    until_async("births that the host asked for", SOON, born_again).await;
    are_stored("press-1", vec![(0, 0), (1, 1), (4, 2)]).await;
    are_stored("press-2", vec![(0, 0), (1, 1), (4, 2)]).await;
    machines[0].say(&devices[0], 0, ms(5)).await;
    are_stored("press-1", vec![(0, 0), (1, 1), (4, 2), (5, 0)]).await;

    // One machine is switched off, then the whole line is cut.
    let last_state = |device: &'static str| {
        let shop = &shop;
        async move { stored(shop, base_us, &format!("{device}.state")).await.pop().map(|(_, value)| value) }
    };
    let offline = Some(Sample::Word { value: "offline".to_owned() });
    devices[1].disable();
    until_async("press-2 to be offline", SOON, || async { (last_state("press-2").await == offline).then_some(()) })
        .await;
    assert_eq!(last_state("press-1").await, Some(Sample::Word { value: "running".to_owned() }));
    line.cut();
    until_async("press-1 to be offline", SOON, || async { (last_state("press-1").await == offline).then_some(()) })
        .await;
    running.abort();
}
