//! A host in a temporary folder: the real runtime, engine, compiler and files; time and chance are the test's.

use super::artifacts::{Artifact, guest};
use super::tenant::Tenant;
use crate::wait;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use toolcrib_contract::Capability;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_runtime::{
    Courier, Egress, Loaded, ModuleGrant, ModuleSource, OpenFiles, Options, Runtime, TenantGrant, World,
};
use toolcrib_sandbox::{ChildCommand, Compiler, CompilerOptions, Engine, EngineOptions};
use toolcrib_store::{DataDir, Home, TenantOptions};

/// When a plant's clock starts: 2026-11-24T08:00:00Z.
pub const START: Instant = Instant(1_795_507_200_000_000);
/// Longest wait for something that must happen.
pub const SOON: Duration = Duration::from_secs(20);

/// A clock that the test moves. By itself it goes on one microsecond with every look, so that what happens later is
/// later; frozen, it does not even that.
#[derive(Debug)]
pub struct SetClock {
    us: AtomicI64,
    frozen: AtomicBool,
    looks: AtomicU64,
}

impl SetClock {
    fn new() -> Self {
        Self { us: AtomicI64::new(START.0), frozen: AtomicBool::new(false), looks: AtomicU64::new(0) }
    }
}

impl Clock for SetClock {
    fn now(&self) -> Instant {
        self.looks.fetch_add(1, Ordering::Relaxed);
        let step = i64::from(!self.frozen.load(Ordering::Acquire));
        Instant(self.us.fetch_add(step, Ordering::AcqRel))
    }
}

/// Chance with a seed: SplitMix64.
#[derive(Debug)]
pub struct Seeded(AtomicU64);

impl Chance for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::AcqRel);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ mixed >> 31).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// What a test may choose about its plant.
#[derive(Clone)]
pub struct Setup {
    pub tenant: TenantOptions,
    pub courier: Option<Arc<dyn Courier>>,
    pub egress: Option<Arc<dyn Egress>>,
    /// Tenants whose files stay open.
    pub open_tenants: usize,
    /// Files that stay open.
    pub open_files: OpenFiles,
    pub seed: u64,
}

impl Default for Setup {
    /// Durable files, nobody who carries effects, no way out.
    fn default() -> Self {
        let (tenant, open_files) = (TenantOptions::default(), OpenFiles::UNBOUNDED);
        Self { tenant, courier: None, egress: None, open_tenants: 64, open_files, seed: 7 }
    }
}

/// A host that may be closed like a power failure and opened again.
pub struct Plant {
    folder: TempDir,
    setup: Setup,
    clock: Arc<SetClock>,
    chance: Arc<Seeded>,
    runtime: Option<Runtime>,
    /// What each tenant agreed to, for [`Plant::power_failure`].
    grants: Mutex<BTreeMap<RawId, TenantGrant>>,
}

impl Plant {
    pub fn new() -> Self {
        Self::with(Setup::default())
    }

