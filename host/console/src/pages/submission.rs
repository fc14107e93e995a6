//! `GET /submissions/{id}` and `POST …/decision`: a version on its way, as its provider and its reviewer see it.

use crate::failure::{Failure, status};
use crate::guard::Posted;
use crate::standing;
use crate::visitor::Visitor;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::evidence::TextChange;
use toolcrib_contract::finding::Report;
use toolcrib_contract::manifest::{HandlerKind, Manifest, Words};
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{Comment, Decide, Submission, SubmissionState};
use toolcrib_ui::language::Tr;
use toolcrib_ui::names::{NONE, Names};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;
use toolcrib_ui::wants;

/// A submission with what the page compares it to.
pub struct Shown {
    pub submission: Submission,
    /// What the last approved version asks for; empty when this is the first.
    pub before: Vec<Wanted>,
    /// What provider and reviewers said.
    pub comments: Vec<Comment>,
    /// The visitor may decide.
    pub decides: bool,
}

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let shown = load(&visitor, &id).await?;
    Ok(page(&visitor.shell, &shown, "", None))
}

async fn load(visitor: &Visitor, id: &str) -> Result<Shown, Failure> {
    let submission = visitor.registry.submission(id).await?;
    let before = match &submission.previous {
        Some(version) => visitor.registry.version(&submission.module, version).await?.wanted,
        None => Vec::new(),
    };
    let comments = visitor.registry.comments(id).await?;
    let decides = visitor.decides_on_submissions() && submission.state == SubmissionState::Review;
    Ok(Shown { submission, before, comments, decides })
}

pub async fn decide(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let text = |name| form.get(name).unwrap_or_default().to_owned();
    let decision = Decide { decision: text("decision"), reason: text("reason").replace("\r\n", "\n") };
    let address = format!("/submissions/{}", toolcrib_ui::form::escape(&id));
    match visitor.registry.decide(&id, &decision).await {
        Ok(_) => Ok(Redirect::to(&address).into_response()),
        Err(error) => {
            let problem = match Failure::from(error) {
                Failure::Problem(problem) => problem,
                other => return Err(other),
            };
            let shown = load(&visitor, &id).await?;
            let mut shell = visitor.shell;
            shell.back = address;
            Ok((status(&problem), page(&shell, &shown, &decision.reason, Some(&problem))).into_response())
        }
    }
}

/// `reason` and `problem` of a decision that was refused.
pub fn page(shell: &Shell, shown: &Shown, reason: &str, problem: Option<&Problem>) -> Markup {
    let (tr, submission) = (shell.tr, &shown.submission);
    let body = html! {
        (part::problem_above(tr, problem))
        p { (standing::state(tr, submission.state)) }
        (about(shell, submission))
        @match &submission.report {
            None => (part::empty(&tr.t("report-running"))),
            Some(report) => (self::report(shell, report, &shown.before, submission.previous.as_deref())),
        }
        @if !submission.decisions.is_empty() { section { h2 { (tr.t("decisions")) } (standing::decisions(tr, &shell.zone, &submission.decisions)) } }
        @if shown.decides { (claim(shell, submission)) (form(shell, submission, reason)) }
        (comments(shell, &submission.id, &shown.comments))
    };
    shell.page(&format!("{} {}", submission.module, submission.version), body)
}

fn about(shell: &Shell, submission: &Submission) -> Markup {
    let tr = shell.tr;
    part::facts(&[
        (tr.t("provider"), html! { (submission.org_name) }),
        (tr.t("submitted"), html! { (shell.zone.show_text(&submission.submitted_at)) " · " (submission.submitted_by) }),
        (tr.t("digest"), part::digest(&submission.digest)),
        (tr.t("size"), html! { (part::kib(submission.size_bytes)) }),
        (tr.t("version-before"), html! { (submission.previous.as_deref().unwrap_or("–")) }),
        (tr.t("due"), html! { (shell.zone.show_text(&submission.due_at)) }),
        (tr.t("claimed"), html! { (submission.claimed_by.as_deref().unwrap_or("–")) }),
    ])
}

fn report(shell: &Shell, report: &Report, before: &[Wanted], previous: Option<&str>) -> Markup {
    let tr = shell.tr;
    let words = report.package.as_ref().map_or(&NONE, |package| &package.words);
    let names = shell.names_with(words);
    html! {
        section { h2 { (tr.t("findings")) }
            (part::findings(tr, &report.findings))
            p.dim { (tr.with("report-rules", &[("rules", &report.rules)])) } }
        section { h2 { (tr.t("wants")) }
            @if let Some(previous) = previous {
                p { (tr.with("wants-compared", &[("version", previous)])) }
            } @else { p { (tr.t("wants-first")) } }
            @if report.wanted.is_empty() { (part::empty(&tr.t("wants-none"))) }
            (wants::diff(names, &wants::changes(before, &report.wanted)))
            @if let Some(manifest) = &report.manifest { (wants::own(names, manifest, &report.wanted)) }
        }
        @if let Some(manifest) = &report.manifest { section { h2 { (tr.t("contents")) } (self::manifest(names, manifest)) } }
        @if !report.evidence.texts.is_empty() { section { h2 { (tr.t("texts-changed")) } (texts(tr, &report.evidence.texts)) } }
        (part::costs(tr, &report.costs))
    }
}

