//! `GET /review/providers` and `/review/providers/{org}`: who publishes here, with their people and papers.

use super::admit;
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Card, Member, Org, OrgRow, ProviderPage, Qualification};
use toolcrib_ui::part;
use toolcrib_ui::part::desk;
use toolcrib_ui::shell::Shell;

const PATH: &str = "/review/providers";

pub async fn show(visitor: Visitor) -> Result<Markup, Failure> {
    admit(&visitor)?;
    let rows = visitor.registry.providers().await?;
    Ok(page(&visitor.shell, &rows))
}

pub async fn one(visitor: Visitor, Path(slug): Path<String>) -> Result<Markup, Failure> {
    admit(&visitor)?;
    let (page, org) = tokio::join!(visitor.registry.provider(&slug), visitor.registry.org(&slug));
    Ok(one_page(&visitor.shell, &page?, &org?))
}

pub fn page(shell: &Shell, rows: &[OrgRow]) -> Markup {
    let tr = shell.tr;
    let heads = ["provider", "vendor-since", "vendor-modules", "vendor-members", "vendor-keys", "vendor-papers"];
    let heads = heads.map(|key| tr.t(key));
    let row = |row: &OrgRow| {
        vec![
            html! { a href={ (PATH) "/" (row.slug) } { (row.name) } " " code { (row.slug) } @if row.closed { " " (part::tag("bad", &tr.t("vendor-org-left"))) } },
            shell.zone.show_text(&row.since),
            part::amount(row.modules),
            part::amount(row.people),
            part::amount(row.keys),
            html! { (papers(shell, row)) },
        ]
    };
    let body = html! {
        @if rows.is_empty() { (part::empty(&tr.t("vendor-orgs-none"))) }
        @else { (part::table(&tr.t("vendor-orgs"), &heads, &rows.iter().map(row).collect::<Vec<_>>())) }
    };
    shell.page(&tr.t("vendor-orgs"), body)
}

/// How its papers stand: none, some expired, all in force.
fn papers(shell: &Shell, row: &OrgRow) -> Markup {
    let tr = shell.tr;
    let count = row.papers.to_string();
    match (row.papers, row.papers_expired) {
        (0, _) => part::tag("idle", &tr.t("vendor-papers-none-short")),
        (_, 0) => part::tag("ok", &tr.with("vendor-papers-in-force", &[("count", &count)])),
        (_, expired) => part::tag(
            "bad",
            &tr.with("vendor-papers-some-expired", &[("count", &count), ("expired", &expired.to_string())]),
        ),
    }
}

pub fn one_page(shell: &Shell, page: &ProviderPage, org: &Org) -> Markup {
    let tr = shell.tr;
    let heads = ["vendor-paper", "vendor-paper-issuer", "vendor-paper-number", "vendor-paper-until", "digest"];
    let heads = heads.map(|key| tr.t(key));
    let paper = |paper: &Qualification| {
        let stands = if paper.expired { ("bad", "vendor-paper-expired") } else { ("ok", "vendor-paper-in-force") };
        vec![
            html! { (paper.title) },
            html! { (paper.issuer) },
            html! { (paper.number) },
            html! { (paper.valid_until) " " (part::tag(stands.0, &tr.t(stands.1))) },
            html! { code { (paper.digest) } },
        ]
    };
    let papers: Vec<_> = page.qualifications.iter().map(paper).collect();
    let member = |member: &Member| html! { strong { (member.name) } " " (member.email) " " (part::tag("idle", &tr.maybe(&format!("vendor-role-{}", member.role)).unwrap_or_else(|| member.role.clone()))) };
    let module =
        |card: &Card| html! { a href={ "/market/m/" (card.module) } { (tr.words(&card.title)) } " " (card.version) };
    let body = html! {
        (part::crumbs(tr, &[(PATH, &tr.t("vendor-orgs"))]))
        @if page.about.zh.is_empty() && page.about.en.is_empty() { (part::empty(&tr.t("vendor-about-none"))) }
        @else { (part::panes(&[("中文".to_owned(), desk::written("zh-CN", &page.about.zh)), ("English".to_owned(), desk::written("en", &page.about.en))])) }
        (desk::block(&tr.t("vendor-papers"), html! {
            (part::dim(&tr.t("vendor-papers-check")))
            @if papers.is_empty() { (part::empty(&tr.t("vendor-papers-none"))) } @else { (part::table(&tr.t("vendor-papers"), &heads, &papers)) }
        }))
        (desk::block(&tr.t("vendor-members"), desk::stack(&org.members.iter().map(member).collect::<Vec<_>>())))
        (desk::block(&tr.t("vendor-modules"), desk::stack(&page.modules.iter().map(module).collect::<Vec<_>>())))
    };
    shell.page(&page.name, body)
}
