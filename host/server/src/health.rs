//! `/healthz`, `/readyz`, `/metrics`.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use toolcrib_runtime::Runtime;

/// What the probes look at.
#[derive(Clone)]
pub struct Health {
    pub metrics: PrometheusHandle,
    pub runtime: Runtime,
    /// Entitlements are in force and nothing is being stopped.
    pub ready: Arc<AtomicBool>,
}

/// The probes' routes.
pub fn router(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(health)
}

async fn readyz(State(health): State<Health>) -> Response {
    if health.ready.load(Ordering::Acquire) {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "starting or stopping\n").into_response()
    }
}

async fn metrics(State(health): State<Health>) -> String {
    let pool = health.runtime.pool_metrics();
    metrics::gauge!("toolcrib_live_instances").set(pool.core_instances as f64);
    metrics::gauge!("toolcrib_tenants").set(health.runtime.tenant_ids().len() as f64);
    health.metrics.render()
}
