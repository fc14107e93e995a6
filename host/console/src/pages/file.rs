//! Files that people hand to operations: `GET /t/{tenant}/m/{module}/_file/{name}` gives one back, and forms with files are
//! read here: what was chosen is kept first, then the form goes on with its name.
//!
//! A file comes from anybody who may fill in a form: it is answered as something to save, in a box where nothing runs, and
//! never as anything but what it was when it came.

use super::module::find;
use crate::failure::Failure;
use crate::guard::{FORM_BYTES, OpenForm, WithFiles};
use crate::routes::App;
use crate::visitor::{Member, Visitor, tenant_of};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use toolcrib_contract::Type;
use toolcrib_contract::file::{FileName, Media};
use toolcrib_contract::json::InputError;
use toolcrib_contract::limits::FILE_BYTES;
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::problem::{BAD_UPLOAD, NOT_ALLOWED, NOT_FOUND, Problem, TOO_LARGE};
use toolcrib_contract::view::scalar;
use toolcrib_ui::form::{DROPPED, FormText};
use toolcrib_ui::key::TOKEN;
use toolcrib_ui::language::Tr;

/// Body of a form of an operation: two of the largest files, and what is typed.
pub const FILES_FORM_BYTES: usize = 2 * FILE_BYTES as usize + FORM_BYTES;
/// Bytes of a mebibyte, as limits are told.
const MIB: u32 = 1 << 20;

/// Nothing in it runs, nothing is loaded, whatever a browser takes it for.
const BOXED: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

pub async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Path((_, module, name)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    find(&member, &module)?;
    let absent = |_| NOT_FOUND.because("there is no such file");
    let name: FileName = name.parse().map_err(absent)?;
    let bytes = app.console.runtime.file(member.id, &module, &member.actor.role, name).await?;
    let saved = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(name.media.mime())),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&saved).unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CONTENT_SECURITY_POLICY, BOXED),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        // The bytes of a name never change, but whoever may see them does.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=60")),
    ];
    Ok((headers, bytes).into_response())
}

/// A form of an operation with or without files, sent by a member of the tenant in the path from our own page.
pub struct Filled {
    pub member: Member,
    pub form: FormText,
    files: Vec<(String, Bytes)>,
}

impl FromRequest<Arc<App>> for Filled {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let tenant = tenant_of(&mut parts, app).await?;
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let path = parts.uri.path().to_owned();
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let (form, files) = if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            let WithFiles { form, files } = WithFiles::from_request(Request::from_parts(parts, body), app).await?;
            (form, files)
        } else {
            // The room is for files: what is typed has as much as in every other form.
            let too_large = |_| TOO_LARGE.because("the form is too long");
            let body = Body::from(to_bytes(body, FORM_BYTES).await.map_err(too_large)?);
            let OpenForm(form) = OpenForm::from_request(Request::from_parts(parts, body), app).await?;
            (form, Vec::new())
        };
        if !form.get(TOKEN).is_some_and(|token| visitor.session.key.fits(&path, token)) {
            return Err(NOT_ALLOWED.because("the form is from before you signed in; load the page again").into());
        }
        Ok(Self { member: visitor.member(app, &tenant)?, form, files })
    }
}

impl Filled {
    /// Keeps the files that were chosen; the form then has their names. What is wrong with any is told beside its field,
    /// and the others are kept.
    pub async fn keep(&mut self, app: &App, module: &str, def: &HandlerDef) -> Vec<InputError> {
        let mut errors = Vec::new();
        for field in def.input.fields() {
            let Type::File { accept, max_bytes } = scalar(&field.of) else { continue };
            if self.form.get(&format!("{DROPPED}{}", field.name)).is_some() {
                self.form = self.form.replaced(&field.name, String::new());
            }
            let chosen = self.files.iter().position(|(name, bytes)| *name == field.name && !bytes.is_empty());
            let Some((_, bytes)) = chosen.map(|at| self.files.swap_remove(at)) else { continue };
            match keep_one(app, &self.member, module, (accept, *max_bytes), bytes).await {
                Ok(name) => self.form = self.form.replaced(&field.name, name.to_string()),
                Err(problem) => errors.push(InputError {
                    pointer: format!("/{}", field.name),
                    message: message(self.member.shell().tr, &problem, accept, *max_bytes),
                }),
            }
        }
        errors
    }
}

async fn keep_one(
    app: &App,
    member: &Member,
    module: &str,
    (accept, max_bytes): (&[Media], u32),
    bytes: Bytes,
) -> Result<FileName, Problem> {
    if bytes.len() > max_bytes as usize {
        return Err(TOO_LARGE.problem());
    }
    if !Media::of(&bytes).is_some_and(|media| accept.contains(&media)) {
        return Err(BAD_UPLOAD.problem());
    }
    app.console.runtime.keep_file(member.id, module, &member.actor, bytes.to_vec()).await
}

fn message(tr: Tr, problem: &Problem, accept: &[Media], max_bytes: u32) -> String {
    if problem.is(TOO_LARGE) {
        return tr.with("error-file-large", &[("max", &(max_bytes / MIB).max(1).to_string())]);
    }
    if problem.is(BAD_UPLOAD) {
        let kinds: Vec<_> = accept.iter().map(|media| media.ending().to_uppercase()).collect();
        return tr.with("error-file-kind", &[("kinds", &kinds.join(&tr.t("list-separator")))]);
    }
    toolcrib_ui::part::problem_title(tr, problem)
}
