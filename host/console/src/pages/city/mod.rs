//! A city's programme as its authority sees it: officials decide, assessors judge, auditors read.
//!
//! The registry says who may see and do what; what these pages leave out only spares a press that would be refused.

pub mod assess;
pub mod budget;
pub mod cases;
pub mod coverage;
pub mod create;
pub mod factory;
pub mod home;
pub mod ledger;
pub mod levels;
pub mod looks;
pub mod people;
pub mod projects;
pub mod providers;
pub mod publicity;
pub mod queue;
pub mod rules;
pub mod services;

use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use maud::Markup;
use serde::Serialize;
use toolcrib_contract::problem::NOT_ALLOWED;
use toolcrib_registry_client::wire::{MyOrg, OrgKind, Programme, ProjectState, Segment, said};
use toolcrib_tables::File;
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, tabs};
use toolcrib_ui::shell::Shell;

/// Where these pages begin.
pub const PATH: &str = "/city";

/// States in the order of a project's life.
pub const STATES: [ProjectState; 13] = [
    ProjectState::Enrolled,
    ProjectState::Diagnosed,
    ProjectState::Filed,
    ProjectState::Delivering,
    ProjectState::Delivered,
    ProjectState::Accepted,
    ProjectState::Publicity,
    ProjectState::Awarded,
    ProjectState::Paid,
    ProjectState::Reviewed,
    ProjectState::Rejected,
    ProjectState::Withdrawn,
    ProjectState::ClawedBack,
];

/// The authorities that somebody acts for.
///
/// # Errors
/// There is none.
pub fn places(visitor: &Visitor) -> Result<Vec<&MyOrg>, Failure> {
    let places: Vec<_> = visitor.identity.me.orgs.iter().filter(|org| org.kind == OrgKind::Authority).collect();
    if places.is_empty() {
        return Err(NOT_ALLOWED.because("these pages are for the people of a city's authority").into());
    }
    Ok(places)
}

/// What somebody is in an authority: `official`, `assessor` or `auditor`; empty for others.
pub fn role<'a>(visitor: &'a Visitor, authority: &str) -> &'a str {
    let mut orgs = visitor.identity.me.orgs.iter();
    orgs.find(|org| org.kind == OrgKind::Authority && org.slug == authority).map_or("", |org| org.role.as_str())
}

/// Whether they decide for this authority.
pub fn decides(visitor: &Visitor, authority: &str) -> bool {
    role(visitor, authority) == "official"
}

