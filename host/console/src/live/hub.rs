//! One hub for each tenant with open pages: hears what is committed, asks the book's questions, wakes the pages.

use super::book::{Ask, Book, Pace, PageId, Told};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use toolcrib_contract::problem::{INTERNAL, Problem};
use toolcrib_contract::types::RawId;
use toolcrib_runtime::{Answered, Request, Runtime, Watch};

/// The hubs of this host, by tenant.
#[derive(Clone, Default)]
pub struct Hubs(Arc<Mutex<HashMap<RawId, Arc<Hub>>>>);

#[derive(Default)]
struct Hub {
    book: Mutex<Book>,
    /// Pages came or want something else.
    poked: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hubs {
    /// Enters a page; the first of a tenant starts its hub.
    ///
    /// # Errors
    /// Unknown tenant, or too many pages are open.
    pub fn enter(&self, runtime: &Runtime, tenant: RawId) -> Result<Seat, Problem> {
        let mut hubs = lock(&self.0);
        let hub = match hubs.get(&tenant) {
            Some(hub) => hub.clone(),
            None => {
                let (hub, watch) = (Arc::new(Hub::default()), runtime.watch(tenant)?);
                tokio::spawn(keep(self.clone(), runtime.clone(), tenant, hub.clone(), watch));
                hubs.insert(tenant, hub.clone());
                hub
            }
        };
        let told = Arc::new(Notify::new());
        let page = lock(&hub.book).open(told.clone())?;
        Ok(Seat { hub, page, told })
    }

    /// Ends a tenant's hub unless a page has come.
    fn end(&self, tenant: RawId, hub: &Hub) -> bool {
        let mut hubs = lock(&self.0);
        let ends = lock(&hub.book).is_empty();
        if ends {
            hubs.remove(&tenant);
        }
        ends
    }
}

/// A page's place at its hub; leaves when it is dropped.
pub struct Seat {
    hub: Arc<Hub>,
    page: PageId,
    told: Arc<Notify>,
}

impl Seat {
    /// What the page asks from now on, each with how fresh it wants it.
    pub fn wants(&self, asks: Vec<(Ask, Pace)>) {
        lock(&self.hub.book).wants(self.page, asks, Instant::now());
        self.hub.poked.notify_one();
    }

    /// Returns when an answer has changed since the last time.
    pub async fn told(&self) {
        self.told.notified().await;
    }

    /// The answer that the page may show; none while it waits for one.
    pub fn answer(&self, ask: &Ask) -> Option<Told> {
        lock(&self.hub.book).told(self.page, ask)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        lock(&self.hub.book).leave(self.page);
        self.hub.poked.notify_one();
    }
}

/// Ends with the tenant's last page.
async fn keep(hubs: Hubs, runtime: Runtime, tenant: RawId, hub: Arc<Hub>, mut watch: Watch) {
    let mut asking = FuturesUnordered::new();
    loop {
        let due = lock(&hub.book).next_due();
        tokio::select! {
            changes = watch.changes() => lock(&hub.book).changed(&changes, Instant::now()),
            Some((ask, run, answered)) = asking.next(), if !asking.is_empty() => {
                lock(&hub.book).answered((&ask, run), answered, Instant::now());
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            () = hub.poked.notified() => {
                if hubs.end(tenant, &hub) {
                    return;
                }
            }
        }
        let due = lock(&hub.book).due(Instant::now());
        asking.extend(due.into_iter().map(|(ask, run)| asked(&runtime, tenant, ask, run)));
    }
}

fn asked(runtime: &Runtime, tenant: RawId, ask: Ask, run: u64) -> impl Future<Output = (Ask, u64, Answered)> + use<> {
    let runtime = runtime.clone();
    async move {
        let answered = match serde_json::from_str(&ask.input) {
            Ok(input) => {
                let (module, operation) = (ask.module.clone(), ask.query.clone());
                let actor = ask.actor();
                runtime.ask(&Request { tenant, module, operation, input, actor, idempotency_key: None }).await
            }
            Err(error) => Answered { answer: Err(INTERNAL.because(error.to_string())), reads: Default::default() },
        };
        (ask, run, answered)
    }
}
