//! What everybody may know of how a version was vetted: the newest report and who approved it.

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::listing::Version;
use toolcrib_contract::finding::Report;
use toolcrib_contract::preview::Preview;
use toolcrib_contract::types::Instant;

/// How a version was vetted.
#[derive(Clone, Debug)]
pub struct Vetted {
    /// Of the newest check.
    pub report: Report,
    /// Names of those who approved it, and when; the last one decided.
    pub approved_by: Vec<(String, Instant)>,
}

impl Catalog {
    /// How this version was vetted. Who may see the version is decided by whoever looked it up.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`] while nothing has been checked.
    pub async fn vetted(&self, version: &Version) -> Result<Vetted, CatalogError> {
        let report = self.newest_report(&version.id).await?.ok_or(CatalogError::NotFound("report of this version"))?;
        let approvals: Vec<(String, i64)> = sqlx::query_as(
            "SELECT p.name, t.at_us FROM transition t JOIN person p ON p.id = t.actor
             WHERE t.submission = $1 AND t.act IN ('endorse', 'approve') ORDER BY t.number",
        )
        .bind(&version.id)
        .fetch_all(&self.readers)
        .await?;
        let approved_by = approvals.into_iter().map(|(name, at)| (name, Instant(at))).collect();
        Ok(Vetted { report, approved_by })
    }

    /// What the views of this version show on sample data; none before they were played.
    ///
    /// # Errors
    /// The database.
    pub async fn previews(&self, version: &Version) -> Result<Vec<Preview>, CatalogError> {
        // The rest of a report, with all its stories, need not be read for this.
        let query = sqlx::query_as(
            "SELECT json_extract(coalesce(
                 (SELECT r.report FROM recheck r WHERE r.submission = s.id ORDER BY r.number DESC LIMIT 1), s.report),
                 '$.evidence.previews') FROM submission s WHERE s.id = $1",
        );
        let row: Option<(Option<String>,)> = query.bind(&version.id).fetch_optional(&self.readers).await?;
        let previews = row.and_then(|(text,)| text).map(|text| serde_json::from_str(&text)).transpose();
        Ok(previews.map_err(|error| CatalogError::damaged("a report", &error))?.unwrap_or_default())
    }
}