/// The text on the wire of one of several cases.
pub fn code(case: impl Serialize) -> String {
    serde_json::to_value(case).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What stands beside a step or an entry: people's own words as they are, the platform's in the language of the reader.
pub fn words(tr: Tr, text: &str) -> String {
    let Some(said) = said(text) else { return text.to_owned() };
    let shown = |name: &str, value: &str| if name == "track" { rules::track_name(tr, value) } else { value.to_owned() };
    let values: Vec<_> = said.values.iter().map(|(name, value)| (*name, shown(name, value))).collect();
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match tr.maybe(&format!("prog-said-{}", said.code)) {
        Some(_) => tr.with(&format!("prog-said-{}", said.code), &values),
        None => text.to_owned(),
    }
}

/// A project's state in words, in the colour of who has to act: warn for the city, idle for others.
pub fn state(tr: Tr, state: ProjectState) -> Markup {
    let tone = match state {
        ProjectState::Delivered | ProjectState::Accepted | ProjectState::Publicity | ProjectState::Awarded => "warn",
        ProjectState::Paid | ProjectState::Reviewed => "ok",
        ProjectState::Rejected | ProjectState::ClawedBack => "bad",
        _ => "idle",
    };
    part::tag(tone, &state_name(tr, state))
}

/// A project's state in words.
pub fn state_name(tr: Tr, state: ProjectState) -> String {
    tr.t(&format!("prog-state-{}", code(state)))
}

/// A level of the index in words: none where nothing was measured yet, 0 below the first level.
pub fn level(tr: Tr, level: Option<u8>) -> String {
    match level {
        None => tr.t("prog-level-unmeasured"),
        Some(0) => tr.t("prog-level-none"),
        Some(level) => tr.t(&format!("prog-level-{}", level.min(4))),
    }
}

/// What a segment is called; its code where the marketplace has no words for it.
pub fn segment(tr: Tr, segments: &[Segment], code: &str) -> String {
    let known = segments.iter().find(|segment| segment.code == code);
    known.map_or_else(|| code.to_owned(), |segment| tr.words(&segment.name).to_owned())
}

/// The pages of one programme; `here` is the last part of the path.
pub fn pages(shell: &Shell, programme: &str, here: &str) -> Markup {
    let all = [
        ("", "prog-budget"),
        ("/queue", "prog-queue"),
        ("/projects", "prog-projects"),
        ("/publicity", "prog-publicity"),
        ("/coverage", "prog-coverage"),
        ("/levels", "prog-levels"),
        ("/cases", "prog-cases"),
        ("/services", "prog-services"),
        ("/ledger", "prog-ledger"),
        ("/rules", "prog-rules"),
    ];
    let all = all.map(|(below, key)| part::Tab {
        path: format!("{PATH}/{programme}{below}"),
        text: shell.tr.t(key),
        here: below == here,
    });
    tabs(&shell.tr.t("prog-pages"), &all)
}

/// The frame of a programme's page: the way back and the other pages around what it shows.
pub fn frame(shell: &Shell, programme: &Programme, here: &str, title: &str, body: &Markup) -> Markup {
    let tr = shell.tr;
    let inside = maud::html! {
        (part::crumbs(tr, &[(PATH, &tr.t("prog-home")), (&format!("{PATH}/{}", programme.id), &programme.name)]))
        (pages(shell, &programme.id, here))
        (body)
    };
    shell.page(title, inside)
}

/// A file that spreadsheets open: headings by the keys of their texts, then the lines.
pub fn csv(tr: Tr, name: &str, heads: &[&str], lines: &[Vec<String>]) -> Response {
    let mut file = File::new();
    let heads: Vec<_> = heads.iter().map(|key| tr.t(key)).collect();
    file.texts(heads.iter().map(String::as_str));
    for line in lines {
        file.mixed(line.iter().map(String::as_str));
    }
    super::export::download(Body::from(file.take()).into_response(), name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ui::language::Lang;

    #[test]
    fn what_the_platform_says_is_in_the_readers_language_and_peoples_words_are_their_own() {
        let [zh, en] = [Lang::ZhCn, Lang::En].map(Tr::new);
        for (text, chinese, english) in [
            ("#award-part tranche=2", "第 2 期", "Part 2"),
            ("#batch batch=1 track=general", "第 1 批，一般项目", "Batch 1, Single firm"),
            (
                "#scores mean=82.00 experts=3 pass=60",
                "平均 82.00 分（满分 100），3 位专家评分，60 分及以上通过",
                "Mean 82.00 of 100 by 3 experts; 60 pass",
            ),
            ("#batch batch=1 track=equipment%20100%25", "第 1 批，equipment 100%", "Batch 1, equipment 100%"),
            (
                "#award rate=50% base=1200.00 cap=500.00",
                "1200.00 元的 50%，上限 500.00 元",
                "50% of ¥1200.00, at most ¥500.00",
            ),
            ("杭经信〔2026〕12 号", "杭经信〔2026〕12 号", "杭经信〔2026〕12 号"),
            ("#unknown a=b", "#unknown a=b", "#unknown a=b"),
        ] {
            assert_eq!((words(zh, text), words(en, text)), (chinese.to_owned(), english.to_owned()));
        }
    }

    #[test]
    fn every_level_has_words_and_none_is_not_the_same_as_below_the_first() {
        for lang in [Lang::ZhCn, Lang::En] {
            let said: Vec<_> =
                [None, Some(0), Some(1), Some(2), Some(3), Some(4)].map(|at| level(Tr::new(lang), at)).into();
            assert!(said.iter().all(|text| !text.starts_with("prog-")), "{said:?}");
            assert_eq!(said.iter().collect::<std::collections::BTreeSet<_>>().len(), said.len(), "{said:?}");
        }
    }
}
