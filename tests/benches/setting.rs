//! The product as the benches use it: modules, a runtime with tenants, the HTTP server in front of it.

use rustix::process::{Resource, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Monotonic};
use tokio_util::sync::CancellationToken;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::Clock;
use toolcrib_exhibit::{Exhibit, HostKey};
use toolcrib_ingest::Mapping;
use toolcrib_ingest::mqtt::{Brokers, Endpoint, Settings};
use toolcrib_runtime::{
    Actor, DeviceGrant, Loaded, ModuleGrant, ModuleSource, OpenFiles, Options, Request, Runtime, TenantGrant, World,
};
use toolcrib_sandbox::{ChildCommand, Compiler, CompilerOptions, Engine, EngineOptions};
use toolcrib_server::{Keyring, SystemChance, around, record_metrics};
use toolcrib_store::{CONNECTIONS, DataDir, Postgres, TenantOptions};
use toolcrib_trust::{Issuer, Signer};

/// The server's executable, which also compiles and vets as a child.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_toolcrib-under-test");
/// As the server's configuration has them.
const WORKERS: usize = 32;
const SLOW_WORKERS: usize = 2;
/// As many as the host of this machine would keep: memory is not what is short here, open files are.
const OPEN_TENANTS: usize = 4_096;
/// A machine's.
pub const DEVICE_TOKEN: &str = "tcd_0123456789abcdef0123456789abcdef0123456789abcdef";
const PERSON: &str = "018f0e6e-7b1c-7cc3-a1b2-00000000beef";

/// Components built with the SDK.
pub struct Modules(Vec<ModuleSource>);

impl Modules {
    /// Builds `ledger` first, then others to subscribe to.
    pub fn build() -> Self {
        Self::of(&[
            "guests/modules/ledger",
            "guests/modules/mirror",
            "guests/modules/reader",
            "../modules/plant",
            "../modules/oee",
        ])
    }

    /// Builds all modules of the repository's own.
    pub fn first_party() -> Self {
        Self::of(&[
            "../modules/plant",
            "../modules/work-orders",
            "../modules/job-reporting",
            "../modules/oee",
            "../modules/inspection",
            "../modules/spc",
            "../modules/traceability",
            "../modules/piece-rate",
        ])
    }

    fn of(folders: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let tools = cargo_toolcrib::Tools::of(PROGRAM);
        let build = |folder: &&str| {
            let built = cargo_toolcrib::build::component(&root.join(folder), &tools)
                .unwrap_or_else(|error| panic!("{folder}: {error:#}"));
            ModuleSource { digest: built.digest, bytes: built.bytes }
        };
        Self(folders.iter().map(build).collect())
    }

    pub fn add(&mut self, module: ModuleSource) {
        self.0.push(module);
    }

    pub fn all(&self) -> &[ModuleSource] {
        &self.0
    }

    /// The small module that all calls go to.
    pub fn ledger(&self) -> &ModuleSource {
        &self.0[0]
    }
}

/// The real clock, which can be told to jump ahead.
#[derive(Default)]
pub struct JumpingClock {
    ahead_us: AtomicI64,
}

impl JumpingClock {
    pub fn jump(&self, time: Duration) {
        self.ahead_us.fetch_add(time.as_micros() as i64, Ordering::Relaxed);
    }
}

impl Clock for JumpingClock {
    #[expect(clippy::disallowed_methods, reason = "a bench is a program of its own and wires the real clock")]
    fn now(&self) -> Instant {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Instant(since.as_micros() as i64 + self.ahead_us.load(Ordering::Relaxed))
    }
}

pub fn compiler(cache: PathBuf) -> Compiler {
    let child = ChildCommand { program: PROGRAM.into(), args: vec!["compile-child".into()] };
    Compiler::new(CompilerOptions { child, cache: Some(cache), secret: [7; 32] })
}

/// A runtime on a directory of its own.
pub struct Product {
    pub runtime: Runtime,
    pub clock: Arc<JumpingClock>,
    pub data: Arc<DataDir>,
    /// For what is asynchronous; two threads, as a server on two cores has.
    pub tokio: tokio::runtime::Runtime,
    loaded: Vec<Arc<Loaded>>,
    folder: tempfile::TempDir,
}

impl Product {
    pub fn start(modules: &[ModuleSource]) -> Self {
        Self::start_on(modules, None)
    }

