//! Cards in lanes. A card moves by its buttons, so no pointer is needed.

use super::{Slot, column, title};
use crate::view::act::{Stand, row_id};
use crate::view::value::{Answer, at, line};
use crate::view::{tone, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::view::{Kanban, Lane, Place};

/// Cards of one lane; the rest is counted.
const CARDS: usize = 100;

/// Cards of a lane that fit a big screen.
const BOARD_CARDS: usize = 3;

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Kanban, answer: Answer<'a>) -> Markup {
    let rows = answer.rows(&it.source);
    let is_in = |row: &Json, lane: &Lane| line(at(row, &it.lane)).as_deref() == Some(&lane.value);
    let elsewhere = rows.rows.iter().filter(|row| !it.lanes.iter().any(|lane| is_in(row, lane))).count();
    let most = if slot.scene.view.place == Place::Board { BOARD_CARDS } else { CARDS };
    html! { div.lanes tabindex="0" role="group" aria-label=(title(slot)) { @for lane in &it.lanes {
        @let cards: Vec<_> = rows.rows.iter().enumerate().filter(|(_, row)| is_in(row, lane)).collect();
        section.lane aria-label=(slot.scene.words(&lane.label)) {
            (head(slot, lane, cards.len()))
            @if cards.is_empty() { p.dim { (slot.scene.tr().t("no-rows")) } }
            ul { @for (at, row) in cards.iter().take(most) { (card(slot, it, answer, *at, row)) } }
            @if cards.len() > most { p.dim { (slot.scene.tr().with("view-more", &[("count", &(cards.len() - most).to_string())])) } }
        }
    } }
    // What is in no lane is not lost silently.
    @if elsewhere > 0 { p.dim { (slot.scene.tr().with("view-elsewhere", &[("count", &elsewhere.to_string())])) } } }
}

fn head(slot: &Slot<'_, '_>, lane: &Lane, count: usize) -> Markup {
    let over = lane.limit.is_some_and(|limit| count > limit as usize);
    let text = match lane.limit {
        Some(limit) => format!("{count} / {limit}"),
        None => count.to_string(),
    };
    html! { p.lane-head { strong { (slot.scene.tr().words(&lane.label)) } " " span class={ "tag " (if over { "bad" } else { "idle" }) } { @if over { span aria-hidden="true" { "■ " } } (text) } } }
}

fn card<'a>(slot: &Slot<'a, '_>, it: &'a Kanban, answer: Answer<'a>, place: usize, row: &'a Json) -> Markup {
    let of = answer.rows(&it.source).of;
    let (id, judged) = (row_id(slot.id, place, of, row), tone::of(&it.tones, row));
    html! { li id=(id) class={ "ticket e-" (tone::class(judged)) } {
        strong { (slot.scene.plain(answer.def, type_of(of, &it.title), at(row, &it.title))) }
        (column::list(slot, &it.columns, of, row, answer))
        (slot.scene.buttons(&it.actions, &Stand { id, row, source: None }))
    } }
}
