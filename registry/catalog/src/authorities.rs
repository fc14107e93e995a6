//! Authorities: cities that run a programme. Who acts for one, who is too close to judge, which factories let auditors see
//! their own data, and what these looked at.
//!
//! An authority is an organisation of kind [`OrgKind::Authority`] with the code of its city. Its officials decide, its
//! assessors judge on site, its auditors read. What a firm files for public money is open to all three; a factory's own
//! data is open to auditors only, while the factory agrees, and every look of an auditor is a line of the audit.

use crate::audit::{self, AuditLine};
use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{OrgId, PersonId, TenantId};
use crate::input::Check;
use crate::people::{OrgRole, Person};
use crate::signer;
use crate::state::OrgKind;
use crate::values::Flag;
use serde_json::json;
use toolcrib_contract::types::Instant;

/// Authorities of one list: more than the programme has cities.
pub const AUTHORITIES_LISTED: i64 = 500;
/// A factory agrees to an audit for so many days at most.
pub const AUDIT_CONSENT_DAYS: i64 = 366;
/// Consents of one list.
pub const AUDIT_CONSENTS_LISTED: i64 = 500;
/// Looks of one page.
pub const LOOKS_PAGE: i64 = 100;
/// Characters of what is said about a look.
pub const LOOK_CHARS: usize = 200;
const DAY_US: i64 = 86_400 * 1_000_000;

/// A role in an authority: runs the programme and decides.
pub const OFFICIAL: &str = "official";
/// Judges firms on site.
pub const ASSESSOR: &str = "assessor";
/// Reads everything of the programme, changes nothing.
pub const AUDITOR: &str = "auditor";

/// A city's authority.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Authority {
    pub slug: String,
    pub name: String,
    /// Six digits of GB/T 2260.
    pub city: String,
}

/// A factory's consent to being audited.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditConsent {
    pub tenant: TenantId,
    pub tenant_slug: String,
    pub tenant_name: String,
    /// Slug and name of the authority.
    pub authority: String,
    pub authority_name: String,
    /// E-mail of who agreed.
    pub agreed_by: String,
    pub agreed_us: i64,
    /// It ends by itself at this moment.
    pub until_us: i64,
    pub ended_us: Option<i64>,
}

/// Consents under a condition: `$1` is whose, `$2` how many.
macro_rules! consents {
    ($condition:literal) => {
        concat!(
            concat!("SELECT c.tenant, t.slug AS tenant_slug, t.name AS tenant_name, o.slug AS authority, o.name AS authority_name,
                 ", signer!("p"), " AS agreed_by, c.agreed_us, c.until_us, c.ended_us
             FROM audit_consent c JOIN tenant t ON t.id = c.tenant JOIN org o ON o.id = c.authority
                 JOIN person p ON p.id = c.agreed_by
             WHERE "),
            $condition,
            " ORDER BY c.number DESC LIMIT $2"
        )
    };
}

/// Looks under a condition: `$1` is whose, below the number `$2`, `$3` many.
macro_rules! looks {
    ($condition:literal) => {
        concat!(
            "SELECT number, at_us, actor, name, act, subject, detail, hash FROM audit LEFT JOIN person ON id = actor
             WHERE act = 'auditor.look' AND ",
            $condition,
            " AND number < $2 ORDER BY number DESC LIMIT $3"
        )
    };
}

impl Person {
    /// What they are in the authority with this slug or for the city with this code.
    pub fn authority(&self, name: &str) -> Option<&OrgRole> {
        let mut authorities = self.orgs.iter().filter(|org| org.kind == OrgKind::Authority);
        authorities.find(|org| org.slug == name || org.city.as_deref() == Some(name))
    }

    /// Whether they are an official for this city (code, or slug of its authority).
    pub fn is_official(&self, city: &str) -> bool {
        self.authority(city).is_some_and(|org| org.role == OFFICIAL)
    }

    /// Whether they assess for this city.
    pub fn is_assessor(&self, city: &str) -> bool {
        self.authority(city).is_some_and(|org| org.role == ASSESSOR)
    }

    /// Whether they audit for this city.
    pub fn is_auditor(&self, city: &str) -> bool {
        self.authority(city).is_some_and(|org| org.role == AUDITOR)
    }

    /// The first of these organisations that they belong to, themselves or by working in one of its factories. Who is
    /// too close to a party does not judge it.
    pub fn too_close_to<'a>(&self, orgs: &[&'a str]) -> Option<&'a str> {
        let belongs = |org: &str| {
            self.orgs.iter().any(|own| own.slug == org) || self.tenants.iter().any(|tenant| tenant.org == org)
        };
        orgs.iter().copied().find(|org| belongs(org))
    }
}

