//! `GET /v2/{name}/tags/list`, with `n` and `last`.

use crate::oci::access::{Action, Ask};
use crate::oci::names::Name;
use crate::oci::refused::{Code, Refused};
use crate::params::{At, Params};
use crate::registry::Registry;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, HeaderValue, LINK};
use serde::Deserialize;
use serde_json::{Value, json};
use toolcrib_catalog::OciError;
use toolcrib_contract::limits::OCI_TAGS;

#[derive(Deserialize)]
pub struct Page {
    n: Option<String>,
    #[serde(default)]
    last: String,
}

/// The versions that the caller may see, in lexical order, at most 1,000 at once.
pub async fn list(
    State(registry): State<Registry>,
    ask: Ask,
    At((org, module)): At<(String, String)>,
    Params(page): Params<Page>,
) -> Result<(HeaderMap, Json<Value>), Refused> {
    let name = Name::new(&org, &module)?;
    let repository = ask.enter(&registry, &name, Action::Pull, OciError::NameUnknown).await?;
    let most = match page.n.as_deref().map(str::parse::<usize>) {
        None => OCI_TAGS,
        Some(Ok(n)) => n.min(OCI_TAGS),
        Some(Err(_)) => {
            return Err(Code::Unsupported.because("`n` is a number, not negative").status(StatusCode::BAD_REQUEST));
        }
    };
    let (tags, more) = repository.tags(&page.last, most).await?;
    let mut headers = HeaderMap::new();
    // Tags are versions: no character of them needs an escape.
    if let Some(last) = tags.last().filter(|_| more) {
        let link = format!("</v2/{name}/tags/list?n={most}&last={last}>; rel=\"next\"");
        headers.extend(HeaderValue::from_str(&link).ok().map(|link| (LINK, link)));
    }
    Ok((headers, Json(json!({"name": name.to_string(), "tags": tags}))))
}
