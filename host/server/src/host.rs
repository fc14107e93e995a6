//! A host in this process: the runtime, the gate, and what follows the registry.

use crate::config::Config;
use crate::courier::Webhooks;
use crate::dial::Brokerage;
use crate::egress::Connections;
use crate::gate::Keyring;
use crate::host_key;
use crate::kept;
use crate::mqtt::Door;
use crate::outbound::{Clients, Inside};
use crate::receipts::Receipts;
use crate::sync::{Follower, Neighbours, Parts, REVOCATIONS_FILE, Trusted, Withdrawals, follow_keys, report_health};
use crate::{deliveries, directory, secrets, usage};
use anyhow::Context;
use axum::Router;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toolcrib_exhibit::Exhibit;
use toolcrib_floor::Floor;
use toolcrib_ingest::Mapping;
use toolcrib_ingest::mqtt::{Brokers, Endpoint, Settings};
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::NewHostKey;
use toolcrib_runtime::{Courier, Options, Runtime, World};
use toolcrib_sandbox::{ChildCommand, Compiler, CompilerOptions, Engine, EngineOptions};
use toolcrib_store::{DataDir, Directory, Postgres, TenantOptions};

/// Where a host finds its registry, and what it believes of it.
pub struct Upstream {
    /// Without a token.
    pub client: Client,
    pub token: String,
    pub trusted: Trusted,
}

/// A running host.
pub struct Host {
    pub runtime: Runtime,
    /// What published messages mean.
    pub mapping: Arc<Mapping>,
    /// Factories' own brokers, which are subscribed to.
    pub brokers: Arc<Brokers>,
    /// What factories show others, and take over from them.
    pub exhibit: Arc<Exhibit>,
    /// Terminals and the people at them.
    pub floor: Arc<Floor>,
    /// Its clock and its chance.
    pub world: World,
    pub keyring: Arc<Keyring>,
    /// What the registry withdrew.
    pub withdrawals: Arc<Withdrawals>,
    /// Entitlements are in force.
    pub ready: Arc<AtomicBool>,
    /// Where devices come in over MQTT; none when nothing is configured.
    pub mqtt: Option<Door>,
    endpoint: Endpoint,
    directory: Directory,
    follower: Follower,
    /// The registry as this host.
    as_host: Client,
    /// The key that it signs with, as the registry is told.
    own_key: NewHostKey,
}

impl Host {
    /// Starts the runtime and brings into force what was kept, by this host or by others on its database. Does not ask the
    /// registry.
    ///
    /// # Errors
    /// The processor, the disk, or damaged files.
    pub async fn start(
        config: &Config,
        data: Arc<DataDir>,
        upstream: &Upstream,
        world: &World,
    ) -> anyhow::Result<Self> {
        let keyring = Arc::new(Keyring::new(data.root().join("jwks.json"), world.clock.clone()));
        let withdrawals = Arc::new(Withdrawals::open(
            data.root().join(REVOCATIONS_FILE),
            upstream.trusted.clone(),
            world.clock.clone(),
            config.registry.allow_stale_revocations,
        ));
        let database = database(&config.host.store, config.host.store_connections).await?;
        let directory = directory::open(&data, database.clone()).await?;
        let (tenant, place) =
            (TenantOptions { database: database.clone(), ..kept::without_database(config) }, data.clone());
        tokio::task::spawn_blocking(move || kept::end_lives(&place, &tenant)).await??;
        let runtime = runtime(config, data.clone(), world.clone(), database)?;
        let ready = Arc::new(AtomicBool::new(false));
        let as_host = upstream.client.with_token(&upstream.token);
        let key = host_key::keep(data.root(), &upstream.trusted, world.chance.as_ref())?;
        let own_key = host_key::introduce(&key, &upstream.token);
        let mut follower = Follower::new(Parts {
            client: as_host.clone(),
            trusted: upstream.trusted.clone(),
            runtime: runtime.clone(),
            data,
            directory: directory.clone(),
            keyring: keyring.clone(),
            withdrawals: withdrawals.clone(),
            poll_s: config.registry.poll_s,
            ready: ready.clone(),
        });
        follower.resume().await?;
        let world = world.clone();
        let floor = Arc::new(Floor::new(runtime.clone(), world.clock.clone(), world.chance.clone()));
        let mapping = Arc::new(Mapping::new(runtime.clone()));
        let exhibit = Arc::new(Exhibit::new(runtime.clone(), mapping.clone(), key));
        let quota = Settings { messages_each_s: config.host.mqtt.messages_each_s };
        let endpoint = Endpoint::new(runtime.clone(), mapping.clone(), world.clone(), quota);
        let brokerage = Arc::new(Brokerage::new(Inside::new(&config.host.intranet)));
        let brokers = Arc::new(Brokers::new(&endpoint, brokerage));
        let mqtt = Door::open(&config.host.mqtt, endpoint.clone()).await?;
        Ok(Self {
            runtime,
            mapping,
            brokers,
            exhibit,
            mqtt,
            endpoint,
            floor,
            world,
            keyring,
            withdrawals,
            ready,
            directory,
            follower,
            as_host,
            own_key,
        })
    }