impl Catalog {
    /// All authorities that have not left, by city.
    ///
    /// # Errors
    /// The database.
    pub async fn authorities(&self) -> Result<Vec<Authority>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT slug, name, city FROM org WHERE city IS NOT NULL AND closed_us IS NULL ORDER BY city LIMIT $1",
        );
        Ok(query.bind(AUTHORITIES_LISTED).fetch_all(&self.readers).await?)
    }

    /// The authority with this slug, or of the city with this code.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn authority(&self, name: &str) -> Result<Authority, CatalogError> {
        let query =
            sqlx::query_as("SELECT slug, name, city FROM org WHERE city IS NOT NULL AND (slug = $1 OR city = $1)");
        query.bind(name).fetch_optional(&self.readers).await?.ok_or(CatalogError::NotFound("authority"))
    }

    /// A factory lets auditors of an authority see its own data for some days from now on. Agreeing again takes the place
    /// of the consent before.
    ///
    /// # Errors
    /// No such authority; no days, or more than [`AUDIT_CONSENT_DAYS`].
    pub async fn consent_to_audit(
        &self,
        tenant: &TenantId,
        authority: &str,
        days: i64,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut check = Check::default();
        let rule = format!("1 to {AUDIT_CONSENT_DAYS} days");
        check.expect((1..=AUDIT_CONSENT_DAYS).contains(&days), "/days", rule);
        check.done()?;
        let mut change = self.change(now).await?;
        let id = change.authority(authority).await?;
        change.end_audit_consent(tenant, &id, by).await?;
        let until = now.plus_us(days * DAY_US);
        sqlx::query(
            "INSERT INTO audit_consent (tenant, authority, agreed_by, agreed_us, until_us) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(tenant)
        .bind(&id)
        .bind(by)
        .bind(now.0)
        .bind(until.0)
        .execute(change.connection())
        .await?;
        let detail = json!({"authority": authority, "until": until.to_string()});
        let line = Line { actor: by.as_str(), act: "audit.consent", subject: tenant.as_str(), detail };
        change.commit(line).await.map(drop)
    }

    /// Takes a consent back.
    ///
    /// # Errors
    /// There is none.
    pub async fn end_audit_consent(
        &self,
        tenant: &TenantId,
        authority: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let id = change.authority(authority).await?;
        if !change.end_audit_consent(tenant, &id, by).await? {
            return Err(CatalogError::NotFound("consent to an audit"));
        }
        let detail = json!({"authority": authority});
        let line = Line { actor: by.as_str(), act: "audit.consent.end", subject: tenant.as_str(), detail };
        change.commit(line).await.map(drop)
    }

    /// Consents of a factory, the newest first, with those that have ended.
    ///
    /// # Errors
    /// The database.
    pub async fn audit_consents(&self, tenant: &TenantId) -> Result<Vec<AuditConsent>, CatalogError> {
        let query = sqlx::query_as(consents!("c.tenant = $1")).bind(tenant).bind(AUDIT_CONSENTS_LISTED);
        Ok(query.fetch_all(&self.readers).await?)
    }

    /// Factories that let auditors of this authority see their data now, the newest consent first.
    ///
    /// # Errors
    /// The database.
    pub async fn audited_by(&self, authority: &str, now: Instant) -> Result<Vec<AuditConsent>, CatalogError> {
        let query = sqlx::query_as(consents!("o.slug = $1 AND c.ended_us IS NULL AND c.until_us > $3"));
        Ok(query.bind(authority).bind(AUDIT_CONSENTS_LISTED).bind(now.0).fetch_all(&self.readers).await?)
    }

    /// Notes that an auditor looked at something, before it is shown to them. `of_tenant` names the factory whose own data
    /// it is, which must agree at this moment.
    ///
    /// # Errors
    /// [`CatalogError::NoAuditConsent`]; the database.
    pub async fn look(
        &self,
        auditor: &PersonId,
        authority: &str,
        what: &str,
        of_tenant: Option<&TenantId>,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let what: String = what.chars().take(LOOK_CHARS).collect();
        if let Some(tenant) = of_tenant {
            let agreed = sqlx::query_as(
                "SELECT EXISTS (SELECT 1 FROM audit_consent c JOIN org o ON o.id = c.authority
                 WHERE c.tenant = $1 AND o.slug = $2 AND c.ended_us IS NULL AND c.until_us > $3)",
            );
            let agreed = agreed.bind(tenant).bind(authority).bind(now.0);
            let (Flag(agreed),): (Flag,) = agreed.fetch_one(change.connection()).await?;
            if !agreed {
                return Err(CatalogError::NoAuditConsent);
            }
        }
        let subject = of_tenant.map_or(authority, TenantId::as_str);
        let detail = json!({"authority": authority, "what": what});
        change.commit(Line { actor: auditor.as_str(), act: "auditor.look", subject, detail }).await.map(drop)
    }

    /// What an auditor looked at, the newest first: at most [`LOOKS_PAGE`] before a number of the audit.
    ///
    /// # Errors
    /// The database.
    pub async fn looks(&self, auditor: &PersonId, before: Option<u64>) -> Result<Vec<AuditLine>, CatalogError> {
        let query = sqlx::query_as(looks!("actor = $1")).bind(auditor).bind(upper(before)).bind(LOOKS_PAGE);
        audit::lines(query.fetch_all(&self.readers).await?)
    }

    /// What auditors looked at in a factory, or (by the authority's slug) in a programme, the newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn looked_at(&self, subject: &str, before: Option<u64>) -> Result<Vec<AuditLine>, CatalogError> {
        let query = sqlx::query_as(looks!("subject = $1")).bind(subject).bind(upper(before)).bind(LOOKS_PAGE);
        audit::lines(query.fetch_all(&self.readers).await?)
    }
}

fn upper(before: Option<u64>) -> i64 {
    before.and_then(|number| i64::try_from(number).ok()).unwrap_or(i64::MAX)
}

impl Change {
    async fn authority(&mut self, slug: &str) -> Result<OrgId, CatalogError> {
        let query = sqlx::query_as("SELECT id FROM org WHERE slug = $1 AND city IS NOT NULL").bind(slug);
        let row: Option<(OrgId,)> = query.fetch_optional(self.connection()).await?;
        row.map(|(id,)| id).ok_or(CatalogError::NotFound("authority"))
    }

    /// Whether there was one to end.
    async fn end_audit_consent(
        &mut self,
        tenant: &TenantId,
        authority: &OrgId,
        by: &PersonId,
    ) -> Result<bool, CatalogError> {
        let now = self.now;
        let update = sqlx::query(
            "UPDATE audit_consent SET ended_by = $1, ended_us = $2
             WHERE tenant = $3 AND authority = $4 AND ended_us IS NULL",
        );
        let update = update.bind(by).bind(now.0).bind(tenant).bind(authority);
        Ok(update.execute(self.connection()).await?.rows_affected() > 0)
    }
}
