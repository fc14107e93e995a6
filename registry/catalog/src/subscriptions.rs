//! What a tenant checked out. Each row is a consent and is kept for ever; the one that has not ended is in force.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::consent;
use crate::error::CatalogError;
use crate::ids::{self, PersonId, SubmissionId, TenantId};
use crate::state::State;
use semver::Version;
use serde_json::json;
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_contract::{Capability, Manifest};

/// What a tenant agrees to.
#[derive(Clone, Debug)]
pub struct Agreement {
    pub module: String,
    /// The newest approved version when absent.
    pub version: Option<String>,
    pub grants: Vec<Capability>,
}

/// A subscription, or one that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub module: String,
    pub version: String,
    pub digest: String,
    /// What the version asked for when it was agreed to.
    pub wanted: Vec<Wanted>,
    pub grants: Vec<Capability>,
    /// When the tenant subscribed first, without a break.
    pub since: Instant,
    /// Name of the person who agreed to this version and these grants.
    pub agreed_by: String,
    pub agreed_at: Instant,
    /// The snapshot from which hosts know of it.
    pub seq: u64,
    pub ended_at: Option<Instant>,
}

type Approved = (SubmissionId, String, String, State);

#[derive(sqlx::FromRow)]
struct Row {
    module: String,
    version: String,
    digest: String,
    wanted: String,
    grants: String,
    since_us: i64,
    agreed_by: String,
    agreed_us: i64,
    seq: i64,
    ended_us: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Subscription, CatalogError> {
        let damaged = |error: serde_json::Error| CatalogError::damaged("a consent", &error);
        Ok(Subscription {
            wanted: serde_json::from_str(&self.wanted).map_err(damaged)?,
            grants: serde_json::from_str(&self.grants).map_err(damaged)?,
            module: self.module,
            version: self.version,
            digest: self.digest,
            since: Instant(self.since_us),
            agreed_by: self.agreed_by,
            agreed_at: Instant(self.agreed_us),
            seq: self.seq.cast_unsigned(),
            ended_at: self.ended_us.map(Instant),
        })
    }
}

/// Consents with what they are about, under a condition.
macro_rules! consents {
    ($condition:literal) => {
        concat!(
            "SELECT c.module, s.version, s.digest, c.wanted, c.grants, c.since_us, p.name AS agreed_by, c.agreed_us,
                 c.seq, c.ended_us
             FROM subscription c JOIN submission s ON s.id = c.submission JOIN person p ON p.id = c.agreed_by WHERE ",
            $condition
        )
    };
}

impl Catalog {
    /// Subscribes, or changes version or grants. The same again is no change.
    ///
    /// # Errors
    /// No such approved version; one that was withdrawn; consent that is missing or that nobody asked for ([`consent::agreed`]).
    pub async fn subscribe(
        &self,
        tenant: &TenantId,
        agreement: &Agreement,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<Subscription, CatalogError> {
        let mut change = self.change(now).await?;
        let Agreement { module, version, grants } = agreement;
        let before = change.subscription(tenant, module).await?.map(Row::read).transpose()?;
        let (submission, version, manifest, state) = change.approved(module, version.as_deref()).await?;
        // A yanked version goes on where it runs, with other grants too.
        let goes_on = state == State::Yanked && before.as_ref().is_some_and(|before| before.version == version);
        if !state.is_offered() && !goes_on {
            return Err(CatalogError::WrongState(format!(
                "{module} {version} is {}; choose another version",
                state.as_str()
            )));
        }
        let manifest: Manifest =
            serde_json::from_str(&manifest).map_err(|error| CatalogError::damaged("a manifest", &error))?;
        let (wanted, grants) = consent::agreed(&manifest, grants)?;
        if let Some(before) = before.clone()
            && (&before.version, &before.grants) == (&version, &grants)
        {
            return Ok(before);
        }
        if before.is_some() {
            change.end_subscription(tenant, module, by).await?;
        }
        let since = before.map_or(now, |before| before.since);
        sqlx::query(
            "INSERT INTO subscription (id, tenant, module, submission, wanted, grants, since_us, agreed_by, agreed_us, seq)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT seq + 1 FROM head))",
        )
        .bind(ids::generate(now, chance))
        .bind(tenant)
        .bind(module)
        .bind(submission)
        .bind(json!(wanted).to_string())
        .bind(json!(grants).to_string())
        .bind(since.0)
        .bind(by)
        .bind(now.0)
        .execute(change.connection())
        .await?;
        let made = change.subscription(tenant, module).await?.expect("it was just inserted").read()?;
        change.concerns_hosts();
        let detail = json!({"module": module, "version": version, "digest": made.digest, "grants": grants});
        let line = Line { actor: by.as_str(), act: "subscription.agree", subject: tenant.as_str(), detail };
        let seq = change.commit(line).await?;
        assert_eq!(made.seq, seq, "the snapshot that a consent names is the one it was raised to");
        Ok(made)
    }

    /// Ends a subscription; the consent is kept. Returns the snapshot number from which hosts refuse calls.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn unsubscribe(
        &self,
        tenant: &TenantId,
        module: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let row = change.subscription(tenant, module).await?.ok_or(CatalogError::NotFound("subscription"))?;
        change.end_subscription(tenant, module, by).await?;
        change.concerns_hosts();
        let detail = json!({"module": module, "version": row.version});
        change.commit(Line { actor: by.as_str(), act: "subscription.end", subject: tenant.as_str(), detail }).await
    }

