//! The fields of one thing.

use super::{Slot, column};
use crate::view::value::Answer;
use maud::{Markup, html};
use toolcrib_contract::view::Detail;

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Detail, answer: Answer<'a>) -> Markup {
    let part = answer.part(&it.source);
    if part.value.is_null() {
        return slot.empty("nothing");
    }
    html! {
        dl.facts { @for column in &it.columns { div {
            dt { (slot.scene.heading(column)) }
            dd { (column::value(slot, column, part.of, part.value, answer)) }
        } } }
    }
}
