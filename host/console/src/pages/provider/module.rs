//! `GET /provider/modules/{m}?tab=`: one module of a provider: versions, texts, plans, rollouts, ratings, workflows.

use super::{plans, ratings, rollout, trusted};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::market::about::Vocabulary;
use crate::pages::sent::{Sent, done, line, lines, told};
use crate::standing;
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_contract::language::Lang;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::problem::NOT_ALLOWED;
use toolcrib_registry_client::wire::{
    Deprecation, ModulePage, Plan, Rating, Rollout, SetStanding, Submission, SubmissionState, TrustedPublishers,
    VersionPage, VersionRow,
};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Versions,
    Texts,
    Plans,
    Rollout,
    Ratings,
    Trusted,
}

impl Tab {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Versions, "versions"),
        (Self::Texts, "texts"),
        (Self::Plans, "plans"),
        (Self::Rollout, "rollout"),
        (Self::Ratings, "ratings"),
        (Self::Trusted, "trusted"),
    ];

    fn parse(text: &str) -> Self {
        Self::ALL.iter().find(|(_, code)| *code == text).map_or(Self::Versions, |(tab, _)| *tab)
    }

    fn code(self) -> &'static str {
        Self::ALL.iter().find(|(tab, _)| *tab == self).map_or("", |(_, code)| code)
    }

    /// Its address.
    pub fn path(self, module: &str) -> String {
        format!("{}?tab={}", super::path(module), self.code())
    }
}

/// What a tab shows beside the module.
pub enum Shown {
    Versions { submissions: Vec<Submission>, deprecation: Option<Deprecation> },
    Texts(Option<Box<VersionPage>>, Vocabulary),
    Plans(Vec<Plan>),
    Rollout(Vec<Rollout>),
    Ratings(Vec<Rating>),
    Trusted(TrustedPublishers),
}

pub async fn show(
    visitor: Visitor,
    Path(module): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let address = FormText::new(pairs);
    let tab = Tab::parse(address.get("tab").unwrap_or_default());
    let (module, shown) = load(&visitor, &module, tab).await?;
    Ok(page(&visitor.shell, &module, tab, &shown, &Sent { form: address, problem: None }).into_response())
}

/// The page again, with a form of one of its tabs that was refused.
pub async fn again(mut visitor: Visitor, module: &str, tab: Tab, sent: Sent) -> Result<Response, Failure> {
    let (module, shown) = load(&visitor, module, tab).await?;
    visitor.shell.back = tab.path(&module.name);
    Ok(sent.answer(page(&visitor.shell, &module, tab, &shown, &sent)))
}

async fn load(visitor: &Visitor, name: &str, tab: Tab) -> Result<(ModulePage, Shown), Failure> {
    let registry = &visitor.registry;
    let module = registry.module(name).await?;
    if !super::orgs(visitor)?.iter().any(|org| org.slug == module.org) {
        return Err(NOT_ALLOWED.because(format!("`{}` belongs to `{}`", module.name, module.org)).into());
    }
    let shown = match tab {
        Tab::Versions => {
            let (submissions, deprecation) = tokio::join!(registry.submissions(None), registry.deprecation(name));
            let submissions = submissions?.into_iter().filter(|one| one.module == module.name).collect();
            Shown::Versions { submissions, deprecation: deprecation? }
        }
        Tab::Texts => {
            let newest = module.latest.clone().or_else(|| module.versions.first().map(|row| row.version.clone()));
            let version = match newest {
                Some(version) => Some(Box::new(registry.version(name, &version).await?)),
                None => None,
            };
            Shown::Texts(version, Vocabulary::load(registry).await?.0)
        }
        Tab::Plans => Shown::Plans(registry.plans(name).await?),
        Tab::Rollout => Shown::Rollout(registry.rollouts(name).await?),
        Tab::Ratings => Shown::Ratings(registry.ratings(name).await?),
        Tab::Trusted => Shown::Trusted(registry.trusted_publishers(name).await?),
    };
    Ok((module, shown))
}

