//! What `serve`, `registry` and `demo` share: one listener, the routes of what runs, and an orderly end.

use crate::config::{Config, Drain};
use crate::health::{self, Health};
use crate::host::{Host, Running, Upstream};
use crate::http::{Bound, around_traced};
use crate::marketplace::{self, Marketplace};
use crate::metrics;
use crate::traces::Started;
use anyhow::Context;
use axum::{Extension, Router};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toolcrib_api::answer;
use toolcrib_console::Console;
use toolcrib_registry_api::Https;

/// Time for background tasks to notice that they should end.
const TASKS: Duration = Duration::from_secs(5);

/// A server that answers.
pub struct Server {
    stopping: CancellationToken,
    tasks: TaskTracker,
    serving: JoinHandle<()>,
    host: Option<Running>,
    marketplace: Option<marketplace::Running>,
    traces: Option<Started>,
}

impl Server {
    /// Begins to answer on `bound`, until `stopping`.
    ///
    /// # Errors
    /// A route that two parts claim is a bug and panics; nothing else fails here but the console's client.
    pub fn start(
        bound: Bound,
        config: &Config,
        marketplace: Option<Marketplace>,
        host: Option<(Host, Upstream)>,
        traces: Option<Started>,
        stopping: CancellationToken,
    ) -> anyhow::Result<Self> {
        let tasks = TaskTracker::new();
        let mut health = Health {
            metrics: metrics::start(stopping.clone()),
            runtime: None,
            withdrawals: None,
            ready: Arc::new(AtomicBool::new(true)),
            stopping: stopping.clone(),
        };
        let mut routes = Router::new();
        let mut running = None;
        // The console answers what is nobody's address: browsers with a page, programs with a problem.
        if host.is_none() {
            routes = routes.fallback(answer::absent);
        }
        let tracing = traces.as_ref().map(|traces| traces.tracing.clone());
        if let Some((host, upstream)) = host {
            if let Some(tracing) = &tracing {
                host.runtime.trace_to(tracing.traces.clone());
            }
            health.runtime = Some(host.runtime.clone());
            health.ready = host.ready.clone();
            health.withdrawals = Some(host.withdrawals.clone());
            routes = routes.merge(host.routes()).merge(console(config, &host, &upstream));
            running = Some(host.follow(upstream.client, &tasks, &stopping));
        }
        let mut marketplace_running = None;
        if let Some(marketplace) = marketplace {
            routes = routes.merge(marketplace.routes(&stopping).layer(Extension(Https(config.https))));
            marketplace_running = Some(marketplace.work(&tasks, &stopping));
        }
        let routes = routes.merge(health::router(health)).method_not_allowed_fallback(answer::wrong_method);
        let routes = around_traced(routes, stopping.clone(), tracing);
        let Drain { announce_s, finish_s } = config.drain;
        let serving = tokio::spawn(bound.serve(routes, Drain { announce_s, finish_s }, stopping.clone()));
        Ok(Self { stopping, tasks, serving, host: running, marketplace: marketplace_running, traces })
    }

    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Background tasks, which end when the server stops.
    pub fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Waits for the stop, finishes what is in flight, closes every file.
    ///
    /// # Errors
    /// The listener panicked.
    pub async fn finish(self) -> anyhow::Result<()> {
        let served = self.serving.await.context("the listener panicked");
        // Also then everything else must end.
        self.stopping.cancel();
        self.tasks.close();
        if tokio::time::timeout(TASKS, self.tasks.wait()).await.is_err() {
            tracing::warn!("Background tasks did not end in time");
        }
        if let Some(host) = self.host {
            host.stop().await;
        }
        if let Some(marketplace) = self.marketplace {
            marketplace.stop().await;
        }
        // After everything that makes spans.
        if let Some(traces) = self.traces {
            traces.finish().await;
        }
        tracing::info!("Stopped");
        served
    }
}

fn console(config: &Config, host: &Host, upstream: &Upstream) -> Router {
    let (world, withdrawals) = (host.world.clone(), host.withdrawals.clone());
    toolcrib_console::router(Console {
        runtime: host.runtime.clone(),
        mapping: host.mapping.clone(),
        brokers: host.brokers.clone(),
        exhibit: host.exhibit.clone(),
        floor: host.floor.clone(),
        gate: host.keyring.clone(),
        registry: upstream.client.clone(),
        clock: world.clock,
        chance: world.chance,
        https: config.https,
        list_is_stale: Arc::new(move || withdrawals.is_stale()),
        gallery: config.console.gallery,
    })
}
