//! Names of modules. A name belongs to the provider that took it first, for ever.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::PersonId;
use crate::state::OrgKind;
use serde_json::json;
use toolcrib_contract::ModuleName;
use toolcrib_contract::types::Instant;

impl Catalog {
    /// Takes a name for a provider. The same provider again is no change.
    ///
    /// # Errors
    /// A name that is taken or none; no such provider.
    pub async fn take_module(&self, name: &str, org: &str, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        if let Err(error) = name.parse::<ModuleName>() {
            return Err(CatalogError::input("/name", error.to_string()));
        }
        let mut change = self.change(now).await?;
        let (id, kind) = change.open_org(org).await?;
        if kind != OrgKind::Provider {
            return Err(CatalogError::input("/org", "only providers publish modules"));
        }
        let own = sqlx::query_as("SELECT 1 FROM module WHERE name = $1 AND org = $2").bind(name).bind(&id);
        let own: Option<(i64,)> = own.fetch_optional(change.connection()).await?;
        if own.is_some() {
            return Ok(());
        }
        sqlx::query("INSERT INTO module (name, org, taken_by, taken_us) VALUES ($1, $2, $3, $4)")
            .bind(name)
            .bind(id)
            .bind(by)
            .bind(now.0)
            .execute(change.connection())
            .await
            .map_err(|error| CatalogError::unique(error, "/name", || format!("the name `{name}` is taken")))?;
        change
            .commit(Line { actor: by.as_str(), act: "module.take", subject: name, detail: json!({"org": org}) })
            .await?;
        Ok(())
    }

    /// Slug of the provider that took this name.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn provider(&self, module: &str) -> Result<String, CatalogError> {
        let query = sqlx::query_as("SELECT o.slug FROM module m JOIN org o ON o.id = m.org WHERE m.name = $1");
        let row: Option<(String,)> = query.bind(module).fetch_optional(&self.readers).await?;
        row.map(|(slug,)| slug).ok_or(CatalogError::NotFound("module"))
    }
}
