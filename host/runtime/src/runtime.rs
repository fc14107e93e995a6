//! The handle that everything above uses: invoke, read events, post readings, apply entitlements.

use crate::archive::Archives;
use crate::beside::Reach;
use crate::connector;
use crate::courier::Courier;
use crate::egress::Egress;
use crate::erase::Attest;
use crate::health::VersionCounts;
use crate::invoke::{Request, admit};
use crate::keeper::{self, Alarms};
use crate::lag::Pauses;
use crate::lanes::{Lanes, Run};
use crate::modules::{Loaded, ModuleSource, Modules};
use crate::places::Places;
use crate::pool::Pool;
use crate::query::{self, Answered, Slow};
use crate::readings::{self, Accepted, Reading};
use crate::room::{OpenFiles, Room};
use crate::scope::{Scope, TenantGrant, TenantView, no_such_tenant};
use crate::spans::{self, Traces};
use crate::tenant::{Job, LiveEvent, Tenant, Worked, busy, lock};
use crate::track::{Track, Watch};
use crate::turn;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::thread::JoinHandle;
use std::time::Instant as Monotonic;
use tokio::sync::{broadcast, oneshot};
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{BAD_REQUEST, METHOD, Problem, UNAVAILABLE};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_sandbox::{Compiler, Engine};
use toolcrib_store::{DataDir, Home, StoreError, TenantOptions, Writer};

/// Time and chance, as parameters.
#[derive(Clone)]
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
}

/// How a runtime is built.
#[derive(Clone)]
pub struct Options {
    pub data: Arc<DataDir>,
    pub tenant: TenantOptions,
    /// Threads that run turns: as many commits can wait for the disk at once.
    pub workers: usize,
    /// Threads for slow queries.
    pub slow_workers: usize,
    /// Tenants kept open; beyond, the least recently used close early. Each takes about a mebibyte of memory.
    pub open_tenants: usize,
    /// Files that they keep open; beyond, the same.
    pub open_files: OpenFiles,
}

/// A committed event of the tenant's log.
pub type EventView = LiveEvent;

/// Runs modules for tenants. Clone freely.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub options: Options,
    pub world: World,
    /// Since when machines can be heard.
    pub started: Instant,
    pub modules: Arc<Modules>,
    /// The number of the newest entitlements that every tenant is in line with.
    pub snapshot: AtomicU64,
    tenants: RwLock<HashMap<RawId, Arc<Tenant>>>,
    slugs: RwLock<HashMap<String, RawId>>,
    pool: OnceLock<Arc<Pool<Arc<Tenant>>>>,
    inboxes: OnceLock<Arc<Pool<Arc<Tenant>>>>,
    slow: OnceLock<Arc<Pool<Slow>>>,
    slow_waiting: Arc<AtomicUsize>,
    alarms: Arc<Alarms>,
    pub reach: Reach,
    pub pauses: Arc<Pauses>,
    keepers: Mutex<Vec<JoinHandle<()>>>,
    pub courier: Option<Arc<dyn Courier>>,
    pub egress: OnceLock<Arc<dyn Egress>>,
    pub attest: OnceLock<Arc<dyn Attest>>,
    pub traces: OnceLock<Arc<dyn Traces>>,
    connectors: OnceLock<Arc<Pool<Run>>>,
    pub lanes: Lanes,
    pub room: Room,
    pub imports: Arc<Places>,
    pub exports: Arc<Places>,
    pub archiving: Arc<Places>,
    pub archives: Archives,
    pub sources: crate::sources::Sources,
    /// Connectors end at their next request, imports at their next invocation.
    pub stopping: AtomicBool,
}

/// Events of one page.
const EVENTS_PAGE: u32 = 500;
/// A tenant whose files failed is tried again after so long.
const REPAIR_US: i64 = 1_000_000;

