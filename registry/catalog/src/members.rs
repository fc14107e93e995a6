//! Who belongs to an organisation or a tenant.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::{PersonId, TenantId};
use crate::input::Check;
use crate::values::Flag;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// Roles in a tenant, the strongest first.
pub const TENANT_ROLES: &[&str] = &["owner", "admin", "supervisor", "operator", "viewer"];
/// People of one organisation or tenant.
pub const MEMBERS: i64 = 1_000;

/// A person to add. An address that is known already keeps its name and password.
#[derive(Clone, Debug)]
pub struct NewPerson {
    pub email: String,
    pub name: String,
    /// From `toolcrib_trust::password::hash`; needed for an address that is new.
    pub password_hash: Option<String>,
}

/// A person in an organisation or tenant.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Member {
    pub id: PersonId,
    pub email: String,
    pub name: String,
    pub role: String,
}

impl Catalog {
    /// Adds a person to an organisation, or changes their role. Returns the snapshot number.
    ///
    /// # Errors
    /// A role that this kind of organisation does not have; an organisation would have nobody in its strongest role.
    pub async fn set_org_member(
        &self,
        org: &str,
        person: &NewPerson,
        role: &str,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let (id, kind) = change.org(org).await?;
        let mut check = Check::default();
        check.role("/role", role, kind.roles());
        check.done()?;
        let person = change.known_or_new(person, chance).await?;
        let before: Option<(String,)> = sqlx::query_as("SELECT role FROM org_member WHERE org = $1 AND person = $2")
            .bind(&id)
            .bind(&person)
            .fetch_optional(change.connection())
            .await?;
        sqlx::query(
            "INSERT INTO org_member (org, person, role, since_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (org, person) DO UPDATE SET role = excluded.role, since_us = excluded.since_us",
        )
        .bind(&id)
        .bind(&person)
        .bind(role)
        .bind(now.0)
        .execute(change.connection())
        .await?;
        let (members, strongest): (i64, i64) =
            sqlx::query_as("SELECT count(*), count(*) FILTER (WHERE role = $1) FROM org_member WHERE org = $2")
                .bind(kind.roles()[0])
                .bind(&id)
                .fetch_one(change.connection())
                .await?;
        if strongest == 0 {
            let message = format!("somebody must remain {}; name another one first", kind.roles()[0]);
            return Err(CatalogError::WrongState(message));
        }
        check_room(members)?;
        change.set_role(org, "org.member", &person, before.map(|(role,)| role), role, by).await
    }

    /// Adds a person to a tenant, or changes their role. Returns the snapshot number.
    ///
    /// # Errors
    /// An unknown role; an owner of the tenant's organisation, who is its owner anyway.
    pub async fn set_tenant_member(
        &self,
        tenant: &TenantId,
        person: &NewPerson,
        role: &str,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<u64, CatalogError> {
        let mut check = Check::default();
        check.role("/role", role, TENANT_ROLES);
        check.done()?;
        let mut change = self.change(now).await?;
        let person = change.known_or_new(person, chance).await?;
        if change.owns_by_org(tenant, &person).await? {
            let message = "owners of the tenant's organisation are its owners; change their role there";
            return Err(CatalogError::WrongState(message.to_owned()));
        }
        let before: Option<(String,)> =
            sqlx::query_as("SELECT role FROM tenant_member WHERE tenant = $1 AND person = $2")
                .bind(tenant)
                .bind(&person)
                .fetch_optional(change.connection())
                .await?;
        sqlx::query(
            "INSERT INTO tenant_member (tenant, person, role, since_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, person) DO UPDATE SET role = excluded.role, since_us = excluded.since_us",
        )
        .bind(tenant)
        .bind(&person)
        .bind(role)
        .bind(now.0)
        .execute(change.connection())
        .await?;
        let (members,): (i64,) = sqlx::query_as("SELECT count(*) FROM tenant_member WHERE tenant = $1")
            .bind(tenant)
            .fetch_one(change.connection())
            .await?;
        check_room(members)?;
        change.set_role(tenant.as_str(), "tenant.member", &person, before.map(|(role,)| role), role, by).await
    }

    /// Takes a person out of a tenant. Returns the snapshot number.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] when they are not in it, also when they are only by owning its organisation.
    pub async fn remove_tenant_member(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        by: &PersonId,
        now: Instant,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let delete =
            sqlx::query("DELETE FROM tenant_member WHERE tenant = $1 AND person = $2").bind(tenant).bind(person);
        if delete.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("member"));
        }
        change.void_tokens(person).await?;
        let detail = json!({"person": person.as_str()});
        let line = Line { actor: by.as_str(), act: "tenant.member.remove", subject: tenant.as_str(), detail };
        change.commit(line).await
    }

    /// People of a tenant with the role they have in effect.
    ///
    /// # Errors
    /// The database.
    pub async fn tenant_members(&self, tenant: &TenantId) -> Result<Vec<Member>, CatalogError> {
        let query = sqlx::query_as(
            "SELECT p.id, p.email, p.name, 'owner' AS role FROM tenant t
                 JOIN org_member o ON o.org = t.org AND o.role = 'owner' JOIN person p ON p.id = o.person
             WHERE t.id = $1
             UNION ALL
             SELECT p.id, p.email, p.name, m.role FROM tenant_member m JOIN tenant t ON t.id = m.tenant
                 JOIN person p ON p.id = m.person
             WHERE m.tenant = $1 AND NOT EXISTS
                 (SELECT 1 FROM org_member o WHERE o.org = t.org AND o.person = m.person AND o.role = 'owner')
             ORDER BY 2",
        );
        Ok(query.bind(tenant).fetch_all(&self.readers).await?)
    }
}

fn check_room(members: i64) -> Result<(), CatalogError> {
    if members > MEMBERS { Err(CatalogError::Limit(format!("at most {MEMBERS} people belong here"))) } else { Ok(()) }
}

impl Change {
    async fn owns_by_org(&mut self, tenant: &TenantId, person: &PersonId) -> Result<bool, CatalogError> {
        let query = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM tenant t JOIN org_member o ON o.org = t.org
             WHERE t.id = $1 AND o.person = $2 AND o.role = 'owner')",
        );
        let (Flag(owns),): (Flag,) = query.bind(tenant).bind(person).fetch_one(self.connection()).await?;
        Ok(owns)
    }

    /// The end of setting a role: somebody whose role changed gets new access tokens.
    async fn set_role(
        mut self,
        place: &str,
        act: &'static str,
        person: &PersonId,
        before: Option<String>,
        role: &str,
        by: &PersonId,
    ) -> Result<u64, CatalogError> {
        if before.as_deref().is_some_and(|before| before != role) {
            self.void_tokens(person).await?;
        }
        let detail = json!({"person": person.as_str(), "role": role, "before": before});
        self.commit(Line { actor: by.as_str(), act, subject: place, detail }).await
    }
}
