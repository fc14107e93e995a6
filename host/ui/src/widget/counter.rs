//! Large buttons that run an operation with a number, one press each.

use super::{Slot, title};
use crate::part;
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::view::{Counter, scalar, type_at};

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Counter) -> Markup {
    let (scene, tr) = (slot.scene, slot.scene.tr());
    let Some((_, def)) = scene.manifest.handler(&it.operation) else { return html! {} };
    if !def.admits(scene.role) {
        return part::empty(&tr.t("view-not-yours"));
    }
    let pairs = scene.pairs(&it.arguments, &def.input, &Json::Null);
    let whole = type_at(&def.input, &it.field).map(scalar) == Some(&Type::Int);
    let sign = |step: &i64| if *step > 0 { format!("+{step}") } else { step.to_string() };
    let buttons = html! {
        div.pads role="group" aria-label=(title(slot)) {
            @for step in &it.steps { button.pad name=(it.field) value=(step) { (sign(step)) } }
        }
    };
    let id = format!("{}-number", slot.id);
    let typed = html! {
        div.field { label for=(id) { (scene.names().input(&def.name, &it.field)) }
            input #(id) name=(it.field) inputmode=(if whole { "numeric" } else { "decimal" }) autocomplete="off" required; }
        p.buttons { button.main { (tr.with("send", &[("operation", &scene.operation(&def.name))])) } }
    };
    html! {
        @if !it.steps.is_empty() { (scene.press(slot.id, &def.name, &pairs, buttons)) }
        @if it.typed { (scene.press(&id, &def.name, &pairs, typed)) }
    }
}
