//! The handle that everything above uses: invoke, read events, post readings, apply entitlements.

use crate::courier::Courier;
use crate::invoke::{Request, admit};
use crate::keeper::{self, Alarms};
use crate::modules::{Loaded, ModuleSource, Modules};
use crate::pool::Pool;
use crate::query::{self, Slow};
use crate::readings::{self, Accepted, Reading};
use crate::scope::{DeviceGrant, Scope, TenantGrant, no_such_tenant};
use crate::signals::Signals;
use crate::tenant::{Job, LiveEvent, Open, Tenant, WriterSlot, busy, lock};
use crate::{deliver, turn};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::JoinHandle;
use tokio::sync::{broadcast, oneshot};
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::problem::{Problem, UNAVAILABLE};
use toolcrib_contract::signal::Samples;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_sandbox::{Compiler, Engine};
use toolcrib_store::{AuditLine, DataDir, Readings, StoreError, SubscriptionRow, TenantOptions, Writer};

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
}

/// A committed event of the tenant's log.
pub type EventView = LiveEvent;

/// What people may see of a tenant.
#[derive(Clone, Debug)]
pub struct TenantView {
    pub id: RawId,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub active: bool,
    pub modules: Vec<Arc<Loaded>>,
    pub devices: Vec<DeviceGrant>,
}

/// Runs modules for tenants. Clone freely.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub options: Options,
    pub world: World,
    pub modules: Arc<Modules>,
    tenants: RwLock<HashMap<RawId, Arc<Tenant>>>,
    slugs: RwLock<HashMap<String, RawId>>,
    pool: OnceLock<Arc<Pool<Arc<Tenant>>>>,
    inboxes: OnceLock<Arc<Pool<Arc<Tenant>>>>,
    slow: OnceLock<Arc<Pool<Slow>>>,
    slow_waiting: Arc<AtomicUsize>,
    alarms: Arc<Alarms>,
    keeper: Mutex<Option<JoinHandle<()>>>,
    courier: Option<Arc<dyn Courier>>,
}

/// Events of one page.
const EVENTS_PAGE: u32 = 500;
/// A tenant whose files failed is tried again after so long.
const REPAIR_US: i64 = 1_000_000;

impl Runtime {
    /// Starts the worker threads.
    ///
    /// # Errors
    /// The system refuses threads.
    pub fn start(options: Options, world: World, engine: Engine, compiler: Compiler, courier: Option<Arc<dyn Courier>>) -> std::io::Result<Self> {
        let inner = Arc::new(Inner {
            options,
            world,
            modules: Arc::new(Modules::new(engine, compiler)),
            tenants: RwLock::default(),
            slugs: RwLock::default(),
            pool: OnceLock::new(),
            inboxes: OnceLock::new(),
            slow: OnceLock::new(),
            slow_waiting: Arc::default(),
            alarms: Arc::default(),
            keeper: Mutex::default(),
            courier,
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
        let set = inner.pool.set(pool).is_ok() && inner.inboxes.set(inboxes).is_ok() && inner.slow.set(slow).is_ok();
        assert!(set, "pools are set once");
        let (weak, alarms) = (Arc::downgrade(&inner), inner.alarms.clone());
        let thread = std::thread::Builder::new().name("keeper".to_owned());
        *lock(&inner.keeper) = Some(thread.spawn(move || keeper::run(&weak, &alarms))?);
        Ok(Self { inner })
    }

    /// Finishes what is queued and ends the threads. New work is refused.
    pub fn stop(&self) {
        self.inner.alarms.close();
        if let Some(keeper) = lock(&self.inner.keeper).take() {
            let _ = keeper.join();
        }
        self.inner.inboxes().stop();
        self.inner.pool().stop();
        if let Some(slow) = self.inner.slow.get() {
            slow.stop();
        }
        for tenant in self.inner.tenants() {
            tenant.close_if_idle();
        }
    }

    /// Loads a module: compile or take from the cache, link, describe. Blocking and slow.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn load(&self, source: &ModuleSource) -> Result<Arc<Loaded>, String> {
        self.inner.modules.load(source)
    }

    pub fn loaded(&self, digest: &str) -> Option<Arc<Loaded>> {
        self.inner.modules.get(digest)
    }

    /// Counts of the instance pool, for gauges.
    pub fn pool_metrics(&self) -> toolcrib_sandbox::PoolMetrics {
        self.inner.modules.engine().pool_metrics()
    }

    /// Brings one tenant in line with its entitlements, in its own turn: when this returns, nothing runs under the old
    /// ones. Modules that are not loaded are left out.
    pub async fn apply(&self, grant: TenantGrant) {
        let installed = grant.modules.iter().filter_map(|module| self.inner.modules.install(module)).collect();
        let scope = Arc::new(Scope {
            id: grant.id,
            slug: grant.slug,
            name: grant.name,
            time_zone: grant.time_zone,
            active: grant.active,
            installed,
            devices: grant.devices,
        });
        self.inner.slugs.write().unwrap_or_else(PoisonError::into_inner).insert(scope.slug.clone(), scope.id);
        let known = self.inner.tenant(scope.id);
        let Some(tenant) = known else {
            let dir = self.inner.options.data.tenant(scope.id);
            let tenant = Arc::new(Tenant::new(scope.clone(), dir));
            self.inner.tenants.write().unwrap_or_else(PoisonError::into_inner).insert(scope.id, tenant.clone());
            // Timers and events may be waiting from before the start.
            if tenant.dir.exists() {
                self.inner.push(&tenant, Job::Pump);
            }
            return;
        };
        let (done, applied) = oneshot::channel();
        self.inner.push(&tenant, Job::Apply(scope, done));
        let _ = applied.await;
    }

    /// The tenant of this id or slug.
    ///
    /// # Errors
    /// `not-found`, the same for absent and foreign ones.
    pub fn tenant(&self, name: &str) -> Result<TenantView, Problem> {
        let tenant = self.inner.named(name).ok_or_else(no_such_tenant)?;
        let scope = tenant.scope();
        Ok(TenantView {
            id: scope.id,
            slug: scope.slug.clone(),
            name: scope.name.clone(),
            time_zone: scope.time_zone.clone(),
            active: scope.active,
            modules: scope.installed.iter().map(|installed| installed.module.clone()).collect(),
            devices: scope.devices.clone(),
        })
    }

    /// Runs an operation. The answer is JSON text; for commands it comes after the commit.
    ///
    /// # Errors
    /// A problem for the caller; nothing was written then.
    pub async fn invoke(&self, request: Request) -> Result<String, Problem> {
        let tenant = self.inner.tenant(request.tenant).ok_or_else(no_such_tenant)?;
        let admitted = admit(&tenant.scope(), &request.module, &request.operation, &request.actor)?;
        if !admitted.write {
            return query::query(&self.inner, &tenant, &request, admitted).await;
        }
        drop(admitted);
        let (reply, answer) = oneshot::channel();
        match tenant.push(Job::Invoke(Box::new(request), reply)) {
            Ok(true) => self.inner.pool().submit(tenant),
            Ok(false) => {}
            Err(_) => return Err(busy()),
        }
        answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
    }

    /// Stores readings of a device; the answer comes after the commit.
    ///
    /// # Errors
    /// Unknown tenant, too much waiting, a limit, or the disk.
    pub async fn post_readings(&self, tenant: RawId, device: &str, readings: Vec<Reading>) -> Result<Accepted, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        if !tenant.scope().active {
            return Err(no_such_tenant());
        }
        readings::post(&self.inner, &tenant, device.to_owned(), readings).await
    }

