//! Brokers of a factory's own: a real Mosquitto, and one of this test's that says exactly what it is told.

use super::shop::{Shop, line, world};
use crate::chaos::servers::{Product, Servers, Tenant};
use crate::guests::plant::tenant_id;
use crate::mosquitto::{self, Mosquitto};
use crate::wait::until_async;
use futures_util::future::BoxFuture;
use futures_util::{SinkExt, StreamExt};
use rmqtt_codec::types::{Protocol, Publish, QoS};
use rmqtt_codec::v3::{Codec, Connect, ConnectAck, ConnectAckReason, Packet, SubscribeReturnCode};
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::Framed;
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::Instant;
use toolcrib_ingest::mqtt::{Broker, Brokers, Destination, Dial, Endpoint, Io, Settings, Standing, Undialled};
use toolcrib_sparkplug::{Change, DataType, Defined, EdgeNode, Outgoing, Value as SparkplugValue};

const SOON: Duration = Duration::from_secs(60);
const TENANT: &str = "donghu";

type Line = Framed<TcpStream, Codec>;

/// Every name leads to one address.
struct To(SocketAddr);

impl Dial for To {
    fn dial(&self, _: Destination) -> BoxFuture<'static, Result<Box<dyn Io>, Undialled>> {
        let address = self.0;
        Box::pin(async move {
            let stream = TcpStream::connect(address).await.map_err(|error| Undialled::Away(error.to_string()))?;
            Ok(Box::new(stream) as Box<dyn Io>)
        })
    }
}

pub fn broker(topics: &[&str]) -> Broker {
    Broker {
        name: "plant".to_owned(),
        url: "mqtt://broker.plant".to_owned(),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        active: true,
        ..Broker::default()
    }
}

pub fn follow(endpoint: &Endpoint, address: SocketAddr) -> Arc<Brokers> {
    let brokers = Arc::new(Brokers::new(endpoint, Arc::new(To(address))));
    tokio::spawn(brokers.clone().watch());
    brokers
}

pub async fn connected(brokers: &Brokers) {
    let standing =
        || async { matches!(brokers.standing(tenant_id(TENANT), "plant"), Standing::Connected { .. }).then_some(()) };
    until_async("the broker", SOON, standing).await;
}

pub async fn stored(shop: &Shop, signal: &str, count: usize) -> Vec<(i64, Sample)> {
    let all = || async { Some(shop.stored(TENANT, signal).await).filter(|stored| stored.len() >= count) };
    until_async("readings", SOON, all).await
}

/// Mosquitto; none where it is absent, which must be allowed.
#[expect(clippy::disallowed_methods, reason = "what is installed is known by the environment only")]
pub fn program() -> Option<&'static str> {
    let found = mosquitto::program();
    let required = std::env::var("TOOLCRIB_REQUIRE").unwrap_or_default();
    assert!(
        found.is_some() || !required.split(',').any(|required| required == "mosquitto"),
        "TOOLCRIB_REQUIRE asks for mosquitto; there is no broker of it"
    );
    if found.is_none() {
        // Not through the captured output: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: 1 test of brokers, because mosquitto is not installed");
    }
    found
}

/// Somebody who publishes to a broker, and waits until it has it.
pub async fn say(address: SocketAddr, user: Option<(&str, &str)>, topic: &str, payloads: &[String]) {
    let mut line = Framed::new(TcpStream::connect(address).await.unwrap(), Codec::default());
    let connect = Connect {
        protocol: Protocol::default(),
        clean_session: true,
        keep_alive: 60,
        last_will: None,
        client_id: "machine".to_owned().into(),
        username: user.map(|(name, _)| name.to_owned().into()),
        password: user.map(|(_, password)| password.to_owned().into()),
        cert: None,
    };
    line.send(Packet::Connect(Box::new(connect))).await.unwrap();
    match hear(&mut line).await {
        Packet::ConnectAck(answer) => assert_eq!(answer.return_code, ConnectAckReason::ConnectionAccepted),
        other => panic!("{other:?}"),
    }
    for (payload, id) in payloads.iter().zip(1..) {
        line.send(message(topic, payload, id, false)).await.unwrap();
        assert_eq!(hear(&mut line).await, acknowledged(id));
    }
}

