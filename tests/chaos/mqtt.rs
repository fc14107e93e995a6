//! `kill -9` under MQTT load with quality 1: what was acknowledged is stored, once.

use super::checker::violations;
use super::clients::{BATCH, Log, Work, lines};
use super::servers::{Process, Product, Servers, SystemChance, Tenant};
use crate::dice::Dice;
use crate::mqtt::raw::{Raw, publish};
use crate::wait::until;
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v5::{Connect, Packet, PublishAckReason};
use serde_json::Value;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::task::JoinSet;
use toolcrib_contract::limits;
use toolcrib_contract::world::Chance;
use toolcrib_ingest::mqtt::{own_prefix, user_name};

/// The guest `daybook`, on a host that takes readings over MQTT.
pub const WITH_MQTT: Product<'static> =
    Product { config: "[host.mqtt]\nlisten = \"127.0.0.1:0\"\n", ..Product::DAYBOOK };
const TENANTS: usize = 2;
const CLIENTS: usize = 4;
/// In every run of all tests; the long run has more.
const CYCLES: u64 = 4;
const CYCLES_LONG: u64 = 50;
/// Acknowledgements after which a cycle ends, at most.
const ACKNOWLEDGED: u64 = 600;
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a host takes MQTT.
pub fn address(host: &Process) -> SocketAddr {
    until("the MQTT listener", PATIENCE, || {
        let log = host.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| line["mqtt_address"].as_str()?.parse().ok()).next()
    })
}

/// A CONNECT of the tenant's device.
pub fn connect(tenant: &Tenant, client: &str, is_old: bool) -> Connect {
    Connect {
        clean_start: is_old,
        keep_alive: 60,
        client_id: client.to_owned().into(),
        username: Some(user_name(&tenant.slug, &tenant.device).into()),
        password: Some(tenant.device_token.clone().into()),
        ..Connect::default()
    }
}

/// A client that publishes as fast as it is answered, and says again what was not, when it is back.
struct Publisher {
    nth: usize,
    tenant: usize,
    at: Tenant,
    is_old: bool,
    dice: Dice,
    start_us: i64,
    made: u64,
    /// Published and not acknowledged, oldest first.
    unanswered: VecDeque<(u16, Work)>,
    repetitions: u64,
}

impl Publisher {
    fn packet(&self, id: u16, work: &Work, dup: bool) -> Publish {
        let Work::Readings { signal, first_us } = work else { panic!("a device only reads") };
        let topic = format!("{}readings", own_prefix(&self.at.slug, &self.at.device));
        Publish { dup, ..publish(&topic, lines(signal, *first_us), QoS::AtLeastOnce, id) }
    }

    fn make(&mut self) -> (u16, Work) {
        self.made += 1;
        let signal = format!("press-{}-{}.good", self.nth, self.dice.below(3));
        let work = Work::Readings { signal, first_us: self.start_us + (self.made * BATCH) as i64 };
        ((self.made % 60_000) as u16 + 1, work)
    }

    /// Publishes until the server is gone, or everything is answered when no more is to be made.
    async fn work(&mut self, address: SocketAddr, log: &Log, makes_more: bool) -> Option<()> {
        let stream = tokio::net::TcpStream::connect(address).await.ok()?;
        let mut raw = Raw::over(stream).speaking(self.is_old);
        let name = format!("client-{}", self.nth);
        raw.ask_in(connect(&self.at, &name, self.is_old)).await?;
        for (id, work) in self.unanswered.clone() {
            self.repetitions += 1;
            raw.publish(self.packet(id, &work, true)).await;
        }
        loop {
            while makes_more && self.unanswered.len() < limits::MQTT_IN_FLIGHT {
                let (id, work) = self.make();
                let packet = self.packet(id, &work, false);
                self.unanswered.push_back((id, work));
                raw.publish(packet).await;
            }
            let Some((id, work)) = self.unanswered.front().cloned() else { return Some(()) };
            match raw.hear().await? {
                Packet::PublishAck(ack) => {
                    assert_eq!((ack.packet_id.get(), ack.reason_code), (id, PublishAckReason::Success));
                    log.add(self.tenant, &format!("{name}-{}", self.made), &work);
                    self.unanswered.pop_front();
                }
                // The server is stopping, or busy.
                Packet::Disconnect(_) => return None,
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_message_is_lost_or_doubled_by_kill_minus_nine() {
    run(CYCLES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes most of a minute; the same with fewer cycles runs always"]
async fn no_acknowledged_message_is_lost_or_doubled_by_fifty_kills() {
    run(CYCLES_LONG).await;
}

#[expect(clippy::print_stdout, reason = "the seed must be known to replay a run")]
fn say(text: std::fmt::Arguments<'_>) {
    println!("{text}");
}

async fn run(cycles: u64) {
    let mut bytes = [0; 8];
    SystemChance.fill(&mut bytes);
    let seed = u64::from_le_bytes(bytes);
    say(format_args!("seed {seed}, {cycles} cycles"));
    let mut dice = Dice::new(seed);
    let (servers, host) = Servers::with(TENANTS, WITH_MQTT).await;
    host.kill();
    let log: &'static Log = Box::leak(Box::new(Log::new(&servers.folder().join("acknowledged.log"), TENANTS)));
    let mut publishers = publishers(&servers, &mut dice);
    for _ in 0..cycles {
        publishers = one_cycle(&servers, publishers, log, &mut dice).await;
    }
    let repetitions: u64 = publishers.iter().map(|publisher| publisher.repetitions).sum();
    say(format_args!("{cycles} kills: {} acknowledgements, {repetitions} repetitions", log.count()));
    assert!(log.count() > cycles * 10, "the clients hardly got to work");
    let host = servers.serve();
    for publisher in &mut publishers {
        assert_eq!(publisher.work(address(&host), log, false).await, Some(()), "the last server answers");
    }
    host.stop();
    let (whole, said) = servers.doctor();
    assert!(whole, "{said}");
    for (nth, tenant) in servers.tenants.iter().enumerate() {
        let found = violations(&servers.files(tenant), &log.of(nth));
        assert!(found.is_empty(), "{}: {} violations, first {:#?}", tenant.slug, found.len(), found.first());
    }
}

fn publishers(servers: &Servers, dice: &mut Dice) -> Vec<Publisher> {
    let made = std::fs::metadata(servers.folder()).unwrap().modified().unwrap();
    let start_us = made.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_micros() as i64;
    let publisher = |nth: usize| Publisher {
        nth,
        tenant: nth % TENANTS,
        at: servers.tenants[nth % TENANTS].clone(),
        is_old: nth < TENANTS,
        dice: dice.split(),
        start_us,
        made: 0,
        unanswered: VecDeque::new(),
        repetitions: 0,
    };
    (0..CLIENTS).map(publisher).collect()
}

/// Starts a host, lets the clients publish, kills it between any two of its steps.
async fn one_cycle(
    servers: &Servers,
    publishers: Vec<Publisher>,
    log: &'static Log,
    dice: &mut Dice,
) -> Vec<Publisher> {
    let host = servers.serve();
    let address = address(&host);
    let mut working = JoinSet::new();
    for mut publisher in publishers {
        working.spawn(async move {
            publisher.work(address, log, true).await;
            publisher
        });
    }
    let goal = log.count() + 1 + dice.below(ACKNOWLEDGED);
    let reached = || async { (log.count() >= goal).then_some(()) };
    crate::wait::until_async("acknowledgements", PATIENCE, reached).await;
    tokio::time::sleep(Duration::from_micros(dice.below(40_000))).await;
    host.kill();
    working.join_all().await
}
