//! What a tenant checked out. Each row is a consent and is kept for ever; the one that has not ended is in force.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::consent;
use crate::error::CatalogError;
use crate::ids::{PersonId, SubmissionId, TenantId};
use crate::state::State;
use crate::versions::{Approved, approved, pick};
use serde_json::json;
use toolcrib_contract::Capability;
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::consent::{Page, Scope};
use toolcrib_contract::types::Instant;
use toolcrib_trust::digest::sha256_hex;

/// Consents of one list.
pub const CONSENTS_LISTED: i64 = 200;

/// What a tenant agrees to.
#[derive(Clone, Debug, Default)]
pub struct Agreement {
    pub module: String,
    /// The newest approved version when absent.
    pub version: Option<String>,
    pub grants: Vec<Capability>,
    /// What narrows some of the grants to some equipment.
    pub scopes: Vec<Scope>,
    /// Hash of the page that was shown; checked when present.
    pub shown: Option<String>,
}

/// How a consent came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody agreed to a version, or to other grants of it.
    Agree,
    /// Somebody agreed to what a new version asks for beyond the consent.
    Upgrade,
    /// A version that asks for nothing new was taken inside the consent.
    Auto,
    /// Back to the version before.
    Rollback,
    /// A grant was taken back.
    Revoke,
}

crate::texts!(Kind {
    Agree = "agree",
    Upgrade = "upgrade",
    Auto = "auto",
    Rollback = "rollback",
    Revoke = "revoke",
});

impl Kind {
    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Upgrade => "upgrade",
            Self::Auto => "auto",
            Self::Rollback => "rollback",
            Self::Revoke => "revoke",
        }
    }
}

/// A subscription, or one that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub tenant: TenantId,
    pub module: String,
    pub submission: SubmissionId,
    pub version: String,
    pub digest: String,
    pub kind: Kind,
    /// What the version asked for when it was agreed to.
    pub wanted: Vec<Wanted>,
    pub grants: Vec<Capability>,
    pub scopes: Vec<Scope>,
    /// The page that was shown, as JSON, and its hash.
    pub shown: String,
    pub shown_sha256: String,
    /// When the tenant subscribed first, without a break.
    pub since: Instant,
    /// Id and name of the person who agreed.
    pub agreed_id: PersonId,
    pub agreed_by: String,
    pub agreed_at: Instant,
    /// The snapshot from which hosts know of it.
    pub seq: u64,
    pub ended_at: Option<Instant>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    tenant: TenantId,
    module: String,
    submission: SubmissionId,
    version: String,
    digest: String,
    kind: Kind,
    wanted: String,
    grants: String,
    scopes: String,
    shown: String,
    shown_sha256: String,
    since_us: i64,
    agreed_id: PersonId,
    agreed_by: String,
    agreed_us: i64,
    seq: i64,
    ended_us: Option<i64>,
}

impl Row {
    pub(crate) fn read(self) -> Result<Subscription, CatalogError> {
        let damaged = |error: serde_json::Error| CatalogError::damaged("a consent", &error);
        Ok(Subscription {
            wanted: serde_json::from_str(&self.wanted).map_err(damaged)?,
            grants: serde_json::from_str(&self.grants).map_err(damaged)?,
            scopes: serde_json::from_str(&self.scopes).map_err(damaged)?,
            tenant: self.tenant,
            module: self.module,
            submission: self.submission,
            version: self.version,
            digest: self.digest,
            kind: self.kind,
            shown: self.shown,
            shown_sha256: self.shown_sha256,
            since: Instant(self.since_us),
            agreed_id: self.agreed_id,
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
            "SELECT c.tenant, c.module, c.submission, s.version, s.digest, c.kind, c.wanted, c.grants, c.scopes, c.shown,
                 c.shown_sha256, c.since_us, c.agreed_by AS agreed_id, p.name AS agreed_by, c.agreed_us, c.seq, c.ended_us
             FROM subscription c JOIN submission s ON s.id = c.submission JOIN person p ON p.id = c.agreed_by WHERE ",
            $condition
        )
    };
}

/// A consent to write down.
pub(crate) struct NewConsent<'a> {
    pub tenant: &'a TenantId,
    pub version: &'a Approved,
    pub kind: Kind,
    pub grants: Vec<Capability>,
    pub scopes: Vec<Scope>,
    /// The page that was shown.
    pub shown: String,
    pub by: &'a PersonId,
}

impl Catalog {
    /// The page that a person reads before agreeing to a version (the newest on offer when absent), and its hash.
    ///
    /// # Errors
    /// No such approved version.
    pub async fn consent_page(&self, module: &str, version: Option<&str>) -> Result<(Page, String), CatalogError> {
        let mut read = self.readers.acquire().await?;
        let page = pick(approved(&mut read, module).await?, version)?.page()?;
        let hash = sha256_hex(page.canonical().as_bytes());
        Ok((page, hash))
    }

