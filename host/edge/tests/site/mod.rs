//! A site with a gateway: a network that can be cut, a machine, a server, and time that only passes when nothing else
//! is left to do.

pub mod machine;
pub mod network;
pub mod server;

use machine::Machine;
use network::Site as Cables;
use server::Server;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;
use toolcrib_edge::config;
use toolcrib_edge::world::World;

/// 2026-11-23T08:00:00Z.
pub const START: Instant = Instant(1_795_420_800_000_000);

/// A clock that follows the runtime's paused one.
struct SiteClock(tokio::time::Instant);

impl Clock for SiteClock {
    fn now(&self) -> Instant {
        START.plus_us(i64::try_from(self.0.elapsed().as_micros()).unwrap())
    }
}

pub struct Site {
    pub folder: TempDir,
    pub network: Arc<Cables>,
    pub machine: Machine,
    pub server: Server,
    clock: Arc<SiteClock>,
}

pub struct Agent {
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Site {
    /// A machine that takes `steps` steps, one each time it is asked, and a server that acknowledges everything.
    pub async fn new(steps: u32) -> Self {
        let server = Server::default();
        let machine = Machine::start(steps).await;
        let network = Cables::new(server.clone(), machine.address());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "secret\n").unwrap();
        Self { folder, network, machine, server, clock: Arc::new(SiteClock(tokio::time::Instant::now())) }
    }

    pub fn queue(&self) -> PathBuf {
        self.folder.path().join("queue.db")
    }

    /// Starts an agent; `more` goes into `[server]`, `queue` into `[queue]`.
    pub fn start(&self, more: &str, queue: &str) -> Agent {
        let config = config::parse(&text(more, queue), self.folder.path()).unwrap();
        let world = World { clock: self.clock.clone(), network: self.network.clone(), seed: 7 };
        let stop = CancellationToken::new();
        let task = tokio::spawn(toolcrib_edge::run(config, world, stop.clone()));
        Agent { stop, task }
    }
}

impl Agent {
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

/// The configuration of an agent that asks the machine every ten seconds.
fn text(more: &str, queue: &str) -> String {
    format!(
        r#"
        [server]
        host = "mes"
        port = 1883
        tls = false
        tenant = "donghu"
        device = "gateway-1"
        token_file = "token"
        {more}
        [queue]
        file = "queue.db"
        commit_ms = 60000
        report_as = "edge-1"
        {queue}
        [[modbus]]
        name = "plc-1"
        address = "plc:502"
        poll_ms = 10000
        timeout_ms = 60000
        {}
        "#,
        machine::SIGNALS
    )
}

/// Bytes that a queue takes on disk, its write-ahead log included.
pub fn bytes_on_disk(queue: &Path) -> u64 {
    let folder = std::fs::read_dir(queue.parent().unwrap()).unwrap().map(Result::unwrap);
    let of_queue = folder.filter(|entry| entry.file_name().to_string_lossy().starts_with("queue.db"));
    of_queue.map(|entry| entry.metadata().unwrap().len()).sum()
}
