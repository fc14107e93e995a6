//! `GET /projects/{project}/archive/download`: all evidence of a project in one file that a third party can check without
//! this server (`toolcrib verify`).

use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

pub async fn file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Failure> {
    let bytes = visitor.registry.evidence_archive(&id).await?;
    let headers = [
        (CONTENT_TYPE, "application/x-tar".to_owned()),
        (CONTENT_DISPOSITION, "attachment; filename=\"evidence.tar\"".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
