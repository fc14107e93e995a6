//! A device that publishes at two hosts on one database has its quota once.

use super::raw::{Raw, connect, publish};
use super::shop::{Shop, line};
use crate::chaos::postgres::database;
use crate::cluster::cluster;
use crate::guests::plant::{Plant, Setup};
use rmqtt_codec::types::QoS::AtLeastOnce;
use rmqtt_codec::v5::PublishAckReason as Ack;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use toolcrib_store::{Postgres, TenantOptions};

const OWN: &str = "tc/donghu/gateway/readings";
/// Messages a second, and of one batch: a second's worth for whoever has the whole quota.
const QUOTA: u16 = 20;
/// A batch takes two seconds for whoever has half of it, and one for whoever has all of it.
const HALF: Duration = Duration::from_millis(1_600);
/// Batches until it has changed, on a busy machine.
const BATCHES: usize = 30;

/// Publishes a batch and hears that it is kept; how long that took.
async fn batch(raw: &mut Raw) -> Duration {
    let started = Instant::now();
    for id in 1..=QUOTA {
        raw.publish(publish(OWN, line("a.b", id.into(), id), AtLeastOnce, id)).await;
    }
    for id in 1..=QUOTA {
        assert_eq!(raw.acknowledged().await, (id, Ack::Success));
    }
    started.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_at_two_hosts_is_read_at_half_its_pace_by_each_and_at_all_of_it_by_the_one_it_stays_at() {
    let Some(cluster) = cluster() else { return };
    let url = database(cluster, "shared_quota").await;
    let shop = async |seed| {
        let url = url.clone();
        let connected = tokio::task::spawn_blocking(move || Postgres::connect(&url, 6).unwrap()).await.unwrap();
        let tenant = TenantOptions { database: Some(connected), ..TenantOptions::default() };
        Shop::on(Plant::with(Setup { tenant, seed, ..Setup::default() }), QUOTA.into()).await
    };
    let (one, two) = (shop(7).await, shop(8).await);
    let mut at_one = one.raw().await.come_in(connect("donghu", "gateway", "c")).await;
    let mut at_two = two.raw().await.come_in(connect("donghu", "gateway", "d")).await;
    // What may go at once is gone after the first batch.
    tokio::join!(batch(&mut at_one), batch(&mut at_two));
    // Each goes on by itself: who waited for the other would have saved something up meanwhile.
    let halved = [AtomicBool::new(false), AtomicBool::new(false)];
    let is_halved = |nth: usize| halved[nth].load(Ordering::SeqCst);
    let go_on = async |raw: &mut Raw, nth: usize| {
        for _ in 0..BATCHES {
            if batch(raw).await >= HALF {
                halved[nth].store(true, Ordering::SeqCst);
            }
            if is_halved(0) && is_halved(1) {
                break;
            }
        }
    };
    tokio::join!(go_on(&mut at_one, 0), go_on(&mut at_two, 1));
    assert!(is_halved(0) && is_halved(1), "each host goes on reading it as if there were no other");
    drop(at_two);
    let mut whole = false;
    for _ in 0..BATCHES {
        whole = batch(&mut at_one).await < HALF;
        if whole {
            break;
        }
    }
    assert!(whole, "it stays slowed down though it publishes at one host alone");
}
