//! `GET /city/{programme}/publicity`: the awards that everybody may object to now.

use super::{frame, level, segment};
use crate::failure::Failure;
use crate::visitor::Visitor;
use axum::extract::Path;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Programme, PublicAward, Segment};
use toolcrib_ui::money::yuan;
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Markup, Failure> {
    let registry = &visitor.registry;
    let (programme, segments, awards) =
        tokio::join!(registry.programme(&id), registry.segments(), registry.publicity(&id));
    Ok(page(&visitor.shell, &programme?, &segments?, &awards?))
}

pub fn page(shell: &Shell, programme: &Programme, segments: &[Segment], awards: &[PublicAward]) -> Markup {
    let tr = shell.tr;
    let heads = [
        "prog-firm",
        "prog-uscc",
        "prog-district",
        "prog-segment",
        "prog-level-after",
        "prog-award",
        "prog-publicity-until",
    ];
    let heads = heads.map(|key| tr.t(key));
    let row = |award: &PublicAward| {
        vec![
            html! { a href={ "/projects/" (award.project) } { (award.name) } },
            html! { code { (award.uscc) } },
            html! { (award.district) },
            html! { (segment(tr, segments, &award.segment)) },
            html! { (level(tr, Some(award.level_after))) },
            part::amount(yuan(award.award_fen)),
            html! { (award.from) " – " (award.until) },
        ]
    };
    let rows: Vec<_> = awards.iter().map(row).collect();
    let body = html! {
        (part::lead(&tr.t("prog-publicity-lead")))
        @if rows.is_empty() { (part::empty(&tr.t("prog-publicity-none"))) }
        @else { (part::grid(&tr.t("prog-publicity"), &heads, &rows)) }
    };
    frame(shell, programme, "/publicity", &tr.t("prog-publicity"), &body)
}