    /// What a tenant has checked out now, by module.
    ///
    /// # Errors
    /// The database.
    pub async fn subscriptions(&self, tenant: &TenantId) -> Result<Vec<Subscription>, CatalogError> {
        let query = sqlx::query_as(consents!("c.tenant = ? AND c.ended_us IS NULL ORDER BY c.module"));
        let rows: Vec<Row> = query.bind(tenant).fetch_all(&self.readers).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Every consent of a tenant about one module, ended or not, oldest first.
    ///
    /// # Errors
    /// The database.
    pub async fn consents(&self, tenant: &TenantId, module: &str) -> Result<Vec<Subscription>, CatalogError> {
        let query = sqlx::query_as(consents!("c.tenant = ? AND c.module = ? ORDER BY c.agreed_us, c.id"));
        let rows: Vec<Row> = query.bind(tenant).bind(module).fetch_all(&self.readers).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

impl Change {
    /// An approved version: its submission, version, manifest (JSON) and how it stands.
    async fn approved(&mut self, module: &str, version: Option<&str>) -> Result<Approved, CatalogError> {
        let query =
            sqlx::query_as("SELECT id, version, manifest, coalesce(standing, state) FROM submission WHERE module = ? AND state = 'approved'")
                .bind(module);
        let rows: Vec<Approved> = query.fetch_all(self.connection()).await?;
        let parse = |row: &Approved| Version::parse(&row.1).ok();
        let found = match version {
            Some(version) => rows.into_iter().find(|row| row.1 == version),
            // A preview only when there is nothing else; one that was withdrawn never.
            None => {
                let offered = rows.into_iter().filter(|row| row.3.is_offered());
                offered.max_by_key(|row| parse(row).map(|version| (version.pre.is_empty(), version)))
            }
        };
        found.ok_or(CatalogError::NotFound("approved version of this module"))
    }

    async fn subscription(&mut self, tenant: &TenantId, module: &str) -> Result<Option<Row>, CatalogError> {
        let query = sqlx::query_as(consents!("c.tenant = ? AND c.module = ? AND c.ended_us IS NULL"));
        Ok(query.bind(tenant).bind(module).fetch_optional(self.connection()).await?)
    }

    async fn end_subscription(&mut self, tenant: &TenantId, module: &str, by: &PersonId) -> Result<(), CatalogError> {
        let end =
            "UPDATE subscription SET ended_us = ?, ended_by = ? WHERE tenant = ? AND module = ? AND ended_us IS NULL";
        let now = self.now.0;
        sqlx::query(end).bind(now).bind(by).bind(tenant).bind(module).execute(self.connection()).await?;
        Ok(())
    }
}