    /// The same with business in PostgreSQL, as a server with so many connections has it.
    pub fn start_on(modules: &[ModuleSource], database: Option<Postgres>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = Arc::new(DataDir::lock(folder.path()).expect("a data directory"));
        let clock = Arc::new(JumpingClock::default());
        let connections = CONNECTIONS as usize;
        let (workers, slow_workers) = match database {
            Some(_) => (WORKERS.min(connections * 3 / 5), SLOW_WORKERS.max(connections / 3)),
            None => (WORKERS, SLOW_WORKERS),
        };
        let tenant = TenantOptions { database, ..TenantOptions::default() };
        let (data_too, most) = (data.clone(), files_limit() / 2);
        let open_files = OpenFiles { most, count: |folder| Some(open_files(folder)) };
        let options = Options { data: data_too, tenant, workers, slow_workers, open_tenants: OPEN_TENANTS, open_files };
        let engine = Engine::new(EngineOptions::default()).expect("an engine");
        let runtime = Runtime::start(options, world(&clock), engine, compiler(data.native()), None).expect("threads");
        let loaded = modules.iter().map(|module| runtime.load(module).expect("the module loads")).collect();
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("product")
            .enable_all()
            .build()
            .expect("threads");
        Self { runtime, clock, data, tokio, loaded, folder }
    }

    pub fn world(&self) -> World {
        world(&self.clock)
    }

    /// Subscribes a tenant to everything that is loaded.
    pub fn tenant(&self, nth: usize) -> RawId {
        let id = id(nth);
        let grant = |loaded: &Arc<Loaded>| ModuleGrant {
            module: loaded.manifest.module.clone(),
            version: loaded.manifest.version.clone(),
            digest: loaded.digest.clone(),
            grants: loaded.wanted.iter().map(|wanted| wanted.capability.clone()).collect(),
            scopes: Vec::new(),
            read_only: None,
        };
        let device = DeviceGrant {
            id: format!("gateway-{nth}"),
            name: "gateway".to_owned(),
            token_sha256: sha256(DEVICE_TOKEN),
            certificate_sha256: None,
            active: true,
        };
        let tenant = TenantGrant {
            id,
            slug: slug(nth),
            name: format!("Tenant {nth}"),
            time_zone: "Asia/Shanghai".to_owned(),
            active: true,
            modules: self.loaded.iter().map(grant).collect(),
            stopped: Vec::new(),
            devices: vec![device],
            readings: Vec::new(),
        };
        self.tokio.block_on(self.runtime.apply(tenant));
        id
    }

    /// Calls an operation of `ledger` without HTTP.
    pub fn call(&self, tenant: RawId, operation: &str, input: serde_json::Value) -> String {
        self.call_of(tenant, "ledger", operation, input)
    }

    /// Calls an operation of a module without HTTP.
    pub fn call_of(&self, tenant: RawId, module: &str, operation: &str, input: serde_json::Value) -> String {
        let actor = Actor::new(format!("user:{PERSON}"), "owner");
        let request = Request {
            tenant,
            module: module.to_owned(),
            operation: operation.to_owned(),
            input,
            actor,
            idempotency_key: None,
        };
        self.tokio.block_on(self.runtime.invoke(request)).expect("the operation answers")
    }

    /// Serves on a port of the system's choice, with everything that stands around the API in the server. Returns the
    /// tokens of a person of each of the tenants `0..tenants`, too.
    pub fn serve(&self, tenants: usize) -> (SocketAddr, Vec<String>) {
        let stopping = CancellationToken::new();
        let _within = self.tokio.enter();
        record_metrics(stopping.clone());
        let issuer = Issuer::new(&Signer::generate(&SystemChance));
        let gate = Keyring::new(self.folder.path().join("jwks.json"), self.clock.clone());
        gate.renew(&issuer.key_set().to_json()).expect("the keys are kept");
        let token = |nth| {
            let tenants = BTreeMap::from([(id(nth).to_string(), "owner".to_owned())]);
            issuer.issue(PERSON.to_owned(), tenants, BTreeMap::new(), self.clock.now(), &SystemChance)
        };
        let tokens = (0..tenants).map(|nth| token(nth).expect("a token")).collect();
        let (runtime, mapping) = (self.runtime.clone(), Arc::new(Mapping::new(self.runtime.clone())));
        let brokers = Brokers::unconnected(runtime.clone(), mapping.clone(), self.world());
        let key = HostKey::new(Signer::generate(&SystemChance), Vec::new());
        let exhibit = Arc::new(Exhibit::new(runtime.clone(), mapping.clone(), key));
        let gate = Arc::new(gate);
        let routes = toolcrib_api::router(toolcrib_api::Host { runtime, gate, mapping, brokers, exhibit });
        (serve(&self.tokio, around(routes, stopping)), tokens)
    }

