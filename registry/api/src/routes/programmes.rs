//! Programmes of cities: making and reading them, their rules, who takes part, what is shown to everybody.

use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Reading, Visitor};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::programme::{programme_id, project_id, read, show};
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_contract::problem::{BAD_REQUEST, NOT_ALLOWED};
use toolcrib_programme::{PROJECTS_PAGE, PROJECTS_PAGE_MAX, ProgrammeId, ProjectFilter};
use toolcrib_registry_client::wire::{
    AskForecast, Coverage, Enrol, Forecast, NewClawBack, NewProgramme, NewRules, NewService, Programme, ProgrammeRow,
    Project, ProjectPage, ProjectState, PublicAward, Recover, Rules, Service, StateCount,
};
use utoipa::IntoParams;

/// The authority of a programme that somebody is an official of.
async fn official(registry: &Registry, asker: &Asker, id: &ProgrammeId) -> Result<(), Failed> {
    let authority = registry.programmes().authority_of(id).await?;
    asker.needs_official(&authority).map(drop)
}

/// Makes a programme with its first rules, and books its budget. By officials of the authority.
#[utoipa::path(post, path = "/v1/programmes", tag = "programmes", request_body = NewProgramme,
    responses((status = 201, body = Programme)), security(("person" = [])))]
pub async fn new_programme(
    State(registry): State<Registry>,
    asker: Asker,
    JsonBody(new): JsonBody<NewProgramme>,
) -> Result<(StatusCode, Json<Programme>), Failed> {
    asker.needs_official(&new.authority)?;
    let new = read::new_programme(new)?;
    let programmes = registry.programmes();
    let id = programmes.add(&new, asker.id(), registry.now(), registry.chance()).await?;
    Ok((StatusCode::CREATED, Json(show::programme(programmes.programme(&id).await?, true))))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct WhichProgrammes {
    /// Slug.
    authority: Option<String>,
    /// Id of the last programme of the page before.
    after: Option<String>,
}

/// Programmes, newest first, at most 100.
#[utoipa::path(get, path = "/v1/programmes", tag = "programmes", params(WhichProgrammes),
    responses((status = 200, body = Vec<ProgrammeRow>)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn programmes(
    State(registry): State<Registry>,
    _: Visitor,
    Params(which): Params<WhichProgrammes>,
) -> Result<Json<Vec<ProgrammeRow>>, Failed> {
    let after = which.after.as_deref().map(programme_id).transpose()?;
    let rows = registry.programmes().programmes(which.authority.as_deref(), after.as_ref()).await?;
    Ok(Json(rows.into_iter().map(show::programme_row).collect()))
}

/// A programme with the rules in force. How its money stands is told to its authority.
#[utoipa::path(get, path = "/v1/programmes/{programme}", tag = "programmes",
    params(("programme" = String, Path, description = "Id")),
    responses((status = 200, body = Programme)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn programme(
    State(registry): State<Registry>,
    Visitor(person): Visitor,
    At(id): At<String>,
) -> Result<Json<Programme>, Failed> {
    let found = registry.programmes().programme(&programme_id(&id)?).await?;
    let belongs = person.is_some_and(|person| person.authority(&found.row.authority).is_some());
    Ok(Json(show::programme(found, belongs)))
}

/// Every version of a programme's rules, the newest first.
#[utoipa::path(get, path = "/v1/programmes/{programme}/rules", tag = "programmes",
    params(("programme" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<Rules>)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn rules(
    State(registry): State<Registry>,
    _: Visitor,
    At(id): At<String>,
) -> Result<Json<Vec<Rules>>, Failed> {
    let id = programme_id(&id)?;
    registry.programmes().authority_of(&id).await?;
    let versions = registry.programmes().versions(&id).await?;
    Ok(Json(versions.into_iter().map(show::rules).collect()))
}

/// The next version of the rules. What is filed keeps its own. By officials.
#[utoipa::path(post, path = "/v1/programmes/{programme}/rules", tag = "programmes",
    params(("programme" = String, Path, description = "Id")), request_body = NewRules,
    responses((status = 201, body = Rules)), security(("person" = [])))]
pub async fn new_rules(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(rules): JsonBody<NewRules>,
) -> Result<(StatusCode, Json<Rules>), Failed> {
    let id = programme_id(&id)?;
    official(&registry, &asker, &id).await?;
    let programmes = registry.programmes();
    programmes.add_rules(&id, &read::rules("", rules)?, asker.id(), registry.now()).await?;
    Ok((StatusCode::CREATED, Json(show::rules(programmes.programme(&id).await?.rules))))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct WhichProjects {
    state: Option<ProjectState>,
    /// Code.
    segment: Option<String>,
    district: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// 1 to 200; 50 when absent.
    limit: Option<i64>,
}

/// A programme's projects, newest first, and how many are in each state. For its officials, assessors and auditors.
#[utoipa::path(get, path = "/v1/programmes/{programme}/projects", tag = "programmes",
    params(("programme" = String, Path, description = "Id"), WhichProjects),
    responses((status = 200, body = ProjectPage)), security(("person" = []), ("token" = ["read"])))]
pub async fn projects(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
    Params(which): Params<WhichProjects>,
) -> Result<Json<ProjectPage>, Failed> {
    let id = watched(&registry, &asker, &id, "projects").await?;
    let limit = which.limit.unwrap_or(PROJECTS_PAGE);
    if !(1..=PROJECTS_PAGE_MAX).contains(&limit) {
        return Err(BAD_REQUEST.because(format!("`limit` is 1 to {PROJECTS_PAGE_MAX}")).into());
    }
    let filter = ProjectFilter {
        state: which.state.map(read::state),
        segment: which.segment,
        district: which.district,
        after: which.after.as_deref().map(project_id).transpose()?,
        limit: Some(limit),
    };
    let programmes = registry.programmes();
    let rows = programmes.projects(&id, &filter).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == limit);
    let next = rows.last().filter(|_| full).map(|row| row.id.to_string());
    let counts = programmes.counts(&id).await?;
    let counts = counts.into_iter().map(|(state, projects)| StateCount { state: show::state(state), projects });
    let projects = rows.into_iter().map(show::project_row).collect();
    Ok(Json(ProjectPage { projects, counts: counts.collect(), next }))
}

