//! Forms that are filled in step by step: every input that people must fill in has its page, and no page is empty.

use super::super::Place as Shown;
use super::super::widget::Form;
use super::place::Place;
use crate::manifest::{HandlerDef, HandlerKind};
use crate::schema::{Field, Type};
use std::collections::BTreeSet;

pub(super) fn check(place: &mut Place<'_, '_>, it: &Form, def: &HandlerDef) {
    if it.steps.is_empty() {
        return;
    }
    if it.steps.len() == 1 {
        place.say("It has a single step", "Give it two or more, or none");
    }
    if !it.first.is_empty() || !it.folds.is_empty() || !it.pads.is_empty() {
        place.say("It has steps and folds, digits or inputs that come first", "Use one or the other");
    }
    if place.view.place != Shown::Page {
        place.say("It has steps where there is no room for them", "Put the view on a page for computers and phones");
    }
    if def.kind == HandlerKind::Query {
        place.say("Its steps ask a query", "Ask it on one page");
    }
    fields(place, it, def);
}

fn fields(place: &mut Place<'_, '_>, it: &Form, def: &HandlerDef) {
    let inputs = def.input.fields();
    let is_hidden = |name: &str| it.hidden.iter().any(|argument| argument.name == name);
    let mut seen = BTreeSet::new();
    for step in &it.steps {
        if step.fields.is_empty() {
            place.say(&format!("The step \"{}\" asks nothing", step.title.en), "Name inputs of the operation");
        }
        for name in &step.fields {
            let known = inputs.iter().any(|field| field.name == *name) && !is_hidden(name);
            if !known {
                place.say(&format!("`{name}` is no input of the form that people see"), "Name others in the step");
            } else if !seen.insert(name) {
                place.say(&format!("`{name}` stands in two steps"), "Name it once");
            }
        }
    }
    // A list may be empty, and a flag that nobody sets is no.
    let needed = |field: &&Field| !matches!(field.of, Type::Option { .. } | Type::List { .. } | Type::Bool);
    let forgotten = |field: &&Field| !is_hidden(&field.name) && !seen.contains(&field.name);
    if let Some(field) = inputs.iter().filter(needed).find(forgotten) {
        place.say(&format!("`{}` is required and stands in no step", field.name), "Name it in one, or hide it");
    }
}