    /// Takes readings over MQTT on a port of the system's choice, for as long as the process lives. No device is slowed
    /// down for its quota.
    pub fn serve_mqtt(&self) -> SocketAddr {
        let _within = self.tokio.enter();
        let mapping = Arc::new(Mapping::new(self.runtime.clone()));
        let settings = Settings { messages_each_s: 1_000_000 };
        let endpoint = Endpoint::new(self.runtime.clone(), mapping, self.world(), settings);
        let listener = self.tokio.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        self.tokio.spawn(endpoint.listen(listener, None));
        address
    }

    /// Lets a minute of idleness pass and waits until all tenants' files are closed.
    pub fn close_all(&self) {
        self.clock.jump(Duration::from_secs(90));
        wait("the idle tenants to close", || open_files(&self.data.tenants()) == 0);
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        self.runtime.stop();
    }
}

fn world(clock: &Arc<JumpingClock>) -> World {
    World { clock: clock.clone(), chance: Arc::new(SystemChance) }
}

/// Serves routes on a port of the system's choice, for as long as the process lives.
pub fn serve(tokio: &tokio::runtime::Runtime, routes: axum::Router) -> SocketAddr {
    use axum::serve::ListenerExt;
    let listener = tokio.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    tokio.spawn(async move { axum::serve(listener, routes).await });
    address
}

fn sha256(text: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).into()
}

/// Id of the n-th tenant: a UUIDv7 whose random end is the number.
fn id(nth: usize) -> RawId {
    let mut bytes = [1, 143, 14, 110, 123, 28, 124, 195, 161, 178, 0, 0, 0, 0, 0, 0];
    bytes[8..].copy_from_slice(&(nth as u64 | 0xa1b2 << 48).to_be_bytes());
    RawId(bytes)
}

pub fn slug(nth: usize) -> String {
    format!("tenant-{nth}")
}

/// Files under a folder that this process holds open.
fn open_files(folder: &Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").expect("a Linux machine");
    open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok()).filter(|path| path.starts_with(folder)).count()
}

/// Files that this process may have open; raised as far as the system allows.
pub fn files_limit() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused, the old limit stays: then a step that needs more is left out.
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |limit| limit as usize)
}

/// Resident memory of this process.
pub fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("a Linux machine");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("statm has numbers");
    pages * rustix::param::page_size()
}

/// CPU time of the calling thread.
pub fn thread_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux machine");
    Duration::from_nanos(stat.split(' ').next().and_then(|ns| ns.parse().ok()).expect("schedstat has numbers"))
}

/// Whether this run only shows that the benches work: with `--quick` some sections measure next to nothing.
pub fn is_quick() -> bool {
    std::env::args().any(|argument| argument == "--quick")
}

/// The only size that a fleet shall have, with `--tenants=2000`.
pub fn tenants_wanted() -> Option<usize> {
    std::env::args().find_map(|argument| argument.strip_prefix("--tenants=")?.parse().ok())
}

/// CPU time of this process, in steps of 10 ms.
pub fn process_cpu() -> Duration {
    process_cpu_of(std::process::id())
}

/// CPU time of another process, in steps of 10 ms.
pub fn process_cpu_of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a Linux machine, and a process");
    // The program's name, in brackets, may contain anything.
    let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().expect("stat has numbers")).sum();
    Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second())
}

/// Waits for a condition.
pub fn wait(what: &str, mut met: impl FnMut() -> bool) {
    let (never, changed) = (Mutex::new(()), std::sync::Condvar::new());
    let started = Monotonic::now();
    while !met() {
        assert!(started.elapsed() < Duration::from_secs(60), "waited a minute for {what}");
        drop(
            changed
                .wait_timeout(never.lock().expect("nobody panics here"), Duration::from_millis(20))
                .expect("nobody panics here"),
        );
    }
}

/// One line about where this runs, with what a durable write costs here.
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("?", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} × {model}, Linux {}, 4 KiB append + fdatasync {:.0} µs", kernel.trim(), durable_write_us())
}

fn durable_write_us() -> f64 {
    use std::io::Write;
    let mut file = tempfile::tempfile().expect("a temporary file");
    let mut times: Vec<_> = (0..200)
        .map(|_| {
            let started = Monotonic::now();
            file.write_all(&[1; 4096]).and_then(|()| file.sync_data()).expect("the disk writes");
            started.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[100]
}
