//! Sweeps what was pushed and left lying, in the background.

use crate::registry::Registry;
use std::time::Duration;

/// How often. Limits count by the clock, not by this: what is too old counts no more.
const EVERY: Duration = Duration::from_secs(600);

/// Sweeps for ever, beginning at once. Stop it by dropping it.
pub async fn sweep_uploads(registry: Registry) {
    loop {
        match registry.catalog().sweep_oci(registry.now()).await {
            Ok(swept) => tracing::debug!(?swept, "Swept what was pushed and left"),
            Err(error) => {
                crate::failed::internal(&error);
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}
