//! What provider and reviewers say to each other about a version, in the open between the two and kept for ever.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{PersonId, SubmissionId};
use crate::values::Flag;
use serde_json::json;
use toolcrib_contract::types::Instant;

/// Characters of one comment.
pub const COMMENT_CHARS: usize = 4_000;
/// Comments on one submission.
pub const COMMENTS: i64 = 500;

/// One comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Name of the person.
    pub by: String,
    /// `provider` or `marketplace`: for whom the person spoke.
    pub side: String,
    pub at: Instant,
    pub text: String,
}

impl Catalog {
    /// Says something about a submission. Who belongs to its provider speaks for it, everybody else for the marketplace;
    /// whether they may see it is the caller's to decide.
    ///
    /// # Errors
    /// No text, or too long; more than [`COMMENTS`].
    pub async fn comment(
        &self,
        id: &SubmissionId,
        text: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        if text.trim().is_empty() || text.chars().count() > COMMENT_CHARS {
            return Err(CatalogError::input("/text", format!("1 to {COMMENT_CHARS} characters")));
        }
        let mut change = self.change(now).await?;
        let row: Option<(String, Flag, i64)> = sqlx::query_as(
            "SELECT s.module, EXISTS (SELECT 1 FROM module m JOIN org_member x ON x.org = m.org
                 WHERE m.name = s.module AND x.person = $2),
                 (SELECT count(*) FROM comment c WHERE c.submission = s.id) FROM submission s WHERE s.id = $1",
        )
        .bind(id)
        .bind(by)
        .fetch_optional(change.connection())
        .await?;
        let (module, Flag(inside), count) = row.ok_or(CatalogError::NotFound("submission"))?;
        if count >= COMMENTS {
            return Err(CatalogError::Limit(format!("a submission has at most {COMMENTS} comments")));
        }
        let side = if inside { "provider" } else { "marketplace" };
        sqlx::query("INSERT INTO comment (submission, person, side, at_us, text) VALUES ($1, $2, $3, $4, $5)")
            .bind(id)
            .bind(by)
            .bind(side)
            .bind(now.0)
            .bind(text)
            .execute(change.connection())
            .await?;
        let detail = json!({"submission": id.as_str(), "side": side, "text": text});
        change.commit(Line { actor: by.as_str(), act: "version.comment", subject: &module, detail }).await?;
        Ok(())
    }

    /// What was said about all builds of this submission's version, oldest first.
    ///
    /// # Errors
    /// The database.
    pub async fn comments(&self, id: &SubmissionId) -> Result<Vec<Comment>, CatalogError> {
        let rows: Vec<(String, String, i64, String)> = sqlx::query_as(
            "SELECT p.name, c.side, c.at_us, c.text FROM comment c JOIN person p ON p.id = c.person
                 JOIN submission s ON s.id = c.submission JOIN submission this ON this.id = $1
             WHERE s.module = this.module AND s.version = this.version ORDER BY c.number LIMIT $2",
        )
        .bind(id)
        .bind(COMMENTS)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|(by, side, at, text)| Comment { by, side, at: Instant(at), text }).collect())
    }
}
