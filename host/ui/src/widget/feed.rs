//! What happened, in the order of the rows: when, what, who.

use super::{Slot, column};
use crate::view::act::{Stand, row_id};
use crate::view::value::{Answer, at};
use crate::view::{tone, type_of};
use maud::{Markup, html};
use toolcrib_contract::view::Feed;

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Feed, answer: Answer<'a>) -> Markup {
    let (scene, rows) = (slot.scene, answer.rows(&it.source));
    if rows.rows.is_empty() {
        return slot.empty("no-rows");
    }
    let plain = |path: &str, row| scene.plain(answer.def, type_of(rows.of, path), at(row, path));
    html! { ol.feed { @for (place, row) in rows.rows.iter().enumerate() {
        @let (id, judged) = (row_id(slot.id, place, rows.of, row), tone::of(&it.tones, row));
        li id=(id) class={ "e-" (tone::class(judged)) } {
            p.dim { (plain(&it.at, row)) @if let Some(who) = &it.who { " · " (plain(who, row)) } }
            p { (plain(&it.text, row)) }
            (column::list(slot, &it.columns, rows.of, row, answer))
            (scene.buttons(&it.actions, &Stand { id, row, source: None }))
        }
    } } }
}
