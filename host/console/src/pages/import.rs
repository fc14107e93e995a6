//! `GET` and `POST /t/{tenant}/m/{module}/{operation}/import`: the rows of a file for a command, and what came of them.
//! `GET …/template` is a file with the headings it takes.

use super::export::download;
use super::module::find;
use super::operation::{key_of, new_key, not_allowed, operation_of};
use super::work;
use crate::failure::{Failure, status};
use crate::guard::Uploaded;
use crate::routes::App;
use crate::tables;
use crate::visitor::Member;
use crate::work::{About, FOLLOWED_ROWS, Guard, Kind, Outcome, PROBLEMS, Work};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::problem::{INTERNAL, METHOD, Problem, ROWS_REFUSED};
use toolcrib_contract::report::Report;
use toolcrib_contract::schema::{self, Type};
use toolcrib_runtime::{Import, Loaded, Request, Runtime};
use toolcrib_tables::import::{self, Source};
use toolcrib_tables::{Unreadable, Wrong, Zone, columns};
use toolcrib_ui::form::{self, Drawing, FormText};
use toolcrib_ui::key::{ONCE, TOKEN};
use toolcrib_ui::names::Names;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// The field that says which rows are kept.
const ROWS: &str = "_rows";
/// The field of the file.
const FILE: &str = "_file";

type Address = Path<(String, String, String)>;

/// An import on its page.
pub struct View<'a> {
    pub manifest: &'a Manifest,
    pub def: &'a HandlerDef,
    pub role: &'a str,
    pub form: FormText,
    /// None before a file was sent.
    pub result: Option<Result<Report, Problem>>,
    pub key: String,
}

pub async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module, operation)): Address,
) -> Result<Markup, Failure> {
    let loaded = find(&member, &module)?;
    let def = taking(operation_of(&loaded.manifest, &operation)?)?;
    let key = new_key(&*app.console.chance);
    let view = View {
        manifest: &loaded.manifest,
        def,
        role: &member.actor.role,
        form: FormText::default(),
        result: None,
        key,
    };
    Ok(page(member.shell(), &view))
}

pub async fn template(member: Member, Path((_, module, operation)): Address) -> Result<Response, Failure> {
    let loaded = find(&member, &module)?;
    let def = taking(operation_of(&loaded.manifest, &operation)?)?;
    let fields = import::list(def).map_or(&[][..], |(_, fields)| fields);
    let names = import::names(def, &loaded.words, Some(member.shell().tr.lang));
    Ok(download(Body::from(import::template(fields, &names)).into_response(), &def.name))
}

pub async fn run(
    State(app): State<Arc<App>>,
    Path((tenant, module, operation)): Address,
    Uploaded { visitor, form, file, .. }: Uploaded,
) -> Result<Response, Failure> {
    let member = visitor.member(&app, &tenant)?;
    let loaded = find(&member, &module)?;
    let def = taking(operation_of(&loaded.manifest, &operation)?)?;
    let key = key_of(&app, &form);
    let result = match send(&app, &member, &loaded, def, &form, &file, key).await {
        Ok(Sent::Followed(work)) => {
            return Ok(Redirect::to(&format!("{}/{}", work::path(member.shell()), work.id)).into_response());
        }
        Ok(Sent::Done(report)) => Ok(report),
        Err(problem) => Err(problem),
    };
    let code = result.as_ref().err().map_or(StatusCode::OK, status);
    // The next file is another request.
    let key = new_key(&*app.console.chance);
    let role = &member.actor.role;
    let view = View { manifest: &loaded.manifest, def, role, form, result: Some(result), key };
    Ok((code, page(member.shell(), &view)).into_response())
}

/// What became of a file at once.
enum Sent {
    Done(Report),
    /// It is long: its page tells how far it is.
    Followed(Arc<Work>),
}

