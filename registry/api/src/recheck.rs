//! Approved versions are checked again when the rules, the advisories or the known-bad digests change.
//!
//! In slices, behind new submissions, so that nobody waits for it. A later report stands beside the first one; what is
//! new in it raises a mark for reviewers. It never stops a running module by itself.

use crate::checker;
use crate::failed::internal;
use crate::registry::Registry;
use std::time::Duration;
use toolcrib_catalog::CatalogError;
use toolcrib_vetting::Sources;

/// Versions of one slice.
pub const RECHECK_SLICE: usize = 8;
/// Between two slices, and between two looks at the sources when nothing is due.
const BETWEEN_SLICES: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_secs(600);

/// Learns what the sources say and checks what is due, for ever. Stop it by dropping it: a version that was being
/// checked is still due at the next start.
pub async fn recheck_approved(registry: Registry, sources: Sources) {
    loop {
        learn(&registry, &sources).await;
        let more = match recheck_slice(&registry).await {
            Ok(checked) => checked == RECHECK_SLICE,
            Err(error) => {
                internal(&error);
                false
            }
        };
        tokio::time::sleep(if more { BETWEEN_SLICES } else { BETWEEN_LOOKS }).await;
    }
}

/// A source that cannot be read leaves what is known as it is: an outdated database is better than none.
async fn learn(registry: &Registry, sources: &Sources) {
    let sources = sources.clone();
    match tokio::task::spawn_blocking(move || sources.read()).await {
        Ok(Ok(knowledge)) => registry.vetter().learn(knowledge),
        Ok(Err(error)) => tracing::warn!(%error, "Advisories or known-bad digests cannot be read"),
        Err(error) => {
            internal(&error);
        }
    }
}

/// Checks approved versions whose report rests on something else than a report of now would, at most
/// [`RECHECK_SLICE`], and none while a submission waits. How many were checked.
///
/// # Errors
/// The catalog.
pub async fn recheck_slice(registry: &Registry) -> Result<usize, CatalogError> {
    let basis = registry.vetter().basis();
    for checked in 0..RECHECK_SLICE {
        if registry.catalog().is_checking().await? {
            return Ok(checked);
        }
        let Some(due) = registry.catalog().next_to_recheck(&basis).await? else { return Ok(checked) };
        let (id, module, version) = (due.id.clone(), due.module.clone(), due.version.clone());
        let report = checker::report(registry, due, |_| {}).await?;
        let marked = registry.catalog().record_recheck(&id, &basis, &report, registry.now()).await?;
        let outcome = if marked { "marked" } else { "same" };
        metrics::counter!("toolcrib_registry_rechecks_total", "outcome" => outcome).increment(1);
        tracing::info!(module, version, submission.id = %id, outcome, "Checked again");
    }
    Ok(RECHECK_SLICE)
}