    /// The host's API, and the way of devices over WebSocket.
    pub fn routes(&self) -> Router {
        let (runtime, gate, mapping) = (self.runtime.clone(), self.keyring.clone(), self.mapping.clone());
        let (exhibit, brokers) = (self.exhibit.clone(), self.brokers.clone());
        let api = toolcrib_api::router(toolcrib_api::Host { runtime, gate, mapping, brokers, exhibit });
        match &self.mqtt {
            Some(door) => api.merge(door.routes()),
            None => api,
        }
    }

    /// Lets devices in, follows brokers and the registry, reports usage and sends effects until `stopping`, as tasks of `tasks`.
    pub fn follow(self, client: Client, tasks: &TaskTracker, stopping: &CancellationToken) -> Running {
        if let Some(door) = self.mqtt {
            door.serve(tasks);
        }
        tasks.spawn(self.endpoint.clone().watch());
        tasks.spawn(self.brokers.watch());
        let (endpoint, at_last) = (self.endpoint, stopping.clone());
        tasks.spawn(async move {
            at_last.cancelled().await;
            endpoint.drain().await;
        });
        tasks.spawn(self.follower.run(stopping.clone()));
        tasks.spawn(host_key::announce(self.as_host.clone(), self.own_key, stopping.clone()));
        tasks.spawn(report_health(self.runtime.clone(), self.as_host.clone(), stopping.clone()));
        let neighbours = Neighbours::new(self.directory.shared());
        tasks.spawn(follow_keys(client, self.keyring, neighbours, stopping.clone()));
        tasks.spawn(deliveries::send(self.runtime.clone(), stopping.clone()));
        tasks.spawn(usage::report(self.runtime.clone(), self.as_host, stopping.clone()));
        Running { runtime: self.runtime, directory: self.directory }
    }
}

/// What is left to stop.
pub struct Running {
    runtime: Runtime,
    directory: Directory,
}

impl Running {
    /// Finishes what is queued and closes every file. New work is refused.
    pub async fn stop(self) {
        let runtime = self.runtime;
        if tokio::task::spawn_blocking(move || runtime.stop()).await.is_err() {
            tracing::error!("The runtime did not stop cleanly");
        }
        self.directory.close().await;
    }
}

/// The database of tenants' business, brought up to date; none when it lies in files.
async fn database(url: &str, connections: u32) -> anyhow::Result<Option<Postgres>> {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || kept::connect(&url, connections)).await?
}

fn runtime(config: &Config, data: Arc<DataDir>, world: World, database: Option<Postgres>) -> anyhow::Result<Runtime> {
    let receipts = Receipts::keep(data.root(), world.chance.as_ref())?;
    let secret = secrets::keep(&data.root().join("native.key"), world.chance.as_ref())?;
    let compiler =
        Compiler::new(CompilerOptions { child: child("compile-child")?, cache: Some(data.native()), secret });
    let engine = Engine::new(EngineOptions::default()).context("modules cannot run on this machine")?;
    let tenant = TenantOptions { database, ..kept::without_database(config) };
    let (mut workers, mut slow_workers) = (config.host.workers, config.host.slow_workers);
    if tenant.database.is_some() {
        let connections = config.host.store_connections as usize;
        // Nobody begins a turn for which there is no connection; and where every query waits for another machine, all of
        // them run on these threads.
        (workers, slow_workers) = (workers.min(connections * 3 / 5).max(1), slow_workers.max(connections / 3));
    }
    let open_tenants = match config.host.open_tenants {
        0 => crate::process::open_tenants(),
        chosen => chosen,
    };
    let open_files = crate::process::open_files();
    let options = Options { data, tenant, workers, slow_workers, open_tenants, open_files };
    let clients = Arc::new(Clients::new(&config.host.intranet));
    let courier = Some(Arc::new(Webhooks::new(clients.clone())) as Arc<dyn Courier>);
    let runtime = Runtime::start(options, world, engine, compiler, courier).context("the system refuses threads")?;
    runtime.attest_by(Arc::new(receipts));
    runtime.connect_through(Arc::new(Connections::new(clients, tokio::runtime::Handle::current())));
    Ok(runtime)
}

/// This program again, as a child with one task.
///
/// # Errors
/// The system does not say what this program is.
pub fn child(task: &str) -> anyhow::Result<ChildCommand> {
    let program = std::env::current_exe().context("the system does not say where this program lies")?;
    Ok(ChildCommand { program, args: vec![task.into()] })
}