async fn send(
    app: &App,
    member: &Member,
    loaded: &Loaded,
    def: &HandlerDef,
    form: &FormText,
    file: &Bytes,
    key: String,
) -> Result<Sent, Problem> {
    let (tr, keep) = (member.shell().tr, import::keep(form.get(ROWS))?);
    let others = Type::Struct { name: String::new(), fields: others(def) };
    let input = form::read(tr, &member.shell().zone, &others, form).map_err(Problem::input)?;
    let (module, operation, actor) = (loaded.manifest.module.clone(), def.name.clone(), member.actor.clone());
    let request = Request { tenant: member.id, module, operation, input, actor, idempotency_key: Some(key) };
    let (zone, def, file) = (Zone::named(&member.tenant.time_zone), def.clone(), file.clone());
    let names = import::names(&def, &loaded.words, Some(tr.lang));
    let read = tokio::task::spawn_blocking(move || {
        let say = |wrong: &Wrong| tables::wrong(tr, wrong);
        let unreadable = |error: &Unreadable| tables::unreadable(tr, error);
        let source = Source { bytes: &file, zone: &zone, names: &names, keep, say: &say, unreadable: &unreadable };
        import::read(&def, request, &source)
    });
    let import = read.await.map_err(|error| INTERNAL.because(error.to_string()))??;
    if import.rows.len() <= FOLLOWED_ROWS {
        return written(&app.console.runtime, import).await.map(Sent::Done);
    }
    let about = About {
        tenant: member.id,
        actor: member.actor.id.clone(),
        module: loaded.manifest.module.clone(),
        operation: import.request.operation.clone(),
        kind: Kind::Import { rows: import.rows.len() as u64 },
        began: app.console.clock.now(),
    };
    let work = app.works.begin(new_key(&*app.console.chance), about, import.done.clone())?;
    let (guard, runtime) = (Guard(work.clone()), app.console.runtime.clone());
    tokio::spawn(async move { guard.0.end(Outcome::Imported(Box::new(written(&runtime, import).await))) });
    Ok(Sent::Followed(work))
}

async fn written(runtime: &Runtime, import: Import) -> Result<Report, Problem> {
    let report = runtime.import(import).await?;
    serde_json::from_str(&report).map_err(|error| INTERNAL.because(error.to_string()))
}

/// Commands with one list of rows; the others have no such page.
fn taking(def: &HandlerDef) -> Result<&HandlerDef, Problem> {
    import::list(def).map(|_| def).ok_or_else(|| METHOD.because("this operation takes no file"))
}

/// The parameters beside the rows.
fn others(def: &HandlerDef) -> Vec<schema::Field> {
    let list = import::list(def).map(|(list, _)| list.name.as_str());
    def.input.fields().iter().filter(|field| Some(field.name.as_str()) != list).cloned().collect()
}

pub fn page(shell: &Shell, view: &View<'_>) -> Markup {
    let (tr, def, names) = (shell.tr, view.def, shell.names(&view.manifest.module));
    let title = names.operation(&def.name);
    let tenant = shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default();
    let base = format!("{tenant}/m/{}", view.manifest.module);
    let operation = format!("{base}/{}", def.name);
    let problem = view.result.as_ref().and_then(|result| result.as_ref().err());
    let report = match &view.result {
        Some(Ok(report)) => Some(report),
        Some(Err(problem)) => problem.report.as_deref(),
        None => None,
    };
    let body = html! {
        (part::crumbs(tr, &[(&base, tr.words(&view.manifest.title)), (&operation, &title)]))
        (part::lead(&tr.t("import-lead")))
        p { a href=(work::path(shell)) { (tr.t("boards-work")) } }
        (not_allowed(tr, def, view.role))
        @if let Some(report) = report { (told(names, &def.name, report)) }
        @else { (part::problem_above(tr, problem)) }
        (upload(shell, view, &operation, problem.filter(|problem| !problem.is(ROWS_REFUSED))))
        (columns_of(names, def))
    };
    shell.page(&tr.with("import-title", &[("operation", &title)]), body)
}

/// What a file may be called and be.
const ACCEPTED: &str = ".csv,.txt,.tsv,text/csv,text/plain";

