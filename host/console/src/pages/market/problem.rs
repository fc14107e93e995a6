//! `GET` and `POST /market/m/{module}/problem`: a factory says what is wrong with a module, and the marketplace looks at it.

use super::listing::{Head, framed};
use crate::failure::{Failure, status};
use crate::guard::Posted;
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::{self, Field, Press};
use toolcrib_ui::shell::Shell;

/// Where the page stands below the module's.
pub const SUB: &str = "/problem";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    sent: bool,
}

pub async fn show(
    visitor: Visitor,
    Path(module): Path<String>,
    Query(Asked { sent }): Query<Asked>,
) -> Result<Markup, Failure> {
    let head = Head::load(&visitor, &module).await?;
    Ok(page(&visitor.shell, &head, sent, &FormText::default(), None))
}

pub async fn send(Path(module): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let tenant = form.get("tenant").unwrap_or_default();
    let mine = visitor.identity.me.tenants.iter().find(|mine| mine.slug == tenant);
    let mine = mine.ok_or_else(|| NOT_FOUND.because("no such tenant"))?;
    let text = form.get("text").unwrap_or_default().trim().replace("\r\n", "\n");
    match visitor.registry.complain(&mine.id, &module, &text).await {
        Ok(()) => Ok(Redirect::to(&format!("/market/m/{module}{SUB}?sent=true")).into_response()),
        Err(error) => match Failure::from(error) {
            Failure::Problem(problem) => {
                let head = Head::load(&visitor, &module).await?;
                Ok((status(&problem), page(&visitor.shell, &head, false, &form, Some(&problem))).into_response())
            }
            other => Err(other),
        },
    }
}

/// `form` and `problem` of what was refused.
pub fn page(shell: &Shell, head: &Head, sent: bool, form: &FormText, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::problem_above(tr, problem))
        @if sent { (part::notice("ok", &tr.t("market-complain-sent"))) }
        section { h2 { (tr.t("market-complain")) }
            p { (tr.t("market-complain-lead")) }
            @if head.tenants.is_empty() { (part::empty(&tr.t("market-complain-owners"))) } @else { (asked(shell, head, form, problem)) }
        }
    };
    framed(shell, head, SUB, body)
}

fn asked(shell: &Shell, head: &Head, form: &FormText, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let tenants: Vec<_> = head.tenants.iter().map(|tenant| (tenant.slug.clone(), tenant.name.clone())).collect();
    let errors = problem.map_or(&[][..], |problem| problem.errors.as_slice());
    let wrong = errors.iter().find(|error| error.pointer == "/text").map_or("", |error| &*error.message);
    let (label, help) = (tr.t("market-complain-text"), tr.t("market-complain-help"));
    shell.post(
        &format!("{}{SUB}", head.path()),
        html! {
            (Field { name: "tenant", label: &tr.t("market-review-for"), ..Field::default() }
                .select(&tenants, form.get("tenant").unwrap_or_default()))
            (Field { name: "text", label: &label, help: &help, error: wrong, required: true }
                .lines(form.get("text").unwrap_or_default(), 5))
            (part::buttons(&[part::button(&tr.t("market-complain-send"), Press::Main)]))
        },
    )
}
