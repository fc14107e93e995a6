//! `GET /review?…`: what waits for the marketplace, the longest first.

use super::admit;
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Query;
use maud::{Markup, html};
use toolcrib_contract::evidence::ConsentClass;
use toolcrib_registry_client::wire::{Queue, QueueEntry, SubmissionState};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::queue::{Line, queue};
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const PATH: &str = "/review";
/// What the registry's queue can be asked, as the page's address has it.
const FILTERS: [&str; 6] = ["state", "module", "org", "claimed", "overdue", "after"];

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Markup, Failure> {
    admit(&visitor)?;
    let address = FormText::new(pairs);
    let asked = address.pairs().filter(|(name, value)| FILTERS.contains(name) && !value.is_empty());
    let asked = FormText::new(asked.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    let queue = visitor.registry.queue(&asked.query_without(&[])).await?;
    Ok(page(&visitor.shell, &asked, &queue, visitor.decides_on_submissions()))
}

/// `asked`: the filters in force. `decides`: the visitor may take submissions.
pub fn page(shell: &Shell, asked: &FormText, told: &Queue, decides: bool) -> Markup {
    let tr = shell.tr;
    let heads = ["module", "vendor-age", "vendor-risk", "vendor-rights", "vendor-approvals", "claimed", "vendor-act"];
    let heads = heads.map(|key| tr.t(key));
    let lines: Vec<_> = told.entries.iter().map(|entry| line(shell, entry, decides)).collect();
    let body = html! {
        (filters(shell, asked, told))
        @if lines.is_empty() {
            (part::empty(&tr.t("vendor-queue-none")))
            @if !asked.is_empty() { (part::buttons(&[part::link(PATH, &tr.t("vendor-queue-all"), Press::Plain)])) }
        } @else { (queue(&tr.t("review-title"), &tr.t("vendor-queue-keys"), &heads, &lines)) }
        @if let Some(next) = &told.next {
            (part::buttons(&[part::link(&format!("{PATH}?{}", asked.query_with("after", next)), &tr.t("vendor-next-page"), Press::Plain)]))
        }
    };
    shell.page(&tr.t("review-title"), body)
}

/// What to look at first, then every state, then a module or provider.
fn filters(shell: &Shell, asked: &FormText, told: &Queue) -> Markup {
    let tr = shell.tr;
    let counts = &told.counts;
    let first = [
        (PATH.to_owned(), tr.t("vendor-queue-all"), Some(counts.all)),
        (format!("{PATH}?claimed=nobody"), tr.t("vendor-queue-free"), Some(counts.free)),
        (format!("{PATH}?claimed=me"), tr.t("vendor-queue-mine"), Some(counts.mine)),
        (format!("{PATH}?overdue=true"), tr.t("vendor-queue-late"), Some(counts.overdue)),
    ];
    let here = if asked.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", asked.query_without(&["after"])) };
    let others = SubmissionState::ALL.into_iter().filter(|state| {
        !matches!(state, SubmissionState::Draft | SubmissionState::Discarded | SubmissionState::Review)
    });
    let others = others
        .map(|state| (format!("{PATH}?state={}", state.as_str()), tr.t(&format!("state-{}", state.as_str())), None));
    let (module, org) = (tr.t("module"), tr.t("vendor-org-slug"));
    let field = |name, label| part::Field { name, label, ..part::Field::default() };
    html! {
        (desk::filters(&tr.t("vendor-queue-filters"), &first, &here))
        (desk::more(&tr.t("vendor-queue-more"), html! {
            (desk::filters(&tr.t("state"), &others.collect::<Vec<_>>(), &here))
            (desk::ask(PATH, html! {
                (field("module", &module).line("search", asked.get("module").unwrap_or_default(), ""))
                (field("org", &org).line("search", asked.get("org").unwrap_or_default(), ""))
                (part::button(&tr.t("search"), Press::Plain))
            }))
        }))
    }
}

fn line(shell: &Shell, entry: &QueueEntry, decides: bool) -> Line {
    let tr = shell.tr;
    let act = if decides && entry.state == SubmissionState::Review && entry.claimed_by.is_none() {
        shell.post(
            &format!("/submissions/{}/claim", entry.id),
            html! {
                input type="hidden" name="from" value="queue";
                (part::button(&tr.t("claim"), Press::Plain))
            },
        )
    } else {
        html! { "–" }
    };
    Line {
        href: format!("/submissions/{}", entry.id),
        title: format!("{} {}", entry.module, entry.version),
        below: entry.org_name.clone(),
        cells: vec![
            html! { (age(shell, entry)) },
            desk::tags(&risks(shell, entry)),
            rights(shell, entry),
            part::amount(format!("{} / {}", entry.approvals, entry.approvals_needed)),
            html! { (entry.claimed_by.as_deref().unwrap_or("–")) },
        ],
        act: Some(act),
    }
}

fn age(shell: &Shell, entry: &QueueEntry) -> Markup {
    let tr = shell.tr;
    let hours = (entry.age_s / 3_600).to_string();
    let tone = if entry.overdue { "bad" } else { "idle" };
    let text = if entry.overdue { "vendor-late" } else { "vendor-hours" };
    html! { (part::tag(tone, &tr.with(text, &[("hours", &hours)]))) }
}

/// Marks of what could go wrong: why two people must approve, and what the checks want looked at.
fn risks(shell: &Shell, entry: &QueueEntry) -> Vec<(&'static str, String)> {
    let tr = shell.tr;
    let mut risks: Vec<_> = entry.second_because.iter().map(|why| ("bad", tr.t(&format!("second-{why}")))).collect();
    if entry.warnings > 0 {
        risks.push(("warn", tr.with("vendor-warnings", &[("count", &entry.warnings.to_string())])));
    }
    if !entry.topics.is_empty() {
        risks.push(("idle", tr.with("vendor-tasks", &[("count", &entry.topics.len().to_string())])));
    }
    risks
}

/// What it asks for more or less than before, and whether factories must agree again.
fn rights(shell: &Shell, entry: &QueueEntry) -> Markup {
    let tr = shell.tr;
    let again = match entry.consent {
        ConsentClass::None => None,
        ConsentClass::Optional => Some(("idle", "vendor-consent-optional")),
        ConsentClass::Required => Some(("warn", "vendor-consent-required")),
    };
    html! {
        @if let Some((tone, key)) = again { (part::tag(tone, &tr.t(key))) " " }
        @for added in &entry.added { code { "+" (added) } " " }
        @for removed in &entry.removed { code { "−" (removed) } " " }
        @if again.is_none() && entry.added.is_empty() && entry.removed.is_empty() { "–" }
    }
}
