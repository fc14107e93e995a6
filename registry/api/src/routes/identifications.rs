//! Providers that a city identified: application, review, publicity, standing, disputes.

use crate::body::JsonBody;
use crate::caller::{Asker, Visitor};
use crate::failed::{Failed, at};
use crate::params::{At, Params};
use crate::present::identification as present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_catalog::Person;
use toolcrib_contract::problem::{BAD_REQUEST, NOT_SIGNED_IN, Problem};
use toolcrib_programme::identification::{self, Application, Paper, Scores, Step, View};
use toolcrib_registry_client::wire::{
    Appeal, DecideDispute, GiveScore, Identification, IdentificationKind, IdentificationState, Identifications,
    NewIdentification, Objection, TakeIdentificationStep,
};
use utoipa::IntoParams;

/// What a caller looks at.
#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// Everybody: who is on a list or in publicity.
    #[default]
    Public,
    /// Members of providers: everything of theirs.
    Own,
    /// People of an authority: everything of its city.
    City,
    /// Assessors: what they are named to score.
    Expert,
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// `public` when absent, `own`, `city` (needs `city`), `expert`.
    #[param(inline)]
    view: Which,
    city: Option<String>,
    segment: Option<String>,
    kind: Option<IdentificationKind>,
    state: Option<IdentificationState>,
    /// Slug of the provider.
    org: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most 100.
    limit: Option<i64>,
}

/// Lists of providers by city, segment and kind, with counts by state. Everybody sees who is on a list or in publicity;
/// providers see all of their own, people of a city's authority all of that city.
#[utoipa::path(get, path = "/v1/identifications", tag = "identifications", params(Filter),
    responses((status = 200, body = Identifications)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn identifications(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    Params(filter): Params<Filter>,
) -> Result<Json<Identifications>, Failed> {
    let view = view(&registry, person.as_ref(), &filter).await?;
    let filter = identification::Filter {
        city: filter.city,
        segment: filter.segment,
        kind: filter.kind.map(present::stored_kind),
        state: filter.state.map(present::stored_state),
        org: filter.org,
        after: filter.after,
        limit: filter.limit,
    };
    Ok(Json(present::listed(identification::list(registry.catalog(), &view, &filter).await?)))
}

async fn view(registry: &Registry, person: Option<&Person>, filter: &Filter) -> Result<View, Failed> {
    let person = || person.ok_or_else(|| Failed::from(NOT_SIGNED_IN.because("this view takes a signed-in person")));
    Ok(match filter.view {
        Which::Public => View::Public,
        Which::Own => View::Own(person()?.orgs.iter().map(|org| org.slug.clone()).collect()),
        Which::Expert => View::Expert(person()?.id.to_string()),
        Which::City => {
            let city = filter.city.as_deref().ok_or_else(|| BAD_REQUEST.because("`view=city` needs `city`"))?;
            let asker = Asker(person()?.clone());
            let place = asker.looks_at(registry, city, "/v1/identifications").await?;
            View::City(place.city.clone().unwrap_or_default())
        }
    })
}

/// An identification. Who is no party sees the listing only; scores are for the city.
#[utoipa::path(get, path = "/v1/identifications/{identification}", tag = "identifications",
    params(("identification" = String, Path, description = "Id")),
    responses((status = 200, body = Identification)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn identification(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At(id): At<String>,
) -> Result<Json<Identification>, Failed> {
    show(&registry, person.as_ref(), &id).await
}

async fn show(registry: &Registry, person: Option<&Person>, id: &str) -> Result<Json<Identification>, Failed> {
    let detail = identification::detail(registry.catalog(), id, person, registry.now()).await?;
    if let Some(person) = person.filter(|person| person.is_auditor(&detail.row.city)) {
        Asker(person.clone()).looks_at(registry, &detail.row.city, &format!("/v1/identifications/{id}")).await?;
    }
    Ok(Json(present::detail(detail)))
}

/// Applies for an identification. By owners of the provider.
#[utoipa::path(post, path = "/v1/identifications", tag = "identifications", request_body = NewIdentification,
    responses((status = 201, body = Identification)), security(("person" = [])))]
pub async fn identify(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(new): JsonBody<NewIdentification>,
) -> Result<(StatusCode, Json<Identification>), Failed> {
    let paper = |paper: toolcrib_registry_client::wire::QualificationPaper| Paper {
        title: paper.title,
        issuer: paper.issuer,
        number: paper.number,
        valid_until: paper.valid_until,
        digest: paper.digest,
        bytes: paper.bytes,
        media_type: paper.media_type,
    };
    let application = Application {
        org: new.org,
        city: new.city,
        segment: new.segment,
        kind: present::stored_kind(new.kind),
        statement: new.statement,
        papers: new.documents.into_iter().map(paper).collect(),
        renews: new.renews,
    };
    let (catalog, now, chance) = (registry.catalog(), registry.now(), registry.chance());
    let id = identification::apply(catalog, &application, &asker.0, now, chance).await?;
    Ok((StatusCode::CREATED, show(&registry, Some(&asker.0), &id).await?))
}

/// Takes a step: officials of the city name experts, conclude the review, publicise, publish, rate, warn, demand
/// rectification, restore, suspend, delist, refuse; owners of the provider withdraw and report. Every step is kept with who, when
/// and why.
#[utoipa::path(post, path = "/v1/identifications/{identification}/steps", tag = "identifications",
    params(("identification" = String, Path, description = "Id")), request_body = TakeIdentificationStep,
    responses((status = 200, body = Identification)), security(("person" = [])))]
