//! Clients that nobody here wrote: a Rust library in both versions, `mosquitto_pub`, Python's paho and a Sparkplug library. What they send is
//! found again, value for value.

use super::shop::{Shop, credential, line};
use crate::guests::plant::tenant_id;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use toolcrib_contract::signal::Sample;
use toolcrib_ingest::payload::Rules;

const OWN: &str = "tc/donghu/gateway/readings";
/// Longest wait for a client to finish.
const SOON: Duration = Duration::from_secs(60);

/// Values of every type that a reading has, among them those that are easily lost.
fn values() -> Vec<(&'static str, Sample)> {
    let number = |value| Sample::Number { value };
    let count = |value| Sample::Count { value };
    let word = |value: &str| Sample::Word { value: value.to_owned() };
    vec![
        ("0", count(0)),
        ("-1", count(-1)),
        ("9223372036854775807", count(i64::MAX)),
        ("-9223372036854775808", count(i64::MIN)),
        ("0.1", number(0.1)),
        ("-2.5e-300", number(-2.5e-300)),
        ("1.7976931348623157e308", number(f64::MAX)),
        ("5e-324", number(5e-324)),
        ("true", Sample::Flag { value: true }),
        ("false", Sample::Flag { value: false }),
        ("\"running\"", word("running")),
        ("\"冲床停机\"", word("冲床停机")),
        ("\"\"", word("")),
    ]
}

/// One message a value.
fn messages(signal: &str) -> Vec<String> {
    values().iter().zip(1..).map(|((text, _), us)| line(signal, us, text)).collect()
}