/// The id of a programme whose inner workings somebody of its authority looks at; of an auditor's look a line is kept.
pub async fn watched(registry: &Registry, asker: &Asker, id: &str, what: &str) -> Result<ProgrammeId, Failed> {
    let id = programme_id(id)?;
    let authority = registry.programmes().authority_of(&id).await?;
    asker.looks_at(registry, &authority, &format!("/v1/programmes/{id}/{what}")).await?;
    Ok(id)
}

/// Firms by segment and district, and how far they are. For the authority.
#[utoipa::path(get, path = "/v1/programmes/{programme}/coverage", tag = "programmes",
    params(("programme" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<Coverage>)), security(("person" = []), ("token" = ["read"])))]
pub async fn coverage(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
) -> Result<Json<Vec<Coverage>>, Failed> {
    let id = watched(&registry, &asker, &id, "coverage").await?;
    Ok(Json(registry.programmes().coverage(&id).await?.into_iter().map(show::coverage).collect()))
}

/// A firm enrols. By its own people, or by officials for a firm that has no organisation here.
#[utoipa::path(post, path = "/v1/programmes/{programme}/projects", tag = "programmes",
    params(("programme" = String, Path, description = "Id")), request_body = Enrol,
    responses((status = 201, body = Project)), security(("person" = [])))]
pub async fn enrol(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(enrol): JsonBody<Enrol>,
) -> Result<(StatusCode, Json<Project>), Failed> {
    let id = programme_id(&id)?;
    let programmes = registry.programmes();
    let authority = programmes.authority_of(&id).await?;
    let own = enrol.firm.org.as_deref().is_some_and(|org| asker.0.org_role(org).is_some());
    if !own && !asker.0.is_official(&authority) {
        let detail = "a firm enrols itself, under its own organisation; officials enrol those that have none here";
        return Err(NOT_ALLOWED.because(detail).into());
    }
    let firm = read::firm(enrol.firm)?;
    let project = programmes.enrol(&id, &firm, enrol.pledge, asker.id(), registry.now(), registry.chance()).await?;
    let seen = asker.sees_project(&registry, &project).await?;
    Ok((StatusCode::CREATED, Json(show::project(programmes.project(&project).await?, &seen))))
}

/// Awards that everybody may object to now, at most 200.
#[utoipa::path(get, path = "/v1/programmes/{programme}/publicity", tag = "programmes",
    params(("programme" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<PublicAward>)), security((), ("person" = []), ("token" = ["read"])))]
pub async fn publicity(
    State(registry): State<Registry>,
    _: Visitor,
    At(id): At<String>,
) -> Result<Json<Vec<PublicAward>>, Failed> {
    let id = programme_id(&id)?;
    registry.programmes().authority_of(&id).await?;
    Ok(Json(registry.programmes().publicity(&id).await?.into_iter().map(show::public_award).collect()))
}

/// What a firm can expect of a programme, line by line, under the rules in force. Nothing is kept or reserved.
#[utoipa::path(post, path = "/v1/programmes/{programme}/forecasts", tag = "programmes",
    params(("programme" = String, Path, description = "Id")), request_body = AskForecast,
    responses((status = 200, body = Forecast)), security(("person" = []), ("token" = ["read"])))]
pub async fn forecast(
    State(registry): State<Registry>,
    _: Acting<Reading>,
    At(id): At<String>,
    JsonBody(ask): JsonBody<AskForecast>,
) -> Result<Json<Forecast>, Failed> {
    let id = programme_id(&id)?;
    let line = |(at, line): (usize, &toolcrib_registry_client::wire::IntendedLine)| {
        Ok((read::category(line.category), read::fen(&format!("/lines/{at}/amount_fen"), line.amount_fen)?))
    };
    let lines = ask.lines.iter().enumerate().map(line).collect::<Result<_, Failed>>()?;
    let intent = toolcrib_programme::Intent { track: ask.track, batch: ask.batch, level: ask.level, lines };
    Ok(Json(show::forecast(registry.programmes().forecast(&id, &intent, registry.now()).await?)))
}

