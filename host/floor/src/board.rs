//! The handle, and what it remembers of each tenant so that a tap on a tablet waits for no disk.

use crate::codes::Codes;
use crate::operator::Operator;
use crate::shift::Shifts;
use crate::terminal::Terminal;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use toolcrib_contract::problem::{NOT_UNIQUE, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_runtime::Runtime;
use toolcrib_store::{AuditLine, OperatorRow, StoreError, TerminalRow, Writer};

/// Terminals and operators of all tenants of a host. One a process: nobody else in it changes them. What other hosts on its
/// database change it hears of when its turns do.
pub struct Floor {
    pub(crate) runtime: Runtime,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) codes: Codes,
    pub(crate) shifts: Mutex<Shifts>,
    /// When terminals were last heard of, and last written down.
    pub(crate) seen: Mutex<HashMap<RawId, Seen>>,
    /// PINs are judged one after another: guesses at the same time count like guesses in a row.
    pub(crate) pins: tokio::sync::Mutex<()>,
    /// Places for photos that are being read.
    pub(crate) photos: Arc<tokio::sync::Semaphore>,
    boards: Mutex<Boards>,
}

/// What is kept of one tenant's floor.
pub(crate) struct Board {
    pub terminals: Vec<TerminalRow>,
    pub operators: BTreeMap<String, OperatorRow>,
    /// Of the hashes of badges.
    pub key: Vec<u8>,
    /// Which change of other hosts it was read after, and when.
    after: u64,
    read: Instant,
}

#[derive(Default)]
struct Boards {
    read: HashMap<RawId, Arc<Board>>,
    /// Counts changes: what was read before one is not kept after it.
    changes: u64,
}

#[derive(Clone, Copy)]
pub(crate) struct Seen {
    pub at: Instant,
    pub written: Instant,
}

/// The setting of a tenant that keeps the key of badges' hashes.
const KEY: &str = "floor.key";
/// What was read less long ago is not read again for a device that is not known.
const LOOK_AGAIN_US: i64 = 1_000_000;

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A line about the floor in the tenant's audit log.
pub(crate) fn audit(
    writer: &mut Writer,
    at: Instant,
    actor: &str,
    action: &str,
    detail: &serde_json::Value,
) -> Result<(), StoreError> {
    writer.audit(&AuditLine { at, actor, action, module: "", detail_json: &detail.to_string() })
}

/// A row that clashes with another is the person's mistake, not the disk's.
pub(crate) fn unique(done: Result<(), StoreError>, message: &str) -> Result<Result<(), Problem>, StoreError> {
    match done {
        Err(StoreError::NotUnique { .. }) => Ok(Err(NOT_UNIQUE.because(message))),
        done => done.map(Ok),
    }
}

impl Floor {
    pub fn new(runtime: Runtime, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Self {
        Self {
            codes: Codes::new(runtime.database()),
            runtime,
            clock,
            chance,
            shifts: Mutex::default(),
            seen: Mutex::default(),
            pins: tokio::sync::Mutex::new(()),
            photos: Arc::new(tokio::sync::Semaphore::new(crate::photo::PHOTOS)),
            boards: Mutex::default(),
        }
    }

    /// The tenant's terminals, by name.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn terminals(&self, tenant: RawId) -> Result<Vec<Terminal>, Problem> {
        let board = self.board(tenant).await?;
        let seen = lock(&self.seen);
        let heard = |row: &TerminalRow| seen.get(&row.id).map(|seen| seen.at).max(row.seen);
        Ok(board.terminals.iter().map(|row| Terminal::of(row, heard(row))).collect())
    }

    /// The tenant's operators, by code, those who left included.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn operators(&self, tenant: RawId) -> Result<Vec<Operator>, Problem> {
        Ok(self.board(tenant).await?.operators.values().map(Operator::of).collect())
    }

    pub(crate) async fn board(&self, tenant: RawId) -> Result<Arc<Board>, Problem> {
        let changes = {
            let boards = lock(&self.boards);
            let after = self.runtime.changed_beside(tenant);
            if let Some(board) = boards.read.get(&tenant).filter(|board| board.after == after) {
                return Ok(board.clone());
            }
            boards.changes
        };
        let (after, now) = (self.runtime.changed_beside(tenant), self.clock.now());
        let mut fresh = vec![0; 32];
        self.chance.fill(&mut fresh);
        let read = move |writer: &mut Writer| {
            let key = match writer.meta_get(KEY)? {
                Some(key) => key,
                None => {
                    writer.meta_put(KEY, &fresh)?;
                    fresh
                }
            };
            let operators = writer.operators()?.into_iter().map(|row| (row.code.clone(), row)).collect();
            Ok(Board { terminals: writer.terminals()?, operators, key, after, read: now })
        };
        let board = Arc::new(self.runtime.with_writer(tenant, read).await?);
        let mut boards = lock(&self.boards);
        if boards.changes == changes {
            boards.read.insert(tenant, board.clone());
        }
        Ok(board)
    }

    /// Forgets what is known of a tenant's floor, where another host may have changed it and it was not read just now:
    /// strangers' cookies must not become questions to the database. Whether it was forgotten.
    pub(crate) fn look_again(&self, tenant: RawId) -> bool {
        if self.runtime.database().is_none() {
            return false;
        }
        let now = self.clock.now();
        let mut boards = lock(&self.boards);
        let old = |board: &Arc<Board>| now.since_us(board.read) >= LOOK_AGAIN_US;
        let is_old = boards.read.get(&tenant).is_some_and(old);
        if is_old {
            boards.read.remove(&tenant);
        }
        is_old
    }

    /// Changes something of a tenant's floor in its turn; what was read before is read again. A refusal leaves nothing.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        tenant: RawId,
        work: impl FnOnce(&mut Writer) -> Result<Result<T, Problem>, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let refused = Arc::new(Mutex::new(None));
        let told = refused.clone();
        let work = move |writer: &mut Writer| {
            work(writer)?.map_err(|problem| {
                *lock(&told) = Some(problem);
                // Any error undoes what was written; which one nobody sees.
                StoreError::Conflict
            })
        };
        let done = self.runtime.with_writer(tenant, work).await;
        let mut boards = lock(&self.boards);
        boards.changes += 1;
        boards.read.remove(&tenant);
        drop(boards);
        let refused = lock(&refused).take();
        done.map_err(|problem| refused.unwrap_or(problem))
    }
}
