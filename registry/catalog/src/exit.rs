//! A provider leaves: nothing new of it comes in, what was approved goes on running, and its modules may get a successor.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{OrgId, PersonId};
use crate::review::REASON_CHARS;
use crate::state::OrgKind;
use crate::values::Flag;
use serde_json::json;
use toolcrib_contract::types::Instant;

/// What is said to whoever comes with something new of a provider that has left.
pub(crate) fn closed(slug: &str) -> CatalogError {
    CatalogError::WrongState(format!("`{slug}` has left the marketplace; nothing new of it is taken"))
}

fn check_reason(reason: &str) -> Result<(), CatalogError> {
    let fits = !reason.trim().is_empty() && reason.chars().count() <= REASON_CHARS;
    if fits { Ok(()) } else { Err(CatalogError::input("/reason", format!("1 to {REASON_CHARS} characters"))) }
}

impl Catalog {
    /// A provider leaves. Its versions stay; its keys vouch for them and for nothing new.
    ///
    /// # Errors
    /// No provider, or it has left already.
    pub async fn close_org(&self, slug: &str, reason: &str, by: &PersonId, now: Instant) -> Result<(), CatalogError> {
        check_reason(reason)?;
        let mut change = self.change(now).await?;
        let (id, kind) = change.org(slug).await?;
        if kind != OrgKind::Provider {
            return Err(CatalogError::WrongState("only providers leave the marketplace".to_owned()));
        }
        let close = sqlx::query("UPDATE org SET closed_us = $1 WHERE id = $2 AND closed_us IS NULL");
        if close.bind(now.0).bind(id).execute(change.connection()).await?.rows_affected() == 0 {
            return Err(closed(slug));
        }
        let detail = json!({"reason": reason});
        change.commit(Line { actor: by.as_str(), act: "org.close", subject: slug, detail }).await?;
        Ok(())
    }

    /// Gives the name of a module whose provider has left to another provider. Versions that are there keep the key that
    /// signed them; new ones need a key of the successor. Workflows that the first one trusted are trusted no more.
    ///
    /// # Errors
    /// The provider has not left; the successor is no provider, has left too, or is the same.
    pub async fn succeed(
        &self,
        module: &str,
        successor: &str,
        reason: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        check_reason(reason)?;
        let mut change = self.change(now).await?;
        let row: Option<(OrgId, String, Flag)> = sqlx::query_as(
            "SELECT o.id, o.slug, o.closed_us IS NOT NULL FROM module m JOIN org o ON o.id = m.org WHERE m.name = $1",
        )
        .bind(module)
        .fetch_optional(change.connection())
        .await?;
        let (before, slug, Flag(has_left)) = row.ok_or(CatalogError::NotFound("module"))?;
        if !has_left {
            let message = format!("`{slug}` publishes `{module}`; a successor comes when it has left the marketplace");
            return Err(CatalogError::WrongState(message));
        }
        let (after, kind) = change.open_org(successor).await?;
        if kind != OrgKind::Provider {
            return Err(CatalogError::input("/org", "only providers publish modules"));
        }
        sqlx::query("UPDATE module SET org = $1 WHERE name = $2")
            .bind(&after)
            .bind(module)
            .execute(change.connection())
            .await?;
        change.end_trust(module).await?;
        sqlx::query(
            "INSERT INTO module_successor (module, before, after, given_by, given_us, reason)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(module)
        .bind(&before)
        .bind(&after)
        .bind(by)
        .bind(now.0)
        .bind(reason)
        .execute(change.connection())
        .await?;
        let detail = json!({"before": slug, "after": successor, "reason": reason});
        change.commit(Line { actor: by.as_str(), act: "module.succeed", subject: module, detail }).await?;
        Ok(())
    }
}
