//! Projects of firms: reading them, and every step from diagnosis to review. Each answers with the whole file.

use crate::body::JsonBody;
use crate::caller::{Acting, Asker, Reading};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::programme::{party, project_id, read, show};
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use toolcrib_programme::{Act, Measurement, PROJECTS_PAGE, ProjectId};
use toolcrib_registry_client::wire::{
    Accept, AnswerObjection, AssessmentsMade, FileProject, NewAssessment, NewClawBack, NewInvoice, NewPayment,
    NewRefund, Object, PayTranche, Project, ProjectPage, Recover, TakeStep,
};
use utoipa::IntoParams;

type Answer = Result<Json<Project>, Failed>;

async fn whole(registry: &Registry, asker: &Asker, id: &ProjectId) -> Answer {
    let seen = asker.sees_project(registry, id).await?;
    Ok(Json(show::project(registry.programmes().project(id).await?, &seen)))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Mine {
    /// `next` of the page before.
    after: Option<String>,
}

/// Projects of the caller's firms and providers, newest first, at most 50.
#[utoipa::path(get, path = "/v1/projects", tag = "projects", params(Mine),
    responses((status = 200, body = ProjectPage)), security(("person" = []), ("token" = ["read"])))]
pub async fn my_projects(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    Params(mine): Params<Mine>,
) -> Result<Json<ProjectPage>, Failed> {
    let after = mine.after.as_deref().map(project_id).transpose()?;
    let rows = registry.programmes().my_projects(asker.id(), after.as_ref()).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == PROJECTS_PAGE);
    let next = rows.last().filter(|_| full).map(|row| row.id.to_string());
    let projects = rows.into_iter().map(show::project_row).collect();
    Ok(Json(ProjectPage { projects, counts: Vec::new(), next }))
}

/// What the caller measured on site, newest first, at most 50. Firms' own assessments stand in their projects.
#[utoipa::path(get, path = "/v1/assessments", tag = "projects", params(Mine),
    responses((status = 200, body = AssessmentsMade)), security(("person" = []), ("token" = ["read"])))]
pub async fn my_assessments(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    Params(mine): Params<Mine>,
) -> Result<Json<AssessmentsMade>, Failed> {
    let rows = registry.programmes().measured_by(asker.id(), mine.after.as_deref()).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == PROJECTS_PAGE);
    let next = rows.last().filter(|_| full).map(Measurement::position);
    Ok(Json(AssessmentsMade { rows: rows.into_iter().map(show::measurement).collect(), next }))
}

/// The whole file, for its firm, its providers and its authority.
#[utoipa::path(get, path = "/v1/projects/{project}", tag = "projects",
    params(("project" = String, Path, description = "Id")),
    responses((status = 200, body = Project)), security(("person" = []), ("token" = ["read"])))]
pub async fn project(State(registry): State<Registry>, asker: Acting<Reading>, At(id): At<String>) -> Answer {
    whole(&registry, &asker, &project_id(&id)?).await
}

/// A step that needs nothing but its reason.
#[utoipa::path(post, path = "/v1/projects/{project}/steps", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = TakeStep,
    responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn take_step(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(step): JsonBody<TakeStep>,
) -> Answer {
    let (id, act) = (project_id(&id)?, read::act(step.act));
    party(&registry, &asker, &id, act).await?;
    registry.programmes().simple(&id, act, &step.why, asker.id(), registry.now()).await?;
    whole(&registry, &asker, &id).await
}

/// Files contracts and plan under the rules in force, and reserves what they can come to. By the firm, or an official.
#[utoipa::path(post, path = "/v1/projects/{project}/filing", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = FileProject,
    responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn file_project(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(filing): JsonBody<FileProject>,
) -> Answer {
    let id = project_id(&id)?;
    party(&registry, &asker, &id, Act::File).await?;
    registry.programmes().file(&id, &read::filing(filing)?, asker.id(), registry.now()).await?;
    whole(&registry, &asker, &id).await
}

/// Keeps an assessment: the firm's own, or an assessor's on site.
#[utoipa::path(post, path = "/v1/projects/{project}/assessments", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = NewAssessment,
    responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn new_assessment(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(new): JsonBody<NewAssessment>,
) -> Answer {
    let (id, kind) = (project_id(&id)?, read::kind(new.kind));
    party(&registry, &asker, &id, kind.act()).await?;
    let (measured, snapshot, now) = (read::measured(&new), &new.snapshot_sha256, registry.now());
    registry.programmes().assess(&id, kind, &measured, snapshot, &asker.0, now).await?;
    whole(&registry, &asker, &id).await
}

/// Presents an invoice, matched to lines of the filed contracts. By the firm, or an official.
#[utoipa::path(post, path = "/v1/projects/{project}/invoices", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = NewInvoice,
    responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn new_invoice(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(new): JsonBody<NewInvoice>,
) -> Answer {
    let id = project_id(&id)?;
    party(&registry, &asker, &id, Act::Invoice).await?;
    let invoice = read::invoice(new)?;
    registry.programmes().add_invoice(&id, &invoice, asker.id(), registry.now(), registry.chance()).await?;
    whole(&registry, &asker, &id).await
}

