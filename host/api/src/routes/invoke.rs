//! `POST /v1/t/{tenant}/m/{module}/{operation}`: runs an operation of a subscribed module.
//!
//! Commands answer after their commit. With `Idempotency-Key`, a repetition within 24 hours gets the first answer. A body
//! of `text/csv` is an import, an answer of `text/csv` an export: see `tables`.

use crate::answer::{Failed, json, preferred};
use crate::body::{JsonBody, media_type};
use crate::caller::Member;
use crate::routes::{Host, tables};
use axum::extract::{FromRequest, Path, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BAD_REQUEST, Problem};
use toolcrib_contract::wording::Wording;
use toolcrib_runtime::Request;

pub async fn invoke(
    State(host): State<Host>,
    member: Member,
    Path((_, module, operation)): Path<(String, String, String)>,
    http: HttpRequest,
) -> Result<Response, Failed> {
    let idempotency_key = idempotency_key(http.headers())?;
    let Member { actor, tenant } = member;
    let accepted = http.headers().get(header::ACCEPT_LANGUAGE).cloned();
    let words = tenant.modules.iter().find(|loaded| loaded.manifest.module == module);
    let words = words.map(|loaded| loaded.words.clone());
    let request =
        Request { tenant: tenant.id, module, operation, input: serde_json::Value::Null, actor, idempotency_key };
    if media_type(http.headers()).eq_ignore_ascii_case(tables::CSV) {
        // On the heap: few callers carry this.
        return Box::pin(tables::import(host, &tenant, request, http)).await;
    }
    let asked = tables::asked(http.headers(), http.uri());
    let JsonBody(input) = JsonBody::from_request(http, &host).await?;
    let request = Request { input, ..request };
    match asked {
        Some(asked) => Box::pin(tables::export(host, &tenant, request, asked)).await,
        None => {
            let answer = host.runtime.invoke(request).await;
            Ok(json(answer.map_err(|problem| named(problem, words.as_deref(), accepted.as_ref()))?))
        }
    }
}

/// A rejection with the module's own word for its code as the title, where the caller asks for a language.
fn named(problem: Problem, words: Option<&Wording>, accepted: Option<&HeaderValue>) -> Problem {
    if accepted.is_none() {
        return problem;
    }
    let lang = preferred(accepted);
    match words.and_then(|words| words.rejection(lang, &problem.code)) {
        Some(word) => problem.titled(lang, Some(word)),
        None => problem,
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    match key.to_str() {
        Ok(key) if (1..=limits::IDEMPOTENCY_KEY_BYTES).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(BAD_REQUEST
            .because(format!("Idempotency-Key has 1 to {} visible ASCII characters", limits::IDEMPOTENCY_KEY_BYTES))),
    }
}
