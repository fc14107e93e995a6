//! Where a submission stands, and how it came there.

use maud::{Markup, html};
use toolcrib_registry_client::wire::{Decision, SubmissionState};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{Step, log, tag};
use toolcrib_ui::zone::Zone;

/// The state of a submission: word and colour.
pub fn state(tr: Tr, state: SubmissionState) -> Markup {
    let tone = match state {
        SubmissionState::Approved => "ok",
        SubmissionState::Review | SubmissionState::ChangesRequested => "warn",
        SubmissionState::Deprecated | SubmissionState::Yanked => "warn",
        SubmissionState::Failed | SubmissionState::Rejected | SubmissionState::Revoked => "bad",
        SubmissionState::Draft
        | SubmissionState::Discarded
        | SubmissionState::Submitted
        | SubmissionState::Checking => "idle",
    };
    tag(tone, &tr.t(&format!("state-{}", state.as_str())))
}

/// Who acted: a person by name, a part of the server by what it does.
pub fn actor(tr: Tr, by: &str) -> String {
    tr.maybe(&format!("vendor-actor-{}", by.replace(' ', "-"))).unwrap_or_else(|| by.to_owned())
}

/// Who decided what, when and why.
pub fn decisions(tr: Tr, zone: &Zone, decisions: &[Decision]) -> Markup {
    let step = |decision: &Decision| Step {
        what: html! { (state(tr, decision.state)) " " (decision.by) " · " (zone.show_text(&decision.at)) },
        words: decision.reason.clone(),
    };
    log(&decisions.iter().map(step).collect::<Vec<_>>())
}