impl Runtime {
    /// Starts the worker threads.
    ///
    /// # Errors
    /// The system refuses threads, or the data directory cannot be read.
    pub fn start(
        options: Options,
        world: World,
        engine: Engine,
        compiler: Compiler,
        courier: Option<Arc<dyn Courier>>,
    ) -> std::io::Result<Self> {
        // What an erasure left when the power failed in the middle of it.
        let swept = toolcrib_store::sweep(&options.data.tenants()).map_err(std::io::Error::other)?;
        if swept > 0 {
            tracing::warn!(swept, "Erasures that were cut short are finished");
        }
        let inner = Arc::new(Inner {
            room: Room::new(options.open_files),
            options,
            started: world.clock.now(),
            world,
            modules: Arc::new(Modules::new(engine, compiler)),
            snapshot: AtomicU64::new(0),
            tenants: RwLock::default(),
            slugs: RwLock::default(),
            pool: OnceLock::new(),
            inboxes: OnceLock::new(),
            slow: OnceLock::new(),
            slow_waiting: Arc::default(),
            alarms: Arc::default(),
            reach: Reach::default(),
            pauses: Arc::default(),
            keepers: Mutex::default(),
            courier,
            egress: OnceLock::new(),
            attest: OnceLock::new(),
            traces: OnceLock::new(),
            connectors: OnceLock::new(),
            lanes: Lanes::default(),
            imports: Places::new(limits::IMPORTS),
            exports: Places::new(limits::EXPORTS),
            archiving: Places::with(limits::ARCHIVES, 1),
            archives: Archives::default(),
            sources: crate::sources::Sources::default(),
            stopping: AtomicBool::new(false),
        });
        let weak = Arc::downgrade(&inner);
        let pool = Pool::start("turn", inner.options.workers, move |tenant: Arc<Tenant>| {
            if let Some(inner) = weak.upgrade() {
                turn::run(&inner, &tenant);
            }
        })?;
        let weak = Arc::downgrade(&inner);
        let inboxes = Pool::start("readings", inner.options.workers.div_ceil(4), move |tenant: Arc<Tenant>| {
            if let Some(inner) = weak.upgrade() {
                readings::run(&inner, &tenant);
            }
        })?;
        let slow = Pool::start("query", inner.options.slow_workers, |slow: Slow| slow())?;
        let connectors = Pool::start("connector", limits::CONNECTORS, |run: Run| run())?;
        let set = inner.pool.set(pool).is_ok() && inner.inboxes.set(inboxes).is_ok() && inner.slow.set(slow).is_ok();
        assert!(set && inner.connectors.set(connectors).is_ok(), "pools are set once");
        let keep = |name: &str, run: fn(&Weak<Inner>, &Alarms)| {
            let (weak, alarms) = (Arc::downgrade(&inner), inner.alarms.clone());
            std::thread::Builder::new().name(name.to_owned()).spawn(move || run(&weak, &alarms))
        };
        let (weak, pauses) = (Arc::downgrade(&inner), inner.pauses.clone());
        let resume = std::thread::Builder::new().name("resume".to_owned());
        let resume = resume.spawn(move || crate::lag::resume(&weak, &pauses))?;
        *lock(&inner.keepers) = vec![keep("watch", keeper::watch)?, keep("tend", keeper::tend)?, resume];
        if inner.options.tenant.database.is_some() {
            let beside = keep("beside", crate::beside::watch)?;
            lock(&inner.keepers).push(beside);
        }
        Ok(Self { inner })
    }

    /// Lets connectors make requests through this from now on; before, they hear that nobody answers.
    pub fn connect_through(&self, egress: Arc<dyn Egress>) {
        assert!(self.inner.egress.set(egress).is_ok(), "the way out is set once");
    }

    /// Finishes what is queued and ends the threads. New work is refused. Connectors end at their next request.
    pub fn stop(&self) {
        self.inner.stopping.store(true, Ordering::Release);
        self.inner.alarms.close();
        self.inner.pauses.close();
        for keeper in lock(&self.inner.keepers).drain(..) {
            // A keeper that panicked has already been logged by the panic hook.
            let _ = keeper.join();
        }
        // They wait for turns, which wait for nobody.
        self.inner.connectors().stop();
        self.inner.inboxes().stop();
        self.inner.pool().stop();
        if let Some(slow) = self.inner.slow.get() {
            slow.stop();
        }
        for tenant in self.inner.tenants() {
            tenant.close_if_idle();
        }
    }

    /// Whether work can be done at all: a database that keeps tenants' business answered within the last seconds. Files
    /// always do.
    pub fn store_answers(&self) -> bool {
        self.inner.reach.is_there(Monotonic::now())
    }

