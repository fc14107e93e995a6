//! A tenant as a serial actor: a queue of jobs, and the files while they are open.

use crate::deliver::Consumer;
use crate::erase::Erase;
use crate::import::Import;
use crate::invoke::Request;
use crate::lag::Lag;
use crate::order::{Queue, Waits};
use crate::pause::Halt;
use crate::places::Place;
use crate::room::{FILES_OF_A_DATABASE, FILES_OF_A_READER, Room};
use crate::scope::{Scope, TenantView};
use crate::signals::Signals;
use crate::spans::{SpanContext, Written};
use crate::track::Tracks;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::{broadcast, oneshot};
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BUSY, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{AHEAD, AnswerKey, EventRow, Home, Reader, Readings, Seen, StoreError, TenantOptions, Writer};

/// A committed event, as subscribers of the live feed see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveEvent {
    pub seq: u64,
    pub module: String,
    pub name: String,
    /// JSON text.
    pub body: String,
    pub at: Instant,
}

impl From<EventRow> for LiveEvent {
    fn from(row: EventRow) -> Self {
        let EventRow { seq, module, name, body, at, .. } = row;
        Self { seq, module, name, body, at }
    }
}

/// Work on the tenant's own turn: it may use the writer inside the group's transaction.
pub(crate) type Work = Box<dyn FnOnce(Result<&mut Writer, StoreError>) -> Worked + Send>;

/// What came of it.
pub(crate) struct Worked {
    /// What it wrote is kept.
    pub kept: bool,
    /// Tells whoever asked for it, once the group is on disk or lost.
    pub tell: Box<dyn FnOnce(Result<(), Problem>) + Send>,
}

/// Something for the tenant's turn.
pub(crate) enum Job {
    Invoke(Box<Request>, oneshot::Sender<Result<String, Problem>>, Option<SpanContext>),
    /// Gets a turn of its own: what shared its commit would wait for all its rows.
    Import(Box<Import>, oneshot::Sender<Result<String, Problem>>, Place),
    /// Replaces the scope.
    Apply(Arc<Scope>, oneshot::Sender<()>),
    /// Opens the files.
    Open(oneshot::Sender<Result<(), Problem>>),
    Work(Work),
    /// Halts a module, or lets it go on.
    Pause(Halt, oneshot::Sender<Result<bool, Problem>>),
    /// Runs with the files closed, in a turn of its own.
    Erase(Erase),
    /// Puts a dead letter before its handler once more.
    Replay(u64, oneshot::Sender<Result<bool, Problem>>),
    /// Moves events, signals and timers along.
    Pump,
    /// Closes the files, unless somebody wants them.
    Close,
}

/// The files of a tenant that is open, and what was read from them.
pub(crate) struct Open {
    pub writer: WriterSlot,
    pub readings: ReadingsSlot,
    pub consumers: Vec<Consumer>,
    pub signals: Signals,
    /// Until then no kept answer expires.
    pub tidy_at: Instant,
    /// Answers kept since old ones were forgotten last.
    pub untidied: u32,
    /// Commands that run in savepoints before others run on trial again.
    pub wary: u32,
    pub lag: Lag,
    pub written: Written,
    /// The scope that the file was brought in line with.
    pub scope: Arc<Scope>,
}

/// The readings, opened when the turn first needs it: most tenants' modules follow no signals.
pub(crate) struct ReadingsSlot {
    home: Home,
    options: TenantOptions,
    open: Option<Readings>,
}

impl ReadingsSlot {
    pub fn new(home: Home, options: TenantOptions) -> Self {
        Self { home, options, open: None }
    }

    /// # Errors
    /// They cannot be opened.
    pub fn get(&mut self) -> Result<&mut Readings, StoreError> {
        match &mut self.open {
            Some(readings) => Ok(readings),
            closed => Ok(closed.insert(self.home.readings(&self.options)?)),
        }
    }
}

/// The writer, or an empty place while an invocation holds it.
pub(crate) struct WriterSlot(Option<Box<Writer>>);

impl WriterSlot {
    pub fn new(writer: Writer) -> Self {
        Self(Some(Box::new(writer)))
    }

    /// Gives the writer to an invocation; [`WriterSlot::take_back`] must follow.
    pub fn lend(&mut self) -> Box<Writer> {
        self.0.take().expect("the writer is lent once")
    }

