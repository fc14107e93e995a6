//! A field for codes: scanners that act as keyboards type into it and press Enter, and so can people.

use super::Slot;
use crate::part;
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::view::{Does, Scan};

pub fn draw<'a>(slot: &Slot<'a, '_>, it: &'a Scan) -> Markup {
    let (scene, tr) = (slot.scene, slot.scene.tr());
    // Further down it would drag the page along.
    let first = slot.id.ends_with("-1-1");
    let id = format!("{}-code", slot.id);
    let field = html! {
        div.field.scan {
            label for=(id) { (scene.words(&it.label)) }
            input #(id) name=(it.field) autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="go" autofocus[first] required;
        }
        p.buttons { button.main { (tr.t("view-scan")) } }
    };
    let get = |path: String, pairs: Vec<(String, String)>| {
        html! {
            form action=(path) {
                @for (name, value) in &pairs { input type="hidden" name=(name) value=(value); }
                (field)
            }
        }
    };
    match &it.does {
        Does::Run { operation, arguments } | Does::Form { operation, arguments } => {
            let found = scene.manifest.handler(operation).filter(|(_, def)| def.admits(scene.role));
            let Some((_, def)) = found else { return part::empty(&tr.t("view-not-yours")) };
            let pairs = scene.pairs(arguments, &def.input, &Json::Null);
            match &it.does {
                Does::Run { .. } => scene.press(slot.id, operation, &pairs, field),
                _ => get(format!("{}/{operation}", scene.base()), pairs),
            }
        }
        Does::Open { view, arguments } => {
            get(scene.path(view), scene.pairs(arguments, &scene.view_input(view), &Json::Null))
        }
        Does::Print | Does::Export => html! {},
    }
}
