//! How a submission stands, what is to be done about it and by whom, and the decision.

use super::{Part, Shown, again, stages};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, lines, told};
use crate::standing;
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Decide, Rollout, Submission, SubmissionState};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Sentences that reviewers write again and again. The text is theirs to change before it is sent.
const CANNED: [&str; 6] = ["texts", "scenarios", "consent", "rights", "outside", "upgrade"];
/// The parameter of the address that begins the reason with one of them.
const WITH: &str = "with";
/// A page whose submission is being checked is loaded again after so many seconds.
const AGAIN_S: u8 = 3;

pub async fn decide(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let decision = Decide { decision: line(&form, "decision"), reason: lines(&form, "reason") };
    match told(visitor.registry.decide(&id, &decision).await)? {
        Ok(_) => Ok(done(&Part::Overview.path(&id), "decided")),
        Err(problem) => again(visitor, &id, Part::Overview, Sent::refused(form, problem)).await,
    }
}

/// Hands a draft in.
pub async fn hand_in(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match told(visitor.registry.submit_draft(&id).await)? {
        Ok(_) => Ok(done(&Part::Overview.path(&id), "handed-in")),
        Err(problem) => again(visitor, &id, Part::Overview, Sent::refused(form, problem)).await,
    }
}

/// Gives a draft up.
pub async fn discard(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match told(visitor.registry.discard_draft(&id).await)? {
        Ok(()) => Ok(done("/provider/submissions", "discarded")),
        Err(problem) => again(visitor, &id, Part::Overview, Sent::refused(form, problem)).await,
    }
}

pub fn part(shell: &Shell, shown: &Shown, sent: &Sent) -> Markup {
    let (tr, submission) = (shell.tr, &shown.submission);
    let steps = stepper(shell, submission);
    html! {
        @if shown.provides { (next(shell, submission)) }
        (part::panes(&[(tr.t("vendor-progress"), steps), (tr.t("vendor-facts"), about(shell, shown))]))
        @if let Some(report) = &submission.report {
            @if !report.evidence.checklist.is_empty() && !shown.provides { (part::card(&tr.t("vendor-checklist"), html! {
                (desk::stack(&report.evidence.checklist.iter().map(|task| html! { (part::tag("warn", &task.topic)) " " (task.told(tr.lang)) }).collect::<Vec<_>>()))
            })) }
        }
        @if shown.decides { (claim(shell, submission)) (form(shell, shown, sent)) }
        @if !submission.decisions.is_empty() { (desk::block(&tr.t("decisions"), standing::decisions(tr, &shell.zone, &submission.decisions))) }
    }
}

fn stepper(shell: &Shell, submission: &Submission) -> Markup {
    let tr = shell.tr;
    let steps = part::stepper::stepper(tr, &tr.t("vendor-progress"), &stages(shell, submission));
    html! {
        @if submission.state.is_unchecked() {
            (part::dim(&tr.t("vendor-progress-goes-on")))
            (desk::again(AGAIN_S, steps))
        } @else { (steps) }
    }
}

/// What the provider does now.
fn next(shell: &Shell, submission: &Submission) -> Markup {
    let (tr, id) = (shell.tr, &submission.id);
    let build_again = |sentence: &str| {
        part::card(
            &tr.t("vendor-next"),
            html! {
                p { (tr.t(sentence)) }
                (part::command_line(tr, &tr.t("vendor-command"), "cargo toolcrib check"))
                (part::buttons(&[part::link("/provider/publish", &tr.t("vendor-publish"), Press::Main), part::link(&Part::Thread.path(id), &tr.t("vendor-answer"), Press::Plain)]))
            },
        )
    };
    match submission.state {
        SubmissionState::Failed => build_again("vendor-next-failed"),
        SubmissionState::ChangesRequested => build_again("vendor-next-changes"),
        SubmissionState::Draft => part::card(
            &tr.t("vendor-next"),
            html! {
                p { (tr.t("vendor-next-draft")) " " @if let Some(until) = &submission.expires_at { (shell.zone.show_text(until)) } }
                (shell.post(&format!("/submissions/{id}/submit"), part::button(&tr.t("vendor-hand-in"), Press::Main)))
                (shell.post(&format!("/submissions/{id}/discard"), part::button(&tr.t("vendor-discard"), Press::Danger)))
            },
        ),
        _ => html! {},
    }
}

