//! `GET /t/{tenant}/m/{module}/{operation}/csv`: the table of a query as a file for spreadsheets.

use super::module::find;
use super::operation::{new_key, operation_of};
use crate::failure::Failure;
use crate::routes::App;
use crate::tables::Told;
use crate::visitor::Member;
use crate::work::{About, Guard, Kind, Outcome};
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use maud::Markup;
use std::sync::Arc;
use std::task::Poll;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::problem::Problem;
use toolcrib_runtime::{Loaded, Request};
use toolcrib_tables::table::{self, AFTER};
use toolcrib_tables::{Export, Zone};
use toolcrib_ui::form::RUN;
use toolcrib_ui::form::{self, FormText, escape};
use toolcrib_ui::names::Names;
use toolcrib_ui::part;
use toolcrib_ui::view::act::TABLE;

pub async fn csv(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module, operation)): Path<(String, String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let loaded = find(&member, &module)?;
    let def = operation_of(&loaded.manifest, &operation)?;
    let form = FormText::new(pairs);
    let shell = member.shell();
    let input = form::read(shell.tr, &shell.zone, &def.input, &form).map_err(Problem::input)?;
    let actor = member.actor.clone();
    let request = Request { tenant: member.id, module, operation, input, actor, idempotency_key: None };
    let (zone, table) = (Zone::named(&member.tenant.time_zone), form.get(TABLE));
    let names = table::names(def, table, &loaded.words, shell.tr.lang)?;
    let (names, voice) = (Arc::new(names), Arc::new(Told(shell.tr)));
    let export = Export::start(&app.console.runtime, def, table, request, zone, names, voice).await?;
    let work = if export.goes_on() { Some(followed(&app, &member, &loaded, &def.name, &export)?) } else { None };
    let ended = work.clone();
    let pieces = export.stream().map(move |piece| {
        piece.map_err(|problem| {
            tracing::warn!(problem = %problem, "An export ended early");
            let error = std::io::Error::other(problem.to_string());
            if let Some(guard) = &work {
                guard.0.end(Outcome::Stopped(Some(Box::new(problem))));
            }
            error
        })
    });
    // Asked for only after the last piece.
    let pieces = pieces.chain(stream::poll_fn(move |_| {
        if let Some(guard) = &ended {
            guard.0.end(Outcome::Exported);
        }
        Poll::Ready(None)
    }));
    Ok(download(Body::from_stream(pieces).into_response(), &def.name))
}

/// A file of many pages is followed under the person's works; it ends as stopped when the download is broken off.
fn followed(
    app: &App,
    member: &Member,
    loaded: &Loaded,
    operation: &str,
    export: &Export,
) -> Result<Arc<Guard>, Problem> {
    let about = About {
        tenant: member.id,
        actor: member.actor.id.clone(),
        module: loaded.manifest.module.clone(),
        operation: operation.to_owned(),
        kind: Kind::Export,
        began: app.console.clock.now(),
    };
    let id = new_key(&*app.console.chance);
    app.works.begin(id, about, export.progress()).map(|work| Arc::new(Guard(work)))
}

/// A response as a file of this name.
pub fn download(mut response: Response, name: &str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    // Names of operations are ASCII.
    if let Ok(name) = format!("attachment; filename=\"{name}.csv\"").parse() {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// A link for every table of a query's answer, with the question as it was asked.
pub fn links(names: Names<'_>, def: &HandlerDef, form: &FormText, action: &str) -> Markup {
    let tables = table::of(def);
    let asked = form.query_without(&[AFTER, RUN, TABLE]);
    let links: Vec<_> = tables
        .iter()
        .map(|table| {
            let name = table.field.unwrap_or_default();
            let and = if asked.is_empty() { "" } else { "&" };
            let path = format!("{action}/csv?{asked}{and}{TABLE}={}", escape(name));
            let of = if tables.len() > 1 { format!(" {}", names.output(&def.name, name)) } else { String::new() };
            part::download(&path, &format!("{}{of}", names.tr.t("csv-download")))
        })
        .collect();
    part::buttons(&links)
}
