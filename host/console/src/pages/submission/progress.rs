//! How far a submission is, as steps that everybody understands: from the upload to the decision.

use maud::{Markup, html};
use toolcrib_contract::evidence::{Checked, Stage};
use toolcrib_contract::finding::{Finding, Report, Severity};
use toolcrib_registry_client::wire::{Submission, SubmissionState};
use toolcrib_ui::part;
use toolcrib_ui::part::stepper::{self, Pace};
use toolcrib_ui::shell::Shell;

/// The steps with what was found in each. All of it is the registry's word, so a page that is loaded again goes on where
/// it was.
pub fn stages(shell: &Shell, submission: &Submission) -> Vec<stepper::Stage> {
    let tr = shell.tr;
    let title = |code: &str| tr.t(&format!("vendor-stage-{code}"));
    let received = part::facts(&[
        (tr.t("submitted"), html! { (shell.zone.show_text(&submission.submitted_at)) " · " (submission.submitted_by) }),
        (tr.t("digest"), part::digest(&submission.digest)),
        (tr.t("size"), html! { (part::size(submission.size_bytes)) }),
    ]);
    let signed = html! { p { (tr.t("vendor-stage-signature-help")) } };
    let stage = |code: &str, pace, more| stepper::Stage { title: title(code), pace, more };
    let mut stages = vec![
        stage("received", Pace::Done, Some(received)),
        // What is not signed by a valid key of the provider never becomes a submission.
        stage("signature", Pace::Done, Some(signed)),
    ];
    for one in Stage::ALL {
        let (pace, more) = match &submission.report {
            Some(report) => told(shell, report, one),
            None => (under_way(submission, one), None),
        };
        stages.push(stage(one.as_str(), pace, more));
    }
    stages.push(stage("decision", decision(submission.state), None));
    stages
}

/// A step while there is no report.
fn under_way(submission: &Submission, stage: Stage) -> Pace {
    if submission.state != SubmissionState::Checking {
        return Pace::Waiting;
    }
    let now = submission.progress.as_ref().map_or(Stage::Component, |progress| progress.stage);
    match stage.cmp(&now) {
        std::cmp::Ordering::Less => Pace::Done,
        std::cmp::Ordering::Equal => Pace::Now,
        std::cmp::Ordering::Greater => Pace::Waiting,
    }
}

/// The step in which something was found; what is about the checks themselves stands with the last one.
fn stage_of(report: &Report, check: &str) -> Stage {
    let known = report.evidence.checks.iter().find(|checked| checked.check == check);
    known.and_then(|checked| checked.stage).unwrap_or(Stage::Checks)
}

/// A step by the report.
fn told(shell: &Shell, report: &Report, stage: Stage) -> (Pace, Option<Markup>) {
    let tr = shell.tr;
    let findings: Vec<Finding> =
        report.findings.iter().filter(|finding| stage_of(report, &finding.check) == stage).cloned().collect();
    let checks: Vec<&Checked> = report.evidence.checks.iter().filter(|checked| checked.stage == Some(stage)).collect();
    let open: Vec<&Checked> = checks.iter().copied().filter(|checked| checked.not_checked().is_some()).collect();
    let worst = findings.iter().map(|finding| finding.severity).min();
    let pace = match worst {
        Some(Severity::Error) => Pace::Failed,
        Some(Severity::Warning) => Pace::Warned,
        _ if !checks.is_empty() && open.len() == checks.len() => Pace::Skipped,
        _ => Pace::Done,
    };
    let clean = (checks.len() - open.len()).to_string();
    let more = html! {
        p { (tr.with("vendor-stage-checks-run", &[("count", &clean)])) }
        @if !findings.is_empty() { (part::findings(tr, &findings)) }
        @if !open.is_empty() { (open_checks(shell, &open)) }
    };
    (pace, Some(more))
}