    /// Committed events after a seq, oldest first, at most 500.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn events(&self, tenant: RawId, after: u64) -> Result<Vec<EventView>, Problem> {
        let rows = self.with_writer(tenant, move |writer| writer.events_after(after, EVENTS_PAGE)).await?;
        let view = |row: toolcrib_store::EventRow| LiveEvent { seq: row.seq, module: row.module, name: row.name, body: row.body, at: row.at };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Events as they are committed from now on.
    ///
    /// # Errors
    /// Unknown tenant.
    pub fn live(&self, tenant: RawId) -> Result<broadcast::Receiver<LiveEvent>, Problem> {
        Ok(self.inner.tenant(tenant).ok_or_else(no_such_tenant)?.listen())
    }

    /// Samples of one signal, oldest first.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn samples(&self, tenant: RawId, signal: String, from: Instant, until: Instant, limit: u32) -> Result<Samples, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let options = self.inner.options.tenant.clone();
        let read = move || Readings::open(&tenant.dir, &options).and_then(|mut readings| readings.samples(&signal, from, until, limit));
        self.aside(read).await?.map_err(|error| turn::store_problem(&error))
    }

    /// Runs `work` in the tenant's turn and commits. For what is not an invocation: dead letters, the audit check.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn with_writer<T: Send + 'static>(&self, tenant: RawId, work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static) -> Result<T, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let (reply, answer) = oneshot::channel();
        let job = Job::Work(Box::new(move |writer| drop(reply.send(writer.and_then(work)))));
        self.inner.push(&tenant, job);
        answer.await.map_err(|_| UNAVAILABLE.problem())?.map_err(|error| turn::store_problem(&error))
    }

    /// Runs blocking work beside the turns.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        if !self.inner.slow_queries(256, Box::new(move || drop(reply.send(work())))) {
            return Err(toolcrib_contract::problem::BUSY.problem());
        }
        answer.await.map_err(|_| UNAVAILABLE.problem())
    }

    /// Sends what waits in the tenant's outbox through the courier. Returns how many left.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn send_effects(&self, tenant: RawId) -> Result<u32, Problem> {
        let Some(courier) = self.inner.courier.clone() else { return Ok(0) };
        let now = self.inner.world.clock.now();
        let due = self.with_writer(tenant, move |writer| writer.due_effects(now, 20)).await?;
        let mut sent = 0;
        for effect in due {
            let delivery = crate::Delivery { id: effect.id, tenant, module: effect.module, target: effect.target, body: effect.body };
            let outcome = courier.deliver(delivery).await;
            let (id, attempts) = (effect.id, effect.attempts + 1);
            let next = self.inner.world.clock.now().plus_us(deliver::backoff_us(attempts, self.inner.seed()));
            sent += u32::from(outcome.is_ok());
            if let Err(why) = &outcome {
                tracing::warn!(effect = %id, attempts, why, "An effect is sent again later");
            }
            self.with_writer(tenant, move |writer| match outcome {
                Ok(()) => writer.effect_done(id),
                Err(_) => writer.effect_failed(id, attempts, next),
            })
            .await?;
        }
        Ok(sent)
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

