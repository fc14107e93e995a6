//! Files in and out of operations, as spreadsheets write and read them.
//!
//! - `POST …/{command}?rows=all|good` with a body of `text/csv` runs the rows of the file. Further parameters of the
//!   command stand in the address.
//! - `POST …/{query}` with `Accept: text/csv`, or `?format=csv`, answers all pages as a file; `?table=` chooses one of
//!   several tables. `GET …/{query}?format=csv&…` takes the parameters from the address. With `Accept-Language` the columns
//!   and cases have the module's words, without it the names of its code; what comes in may have either.

use crate::answer::{Failed, json};
use crate::body;
use crate::caller::Member;
use crate::routes::Host;
use axum::body::Body;
use axum::extract::{Path, Query, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use std::sync::Arc;
use toolcrib_contract::language::Lang;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::{BAD_REQUEST, METHOD, NOT_FOUND, Problem};
use toolcrib_contract::schema::Field;
use toolcrib_runtime::{Loaded, Request, TenantView};
use toolcrib_tables::export::{English, Export};
use toolcrib_tables::import::{self, Source};
use toolcrib_tables::{Names, Plain, Unreadable, Wrong, Zone, table};

/// The media type of both.
pub const CSV: &str = "text/csv";

/// That a file is asked for.
pub struct Asked {
    /// Which table of the answer.
    table: Option<String>,
    /// Whose words stand above the columns and for cases; none: the names of the code, which programs know.
    lang: Option<Lang>,
}

/// Whether a file is asked for: by the accepted media types when JSON is not among them, or by the address.
pub fn asked(headers: &HeaderMap, uri: &Uri) -> Option<Asked> {
    let accepts = |kind: &str| {
        let kinds = headers.get_all(header::ACCEPT).iter().filter_map(|kinds| kinds.to_str().ok());
        kinds
            .flat_map(|kinds| kinds.split(','))
            .any(|range| range.split(';').next().is_some_and(|range| range.trim().eq_ignore_ascii_case(kind)))
    };
    let by_header = accepts(CSV) && !accepts("application/json");
    if !by_header && uri.query().is_none() {
        return None;
    }
    let pairs = pairs(uri).unwrap_or_default();
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let lang = headers.get(header::ACCEPT_LANGUAGE).and_then(|text| Lang::preferred(text.to_str().ok()?));
    (by_header || value("format").as_deref() == Some("csv")).then(|| Asked { table: value("table"), lang })
}

fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
    pairs.map(|Query(pairs)| pairs).map_err(|error| BAD_REQUEST.because(error.body_text()))
}

/// The module as it runs for the tenant, and the operation. Whatever is wrong with them the runtime says better.
fn find(tenant: &TenantView, request: &Request) -> Option<(Arc<Loaded>, HandlerDef)> {
    let loaded = tenant.modules.iter().find(|loaded| loaded.manifest.module == request.module)?.clone();
    let def = loaded.operation(&request.operation)?.1.clone();
    Some((loaded, def))
}

/// Runs the rows of a file; answers with the report.
pub async fn import(host: Host, tenant: &TenantView, request: Request, http: HttpRequest) -> Result<Response, Failed> {
    let Some((loaded, def)) = find(tenant, &request) else {
        return host.runtime.invoke(request).await.map(json).map_err(Failed);
    };
    let mut pairs = pairs(http.uri())?;
    let rows = pairs.iter().position(|(name, _)| name == "rows").map(|at| pairs.swap_remove(at).1);
    let keep = import::keep(rows.as_deref())?;
    let zone = Zone::named(&tenant.time_zone);
    let list = import::list(&def).map(|(list, _)| list.name.clone());
    let others: Vec<Field> =
        def.input.fields().iter().filter(|field| Some(&field.name) != list.as_ref()).cloned().collect();
    let input =
        if list.is_some() { import::from_pairs(&others, &pairs, &zone, &Plain)? } else { serde_json::Value::Null };
    let bytes = body::bytes(http.into_body(), limits::IMPORT_BYTES).await?;
    let read = tokio::task::spawn_blocking(move || {
        // Headings may be the code's names or, as people's own exports have them, the module's words.
        let names = import::names(&def, &loaded.words, None);
        let source = Source {
            bytes: &bytes,
            zone: &zone,
            names: &names,
            keep,
            say: &|wrong: &Wrong| wrong.to_string(),
            unreadable: &|error: &Unreadable| error.to_string(),
        };
        import::read(&def, Request { input, ..request }, &source)
    });
    let import = read.await.map_err(|error| toolcrib_contract::problem::INTERNAL.because(error.to_string()))??;
    Ok(json(host.runtime.import(import).await?))
}

/// Answers with all pages of a query as a file.
pub async fn export(host: Host, tenant: &TenantView, request: Request, asked: Asked) -> Result<Response, Failed> {
    let Some((loaded, def)) = find(tenant, &request) else {
        return host.runtime.invoke(request).await.map(json).map_err(Failed);
    };
    let (zone, table) = (Zone::named(&tenant.time_zone), asked.table.as_deref());
    let names: Arc<dyn Names> = match asked.lang {
        Some(lang) => Arc::new(table::names(&def, table, &loaded.words, lang)?),
        None => Arc::new(Plain),
    };
    let started = Export::start(&host.runtime, &def, table, request, zone, names, Arc::new(English)).await;
    let stream = started?.stream().map(|piece| {
        piece.map_err(|problem| {
            tracing::warn!(problem = %problem, "An export ended early");
            std::io::Error::other(problem.to_string())
        })
    });
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    // Names of operations are ASCII.
    if let Ok(name) = format!("attachment; filename=\"{}.csv\"", def.name).parse() {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// `GET`: only files; everything else is asked for with a body.
pub async fn get(
    State(host): State<Host>,
    member: Member,
    Path((_, module, operation)): Path<(String, String, String)>,
    http: HttpRequest,
) -> Result<Response, Failed> {
    let asked = asked(http.headers(), http.uri()).ok_or_else(|| METHOD.because("ask by POST, or add `format=csv`"))?;
    let Member { actor, tenant } = member;
    let input = serde_json::Value::Null;
    let mut request = Request { tenant: tenant.id, module, operation, input, actor, idempotency_key: None };
    let Some((_, def)) = find(&tenant, &request) else {
        return Err(NOT_FOUND.because("no such operation here").into());
    };
    if def.kind != HandlerKind::Query {
        return Err(METHOD.because("only queries are asked by GET").into());
    }
    let mut pairs = pairs(http.uri())?;
    pairs.retain(|(name, _)| name != "format" && name != "table");
    request.input = import::from_pairs(def.input.fields(), &pairs, &Zone::named(&tenant.time_zone), &Plain)?;
    Box::pin(export(host, &tenant, request, asked)).await
}
