//! `GET /me`: one's own account: password, second factor, tokens for machines, sessions.

use super::{again, hidden, press};
use crate::cookie;
use crate::failure::Failure;
use crate::guard::Posted;
use crate::routes::App;
use crate::visitor::Visitor;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::problem::{BAD_INPUT, Problem};
use toolcrib_registry_client::wire::{ApiToken, ChangePassword, FactorStatus, NewApiToken, SessionRow};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// What a token may be good for.
const SCOPES: [&str; 7] = ["read", "tenant-admin", "publish-new", "publish-update", "yank", "listing", "review"];

/// Everything on the page.
pub struct Account {
    pub name: String,
    pub email: String,
    /// Slug and name of each organisation.
    pub orgs: Vec<(String, String)>,
    pub factor: FactorStatus,
    pub tokens: Vec<ApiToken>,
    pub sessions: Vec<SessionRow>,
}

async fn load(visitor: &Visitor) -> Result<Account, Failure> {
    let (registry, me) = (&visitor.registry, &visitor.identity.me);
    let (factor, tokens, sessions) = tokio::join!(registry.second_factor(), registry.tokens(), registry.sessions());
    let orgs = me.orgs.iter().map(|org| (org.slug.clone(), org.name.clone())).collect();
    Ok(Account {
        name: me.name.clone(),
        email: me.email.clone(),
        orgs,
        factor: factor?,
        tokens: tokens?,
        sessions: sessions?,
    })
}

pub async fn show(visitor: Visitor) -> Result<Markup, Failure> {
    let account = load(&visitor).await?;
    Ok(page(&visitor.shell, &account, &FormText::default(), None))
}

/// The page once more with what was refused, or where a form leads to.
async fn settled(visitor: &Visitor, form: &FormText, done: Result<Markup, Failure>) -> Result<Response, Failure> {
    match done {
        Ok(page) => Ok(page.into_response()),
        Err(error) => {
            let account = load(visitor).await?;
            again(error, |problem| page(&visitor.shell, &account, form, Some(problem)))
        }
    }
}

fn text(form: &FormText, name: &str) -> String {
    form.get(name).unwrap_or_default().trim().to_owned()
}

/// Ends every session, this one too: whoever knew the old password is out.
pub async fn password(State(app): State<Arc<App>>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let raw = |name: &str| form.get(name).unwrap_or_default().to_owned();
    if raw("new") != raw("again") {
        let refused = BAD_INPUT.because(visitor.shell.tr.t("admin-password-differs"));
        return settled(&visitor, &form, Err(refused.into())).await;
    }
    let code = Some(text(&form, "code")).filter(|code| !code.is_empty());
    let change = ChangePassword { current: raw("current"), new: raw("new"), code };
    match visitor.registry.change_password(&change).await {
        Ok(()) => {
            app.sessions.close(&visitor.name);
            Ok(([(header::SET_COOKIE, cookie::no_session(app.console.https))], Redirect::to("/login")).into_response())
        }
        Err(error) => settled(&visitor, &form, Err(error.into())).await,
    }
}

/// Shows what an authenticator app reads.
pub async fn begin_factor(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let begun = visitor.registry.begin_second_factor(form.get("password").unwrap_or_default()).await;
    let page = begun.map(|begun| factor_page(&visitor.shell, &begun.uri, None)).map_err(Failure::from);
    settled(&visitor, &form, page).await
}

pub async fn confirm_factor(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let shell = &visitor.shell;
    match visitor.registry.confirm_second_factor(&text(&form, "code")).await {
        Ok(codes) => Ok(recovery_page(shell, &codes.recovery_codes).into_response()),
        // The address is the page's own: a mistyped code must not cost the enrolment.
        Err(error) => again(error, |problem| factor_page(shell, form.get("uri").unwrap_or_default(), Some(problem))),
    }
}

/// `GET /me/factor`: going on without it.
pub async fn without_factor(visitor: Visitor) -> Markup {
    without_page(&visitor.shell, None)
}

pub async fn disable_factor(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match visitor.registry.disable_second_factor(&text(&form, "code")).await {
        Ok(()) => Ok(Redirect::to("/me").into_response()),
        Err(error) => again(error, |problem| without_page(&visitor.shell, Some(problem))),
    }
}