async fn assert_stored(shop: &Shop, signal: &str) {
    let expected: Vec<_> = values().into_iter().zip(1..).map(|((_, value), us)| (us, value)).collect();
    assert_eq!(shop.stored("donghu", signal).await, expected, "{signal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rumqttc_sends_in_3_1_1_is_stored_value_for_value() {
    use rumqttc_classic::{AsyncClient, Event, MqttOptions, Packet, QoS};
    let shop = Shop::open().await;
    let (user, token) = credential("donghu", "gateway");
    let mut options = MqttOptions::new("rumqttc", shop.address.ip().to_string(), shop.address.port());
    options.set_credentials(user, token);
    let (client, mut events) = AsyncClient::new(options, 100);
    let sent = messages("rumqttc.x");
    for message in &sent {
        client.publish(OWN, QoS::AtLeastOnce, false, message.as_bytes()).await.unwrap();
    }
    client.publish(OWN, QoS::ExactlyOnce, false, line("rumqttc.last", 1, 7)).await.unwrap();
    let (mut acknowledged, mut complete) = (0, false);
    let all = async {
        while acknowledged < sent.len() || !complete {
            match events.poll().await.unwrap() {
                Event::Incoming(Packet::PubAck(_)) => acknowledged += 1,
                Event::Incoming(Packet::PubComp(_)) => complete = true,
                _ => {}
            }
        }
    };
    tokio::time::timeout(SOON, all).await.expect("every message is acknowledged");
    assert_stored(&shop, "rumqttc.x").await;
    assert_eq!(shop.stored("donghu", "rumqttc.last").await, [(1, Sample::Count { value: 7 })]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rumqttc_sends_in_5_0_is_stored_value_for_value() {
    use rumqttc_classic::v5::mqttbytes::QoS;
    use rumqttc_classic::v5::mqttbytes::v5::{Packet, PubAckReason};
    use rumqttc_classic::v5::{AsyncClient, Event, MqttOptions};
    let shop = Shop::open().await;
    let (user, token) = credential("donghu", "gateway");
    let mut options = MqttOptions::new("rumqttc", shop.address.ip().to_string(), shop.address.port());
    options.set_credentials(user, token);
    let (client, mut events) = AsyncClient::new(options, 100);
    let sent = messages("rumqttc.y");
    for message in &sent {
        client.publish(OWN, QoS::AtLeastOnce, false, message.clone().into_bytes()).await.unwrap();
    }
    let mut acknowledged = 0;
    let all = async {
        while acknowledged < sent.len() {
            if let Event::Incoming(Packet::PubAck(ack)) = events.poll().await.unwrap() {
                assert_eq!(ack.reason, PubAckReason::Success);
                acknowledged += 1;
            }
        }
    };
    tokio::time::timeout(SOON, all).await.expect("every message is acknowledged");
    assert_stored(&shop, "rumqttc.y").await;
}

/// A program of the system; none when it is absent, which must be allowed.
#[expect(clippy::disallowed_methods, reason = "which clients are installed is known by the environment only")]
fn program(name: &str, works: impl Fn(&mut Command) -> bool, candidates: &[&str]) -> Option<PathBuf> {
    let found = candidates.iter().find(|candidate| works(&mut Command::new(candidate)));
    let required = std::env::var("TOOLCRIB_REQUIRE").unwrap_or_default();
    assert!(
        found.is_some() || !required.split(',').any(|required| required == name),
        "TOOLCRIB_REQUIRE asks for {name}; there is none"
    );
    if found.is_none() {
        // Not through the captured output: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: 1 test of MQTT, because {name} is not installed");
    }
    found.map(PathBuf::from)
}

async fn run(mut command: Command, input: String) -> Output {
    let run = move || {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    tokio::time::timeout(SOON, tokio::task::spawn_blocking(run)).await.expect("the client ends").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_mosquitto_pub_sends_is_stored_value_for_value() {
    let works = |command: &mut Command| command.arg("--help").output().is_ok();
    let Some(program) = program("mosquitto", works, &["mosquitto_pub"]) else { return };
    let shop = Shop::open().await;
    for (version, qos) in [("mqttv311", "1"), ("mqttv5", "1"), ("mqttv311", "2"), ("mqttv5", "2"), ("mqttv5", "0")] {
        let signal = format!("{version}-{qos}.x");
        let (user, token) = credential("donghu", "gateway");
        let mut command = Command::new(&program);
        command.args(["-h", &shop.address.ip().to_string(), "-p", &shop.address.port().to_string()]);
        command.args(["-V", version, "-q", qos, "-t", OWN, "-u", &user, "-P", &token, "-l"]);
        let output = run(command, messages(&signal).concat()).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        if qos == "0" {
            let all = || async { (shop.stored("donghu", &signal).await.len() == values().len()).then_some(()) };
            crate::wait::until_async("messages without an answer", SOON, all).await;
        }
        assert_stored(&shop, &signal).await;
    }
    let mut command = Command::new(&program);
    command.args(["-h", &shop.address.ip().to_string(), "-p", &shop.address.port().to_string()]);
    command.args(["-t", OWN, "-u", "donghu/gateway", "-P", "wrong", "-m", "x"]);
    let output = run(command, String::new()).await;
    assert!(!output.status.success(), "a wrong token is an error that the client tells");
}

/// Publishes each line of standard input with quality 1 or 2 and waits for its end.
const PAHO: &str = "
import sys, paho.mqtt.client as mqtt
host, port, user, token, topic, version, qos = sys.argv[1:]
protocol = mqtt.MQTTv5 if version == '5' else mqtt.MQTTv311
newer = getattr(mqtt, 'CallbackAPIVersion', None)
arguments = [newer.VERSION1] if newer else []
client = mqtt.Client(*arguments, client_id='paho', protocol=protocol)
client.username_pw_set(user, token)
client.connect(host, int(port))
client.loop_start()
for line in sys.stdin.buffer:
    sent = client.publish(topic, line, qos=int(qos))
    sent.wait_for_publish()
client.disconnect()
client.loop_stop()
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_pythons_paho_sends_is_stored_value_for_value() {
    let works = |command: &mut Command| {
        command.args(["-c", "import paho.mqtt.client"]).output().is_ok_and(|output| output.status.success())
    };
    let Some(program) = program("paho", works, &["python3", "/usr/bin/python3"]) else { return };
    let shop = Shop::open().await;
    for (version, qos) in [("4", "1"), ("5", "1"), ("4", "2"), ("5", "2")] {
        let signal = format!("paho-{version}-{qos}.x");
        let (user, token) = credential("donghu", "gateway");
        let mut command = Command::new(&program);
        let (host, port) = (shop.address.ip().to_string(), shop.address.port().to_string());
        command.args(["-c", PAHO, &host, &port, &user, &token, OWN, version, qos]);
        let output = run(command, messages(&signal).concat()).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_stored(&shop, &signal).await;
    }
}

/// A Sparkplug node with one device: its births tell the first values, its data the second ones, its death ends it.
const PYSPARKPLUG: &str = "
import sys, time
from pysparkplug import Client, ClientOptions, DataType, Device, EdgeNode, Metric
host, port, user, token, group, first_ms = sys.argv[1:]
kinds = [('i8', DataType.INT8, -1, -128), ('i16', DataType.INT16, -1, -32768), ('i32', DataType.INT32, -1, -2147483648),
  ('i64', DataType.INT64, -1, -9223372036854775808), ('u8', DataType.UINT8, 1, 255), ('u16', DataType.UINT16, 1, 65535),
  ('u32', DataType.UINT32, 1, 4294967295), ('f', DataType.FLOAT, 1.5, 0.5), ('d', DataType.DOUBLE, 1.5, 0.1),
  ('b', DataType.BOOLEAN, False, True), ('s', DataType.STRING, 'running', '\\u51b2\\u5e8a\\u505c\\u673a')]
at = int(first_ms)
births = [Metric(timestamp=at, name=name, datatype=kind, value=one) for name, kind, one, _ in kinds]
changes = [Metric(timestamp=at + 1, name=name, datatype=kind, value=two) for name, kind, _, two in kinds]
node = EdgeNode(group, 'gw', metrics=[], client=Client(client_id='pysparkplug', username=user, password=token))
node.register(Device('press-1', metrics=births))
node.connect(host, port=int(port))
while not node._connected:
    time.sleep(0.01)
node.update_device('press-1', changes)
time.sleep(1)
node.disconnect()
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sparkplug_library_sends_is_stored_value_for_value() {
    let works = |command: &mut Command| {
        command.args(["-c", "import pysparkplug"]).output().is_ok_and(|output| output.status.success())
    };
    let Some(program) = program("pysparkplug", works, &["python3", "/usr/bin/python3"]) else { return };
    let shop = Shop::open().await;
    let rule = |name: &str, kind: &str| {
        format!(
            "{{\"from\":{{\"metric\":\"{name}\",\"node\":\"gw\",\"device\":\"+\"}},\"equipment\":\"{{1}}\",\"signal\":\"{name}\",\"kind\":\"{kind}\"}}"
        )
    };
    let count = |one: i64, two: i64| [Sample::Count { value: one }, Sample::Count { value: two }];
    let number = |one: f64, two: f64| [Sample::Number { value: one }, Sample::Number { value: two }];
    let word = |text: &str| Sample::Word { value: text.to_owned() };
    let sent = [
        ("i8", "count", count(-1, -128)),
        ("i16", "count", count(-1, -32_768)),
        ("i32", "count", count(-1, i32::MIN.into())),
        ("i64", "count", count(-1, i64::MIN)),
        ("u8", "count", count(1, 255)),
        ("u16", "count", count(1, 65_535)),
        ("u32", "count", count(1, u32::MAX.into())),
        ("f", "number", number(1.5, 0.5)),
        ("d", "number", number(1.5, 0.1)),
        ("b", "flag", [Sample::Flag { value: false }, Sample::Flag { value: true }]),
        ("s", "word", [word("running"), word("冲床停机")]),
    ];
    let rules: Vec<_> = sent.iter().map(|(name, kind, _)| rule(name, kind)).collect();
    let rules = Rules::parse(format!("{{\"rules\":[{}]}}", rules.join(",")).as_bytes()).unwrap();
    shop.mapping.put(tenant_id("donghu"), 0, rules, "test").await.unwrap();
    let (user, token) = credential("donghu", "gateway");
    let (host, port) = (shop.address.ip().to_string(), shop.address.port().to_string());
    let first_ms = (super::shop::at(0).0 / 1_000).to_string();
    let mut command = Command::new(&program);
    command.args(["-c", PYSPARKPLUG, &host, &port, &user, &token, "donghu", &first_ms]);
    let output = run(command, String::new()).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (name, _, [one, two]) in sent {
        let expected = [(0, one), (1_000, two)];
        let all = || async { (shop.stored("donghu", &format!("press-1.{name}")).await == expected).then_some(()) };
        crate::wait::until_async(name, SOON, all).await;
    }
}
