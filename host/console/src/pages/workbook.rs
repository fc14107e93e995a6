//! `GET /t/{tenant}/m/{module}/v/{view}/xlsx`: all that a view shows, every tab a sheet of one workbook, from one committed
//! state of the tenant.

use super::module::find;
use super::view::{scene, view_of};
use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::Member;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::json;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::problem::{INTERNAL, NOT_FOUND, Problem};
use toolcrib_runtime::{Request, Snapshot};
use toolcrib_tables::workbook::{About, Cell, Workbook};
use toolcrib_ui::form::FormText;
use toolcrib_ui::output::{self, AFTER, NEXT};
use toolcrib_ui::view::TAB;
use toolcrib_ui::view::ask::{Answers, Outcome, Question};
use toolcrib_ui::view::sheet::{self, Sheet};

const MEDIA: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module, name)): Path<(String, String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let loaded = find(&member, &module)?;
    let view = view_of(&loaded.manifest, &name)?;
    let mut told =
        Telling { snapshot: app.console.runtime.snapshot(member.id).await?, answers: BTreeMap::new(), rows: 0 };
    let title = member.shell().tr.words(&view.title).to_owned();
    let mut book = Workbook::new(About { title: &title, made: app.console.clock.now() });
    for tab in 1..=view.tabs.len().max(1) {
        // Parameters of the view alone: where pages of its tables began does not matter.
        let chosen = pairs.iter().filter(|(name, _)| !name.starts_with('_')).cloned();
        let address = FormText::new(chosen.chain([(TAB.to_owned(), tab.to_string())]).collect());
        let scene = scene(&app, &member, &loaded.manifest, view, &address);
        for question in scene.questions() {
            told.ask(&member, &loaded.manifest.module, loaded.manifest.handler(&question.query), question).await?;
        }
        let answers = Answers(told.answers.clone());
        let Sheet { title, lines } = sheet::of(&scene, &answers);
        let lines: Vec<Vec<Cell>> = lines.into_iter().map(|line| line.into_iter().map(cell).collect()).collect();
        if !lines.is_empty() {
            book.sheet(&title, &lines)?;
        }
    }
    Ok(file(book.finish(), &format!("{module}-{name}")))
}

fn cell(cell: sheet::Cell) -> Cell {
    match cell {
        sheet::Cell::Heading(text) => Cell::Heading(text),
        sheet::Cell::Text(text) => Cell::Text(text),
        sheet::Cell::Number(digits) => Cell::Number(digits),
    }
}

/// A workbook as a file of this name; names of modules and views are ASCII.
fn file(bytes: Vec<u8>, name: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    if let Ok(name) = format!("attachment; filename=\"{name}.xlsx\"").parse() {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// What is asked for a workbook, and what was answered so far: the same question once, for all tabs.
struct Telling {
    snapshot: Snapshot,
    answers: BTreeMap<Question, Outcome>,
    rows: u64,
}

impl Telling {
    /// Asks page after page until there is none, or the workbook is full.
    async fn ask(
        &mut self,
        member: &Member,
        module: &str,
        known: Option<(u32, &HandlerDef)>,
        question: Question,
    ) -> Result<(), Problem> {
        if self.answers.contains_key(&question) {
            return Ok(());
        }
        let (_, def) = known.ok_or_else(|| NOT_FOUND.because("the module has no such query"))?;
        let input: Json = serde_json::from_str(&question.input).map_err(|error| INTERNAL.because(error.to_string()))?;
        let mut request = Request {
            tenant: member.id,
            module: module.to_owned(),
            operation: question.query.clone(),
            input,
            actor: member.actor.clone(),
            idempotency_key: None,
        };
        let mut whole = match self.one(&request).await {
            Ok(whole) => whole,
            // One table that cannot be filled is a line that says so, as on the page.
            Err(problem) => {
                self.answers.insert(question, Arc::new(Err(problem)));
                return Ok(());
            }
        };
        while output::pages(def)
            && let Some(next) = whole[NEXT].as_str().map(str::to_owned)
        {
            request.input[AFTER] = Json::String(next);
            let mut page = self.one(&request).await?;
            whole[NEXT] = page[NEXT].take();
            self.rows += extend(&mut whole, page);
            if self.rows > limits::WORKBOOK_ROWS {
                break;
            }
        }
        self.answers.insert(question, Arc::new(Ok(whole)));
        Ok(())
    }

    async fn one(&mut self, request: &Request) -> Result<Json, Problem> {
        let output = self.snapshot.ask(request).await?;
        let text = json::write(&output.of, &output.bytes).map_err(|error| INTERNAL.because(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| INTERNAL.because(error.to_string()))
    }
}

/// Puts the lists of a further page behind those of the first; how many rows that were.
fn extend(whole: &mut Json, page: Json) -> u64 {
    let mut rows = 0;
    let Json::Object(page) = page else { return rows };
    for (name, value) in page {
        if let (Some(Json::Array(all)), Json::Array(more)) = (whole.get_mut(&name), value) {
            rows += more.len() as u64;
            all.extend(more);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn further_pages_come_behind_the_first_and_nothing_else_changes() {
        let mut whole = json!({"rows": [1, 2], "total": 3, "next": "b"});
        assert_eq!(extend(&mut whole, json!({"rows": [3], "total": 9, "other": [1]})), 1);
        assert_eq!(whole, json!({"rows": [1, 2, 3], "total": 3, "next": "b"}));
        assert_eq!(extend(&mut whole, json!([4])), 0);
    }
}
