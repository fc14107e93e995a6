//! A machine that speaks OPC UA, on the server part of the library.

use crate::site::START;
use crate::site::server::{Line, Server};
use opcua_server::address_space::VariableBuilder;
use opcua_server::diagnostics::NamespaceMetadata;
use opcua_server::node_manager::memory::{SimpleNodeManager, simple_node_manager};
use opcua_server::{ServerBuilder, ServerHandle};
use opcua_types::{DataTypeId, DataValue, DateTime, NodeId, StatusCode, Variant};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;
use toolcrib_edge::config;
use toolcrib_edge::world::{Tcp, World};

const NAMESPACE: &str = "urn:machine";
const VARIABLES: [&str; 3] = ["State", "Temperature", "Good"];

/// A clock on which each look is a microsecond later.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        START.plus_us(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

struct Machine {
    handle: ServerHandle,
    manager: Arc<SimpleNodeManager>,
    namespace: u16,
    port: u16,
    task: JoinHandle<Result<(), String>>,
}

impl Machine {
    async fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let metadata = NamespaceMetadata { namespace_uri: NAMESPACE.to_owned(), ..NamespaceMetadata::default() };
        let (server, handle) = ServerBuilder::new_anonymous("machine")
            .host("127.0.0.1")
            .port(port)
            .pki_dir(folder.join("machine"))
            .with_node_manager(simple_node_manager(metadata, "machine"))
            .build()
            .unwrap();
        let namespace = handle.get_namespace_index(NAMESPACE).unwrap();
        let manager = handle.node_managers().get_of_type::<SimpleNodeManager>().unwrap();
        for name in VARIABLES {
            let mut space = manager.address_space().write();
            VariableBuilder::new(&NodeId::new(namespace, name), name, name)
                .data_type(DataTypeId::BaseDataType)
                .value(Variant::Int32(0))
                .insert(&mut *space);
        }
        let task = tokio::spawn(server.run_with(listener));
        let machine = Self { handle, manager, namespace, port, task };
        // The library moves a change that is older than the value before behind it.
        VARIABLES.iter().for_each(|name| machine.say(name, 0i32, StatusCode::Good, 0));
        machine
    }

    /// The variable takes a value, `second` seconds after the start.
    fn say(&self, name: &str, value: impl Into<Variant>, status: StatusCode, second: i64) {
        let at = DateTime::parse_from_rfc3339(&at(second)).unwrap();
        let value = DataValue {
            value: Some(value.into()),
            status: Some(status),
            source_timestamp: Some(at),
            ..DataValue::null()
        };
        let node = NodeId::new(self.namespace, name);
        self.manager.set_value(self.handle.subscriptions(), &node, None, value).unwrap();
    }
}

fn at(second: i64) -> String {
    START.plus_us(second * 1_000_000).to_string()
}

fn text(machine: &Machine, server: u16) -> String {
    let namespace = machine.namespace;
    format!(
        r#"
        [server]
        host = "127.0.0.1"
        port = {server}
        tls = false
        tenant = "donghu"
        device = "gateway-1"
        token_file = "token"
        [queue]
        file = "data/queue.db"
        commit_ms = 10
        report_s = 0
        [[opcua]]
        name = "cnc-1"
        url = "opc.tcp://127.0.0.1:{}/"
        publish_ms = 10
        [[opcua.signal]]
        name = "mill-1.state"
        node = "ns={namespace};s=State"
        sampling_ms = 0
        [[opcua.signal]]
        name = "mill-1.temperature"
        node = "ns={namespace};s=Temperature"
        sampling_ms = 0
        scale = "0.1"
        dead_band = "0.5"
        [[opcua.signal]]
        name = "mill-1.good"
        node = "ns={namespace};s=Good"
        sampling_ms = 0
        "#,
        machine.port
    )
}

#[tokio::test]
async fn what_a_machine_says_arrives_with_its_own_time_and_without_what_it_calls_bad() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "secret").unwrap();
    let (machine, server) = (Machine::start(folder.path()).await, Server::default());
    let config = config::parse(&text(&machine, server.listen().await), folder.path()).unwrap();
    let clock = Arc::new(Ticking(AtomicI64::new(0)));
    let stop = CancellationToken::new();
    let agent =
        tokio::spawn(toolcrib_edge::run(config, World { clock, network: Arc::new(Tcp), seed: 7 }, stop.clone()));
    let has = async |signal: &str, second: i64, value: serde_json::Value| {
        let line: Line = (signal.to_owned(), at(second), value);
        server.until(|kept| kept.lines.contains(&line)).await;
    };
    // The value of before comes first: then the subscription stands.
    server.until(|kept| kept.lines.iter().filter(|line| line.0.starts_with("mill-1.")).count() == 3).await;

    machine.say("State", "running", StatusCode::Good, 1);
    has("mill-1.state", 1, json!("running")).await;
    machine.say("State", "stopped", StatusCode::BadSensorFailure, 2);
    machine.say("State", "setup", StatusCode::UncertainLastUsableValue, 3);
    has("mill-1.state", 3, json!("setup")).await;
    machine.say("Temperature", 213i16, StatusCode::Good, 4);
    has("mill-1.temperature", 4, json!(21.3)).await;
    machine.say("Temperature", 218i16, StatusCode::Good, 5);
    machine.say("Temperature", 219i16, StatusCode::Good, 6);
    has("mill-1.temperature", 6, json!(21.9)).await;
    // As many as this library keeps of one variable between two publications.
    for second in 7..17 {
        machine.say("Good", second as u64 * 1_000_000_007, StatusCode::Good, second);
    }
    has("mill-1.good", 16, json!(16_000_000_112u64)).await;

    machine.handle.cancel();
    machine.task.await.unwrap().unwrap();
    server.until(|kept| kept.lines.iter().any(|line| line.0 == "cnc-1.reachable" && line.2 == json!(false))).await;
    stop.cancel();
    agent.await.unwrap().unwrap();
    let states = server.values("mill-1.state");
    assert_eq!(states[1..], [json!("running"), json!("setup")], "what it calls bad is no reading");
    let temperatures = server.values("mill-1.temperature");
    assert_eq!(temperatures[1..], [json!(21.3), json!(21.9)], "21.8 is inside the band");
    let good: Vec<_> = (7..17).map(|second| json!(second as u64 * 1_000_000_007)).collect();
    assert_eq!(server.values("mill-1.good")[1..], good, "in order, none left out");
}