pub fn without_page(shell: &Shell, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::crumbs(tr, &[("/me", &tr.t("admin-me"))]))
        (part::problem_above(tr, problem))
        (shell.post("/me/factor/disable", html! {
            (Field { name: "code", label: &tr.t("login-code"), required: true, ..Field::default() }.line("text", "", ""))
            p { (part::button(&tr.t("admin-factor-off-do"), Press::Danger)) }
        }))
    };
    shell.page(&tr.t("admin-factor"), body)
}

pub async fn new_token(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let modules = text(&form, "modules")
        .split([',', ' ', '，'])
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let new = NewApiToken {
        name: text(&form, "name"),
        org: text(&form, "org"),
        scopes: form.all("scopes").map(str::to_owned).collect(),
        modules: if modules.is_empty() { vec!["*".to_owned()] } else { modules },
        days: text(&form, "days").parse().unwrap_or_default(),
    };
    let made = visitor.registry.new_token(&new).await;
    let page = made.map(|token| token_page(&visitor.shell, &token)).map_err(Failure::from);
    settled(&visitor, &form, page).await
}

pub async fn revoke_token(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match visitor.registry.revoke_token(&text(&form, "id")).await {
        Ok(()) => Ok(Redirect::to("/me").into_response()),
        Err(error) => settled(&visitor, &form, Err(error.into())).await,
    }
}

pub async fn end_session(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match visitor.registry.end_session(&text(&form, "id")).await {
        Ok(()) => Ok(Redirect::to("/me").into_response()),
        Err(error) => settled(&visitor, &form, Err(error.into())).await,
    }
}

/// `form` and `problem` of a form that was refused; passwords never come back.
pub fn page(shell: &Shell, account: &Account, form: &FormText, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::problem_above(tr, problem))
        (part::facts(&[(tr.t("admin-name"), html! { (account.name) }), (tr.t("email"), html! { (account.email) })]))
        (part::dim(&tr.t("admin-language-help")))
        (part::card(&tr.t("admin-password-change"), password_form(shell, account.factor.enrolled)))
        (part::card(&tr.t("admin-factor"), factor(shell, &account.factor)))
        (part::card(&tr.t("admin-tokens"), html! { (tokens(shell, account)) (token_form(shell, account, form)) }))
        (part::card(&tr.t("admin-sessions"), sessions(shell, account)))
    };
    shell.page(&tr.t("admin-me"), body)
}

fn secret(name: &str, label: &str, help: &str) -> Markup {
    Field { name, label, help, required: true, ..Field::default() }.line("password", "", "")
}

fn password_form(shell: &Shell, with_code: bool) -> Markup {
    let tr = shell.tr;
    shell.post("/me/password", html! {
        (secret("current", &tr.t("admin-password-now"), ""))
        (secret("new", &tr.t("admin-password-new"), &tr.t("admin-password-help")))
        (secret("again", &tr.t("admin-password-again"), ""))
        @if with_code { (Field { name: "code", label: &tr.t("login-code"), required: true, ..Field::default() }.line("text", "", "")) }
        p { (tr.t("admin-password-ends")) }
        p { (part::button(&tr.t("admin-password-change"), Press::Main)) }
    })
}

fn factor(shell: &Shell, status: &FactorStatus) -> Markup {
    let tr = shell.tr;
    html! {
        @if status.enrolled {
            p { (part::tag("ok", &format!("● {}", tr.t("admin-factor-on")))) }
            p { (part::link("/me/factor", &tr.t("admin-factor-off-do"), Press::Plain)) }
        } @else {
            p { (part::tag(if status.needed { "bad" } else { "idle" }, &format!("○ {}", tr.t("admin-factor-off")))) }
            p { (tr.t("admin-factor-help")) }
            (shell.post("/me/factor", html! {
                (secret("password", &tr.t("password"), ""))
                p { (part::button(&tr.t("admin-factor-begin"), Press::Main)) }
            }))
        }
    }
}

/// What an authenticator app reads, as a picture and as letters.
pub fn factor_page(shell: &Shell, uri: &str, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let key = uri.split("secret=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
    let body = html! {
        (part::problem_above(tr, problem))
        p { (tr.t("admin-factor-scan")) }
        (part::qr(uri, &tr.t("admin-factor-code")))
        p { (tr.t("admin-factor-key")) " " code { (key) } }
        (shell.post("/me/factor/confirm", html! {
            (hidden("uri", uri))
            (Field { name: "code", label: &tr.t("login-code"), help: &tr.t("admin-factor-now"), required: true, ..Field::default() }.line("text", "", ""))
            p { (part::button(&tr.t("admin-factor-confirm"), Press::Main)) }
        }))
    };
    shell.page(&tr.t("admin-factor"), body)
}

pub fn recovery_page(shell: &Shell, codes: &[String]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::notice("ok", &tr.t("admin-factor-on")))
        (part::once_each(&tr.t("admin-recovery"), codes, &tr.t("admin-recovery-help")))
        p { (part::link("/me", &tr.t("admin-me"), Press::Main)) }
    };
    shell.page(&tr.t("admin-factor"), body)
}

