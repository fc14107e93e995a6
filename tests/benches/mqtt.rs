//! Durable messages per second and CPU per message: our endpoint, which acknowledges after its commit, against Mosquitto
//! with persistence whose messages a program written by hand carries into SQLite and acknowledges after its commit.
//!
//! Both are given the same messages by the same clients, and a round ends when the last message is committed.

use crate::mosquitto::{self, Mosquitto};
use crate::publishers::{Line, Name, come_in, hear, publish};
use crate::setting::{DEVICE_TOKEN, Modules, Product, is_quick, process_cpu, process_cpu_of, slug, thread_cpu};
use crate::table::{Goal, Row, Spread};
use futures_util::{FutureExt, SinkExt, StreamExt};
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v3::Packet;
use rusqlite::{Connection, params};
use serde::Deserialize;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant as Monotonic};
use toolcrib_contract::types::Instant;
use toolcrib_ingest::mqtt::{own_prefix, user_name};

const CLIENTS: usize = 16;
/// As many as our endpoint takes from one client without an answer.
const WINDOW: usize = 20;
const BRIDGE: &str = "bridge";
/// Nothing is dropped however far the bridge is behind, and it gets many messages for one commit.
const CONFIG: &str = "allow_anonymous true\nautosave_interval 1\nmax_queued_messages 0\nmax_inflight_messages 1000\n";

/// What a round took.
struct Round {
    seconds: f64,
    /// Of everything but the publishing clients.
    cpu: Duration,
}

impl Round {
    fn per_second(&self, messages: usize) -> f64 {
        messages as f64 / self.seconds
    }

    fn cpu_us(&self, messages: usize) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / messages as f64
    }
}

/// Lets the clients publish their share of the messages; returns the CPU time of their thread.
fn send(address: SocketAddr, topic: &str, user: &str, each: usize, first_us: i64) -> Duration {
    let client = thread_cpu();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let one = |nth: usize| async move {
            let name = Name {
                client: format!("press-{nth}"),
                user: user.to_owned(),
                password: DEVICE_TOKEN.to_owned(),
                is_kept: false,
            };
            let payload = |message: usize| {
                let at = Instant(first_us + (nth * each + message) as i64);
                format!("{{\"signal\":\"press-{nth}.good\",\"at\":\"{at}\",\"value\":{message}}}")
            };
            publish(come_in(address, &name).await, topic, each, WINDOW, payload).await;
        };
        futures_util::future::join_all((0..CLIENTS).map(one)).await
    });
    thread_cpu() - client
}

fn ours(product: &Product, address: SocketAddr, each: usize, first_us: i64) -> Round {
    let device = "gateway-0";
    let topic = format!("{}readings", own_prefix(&slug(0), device));
    let (started, cpu) = (Monotonic::now(), process_cpu());
    let clients = send(address, &topic, &user_name(&slug(0), device), each, first_us);
    assert!(product.runtime.tenant(&slug(0)).is_ok());
    Round { seconds: started.elapsed().as_secs_f64(), cpu: (process_cpu() - cpu).saturating_sub(clients) }
}

#[derive(Deserialize)]
struct Reading {
    signal: String,
    at: String,
    value: i64,
}

/// The program by hand between the broker and SQLite.
struct Bridge {
    db: Connection,
    signals: HashMap<String, i64>,
}

impl Bridge {
    fn open(folder: &Path) -> Self {
        let db = Connection::open(folder.join("bridge.db")).expect("a database");
        db.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
             CREATE TABLE signal(id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT;
             CREATE TABLE reading(series INTEGER, at_us INTEGER, value ANY, PRIMARY KEY(series, at_us)) STRICT, WITHOUT ROWID;",
        )
        .expect("tables");
        Self { db, signals: HashMap::new() }
    }

    /// Stores what came together in one durable transaction; how many were new.
    fn store(&mut self, messages: &[Publish]) -> usize {
        let transaction = self.db.transaction().expect("a transaction");
        let mut stored = 0;
        for message in messages {
            let reading: Reading = serde_json::from_slice(&message.payload).expect("a reading");
            let at: Instant = reading.at.parse().expect("a time");
            let series = *self.signals.entry(reading.signal).or_insert_with_key(|name| {
                let sql = "INSERT INTO signal(name) VALUES(?1) RETURNING id";
                transaction.query_row(sql, [name], |row| row.get(0)).expect("a signal")
            });
            let mut insert =
                transaction.prepare_cached("INSERT OR IGNORE INTO reading VALUES(?1,?2,?3)").expect("a statement");
            stored += insert.execute(params![series, at.0, reading.value]).expect("a row");
        }
        transaction.commit().expect("a commit");
        stored
    }