/// Checks that could not run, with the reason: that is never the same as clean.
pub fn open_checks(shell: &Shell, open: &[&Checked]) -> Markup {
    let heads = ["vendor-check", "vendor-not-checked"].map(|key| shell.tr.t(key));
    let tr = shell.tr;
    let why = |checked: &Checked| checked.not_checked().map(|why| tr.words(&why).to_owned());
    let rows = open.iter().map(|checked| vec![part::check(tr, checked), html! { (why(checked).unwrap_or_default()) }]);
    part::table(&shell.tr.t("vendor-not-checked"), &heads, &rows.collect::<Vec<_>>())
}

fn decision(state: SubmissionState) -> Pace {
    match state {
        SubmissionState::Draft | SubmissionState::Submitted | SubmissionState::Checking => Pace::Waiting,
        SubmissionState::Failed | SubmissionState::Discarded => Pace::Skipped,
        SubmissionState::Review => Pace::Now,
        SubmissionState::ChangesRequested => Pace::Warned,
        SubmissionState::Rejected => Pace::Failed,
        SubmissionState::Approved
        | SubmissionState::Deprecated
        | SubmissionState::Yanked
        | SubmissionState::Revoked => Pace::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use toolcrib_contract::evidence::Outcome;
    use toolcrib_registry_client::wire::Progress;
    use toolcrib_ui::language::{Lang, Tr};

    fn paces(submission: &Submission) -> Vec<Pace> {
        let shell = samples::shell(Tr::new(Lang::ZhCn), "/");
        stages(&shell, submission).iter().map(|stage| stage.pace).collect()
    }

    fn at(state: SubmissionState, stage: Option<Stage>) -> Submission {
        let progress = stage.map(|stage| Progress { stage, since: "2026-11-23T08:00:00Z".into() });
        Submission { progress, report: None, ..samples::submission(state) }
    }

    #[test]
    fn a_submission_goes_from_step_to_step_as_the_registry_tells() {
        use Pace::{Done, Now, Waiting};
        let waiting = at(SubmissionState::Submitted, None);
        assert_eq!(paces(&waiting), [Done, Done, Waiting, Waiting, Waiting, Waiting, Waiting, Waiting]);
        let begun = at(SubmissionState::Checking, None);
        assert_eq!(paces(&begun)[2..4], [Now, Waiting], "taken, and not yet told of");
        for (place, stage) in Stage::ALL.into_iter().enumerate() {
            let paces = paces(&at(SubmissionState::Checking, Some(stage)));
            let now: Vec<_> = paces.iter().enumerate().filter(|(_, pace)| **pace == Now).map(|(at, _)| at).collect();
            assert_eq!(now, [place + 2], "{stage:?}");
            assert!(paces[..place + 2].iter().all(|pace| *pace == Done), "{paces:?}");
        }
    }

    #[test]
    fn what_was_found_stands_in_its_step_and_what_could_not_run_is_not_clean() {
        let mut submission = samples::submission(SubmissionState::Failed);
        let report = submission.report.as_mut().unwrap();
        let checked = |check: &str, stage, outcome| Checked {
            check: check.into(),
            mode: toolcrib_contract::evidence::Mode::Enforce,
            stage: Some(stage),
            outcome,
            title: None,
            zh: None,
        };
        report.findings.truncate(2);
        report.findings[0].check = "unknown-import".into();
        report.findings[0].severity = Severity::Error;
        report.findings[1].check = "checks-completed".into();
        report.findings[1].severity = Severity::Warning;
        report.evidence.checks = vec![
            checked("malformed", Stage::Component, Outcome::Clean),
            checked("unknown-import", Stage::World, Outcome::Found),
            checked("scenario-mismatch", Stage::Scenarios, Outcome::NotChecked("nothing <ran>".into())),
        ];
        use Pace::{Done, Failed, Skipped, Warned};
        assert_eq!(paces(&submission), [Done, Done, Done, Failed, Done, Skipped, Warned, Skipped]);
        let shell = samples::shell(Tr::new(Lang::En), "/");
        let scenarios = stages(&shell, &submission).remove(5).more.unwrap().into_string();
        assert!(scenarios.contains("nothing &lt;ran&gt;"), "{scenarios}");
    }
}
