//! `GET` and `POST /provider/tokens` and `POST …/{token}/revoke`: tokens with which machines act for a person.

use super::{ORG, org, orgs};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{ApiToken, NewApiToken};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const PATH: &str = "/provider/tokens";
/// What a provider's machines do.
const SCOPES: [&str; 5] = ["read", "publish-new", "publish-update", "yank", "listing"];

/// Whose tokens are shown.
pub struct Desk {
    /// Slug and name of each provider.
    pub orgs: Vec<(String, String)>,
    pub tokens: Vec<ApiToken>,
    /// Made just now: its text is on this page and nowhere else.
    pub made: Option<ApiToken>,
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let desk = load(&visitor, None).await?;
    let sent = Sent { form: FormText::new(pairs), problem: None };
    Ok(page(&visitor.shell, &desk, &sent).into_response())
}

async fn load(visitor: &Visitor, made: Option<ApiToken>) -> Result<Desk, Failure> {
    let orgs: Vec<_> = orgs(visitor)?.into_iter().map(|org| (org.slug.clone(), org.name.clone())).collect();
    let tokens = visitor.registry.tokens().await?.into_iter();
    let tokens = tokens.filter(|token| orgs.iter().any(|(slug, _)| *slug == token.org)).collect();
    Ok(Desk { orgs, tokens, made })
}

/// The answer shows the token's text: it is told once, so there is no address that shows it again.
pub async fn make(Posted { mut visitor, form }: Posted) -> Result<Response, Failure> {
    let org = org(&visitor, &form)?.slug.clone();
    let modules = line(&form, "modules");
    let modules = modules.split([',', '，', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let new = NewApiToken {
        name: line(&form, "name"),
        org,
        scopes: form.all("scopes").map(str::to_owned).collect(),
        modules,
        days: line(&form, "days").parse().unwrap_or(0),
    };
    let result = told(visitor.registry.new_token(&new).await)?;
    visitor.shell.back = PATH.to_owned();
    match result {
        Ok(made) => {
            let desk = load(&visitor, Some(made)).await?;
            Ok(page(&visitor.shell, &desk, &Sent::default()).into_response())
        }
        Err(problem) => {
            let (desk, sent) = (load(&visitor, None).await?, Sent::refused(form, problem));
            Ok(sent.answer(page(&visitor.shell, &desk, &sent)))
        }
    }
}

pub async fn revoke(Path(token): Path<String>, Posted { visitor, .. }: Posted) -> Result<Response, Failure> {
    visitor.registry.revoke_token(&token).await?;
    Ok(done(PATH, "token-revoked"))
}

pub fn page(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let text = desk.made.as_ref().and_then(|made| made.token.as_deref());
    let body = html! {
        (sent.head(tr))
        @if let Some(text) = text {
            (part::notice("ok", &tr.t("vendor-token-made")))
            (part::command_line(tr, &tr.t("vendor-token"), text))
        }
        (part::dim(&tr.t("vendor-tokens-help")))
        (tokens(shell, &desk.tokens))
        (part::card(&tr.t("vendor-token-new"), form(shell, desk, sent)))
        (part::dim(&tr.t("vendor-tokens-ci")))
    };
    shell.page(&tr.t("vendor-tokens"), body)
}

fn tokens(shell: &Shell, tokens: &[ApiToken]) -> Markup {
    let tr = shell.tr;
    let heads = [
        "vendor-token-name",
        "vendor-scopes",
        "vendor-token-modules",
        "vendor-token-used",
        "vendor-token-until",
        "vendor-act",
    ];
    let heads = heads.map(|key| tr.t(key));
    let row = |token: &ApiToken| {
        let scopes: Vec<_> = token.scopes.iter().map(|scope| ("idle", scope_text(shell, scope))).collect();
        vec![
            html! { (token.name) },
            desk::tags(&scopes),
            html! { @for module in &token.modules { code { (module) } " " } },
            html! { @match &token.used_at { Some(at) => (shell.zone.show_text(at)), None => (tr.t("vendor-token-unused")) } },
            shell.zone.show_text(&token.expires_at),
            shell.post(
                &format!("{PATH}/{}/revoke", token.id),
                part::button(&tr.t("vendor-token-revoke"), Press::Danger),
            ),
        ]
    };
    html! {
        @if tokens.is_empty() { (part::empty(&tr.t("vendor-tokens-none"))) }
        @else { (part::table(&tr.t("vendor-tokens"), &heads, &tokens.iter().map(row).collect::<Vec<_>>())) }
    }
}

fn scope_text(shell: &Shell, scope: &str) -> String {
    shell.tr.maybe(&format!("vendor-scope-{scope}")).unwrap_or_else(|| scope.to_owned())
}

fn form(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let labels = [
        "vendor-token-name",
        "vendor-token-name-help",
        "vendor-token-modules",
        "vendor-token-modules-help",
        "vendor-token-days",
        "provider",
    ];
    let labels = labels.map(|key| tr.t(key));
    let scopes = SCOPES
        .map(|scope| sent.field("scopes", &scope_text(shell, scope), "", "").tick(scope, sent.ticked("scopes", scope)));
    shell.post(
        PATH,
        html! {
            (sent.field("name", &labels[0], &labels[1], "").required().line("text"))
            @if desk.orgs.len() > 1 { (sent.field(ORG, &labels[5], "", "").select(&desk.orgs)) }
            (desk::ticks(&tr.t("vendor-scopes"), &scopes))
            (sent.field("modules", &labels[2], &labels[3], "*").line("text"))
            (sent.field("days", &labels[4], "", "90").required().line("number"))
            (part::buttons(&[part::button(&tr.t("vendor-token-make"), Press::Main)]))
        },
    )
}