async fn hear(line: &mut Line) -> Packet {
    let heard = tokio::time::timeout(SOON, line.next()).await.expect("an answer");
    heard.expect("the other side stays").expect("a packet").0
}

fn message(topic: &str, payload: &str, id: u16, dup: bool) -> Packet {
    Packet::Publish(Box::new(Publish {
        dup,
        retain: false,
        qos: QoS::AtLeastOnce,
        topic: topic.to_owned().into(),
        packet_id: NonZeroU16::new(id),
        payload: payload.to_owned().into(),
        properties: None,
    }))
}

fn acknowledged(id: u16) -> Packet {
    Packet::PublishAck { packet_id: NonZeroU16::new(id).unwrap() }
}

/// This test as a broker: the next connection, signed in and subscribed; what it said at first.
async fn serve(listener: &TcpListener, session_present: bool) -> (Line, Connect) {
    let (stream, _) = tokio::time::timeout(SOON, listener.accept()).await.expect("a connection").unwrap();
    let mut line = Framed::new(stream, Codec::default());
    let Packet::Connect(connect) = hear(&mut line).await else { panic!("no CONNECT") };
    let return_code = ConnectAckReason::ConnectionAccepted;
    line.send(Packet::ConnectAck(ConnectAck { session_present, return_code })).await.unwrap();
    match hear(&mut line).await {
        Packet::Subscribe { packet_id, topic_filters } => {
            let status = topic_filters.iter().map(|(_, qos)| SubscribeReturnCode::Success(*qos)).collect();
            line.send(Packet::SubscribeAck { packet_id, status }).await.unwrap();
        }
        other => panic!("{other:?}"),
    }
    (line, *connect)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brokers_message_is_acknowledged_when_it_is_stored_and_counted_once() {
    let shop = Shop::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let brokers = follow(&shop.endpoint, listener.local_addr().unwrap());
    brokers.put(tenant_id(TENANT), 0, vec![broker(&["plant/#"])], "user:1").await.unwrap();
    let (mut line, connect) = serve(&listener, false).await;
    assert!(!connect.clean_session, "the broker keeps what it has for us while we are away");
    let first = super::shop::line("press.good", 1, 7);
    line.send(message("plant/readings", &first, 9, false)).await.unwrap();
    assert_eq!(hear(&mut line).await, acknowledged(9));
    assert_eq!(shop.stored(TENANT, "press.good").await, [(1, Sample::Count { value: 7 })]);
    // What cannot be kept is taken all the same: it would come again and again.
    line.send(message("plant/readings", "nonsense", 10, false)).await.unwrap();
    assert_eq!(hear(&mut line).await, acknowledged(10));
    assert_eq!(shop.source(TENANT, "broker-plant").refusals[0].code, "bad-batch");
    // The connection breaks before the answer, or with it: the message comes again.
    let second = super::shop::line("press.good", 2, 8);
    line.send(message("plant/readings", &second, 11, false)).await.unwrap();
    drop(line);
    let (mut line, again) = serve(&listener, true).await;
    assert_eq!(again.client_id, connect.client_id);
    line.send(message("plant/readings", &second, 11, true)).await.unwrap();
    assert_eq!(hear(&mut line).await, acknowledged(11));
    let all = [(1, Sample::Count { value: 7 }), (2, Sample::Count { value: 8 })];
    assert_eq!(shop.stored(TENANT, "press.good").await, all);
    // Nobody wants it any more: nothing is kept for us there.
    brokers.put(tenant_id(TENANT), 1, Vec::new(), "user:1").await.unwrap();
    assert!(matches!(hear(&mut line).await, Packet::Unsubscribe { .. }));
    assert_eq!(hear(&mut line).await, Packet::Disconnect);
    assert_eq!(brokers.standing(tenant_id(TENANT), "plant"), Standing::Off);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_broker_says_wrongly_is_told_and_tried_again() {
    let shop = Shop::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let brokers = follow(&shop.endpoint, listener.local_addr().unwrap());
    brokers.put(tenant_id(TENANT), 0, vec![broker(&["plant/#"])], "user:1").await.unwrap();
    let told = |code: &'static str| {
        let brokers = &brokers;
        until_async(code, SOON, move || async move {
            (brokers.standing(tenant_id(TENANT), "plant").code() == code).then_some(())
        })
    };
    let refused =
        Packet::ConnectAck(ConnectAck { session_present: false, return_code: ConnectAckReason::BadUserNameOrPassword });
    let denied = Packet::SubscribeAck { packet_id: NonZeroU16::MIN, status: vec![SubscribeReturnCode::Failure] };
    let welcome =
        Packet::ConnectAck(ConnectAck { session_present: false, return_code: ConnectAckReason::ConnectionAccepted });
    for (answers, code) in [
        (vec![refused], "sign-in-refused"),
        (vec![welcome.clone(), denied], "topic-refused"),
        (vec![welcome, Packet::PingRequest], "malformed"),
    ] {
        let (stream, _) = tokio::time::timeout(SOON, listener.accept()).await.expect("it is tried again").unwrap();
        let mut line = Framed::new(stream, Codec::default());
        assert!(matches!(hear(&mut line).await, Packet::Connect(_)));
        for answer in answers {
            line.send(answer).await.unwrap();
        }
        told(code).await;
    }
    let (stream, _) = tokio::time::timeout(SOON, listener.accept()).await.expect("it is tried again").unwrap();
    drop(stream);
    told("cut").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sparkplug_nodes_behind_a_broker_find_their_host_and_get_its_commands() {
    let shop = Shop::open().await;
    let rules = r#"{"rules":[{"from":{"metric":"good","node":"+","device":"+"},"equipment":"{2}","signal":"good","kind":"count"}]}"#;
    let rules = toolcrib_ingest::payload::Rules::parse(rules.as_bytes()).unwrap();
    shop.mapping.put(tenant_id(TENANT), 0, rules, "test").await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let brokers = follow(&shop.endpoint, listener.local_addr().unwrap());
    brokers.put(tenant_id(TENANT), 0, vec![broker(&["spBv1.0/plant/#"])], "user:1").await.unwrap();
    let (mut line, connect) = serve(&listener, false).await;
    let (will, state) = (connect.last_will.unwrap(), "spBv1.0/STATE/toolcrib");
    assert!(will.topic == state && will.retain && will.message.starts_with(b"{\"online\":false"));
    let is_online = |packet: Packet| match packet {
        Packet::Publish(said) => said.topic == state && said.retain && said.payload.starts_with(b"{\"online\":true"),
        other => panic!("{other:?}"),
    };
    assert!(is_online(hear(&mut line).await));
    // An old will of ours comes late: it is not so.
    line.send(message(state, "{\"online\":false,\"timestamp\":1}", 5, false)).await.unwrap();
    assert!(is_online(hear(&mut line).await));
    assert_eq!(hear(&mut line).await, acknowledged(5));
    // Data of a node that was not born: it is asked for its birth, through the broker.
    let ms = |us: i64| (super::shop::at(us).0 / 1_000) as u64;
    let mut node = EdgeNode::new("plant", "gw").unwrap();
    let good = Defined { name: "good".to_owned(), datatype: DataType::Int64, value: None };
    node.define(Some("press-1"), good).unwrap();
    node.connect(ms(0));
    let births = node.birth(ms(0));
    let data =
        node.data(Some("press-1"), &[Change::now("good", SparkplugValue::Signed(7), ms(1_000))], ms(1_000)).unwrap();
    line.send(bytes_of(&data, 6)).await.unwrap();
    let mut heard = vec![hear(&mut line).await, hear(&mut line).await];
    heard.sort_by_key(|packet| matches!(packet, Packet::PublishAck { .. }));
    let Packet::Publish(asked) = &heard[0] else { panic!("{heard:?}") };
    assert!(node.asks_for_rebirth(&asked.topic, &asked.payload), "{asked:?}");
    assert_eq!((asked.qos, asked.topic.as_ref() as &str), (QoS::AtMostOnce, "spBv1.0/plant/NCMD/gw"));
    for (birth, id) in births.iter().chain([&data]).zip(7..) {
        line.send(bytes_of(birth, id)).await.unwrap();
        assert_eq!(hear(&mut line).await, acknowledged(id));
    }
    assert_eq!(shop.stored(TENANT, "press-1.good").await, [(1_000, Sample::Count { value: 7 })]);
}

fn bytes_of(said: &Outgoing, id: u16) -> Packet {
    match message(&said.topic, "", id, false) {
        Packet::Publish(publish) => {
            Packet::Publish(Box::new(Publish { payload: said.payload.clone().into(), ..*publish }))
        }
        other => other,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_mosquitto_has_is_stored_value_for_value_also_what_it_kept_meanwhile() {
    let Some(program) = program() else { return };
    let (shop, folder) = (Shop::open().await, tempfile::tempdir().unwrap());
    let more = "allow_anonymous true";
    let mosquitto = tokio::task::block_in_place(|| Mosquitto::start(program, folder.path(), more));
    let brokers = follow(&shop.endpoint, mosquitto.address);
    brokers.put(tenant_id(TENANT), 0, vec![broker(&["plant/#"])], "user:1").await.unwrap();
    connected(&brokers).await;
    let lines = |from: i64, until: i64| (from..until).map(|us| line("press.good", us, us * 3)).collect::<Vec<_>>();
    let expected = |until: i64| (1..until).map(|us| (us, Sample::Count { value: us * 3 })).collect::<Vec<_>>();
    say(mosquitto.address, None, "plant/readings", &lines(1, 200)).await;
    assert_eq!(stored(&shop, "press.good", 199).await, expected(200));
    // Our host goes away and comes back.
    shop.endpoint.drain().await;
    say(mosquitto.address, None, "plant/readings", &lines(200, 300)).await;
    let runtime = shop.plant.runtime().clone();
    let endpoint = Endpoint::new(runtime, shop.mapping.clone(), world(), Settings { messages_each_s: 1_000_000 });
    let brokers = follow(&endpoint, mosquitto.address);
    connected(&brokers).await;
    assert_eq!(stored(&shop, "press.good", 299).await, expected(300));
    // The broker goes away and comes back.
    let mosquitto = tokio::task::block_in_place(|| mosquitto.again(program, more));
    until_async("the connection to the new one", SOON, || async {
        // What is said before we are back is nobody's: its sessions ended with it.
        say(mosquitto.address, None, "plant/readings", &lines(300, 301)).await;
        (shop.stored(TENANT, "press.good").await.len() == 300).then_some(())
    })
    .await;
    assert_eq!(shop.stored(TENANT, "press.good").await, expected(301));
    endpoint.drain().await;
}

/// The API of a running host.
pub struct Api<'a> {
    pub http: reqwest::Client,
    pub url: String,
    pub token: String,
    pub tenant: &'a Tenant,
}

impl Api<'_> {
    pub async fn put(&self, version: u64, brokers: Value) -> (u16, Value) {
        let url = format!("{}/v1/t/{}/brokers", self.url, self.tenant.slug);
        let body = json!({"version": version, "brokers": brokers}).to_string();
        let request = self.http.put(url).bearer_auth(&self.token).header("content-type", "application/json").body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    pub async fn get(&self) -> String {
        let url = format!("{}/v1/t/{}/brokers", self.url, self.tenant.slug);
        self.http.get(url).bearer_auth(&self.token).send().await.unwrap().text().await.unwrap()
    }

    /// What is stored of a signal, in the order of time.
    pub async fn values(&self, signal: &str, from: Instant, to: Instant) -> Vec<i64> {
        let url = format!("{}/v1/t/{}/readings?signal={signal}&from={from}&to={to}", self.url, self.tenant.slug);
        let text = self.http.get(url).bearer_auth(&self.token).send().await.unwrap().text().await.unwrap();
        let shown: Value = serde_json::from_str(&text).unwrap();
        let samples = shown["samples"].as_array().cloned().unwrap_or_default();
        samples.iter().filter_map(|sample| sample["value"].as_i64()).collect()
    }

    pub async fn stands(&self, code: &str) {
        until_async(code, SOON, || async {
            let shown: Value = serde_json::from_str(&self.get().await).unwrap();
            (shown["brokers"][0]["standing"]["code"] == code).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_follows_the_broker_that_its_operator_allows_with_a_password_that_nobody_is_told() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let passwords = folder.path().join("passwords");
    let mut make = std::process::Command::new("mosquitto_passwd");
    make.args(["-b", "-c"]).arg(&passwords).args(["plant", "se-cret"]);
    assert!(make.output().unwrap().status.success());
    let more = format!("allow_anonymous false\npassword_file {}", passwords.display());
    let mosquitto = tokio::task::block_in_place(|| Mosquitto::start(program, folder.path(), &more));
    let config = |slug: &str| {
        format!(
            "[[host.intranet]]\ntenant = {slug:?}\nhost = \"broker.plant:1883\"\naddress = \"{}\"\n",
            mosquitto.address
        )
    };
    let config = config("plant-0");
    let (servers, host) = Servers::with(1, Product { config: &config, ..Product::DAYBOOK }).await;
    let tenant = &servers.tenants[0];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let api = Api { http, url: host.url.clone(), token: servers.owner_token().await, tenant };
    let ours = |url: &str, password: Option<&str>| json!([{"name": "plant", "url": url, "user": "plant", "password": password, "topics": ["plant/#"]}]);
    assert_eq!(api.put(0, ours("mqtt://elsewhere.plant", Some("se-cret"))).await.0, 200);
    api.stands("not-allowed").await;
    assert_eq!(api.put(1, ours("mqtt://broker.plant", Some("wrong"))).await.0, 200);
    api.stands("sign-in-refused").await;
    assert_eq!(api.put(2, ours("mqtt://broker.plant", Some("se-cret"))).await.0, 200);
    api.stands("connected").await;
    // Left out, the password stays.
    assert_eq!(api.put(3, ours("mqtt://broker.plant", None)).await.0, 200);
    api.stands("connected").await;
    assert_eq!(api.put(3, ours("mqtt://broker.plant", None)).await.0, 409, "somebody was faster");
    let (status, problem) = api.put(4, ours("http://broker.plant", None)).await;
    assert_eq!((status, problem["errors"][0]["pointer"].clone()), (422, json!("/brokers/0/url")));
    assert!(!api.get().await.contains("se-cret"));
    let made = std::fs::metadata(servers.folder()).unwrap().modified().unwrap();
    let now_us = made.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_micros() as i64;
    let at = |nth: i64| Instant(now_us + nth);
    let lines = |from: i64, until: i64| {
        (from..until)
            .map(|nth| format!("{{\"signal\":\"press.good\",\"at\":\"{}\",\"value\":{nth}}}", at(nth)))
            .collect::<Vec<_>>()
    };
    let user = Some(("plant", "se-cret"));
    say(mosquitto.address, user, "plant/readings", &lines(0, 50)).await;
    tokio::task::block_in_place(|| host.stop());
    // The broker keeps what is said meanwhile.
    say(mosquitto.address, user, "plant/readings", &lines(50, 100)).await;
    let host = tokio::task::block_in_place(|| servers.serve());
    let api = Api { url: host.url.clone(), ..api };
    api.stands("connected").await;
    let found = until_async("all readings", SOON, || async {
        Some(api.values("press.good", at(0), at(1_000)).await).filter(|values| values.len() >= 100)
    })
    .await;
    assert_eq!(found, (0..100).collect::<Vec<_>>(), "each once, in order");
    assert!(!host.log().contains("se-cret"));
    tokio::task::block_in_place(|| host.stop());
}
