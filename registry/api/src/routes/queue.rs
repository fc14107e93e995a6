//! The reviewers' queue: what waits, who takes it, how it differs from what was approved before.

use crate::body::JsonBody;
use crate::caller::Asker;
use crate::diff;
use crate::failed::{Failed, at};
use crate::params::{At, Params};
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_catalog::{CatalogError, Claimed, PersonId, QueueCounts, QueueFilter, SubmissionId};
use toolcrib_contract::problem::{BAD_REQUEST, NOT_ALLOWED, Problem};
use toolcrib_registry_client::wire::{self, Claim, Diff, Queue, Submission, SubmissionState};
use utoipa::IntoParams;

/// Who decides.
pub const REVIEWERS: &[&str] = &["admin", "reviewer"];
/// Who reads.
pub const MARKETPLACE: &[&str] = &["admin", "reviewer", "auditor"];

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// In review when absent.
    state: Option<SubmissionState>,
    module: Option<String>,
    /// Slug of the provider.
    org: Option<String>,
    /// `me`, `nobody`, or the id of a reviewer.
    claimed: Option<String>,
    /// Only what is past its due time.
    overdue: bool,
    /// `next` of the page before.
    after: Option<String>,
    /// At most 100.
    limit: Option<i64>,
}

/// What waits for the marketplace, the longest first. For its people.
#[utoipa::path(get, path = "/v1/review/queue", tag = "review", params(Filter), responses((status = 200, body = Queue)), security(("person" = [])))]
pub async fn queue(
    State(registry): State<Registry>,
    asker: Asker,
    Params(filter): Params<Filter>,
) -> Result<Json<Queue>, Failed> {
    asker.needs_marketplace(MARKETPLACE)?;
    let claimed = match filter.claimed.as_deref() {
        None => None,
        Some("nobody") => Some(Claimed::Nobody),
        Some("me") => Some(Claimed::By(asker.id().clone())),
        Some(id) => Some(Claimed::By(PersonId::parse(id).ok_or_else(|| BAD_REQUEST.because("`claimed` is no id"))?)),
    };
    let filter = QueueFilter {
        state: filter.state.map(present::stored_state),
        module: filter.module,
        org: filter.org,
        claimed,
        overdue: filter.overdue,
        after: filter.after.as_deref().map(cursor).transpose()?,
        limit: filter.limit,
    };
    let now = registry.now();
    let (entries, next) = registry.catalog().queue(&filter, now).await?;
    let entries = entries.into_iter().map(|entry| present::queue_entry(entry, now)).collect();
    let QueueCounts { all, free, mine, overdue } = registry.catalog().queue_counts(asker.id(), now).await?;
    let counts = wire::QueueCounts { all, free, mine, overdue };
    Ok(Json(Queue { entries, counts, next: next.map(|(us, id)| format!("{us}.{id}")) }))
}

fn cursor(text: &str) -> Result<(i64, String), Failed> {
    let read = text.split_once('.').and_then(|(us, id)| Some((us.parse().ok()?, id.to_owned())));
    read.ok_or_else(|| BAD_REQUEST.because("`after` is no cursor of this list").into())
}

/// Takes a submission in review for oneself, or assigns it: only administrators assign others. A claim lapses after 24 hours.
#[utoipa::path(post, path = "/v1/submissions/{submission}/claim", tag = "review", params(("submission" = String, Path, description = "Id")),
    request_body = Claim, responses((status = 200, body = Submission)), security(("person" = [])))]
pub async fn claim(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(claim): JsonBody<Claim>,
) -> Result<Json<Submission>, Failed> {
    let id = visible(&registry, &asker, &id).await?;
    asker.needs_marketplace(REVIEWERS)?;
    let reviewer = match &claim.person {
        None => asker.id().clone(),
        Some(person) => PersonId::parse(person)
            .ok_or_else(|| Failed::from(Problem::input(vec![at("/person", "the id of a reviewer")])))?,
    };
    if reviewer != *asker.id() && !asker.is_marketplace_admin() {
        return Err(NOT_ALLOWED.because("only administrators assign others").into());
    }
    registry.catalog().claim(&id, &reviewer, asker.id(), registry.now()).await?;
    Ok(Json(present::submission(registry.catalog().submission(&asker.viewer(), &id).await?)))
}

/// Gives a submission back to the queue; administrators also another person's.
#[utoipa::path(delete, path = "/v1/submissions/{submission}/claim", tag = "review", params(("submission" = String, Path, description = "Id")),
    responses((status = 204, description = "Free")), security(("person" = [])))]
pub async fn release(State(registry): State<Registry>, asker: Asker, At(id): At<String>) -> Result<StatusCode, Failed> {
    let id = visible(&registry, &asker, &id).await?;
    asker.needs_marketplace(REVIEWERS)?;
    registry.catalog().release(&id, asker.is_marketplace_admin(), asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a version differs from the last approved one: capabilities, imports, schemas, texts.
#[utoipa::path(get, path = "/v1/submissions/{submission}/diff", tag = "review", params(("submission" = String, Path, description = "Id")),
    responses((status = 200, body = Diff)), security(("person" = [])))]
pub async fn compare(State(registry): State<Registry>, asker: Asker, At(id): At<String>) -> Result<Json<Diff>, Failed> {
    let id = visible(&registry, &asker, &id).await?;
    let compared = registry.catalog().compared(&id).await?;
    let before = match &compared.before {
        Some(before) => registry.catalog().component(&before.digest).await?,
        None => None,
    };
    let after = registry.catalog().component(&compared.after.digest).await?;
    let imports = |bytes: Option<Vec<u8>>| bytes.map(|bytes| toolcrib_vetting::imports(&bytes)).unwrap_or_default();
    let told = registry.describes().run(move || diff::diff(&compared, &imports(before), &imports(after)));
    Ok(Json(told.await?))
}

/// The submission's id, when the person may see it at all.
pub async fn visible(registry: &Registry, asker: &Asker, id: &str) -> Result<SubmissionId, Failed> {
    let id = SubmissionId::parse(id).ok_or(CatalogError::NotFound("submission"))?;
    registry.catalog().submission(&asker.viewer(), &id).await?;
    Ok(id)
}
