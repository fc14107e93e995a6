//! Why a page cannot be shown, and the frame around every answer: origins, languages, problem pages, security headers.

use crate::cookie;
use crate::guard;
use crate::language;
use crate::routes::App;
use crate::theme;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use std::sync::Arc;
use toolcrib_contract::problem::{METHOD, NOT_FOUND, NOT_SIGNED_IN, Problem};
use toolcrib_registry_client::ClientError;
use toolcrib_registry_client::wire::Me;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// A page that cannot be shown. [`around`] knows the visitor's language and turns it into a page.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The person is asked to sign in, and then sees the page.
    SignIn,
    Problem(Box<Problem>),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error.problem() {
            problem if problem.is(NOT_SIGNED_IN) => Self::SignIn,
            problem => problem.into(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Problem(problem) => status(problem),
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem's status.
pub fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The frame around every console answer.
pub async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let asker = Asker::of(&request);
    let mut response = match guard::same_origin(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    match response.extensions_mut().remove::<Failure>() {
        Some(Failure::SignIn) => response = to_login(&asker.shell.back),
        Some(Failure::Problem(problem)) => response = page(&app, asker, &problem),
        None => {}
    }
    secure(&mut response, app.console.https);
    response
}

/// No such address, in all of the server: a page for whoever reads pages, the bare problem for everybody else, whose body
/// the server's frame writes.
pub async fn absent(State(app): State<Arc<App>>, request: Request) -> Response {
    nowhere(&app, &request, NOT_FOUND.problem())
}

/// The same of an address of the console that takes other methods: of what a form is sent to, opened like a page.
pub async fn wrong_method(State(app): State<Arc<App>>, request: Request) -> Response {
    nowhere(&app, &request, METHOD.problem())
}

fn nowhere(app: &App, request: &Request, problem: Problem) -> Response {
    if !reads_pages(request.headers()) {
        let mut response = status(&problem).into_response();
        response.extensions_mut().insert(problem);
        return response;
    }
    let mut response = page(app, Asker::of(request), &problem);
    secure(&mut response, app.console.https);
    response
}

/// Whether somebody asks for pages, as browsers do. `*/*` is what programs say that take anything.
fn reads_pages(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(',')).map(|kind| kind.split(';').next().unwrap_or_default());
    kinds.any(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
}

/// Who asked for what, as far as the request says.
struct Asker {
    shell: Shell,
    session: Option<String>,
    /// What was asked for, by whatever method.
    path: String,
}

impl Asker {
    fn of(request: &Request) -> Self {
        let headers = request.headers();
        let back = if request.method() == Method::GET {
            request.uri().path_and_query().map_or("/", |path| path.as_str())
        } else {
            "/"
        };
        let shell = Shell::guest(Tr::new(language::of(headers)), back.to_owned());
        Self {
            shell: Shell { theme: theme::of(headers), ..shell },
            session: cookie::read(headers, cookie::SESSION).map(str::to_owned),
            path: request.uri().path().to_owned(),
        }
    }
}

fn to_login(back: &str) -> Response {
    if back == "/" {
        return Redirect::to("/login").into_response();
    }
    let mut query = String::new();
    for byte in back.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => query.push(char::from(byte)),
            other => query.push_str(&format!("%{other:02X}")),
        }
    }
    Redirect::to(&format!("/login?back={query}")).into_response()
}

fn page(app: &App, asker: Asker, problem: &Problem) -> Response {
    let Asker { mut shell, session, path } = asker;
    let tr = shell.tr;
    let session = session.and_then(|name| app.sessions.get(&name, app.console.clock.now()));
    let mut back = ("/".to_owned(), tr.t("way-home"));
    if let Some(session) = session {
        if let Some(identity) = session.last_known() {
            shell.person = Some(identity.me.name.clone());
            shell.rail = crate::rail::outside(tr, &identity.me);
            back = way_back(tr, &identity.me, &path).unwrap_or(back);
        }
        shell.key = Some(session.key.clone());
    }
    let body = html! {
        (part::problem(tr, problem))
        @if path != back.0 { (part::buttons(&[part::link(&back.0, &back.1, Press::Plain)])) }
    };
    (status(problem), shell.page(&part::problem_title(tr, problem), body)).into_response()
}

/// The nearest page above `path` that is certain to be there for somebody who is signed in: their factory's, or the market.
fn way_back(tr: Tr, me: &Me, path: &str) -> Option<(String, String)> {
    let mut parts = path.split('/').skip(1);
    match (parts.next()?, parts.next()) {
        ("t", Some(tenant)) => {
            let mine = me.tenants.iter().find(|mine| mine.slug == tenant || mine.id == tenant)?;
            Some((format!("/t/{}", mine.slug), tr.with("way-to", &[("place", &mine.name)])))
        }
        ("market", _) => Some(("/market".to_owned(), tr.with("way-to", &[("place", &tr.t("nav-market"))]))),
        _ => None,
    }
}

/// No script but our own file, no style but our own file, no frame, no foreign form.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types tc";

fn secure(response: &mut Response, https: bool) {
    let headers = response.headers_mut();
    // What people sent comes with a policy of its own, under which nothing runs.
    let boxed = headers.contains_key(header::CONTENT_SECURITY_POLICY);
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    if !boxed {
        set(header::CONTENT_SECURITY_POLICY, POLICY);
    }
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(), microphone=(), payment=()");
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("Cookie, Accept-Language, X-Partial"));
    }
}
