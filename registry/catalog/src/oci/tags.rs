//! Tags of a repository: its versions, in lexical order.

use crate::oci::error::OciError;
use crate::oci::repository::{Repository, offered};

impl Repository {
    /// At most `most` tags after `last`, and whether there are more. Members see their drafts, too.
    ///
    /// # Errors
    /// The database.
    pub async fn tags(&self, last: &str, most: usize) -> Result<(Vec<String>, bool), OciError> {
        let rows: Vec<(String,)> = sqlx::query_as(concat!(
            "SELECT s.version FROM submission s WHERE s.module = $3 AND s.version > $4 AND ",
            offered!(),
            " UNION SELECT d.tag FROM oci_draft d WHERE $1 AND d.module = $3 AND d.tag > $4 ORDER BY 1 LIMIT $5"
        ))
        .bind(self.member)
        .bind(self.marketplace)
        .bind(&self.module)
        .bind(last)
        .bind(most as i64 + 1)
        .fetch_all(&self.catalog.readers)
        .await?;
        let more = rows.len() > most;
        Ok((rows.into_iter().take(most).map(|(tag,)| tag).collect(), more))
    }
}
