//! `GET /identifications/{id}`: the whole of an identification, with what its reader may do next.

use super::act::Act;
use super::{PATH, kind, state, state_name};
use crate::failure::Failure;
use crate::pages::city::{self, segment};
use crate::pages::sent;
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{
    Dispute, ExpertScore, Identification, IdentificationState, IdentificationStep, QualificationPaper, Segment,
};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Steps against which a provider may appeal while they are the newest.
const APPEALABLE: [&str; 6] = ["refuse", "fail", "warn", "demand", "suspend", "delist"];

/// What the page shows.
pub struct Shown {
    pub one: Identification,
    pub segments: Vec<Segment>,
    /// The visitor belongs to the city or to the provider.
    pub party: bool,
    /// They own the provider.
    pub owns: bool,
    /// They decide on objections and appeals.
    pub decides: bool,
    pub address: FormText,
}

pub async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Markup, Failure> {
    let (one, segments) = tokio::join!(visitor.registry.identification(&id), visitor.registry.segments());
    let one = one?;
    let me = &visitor.identity.me;
    let city = Some(one.row.city.as_str());
    let decides = me.orgs.iter().any(|org| org.city.as_deref() == city && org.role == "official");
    let party = me.orgs.iter().any(|org| org.city.as_deref() == city || org.slug == one.row.org);
    let owns = me.orgs.iter().any(|org| org.slug == one.row.org && org.role == "owner");
    let shown = Shown { segments: segments?, party, owns, decides, address: FormText::new(pairs), one };
    Ok(page(&visitor.shell, &shown))
}

pub fn page(shell: &Shell, shown: &Shown) -> Markup {
    let tr = shell.tr;
    let Shown { one, .. } = shown;
    let body = html! {
        (sent::notice(tr, &shown.address))
        (acts(shell, shown))
        (desk::block(&tr.t("prog-about"), facts(shell, shown)))
        (desk::block(&tr.t("prog-statement"), html! { (part::prose(&one.statement)) }))
        (papers(shell, &one.documents))
        @if !one.experts.is_empty() || one.score.is_some() { (experts(shell, one)) }
        @if !one.objections.is_empty() { (disputes(shell, shown, "objections", &one.objections)) }
        @if !one.appeals.is_empty() { (disputes(shell, shown, "appeals", &one.appeals)) }
        (desk::block(&tr.t("prog-steps"), html! { (part::log(&one.steps.iter().map(|step| entry(shell, step)).collect::<Vec<_>>())) }))
    };
    shell.page(&one.row.org_name, body)
}

/// Buttons of what can be done: each leads to its form.
fn acts(shell: &Shell, shown: &Shown) -> Markup {
    let tr = shell.tr;
    let path = format!("{PATH}/{}", shown.one.row.id);
    let link = |act: &str| {
        let text = tr.maybe(&format!("prog-act-{act}")).unwrap_or_else(|| act.to_owned());
        part::link(&format!("{path}/do/{act}"), &text, Press::Plain)
    };
    let known = |act: &&str| Act::named(act).is_some();
    let own = shown.one.acts.iter().map(|act| if act == "pass" { "conclude" } else { act.as_str() }).filter(known);
    let appeal = shown.owns && shown.one.steps.last().is_some_and(|step| APPEALABLE.contains(&step.act.as_str()));
    let object = !shown.party && shown.one.row.state == IdentificationState::Publicity;
    let more = [(object, "object"), (appeal, "appeal")].into_iter().filter(|(may, _)| *may).map(|(_, act)| act);
    part::buttons(&own.chain(more).map(link).collect::<Vec<_>>())
}

fn facts(shell: &Shell, shown: &Shown) -> Markup {
    let (tr, one) = (shell.tr, &shown.one);
    let row = &one.row;
    let range = |from: &Option<String>, until: &Option<String>| match (from, until) {
        (Some(from), Some(until)) => format!("{from} – {until}"),
        (None, Some(day)) | (Some(day), None) => day.clone(),
        (None, None) => "–".to_owned(),
    };
    let contracts = if one.may_contract { ("ok", "yes") } else { ("bad", "no") };
    part::facts(&[
        (tr.t("prog-state"), state(tr, row.state)),
        (tr.t("prog-kind"), html! { (kind(tr, row.kind)) }),
        (tr.t("prog-segment"), html! { (segment(tr, &shown.segments, &row.segment)) }),
        (tr.t("prog-city"), html! { (row.city) }),
        (
            tr.t("prog-stars"),
            html! { (row.stars.map_or_else(|| "–".to_owned(), |stars| "★".repeat(usize::from(stars.min(5))))) },
        ),
        (tr.t("prog-may-contract"), html! { (part::tag(contracts.0, &tr.t(contracts.1))) }),
        (tr.t("prog-publicity"), html! { (range(&one.publicity_from, &one.publicity_until)) }),
        (tr.t("prog-valid"), html! { (range(&one.valid_from, &row.valid_until)) }),
        (tr.t("prog-rectify-by"), html! { (one.rectify_by.as_deref().unwrap_or("–")) }),
    ])
}

