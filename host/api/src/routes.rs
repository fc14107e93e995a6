//! All routes in one list.

mod brokers;
mod dead_letters;
mod events;
mod exhibit;
mod files;
mod invoke;
mod kept;
mod live;
mod mapping;
mod openapi;
mod problems;
mod readings;
mod samples;
mod tables;

use crate::answer;
use crate::caller::Gate;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;
use toolcrib_exhibit::Exhibit;
use toolcrib_ingest::Mapping;
use toolcrib_ingest::mqtt::Brokers;
use toolcrib_runtime::Runtime;

/// What the endpoints need.
#[derive(Clone)]
pub struct Host {
    pub runtime: Runtime,
    pub gate: Arc<dyn Gate>,
    /// What published messages mean.
    pub mapping: Arc<Mapping>,
    /// Factories' own brokers, which are subscribed to.
    pub brokers: Arc<Brokers>,
    /// What factories show others, and take over from them.
    pub exhibit: Arc<Exhibit>,
}

/// The API, without fallback and without the middleware: the server adds [`answer::identify`] around everything.
pub fn router(host: Host) -> Router {
    Router::new()
        .route("/v1/t/{tenant}/m/{module}/{operation}", get(tables::get).post(invoke::invoke))
        .route("/v1/t/{tenant}/files/{module}", post(files::keep))
        .route("/v1/t/{tenant}/files/{module}/{name}", get(files::get))
        .route("/v1/t/{tenant}/openapi.json", get(openapi::openapi))
        .route("/v1/t/{tenant}/events", get(events::events))
        .route("/v1/t/{tenant}/live", get(live::live))
        .route("/v1/t/{tenant}/readings", get(samples::samples).post(readings::post))
        .route("/v1/t/{tenant}/readings/days", get(samples::days))
        .route("/v1/t/{tenant}/readings/kept", get(kept::kept))
        .route("/v1/t/{tenant}/mapping", get(mapping::get).put(mapping::put))
        .route("/v1/t/{tenant}/mapping/try", post(mapping::try_rules))
        .route("/v1/t/{tenant}/mapping/unknown", get(mapping::unknown))
        .route("/v1/t/{tenant}/brokers", get(brokers::get).put(brokers::put))
        .route("/v1/t/{tenant}/evidence", get(exhibit::statements).post(exhibit::attest))
        .route("/v1/t/{tenant}/evidence/{sha256}", get(exhibit::envelope))
        .route("/v1/t/{tenant}/kit", get(exhibit::adoption).post(exhibit::make_kit))
        .route("/v1/t/{tenant}/kit/plan", post(exhibit::plan))
        .route("/v1/t/{tenant}/kit/adopt", post(exhibit::adopt))
        .route("/v1/t/{tenant}/dead-letters", get(dead_letters::list))
        .route("/v1/t/{tenant}/dead-letters/{letter}/replay", post(dead_letters::replay))
        .route("/problems/{code}", get(problems::remedy))
        .method_not_allowed_fallback(answer::wrong_method)
        .with_state(host)
}
