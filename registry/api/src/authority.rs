//! What people may do for a city: officials decide, assessors judge, auditors read and leave a line for every look.
//!
//! A city is named by its code or by the slug of its authority. People of another city, and everybody else, find nothing
//! there (404); people of this one in another role are refused (403).

use crate::caller::Asker;
use crate::failed::Failed;
use crate::registry::Registry;
use toolcrib_catalog::{ASSESSOR, AUDITOR, CatalogError, OFFICIAL, OrgRole, Tenant};
use toolcrib_contract::problem::{NOT_ALLOWED, NOT_FOUND};

/// Roles that may see what belongs to a programme.
const EVERYBODY: &[&str] = &[OFFICIAL, ASSESSOR, AUDITOR];

impl Asker {
    /// What they are in a city's authority, in one of these roles.
    ///
    /// # Errors
    /// `not-found` for a city they do not belong to; `not-allowed`.
    pub fn needs_authority(&self, city: &str, roles: &[&str]) -> Result<&OrgRole, Failed> {
        let place = self.0.authority(city).ok_or_else(|| NOT_FOUND.because("there is no such city"))?;
        if roles.contains(&place.role.as_str()) {
            return Ok(place);
        }
        Err(NOT_ALLOWED.because(format!("the role {} in the authority is needed", roles.join(" or "))).into())
    }

    /// Who decides for a city.
    ///
    /// # Errors
    /// `not-found`, `not-allowed`.
    pub fn needs_official(&self, city: &str) -> Result<&OrgRole, Failed> {
        self.needs_authority(city, &[OFFICIAL])
    }

    /// Who may see what belongs to a city's programme. `what` is the path that is looked at: of an auditor's look a line
    /// is kept before anything is shown.
    ///
    /// # Errors
    /// `not-found`; the database.
    pub async fn looks_at(&self, registry: &Registry, city: &str, what: &str) -> Result<&OrgRole, Failed> {
        let place = self.needs_authority(city, EVERYBODY)?;
        if place.role == AUDITOR {
            registry.catalog().look(self.id(), &place.slug, what, None, registry.now()).await?;
        }
        Ok(place)
    }

    /// The tenant of the path, for its people in one of these roles (empty: any) and for auditors whom it lets look; of an
    /// auditor's look a line is kept.
    ///
    /// # Errors
    /// `not-found` for a tenant that neither is theirs nor agreed to any audit of theirs; `not-allowed`.
    pub async fn sees_tenant(
        &self,
        registry: &Registry,
        name: &str,
        roles: &[&str],
        what: &str,
    ) -> Result<Tenant, Failed> {
        if self.0.tenant_role(name).is_some() {
            return self.tenant(registry, name, roles).await;
        }
        let audits: Vec<_> = self.0.orgs.iter().filter(|org| org.city.is_some() && org.role == AUDITOR).collect();
        if !audits.is_empty() {
            let tenant = registry.catalog().tenant(name).await?;
            for place in audits {
                let look = registry.catalog().look(self.id(), &place.slug, what, Some(&tenant.id), registry.now());
                match look.await {
                    Ok(()) => return Ok(tenant),
                    Err(CatalogError::NoAuditConsent) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Err(CatalogError::NotFound("tenant").into())
    }
}
