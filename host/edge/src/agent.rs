//! Inputs, queue and uplink, put together.

use crate::collect::collect;
use crate::config::Config;
use crate::keeper::Keeper;
use crate::outlet::{Outlet, Reachable, Tally, WAITING};
use crate::queue::Queue;
use crate::reading::Reading;
use crate::report::report;
use crate::uplink::Uplink;
use crate::world::World;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Runs an agent until `stop`: then the inputs end, what they read is written, and the server is told goodbye.
///
/// # Errors
/// Before anything runs: the queue's file, the token, certificates.
pub async fn run(config: Config, world: World, stop: CancellationToken) -> anyhow::Result<()> {
    if let Some(folder) = config.queue.file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let keeper = Keeper::new(Queue::open(&config.queue.file, config.queue.limits())?);
    let counts = keeper.counts().await;
    tracing::info!(queued = counts.queued, dropped = counts.dropped, file = %config.queue.file.display(), "The queue is open");
    let uplink = Uplink::new(config.server.clone(), world.clone(), keeper.clone(), stop.clone())?;
    let tally = Arc::<Tally>::default();
    let (sender, receiver) = mpsc::channel(WAITING);
    let mut inputs = JoinSet::new();
    let machines = start(&mut inputs, &config, &world, &sender, &tally);
    if config.queue.report_s > 0 {
        let device = config.queue.report_as.clone().unwrap_or_else(|| config.server.device.clone());
        let out = Outlet::new(&device, sender.clone(), Arc::clone(&tally), world.clock.clone());
        let every = Duration::from_secs(config.queue.report_s);
        let (keeper, tally) = (keeper.clone(), Arc::clone(&tally));
        inputs.spawn(async move { report(&device, every, &keeper, &tally, &machines, &out).await });
    }
    drop(sender);
    let window = Duration::from_millis(config.queue.commit_ms);
    let ended = async {
        stop.cancelled().await;
        // Their senders go with them; the collector then writes what is left and ends.
        inputs.shutdown().await;
    };
    tokio::join!(uplink.run(), collect(receiver, keeper, window, &tally), ended);
    Ok(())
}

/// Starts reading the machines.
fn start(
    inputs: &mut JoinSet<()>,
    config: &Config,
    world: &World,
    sender: &mpsc::Sender<Reading>,
    tally: &Arc<Tally>,
) -> Vec<Arc<Reachable>> {
    let mut machines = Vec::new();
    let mut nth = 0;
    let mut outlet = |name: &str| {
        let out = Outlet::new(name, sender.clone(), Arc::clone(tally), world.clock.clone());
        machines.push(out.reachability());
        nth += 1;
        // Machines of one switch do not come back in step either.
        (World { seed: world.seed.wrapping_add(nth), ..world.clone() }, out)
    };
    for input in &config.modbus {
        let (world, out) = outlet(&input.name);
        inputs.spawn(crate::modbus::run(input.clone(), world, out));
    }
    #[cfg(feature = "opcua")]
    for input in &config.opcua {
        let (world, out) = outlet(&input.name);
        // Beside the queue, where the agent may write.
        let certificates = config.queue.file.with_file_name("opcua");
        inputs.spawn(crate::opcua::run(input.clone(), certificates, world, out));
    }
    machines
}
