//! `GET /city/{programme}`: how far the money reaches, and where the projects stand.

use super::{PATH, STATES, frame, state_name};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Batch, Funds, Programme, StateCount};
use toolcrib_ui::money::{percent, yuan};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, purse};
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let (programme, projects) =
        tokio::join!(visitor.registry.programme(&id), visitor.registry.programme_projects(&id, "limit=1"));
    Ok(page(&visitor.shell, &programme?, &projects?.counts))
}

pub fn page(shell: &Shell, programme: &Programme, counts: &[StateCount]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        @match &programme.funds {
            Some(funds) => (reach(shell, programme, funds)),
            None => (part::empty(&tr.t("prog-funds-hidden"))),
        }
        (desk::block(&tr.t("prog-projects"), html! { (desk::filters(&tr.t("prog-state"), &stages(shell, programme, counts), "")) }))
        (desk::block(&tr.t("prog-about"), about(shell, programme)))
        @if !programme.batches.is_empty() { (batches(shell, &programme.batches)) }
    };
    frame(shell, programme, "", &programme.name, &body)
}

fn reach(shell: &Shell, programme: &Programme, funds: &Funds) -> Markup {
    let tr = shell.tr;
    let parts = [
        ("prog-paid", funds.paid_fen + funds.service_paid_fen),
        ("prog-accepted", funds.accepted_fen + funds.service_accepted_fen),
        ("prog-committed", funds.committed_fen),
        ("prog-clawed-back", funds.clawed_back_fen + funds.service_clawed_back_fen),
        ("prog-left", funds.available_fen),
    ];
    let figures = [
        ("prog-granted", funds.budget_fen, "prog-granted-means"),
        ("prog-committed", funds.committed_fen, "prog-committed-means"),
        ("prog-accepted", funds.accepted_fen, "prog-accepted-means"),
        ("prog-paid", funds.paid_fen, "prog-paid-means"),
        ("prog-left", funds.available_fen, "prog-left-means"),
    ];
    let figures = figures.map(|(key, fen, means)| (tr.t(key), fen, tr.t(means)));
    let mark = i64::from(programme.min_sme_share_bp);
    let share_label = tr.t("prog-sme-share");
    html! {
        (purse::sums(&figures))
        (purse::split(&tr.t("prog-budget"), &parts.map(|(key, fen)| (tr.t(key), fen))))
        (desk::block(&share_label, html! {
            @match funds.sme_share_bp {
                Some(share) => (purse::against(&share_label, i64::from(share), mark, &tr.with("prog-sme-share-mark", &[("mark", &percent(mark))]))),
                None => p { (tr.with("prog-sme-share-none", &[("mark", &percent(mark))])) },
            }
        }))
    }
}

/// How many projects stand where, each leading to its list.
fn stages(shell: &Shell, programme: &Programme, counts: &[StateCount]) -> Vec<(String, String, Option<u64>)> {
    let count = |state| counts.iter().find(|row| row.state == state).map_or(0, |row| row.projects);
    let stage = |state| {
        let href = format!("{PATH}/{}/projects?state={}", programme.id, super::code(state));
        (href, state_name(shell.tr, state), Some(count(state).unsigned_abs()))
    };
    STATES.into_iter().map(stage).collect()
}

fn about(shell: &Shell, programme: &Programme) -> Markup {
    let tr = shell.tr;
    part::facts(&[
        (tr.t("prog-authority"), html! { (programme.authority_name) }),
        (tr.t("prog-document"), html! { (programme.document) }),
        (tr.t("prog-window"), html! { (programme.from) " – " (programme.until) }),
        (tr.t("prog-city-kind"), html! { (tr.t(&format!("prog-city-{}", super::code(programme.city_kind)))) }),
        (
            tr.t("prog-rules-version"),
            html! { a href={ (PATH) "/" (programme.id) "/rules" } { (programme.rules.version) } },
        ),
        (tr.t("prog-segments"), html! { (programme.segments.len()) }),
    ])
}

fn batches(shell: &Shell, batches: &[Batch]) -> Markup {
    let tr = shell.tr;
    let heads = ["prog-batch", "prog-from", "prog-until", "prog-batch-budget"].map(|key| tr.t(key));
    let row = |batch: &Batch| {
        vec![
            html! { (batch.batch) },
            html! { (batch.from) },
            html! { (batch.until) },
            part::amount(yuan(batch.budget_fen)),
        ]
    };
    part::grid(&tr.t("prog-batches"), &heads, &batches.iter().map(row).collect::<Vec<_>>())
}
