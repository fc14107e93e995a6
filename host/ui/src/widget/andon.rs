//! Large tiles, coloured by state, read from five metres: colour, shape and word.

use super::{Slot, column};
use crate::view::act::{Stand, row_id};
use crate::view::number::seconds_text;
use crate::view::value::{Answer, at, line};
use crate::view::{tone, type_of};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::Andon;

/// Tiles that fit a big screen in full size.
const LARGE: usize = 12;

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Andon, answer: Answer<'a>) -> Markup {
    let rows = answer.rows(&it.source);
    if rows.rows.is_empty() {
        return slot.empty("no-rows");
    }
    let many = rows.rows.len() > LARGE;
    html! { ul.andon data-many=[many.then_some("true")] { @for (at, row) in rows.rows.iter().enumerate() { (tile(slot, it, answer, at, row)) } } }
}

fn tile<'a>(slot: &Slot<'a, '_>, it: &'a Andon, answer: Answer<'a>, place: usize, row: &'a Json) -> Markup {
    let of = answer.rows(&it.source).of;
    let state = line(at(row, &it.state)).unwrap_or_default();
    let (judged, id) = (tone::of_state(&it.states, &state), row_id(slot.id, place, of, row));
    let word = slot.scene.state_label(&it.states, Some(type_of(of, &it.state)), &state);
    let since = it.since.as_ref().map(|path| at(row, path)).filter(|since| !since.is_null());
    html! { li id=(id) class={ "tile a-" (tone::class(judged)) } {
        strong.name { (slot.scene.plain(answer.def, type_of(of, &it.label), at(row, &it.label))) }
        p.state { span aria-hidden="true" { (tone::mark(judged)) " " } (word) }
        @if let Some(since) = since { p.since { (since_text(slot, since)) } }
        (column::list(slot, &it.columns, of, row, answer))
        (slot.scene.buttons(&it.actions, &Stand { id, row, source: None }))
    } }
}

/// How long ago, in whole minutes: it changes with every refresh of the page, not with every second.
fn since_text(slot: &Slot<'_, '_>, since: &Json) -> Markup {
    let Some(since) = since.as_str().and_then(|text| text.parse::<Instant>().ok()) else { return html! {} };
    let minutes = slot.scene.now.since_us(since).max(0) / 60_000_000;
    html! { time datetime=(since) { (seconds_text(slot.scene.tr(), i128::from(minutes) * 60)) } }
}