    fn into_writer(self) -> Writer {
        *self.0.expect("nobody closes a lent writer")
    }

    pub fn take_back(&mut self, writer: Box<Writer>) {
        assert!(self.0.replace(writer).is_none(), "a writer comes back to an empty place");
    }
}

impl std::ops::Deref for WriterSlot {
    type Target = Writer;
    fn deref(&self) -> &Writer {
        self.0.as_ref().expect("nobody asks for a lent writer")
    }
}
impl std::ops::DerefMut for WriterSlot {
    fn deref_mut(&mut self) -> &mut Writer {
        self.0.as_mut().expect("nobody asks for a lent writer")
    }
}

impl Waits for Job {
    fn is_pump(&self) -> bool {
        matches!(self, Self::Pump)
    }

    /// The host's own jobs are always taken.
    fn may_be_refused(&self) -> bool {
        matches!(self, Self::Invoke(..) | Self::Import(..))
    }
}

/// One tenant. Small while closed: tens of thousands fit.
pub(crate) struct Tenant {
    pub id: RawId,
    pub home: Home,
    scope: RwLock<Scopes>,
    queue: Mutex<Queue<Job>>,
    open: Mutex<Option<Box<Open>>>,
    readers: Mutex<Waiting>,
    live: Mutex<Option<broadcast::Sender<LiveEvent>>>,
    /// How far this host knows it, where others change it, too.
    pub seen: Mutex<Option<Seen>>,
    /// How often that was not all: another host had changed it.
    pub anew: AtomicU64,
    /// When something is due without anybody asking; `i64::MAX` for never.
    pub wake_us: AtomicI64,
    /// When the first of its effects is due: `i64::MAX` for none, `i64::MIN` while nobody looked.
    pub outbox_us: AtomicI64,
    /// When its business was last used, for closing what is idle.
    pub used_us: AtomicI64,
    /// When its logs were looked at last.
    pub tended_us: AtomicI64,
    /// Whether files are open, for turns or for queries alone.
    pub is_open: AtomicBool,
    /// Of what is closed next its machines still write to their files.
    pub keeps_readings: AtomicBool,
    /// Its files were removed since the host started: a reader that is still out sees what was, and is not kept.
    was_erased: AtomicBool,
    /// Whether the file is in line with the scope, so that queries may read it without a turn before them.
    pub is_aligned: AtomicBool,
    /// The log of `main.db` has pages that only the tenant's own turn can move.
    pub log_has_rest: AtomicBool,
    /// It waits for a moment of quiet.
    pub pauses: AtomicBool,
    /// Disk errors seen; the second one stops the tenant until somebody looks.
    pub disk_errors: AtomicU32,
    pub inbox: crate::readings::Inbox,
    pub tracks: Arc<Tracks>,
}

/// Readers that wait for the next question, and for how many there was room.
#[derive(Default)]
struct Waiting {
    kept: Vec<Reader>,
    room: usize,
}

/// Readers kept per tenant.
const READERS_KEPT: usize = 4;
/// Live feeds of one tenant at once.
const LISTENERS: usize = 256;
/// Live events buffered for a slow listener before it is told that it missed some.
const LIVE_BUFFER: usize = 1_024;

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while holding one of our locks is a bug elsewhere; the data behind it is plain.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the tenant agreed to, what of it is in force, and the same as people may see it.
struct Scopes {
    granted: Arc<Scope>,
    in_force: Arc<Scope>,
    view: Arc<TenantView>,
}

impl Scopes {
    fn new(granted: Arc<Scope>, in_force: Arc<Scope>) -> Self {
        let view = Arc::new(TenantView::of(&in_force));
        Self { granted, in_force, view }
    }
}

impl Tenant {
    pub fn new(scope: Arc<Scope>, home: Home) -> Self {
        Self {
            id: scope.id,
            home,
            scope: RwLock::new(Scopes::new(scope.clone(), scope)),
            queue: Mutex::default(),
            open: Mutex::default(),
            readers: Mutex::default(),
            live: Mutex::default(),
            seen: Mutex::default(),
            anew: AtomicU64::new(0),
            wake_us: AtomicI64::new(i64::MAX),
            outbox_us: AtomicI64::new(i64::MIN),
            used_us: AtomicI64::new(0),
            tended_us: AtomicI64::new(0),
            is_open: AtomicBool::new(false),
            keeps_readings: AtomicBool::new(false),
            was_erased: AtomicBool::new(false),
            is_aligned: AtomicBool::new(false),
            log_has_rest: AtomicBool::new(false),
            pauses: AtomicBool::new(false),
            disk_errors: AtomicU32::new(0),
            inbox: crate::readings::Inbox::default(),
            tracks: Arc::default(),
        }
    }