fn upload(shell: &Shell, view: &View<'_>, operation: &str, problem: Option<&Problem>) -> Markup {
    let (tr, action) = (shell.tr, format!("{operation}/import"));
    let (errors, others) = (problem.map_or(&[][..], |problem| &problem.errors), others(view.def));
    let names = shell.names(&view.manifest.module);
    let fields = Drawing { names, operation: &view.def.name, zone: &shell.zone, form: &view.form, errors, within: "" };
    let good = view.form.get(ROWS) == Some("good");
    let help = tr.with("import-file-help", &[("rows", &limits::IMPORT_ROWS.to_string())]);
    let rows = [("all", "import-all"), ("good", "import-good")].map(|(value, key)| (value.to_owned(), tr.t(key)));
    html! {
        form method="post" action=(action) enctype="multipart/form-data" {
            @if let Some(key) = &shell.key { input type="hidden" name=(TOKEN) value=(key.token(&action)); }
            input type="hidden" name=(ONCE) value=(view.key);
            (Field { name: FILE, label: &tr.t("import-file"), help: &help, required: true, ..Field::default() }.file(ACCEPTED))
            p { a href={ (operation) "/template" } download { (tr.t("import-template")) } }
            (Field { name: ROWS, label: &tr.t("import-rows"), ..Field::default() }.select(&rows, if good { "good" } else { "all" }))
            @if !others.is_empty() { (fields.fields(&others)) }
            (part::buttons(&[
                part::button(&tr.t("import-send"), Press::Main),
                part::link(operation, &tr.t("back"), Press::Plain),
            ]))
        }
    }
}

/// What came of the rows; refusals of the module in its own words, where it has some.
fn told(names: Names<'_>, operation: &str, report: &Report) -> Markup {
    let tr = names.tr;
    let counts = [("rows", report.rows), ("kept", report.kept), ("refused", report.refused)];
    let counts = counts.map(|(name, count)| (name, count.to_string()));
    let counts: Vec<_> = counts.iter().map(|(name, count)| (*name, count.as_str())).collect();
    let (tone, key) = match (report.refused, report.kept) {
        (0, _) => ("ok", "import-done"),
        (_, 0) => ("bad", "import-none"),
        _ => ("warn", "import-part"),
    };
    let heads = ["import-line", "import-column", "import-problem"].map(|key| tr.t(key));
    let rows = report.problems.iter().take(PROBLEMS).map(|problem| {
        let heading = problem.heading.as_deref().unwrap_or_default();
        let (word, beneath) = names.rejection(&problem.code, &problem.message).unwrap_or((&problem.message, None));
        vec![
            html! { (problem.line) },
            html! {
                @match &problem.column { Some(column) => { (column) " " (heading) }, None => (names.place(operation, heading)) }
            },
            html! { (word) @if let Some(beneath) = beneath { br; span lang="en" { (beneath) } } },
        ]
    });
    html! {
        (part::notice(tone, &tr.with(key, &counts)))
        @if report.problems.len() >= PROBLEMS { p { (tr.with("boards-import-first", &[("shown", &PROBLEMS.to_string())])) } }
        @if !report.problems.is_empty() { (part::table(&tr.t("import-problems"), &heads, &rows.collect::<Vec<_>>())) }
    }
}

/// The headings a file may have.
fn columns_of(names: Names<'_>, def: &HandlerDef) -> Markup {
    let tr = names.tr;
    let fields = import::list(def).map_or(&[][..], |(_, fields)| fields);
    let heads = ["import-heading", "import-needed", "import-help"].map(|key| tr.t(key));
    let rows = columns::of(fields).into_iter().map(|column| {
        let help = fields
            .iter()
            .find(|field| field.name == column.name)
            .map(|field| names.help(&def.name, &field.name, &field.doc))
            .unwrap_or_default();
        vec![
            // A column of a structure's field is named by its path.
            html! { code { (column.name) } " " (names.place(&def.name, &column.name.replace('.', "/"))) },
            html! { (if column.needed { tr.t("yes") } else { tr.t("no") }) },
            html! { (help) },
        ]
    });
    html! { section { (part::table(&tr.t("import-columns"), &heads, &rows.collect::<Vec<_>>())) } }
}
