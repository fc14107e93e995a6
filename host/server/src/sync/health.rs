//! Tells the registry how the calls of each version end: counts over all tenants, and nothing of any of them.

use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{HealthReport, VersionHealth};
use toolcrib_runtime::{Runtime, VersionCounts};

/// Between two reports.
const EVERY: Duration = Duration::from_secs(5);
/// Versions of one report; the registry takes no more.
const LINES: usize = 1_000;

/// Reports what was counted until `stopping`. What cannot be told is told later; a restart forgets it.
pub async fn report(runtime: Runtime, client: Client, stopping: CancellationToken) {
    let work = async {
        loop {
            tokio::time::sleep(EVERY).await;
            for counts in runtime.take_health().chunks(LINES) {
                let report = HealthReport { modules: counts.iter().map(line).collect() };
                if let Err(error) = client.report_health(&report).await {
                    // The follower says that the registry is away.
                    tracing::debug!(error = %error, "The registry did not take the counts of calls");
                    runtime.give_back_health(counts);
                }
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stopping.cancelled() => {}
    }
}

fn line(counts: &VersionCounts) -> VersionHealth {
    let VersionCounts { module, version, invocations, faults, .. } = counts.clone();
    VersionHealth { module, version, invocations, faults }
}