/// Advises against a version, or takes it from the shelf.
pub async fn stand(
    Path((module, version)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    let set = SetStanding { standing: line(&form, "standing"), reason: lines(&form, &reason_of(&version)) };
    match told(visitor.registry.set_standing(&module, &version, &set).await)? {
        Ok(_) => Ok(done(&Tab::Versions.path(&module), "stands")),
        Err(problem) => again(visitor, &module, Tab::Versions, Sent::refused(form, problem)).await,
    }
}

/// Each version's form has a field of its own: they stand on one page.
fn reason_of(version: &str) -> String {
    format!("reason-{}", version.replace('.', "-"))
}

/// Says that the module should be left, or takes that back.
pub async fn leave(Path(module): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let result = if form.get("what") == Some("back") {
        told(visitor.registry.undeprecate(&module).await)?
    } else {
        let text = Words { zh: lines(&form, "text-zh"), en: lines(&form, "text-en") };
        let successor = Some(line(&form, "successor")).filter(|name| !name.is_empty());
        told(visitor.registry.deprecate(&module, &Deprecation { text, successor }).await)?
    };
    match result {
        Ok(()) => Ok(done(&Tab::Versions.path(&module), "notice")),
        Err(problem) => again(visitor, &module, Tab::Versions, Sent::refused(form, problem)).await,
    }
}

pub fn page(shell: &Shell, module: &ModulePage, tab: Tab, shown: &Shown, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let tabs = Tab::ALL.map(|(one, code)| part::Tab {
        path: one.path(&module.name),
        text: tr.t(&format!("vendor-tab-{code}")),
        here: one == tab,
    });
    let title = tr.words(&module.title);
    let body = html! {
        (sent.head(tr))
        (part::buttons(&[
            part::link("/provider", &tr.t("vendor-home"), Press::Plain),
            part::link(&format!("/market/m/{}", module.name), &tr.t("vendor-see-market"), Press::Plain),
        ]))
        (part::tabs(&tr.t("vendor-parts"), &tabs))
        @match shown {
            Shown::Versions { submissions, deprecation } => (versions(shell, module, submissions, deprecation.as_ref(), sent)),
            Shown::Texts(version, words) => (texts(shell, module, version.as_deref(), words)),
            Shown::Plans(plans) => (plans::tab(shell, &module.name, plans, sent)),
            Shown::Rollout(rollouts) => (rollout::tab(shell, module, rollouts, sent)),
            Shown::Ratings(ratings) => (ratings::tab(shell, &module.name, ratings, sent)),
            Shown::Trusted(trusted) => (trusted::tab(shell, &module.name, trusted, sent)),
        }
    };
    shell.page(if title.is_empty() { &module.name } else { title }, body)
}

fn versions(
    shell: &Shell,
    module: &ModulePage,
    submissions: &[Submission],
    deprecation: Option<&Deprecation>,
    sent: &Sent,
) -> Markup {
    let tr = shell.tr;
    let heads = ["version", "state", "submitted", "digest"].map(|key| tr.t(key));
    let row = |row: &VersionRow| {
        let way = submissions.iter().find(|one| one.version == row.version && one.digest == row.digest);
        vec![
            html! { @match way { Some(one) => a href={ "/submissions/" (one.id) } { (row.version) }, None => (row.version) } },
            standing::state(tr, row.state),
            shell.zone.show_text(&row.submitted_at),
            part::digest(&row.digest),
        ]
    };
    let stands = |row: &&VersionRow| matches!(row.state, SubmissionState::Approved | SubmissionState::Deprecated);
    let offered: Vec<_> = module.versions.iter().filter(stands).map(|row| row.version.as_str()).collect();
    html! {
        @if module.versions.is_empty() { (part::empty(&tr.t("vendor-versions-none"))) }
        @else { (part::table(&tr.t("versions"), &heads, &module.versions.iter().map(row).collect::<Vec<_>>())) }
        @for version in offered { (desk::more(&tr.with("vendor-withdraw", &[("version", version)]), stand_form(shell, &module.name, version, sent))) }
        (part::card(&tr.t("vendor-notice"), notice(shell, &module.name, deprecation, sent)))
    }
}

fn stand_form(shell: &Shell, module: &str, version: &str, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let (label, help) = (tr.t("vendor-withdraw-reason"), tr.t("vendor-withdraw-help"));
    let name = reason_of(version);
    shell.post(
        &format!("/provider/modules/{module}/versions/{version}"),
        html! {
            (sent.field(&name, &label, &help, "").required().area(2))
            (part::buttons(&[
                part::choice("standing", "deprecated", &tr.t("vendor-deprecate"), Press::Plain),
                part::choice("standing", "yanked", &tr.t("vendor-yank"), Press::Danger),
            ]))
        },
    )
}

fn notice(shell: &Shell, module: &str, said: Option<&Deprecation>, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let action = format!("/provider/modules/{module}/notice");
    let labels =
        ["vendor-notice-zh", "vendor-notice-en", "vendor-notice-successor", "vendor-notice-help"].map(|key| tr.t(key));
    let now = said.map_or(("", "", ""), |said| {
        (said.text.zh.as_str(), said.text.en.as_str(), said.successor.as_deref().unwrap_or_default())
    });
    html! {
        @if said.is_some() { (part::notice("warn", &tr.t("vendor-notice-stands"))) }
        (shell.post(&action, html! {
            (sent.field("text-zh", &labels[0], "", now.0).required().area(2))
            (sent.field("text-en", &labels[1], "", now.1).required().area(2))
            (sent.field("successor", &labels[2], &labels[3], now.2).line("text"))
            (part::buttons(&[part::button(&tr.t("vendor-notice-set"), Press::Danger)]))
        }))
        @if said.is_some() { (shell.post(&action, html! { (part::choice("what", "back", &tr.t("vendor-notice-back"), Press::Plain)) })) }
    }
}

/// The texts of the listing in both languages beside each other, as the market shows them, and which words are missing.
fn texts(shell: &Shell, module: &ModulePage, version: Option<&VersionPage>, vocabulary: &Vocabulary) -> Markup {
    let tr = shell.tr;
    let Some(version) = version else { return part::empty(&tr.t("vendor-versions-none")) };
    let of = |words: &Words, lang: Lang| if lang == Lang::ZhCn { words.zh.clone() } else { words.en.clone() };
    let pane = |lang: Lang| {
        let code = lang.code();
        let text = |words: &Words| of(words, lang);
        let body = html! {
            (desk::preview(code, &text(&version.manifest.title), &text(&version.manifest.summary), &module.org_name, &version.version))
            (desk::written(code, &text(&version.listing.description)))
        };
        (lang.name().to_owned(), body)
    };
    let words = &version.words;
    let missing = |one: &std::collections::BTreeMap<String, String>,
                   other: &std::collections::BTreeMap<String, String>| {
        other.keys().filter(|key| !one.contains_key(*key)).cloned().collect::<Vec<_>>()
    };
    let gaps = [
        (Lang::ZhCn, missing(&words.zh, &words.en), words.zh.len()),
        (Lang::En, missing(&words.en, &words.zh), words.en.len()),
    ];
    let row = |(lang, gaps, count): &(Lang, Vec<String>, usize)| {
        vec![
            html! { (lang.name()) },
            part::amount(count),
            html! { @if gaps.is_empty() { (part::tag("ok", &tr.t("vendor-words-whole"))) } @else { (part::tag("warn", &tr.with("vendor-words-missing", &[("count", &gaps.len().to_string())]))) " " @for key in gaps { code { (key) } " " } } },
        ]
    };
    let heads = ["vendor-language", "vendor-words", "vendor-coverage"].map(|key| tr.t(key));
    html! {
        (part::dim(&tr.t("vendor-texts-help")))
        (part::panes(&[pane(Lang::ZhCn), pane(Lang::En)]))
        (part::facts(&[
            (tr.t("licence"), html! { (version.listing.licence) }),
            (tr.t("vendor-segments"), html! { (segments(shell, vocabulary, &version.listing.segments)) }),
        ]))
        (part::table(&tr.t("vendor-coverage"), &heads, &gaps.iter().map(row).collect::<Vec<_>>()))
    }
}

/// Whom it is for, in the marketplace's words.
fn segments(shell: &Shell, vocabulary: &Vocabulary, codes: &[String]) -> String {
    match codes {
        [] => shell.tr.t("vendor-segments-all"),
        codes => vocabulary.names(shell.tr, "segment", codes).join(&shell.tr.t("list-separator")),
    }
}
