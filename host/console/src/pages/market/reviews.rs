//! `GET` and `POST /market/m/{module}/reviews`: what factories that really use it think, what its provider answers, and
//! what the visitor's own factory has to say.

use super::listing::{Head, framed};
use crate::failure::{Failure, status};
use crate::guard::Posted;
use crate::visitor::Visitor;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_registry_client::wire::{Rate, Rating};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part;
use toolcrib_ui::part::stars::{choose, given};
use toolcrib_ui::part::{Field, Press, Step, log};
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(module): Path<String>) -> Result<Markup, Failure> {
    let (head, ratings) = tokio::join!(Head::load(&visitor, &module), visitor.registry.ratings(&module));
    Ok(page(&visitor.shell, &head?, &ratings?, &FormText::default(), None))
}

pub async fn rate(Path(module): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let tenant = form.get("tenant").unwrap_or_default();
    let mine = visitor.identity.me.tenants.iter().find(|mine| mine.slug == tenant);
    let mine = mine.ok_or_else(|| NOT_FOUND.because("no such tenant"))?;
    let stars = form.get("stars").and_then(|stars| stars.parse().ok()).unwrap_or_default();
    let rate = Rate { stars, text: form.get("text").unwrap_or_default().trim().replace("\r\n", "\n") };
    match visitor.registry.rate(&mine.id, &module, &rate).await {
        Ok(()) => Ok(Redirect::to(&format!("/market/m/{module}/reviews")).into_response()),
        Err(error) => match Failure::from(error) {
            Failure::Problem(problem) => {
                let (head, ratings) = tokio::join!(Head::load(&visitor, &module), visitor.registry.ratings(&module));
                let page = page(&visitor.shell, &head?, &ratings?, &form, Some(&problem));
                Ok((status(&problem), page).into_response())
            }
            other => Err(other),
        },
    }
}

/// `form` and `problem` of a rating that was refused.
pub fn page(shell: &Shell, head: &Head, ratings: &[Rating], form: &FormText, problem: Option<&Problem>) -> Markup {
    let tr = shell.tr;
    let steps: Vec<_> = ratings.iter().map(|rating| step(shell, rating)).collect();
    let body = html! {
        (part::problem_above(tr, problem))
        section { h2 { (tr.t("market-reviews")) }
            p { (tr.t("market-reviews-who")) }
            @if steps.is_empty() { (part::empty(&tr.t("market-reviews-none"))) } @else { @for steps in &steps { (log(steps)) } }
        }
        @if !head.tenants.is_empty() && head.version.is_some() { section { h2 { (tr.t("market-review-yours")) } (own(shell, head, form)) } }
    };
    framed(shell, head, "/reviews", body)
}

/// A rating, and what the provider answered.
fn step(shell: &Shell, rating: &Rating) -> Vec<Step> {
    let tr = shell.tr;
    let first = Step {
        what: html! { (given(tr, rating.stars)) " · " (tr.t("market-review-verified")) " · " (shell.zone.show_text(&rating.rated_at)) },
        words: rating.text.clone(),
    };
    let answer = rating.answer.as_ref().map(|text| Step {
        what: html! { (tr.t("market-review-answer")) @if let Some(at) = &rating.answered_at { " · " (shell.zone.show_text(at)) } },
        words: text.clone(),
    });
    [Some(first), answer].into_iter().flatten().collect()
}

fn own(shell: &Shell, head: &Head, form: &FormText) -> Markup {
    let tr = shell.tr;
    let path = format!("{}/reviews", head.path());
    let tenants: Vec<_> = head.tenants.iter().map(|tenant| (tenant.slug.clone(), tenant.name.clone())).collect();
    shell.post(&path, html! {
        (Field { name: "tenant", label: &tr.t("market-review-for"), ..Field::default() }
            .select(&tenants, form.get("tenant").unwrap_or_default()))
        (choose(tr, "stars", form.get("stars")))
        (Field { name: "text", label: &tr.t("market-review-text"), help: &tr.t("market-review-help"), ..Field::default() }
            .lines(form.get("text").unwrap_or_default(), 4))
        (part::buttons(&[part::button(&tr.t("market-review-send"), Press::Main)]))
    })
}
