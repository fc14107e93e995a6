//! The brokers of all tenants: what people set, and a follower for each that is switched on.

use super::follower::Follower;
use super::kept::{Broker, check, with_secrets};
use super::standing::Standing;
use super::{Destination, Dial, Undialled};
use crate::Mapping;
use crate::mqtt::endpoint::{Io, Reception};
use crate::mqtt::{Endpoint, Settings};
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use toolcrib_contract::problem::{INTERNAL, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_runtime::{NewSetting, Runtime, World};

/// The setting that holds them; also what the audit calls a change of them.
const SETTING: &str = "brokers";
/// How often it is looked whose tenants came or went.
const LOOK: Duration = Duration::from_secs(1);

/// Brokers as they are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// 0: none were kept yet.
    pub version: u64,
    pub changed: Option<(Instant, String)>,
    /// With their passwords: not for people.
    pub brokers: Vec<Broker>,
}

/// A broker that is followed.
struct Running {
    broker: Broker,
    standing: Arc<Mutex<Standing>>,
    /// Ends it for good: its subscriptions are taken back.
    end: CancellationToken,
}

#[derive(Default)]
struct Book {
    /// What is kept, of tenants that were looked at.
    known: HashMap<RawId, Vec<Broker>>,
    running: HashMap<(RawId, String), Running>,
}

/// The brokers of a host's tenants.
pub struct Brokers {
    reception: Arc<Reception>,
    dial: Arc<dyn Dial>,
    book: Mutex<Book>,
    /// Settings are read or changed one after the other.
    turn: tokio::sync::Mutex<()>,
}

impl Brokers {
    /// Nothing is followed yet: see [`Self::watch`].
    pub fn new(endpoint: &Endpoint, dial: Arc<dyn Dial>) -> Self {
        let reception = endpoint.reception().clone();
        Self { reception, dial, book: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// Of a host that connects to none: what people set is kept.
    pub fn unconnected(runtime: Runtime, mapping: Arc<Mapping>, world: World) -> Arc<Self> {
        struct Nowhere;
        impl Dial for Nowhere {
            fn dial(&self, _: Destination) -> BoxFuture<'static, Result<Box<dyn Io>, Undialled>> {
                Box::pin(async { Err(Undialled::NotAllowed("this host connects to no broker".to_owned())) })
            }
        }
        let endpoint = Endpoint::new(runtime, mapping, world, Settings { messages_each_s: 1 });
        Arc::new(Self::new(&endpoint, Arc::new(Nowhere)))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The brokers of a tenant.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn kept(&self, tenant: RawId) -> Result<Kept, Problem> {
        let Some(setting) = self.reception.runtime.setting(tenant, SETTING).await? else { return Ok(Kept::default()) };
        // They were checked when they were kept.
        let brokers = serde_json::from_str(&setting.json).map_err(|error| INTERNAL.because(error.to_string()))?;
        Ok(Kept { version: setting.version, changed: Some((setting.at(), setting.by)), brokers })
    }

    /// Keeps brokers instead of those of version `replaces`, and follows them; their version.
    ///
    /// # Errors
    /// `bad-input` for brokers that cannot be followed, `conflict` when somebody was faster; unknown tenant or the disk.
    pub async fn put(&self, tenant: RawId, replaces: u64, brokers: Vec<Broker>, by: &str) -> Result<u64, Problem> {
        let _turn = self.turn.lock().await;
        let brokers = with_secrets(brokers, &self.kept(tenant).await?.brokers);
        check(&brokers)?;
        let json = serde_json::to_string(&brokers).map_err(|error| INTERNAL.because(error.to_string()))?;
        // Who may be told what was done need not be told how to sign in there.
        let told: Vec<_> = brokers
            .iter()
            .map(|broker| {
                let Broker { name, url, topics, active, .. } = broker;
                serde_json::json!({"name": name, "url": url, "topics": topics, "active": active})
            })
            .collect();
        let detail = serde_json::json!({"version": replaces + 1, "brokers": told}).to_string();
        let new = NewSetting { name: SETTING, replaces, json, by: by.to_owned(), detail };
        let version = self.reception.runtime.set(tenant, new).await?;
        self.book().known.insert(tenant, brokers);
        self.reconcile(tenant);
        Ok(version)
    }

    /// How a broker stands.
    pub fn standing(&self, tenant: RawId, name: &str) -> Standing {
        let book = self.book();
        let running = book.running.get(&(tenant, name.to_owned()));
        running.map_or(Standing::Off, |running| running.standing.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Follows the brokers of all tenants, until the endpoint is drained.
    pub async fn watch(self: Arc<Self>) {
        let mut due = interval(LOOK);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = due.tick() => self.look().await,
                () = self.reception.stopping.cancelled() => return,
            }
        }
    }

    async fn look(&self) {
        let runtime = &self.reception.runtime;
        let ids = runtime.tenant_ids();
        for tenant in &ids {
            if self.book().known.contains_key(tenant) {
                continue;
            }
            // A tenant that never kept anything has no brokers, and its files are not made for the question.
            if !runtime.has_data(*tenant) {
                self.book().known.entry(*tenant).or_default();
                continue;
            }
            let _turn = self.turn.lock().await;
            match self.kept(*tenant).await {
                Ok(kept) => {
                    self.book().known.entry(*tenant).or_insert(kept.brokers);
                }
                // It is asked again at the next look.
                Err(problem) => {
                    tracing::warn!(tenant = %tenant, why = problem.title, "A tenant's brokers are not known")
                }
            }
        }
        let mut gone = self.book().known.keys().copied().collect::<Vec<_>>();
        gone.retain(|tenant| !ids.contains(tenant));
        for tenant in gone {
            self.book().known.remove(&tenant);
            self.reconcile(tenant);
        }
        let with_brokers: Vec<_> = {
            let book = self.book();
            book.known.iter().filter(|(_, brokers)| !brokers.is_empty()).map(|(tenant, _)| *tenant).collect()
        };
        with_brokers.into_iter().for_each(|tenant| self.reconcile(tenant));
    }

    /// Ends what is not wanted any more, and begins what is.
    fn reconcile(&self, tenant: RawId) {
        let view = self.reception.runtime.tenant(&tenant.to_string()).ok().filter(|view| view.active);
        let mut book = self.book();
        let Book { known, running } = &mut *book;
        let wanted: Vec<&Broker> = match &view {
            Some(_) => known.get(&tenant).into_iter().flatten().filter(|broker| broker.active).collect(),
            None => Vec::new(),
        };
        running.retain(|(of, _), running| {
            let stays = *of != tenant || wanted.contains(&&running.broker);
            if !stays {
                running.end.cancel();
            }
            stays
        });
        let Some(view) = view else { return };
        for broker in wanted {
            let key = (tenant, broker.name.clone());
            if running.contains_key(&key) || self.reception.stopping.is_cancelled() {
                continue;
            }
            let (standing, end) = (Arc::new(Mutex::new(Standing::Connecting)), CancellationToken::new());
            let (reception, dial) = (self.reception.clone(), self.dial.clone());
            let follower =
                Follower::new(reception, dial, tenant, &view.slug, broker.clone(), standing.clone(), end.clone());
            self.reception.connections.spawn(follower.run());
            running.insert(key, Running { broker: broker.clone(), standing, end });
        }
    }
}
