//! What to do in which order; the first step that is not done has the buttons.

use super::{Slot, column};
use crate::view::act::{Stand, row_id};
use crate::view::type_of;
use crate::view::value::{Answer, at};
use maud::{Markup, html};
use toolcrib_contract::view::Steps;

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Steps, answer: Answer<'a>) -> Markup {
    let (scene, tr, rows) = (slot.scene, slot.scene.tr(), answer.rows(&it.source));
    if rows.rows.is_empty() {
        return slot.empty("no-rows");
    }
    let done = |row| at(row, &it.done).as_bool() == Some(true);
    let next = rows.rows.iter().position(|row| !done(row));
    let count = rows.rows.iter().filter(|row| done(row)).count();
    let plain = |path: &str, row| scene.plain(answer.def, type_of(rows.of, path), at(row, path));
    html! {
        p.dim { (tr.with("view-of", &[("done", &count.to_string()), ("total", &rows.rows.len().to_string())])) }
        ol.steps { @for (place, row) in rows.rows.iter().enumerate() {
            @let current = next == Some(place);
            li.done[done(row)] aria-current=[current.then_some("step")] {
                p { strong { (plain(&it.title, row)) } " "
                    @if done(row) { span.tag.ok { "✓ " (tr.t("view-step-done")) } } @else if current { span.tag.info { (tr.t("view-step-next")) } } }
                @if let Some(text) = &it.text { @if !at(row, text).is_null() { p { (plain(text, row)) } } }
                (column::list(slot, &it.columns, rows.of, row, answer))
                @if current { (scene.buttons(&it.actions, &Stand { id: row_id(slot.id, place, rows.of, row), row, source: None })) }
            }
        } }
    }
}
