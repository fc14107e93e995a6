//! A sentence that stands out, always or while an answer meets a condition.

use super::Slot;
use crate::view::tone;
use crate::view::value::Answer;
use maud::{Markup, html};
use toolcrib_contract::view::Alert;

pub fn draw(slot: &Slot<'_, '_>, it: &Alert, answer: Option<Answer<'_>>) -> Markup {
    let met = match (answer, &it.source, &it.shown_if) {
        (Some(answer), Some(source), Some(condition)) => tone::holds(condition, answer.part(source).value),
        (_, None, None) => true,
        _ => false,
    };
    html! { @if met { p role="status" class={ "notice " (tone::class(it.tone)) } { span aria-hidden="true" { (tone::mark(it.tone)) " " } (slot.scene.tr().words(&it.text)) } } }
}
