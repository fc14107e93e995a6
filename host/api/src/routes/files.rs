//! `POST /v1/t/{tenant}/files/{module}`: keeps a file for an operation of the module, which takes it by the name that is
//! answered. `GET …/files/{module}/{name}`: its bytes, for whoever may ask the module anything.

use crate::answer::{Failed, json};
use crate::body;
use crate::caller::Member;
use crate::routes::Host;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use toolcrib_contract::file::FileName;
use toolcrib_contract::limits::FILE_BYTES;
use toolcrib_contract::problem::NOT_FOUND;

pub async fn keep(
    State(host): State<Host>,
    member: Member,
    Path((_, module)): Path<(String, String)>,
    http: Request,
) -> Result<Response, Failed> {
    let bytes = body::bytes(http.into_body(), FILE_BYTES as usize).await?;
    let name = host.runtime.keep_file(member.tenant.id, &module, &member.actor, bytes.to_vec()).await?;
    let answer = serde_json::json!({"name": name.to_string(), "media": name.media.mime(), "bytes": bytes.len()});
    Ok((StatusCode::CREATED, json(answer.to_string())).into_response())
}

pub async fn get(
    State(host): State<Host>,
    member: Member,
    Path((_, module, name)): Path<(String, String, String)>,
) -> Result<Response, Failed> {
    let name: FileName = name.parse().map_err(|_| NOT_FOUND.because("there is no such file"))?;
    let bytes = host.runtime.file(member.tenant.id, &module, &member.actor.role, name).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(name.media.mime())),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    Ok((headers, bytes).into_response())
}
