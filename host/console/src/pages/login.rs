//! `GET` and `POST /login`, `POST /logout`.

use crate::cookie;
use crate::failure::{Failure, status};
use crate::guard::{OpenForm, Posted};
use crate::language;
use crate::routes::App;
use crate::session::Held;
use crate::theme;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;
use toolcrib_contract::problem::{Problem, SECOND_FACTOR_NEEDED};
use toolcrib_registry_client::wire::Login;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Field};
use toolcrib_ui::shell::Shell;

#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

pub async fn show(headers: HeaderMap, Query(Back { back }): Query<Back>) -> Markup {
    page(&guest(&headers), &back, "", None)
}

pub async fn login(State(app): State<Arc<App>>, headers: HeaderMap, OpenForm(form): OpenForm) -> Response {
    let field = |name| form.get(name).unwrap_or_default();
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let code = Some(field("code").trim()).filter(|code| !code.is_empty());
    let login = Login {
        email: field("email").trim().to_owned(),
        password: field("password").to_owned(),
        code: code.map(str::to_owned),
        device: agent.map(str::to_owned),
    };
    match sign_in(&app, &login).await {
        Ok(held) => {
            // A session that the browser already had ends: nobody can prepare one for somebody else.
            if let Some(old) = cookie::read(&headers, cookie::SESSION) {
                app.sessions.close(old);
            }
            let name = app.sessions.open(held, app.console.clock.now(), &*app.console.chance);
            let set = [(header::SET_COOKIE, cookie::session(&name, app.console.https))];
            (set, Redirect::to(local(field("back")))).into_response()
        }
        Err(problem) => {
            (status(&problem), page(&guest(&headers), field("back"), field("email"), Some(&problem))).into_response()
        }
    }
}

async fn sign_in(app: &App, login: &Login) -> Result<Held, Problem> {
    let console = &app.console;
    let tokens = console.registry.sign_in(login).await.map_err(|error| error.problem())?;
    let me = console.registry.with_token(tokens.access_token.as_str()).me().await.map_err(|error| error.problem())?;
    let person = console.gate.person(&tokens.access_token)?;
    Ok(Held::new(tokens, me, person, console.clock.now()))
}

pub async fn logout(State(app): State<Arc<App>>, Posted { visitor, .. }: Posted) -> Result<Response, Failure> {
    app.sessions.close(&visitor.name);
    let token = visitor.session.refresh_token().await;
    if let Err(error) = app.console.registry.logout(&token).await {
        tracing::warn!(%error, "The registry did not hear of a sign-out; its tokens expire by themselves");
    }
    Ok(([(header::SET_COOKIE, cookie::no_session(app.console.https))], Redirect::to("/login")).into_response())
}

fn guest(headers: &HeaderMap) -> Shell {
    Shell { theme: theme::of(headers), ..Shell::guest(Tr::new(language::of(headers)), "/login".to_owned()) }
}

/// The path to go to: only one of this console.
pub fn local(back: &str) -> &str {
    let path = back.starts_with('/') && !back.starts_with("//") && !back.contains(['\\', '\r', '\n', '\t']);
    if path && back.is_ascii() { back } else { "/" }
}

pub fn page(shell: &Shell, back: &str, email: &str, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let labels = ["email", "password", "login-code"].map(|key| (key, tr.t(key)));
    let field = |name, key| {
        let label = labels.iter().find(|(known, _)| *known == key).map_or("", |(_, label)| label);
        Field { name, label, required: true, ..Field::default() }
    };
    let body = html! {
        (part::problem_above(tr, problem))
        form method="post" action="/login" {
            input type="hidden" name="back" value=(local(back));
            (field("email", "email").line("email", email, "username"))
            (field("password", "password").line("password", "", "current-password"))
            @if problem.is_some_and(|problem| problem.is(SECOND_FACTOR_NEEDED)) {
                (field("code", "login-code").line("text", "", "one-time-code"))
            }
            (part::buttons(&[part::button(&tr.t("login"), part::Press::Main)]))
        }
    };
    shell.page(&tr.t("login-title"), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_asked_for_only_where_the_registry_wants_one() {
        let shell = Shell::guest(Tr::new(toolcrib_ui::language::Lang::En), "/login".to_owned());
        let drawn = |problem: Option<&Problem>| page(&shell, "/", "li@example.com", problem).into_string();
        let asked = drawn(Some(&SECOND_FACTOR_NEEDED.problem()));
        assert!(asked.contains("name=\"code\"") && asked.contains("one-time-code"), "{asked}");
        assert!(!asked.contains("password\" value"), "a password never comes back in a page");
        assert!(!drawn(None).contains("name=\"code\""));
    }

    #[test]
    fn nobody_is_sent_to_another_site_after_signing_in() {
        assert_eq!(local("/t/acme/m/oee/stops?equipment=%E5"), "/t/acme/m/oee/stops?equipment=%E5");
        for elsewhere in [
            "",
            "http://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            "/\t/evil.example",
        ] {
            assert_eq!(local(elsewhere), "/", "{elsewhere:?}");
        }
    }
}