fn papers(shell: &Shell, papers: &[QualificationPaper]) -> Markup {
    let tr = shell.tr;
    let heads = ["vendor-paper", "vendor-paper-issuer", "vendor-paper-number", "vendor-paper-until", "digest"];
    let heads = heads.map(|key| tr.t(key));
    let row = |paper: &QualificationPaper| {
        vec![
            html! { (paper.title) },
            html! { (paper.issuer) },
            html! { (paper.number) },
            html! { (paper.valid_until.as_deref().unwrap_or("–")) },
            part::digest(&paper.digest),
        ]
    };
    let rows: Vec<_> = papers.iter().map(row).collect();
    html! { @if rows.is_empty() { (part::empty(&tr.t("vendor-papers-none"))) } @else { (part::grid(&tr.t("vendor-papers"), &heads, &rows)) } }
}

fn experts(shell: &Shell, one: &Identification) -> Markup {
    let tr = shell.tr;
    let heads = [
        "prog-expert",
        "prog-score-cases",
        "prog-score-technology",
        "prog-score-service",
        "prog-score-price",
        "prog-score-total",
    ];
    let heads = heads.map(|key| tr.t(key));
    let row = |expert: &ExpertScore| {
        let figure =
            |points: Option<u32>| html! { @match points { Some(points) => (part::amount(points)), None => "–" } };
        let scores = expert.scores;
        vec![
            html! { (expert.name) @if !expert.comment.is_empty() { br; (expert.comment) } },
            figure(scores.map(|scores| scores.cases)),
            figure(scores.map(|scores| scores.technology)),
            figure(scores.map(|scores| scores.service)),
            figure(scores.map(|scores| scores.price)),
            figure(expert.total),
        ]
    };
    let rows: Vec<_> = one.experts.iter().map(row).collect();
    html! {
        @if let Some(score) = &one.score { p { (tr.with("prog-score-mean", &[("score", score)])) } }
        @if !rows.is_empty() { (part::grid(&tr.t("prog-experts"), &heads, &rows)) }
    }
}

fn disputes(shell: &Shell, shown: &Shown, what: &str, disputes: &[Dispute]) -> Markup {
    let tr = shell.tr;
    let item = |dispute: &Dispute| {
        let path = format!("{PATH}/{}/do/{what}-{}", shown.one.row.id, dispute.number);
        html! {
            p { strong { (dispute.said_by) } " · " (shell.zone.show_text(&dispute.said_at)) }
            (part::prose(&dispute.text))
            @match (dispute.upheld, &dispute.reason) {
                (Some(upheld), reason) => {
                    p { (part::tag(if upheld { "warn" } else { "ok" }, &tr.t(if upheld { "prog-upheld" } else { "prog-dismissed" }))) " " (dispute.decided_by.as_deref().unwrap_or_default()) }
                    @if let Some(reason) = reason { (part::prose(reason)) }
                }
                (None, _) if shown.decides => (part::buttons(&[part::link(&path, &tr.t("prog-decide"), Press::Plain)])),
                (None, _) => p { (part::tag("warn", &tr.t("prog-undecided"))) },
            }
        }
    };
    desk::block(&tr.t(&format!("prog-{what}")), desk::stack(&disputes.iter().map(item).collect::<Vec<_>>()))
}

fn entry(shell: &Shell, step: &IdentificationStep) -> part::Step {
    let tr = shell.tr;
    let act = tr.maybe(&format!("prog-act-{}", step.act)).unwrap_or_else(|| step.act.clone());
    part::Step {
        what: html! {
            (shell.zone.show_text(&step.at)) " · " strong { (step.by) } " · " (act)
            @if step.before != Some(step.after) { " → " (state_name(tr, step.after)) }
        },
        words: city::words(tr, &step.reason),
    }
}
