//! Rows and columns, with what can be done to each row, page by page where the query pages.

use super::{Slot, column, title};
use crate::output::{NEXT, pages};
use crate::view::act::{Stand, row_id};
use crate::view::value::Answer;
use crate::view::{AFTER, tone};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::view::{Column, Table, Tone};

/// Columns that fit a tablet side by side.
const NARROW: usize = 6;

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Table, answer: Answer<'a>) -> Markup {
    let (scene, rows) = (slot.scene, answer.rows(&it.source));
    if rows.rows.is_empty() {
        return html! { (slot.empty("no-rows")) (turn(slot, answer)) };
    }
    let (tr, acts) = (scene.tr(), !it.actions.is_empty());
    let wide = it.columns.len() + usize::from(acts) > NARROW;
    let heads: Vec<_> = it.columns.iter().map(|column| (column, scene.heading(column))).collect();
    let class = |column: &Column| match (column::is_number(column, rows.of), column.wide_only) {
        (true, true) => Some("num wide-only"),
        (true, false) => Some("num"),
        (false, wide) => wide.then_some("wide-only"),
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label=(title(slot)) { table.wide[wide] {
            caption.hush { (title(slot)) }
            thead { tr {
                @for (column, head) in &heads { th scope="col" class=[class(column)] { (head) } }
                @if acts { th scope="col" { (tr.t("row-actions")) } }
            } }
            tbody { @for (at, row) in rows.rows.iter().enumerate() {
                @let id = row_id(slot.id, at, rows.of, row);
                @let judged = tone::of(&it.tones, row);
                tr id=(id) class=[(judged != Tone::Neutral).then(|| format!("row-{}", tone::class(judged)))] {
                    @for (column, head) in &heads {
                        td data-label=(head) class=[class(column)] { (column::value(slot, column, rows.of, row, answer)) }
                    }
                    @if acts { td.acts data-label=(tr.t("row-actions")) {
                        (scene.buttons(&it.actions, &Stand { id, row, source: None }))
                    } }
                }
            } }
        } }
        (turn(slot, answer))
    }
}

/// The links to the first and the next page.
fn turn(slot: &Slot<'_, '_>, answer: Answer<'_>) -> Markup {
    if !pages(answer.def) {
        return html! {};
    }
    let (tr, name) = (slot.scene.tr(), format!("{AFTER}{}", slot.id));
    let next = answer.whole.get(NEXT).and_then(Json::as_str);
    let begun = slot.scene.address.get(&name).is_some_and(|after| !after.is_empty());
    let to = |after: &str| format!("{}#{}", slot.scene.here(&[(name.as_str(), after)]), slot.id);
    html! {
        @if begun || next.is_some() { p.buttons {
            @if begun { a.button href=(to("")) { (tr.t("view-first-page")) } }
            @if let Some(next) = next { a.button href=(to(next)) { (tr.t("next-page")) } }
        } }
    }
}