pub async fn step_identification(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(taken): JsonBody<TakeIdentificationStep>,
) -> Result<Json<Identification>, Failed> {
    let reason = taken.reason.clone();
    let step = step(taken)?;
    identification::take(registry.catalog(), &id, &step, &reason, &asker.0, registry.now()).await?;
    show(&registry, Some(&asker.0), &id).await
}

/// The step with what it needs, and nothing that belongs to another one.
fn step(taken: TakeIdentificationStep) -> Result<Step, Failed> {
    let TakeIdentificationStep { act, reason: _, experts, days, months, stars, until } = taken;
    let mut errors = Vec::new();
    let mut needs = |field: &str, given: bool, of: &str| {
        if given != (act == of) {
            let message = if given { format!("only with `{of}`") } else { format!("`{of}` needs it") };
            errors.push(at(&format!("/{field}"), message));
        }
    };
    needs("experts", !experts.is_empty(), "review");
    needs("days", days.is_some(), "publicise");
    needs("months", months.is_some(), "publish");
    needs("stars", stars.is_some(), "rate");
    needs("until", until.is_some(), "demand");
    let step = match act.as_str() {
        "withdraw" => Step::Withdraw,
        "review" => Step::Review(experts),
        "conclude" => Step::Conclude,
        "refuse" => Step::Refuse,
        "publicise" => Step::Publicise { days: days.unwrap_or_default() },
        "publish" => Step::Publish { months: months.unwrap_or_default() },
        "rate" => Step::Rate { stars: stars.unwrap_or_default() },
        "warn" => Step::Warn,
        "demand" => Step::Demand { until: until.unwrap_or_default() },
        "report" => Step::Report,
        "restore" => Step::Restore,
        "suspend" => Step::Suspend,
        "delist" => Step::Delist,
        _ => {
            errors.push(at("/act", "there is no such act; the OpenAPI document lists them"));
            Step::Report
        }
    };
    if errors.is_empty() { Ok(step) } else { Err(Problem::input(errors).into()) }
}

/// Gives one's points, once. By an expert whom the city named.
#[utoipa::path(post, path = "/v1/identifications/{identification}/score", tag = "identifications",
    params(("identification" = String, Path, description = "Id")), request_body = GiveScore,
    responses((status = 200, body = Identification)), security(("person" = [])))]
pub async fn score_identification(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(given): JsonBody<GiveScore>,
) -> Result<Json<Identification>, Failed> {
    let points = given.scores;
    let scores =
        Scores { cases: points.cases, technology: points.technology, service: points.service, price: points.price };
    identification::score(registry.catalog(), &id, scores, &given.comment, &asker.0, registry.now()).await?;
    show(&registry, Some(&asker.0), &id).await
}

/// Objects to a provider while its publicity runs. By anybody who is signed in and does not belong to it; one person
/// three times, a hundred objections in all.
#[utoipa::path(post, path = "/v1/identifications/{identification}/objections", operation_id = "object_to_identification", tag = "identifications",
    params(("identification" = String, Path, description = "Id")), request_body = Objection,
    responses((status = 204, description = "The city will decide on it")), security(("person" = [])))]
pub async fn object_to_identification(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(Objection { text }): JsonBody<Objection>,
) -> Result<StatusCode, Failed> {
    identification::object(registry.catalog(), &id, &text, &asker.0, registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Decides on an objection. By officials of the city; an objection that is right forbids the publication.
#[utoipa::path(post, path = "/v1/identifications/{identification}/objections/{number}/decision", tag = "identifications",
    params(("identification" = String, Path, description = "Id"), ("number" = i64, Path, description = "Number")),
    request_body = DecideDispute, responses((status = 200, body = Identification)), security(("person" = [])))]
pub async fn decide_objection(
    State(registry): State<Registry>,
    asker: Asker,
    At((id, number)): At<(String, i64)>,
    JsonBody(DecideDispute { upheld, reason }): JsonBody<DecideDispute>,
) -> Result<Json<Identification>, Failed> {
    let decision = (upheld, reason.as_str());
    identification::decide_objection(registry.catalog(), &id, number, decision, &asker.0, registry.now()).await?;
    show(&registry, Some(&asker.0), &id).await
}

/// Appeals against the newest step. By owners of the provider, within 15 days.
#[utoipa::path(post, path = "/v1/identifications/{identification}/appeals", tag = "identifications",
    params(("identification" = String, Path, description = "Id")), request_body = Appeal,
    responses((status = 200, body = Identification)), security(("person" = [])))]
pub async fn appeal(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(Appeal { against, text }): JsonBody<Appeal>,
) -> Result<Json<Identification>, Failed> {
    identification::appeal(registry.catalog(), &id, against, &text, &asker.0, registry.now()).await?;
    show(&registry, Some(&asker.0), &id).await
}

/// Decides on an appeal. By an official of the city who did not take the step; an appeal that is right restores the
/// provider, or opens its application again.
#[utoipa::path(post, path = "/v1/identifications/{identification}/appeals/{number}/decision", tag = "identifications",
    params(("identification" = String, Path, description = "Id"), ("number" = i64, Path, description = "Number")),
    request_body = DecideDispute, responses((status = 200, body = Identification)), security(("person" = [])))]
pub async fn decide_appeal(
    State(registry): State<Registry>,
    asker: Asker,
    At((id, number)): At<(String, i64)>,
    JsonBody(DecideDispute { upheld, reason }): JsonBody<DecideDispute>,
) -> Result<Json<Identification>, Failed> {
    let decision = (upheld, reason.as_str());
    identification::decide_appeal(registry.catalog(), &id, number, decision, &asker.0, registry.now()).await?;
    show(&registry, Some(&asker.0), &id).await
}
