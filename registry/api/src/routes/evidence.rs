//! Evidence of a project: what hosts stated, what was handed in, what is odd, and all of it as one archive.

use crate::body::{parse, read};
use crate::caller::{Acting, Asker, Reading};
use crate::failed::Failed;
use crate::params::{At, Params};
use crate::present;
use crate::registry::Registry;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use toolcrib_catalog::{ASSESSOR, AUDITOR, CatalogError, OFFICIAL};
use toolcrib_contract::problem::NOT_ALLOWED;
use toolcrib_programme::evidence::{self, EVIDENCE_FILE_BYTES, NewFile};
use toolcrib_registry_client::wire::{EvidenceItem, EvidencePage, SendStatement};
use toolcrib_trust::hosted::HOSTED_BYTES;
use utoipa::IntoParams;

/// A statement's envelope stands inside JSON.
const STATEMENT_BYTES: usize = HOSTED_BYTES + (64 << 10);

/// What somebody is to a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party {
    Firm,
    Provider,
    /// Official, assessor or auditor of the city.
    Authority,
}

/// Who asks, to this project; auditors' looks are noted.
async fn party(registry: &Registry, asker: &Asker, project: &str, what: &str) -> Result<Party, Failed> {
    let parties = evidence::parties(registry.catalog(), project).await?;
    let person = &asker.0;
    if let Some(role) = person.org_role(&parties.authority) {
        if role == AUDITOR {
            let what = format!("projects/{project}/{what}");
            registry.catalog().look(asker.id(), &parties.authority, &what, None, registry.now()).await?;
        }
        if [OFFICIAL, ASSESSOR, AUDITOR].contains(&role) {
            return Ok(Party::Authority);
        }
    }
    if let Some(firm) = &parties.firm {
        // Who looks after a factory of the firm acts for it here.
        let looks_after = |role: &str| matches!(role, "owner" | "admin");
        let of_tenant = person.tenants.iter().any(|tenant| tenant.org == *firm && looks_after(&tenant.role));
        if person.org_role(firm).is_some() || of_tenant {
            return Ok(Party::Firm);
        }
    }
    if parties.providers.iter().any(|provider| person.org_role(provider).is_some()) {
        return Ok(Party::Provider);
    }
    Err(CatalogError::NotFound("project").into())
}

/// Evidence of a project, and what is odd about it. For the firm, its providers and the city's people.
#[utoipa::path(get, path = "/v1/projects/{project}/evidence", tag = "projects",
    params(("project" = String, Path, description = "Id")),
    responses((status = 200, body = EvidencePage)), security(("person" = []), ("token" = ["read"])))]
pub async fn project_evidence(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(project): At<String>,
) -> Result<Json<EvidencePage>, Failed> {
    let party = party(&registry, &asker, &project, "evidence").await?;
    let items = evidence::items(registry.catalog(), &project).await?;
    let doubts = evidence::doubts(registry.catalog(), &project, &items).await?;
    let items = items.into_iter().map(|item| present::evidence_item(item, party == Party::Authority)).collect();
    Ok(Json(EvidencePage { items, doubts: doubts.into_iter().map(present::evidence_doubt).collect() }))
}

/// Files a statement that a host signed: about this firm, by a host of this marketplace. By the firm.
#[utoipa::path(post, path = "/v1/projects/{project}/evidence/statements", tag = "projects",
    params(("project" = String, Path, description = "Id")), request_body = SendStatement,
    responses((status = 201, body = EvidenceItem)), security(("person" = [])))]
pub async fn add_statement(
    State(registry): State<Registry>,
    asker: Asker,
    At(project): At<String>,
    request: Request,
) -> Result<(StatusCode, Json<EvidenceItem>), Failed> {
    needs_firm(party(&registry, &asker, &project, "evidence").await?)?;
    let (parts, body) = request.into_parts();
    let SendStatement { key, envelope } = parse(&read(parts.headers, body, STATEMENT_BYTES).await?)?;
    let (catalog, now, chance) = (registry.catalog(), registry.now(), registry.chance());
    let item = evidence::add_statement(catalog, &project, (&key, &envelope), asker.id(), now, chance).await?;
    Ok((StatusCode::CREATED, Json(present::evidence_item(item, false))))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileParams {
    /// What it is evidence of: `B0`, `C1`, `C5`, `C6`, `C7`, `E5`, `E6`, `H1`, `H2` or `H3`.
    key: String,
    /// Name of the file, 1 to 120 characters.
    name: String,
}

/// Hands a file in: PDF, JPEG, PNG, OFD, XML, XLSX or DOCX by its content, at most 8 MiB. By the firm or a provider.
#[utoipa::path(post, path = "/v1/projects/{project}/evidence/files", tag = "projects",
    params(("project" = String, Path, description = "Id"), FileParams),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = EvidenceItem)), security(("person" = [])))]