/// Money for public services, chains and platforms. For the authority.
#[utoipa::path(get, path = "/v1/programmes/{programme}/services", tag = "programmes",
    params(("programme" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<Service>)), security(("person" = []), ("token" = ["read"])))]
pub async fn services(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(id): At<String>,
) -> Result<Json<Vec<Service>>, Failed> {
    let id = watched(&registry, &asker, &id, "services").await?;
    Ok(Json(registry.programmes().services(&id).await?.into_iter().map(show::service).collect()))
}

/// Awards money to a service. By officials.
#[utoipa::path(post, path = "/v1/programmes/{programme}/services", tag = "programmes",
    params(("programme" = String, Path, description = "Id")), request_body = NewService,
    responses((status = 201, body = Service)), security(("person" = [])))]
pub async fn new_service(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(new): JsonBody<NewService>,
) -> Result<(StatusCode, Json<Service>), Failed> {
    let id = programme_id(&id)?;
    official(&registry, &asker, &id).await?;
    let new = toolcrib_programme::NewService {
        recipient_uscc: read::uscc("/recipient_uscc", &new.recipient_uscc)?,
        recipient: new.recipient,
        purpose: new.purpose,
        document: new.document,
        amount: read::fen("/amount_fen", new.amount_fen)?,
    };
    let number = registry.programmes().add_service(&id, &new, asker.id(), registry.now()).await?;
    Ok((StatusCode::CREATED, one_service(&registry, &id, number).await?))
}

/// An award to a service is paid, once enough was paid to firms. By officials.
#[utoipa::path(post, path = "/v1/programmes/{programme}/services/{number}", tag = "programmes",
    params(("programme" = String, Path, description = "Id"), ("number" = i64, Path, description = "Number")),
    request_body = Recover, responses((status = 200, body = Service)), security(("person" = [])))]
pub async fn pay_service(
    State(registry): State<Registry>,
    asker: Asker,
    At((id, number)): At<(String, i64)>,
    JsonBody(paid): JsonBody<Recover>,
) -> Result<Json<Service>, Failed> {
    let id = programme_id(&id)?;
    official(&registry, &asker, &id).await?;
    let transfer = read::transfer(&paid.paid_on, paid.bank_slip_sha256)?;
    registry.programmes().pay_service(&id, number, &transfer, asker.id(), registry.now()).await?;
    one_service(&registry, &id, number).await
}

/// Demands back what a service was paid, or a part of it. By officials.
#[utoipa::path(post, path = "/v1/programmes/{programme}/services/{number}/claw-backs", tag = "programmes",
    params(("programme" = String, Path, description = "Id"), ("number" = i64, Path, description = "Number")),
    request_body = NewClawBack, responses((status = 200, body = Service)), security(("person" = [])))]
pub async fn claw_back_service(
    State(registry): State<Registry>,
    asker: Asker,
    At((id, number)): At<(String, i64)>,
    JsonBody(new): JsonBody<NewClawBack>,
) -> Result<Json<Service>, Failed> {
    let id = programme_id(&id)?;
    official(&registry, &asker, &id).await?;
    let demand = toolcrib_programme::Demand {
        amount: read::fen("/amount_fen", new.amount_fen)?,
        document: new.document,
        why: new.why,
    };
    registry.programmes().claw_back_service(&id, number, &demand, asker.id(), registry.now()).await?;
    one_service(&registry, &id, number).await
}

/// What was demanded back from a service has come. By officials.
#[utoipa::path(post, path = "/v1/programmes/{programme}/services/{number}/claw-backs/{demand}", tag = "programmes",
    params(("programme" = String, Path, description = "Id"), ("number" = i64, Path, description = "Of the service"),
        ("demand" = i64, Path, description = "Of the demand")),
    request_body = Recover, responses((status = 200, body = Service)), security(("person" = [])))]
pub async fn recover_service(
    State(registry): State<Registry>,
    asker: Asker,
    At((id, number, demand)): At<(String, i64, i64)>,
    JsonBody(paid): JsonBody<Recover>,
) -> Result<Json<Service>, Failed> {
    let id = programme_id(&id)?;
    official(&registry, &asker, &id).await?;
    let transfer = read::transfer(&paid.paid_on, paid.bank_slip_sha256)?;
    let which = (number, demand);
    registry.programmes().recover_service(&id, which, &transfer, asker.id(), registry.now()).await?;
    one_service(&registry, &id, number).await
}

async fn one_service(registry: &Registry, id: &ProgrammeId, number: i64) -> Result<Json<Service>, Failed> {
    let services = registry.programmes().services(id).await?;
    let found = services.into_iter().find(|service| service.number == number);
    found.map(|service| Json(show::service(service))).ok_or(toolcrib_catalog::CatalogError::NotFound("service").into())
}