    /// Subscribes, or changes version, grants or scopes. The same again is no change.
    ///
    /// # Errors
    /// No such approved version; one that was withdrawn; consent that is missing or that nobody asked for
    /// ([`consent::agreed`]); another page was shown than the version's.
    pub async fn subscribe(
        &self,
        tenant: &TenantId,
        agreement: &Agreement,
        by: &PersonId,
        now: Instant,
    ) -> Result<Subscription, CatalogError> {
        let mut change = self.change(now).await?;
        let Agreement { module, version, grants, scopes, shown } = agreement;
        let version = pick(approved(change.connection(), module).await?, version.as_deref())?;
        let before = change.subscription(tenant, module).await?;
        // A yanked version goes on where it runs, with other grants too.
        let runs = before.as_ref().is_some_and(|before| before.submission == version.id);
        let is_kept = version.state == State::Yanked && runs;
        if !version.state.is_offered() && !is_kept {
            return Err(version.withdrawn());
        }
        let (_, grants) = consent::agreed(&version.manifest()?, grants)?;
        let scopes = consent::scoped(&grants, scopes)?;
        let page = version.page()?.canonical();
        check_shown(shown.as_deref(), &page)?;
        if let Some(before) = &before
            && (&before.submission, &before.grants, &before.scopes) == (&version.id, &grants, &scopes)
        {
            return Ok(before.clone());
        }
        let kind = match &before {
            Some(before) if before.submission != version.id => Kind::Upgrade,
            _ => Kind::Agree,
        };
        let made = NewConsent { tenant, version: &version, kind, grants, scopes, shown: page, by };
        change.consent(made, before.as_ref()).await?;
        change.finish_consent(tenant, module, by).await
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
        let ended = change.subscribed(tenant, module).await?;
        change.end_subscription(tenant, module, by).await?;
        change.concerns_hosts();
        let detail = json!({"module": module, "version": ended.version});
        change.commit(Line { actor: by.as_str(), act: "subscription.end", subject: tenant.as_str(), detail }).await
    }

    /// Takes one optional grant back, at once.
    ///
    /// # Errors
    /// Not granted; the module cannot work without it.
    pub async fn revoke_grant(
        &self,
        tenant: &TenantId,
        module: &str,
        grant: &Capability,
        by: &PersonId,
        now: Instant,
    ) -> Result<Subscription, CatalogError> {
        let mut change = self.change(now).await?;
        let before = change.subscribed(tenant, module).await?;
        if !before.grants.contains(grant) {
            return Err(CatalogError::NotFound("grant"));
        }
        let rest: Vec<_> = before.grants.iter().filter(|known| *known != grant).cloned().collect();
        if !consent::all_missing(&before.wanted, &rest).is_empty() {
            let message = format!("{module} cannot work without `{grant}`; cancel the subscription instead");
            return Err(CatalogError::WrongState(message));
        }
        let all = approved(change.connection(), module).await?;
        let version = pick(all, Some(&before.version))?;
        let scopes = before.scopes.iter().filter(|scope| scope.capability != *grant).cloned().collect();
        let shown = before.shown.clone();
        let made = NewConsent { tenant, version: &version, kind: Kind::Revoke, grants: rest, scopes, shown, by };
        change.consent(made, Some(&before)).await?;
        change.finish_consent(tenant, module, by).await
    }