    pub fn scope(&self) -> Arc<Scope> {
        self.scope.read().unwrap_or_else(PoisonError::into_inner).in_force.clone()
    }

    /// What the tenant agreed to, be it in force or not.
    pub fn granted(&self) -> Arc<Scope> {
        self.scope.read().unwrap_or_else(PoisonError::into_inner).granted.clone()
    }

    /// The same as people may see it: made once for each scope, since every request asks for it.
    pub fn view(&self) -> Arc<TenantView> {
        self.scope.read().unwrap_or_else(PoisonError::into_inner).view.clone()
    }

    /// What of the agreement is in force. Only the tenant's own turn calls this.
    pub fn set_scope(&self, in_force: Arc<Scope>) {
        let mut scope = self.scope.write().unwrap_or_else(PoisonError::into_inner);
        *scope = Scopes::new(scope.granted.clone(), in_force);
        drop(scope);
        self.tracks.scope_changed();
    }

    /// Another agreement, all of it in force until the files say otherwise. Only the tenant's own turn calls this.
    pub fn grant(&self, granted: Arc<Scope>) {
        *self.scope.write().unwrap_or_else(PoisonError::into_inner) = Scopes::new(granted.clone(), granted);
        self.tracks.scope_changed();
    }

    /// Queues a job. True when the tenant must be given to the pool.
    ///
    /// # Errors
    /// The job comes back when [`limits::QUEUE_INVOCATIONS`] already wait. The host's own jobs are always taken.
    pub fn push(&self, job: Job) -> Result<bool, Box<Job>> {
        lock(&self.queue).push(job).map_err(Box::new)
    }

    /// Whether somebody waits for an answer; pumping alone is nobody's.
    pub fn is_awaited(&self) -> bool {
        lock(&self.queue).is_awaited()
    }

    /// Takes the pumps out of the queue if there is nothing else in it.
    pub fn pop_only_pumps(&self) -> bool {
        lock(&self.queue).pop_only_pumps()
    }

    /// Forgets what is queued: whoever waits for it hears that the host is stopping.
    pub fn abandon(&self) {
        let jobs = lock(&self.queue).abandon();
        drop(jobs);
    }

    /// Under which keys the commands that wait may have been answered before.
    pub fn keys_ahead(&self) -> Vec<AnswerKey> {
        let key_of = |job: &Job| match job {
            Job::Invoke(request, ..) => {
                request.idempotency_key.as_ref().map(|key| AnswerKey::new(&request.actor.id, key))
            }
            _ => None,
        };
        lock(&self.queue).waiting().filter_map(key_of).take(AHEAD).collect()
    }

    /// The next job for which the files are open.
    pub fn pop(&self) -> Option<Job> {
        lock(&self.queue).pop_if(|job| !matches!(job, Job::Erase(..)))
    }

    /// The next job that may share a commit with others before it.
    pub fn pop_to_share(&self) -> Option<Job> {
        lock(&self.queue).pop_if(|job| !matches!(job, Job::Import(..) | Job::Erase(..)))
    }

    /// The next job, when it is one for which the files are closed.
    pub fn pop_erase(&self) -> Option<Erase> {
        match lock(&self.queue).pop_if(|job| matches!(job, Job::Erase(..))) {
            Some(Job::Erase(erase)) => Some(erase),
            _ => None,
        }
    }

    /// Ends a turn. True when there is more to do, and the tenant stays scheduled.
    pub fn rest(&self) -> bool {
        lock(&self.queue).rest()
    }

    /// Whether there is something to close: for turns, for queries or for readings alone.
    pub fn has_open_files(&self) -> bool {
        self.is_open.load(Ordering::Acquire) || self.inbox.is_open()
    }

    pub fn take_open(&self) -> Option<Box<Open>> {
        lock(&self.open).take()
    }

    pub fn put_open(&self, open: Box<Open>) {
        *lock(&self.open) = Some(open);
        self.is_open.store(true, Ordering::Release);
    }

