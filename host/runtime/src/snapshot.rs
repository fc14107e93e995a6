//! Several questions to one committed state of a tenant: what an export of many pages needs.

use crate::places::Place;
use crate::query::{self, Asked};
use crate::runtime::{Inner, Runtime};
use crate::scope::no_such_tenant;
use crate::tenant::Tenant;
use crate::turn::store_problem;
use std::sync::Arc;
use std::time::{Duration, Instant as Monotonic};
use tokio::sync::oneshot;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BUSY, Problem, TIMEOUT, UNAVAILABLE};
use toolcrib_contract::schema::Type;
use toolcrib_contract::types::Instant;
use toolcrib_store::{Reader, StoreError};

use crate::invoke::Request;

/// What a query answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The declared type.
    pub of: Type,
    /// Encoded.
    pub bytes: Vec<u8>,
}

/// A committed state of a tenant, held for at most [`limits::EXPORT_MS`] from its beginning on: meanwhile the
/// tenant's log grows. No thread waits between the questions.
pub struct Snapshot {
    inner: Arc<Inner>,
    tenant: Arc<Tenant>,
    /// Away while a question is being answered.
    reader: Option<Box<Reader>>,
    now: Instant,
    began: Monotonic,
    wall: Duration,
    _place: Place,
}

impl Runtime {
    /// Holds the state that is committed when the first question is asked.
    ///
    /// # Errors
    /// Unknown tenant, the disk, or [`limits::EXPORTS`] are held already.
    pub async fn snapshot(&self, tenant: toolcrib_contract::types::RawId) -> Result<Snapshot, Problem> {
        let inner = self.inner.clone();
        let tenant = inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let full =
            || BUSY.because(format!("{} exports of this host run, or half as many of this tenant", limits::EXPORTS));
        let place = inner.exports.take(tenant.id).ok_or_else(full)?;
        crate::files::ensure_open(&inner, &tenant).await?;
        let mut reader = tenant.reader().map_err(|error| store_problem(&error))?;
        reader.begin_snapshot();
        let (now, began, wall) = (inner.world.clock.now(), Monotonic::now(), Duration::from_millis(limits::EXPORT_MS));
        Ok(Snapshot { inner, tenant, reader: Some(reader), now, began, wall, _place: place })
    }
}

impl Snapshot {
    /// Lets it be held for so long instead.
    pub fn hold_for(&mut self, wall: Duration) {
        self.wall = wall;
    }

    /// How long it may be held.
    pub fn wall(&self) -> Duration {
        self.wall
    }

    /// Asks a query. All questions see the same state and the same time; each is admitted anew.
    ///
    /// # Errors
    /// Whatever the module or admission says, or the time of the whole is over.
    pub async fn ask(&mut self, request: &Request) -> Result<Output, Problem> {
        if self.began.elapsed() >= self.wall {
            return Err(TIMEOUT.because(format!("an export takes at most {} ms", self.wall.as_millis())));
        }
        let reader = self.reader.take().ok_or_else(|| UNAVAILABLE.problem())?;
        let (reply, answer) = oneshot::channel();
        let (inner, tenant, request, now) = (self.inner.clone(), self.tenant.clone(), request.clone(), self.now);
        let trace = crate::spans::current();
        let slow = move || {
            let asked = Asked { now, wall: Duration::from_millis(limits::CALL_MS), small_stack: false, trace };
            let _ = reply.send(query::on(&inner, &tenant, &request, reader, asked));
        };
        if !self.inner.slow_queries(query::SLOW_WAITING, Box::new(slow)) {
            return Err(query::too_many());
        }
        let (reader, answered) = answer.await.map_err(|_| UNAVAILABLE.problem())?;
        self.reader = Some(reader);
        answered
    }

    /// Reads the same state without a module.
    ///
    /// # Errors
    /// The disk, or the time of the whole is over.
    pub async fn look<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(&mut Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        if self.began.elapsed() >= self.wall {
            return Err(TIMEOUT.because(format!("an export takes at most {} ms", self.wall.as_millis())));
        }
        let mut reader = self.reader.take().ok_or_else(|| UNAVAILABLE.problem())?;
        let (reply, answer) = oneshot::channel();
        let slow = move || {
            let seen = look(&mut reader);
            let _ = reply.send((reader, seen));
        };
        if !self.inner.slow_queries(query::SLOW_WAITING, Box::new(slow)) {
            return Err(query::too_many());
        }
        let (reader, seen) = answer.await.map_err(|_| UNAVAILABLE.problem())?;
        self.reader = Some(reader);
        seen.map_err(|error| store_problem(&error))
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(mut reader) = self.reader.take()
            && reader.end_snapshot().is_ok()
        {
            self.tenant.put_reader(*reader, &self.inner.room);
        }
    }
}