    /// What a tenant has checked out now, by module.
    ///
    /// # Errors
    /// The database.
    pub async fn subscriptions(&self, tenant: &TenantId) -> Result<Vec<Subscription>, CatalogError> {
        let query = sqlx::query_as(consents!("c.tenant = $1 AND c.ended_us IS NULL ORDER BY c.module"));
        let rows: Vec<Row> = query.bind(tenant).fetch_all(&self.readers).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Every consent of a tenant about one module, ended or not, oldest first.
    ///
    /// # Errors
    /// The database.
    pub async fn consents(&self, tenant: &TenantId, module: &str) -> Result<Vec<Subscription>, CatalogError> {
        let query = sqlx::query_as(consents!("c.tenant = $1 AND c.module = $2 ORDER BY c.agreed_us, c.seq"));
        let rows: Vec<Row> = query.bind(tenant).bind(module).fetch_all(&self.readers).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// The newest [`CONSENTS_LISTED`] consents of a tenant about any module, ended or not, newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn consents_of(&self, tenant: &TenantId) -> Result<Vec<Subscription>, CatalogError> {
        let query = sqlx::query_as(consents!("c.tenant = $1 ORDER BY c.agreed_us DESC, c.seq DESC LIMIT $2"));
        let rows: Vec<Row> = query.bind(tenant).bind(CONSENTS_LISTED).fetch_all(&self.readers).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

/// # Errors
/// [`CatalogError::Changed`] when another page was shown than this one.
pub(crate) fn check_shown(shown: Option<&str>, page: &str) -> Result<(), CatalogError> {
    match shown {
        Some(hash) if hash != sha256_hex(page.as_bytes()) => {
            Err(CatalogError::Changed("what was shown is not what the version asks for now; show it again".to_owned()))
        }
        _ => Ok(()),
    }
}

impl Change {
    /// The consent in force; none when there is none.
    pub(crate) async fn subscription(
        &mut self,
        tenant: &TenantId,
        module: &str,
    ) -> Result<Option<Subscription>, CatalogError> {
        let query = sqlx::query_as(consents!("c.tenant = $1 AND c.module = $2 AND c.ended_us IS NULL"));
        let row: Option<Row> = query.bind(tenant).bind(module).fetch_optional(self.connection()).await?;
        row.map(Row::read).transpose()
    }

    /// The consent in force.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub(crate) async fn subscribed(&mut self, tenant: &TenantId, module: &str) -> Result<Subscription, CatalogError> {
        self.subscription(tenant, module).await?.ok_or(CatalogError::NotFound("subscription"))
    }

    /// Every consent in force about a module.
    pub(crate) async fn subscribers(&mut self, module: &str) -> Result<Vec<Subscription>, CatalogError> {
        let query = sqlx::query_as(consents!("c.module = $1 AND c.ended_us IS NULL ORDER BY c.tenant"));
        let rows: Vec<Row> = query.bind(module).fetch_all(self.connection()).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Earlier consents of the same unbroken subscription, the newest first.
    pub(crate) async fn before(&mut self, current: &Subscription) -> Result<Vec<Subscription>, CatalogError> {
        let query = sqlx::query_as(consents!(
            "c.tenant = $1 AND c.module = $2 AND c.since_us = $3 AND c.ended_us IS NOT NULL ORDER BY c.seq DESC"
        ));
        let query = query.bind(&current.tenant).bind(&current.module).bind(current.since.0);
        let rows: Vec<Row> = query.fetch_all(self.connection()).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Writes a consent down in place of the one before, with its line in the audit.
    pub(crate) async fn consent(
        &mut self,
        new: NewConsent<'_>,
        before: Option<&Subscription>,
    ) -> Result<(), CatalogError> {
        let NewConsent { tenant, version, kind, grants, scopes, shown, by } = new;
        let module = &version.module;
        if before.is_some() {
            self.end_subscription(tenant, module, by).await?;
        }
        let (now, since) = (self.now, before.map_or(self.now, |before| before.since));
        let wanted = toolcrib_contract::capability::wanted(&version.manifest()?);
        let hash = sha256_hex(shown.as_bytes());
        // The id counts the tenant's consents to the module.
        sqlx::query(
            "INSERT INTO subscription (id, tenant, module, submission, wanted, grants, scopes, kind, shown, shown_sha256,
                 since_us, agreed_by, agreed_us, seq)
             VALUES ($1 || '/' || $2 || '/' || (SELECT count(*) FROM subscription WHERE tenant = $1 AND module = $2),
                 $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, (SELECT seq + 1 FROM head))",
        )
        .bind(tenant)
        .bind(module)
        .bind(&version.id)
        .bind(json!(wanted).to_string())
        .bind(json!(grants).to_string())
        .bind(json!(scopes).to_string())
        .bind(kind)
        .bind(&shown)
        .bind(&hash)
        .bind(since.0)
        .bind(by)
        .bind(now.0)
        .execute(self.connection())
        .await?;
        self.concerns_hosts();
        let detail = json!({"module": module, "version": version.version, "digest": version.digest, "kind": kind.as_str(),
            "grants": grants, "scopes": scopes, "shown": hash,
            "from": before.map(|before| before.version.as_str())});
        // What happens by itself is the server's act, on the consent of a person.
        let actor = if kind == Kind::Auto { "server" } else { by.as_str() };
        self.note(&Line { actor, act: "subscription.agree", subject: tenant.as_str(), detail }).await
    }

    /// Commits a change whose consent was written down last. Returns the subscription.
    pub(crate) async fn finish_consent(
        mut self,
        tenant: &TenantId,
        module: &str,
        by: &PersonId,
    ) -> Result<Subscription, CatalogError> {
        let made = self.subscribed(tenant, module).await?;
        let detail = json!({"module": module, "version": made.version, "seq": made.seq});
        let line = Line { actor: by.as_str(), act: "subscription.change", subject: tenant.as_str(), detail };
        let seq = self.commit(line).await?;
        assert_eq!(made.seq, seq, "the snapshot that a consent names is the one it was raised to");
        Ok(made)
    }

    async fn end_subscription(&mut self, tenant: &TenantId, module: &str, by: &PersonId) -> Result<(), CatalogError> {
        let end = "UPDATE subscription SET ended_us = $1, ended_by = $2
            WHERE tenant = $3 AND module = $4 AND ended_us IS NULL";
        let now = self.now.0;
        sqlx::query(end).bind(now).bind(by).bind(tenant).bind(module).execute(self.connection()).await?;
        Ok(())
    }
}
