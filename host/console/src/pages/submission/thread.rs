//! `POST /submissions/{id}/claim`, `…/release` and `…/comment`: who works on a submission, and what is said about it.

use super::{Part, Shown, again};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, lines, told};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Claim, Comment, Transition};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press, Step};
use toolcrib_ui::shell::Shell;

/// Where the form was: the queue, or the submission itself.
fn back(id: &str, from: Option<&str>) -> Response {
    match from {
        Some("queue") => Redirect::to("/review").into_response(),
        _ => Redirect::to(&Part::Overview.path(id)).into_response(),
    }
}

pub async fn claim(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match told(visitor.registry.claim(&id, &Claim::default()).await)? {
        Ok(_) => Ok(back(&id, form.get("from"))),
        Err(problem) => again(visitor, &id, Part::Overview, Sent::refused(form, problem)).await,
    }
}

pub async fn release(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match told(visitor.registry.release(&id).await)? {
        Ok(()) => Ok(back(&id, form.get("from"))),
        Err(problem) => again(visitor, &id, Part::Overview, Sent::refused(form, problem)).await,
    }
}

pub async fn comment(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match told(visitor.registry.comment(&id, &lines(&form, "text")).await)? {
        Ok(_) => Ok(done(&Part::Thread.path(&id), "said")),
        Err(problem) => again(visitor, &id, Part::Thread, Sent::refused(form, problem)).await,
    }
}

/// What was said, a place to answer, and every step of the way.
pub fn part(shell: &Shell, shown: &Shown, sent: &Sent) -> Markup {
    let (tr, id) = (shell.tr, &shown.submission.id);
    let said = |comment: &Comment| Step {
        what: html! { (part::tag("idle", &tr.t(&format!("side-{}", comment.side)))) " " (comment.by) " · " (shell.zone.show_text(&comment.at)) },
        words: comment.text.clone(),
    };
    let taken = |step: &Transition| Step {
        what: html! { (crate::standing::state(tr, step.after)) " " (crate::standing::actor(tr, &step.by)) " · " (shell.zone.show_text(&step.at)) },
        words: crate::pages::city::words(tr, &step.reason),
    };
    let label = tr.t("comment");
    let history: Vec<_> = shown.submission.history.iter().map(taken).collect();
    html! {
        @if shown.comments.is_empty() { (part::empty(&tr.t("comments-none"))) }
        (part::log(&shown.comments.iter().map(said).collect::<Vec<_>>()))
        (shell.post(&format!("/submissions/{id}/comment"), html! {
            (sent.field("text", &label, "", "").required().area(4))
            (part::buttons(&[part::button(&tr.t("comment-send"), Press::Main)]))
        }))
        @if !history.is_empty() { (desk::block(&tr.t("vendor-history"), part::log(&history))) }
    }
}
