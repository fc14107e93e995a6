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
    again: Mutex<Again>,
}

/// What is kept of one tenant's floor.
pub(crate) struct Board {
    pub terminals: Vec<TerminalRow>,
    pub operators: BTreeMap<String, OperatorRow>,
    /// Of the hashes of badges.
    pub key: Vec<u8>,
    /// Which change of other hosts it was read after.
    after: u64,
}

#[derive(Default)]
struct Boards {
    read: HashMap<RawId, Arc<Board>>,
    /// Counts changes: what was read before one is not kept after it.
    changes: u64,
}

/// Looks of the second that began then.
#[derive(Default)]
struct Again {
    second: i64,
    looks: u32,
}

impl Again {
    fn may(&mut self, now: Instant) -> bool {
        let second = now.0.div_euclid(1_000_000);
        if second != self.second {
            (self.second, self.looks) = (second, 0);
        }
        self.looks += 1;
        self.looks <= LOOKS_AGAIN
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Seen {
    pub at: Instant,
    pub written: Instant,
}

/// The setting of a tenant that keeps the key of badges' hashes.
const KEY: &str = "floor.key";
/// Devices that are not known for which a host looks again in one second, all tenants together.
pub(crate) const LOOKS_AGAIN: u32 = 20;

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
            again: Mutex::default(),
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
        let after = self.runtime.changed_beside(tenant);
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
            Ok(Board { terminals: writer.terminals()?, operators, key, after })
        };
        let board = Arc::new(self.runtime.with_writer(tenant, read).await?);
        let mut boards = lock(&self.boards);
        if boards.changes == changes {
            boards.read.insert(tenant, board.clone());
        }
        Ok(board)
    }

    /// Forgets what is known of a tenant's floor, where another host may have changed it just now; [`LOOKS_AGAIN`] times a
    /// second, since strangers' cookies must not become questions to the database. Whether it was forgotten.
    pub(crate) fn look_again(&self, tenant: RawId) -> bool {
        if self.runtime.database().is_none() {
            return false;
        }
        let may = lock(&self.again).may(self.clock.now());
        may && lock(&self.boards).read.remove(&tenant).is_some()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_looks_again_for_so_many_strangers_a_second_and_no_more() {
        let mut again = Again::default();
        let looks = |again: &mut Again, at| (0..3 * LOOKS_AGAIN).filter(|_| again.may(Instant(at))).count();
        assert_eq!(looks(&mut again, 5_000_000), LOOKS_AGAIN as usize);
        assert_eq!(looks(&mut again, 5_999_999), 0);
        assert_eq!(looks(&mut again, 6_000_000), LOOKS_AGAIN as usize);
    }
}