fn about(shell: &Shell, shown: &Shown) -> Markup {
    let (tr, submission) = (shell.tr, &shown.submission);
    let word = |text: &str| html! { (text) };
    let mut facts = vec![
        (tr.t("provider"), word(&submission.org_name)),
        (tr.t("version-before"), word(submission.previous.as_deref().unwrap_or("–"))),
        (tr.t("due"), shell.zone.show_text(&submission.due_at)),
        (tr.t("claimed"), word(submission.claimed_by.as_deref().unwrap_or("–"))),
        (tr.t("digest"), part::digest(&submission.digest)),
    ];
    if !submission.second_because.is_empty() {
        let why = submission.second_because.iter().map(|why| ("warn", tr.t(&format!("second-{why}"))));
        facts.push((tr.t("second-needed"), desk::tags(&why.collect::<Vec<_>>())));
    }
    for rollout in &shown.rollouts {
        facts.push((tr.t("vendor-tab-rollout"), rings(shell, rollout)));
    }
    part::facts(&facts)
}

fn rings(shell: &Shell, rollout: &Rollout) -> Markup {
    let rings = rollout.rings.iter().map(|ring| format!("{} %", f64::from(*ring) / 10_000.0));
    let state = shell.tr.t(&format!("vendor-rollout-{}", rollout.state.replace('_', "-")));
    html! { (rings.collect::<Vec<_>>().join(" → ")) " " (part::tag("idle", &state)) }
}

/// Takes the submission, or gives it back.
fn claim(shell: &Shell, submission: &Submission) -> Markup {
    let (tr, id) = (shell.tr, &submission.id);
    let (action, key) = match &submission.claimed_by {
        None => (format!("/submissions/{id}/claim"), "claim"),
        Some(_) => (format!("/submissions/{id}/release"), "release"),
    };
    shell.post(&action, part::buttons(&[part::button(&tr.t(key), Press::Plain)]))
}

/// Who approved so far, and whose approval is still missing.
fn second(shell: &Shell, shown: &Shown) -> Markup {
    let (tr, submission) = (shell.tr, &shown.submission);
    let first = submission.decisions.iter().rev().find(|decision| decision.act == "endorse");
    html! { @if !submission.second_because.is_empty() {
        @match first {
            None => (part::notice("warn", &tr.t("vendor-second-first"))),
            Some(first) if first.by == shown.visitor => (part::notice("warn", &tr.t("vendor-second-other"))),
            Some(first) => (part::notice("ok", &tr.with("vendor-second-yours", &[("name", &first.by)]))),
        }
    } }
}

fn form(shell: &Shell, shown: &Shown, sent: &Sent) -> Markup {
    let (tr, id) = (shell.tr, &shown.submission.id);
    let (label, help) = (tr.t("decision-reason"), tr.t("decision-help"));
    let begun = sent.form.get(WITH).filter(|code| CANNED.contains(code));
    let begun = begun.map(|code| tr.t(&format!("vendor-canned-{code}"))).unwrap_or_default();
    let canned = CANNED.map(|code| {
        let path = format!("{}&{WITH}={code}", Part::Overview.path(id));
        part::link(&path, &tr.t(&format!("vendor-canned-name-{code}")), Press::Quiet)
    });
    let body = html! {
        (second(shell, shown))
        (desk::more(&tr.t("vendor-canned"), part::buttons(&canned)))
        (sent.field("reason", &label, &help, &begun).area(4))
        (part::buttons(&[
            part::choice("decision", "approve", &tr.t("decision-approve"), Press::Main),
            part::choice("decision", "request_changes", &tr.t("decision-request-changes"), Press::Plain),
            part::choice("decision", "reject", &tr.t("decision-reject"), Press::Danger),
        ]))
    };
    part::card(&tr.t("decision"), shell.post(&format!("/submissions/{id}/decision"), body))
}
