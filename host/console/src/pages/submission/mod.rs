//! `GET /submissions/{id}?tab=`: a version on its way, as its provider and its reviewers see it.

mod changes;
mod checks;
mod overview;
mod progress;
mod thread;
mod trial;
mod views;

pub use overview::{decide, discard, hand_in};
pub use progress::stages;
pub use thread::{claim, comment, release};

use crate::failure::Failure;
use crate::pages::sent::Sent;
use crate::standing;
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_contract::capability::Wanted;
use toolcrib_contract::finding::Report;
use toolcrib_registry_client::wire::{Comment, Diff, ModulePage, Rollout, Submission, SubmissionState, VersionPage};
use toolcrib_ui::form::{FormText, escape};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Overview,
    Changes,
    Views,
    Checks,
    Trial,
    Thread,
}

impl Part {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Overview, "overview"),
        (Self::Changes, "changes"),
        (Self::Views, "views"),
        (Self::Checks, "checks"),
        (Self::Trial, "trial"),
        (Self::Thread, "thread"),
    ];

    fn parse(text: &str) -> Self {
        Self::ALL.iter().find(|(_, code)| *code == text).map_or(Self::Overview, |(part, _)| *part)
    }

    /// Its address.
    pub fn path(self, id: &str) -> String {
        let code = Self::ALL.iter().find(|(part, _)| *part == self).map_or("", |(_, code)| code);
        format!("/submissions/{}?tab={code}", escape(id))
    }
}

/// The last approved version, as far as it is compared.
#[derive(Clone, Default)]
pub struct Before {
    pub version: Option<VersionPage>,
    /// Its own submission's report, which has its scenarios.
    pub report: Option<Box<Report>>,
}

/// A submission with what the page says about it.
pub struct Shown {
    pub submission: Submission,
    pub before: Before,
    /// How it differs; only where that is shown.
    pub diff: Option<Diff>,
    /// What provider and reviewers said.
    pub comments: Vec<Comment>,
    /// Staged rollouts of this version.
    pub rollouts: Vec<Rollout>,
    /// The visitor may decide.
    pub decides: bool,
    /// The visitor belongs to its provider.
    pub provides: bool,
    /// Name of the visitor: who approved first does not approve second.
    pub visitor: String,
}

impl Shown {
    /// What the last approved version asks for; empty when this is the first.
    pub fn wanted_before(&self) -> &[Wanted] {
        self.before.version.as_ref().map_or(&[], |version| &version.wanted)
    }
}

pub async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let sent = Sent { form: FormText::new(pairs), problem: None };
    let part = Part::parse(sent.form.get("tab").unwrap_or_default());
    let shown = load(&visitor, &id, part).await?;
    Ok(page(&visitor.shell, &shown, part, &sent).into_response())
}

/// The page again, with a form of one of its parts that was refused.
async fn again(mut visitor: Visitor, id: &str, part: Part, sent: Sent) -> Result<Response, Failure> {
    let shown = load(&visitor, id, part).await?;
    visitor.shell.back = part.path(id);
    Ok(sent.answer(page(&visitor.shell, &shown, part, &sent)))
}

async fn load(visitor: &Visitor, id: &str, part: Part) -> Result<Shown, Failure> {
    let registry = &visitor.registry;
    let submission = registry.submission(id).await?;
    let mut before = Before::default();
    if let Some(version) = &submission.previous {
        before.version = Some(registry.version(&submission.module, version).await?);
        if part == Part::Views {
            before.report = earlier_report(visitor, &submission.module, version).await?;
        }
    }
    let diff = match part {
        Part::Changes => Some(registry.diff(id).await?),
        _ => None,
    };
    let (comments, rollouts) = tokio::join!(registry.comments(id), registry.rollouts(&submission.module));
    let mut rollouts = rollouts.unwrap_or_default();
    rollouts.retain(|rollout| rollout.version == submission.version);
    let decides = visitor.decides_on_submissions() && submission.state == SubmissionState::Review;
    let me = &visitor.identity.me;
    let provides = me.orgs.iter().any(|org| org.slug == submission.org);
    Ok(Shown { submission, before, diff, comments: comments?, rollouts, decides, provides, visitor: me.name.clone() })
}

/// The report of an approved version, when its submission is among those that are listed.
async fn earlier_report(visitor: &Visitor, module: &str, version: &str) -> Result<Option<Box<Report>>, Failure> {
    let approved = visitor.registry.submissions(Some(SubmissionState::Approved)).await?;
    let found = approved.into_iter().find(|one| one.module == module && one.version == version);
    match found {
        Some(found) => Ok(visitor.registry.submission(&found.id).await?.report),
        None => Ok(None),
    }
}

pub fn page(shell: &Shell, shown: &Shown, here: Part, sent: &Sent) -> Markup {
    let (tr, submission) = (shell.tr, &shown.submission);
    let checked = submission.report.is_some();
    // Before there is a report, most parts have nothing to show.
    let parts = Part::ALL.iter().filter(|(part, _)| checked || matches!(part, Part::Overview | Part::Thread));
    let tabs: Vec<_> = parts
        .map(|(part, code)| part::Tab {
            path: part.path(&submission.id),
            text: tr.t(&format!("vendor-part-{code}")),
            here: *part == here,
        })
        .collect();
    let place = if shown.provides { ("/provider/submissions", "submissions") } else { ("/review", "nav-review") };
    let body = html! {
        (part::crumbs(tr, &[(place.0, &tr.t(place.1))]))
        (sent.head(tr))
        p { (standing::state(tr, submission.state)) " " (submission.org_name) }
        (part::tabs(&tr.t("vendor-parts"), &tabs))
        @match (here, &submission.report) {
            (Part::Changes, Some(report)) => (changes::part(shell, shown, report)),
            (Part::Views, Some(report)) => (views::part(shell, shown, report)),
            (Part::Checks, Some(report)) => (checks::part(shell, report)),
            (Part::Trial, Some(report)) => (trial::part(shell, report)),
            (Part::Thread, _) => (thread::part(shell, shown, sent)),
            _ => (overview::part(shell, shown, sent)),
        }
    };
    shell.page(&format!("{} {}", title(tr, submission), submission.version), body)
}

/// What the component calls itself, with the name that addresses have; that name alone while nothing was read of it.
fn title(tr: Tr, submission: &Submission) -> String {
    let manifest = submission.report.as_ref().and_then(|report| report.manifest.as_ref());
    let title = manifest.map(|manifest| tr.words(&manifest.title)).filter(|title| !title.is_empty());
    title.map_or_else(|| submission.module.clone(), |title| format!("{title} ({})", submission.module))
}

/// Submissions as a table, as they come.
pub fn list(shell: &Shell, submissions: &[Submission], modules: &[ModulePage]) -> Markup {
    let tr = shell.tr;
    // What was never approved has no title that anybody can ask for.
    let title = |name: &str| {
        let known = modules.iter().find(|module| module.name == name).map(|module| tr.words(&module.title));
        known.filter(|title| !title.is_empty()).map(str::to_owned)
    };
    let heads = ["module", "version", "provider", "state", "submitted", "due", "claimed"].map(|key| tr.t(key));
    let row = |submission: &Submission| {
        vec![
            html! { a href={ "/submissions/" (submission.id) } {
                @match title(&submission.module) { Some(title) => { (title) " " code { (submission.module) } } None => (submission.module) }
            } },
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
