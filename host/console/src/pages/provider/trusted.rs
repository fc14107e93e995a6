//! `POST /provider/modules/{m}/trusted`, `…/{id}/remove` and `/provider/modules/{m}/trusted-only`: workflows that publish
//! without a person.

use super::module::{self, Tab};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, told};
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{NewTrustedPublisher, TrustedPublisher, TrustedPublishers};
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

pub async fn add(Path(module): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let environment = Some(line(&form, "environment")).filter(|text| !text.is_empty());
    let new = NewTrustedPublisher {
        issuer: line(&form, "issuer"),
        owner_id: line(&form, "owner_id"),
        repository: line(&form, "repository"),
        workflow: line(&form, "workflow"),
        environment,
    };
    match told(visitor.registry.new_trusted_publisher(&module, &new).await)? {
        Ok(_) => Ok(done(&Tab::Trusted.path(&module), "trusted-added")),
        Err(problem) => module::again(visitor, &module, Tab::Trusted, Sent::refused(form, problem)).await,
    }
}

pub async fn remove(
    Path((module, id)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    match told(visitor.registry.remove_trusted_publisher(&module, &id).await)? {
        Ok(()) => Ok(done(&Tab::Trusted.path(&module), "trusted-removed")),
        Err(problem) => module::again(visitor, &module, Tab::Trusted, Sent::refused(form, problem)).await,
    }
}

pub async fn only(Path(module): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match told(visitor.registry.set_trusted_only(&module, form.get("only") == Some("yes")).await)? {
        Ok(()) => Ok(done(&Tab::Trusted.path(&module), "trusted-only")),
        Err(problem) => module::again(visitor, &module, Tab::Trusted, Sent::refused(form, problem)).await,
    }
}

pub fn tab(shell: &Shell, module: &str, trusted: &TrustedPublishers, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let heads =
        ["vendor-ci-repository", "vendor-ci-workflow", "vendor-ci-environment", "vendor-ci-issuer", "vendor-act"];
    let heads = heads.map(|key| tr.t(key));
    let row = |one: &TrustedPublisher| {
        vec![
            html! { (one.repository) " " code { "#" (one.owner_id) } },
            html! { code { (one.workflow) } },
            html! { (one.environment.as_deref().unwrap_or("–")) },
            html! { code { (one.issuer) } },
            shell.post(
                &format!("/provider/modules/{module}/trusted/{}/remove", one.id),
                part::button(&tr.t("vendor-remove"), Press::Danger),
            ),
        ]
    };
    html! {
        (part::dim(&tr.t("vendor-ci-help")))
        @if trusted.publishers.is_empty() { (part::empty(&tr.t("vendor-ci-none"))) }
        @else { (part::table(&tr.t("vendor-ci"), &heads, &trusted.publishers.iter().map(row).collect::<Vec<_>>())) }
        (shell.post(&format!("/provider/modules/{module}/trusted-only"), html! {
            (sent.field("only", &tr.t("vendor-ci-only"), "", "").tick("yes", trusted.trusted_only))
            (part::buttons(&[part::button(&tr.t("vendor-save"), Press::Plain)]))
        }))
        (part::card(&tr.t("vendor-ci-new"), form(shell, module, sent)))
    }
}

fn form(shell: &Shell, module: &str, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let fields = [
        ("issuer", "vendor-ci-issuer", true),
        ("owner_id", "vendor-ci-owner", true),
        ("repository", "vendor-ci-repository", true),
        ("workflow", "vendor-ci-workflow", true),
        ("environment", "vendor-ci-environment", false),
    ];
    shell.post(
        &format!("/provider/modules/{module}/trusted"),
        html! {
            @for (name, label, required) in fields {
                (sent.field(name, &tr.t(label), "", "").when(required).line("text"))
            }
            (part::buttons(&[part::button(&tr.t("vendor-ci-add"), Press::Main)]))
        },
    )
}