fn tokens(shell: &Shell, account: &Account) -> Markup {
    let tr = shell.tr;
    let row = |token: &ApiToken| {
        vec![
            html! { (token.name) },
            html! { (token.org) },
            html! { (token.scopes.join(", ")) " · " (token.modules.join(", ")) },
            html! { (shell.zone.show_text(&token.expires_at)) },
            html! { @match &token.used_at { Some(at) => (shell.zone.show_text(at)), None => (tr.t("admin-never")) } },
            shell.post(
                "/me/tokens/revoke",
                html! { (hidden("id", &token.id)) (part::button(&tr.t("admin-token-revoke"), Press::Danger)) },
            ),
        ]
    };
    let heads = ["admin-name", "admin-org", "admin-token-for", "admin-expires", "admin-used", "admin-more"]
        .map(|key| tr.t(key));
    html! {
        @if account.tokens.is_empty() { (part::empty(&tr.t("admin-tokens-none"))) }
        @else { (part::table(&tr.t("admin-tokens"), &heads, &account.tokens.iter().map(row).collect::<Vec<_>>())) }
    }
}

fn token_form(shell: &Shell, account: &Account, form: &FormText) -> Markup {
    let tr = shell.tr;
    let value = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let (name, modules, days) =
        (value("name"), value("modules"), if value("days").is_empty() { "90".to_owned() } else { value("days") });
    let ticks = SCOPES.map(|scope| {
        Field { name: "scopes", label: &tr.t(&format!("admin-scope-{scope}")), ..Field::default() }
            .check(scope, form.all("scopes").any(|known| known == scope))
    });
    html! { @if account.orgs.is_empty() { (part::dim(&tr.t("admin-token-no-org"))) } @else { (super::more(&tr.t("admin-token-new"), shell.post("/me/tokens", html! {
        (Field { name: "name", label: &tr.t("admin-token-name"), help: &tr.t("admin-token-name-help"), required: true, ..Field::default() }.line("text", &name, ""))
        (Field { name: "org", label: &tr.t("admin-org"), ..Field::default() }.select(&account.orgs, form.get("org").unwrap_or_default()))
        (super::group(&tr.t("admin-token-for"), &ticks))
        (Field { name: "modules", label: &tr.t("admin-token-modules"), help: &tr.t("admin-token-modules-help"), ..Field::default() }.line("text", &modules, ""))
        (Field { name: "days", label: &tr.t("admin-token-days"), required: true, ..Field::default() }.line("number", &days, ""))
        p { (part::button(&tr.t("admin-token-new"), Press::Main)) }
    }))) } }
}

/// The token, shown once.
pub fn token_page(shell: &Shell, token: &ApiToken) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::once(&token.name, token.token.as_deref().unwrap_or_default(), &tr.t("admin-once")))
        p { (part::link("/me", &tr.t("admin-me"), Press::Main)) }
    };
    shell.page(&tr.t("admin-tokens"), body)
}

fn sessions(shell: &Shell, account: &Account) -> Markup {
    let tr = shell.tr;
    let row = |session: &SessionRow| {
        vec![
            html! { div { p { @if session.device.is_empty() { (tr.t("admin-device-unknown")) } @else { (part::device(&session.device)) } } @if session.current { (part::tag("ok", &tr.t("admin-session-this"))) } } },
            html! { (shell.zone.show_text(&session.started_at)) },
            html! { (shell.zone.show_text(&session.used_at)) },
            html! { @if !session.current { (press(shell, "/me/sessions/end", html! { (hidden("id", &session.id)) (part::button(&tr.t("admin-session-end"), Press::Danger)) })) } },
        ]
    };
    let heads = ["admin-device", "admin-from", "admin-used", "admin-more"].map(|key| tr.t(key));
    part::table(&tr.t("admin-sessions"), &heads, &account.sessions.iter().map(row).collect::<Vec<_>>())
}
