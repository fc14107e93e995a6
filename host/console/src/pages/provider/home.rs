//! `GET /provider`: how a provider's modules do, what is on its way, and what needs an answer.

use super::usage::{Sums, month};
use super::{orgs, path};
use crate::failure::Failure;
use crate::pages::submission;
use crate::routes::App;
use crate::standing;
use crate::visitor::Visitor;
use axum::extract::State;
use futures_util::future::join_all;
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_registry_client::wire::{ModulePage, Rating, Submission, SubmissionState};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Modules whose use and ratings the page asks for; the others are in the list alone.
const ASKED: usize = 20;
/// Submissions on the page.
const SHOWN: usize = 10;

/// A module with how it does.
pub struct Own {
    pub module: ModulePage,
    /// Of the last 30 days; none when the registry does not tell.
    pub sums: Option<Sums>,
    pub ratings: Vec<Rating>,
}

pub async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Failure> {
    let (modules, submissions) = own(&visitor).await?;
    let (from, until) = month(app.console.clock.now());
    let registry = &visitor.registry;
    let asked = modules.into_iter().enumerate().map(|(at, module)| {
        let (from, until) = (&from, &until);
        async move {
            if at >= ASKED {
                return Own { module, sums: None, ratings: Vec::new() };
            }
            let (usage, ratings) =
                tokio::join!(registry.module_usage(&module.name, from, until), registry.ratings(&module.name));
            Own { module, sums: usage.ok().map(|rows| Sums::of(&rows)), ratings: ratings.unwrap_or_default() }
        }
    });
    let modules = join_all(asked).await;
    Ok(page(&visitor.shell, &modules, &submissions))
}

/// A provider's modules and submissions.
pub async fn own(visitor: &Visitor) -> Result<(Vec<ModulePage>, Vec<Submission>), Failure> {
    let mine: Vec<_> = orgs(visitor)?.into_iter().map(|org| org.slug.as_str()).collect();
    let (listed, submissions) = tokio::join!(visitor.registry.modules("", ""), visitor.registry.submissions(None));
    let modules = listed?.modules.into_iter().filter(|module| mine.contains(&module.org.as_str()));
    let submissions = submissions?.into_iter().filter(|submission| mine.contains(&submission.org.as_str()));
    Ok((modules.collect(), submissions.collect()))
}

pub fn page(shell: &Shell, modules: &[Own], submissions: &[Submission]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (figures(shell, modules, submissions))
        (part::buttons(&[
            part::link("/provider/publish", &tr.t("vendor-publish"), Press::Main),
            part::link("/provider/usage", &tr.t("vendor-usage"), Press::Plain),
        ]))
        (answers(shell, modules, submissions))
        (self::modules(shell, modules))
        (submission::list(shell, &submissions[..submissions.len().min(SHOWN)], &modules.iter().map(|own| own.module.clone()).collect::<Vec<_>>()))
    };
    shell.page(&tr.t("vendor-home"), body)
}

fn figures(shell: &Shell, modules: &[Own], submissions: &[Submission]) -> Markup {
    let tr = shell.tr;
    let sums = modules.iter().filter_map(|own| own.sums.as_ref()).fold(Sums::default(), |all, one| all.and(one));
    let review = submissions.iter().filter(|one| one.state == SubmissionState::Review).count();
    let figure =
        |label: &str, figure: String, meaning: String, href: &str| (tr.t(label), figure, meaning, href.to_owned());
    let days = tr.t("vendor-30-days");
    desk::figures(&[
        figure("vendor-modules", modules.len().to_string(), String::new(), ""),
        figure("vendor-calls", sums.calls.to_string(), days.clone(), "/provider/usage"),
        figure("vendor-faults", sums.rate(), days, "/provider/usage"),
        figure("vendor-in-review", review.to_string(), String::new(), "/provider/submissions"),
    ])
}

/// What waits for the provider: changes that were asked for, checks that failed, drafts, ratings without an answer.
fn answers(shell: &Shell, modules: &[Own], submissions: &[Submission]) -> Markup {
    let tr = shell.tr;
    let waits = |state| {
        use SubmissionState::{ChangesRequested, Draft, Failed};
        matches!(state, ChangesRequested | Failed | Draft)
    };
    let waiting = submissions.iter().filter(|one| waits(one.state)).map(|one| {
        html! {
            a href={ "/submissions/" (one.id) } { (one.module) " " (one.version) } " " (standing::state(tr, one.state))
        }
    });
    let open = |own: &Own| own.ratings.iter().filter(|rating| rating.answer.is_none()).count();
    let ratings = modules.iter().filter(|own| open(own) > 0).map(|own| html! {
        a href={ (path(&own.module.name)) "?tab=ratings" } { (tr.with("vendor-ratings-open", &[("module", tr.words(&own.module.title)), ("count", &open(own).to_string())])) }
    });
    let items: Vec<_> = waiting.chain(ratings).collect();
    html! { @if !items.is_empty() { (part::card(&tr.t("vendor-answers"), desk::stack(&items))) } }
}

fn modules(shell: &Shell, modules: &[Own]) -> Markup {
    let tr = shell.tr;
    let heads = ["module", "version-latest", "vendor-tenants", "vendor-calls", "vendor-faults", "vendor-stars"];
    let heads = heads.map(|key| tr.t(key));
    let row = |own: &Own| {
        let Own { module, sums, ratings } = own;
        let title = tr.words(&module.title);
        let told = |text: Option<String>| part::amount(text.unwrap_or_else(|| "–".to_owned()));
        vec![
            html! { a href=(path(&module.name)) { (if title.is_empty() { module.name.as_str() } else { title }) } " " code { (module.name) } },
            html! { (module.latest.as_deref().unwrap_or("–")) },
            told(sums.as_ref().map(|sums| sums.tenants.clone())),
            told(sums.as_ref().map(|sums| sums.calls.to_string())),
            told(sums.as_ref().map(Sums::rate)),
            told(super::ratings::mean(ratings)),
        ]
    };
    html! {
        @if modules.is_empty() {
            (part::empty(&tr.t("provider-no-modules")))
            (part::buttons(&[part::link("/provider/publish", &tr.t("vendor-publish-first"), Press::Main)]))
        } @else { (part::table(&tr.t("vendor-modules"), &heads, &modules.iter().map(row).collect::<Vec<_>>())) }
    }
}
