//! Waiting until hosts know: a change that concerns them is answered when it is in force, or says that it is not yet.

use crate::failed::{Failed, internal};
use crate::registry::Registry;
use axum::http::StatusCode;

impl Registry {
    /// Whether every connected host has the snapshot of this number in force; waits for it at most [`crate::Waits::force`].
    pub(crate) async fn in_force(&self, seq: u64) -> Result<bool, Failed> {
        let mut polls = self.catalog().polls();
        let look = async || {
            let behind = self.catalog().behind(seq, self.now()).await?;
            Ok::<_, Failed>((behind.behind == 0).then(|| behind.in_force()))
        };
        // However short the wait is, the first look is taken to its end.
        if let Some(known) = look().await? {
            return Ok(known);
        }
        let confirmed = async {
            loop {
                polls.changed().await.map_err(|error| internal(&error))?;
                if let Some(known) = look().await? {
                    return Ok(known);
                }
            }
        };
        tokio::time::timeout(self.waits().force, confirmed).await.unwrap_or(Ok(false))
    }

    /// The status of a change without content: done everywhere (204), or accepted and on its way (202).
    pub(crate) async fn done(&self, seq: u64) -> Result<StatusCode, Failed> {
        Ok(if self.in_force(seq).await? { StatusCode::NO_CONTENT } else { StatusCode::ACCEPTED })
    }
}