/// Presents a payment from the firm to the seller, matched to lines of an invoice. By the firm, or an official.
#[utoipa::path(post, path = "/v1/projects/{project}/payments", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = NewPayment,
    responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn new_payment(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(new): JsonBody<NewPayment>,
) -> Answer {
    let id = project_id(&id)?;
    party(&registry, &asker, &id, Act::Pay).await?;
    let payment = read::payment(new)?;
    registry.programmes().add_payment(&id, &payment, asker.id(), registry.now(), registry.chance()).await?;
    whole(&registry, &asker, &id).await
}

/// Notes that a provider paid a line back: nothing is paid for it any more. By officials.
#[utoipa::path(post, path = "/v1/projects/{project}/refunds", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = NewRefund,
    responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn new_refund(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(new): JsonBody<NewRefund>,
) -> Answer {
    let id = project_id(&id)?;
    party(&registry, &asker, &id, Act::Refund).await?;
    let NewRefund { contract, line, why } = new;
    registry.programmes().add_refund(&id, &contract, line, &why, asker.id(), registry.now()).await?;
    whole(&registry, &asker, &id).await
}

/// The experts' verdict. Accepted, the award is computed by the pinned rules and booked. By officials.
#[utoipa::path(post, path = "/v1/projects/{project}/acceptance", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = Accept,
    responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn accept(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(accept): JsonBody<Accept>,
) -> Answer {
    let id = project_id(&id)?;
    let act = if accept.accepted { Act::Accept } else { Act::Reject };
    party(&registry, &asker, &id, act).await?;
    registry.programmes().accept(&id, &read::verdict(accept), &asker.0, registry.now()).await?;
    whole(&registry, &asker, &id).await
}

/// Objects to an award that is shown in public. By anybody who is signed in; who it was is told to the authority only.
#[utoipa::path(post, path = "/v1/projects/{project}/objections", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = Object,
    responses((status = 204, description = "The authority will answer it")), security(("person" = [])))]
pub async fn object(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(object): JsonBody<Object>,
) -> Result<StatusCode, Failed> {
    let id = project_id(&id)?;
    registry.programmes().object(&id, &object.text, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answers an objection; upheld, the award falls. By officials.
#[utoipa::path(post, path = "/v1/projects/{project}/objections/{number}", tag = "projects",
    params(("project" = String, Path, description = "Id"), ("number" = i64, Path, description = "Number")),
    request_body = AnswerObjection, responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn answer_objection(
    State(registry): State<Registry>,
    asker: Asker,
    At((id, number)): At<(String, i64)>,
    JsonBody(answer): JsonBody<AnswerObjection>,
) -> Answer {
    let id = project_id(&id)?;
    party(&registry, &asker, &id, Act::Dismiss).await?;
    registry.programmes().answer(&id, number, answer.upheld, &answer.why, asker.id(), registry.now()).await?;
    whole(&registry, &asker, &id).await
}

/// The next part of the award is paid. By officials.
#[utoipa::path(post, path = "/v1/projects/{project}/tranches", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = PayTranche,
    responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn pay_tranche(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(paid): JsonBody<PayTranche>,
) -> Answer {
    let id = project_id(&id)?;
    party(&registry, &asker, &id, Act::PayPart).await?;
    let transfer = read::transfer(&paid.paid_on, paid.bank_slip_sha256)?;
    registry.programmes().pay(&id, paid.tranche, &transfer, asker.id(), registry.now()).await?;
    whole(&registry, &asker, &id).await
}

/// Demands money back. By officials.
#[utoipa::path(post, path = "/v1/projects/{project}/claw-backs", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = NewClawBack,
    responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn claw_back(
    State(registry): State<Registry>,
    asker: Asker,
    At(id): At<String>,
    JsonBody(new): JsonBody<NewClawBack>,
) -> Answer {
    let id = project_id(&id)?;
    party(&registry, &asker, &id, Act::ClawBack).await?;
    let amount = read::fen("/amount_fen", new.amount_fen)?;
    registry.programmes().claw_back(&id, amount, &new.document, &new.why, asker.id(), registry.now()).await?;
    whole(&registry, &asker, &id).await
}

/// What was demanded back has come. By officials.
#[utoipa::path(post, path = "/v1/projects/{project}/claw-backs/{number}", tag = "projects",
    params(("project" = String, Path, description = "Id"), ("number" = i64, Path, description = "Number")),
    request_body = Recover, responses((status = 200, body = Project)), security(("person" = [])))]
pub async fn recover(
    State(registry): State<Registry>,
    asker: Asker,
    At((id, number)): At<(String, i64)>,
    JsonBody(paid): JsonBody<Recover>,
) -> Answer {
    let id = project_id(&id)?;
    party(&registry, &asker, &id, Act::Recover).await?;
    let transfer = read::transfer(&paid.paid_on, paid.bank_slip_sha256)?;
    registry.programmes().recover(&id, number, &transfer, asker.id(), registry.now()).await?;
    whole(&registry, &asker, &id).await
}