    /// Loads a module: compile or take from the cache, link, describe. Blocking and slow.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn load(&self, source: &ModuleSource) -> Result<Arc<Loaded>, String> {
        let loaded = self.inner.modules.load(source)?;
        if let Some(database) = &self.inner.options.tenant.database {
            // Tables that all tenants share are changed beside their turns, never in one.
            database.prepare(&loaded.tables).map_err(|error| error.to_string())?;
        }
        Ok(loaded)
    }

    pub fn loaded(&self, digest: &str) -> Option<Arc<Loaded>> {
        self.inner.modules.get(digest)
    }

    /// What was counted of every version since the last time, over all tenants.
    pub fn take_health(&self) -> Vec<VersionCounts> {
        self.inner.modules.take_health()
    }

    /// Adds counts that could not be told to anybody.
    pub fn give_back_health(&self, counts: &[VersionCounts]) {
        for counts in counts {
            if let Some(loaded) = self.loaded(&counts.digest) {
                loaded.health.give_back(counts.invocations, counts.faults);
            }
        }
    }

    /// Counts of the instance pool, for gauges.
    pub fn pool_metrics(&self) -> toolcrib_sandbox::PoolMetrics {
        self.inner.modules.engine().pool_metrics()
    }

    /// Brings one tenant in line with its entitlements, in its own turn: when this returns, nothing runs under the old
    /// ones; a connector meets the new ones with its next request or operation. Modules that are not loaded are left
    /// out.
    pub async fn apply(&self, grant: TenantGrant) {
        self.apply_of(0, grant).await;
    }

    /// The same with the number of the entitlements that the grant is from: where several hosts serve a tenant, one that
    /// has heard of older ones leaves its subscriptions as a newer one wrote them.
    pub async fn apply_of(&self, snapshot: u64, grant: TenantGrant) {
        let installed = grant.modules.iter().filter_map(|module| self.inner.modules.install(module)).collect();
        let read_only =
            grant.modules.iter().filter_map(|of| Some((of.module.clone(), of.read_only.clone()?))).collect();
        let scope = Arc::new(Scope {
            id: grant.id,
            slug: grant.slug,
            name: grant.name,
            time_zone: grant.time_zone,
            active: grant.active,
            installed,
            stopped: grant.stopped.into(),
            read_only,
            halted: Arc::new([]),
            devices: grant.devices.into(),
            readings: grant.readings.into(),
            snapshot,
        });
        let (tenant, is_new) = self.inner.admit_tenant(&scope);
        if is_new {
            // Timers and events may be waiting from before the start.
            if tenant.home.may_exist() {
                self.inner.push(&tenant, Job::Pump);
            }
            return;
        }
        let (done, applied) = oneshot::channel();
        self.inner.push(&tenant, Job::Apply(scope, done));
        let _ = applied.await;
    }

    /// Every tenant is in line with the entitlements of this number, also those that it changed nothing for.
    pub fn in_force(&self, snapshot: u64) {
        self.inner.snapshot.fetch_max(snapshot, Ordering::AcqRel);
    }

    /// The tenant of this id or slug.
    ///
    /// # Errors
    /// `not-found`, the same for absent and foreign ones.
    pub fn tenant(&self, name: &str) -> Result<Arc<TenantView>, Problem> {
        Ok(self.inner.named(name).ok_or_else(no_such_tenant)?.view())
    }

    /// Runs an operation. The answer is JSON text; for commands it comes after the commit.
    ///
    /// # Errors
    /// A problem for the caller; nothing was written then.
    pub async fn invoke(&self, request: Request) -> Result<String, Problem> {
        let tenant = self.inner.tenant(request.tenant).ok_or_else(no_such_tenant)?;
        if request.idempotency_key.as_ref().is_some_and(|key| key.len() > limits::IDEMPOTENCY_KEY_BYTES) {
            return Err(
                BAD_REQUEST.because(format!("an idempotency key has at most {} bytes", limits::IDEMPOTENCY_KEY_BYTES))
            );
        }
        let admitted = admit(&tenant.scope(), &request.module, &request.operation, &request.actor)?;
        let kind = admitted.def().kind.clone();
        drop(admitted);
        match kind {
            HandlerKind::Query => return query::query(&self.inner, &tenant, &request, &Track::Off).await,
            // On the heap: few callers carry this.
            HandlerKind::Connector => return Box::pin(connector::invoke(&self.inner, &tenant, request)).await,
            _ => {}
        }
        let (reply, answer) = oneshot::channel();
        match tenant.push(Job::Invoke(Box::new(request), reply, spans::current())) {
            Ok(true) => self.inner.submit(&tenant),
            Ok(false) => {}
            Err(_) => return Err(busy()),
        }
        answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
    }

    /// Asks a query, and says what its answer was made from: together with [`Runtime::watch`], begun before, that tells
    /// when to ask again. Only the modules and grants in force can change what was refused before it read anything.
    pub async fn ask(&self, request: &Request) -> Answered {
        let admitted = self.inner.tenant(request.tenant).ok_or_else(no_such_tenant).and_then(|tenant| {
            let admitted = admit(&tenant.scope(), &request.module, &request.operation, &request.actor)?;
            let is_query = admitted.def().kind == HandlerKind::Query;
            if is_query { Ok(tenant) } else { Err(METHOD.because("only a query is asked")) }
        });
        match admitted {
            Ok(tenant) => query::watched(&self.inner, &tenant, request).await,
            Err(problem) => Answered { answer: Err(problem), reads: Default::default() },
        }
    }

    /// Hears what is committed in a tenant from now on: which tables, which signals, and other modules in force.
    ///
    /// # Errors
    /// Unknown tenant, or too many watch already.
    pub fn watch(&self, tenant: RawId) -> Result<Watch, Problem> {
        self.inner.tenant(tenant).ok_or_else(no_such_tenant)?.tracks.watch()
    }

    /// Stores readings of a device; the answer comes after the commit.
    ///
    /// # Errors
    /// Unknown tenant, too much waiting, a limit, or the disk.
    pub async fn post_readings(
        &self,
        tenant: RawId,
        device: &str,
        readings: Vec<Reading>,
    ) -> Result<Accepted, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        if !tenant.scope().active {
            return Err(no_such_tenant());
        }
        readings::post(&self.inner, &tenant, device.to_owned(), readings).await
    }

    /// What was heard of the machines and gateways since this process started.
    pub fn sources(&self) -> &crate::sources::Sources {
        &self.inner.sources
    }

    /// Committed events after a seq, oldest first, at most 500.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn events(&self, tenant: RawId, after: u64) -> Result<Vec<EventView>, Problem> {
        let rows = self.with_writer(tenant, move |writer| writer.events_after(after, EVENTS_PAGE)).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Events as they are committed from now on.
    ///
    /// # Errors
    /// Unknown tenant, or too many listen already.
    pub fn live(&self, tenant: RawId) -> Result<broadcast::Receiver<LiveEvent>, Problem> {
        self.inner.tenant(tenant).ok_or_else(no_such_tenant)?.listen()
    }

    /// Runs `work` in the tenant's turn; the answer comes after the commit. For what is not an invocation: dead letters,
    /// the audit check. Work that fails leaves nothing.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn with_writer<T: Send + 'static>(
        &self,
        tenant: RawId,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let (reply, answer) = oneshot::channel();
        let job = Job::Work(Box::new(move |writer| {
            let done = writer.and_then(work).map_err(|error| turn::store_problem(&error));
            Worked { kept: done.is_ok(), tell: Box::new(move |committed| drop(reply.send(committed.and(done)))) }
        }));
        self.inner.push(&tenant, job);
        answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
    }

    /// Runs blocking work beside the turns.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        if !self.inner.slow_queries(256, Box::new(move || drop(reply.send(work())))) {
            return Err(toolcrib_contract::problem::BUSY.problem());
        }
        answer.await.map_err(|_| UNAVAILABLE.problem())
    }

    /// Puts a dead letter's event before its handler once more. False when there is no such letter.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn replay(&self, tenant: RawId, letter: u64) -> Result<bool, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let (reply, answer) = oneshot::channel();
        self.inner.push(&tenant, Job::Replay(letter, reply));
        answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
    }

    /// The host's clock.
    pub fn now(&self) -> Instant {
        self.inner.world.clock.now()
    }

    /// Whether anything was ever kept for the tenant: asking one without data for its settings would make its files.
    pub fn has_data(&self, tenant: RawId) -> bool {
        self.inner.tenant(tenant).is_some_and(|tenant| tenant.home.may_exist())
    }

    /// All tenants, in no order.
    pub fn tenant_ids(&self) -> Vec<RawId> {
        self.inner.tenants().iter().map(|tenant| tenant.id).collect()
    }

    /// Whether the operation only reads; none when the tenant has no such operation.
    pub fn is_query(&self, tenant: &TenantView, module: &str, operation: &str) -> Option<bool> {
        let loaded = tenant.modules.iter().find(|loaded| loaded.manifest.module == module)?;
        loaded.operation(operation).map(|(_, def)| def.kind == HandlerKind::Query)
    }
}