    /// At the end of the turn that opened them: the files stay open where there is room.
    pub fn keep_or_close(&self, room: &Room) {
        if !self.home.is_remote() && !room.take(FILES_OF_A_DATABASE) {
            self.close_business();
        }
    }

    /// When anything of it was last used, its business or its readings.
    pub fn touched_us(&self) -> i64 {
        self.used_us.load(Ordering::Relaxed).max(self.inbox.used_us.load(Ordering::Relaxed))
    }

    /// Whether all that waits is that the files be closed. What else waits comes first: then they stay open.
    pub fn is_to_close(&self) -> bool {
        lock(&self.queue).remove_if_alone(|job| matches!(job, Job::Close))
    }

    /// Closes what nobody uses, readings not while a batch waits. In the tenant's turn: the threads that run turns opened
    /// the files, and have use for their memory. Opens nothing, however late it comes.
    pub fn close_unused(&self) {
        if !self.keeps_readings.load(Ordering::Acquire) && !self.inbox.is_busy() {
            self.inbox.close();
        }
        self.close_business();
    }

    fn close_business(&self) {
        self.is_open.store(false, Ordering::Release);
        *lock(&self.readers) = Waiting::default();
        if let Some(open) = self.take_open()
            && let Err(error) = open.writer.into_writer().close()
        {
            tracing::warn!(tenant = %self.scope().slug, error = %error, "A log stays for the next time");
        }
    }

    /// Closes all files without a turn, when nothing runs any more.
    pub fn close_if_idle(&self) {
        let is_idle = lock(&self.queue).is_idle();
        if is_idle && !self.inbox.is_busy() {
            self.inbox.close();
            self.close_business();
        }
    }

    /// Closes what is closed for ever: readers that are still out are not kept when they come back.
    pub fn close_for_good(&self) {
        self.was_erased.store(true, Ordering::Release);
        self.forget_files();
        self.inbox.close();
        self.disk_errors.store(0, Ordering::Relaxed);
    }

    pub fn forget_files(&self) {
        self.is_aligned.store(false, Ordering::Release);
        self.is_open.store(false, Ordering::Release);
        *lock(&self.readers) = Waiting::default();
    }

    /// A reader on the committed state of files that were opened before. They may have been closed meanwhile: a reader
    /// needs no writer beside it.
    pub fn reader(&self) -> Result<Box<Reader>, StoreError> {
        let kept = lock(&self.readers).kept.pop();
        kept.map_or_else(|| self.home.reader(), Ok).map(Box::new)
    }

    /// Keeps a reader for the next question, where there is room for its files.
    pub fn put_reader(&self, reader: Reader, room: &Room) {
        let mut readers = lock(&self.readers);
        let is_current = self.is_open.load(Ordering::Acquire) && !self.was_erased.load(Ordering::Acquire);
        if readers.kept.len() >= READERS_KEPT || !is_current {
            return;
        }
        let has_room = readers.kept.len() < readers.room || self.home.is_remote();
        if has_room || room.take(FILES_OF_A_READER) {
            readers.kept.push(reader);
            readers.room = readers.room.max(readers.kept.len());
        }
    }

    /// # Errors
    /// `busy` when [`LISTENERS`] listen already.
    pub fn listen(&self) -> Result<broadcast::Receiver<LiveEvent>, Problem> {
        let mut live = lock(&self.live);
        let sender = live.get_or_insert_with(|| broadcast::channel(LIVE_BUFFER).0);
        if sender.receiver_count() >= LISTENERS {
            return Err(BUSY.because(format!("{LISTENERS} live feeds of this tenant are open")));
        }
        Ok(sender.subscribe())
    }

    /// Whether somebody hears of its events, or watches what its pages were made from.
    pub fn is_listened_to(&self) -> bool {
        self.tracks.is_watched() || lock(&self.live).as_ref().is_some_and(|sender| sender.receiver_count() > 0)
    }

    /// Tells listeners what was committed.
    pub fn publish(&self, events: Vec<LiveEvent>) {
        let mut live = lock(&self.live);
        if let Some(sender) = &*live {
            if sender.receiver_count() == 0 {
                *live = None;
                return;
            }
            for event in events {
                // Nobody listening any more is fine.
                let _ = sender.send(event);
            }
        }
    }
}

pub(crate) fn busy() -> Problem {
    BUSY.because(format!("{} invocations wait for this tenant", limits::QUEUE_INVOCATIONS))
}
