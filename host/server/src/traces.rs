//! Traces for an operator's collector (OpenTelemetry). What leads out of this process is built with the feature `otel` only
//! (`export`, `otlp`); without it everything here stays, and costs a comparison for each request.

#[cfg(not(feature = "otel"))]
#[path = "traces/absent.rs"]
mod export;
#[cfg(feature = "otel")]
mod export;
#[cfg(feature = "otel")]
mod otlp;
#[cfg(feature = "otel")]
mod sampler;

use crate::config;
use crate::http::Tracing;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use toolcrib_runtime::{Traces, World};

/// Time for the last spans at the end of the process. A collector that hangs costs a stop so much and no more.
const LAST: Duration = Duration::from_secs(2);

/// Spans on their way out.
pub struct Export {
    traces: Arc<dyn Traces>,
    closing: CancellationToken,
    task: JoinHandle<()>,
}

/// What is traced and where it goes.
pub struct Started {
    pub tracing: Tracing,
    export: Export,
}

/// Begins to trace; none when no collector is configured. `service` is what the process calls itself there.
///
/// # Errors
/// This program was built without them, or there is no client.
pub fn start(config: &config::Traces, world: &World, service: &'static str) -> anyhow::Result<Option<Started>> {
    if config.endpoint.is_empty() {
        return Ok(None);
    }
    let export = export::start(config, world, service)?;
    let tracing = Tracing { traces: export.traces.clone(), proxies: config.proxies.as_slice().into() };
    Ok(Some(Started { tracing, export }))
}

/// Whether these settings work with this program.
///
/// # Errors
/// As [`start`].
pub fn check(config: &config::Traces) -> anyhow::Result<()> {
    if config.endpoint.is_empty() { Ok(()) } else { export::check(config) }
}

impl Started {
    /// Sends what is left, for at most [`LAST`].
    pub async fn finish(self) {
        let Export { closing, mut task, .. } = self.export;
        closing.cancel();
        if tokio::time::timeout(LAST, &mut task).await.is_err() {
            task.abort();
            tracing::warn!(wait_s = LAST.as_secs(), "The collector did not take the last spans in time");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_collector_nothing_is_traced_and_a_program_without_traces_says_what_to_build() {
        let mut config = config::Traces::default();
        assert!(start(&config, &crate::world::real(), "test").unwrap().is_none() && check(&config).is_ok());
        config.endpoint = "http://127.0.0.1:4318".to_owned();
        let started = start(&config, &crate::world::real(), "test").map(|started| started.is_some());
        if cfg!(feature = "otel") {
            assert!(started.unwrap() && check(&config).is_ok());
        } else {
            for error in [started.unwrap_err(), check(&config).unwrap_err()] {
                assert!(format!("{error:#}").contains("--features otel"), "{error:#}");
            }
        }
    }
}
