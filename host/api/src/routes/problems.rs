//! `GET /problems/{code}`: what a problem means and what to do.

use crate::answer::{Failed, json};
use axum::extract::Path;
use axum::response::Response;
use toolcrib_contract::problem::{ALL, NOT_FOUND};

pub async fn remedy(Path(code): Path<String>) -> Result<Response, Failed> {
    let kind = ALL.iter().find(|kind| kind.code == code).ok_or_else(|| NOT_FOUND.because("no such problem"))?;
    Ok(json(
        serde_json::json!({"code": kind.code, "status": kind.status, "title": kind.title, "remedy": kind.remedy})
            .to_string(),
    ))
}