/// Texts that people read, before and after, in both languages.
fn texts(tr: Tr, changes: &[TextChange]) -> Markup {
    let heads = ["text-place", "text-before", "text-after"].map(|key| tr.t(key));
    let both = |words: &Option<Words>| match words {
        Some(words) => html! { span lang="zh-CN" { (words.zh) } br; span lang="en" { (words.en) } },
        None => html! { span.dim { "–" } },
    };
    let row = |change: &TextChange| vec![html! { code { (change.place) } }, both(&change.before), both(&change.after)];
    part::table(&tr.t("texts-changed"), &heads, &changes.iter().map(row).collect::<Vec<_>>())
}

fn manifest(names: Names<'_>, manifest: &Manifest) -> Markup {
    let tr = names.tr;
    let heads = ["handler", "handler-name", "handler-kind", "handler-about"].map(|key| tr.t(key));
    let rows = manifest.handlers.iter().map(|def| {
        let kind = match &def.kind {
            HandlerKind::Command => tr.t("kind-command"),
            HandlerKind::Query => tr.t("kind-query"),
            HandlerKind::OnSignal { signal } | HandlerKind::OnWindow { signal } => {
                tr.with("kind-signal", &[("signal", signal)])
            }
            HandlerKind::OnEvent { event, .. } => tr.with("kind-event", &[("event", event)]),
            HandlerKind::Timer => tr.t("kind-timer"),
            HandlerKind::Connector => tr.t("kind-connector"),
        };
        let about = names.about(&def.name, &def.doc);
        vec![html! { code { (def.name) } }, html! { (names.operation(&def.name)) }, html! { (kind) }, html! { (about) }]
    });
    let rows: Vec<_> = rows.collect();
    html! {
        p { strong { (tr.words(&manifest.title)) } " — " (tr.words(&manifest.summary)) }
        (part::table(&tr.t("handlers"), &heads, &rows))
    }
}

/// Takes the submission, or gives it back.
fn claim(shell: &Shell, submission: &Submission) -> Markup {
    let (tr, id) = (shell.tr, &submission.id);
    html! { @if submission.claimed_by.is_none() {
        (shell.post(&format!("/submissions/{id}/claim"), html! { p { button { (tr.t("claim")) } } }))
    } @else {
        (shell.post(&format!("/submissions/{id}/release"), html! { p { button { (tr.t("release")) } } }))
    } }
}

/// What was said, and a place to answer.
fn comments(shell: &Shell, id: &str, comments: &[Comment]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        div.field { label for="comment" { (tr.t("comment")) } textarea #comment name="text" rows="3" required { "" } }
        p { button { (tr.t("comment-send")) } }
    };
    html! { section { h2 { (tr.t("comments")) }
        @if comments.is_empty() { (part::empty(&tr.t("comments-none"))) }
        ol.log { @for comment in comments { li {
            p { span.tag.idle { (tr.t(&format!("side-{}", comment.side))) } " " (comment.by) " · " (shell.zone.show_text(&comment.at)) }
            blockquote { (comment.text) }
        } } }
        (shell.post(&format!("/submissions/{id}/comment"), body))
    } }
}

fn form(shell: &Shell, submission: &Submission, reason: &str) -> Markup {
    let (tr, id) = (shell.tr, &submission.id);
    let body = html! {
        @if !submission.second_because.is_empty() {
            p { (tr.t("second-needed")) " " @for why in &submission.second_because { span.tag.warn { (tr.t(&format!("second-{why}"))) } " " } }
        }
        div.field { label for="reason" { (tr.t("decision-reason")) }
            textarea #reason name="reason" rows="4" aria-describedby="reason-help" { "\n" (reason) }
            p.help #reason-help { (tr.t("decision-help")) } }
        p.buttons {
            button.main name="decision" value="approve" { (tr.t("decision-approve")) }
            button name="decision" value="request_changes" { (tr.t("decision-request-changes")) }
            button.danger name="decision" value="reject" { (tr.t("decision-reject")) }
        }
    };
    html! { section.card { h2 { (tr.t("decision")) } (shell.post(&format!("/submissions/{id}/decision"), body)) } }
}

/// Submissions as a table, as they come.
pub fn list(shell: &Shell, submissions: &[Submission]) -> Markup {
    let tr = shell.tr;
    let heads = ["module", "version", "provider", "state", "submitted", "due", "claimed"].map(|key| tr.t(key));
    let row = |submission: &Submission| {
        vec![
            html! { a href={ "/submissions/" (submission.id) } { (submission.module) } },
            html! { (submission.version) },
            html! { (submission.org_name) },
            standing::state(tr, submission.state),
            shell.zone.show_text(&submission.submitted_at),
            shell.zone.show_text(&submission.due_at),
            html! { (submission.claimed_by.as_deref().unwrap_or("–")) },
        ]
    };
    html! {
        @if submissions.is_empty() { (part::empty(&tr.t("submissions-none"))) }
        @else { (part::table(&tr.t("submissions"), &heads, &submissions.iter().map(row).collect::<Vec<_>>())) }
    }
}
