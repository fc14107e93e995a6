//! Tenants: the workspaces of SMEs.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{PersonId, TenantId};
use crate::input::Check;
use crate::state::OrgKind;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// A tenant to add.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Slug of an SME.
    pub org: String,
    pub slug: String,
    pub name: String,
    /// IANA name, for example `Asia/Shanghai`.
    pub time_zone: String,
}

/// A workspace of an SME.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Tenant {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub org: String,
    #[sqlx(try_from = "crate::Flag")]
    pub active: bool,
}

impl Catalog {
    /// Returns the tenant and the snapshot number.
    ///
    /// # Errors
    /// A slug that is taken; an organisation that is no SME; an unknown time zone.
    pub async fn add_tenant(
        &self,
        new: &NewTenant,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(Tenant, u64), CatalogError> {
        let NewTenant { org, slug, name, time_zone } = new.clone();
        let mut check = Check::default();
        check.slug("/slug", &slug);
        check.name("/name", &name);
        check.expect(is_time_zone(&time_zone), "/time_zone", "an IANA name such as Asia/Shanghai");
        check.done()?;
        let mut change = self.change(now).await?;
        let (org_id, kind) = change.org(&org).await?;
        if kind != OrgKind::Sme {
            return Err(CatalogError::input("/org", "tenants belong to organisations of kind sme"));
        }
        let id = TenantId::generate(now, chance);
        sqlx::query(
            "INSERT INTO tenant (id, org, slug, name, time_zone, active, created_us)
             VALUES ($1, $2, $3, $4, $5, 1, $6)",
        )
        .bind(&id)
        .bind(org_id)
        .bind(&slug)
        .bind(&name)
        .bind(&time_zone)
        .bind(now.0)
        .execute(change.connection())
        .await
        .map_err(|error| CatalogError::unique(error, "/slug", || format!("`{slug}` is taken")))?;
        change.concerns_hosts();
        let detail = json!({"org": org, "slug": slug});
        let seq = change.commit(Line { actor: by.as_str(), act: "tenant.add", subject: id.as_str(), detail }).await?;
        Ok((Tenant { id, slug, name, time_zone, org, active: true }, seq))
    }

    /// The tenant with this id or slug.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn tenant(&self, name: &str) -> Result<Tenant, CatalogError> {
        let query = sqlx::query_as(
            "SELECT t.id, t.slug, t.name, t.time_zone, o.slug AS org, t.active FROM tenant t JOIN org o ON o.id = t.org
             WHERE t.id = $1 OR t.slug = $1",
        );
        query.bind(name).fetch_optional(&self.readers).await?.ok_or(CatalogError::NotFound("tenant"))
    }
}

/// Whether this is the name of a time zone of the IANA database, not an abbreviation.
fn is_time_zone(name: &str) -> bool {
    name == "UTC" || (name.contains('/') && jiff::tz::TimeZone::get(name).is_ok())
}
