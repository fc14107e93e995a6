//! `GET /city/looks`: what an auditor looked at, and the factories that let them look; officials see the looks of all
//! auditors of their authority.

use super::places;
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Query;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::HashMap;
use toolcrib_registry_client::wire::{AuditConsent, Look};
use toolcrib_ui::language::Tr;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const PATH: &str = "/city/looks";
/// Longer parts of a path are ids.
const ID_CHARS: usize = 24;
/// Looks of one answer of the registry: a full page may have another behind it.
const PAGE: usize = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: Option<u64>,
}

/// What is shown.
pub struct Shown {
    pub looks: Vec<Look>,
    pub audited: Vec<AuditConsent>,
    /// Names of the auditors by their ids.
    pub names: HashMap<String, String>,
    /// Only the visitor's own looks.
    pub own: bool,
}

pub async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Markup, Failure> {
    let places = places(&visitor)?;
    let place = places.iter().find(|org| org.role == "auditor").unwrap_or(&places[0]);
    let own = place.role == "auditor";
    let looks = if own {
        visitor.registry.my_looks(asked.before).await?
    } else {
        visitor.registry.authority_looks(&place.slug, asked.before).await?
    };
    let (audited, org) = tokio::join!(visitor.registry.audited(&place.slug), visitor.registry.org(&place.slug));
    let names = org?.members.into_iter().map(|member| (member.id, member.name)).collect();
    Ok(page(&visitor.shell, &Shown { looks, audited: audited?, names, own }))
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !matches!(*part, "" | "v1")).collect()
}

/// What was looked at in words: by the last word of its path that is no id. None for what has no words.
pub fn named(tr: Tr, path: &str) -> Option<String> {
    let parts = parts(path);
    let is_id = |part: &str| part.len() > ID_CHARS || part.bytes().any(|byte| byte.is_ascii_digit());
    let named = parts.iter().rfind(|part| !is_id(part)).copied().unwrap_or_default();
    // One of several is another thing than their list.
    let kind = if parts.last().is_some_and(|part| is_id(part)) { format!("one-{named}") } else { named.to_owned() };
    tr.maybe(&format!("prog-look-{kind}"))
}

/// The same with a way to a project.
fn seen(shell: &Shell, path: &str) -> Markup {
    let Some(text) = named(shell.tr, path) else { return html! { code { (path) } } };
    match parts(path)[..] {
        ["projects", id, ..] => html! { a href={ "/projects/" (id) } { (text) } },
        ["identifications", id] => html! { a href={ "/identifications/" (id) } { (text) } },
        _ => html! { (text) },
    }
}

pub fn page(shell: &Shell, shown: &Shown) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-at", "prog-auditor", "prog-looked-at"].map(|key| tr.t(key));
    let row = |look: &Look| {
        let name = shown.names.get(&look.auditor).cloned().unwrap_or_else(|| look.auditor.clone());
        vec![shell.zone.show_text(&look.at), html! { (name) }, seen(shell, &look.what)]
    };
    let rows: Vec<_> = shown.looks.iter().map(row).collect();
    let older = shown.looks.last().filter(|_| shown.looks.len() == PAGE);
    let body = html! {
        (part::lead(&tr.t(if shown.own { "prog-looks-own-lead" } else { "prog-looks-lead" })))
        @if rows.is_empty() { (part::empty(&tr.t("prog-looks-none"))) }
        @else { (part::grid(&tr.t("prog-looks"), &heads, &rows)) }
        @if let Some(last) = older {
            (part::buttons(&[part::link(&format!("{PATH}?before={}", last.number), &tr.t("prog-older"), Press::Plain)]))
        }
        (audited(shell, &shown.audited))
    };
    shell.page(&tr.t("prog-looks"), body)
}

fn audited(shell: &Shell, audited: &[AuditConsent]) -> Markup {
    let tr = shell.tr;
    let heads =
        ["prog-factory", "prog-agreed-by", "prog-agreed-at", "prog-until", "prog-own-data"].map(|key| tr.t(key));
    let row = |consent: &AuditConsent| {
        vec![
            html! { (consent.tenant_name) },
            html! { (consent.agreed_by) },
            shell.zone.show_text(&consent.agreed_at),
            shell.zone.show_text(&consent.until),
            html! { a href={ "/city/factories/" (consent.tenant) } { (tr.t("prog-look")) } },
        ]
    };
    let rows: Vec<_> = audited.iter().map(row).collect();
    html! {
        @if rows.is_empty() { (part::empty(&tr.t("prog-audited-none"))) }
        @else { (part::grid(&tr.t("prog-audited"), &heads, &rows)) }
    }
}