/// Without [`Runtime::stop`], what is queued is forgotten, as in a power failure; the threads end all the same.
impl Drop for Inner {
    fn drop(&mut self) {
        self.alarms.close();
        self.pauses.close();
        for pool in [self.pool.get(), self.inboxes.get()].into_iter().flatten() {
            pool.close();
        }
        if let Some(slow) = self.slow.get() {
            slow.close();
        }
        if let Some(connectors) = self.connectors.get() {
            connectors.close();
        }
    }
}

impl Inner {
    pub fn pool(&self) -> &Pool<Arc<Tenant>> {
        self.pool.get().expect("set at start")
    }

    pub fn inboxes(&self) -> &Pool<Arc<Tenant>> {
        self.inboxes.get().expect("set at start")
    }

    pub fn connectors(&self) -> &Pool<Run> {
        self.connectors.get().expect("set at start")
    }

    /// Hands a query to the slow threads; false when `max` already wait.
    pub fn slow_queries(&self, max: usize, slow: Slow) -> bool {
        let waiting = self.slow_waiting.clone();
        if waiting.fetch_add(1, Ordering::AcqRel) >= max {
            waiting.fetch_sub(1, Ordering::AcqRel);
            return false;
        }
        let counted: Slow = Box::new(move || {
            waiting.fetch_sub(1, Ordering::AcqRel);
            slow();
        });
        // While the host stops it is dropped, and whoever waits for it hears so.
        self.slow.get().expect("set at start").submit(counted)
    }

