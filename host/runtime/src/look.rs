//! What people look at beside the work: on committed states, never in the tenant's turn.

use crate::runtime::Runtime;
use crate::scope::no_such_tenant;
use crate::turn::store_problem;
use toolcrib_contract::Capability;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::signal::Samples;
use toolcrib_contract::types::{Date, Instant, RawId};
use toolcrib_store::{AuditLine, Came, Chart, Reader, Readings, SignalInfo, StoreError, Stored, Tally};

impl Runtime {
    /// Reads a tenant's committed state beside its turn, on a thread for slow queries.
    ///
    /// # Errors
    /// Unknown tenant, the disk, or too many slow queries wait.
    pub async fn look<T: Send + 'static>(
        &self,
        tenant: RawId,
        look: impl FnOnce(&mut Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        crate::files::ensure_open(&self.inner, &tenant).await?;
        let inner = self.inner.clone();
        let read = move || {
            let mut reader = tenant.reader()?;
            reader.begin_snapshot();
            let seen = look(&mut reader);
            if reader.end_snapshot().is_ok() {
                tenant.put_reader(*reader, &inner.room);
            }
            seen
        };
        self.aside(read).await?.map_err(|error| store_problem(&error))
    }

    /// Signals with names after `after`, by name, each with its newest reading.
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub async fn signals(&self, tenant: RawId, after: String, limit: u32) -> Result<Vec<SignalInfo>, Problem> {
        self.readings(tenant, move |readings| readings.signals(&after, limit)).await
    }

    /// Samples of one signal, oldest first.
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub async fn samples(
        &self,
        tenant: RawId,
        signal: String,
        from: Instant,
        until: Instant,
        limit: u32,
    ) -> Result<Samples, Problem> {
        self.readings(tenant, move |readings| readings.samples(&signal, from, until, limit)).await
    }

    /// The same with the bad ones, and how far each can be trusted.
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub async fn stored(
        &self,
        tenant: RawId,
        signal: String,
        from: Instant,
        until: Instant,
        limit: u32,
    ) -> Result<Vec<Stored>, Problem> {
        self.readings(tenant, move |readings| readings.stored(&signal, from, until, limit)).await
    }

    /// One signal in about so many points, with its extremes: see [`Readings::chart`].
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub async fn chart(
        &self,
        tenant: RawId,
        signal: String,
        from: Instant,
        until: Instant,
        points: u32,
    ) -> Result<Chart, Problem> {
        self.readings(tenant, move |readings| readings.chart(&signal, from, until, points)).await
    }

    /// Days in `from..until` on which readings came, and what became of them.
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub async fn readings_by_day(&self, tenant: RawId, from: Date, until: Date) -> Result<Vec<(Date, Tally)>, Problem> {
        self.readings(tenant, move |readings| readings.days(from, until)).await
    }

    /// What came of every signal in `from..until`, by days: see [`Readings::came`].
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub async fn came(
        &self,
        tenant: RawId,
        from: Instant,
        until: Instant,
        day: impl Fn(Instant) -> Date + Send + 'static,
    ) -> Result<Vec<Came>, Problem> {
        self.readings(tenant, move |readings| readings.came(from, until, day)).await
    }

    /// What a tenant agreed to, by module.
    ///
    /// # Errors
    /// Unknown tenant.
    pub fn granted(&self, tenant: RawId) -> Result<Vec<(String, Vec<Capability>)>, Problem> {
        let scope = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?.scope();
        let granted = scope.installed.iter();
        Ok(granted.map(|one| (one.module.manifest.module.clone(), one.grants.clone())).collect())
    }

    /// Asks the readings; nothing when no machine ever sent any.
    pub(crate) async fn readings<T: Default + Send + 'static>(
        &self,
        tenant: RawId,
        ask: impl FnOnce(&mut Readings) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let options = self.inner.options.tenant.clone();
        let read = move || {
            if !tenant.home.may_have_readings() {
                return Ok(T::default());
            }
            tenant.home.readings(&options).and_then(|mut readings| ask(&mut readings))
        };
        self.aside(read).await?.map_err(|error| store_problem(&error))
    }

    /// Gives a dead letter of a module up; the audit says who did. False when there is no such letter.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn drop_letter(&self, tenant: RawId, module: &str, letter: u64, by: &str) -> Result<bool, Problem> {
        let (now, module, by) = (self.now(), module.to_owned(), by.to_owned());
        self.with_writer(tenant, move |writer| {
            let own = format!("{module}/");
            let found = writer.dead(letter.saturating_sub(1), 1)?.into_iter().find(|dead| dead.id == letter);
            let Some(dead) = found.filter(|dead| dead.consumer.starts_with(&own)) else { return Ok(false) };
            writer.remove_dead(letter)?;
            let detail = serde_json::json!({"letter": letter, "handler": dead.consumer, "seq": dead.seq}).to_string();
            writer.audit(&AuditLine {
                at: now,
                actor: &by,
                action: "dropped",
                module: &module,
                detail_json: &detail,
            })?;
            Ok(true)
        })
        .await
    }

    /// Bytes that a tenant takes.
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub async fn bytes_of(&self, tenant: RawId) -> Result<u64, Problem> {
        let tenant = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        self.aside(move || tenant.home.bytes()).await?.map_err(|error| store_problem(&error))
    }

    /// Names of the modules that are told of a signal of some equipment.
    ///
    /// # Errors
    /// Unknown tenant.
    pub fn followers(&self, tenant: RawId, signal: &str) -> Result<Vec<String>, Problem> {
        let scope = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?.scope();
        let (equipment, kind) = signal.rsplit_once('.').unwrap_or((signal, ""));
        let follows = |installed: &&std::sync::Arc<crate::modules::Installed>| {
            installed.may_follow(kind, equipment) && installed.module.follows(kind)
        };
        Ok(scope.installed.iter().filter(follows).map(|installed| installed.module.manifest.module.clone()).collect())
    }
}
