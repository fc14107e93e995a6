//! What becomes due by itself: drafts that are forgotten, rings that were watched long enough, providers
//! whose time is over.

use crate::failed::internal;
use crate::registry::Registry;
use std::time::Duration;

/// How often it is looked for.
const EVERY: Duration = Duration::from_secs(5);

/// Tends the catalogue, for ever. Stop it by dropping it.
pub async fn tend(registry: Registry) {
    loop {
        if let Err(error) = round(&registry).await {
            internal(&error);
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn round(registry: &Registry) -> Result<(), toolcrib_programme::ProgrammeError> {
    let (catalog, now) = (registry.catalog(), registry.now());
    catalog.advance_rollouts(now).await?;
    catalog.sweep_drafts(now).await?;
    toolcrib_programme::identification::tend(catalog, now).await?;
    Ok(())
}