    pub fn with(setup: Setup) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clock, chance) = (Arc::new(SetClock::new()), Arc::new(Seeded(AtomicU64::new(setup.seed))));
        let runtime = Some(start(folder.path(), &setup, clock.clone(), chance.clone()));
        Self { folder, setup, clock, chance, runtime, grants: Mutex::default() }
    }

    pub fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("only away during a power failure")
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Moves the clock ahead.
    pub fn later(&self, by: Duration) {
        self.clock.us.fetch_add(by.as_micros() as i64, Ordering::AcqRel);
    }

    /// Stops the clock at this time.
    pub fn freeze(&self, at: Instant) {
        self.clock.frozen.store(true, Ordering::Release);
        self.clock.us.store(at.0, Ordering::Release);
    }

    /// How often the host has looked at its clock.
    pub fn looks(&self) -> u64 {
        self.clock.looks.load(Ordering::Relaxed)
    }

    /// Seeds chance anew.
    pub fn reseed(&self, seed: u64) {
        self.chance.0.store(seed, Ordering::Release);
    }

    /// Loads a guest of `modules/`.
    pub fn load(&self, name: &str) -> Arc<Loaded> {
        self.load_artifact(guest(name)).unwrap_or_else(|error| panic!("guest `{name}` does not load: {error}"))
    }

    /// Loads any component.
    ///
    /// # Errors
    /// As the runtime says.
    pub fn load_artifact(&self, artifact: &Artifact) -> Result<Arc<Loaded>, String> {
        // One at a time: the second test that needs it finds it in the cache.
        static TURN: Mutex<()> = Mutex::new(());
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        self.runtime().load(&ModuleSource { digest: artifact.digest.clone(), bytes: artifact.bytes.clone() })
    }

    /// A tenant that subscribed to these guests and agreed to all they ask for.
    pub async fn tenant(&self, slug: &str, guests: &[&str]) -> Tenant<'_> {
        let modules = guests.iter().map(|name| agree(&self.load(name))).collect();
        self.tenant_with(slug, modules).await
    }

    /// A tenant with these subscriptions.
    pub async fn tenant_with(&self, slug: &str, modules: Vec<ModuleGrant>) -> Tenant<'_> {
        let id = tenant_id(slug);
        let (slug, name) = (slug.to_owned(), format!("Works of {slug}"));
        let time_zone = "Asia/Shanghai".to_owned();
        self.apply(TenantGrant {
            id,
            slug,
            name,
            time_zone,
            active: true,
            modules,
            stopped: Vec::new(),
            devices: Vec::new(),
            readings: Vec::new(),
        })
        .await;
        self.known(id)
    }

    /// The tenant of this slug, which was made before.
    pub fn again(&self, slug: &str) -> Tenant<'_> {
        self.known(tenant_id(slug))
    }

    fn known(&self, id: RawId) -> Tenant<'_> {
        Tenant { plant: self, id }
    }

    /// Brings a new agreement into force.
    pub async fn apply(&self, grant: TenantGrant) {
        self.grants.lock().unwrap().insert(grant.id, grant.clone());
        self.runtime().apply(grant).await;
    }

    /// What a tenant agreed to.
    pub fn grant(&self, id: RawId) -> TenantGrant {
        self.grants.lock().unwrap()[&id].clone()
    }

    /// Everything in memory is gone at once, nothing is closed in order; then the same files are opened again.
    pub async fn power_failure(&mut self) {
        let loaded: Vec<_> = self.grants.lock().unwrap().values().flat_map(|grant| grant.modules.clone()).collect();
        drop(self.runtime.take());
        // Turns that had begun end by themselves; the lock goes with the last of them.
        let free = || DataDir::lock(self.folder.path()).ok();
        drop(wait::until("the data directory to be free", SOON, free));
        self.runtime = Some(start(self.folder.path(), &self.setup, self.clock.clone(), self.chance.clone()));
        loaded.iter().for_each(|grant| drop(self.load(&grant.module)));
        let grants: Vec<_> = self.grants.lock().unwrap().values().cloned().collect();
        for grant in grants {
            self.runtime().apply(grant).await;
        }
    }

    /// The host's data directory.
    pub fn root(&self) -> std::path::PathBuf {
        self.folder.path().to_owned()
    }

    /// A tenant's files, for looking at them from outside.
    pub fn dir(&self, tenant: RawId) -> std::path::PathBuf {
        let name = tenant.to_string();
        self.folder.path().join("tenants").join(&name[name.len() - 2..]).join(name)
    }

    /// Where a tenant's business lies.
    pub fn home(&self, tenant: RawId) -> Home {
        Home::new(self.dir(tenant), tenant, &self.setup.tenant)
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.stop();
        }
    }
}

/// Agrees to everything that a module asks for.
pub fn agree(loaded: &Loaded) -> ModuleGrant {
    agree_to(loaded, |_| true)
}

/// Agrees to what `grants` says yes to.
pub fn agree_to(loaded: &Loaded, grants: impl Fn(&Capability) -> bool) -> ModuleGrant {
    let wanted = loaded.wanted.iter().map(|wanted| wanted.capability.clone());
    ModuleGrant {
        module: loaded.manifest.module.clone(),
        version: loaded.manifest.version.clone(),
        digest: loaded.digest.clone(),
        grants: wanted.filter(grants).collect(),
        scopes: Vec::new(),
        read_only: None,
    }
}

/// The same slug is the same tenant.
pub fn tenant_id(slug: &str) -> RawId {
    use sha2::{Digest, Sha256};
    let mut id = RawId::default();
    id.0.copy_from_slice(&Sha256::digest(slug)[..16]);
    id
}

/// One engine for the process, as a host has it.
pub fn engine() -> Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(EngineOptions::default()).expect("an engine")).clone()
}

/// A compiler whose child is the server of this crate; native code is kept between runs.
pub fn compiler() -> Compiler {
    let child =
        ChildCommand { program: env!("CARGO_BIN_EXE_toolcrib-under-test").into(), args: vec!["compile-child".into()] };
    Compiler::new(CompilerOptions { child, cache: Some(native()), secret: [42; 32] })
}

/// Where native code is kept between runs.
pub fn native() -> std::path::PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("native")
}

fn start(folder: &Path, setup: &Setup, clock: Arc<SetClock>, chance: Arc<Seeded>) -> Runtime {
    let data = Arc::new(DataDir::lock(folder).expect("the folder is ours"));
    let Setup { tenant, open_tenants, open_files, .. } = setup.clone();
    let options = Options { data, tenant, workers: 4, slow_workers: 2, open_tenants, open_files };
    let world = World { clock, chance };
    let runtime = Runtime::start(options, world, engine(), compiler(), setup.courier.clone()).expect("threads");
    if let Some(egress) = &setup.egress {
        runtime.connect_through(egress.clone());
    }
    runtime
}
