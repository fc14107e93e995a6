//! After an act at a terminal: that it is done, and for some seconds the way to take it back. And digits to tap.

use crate::language::Tr;
use crate::view::{DONE, Scene};
use maud::{Markup, html};

/// An act can be taken back from its confirmation for so long; later it is corrected where it is listed.
pub const UNDO_S: i64 = 10;
/// The part of an address that says when something was done, microseconds, and what begins the inputs of taking it back.
const DONE_AT: &str = "_done.at";
const DONE_WITH: &str = "_done.with.";

/// The address to go to after an operation: it says what was done and what takes it back.
pub fn done_pairs(operation: &str, at_us: i64, undo: &[(String, String)]) -> Vec<(String, String)> {
    let mut pairs = vec![(DONE.to_owned(), operation.to_owned()), (DONE_AT.to_owned(), at_us.to_string())];
    pairs.extend(undo.iter().map(|(name, value)| (format!("{DONE_WITH}{name}"), value.clone())));
    pairs
}

/// The confirmation.
pub fn done(scene: &Scene<'_>, operation: &str) -> Markup {
    let tr = scene.tr();
    html! {
        div.done role="status" {
            p { strong { (tr.with("station-done", &[("operation", &scene.operation(operation))])) } }
            @if let Some(undo) = undo(scene, operation) { (undo) }
        }
    }
}

/// None when nothing takes it back, or its time is over.
fn undo(scene: &Scene<'_>, operation: &str) -> Option<Markup> {
    let at: i64 = scene.address.get(DONE_AT)?.parse().ok()?;
    let left = at.checked_add(UNDO_S * 1_000_000)?.checked_sub(scene.now.0)?.div_euclid(1_000_000);
    if !(0..=UNDO_S).contains(&left) {
        return None;
    }
    let undo = scene.view.undos.iter().find(|undo| undo.operation == operation)?;
    scene.manifest.handler(&undo.by).filter(|(_, def)| def.admits(scene.role))?;
    let given = |name: &str| scene.address.get(&format!("{DONE_WITH}{name}")).map(str::to_owned);
    let pairs: Vec<_> =
        undo.arguments.iter().filter_map(|argument| Some((argument.name.clone(), given(&argument.name)?))).collect();
    let button = html! { button { (scene.tr().t("station-undo")) " " span data-left=(left) { (left) } } };
    Some(html! { div data-undo { (scene.press("undo", &undo.by, &pairs, button)) } })
}

/// Digits for the number that was touched last. Not shown until the script runs: without it the tablet's own keys come up.
pub fn keypad(tr: Tr) -> Markup {
    html! {
        div.keypad role="group" aria-label=(tr.t("station-keypad")) data-keypad {
            @for digit in ["1", "2", "3", "4", "5", "6", "7", "8", "9"] { button type="button" data-digit=(digit) { (digit) } }
            button type="button" data-digit="clear" { (tr.t("station-clear")) }
            button type="button" data-digit="0" { "0" }
            button type="button" data-digit="back" aria-label=(tr.t("station-backspace")) { "⌫" }
        }
    }
}
