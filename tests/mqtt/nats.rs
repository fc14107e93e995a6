//! NATS as a factory's own broker, where it is installed: its MQTT listener over JetStream.

use super::brokers::{broker, connected, follow, say, stored};
use super::shop::{Shop, line, world};
use crate::guests::plant::tenant_id;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use toolcrib_contract::signal::Sample;
use toolcrib_ingest::mqtt::{Endpoint, Settings};

const SOON: Duration = Duration::from_secs(20);
const TENANT: &str = "donghu";
/// Another process may take a port between its choice and its use.
const TRIES: usize = 5;

/// A running server; ended when dropped.
struct Nats {
    process: Child,
    mqtt: SocketAddr,
}

impl Nats {
    fn start(folder: &Path) -> Self {
        for _ in 0..TRIES {
            let free = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
            let [clients, mqtt] = free.map(|listener| listener.local_addr().unwrap());
            let (store, config) = (folder.join("jetstream"), folder.join("nats.conf"));
            let text = format!(
                "server_name: plant\nlisten: \"{clients}\"\njetstream {{ store_dir: {store:?} }}\nmqtt {{ listen: \"{mqtt}\" }}\n"
            );
            std::fs::write(&config, text).unwrap();
            let mut command = Command::new("nats-server");
            command.arg("-c").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut process = command.spawn().unwrap();
            let listens = || TcpStream::connect(mqtt).is_ok().then_some(true);
            let up = crate::wait::until("nats", SOON, || listens().or_else(|| process.try_wait().ok()?.map(|_| false)));
            if up {
                return Self { process, mqtt };
            }
        }
        panic!("nats-server did not start");
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nats_has_is_stored_value_for_value_also_what_it_kept_meanwhile() {
    if Command::new("nats-server").arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: 1 test of brokers, because nats-server is not installed");
        return;
    }
    let (shop, folder) = (Shop::open().await, tempfile::tempdir().unwrap());
    let nats = tokio::task::block_in_place(|| Nats::start(folder.path()));
    let brokers = follow(&shop.endpoint, nats.mqtt);
    brokers.put(tenant_id(TENANT), 0, vec![broker(&["plant/#"])], "user:1").await.unwrap();
    connected(&brokers).await;
    let lines = |from: i64, until: i64| (from..until).map(|us| line("press.good", us, us * 3)).collect::<Vec<_>>();
    let expected = |until: i64| (1..until).map(|us| (us, Sample::Count { value: us * 3 })).collect::<Vec<_>>();
    say(nats.mqtt, None, "plant/readings", &lines(1, 200)).await;
    assert_eq!(stored(&shop, "press.good", 199).await, expected(200));
    // Our host goes away and comes back: NATS kept what was said meanwhile.
    shop.endpoint.drain().await;
    say(nats.mqtt, None, "plant/readings", &lines(200, 300)).await;
    let runtime = shop.plant.runtime().clone();
    let endpoint = Endpoint::new(runtime, shop.mapping.clone(), world(), Settings { messages_each_s: 1_000_000 });
    let brokers = follow(&endpoint, nats.mqtt);
    connected(&brokers).await;
    assert_eq!(stored(&shop, "press.good", 299).await, expected(300));
    endpoint.drain().await;
}