pub async fn add_evidence_file(
    State(registry): State<Registry>,
    asker: Asker,
    At(project): At<String>,
    Params(FileParams { key, name }): Params<FileParams>,
    request: Request,
) -> Result<(StatusCode, Json<EvidenceItem>), Failed> {
    needs_party(party(&registry, &asker, &project, "evidence").await?)?;
    let (parts, body) = request.into_parts();
    let bytes = read(parts.headers, body, EVIDENCE_FILE_BYTES).await?.to_vec();
    let (catalog, now, chance) = (registry.catalog(), registry.now(), registry.chance());
    let item = evidence::add_file(catalog, &project, NewFile { key, name, bytes }, asker.id(), now, chance).await?;
    Ok((StatusCode::CREATED, Json(present::evidence_item(item, false))))
}

/// The file of an item, as it was handed in.
#[utoipa::path(get, path = "/v1/projects/{project}/evidence/{item}/file", tag = "projects",
    params(("project" = String, Path, description = "Id"), ("item" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")), security(("person" = []), ("token" = ["read"])))]
pub async fn evidence_file(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At((project, item)): At<(String, String)>,
) -> Result<Response, Failed> {
    party(&registry, &asker, &project, &format!("evidence/{item}")).await?;
    let (item, bytes) = evidence::item(registry.catalog(), &project, &item).await?;
    Ok(download(bytes, &item.media, &item.id))
}

/// The item does not count any more; it stays. By the firm or a provider.
#[utoipa::path(delete, path = "/v1/projects/{project}/evidence/{item}", tag = "projects",
    params(("project" = String, Path, description = "Id"), ("item" = String, Path, description = "Id")),
    responses((status = 204, description = "Withdrawn")), security(("person" = [])))]
pub async fn withdraw_evidence(
    State(registry): State<Registry>,
    asker: Asker,
    At((project, item)): At<(String, String)>,
) -> Result<StatusCode, Failed> {
    needs_party(party(&registry, &asker, &project, "evidence").await?)?;
    evidence::withdraw(registry.catalog(), &project, &item, asker.id(), registry.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All evidence as a tar with a signed list: `toolcrib verify FILE` checks it without a network.
#[utoipa::path(get, path = "/v1/projects/{project}/evidence/archive", tag = "projects",
    params(("project" = String, Path, description = "Id")),
    responses((status = 200, body = Vec<u8>, content_type = "application/x-tar")), security(("person" = []), ("token" = ["read"])))]
pub async fn evidence_archive(
    State(registry): State<Registry>,
    asker: Acting<Reading>,
    At(project): At<String>,
) -> Result<Response, Failed> {
    party(&registry, &asker, &project, "evidence/archive").await?;
    let bytes = evidence::archive::make(registry.catalog(), &project, registry.notary().signer()).await?;
    Ok(download(bytes, "application/x-tar", &format!("{project}.tar")))
}

fn needs_firm(party: Party) -> Result<(), Failed> {
    if party == Party::Firm { Ok(()) } else { Err(NOT_ALLOWED.because("only the firm itself sends statements").into()) }
}

fn needs_party(party: Party) -> Result<(), Failed> {
    match party {
        Party::Firm | Party::Provider => Ok(()),
        Party::Authority => Err(NOT_ALLOWED.because("evidence comes from the firm and its providers").into()),
    }
}

/// Never shown in place: what somebody handed in may pretend to be a page. `name` is ours.
fn download(bytes: Vec<u8>, media: &str, name: &str) -> Response {
    let mut headers = HeaderMap::new();
    let media = HeaderValue::from_str(media).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_TYPE, media);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    (headers, bytes).into_response()
}
