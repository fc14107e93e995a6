//! `/healthz`, `/readyz`, `/metrics`.

use crate::sync::Withdrawals;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_util::sync::CancellationToken;
use toolcrib_runtime::Runtime;

/// What the probes look at.
#[derive(Clone)]
pub struct Health {
    pub metrics: PrometheusHandle,
    /// None where no modules run.
    pub runtime: Option<Runtime>,
    /// None where no modules run.
    pub withdrawals: Option<Arc<Withdrawals>>,
    /// Entitlements are in force.
    pub ready: Arc<AtomicBool>,
    /// Cancelled once the server is being stopped.
    pub stopping: CancellationToken,
}

/// The probes' routes.
pub fn router(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(health)
}

/// Alive. A second line says how old the list of withdrawn versions is: a stale one stops nothing that runs.
async fn healthz(State(health): State<Health>) -> String {
    let list = health.withdrawals.map(|withdrawals| format!("{}\n", withdrawals.health()));
    format!("ok\n{}", list.unwrap_or_default())
}

/// A proxy looks away from a host that says no. One whose database does not answer is of no use either: another host may
/// still reach it.
async fn readyz(State(health): State<Health>) -> Response {
    let no = |why: &'static str| (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    if !health.ready.load(Ordering::Acquire) || health.stopping.is_cancelled() {
        no("starting or stopping\n")
    } else if !health.runtime.as_ref().is_none_or(Runtime::store_answers) {
        no("the database does not answer\n")
    } else {
        "ready\n".into_response()
    }
}

async fn metrics(State(health): State<Health>) -> String {
    if let Some(runtime) = &health.runtime {
        metrics::gauge!("toolcrib_live_instances").set(runtime.pool_metrics().core_instances as f64);
        metrics::gauge!("toolcrib_tenants").set(runtime.tenant_ids().len() as f64);
    }
    if let Some(withdrawals) = &health.withdrawals {
        metrics::gauge!("toolcrib_revocations_stale").set(f64::from(u8::from(withdrawals.is_stale())));
    }
    health.metrics.render()
}