    /// Carries over so many messages; each is acknowledged to the broker after its commit.
    async fn carry(&mut self, line: &mut Line, count: usize) {
        let mut stored = 0;
        while stored < count {
            let mut group = vec![message(hear(line).await)];
            while let Some(Some(Ok((packet, _)))) = line.next().now_or_never() {
                group.push(message(packet));
            }
            stored += self.store(&group);
            for packet_id in group.iter().filter_map(|message| message.packet_id) {
                line.feed(Packet::PublishAck { packet_id }).await.expect("the broker reads");
            }
            line.flush().await.expect("the broker reads");
        }
    }
}

fn message(packet: Packet) -> Publish {
    match packet {
        Packet::Publish(message) => *message,
        other => panic!("{other:?}"),
    }
}

/// A round of the peer: the bridge runs on a thread of its own beside the clients.
fn theirs(broker: &Mosquitto, bridge: &mut Bridge, each: usize, first_us: i64) -> Round {
    let (count, address) = (each * CLIENTS, broker.address);
    let (subscribed, ready) = mpsc::channel();
    std::thread::scope(|scope| {
        let carrying = scope.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let name = Name { client: BRIDGE.to_owned(), is_kept: true, ..Name::default() };
                let mut line = come_in(address, &name).await;
                let topic_filters = vec![("plant/#".into(), QoS::AtLeastOnce)];
                let packet_id = NonZeroU16::new(1).expect("one");
                line.send(Packet::Subscribe { packet_id, topic_filters }).await.expect("the broker reads");
                assert!(matches!(hear(&mut line).await, Packet::SubscribeAck { .. }));
                subscribed.send(()).expect("the round waits");
                let cpu = thread_cpu();
                bridge.carry(&mut line, count).await;
                line.send(Packet::Disconnect).await.expect("the broker reads");
                thread_cpu() - cpu
            })
        });
        ready.recv().expect("the bridge subscribes");
        let (started, cpu) = (Monotonic::now(), process_cpu_of(broker.process.id()));
        send(address, "plant/readings", "", each, first_us);
        let carried = carrying.join().expect("the bridge ends");
        Round { seconds: started.elapsed().as_secs_f64(), cpu: process_cpu_of(broker.process.id()) - cpu + carried }
    })
}

pub fn rows(modules: &Modules) -> Vec<Row> {
    let Some(program) = mosquitto::program() else {
        println!("SKIPPED: mqtt, because mosquitto is not installed");
        return Vec::new();
    };
    let (rounds, each) = if is_quick() { (2, 50) } else { (5, 2_000) };
    let product = Product::start(&modules.all()[..1]);
    product.tenant(0);
    let address = product.serve_mqtt();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let broker = Mosquitto::start(program, folder.path(), CONFIG);
    let mut bridge = Bridge::open(folder.path());
    let (messages, mut first_us) = (each * CLIENTS, product.runtime.now().0);
    let [mut speed, mut cpu, mut peer_speed, mut peer_cpu] = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        let mine = ours(&product, address, each, first_us);
        let other = theirs(&broker, &mut bridge, each, first_us);
        first_us += messages as i64;
        speed.push(mine.per_second(messages));
        cpu.push(mine.cpu_us(messages));
        peer_speed.push(other.per_second(messages));
        peer_cpu.push(other.cpu_us(messages));
    }
    let row = |what: &str, ours: &[f64], theirs: &[f64], unit| {
        let ratio = Some(Spread::quotient(ours, theirs));
        let (mine, other) = (Spread::new(ours.to_vec()), Spread::new(theirs.to_vec()));
        Row { what: what.to_owned(), ours: (mine, unit), peer: Some(other), ratio, goal: Goal::None }
    };
    let what = format!("Durable MQTT messages vs Mosquitto and a bridge into SQLite, {CLIENTS} clients, quality 1");
    vec![row(&what, &speed, &peer_speed, "/s"), row("– CPU per message", &cpu, &peer_cpu, "µs")]
}
