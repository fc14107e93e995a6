//! The first start: the marketplace itself and its administrator.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::members::NewPerson;
use crate::orgs::NewOrg;
use crate::state::OrgKind;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// Slug of the one marketplace.
pub const SLUG: &str = "marketplace";

impl Catalog {
    /// Creates the marketplace and its administrator, unless it exists. Returns whether it did not.
    ///
    /// # Errors
    /// An address or name that is not acceptable; the database.
    pub async fn ensure_marketplace(
        &self,
        name: &str,
        admin: &NewPerson,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<bool, CatalogError> {
        let mut change = self.change(now).await?;
        let known: Option<(i64,)> =
            sqlx::query_as("SELECT 1 FROM org WHERE kind = 'marketplace'").fetch_optional(change.connection()).await?;
        if known.is_some() {
            return Ok(false);
        }
        let (slug, kind) = (SLUG.to_owned(), OrgKind::Marketplace);
        let org = NewOrg { slug, name: name.into(), kind, city: None, owner: admin.clone() };
        let owner = change.insert_org(&org, chance).await?;
        let detail = json!({"admin": owner.as_str()});
        change.commit(Line { actor: "server", act: "marketplace.create", subject: SLUG, detail }).await?;
        Ok(true)
    }
}