    pub fn tenant(&self, id: RawId) -> Option<Arc<Tenant>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn named(&self, name: &str) -> Option<Arc<Tenant>> {
        let id = match name.parse() {
            Ok(id) => id,
            Err(_) => *self.slugs.read().unwrap_or_else(PoisonError::into_inner).get(name)?,
        };
        self.tenant(id)
    }

    pub fn tenants(&self) -> Vec<Arc<Tenant>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The actor of this tenant, and whether it was made just now. There is never a second one on the same files.
    fn admit_tenant(&self, scope: &Arc<Scope>) -> (Arc<Tenant>, bool) {
        let mut slugs = self.slugs.write().unwrap_or_else(PoisonError::into_inner);
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        let known = tenants.get(&scope.id).cloned();
        let renamed = known.as_ref().map(|tenant| tenant.scope().slug.clone()).filter(|slug| *slug != scope.slug);
        if let Some(old) = renamed.filter(|old| slugs.get(old) == Some(&scope.id)) {
            slugs.remove(&old);
        }
        slugs.insert(scope.slug.clone(), scope.id);
        if let Some(tenant) = known {
            return (tenant, false);
        }
        let home = Home::new(self.options.data.tenant(scope.id), scope.id, &self.options.tenant);
        let tenant = Arc::new(Tenant::new(scope.clone(), home));
        tenants.insert(scope.id, tenant.clone());
        (tenant, true)
    }

    /// Queues one of the host's own jobs, which are always taken.
    pub fn push(&self, tenant: &Arc<Tenant>, job: Job) {
        if let Ok(true) = tenant.push(job) {
            self.submit(tenant);
        }
    }

    /// Gives a tenant with jobs to the pool. While the host stops, whoever waits for them hears so.
    pub fn submit(&self, tenant: &Arc<Tenant>) {
        if !self.pool().submit(tenant.clone()) {
            tenant.abandon();
        }
    }

    pub fn wake_at(&self, tenant: &Tenant, at: Instant) {
        self.alarms.set(tenant, at);
    }

    pub fn retry_later(&self, tenant: &Tenant) {
        self.alarms.set(tenant, self.world.clock.now().plus_us(REPAIR_US));
    }

    /// A random word for one invocation.
    pub fn seed(&self) -> u64 {
        let mut bytes = [0; 8];
        self.world.chance.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}