impl Inner {
    pub fn pool(&self) -> &Pool<Arc<Tenant>> {
        self.pool.get().expect("set at start")
    }

    pub fn inboxes(&self) -> &Pool<Arc<Tenant>> {
        self.inboxes.get().expect("set at start")
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
        self.slow.get().expect("set at start").submit(counted);
        true
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

    /// Queues one of the host's own jobs, which are always taken.
    pub fn push(&self, tenant: &Arc<Tenant>, job: Job) {
        if let Ok(true) = tenant.push(job) {
            self.pool().submit(tenant.clone());
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

/// Opens a tenant's files and brings them in line with its scope. In the tenant's turn.
pub(crate) fn open(inner: &Arc<Inner>, tenant: &Tenant) -> Result<Box<Open>, StoreError> {
    let errors = tenant.disk_errors.load(Ordering::Relaxed);
    if errors > 1 {
        return Err(StoreError::Io("two disk errors; the tenant stays closed until the host restarts".to_owned()));
    }
    let mut writer = Writer::open(&tenant.dir, &inner.options.tenant)?;
    if errors > 0 {
        writer.integrity()?;
    }
    let readings = Readings::open(&tenant.dir, &inner.options.tenant)?;
    let scope = tenant.scope();
    let mut open = Box::new(Open { writer: WriterSlot::new(writer), readings, consumers: Vec::new(), signals: Signals::default(), scope: scope.clone() });
    open.writer.begin()?;
    align(inner, &mut open, &scope)?;
    open.writer.commit()?;
    Ok(open)
}

/// Takes a new scope into force, inside the turn's transaction.
pub(crate) fn apply(inner: &Arc<Inner>, tenant: &Tenant, open: &mut Open, scope: Arc<Scope>) -> Result<(), StoreError> {
    align(inner, open, &scope)?;
    open.scope = scope.clone();
    tenant.set_scope(scope);
    Ok(())
}

fn align(inner: &Inner, open: &mut Open, scope: &Arc<Scope>) -> Result<(), StoreError> {
    let before = open.writer.subscriptions()?;
    let now = inner.world.clock.now();
    for installed in &scope.installed {
        let loaded = &installed.module;
        let grants: Vec<_> = installed.grants.iter().map(ToString::to_string).collect();
        let row = SubscriptionRow {
            module: loaded.manifest.module.clone(),
            version: loaded.manifest.version.clone(),
            digest: loaded.digest.clone(),
            state: "active".to_owned(),
            grants_json: serde_json::to_string(&grants).unwrap_or_default(),
            since: now,
        };
        let same = |known: &&SubscriptionRow| known.module == row.module && known.digest == row.digest && known.grants_json == row.grants_json && known.state == row.state;
        if before.iter().find(same).is_none() {
            open.writer.install(&loaded.tables)?;
            record(open, &row, "subscribed", now)?;
        }
    }
    for gone in before.iter().filter(|row| row.state == "active" && scope.find(&row.module).is_none()) {
        let row = SubscriptionRow { state: "cancelled".to_owned(), since: now, ..gone.clone() };
        record(open, &row, "cancelled", now)?;
        // What happens while a module is away is not told to it later.
        open.writer.drop_consumers(&row.module)?;
    }
    open.consumers = deliver::consumers(&mut open.writer, scope)?;
    open.signals = Signals::load(&mut open.writer, &mut open.readings, scope)?;
    Ok(())
}

fn record(open: &mut Open, row: &SubscriptionRow, action: &str, now: Instant) -> Result<(), StoreError> {
    open.writer.put_subscription(row)?;
    let detail = format!("{{\"version\":{:?},\"digest\":{:?},\"grants\":{}}}", row.version, row.digest, row.grants_json);
    open.writer.audit(&AuditLine { at: now, actor: "registry", action, module: &row.module, detail_json: &detail })
}

/// Waits until the tenant's files are open, so that a reader can be had.
pub(crate) async fn ensure_open(inner: &Arc<Inner>, tenant: &Arc<Tenant>) -> Result<(), Problem> {
    if tenant.is_open.load(Ordering::Acquire) {
        return Ok(());
    }
    let (reply, opened) = oneshot::channel();
    inner.push(tenant, Job::Open(reply));
    opened.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
}
