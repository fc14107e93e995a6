//! The recorder of metrics, one per process.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often histograms are condensed; without it they grow until somebody asks for `/metrics`.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts recording.
pub fn start(stopping: CancellationToken) -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    // A second start in one process (tests) records nothing new; the first goes on.
    let _ = metrics::set_global_recorder(recorder);
    let condensed = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(UPKEEP) => condensed.run_upkeep(),
                () = stopping.cancelled() => return,
            }
        }
    });
    handle
}
