//! Whether the views of a manifest can be drawn: the same judgement for the author's tests, `cargo toolcrib check` and the
//! marketplace.

mod bounds;
mod fit;
mod place;
mod station;
mod steps;
mod texts;
mod widgets;

pub use bounds::check as bounds;
pub use fit::{is_literal, param_type};
pub use texts::texts;

use super::source::{Bind, Param, scalar, type_at};
use super::{Action, Does};
use crate::Type;
use crate::manifest::{HandlerDef, Manifest};
use crate::names::is_identifier;
use place::Place;
use std::collections::BTreeSet;

/// Something that is wrong with a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is, such as ``view `board`, tab 1, section 2, cell 3 (kpi)``.
    pub place: String,
    pub what: String,
    pub fix: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}. {}.", self.place, self.what, self.fix)
    }
}

/// Everything that is wrong. What exceeds the limits is not looked at further.
pub fn check(manifest: &Manifest) -> Vec<Problem> {
    let mut found = bounds(&manifest.views);
    if !found.is_empty() {
        return found;
    }
    let mut names = BTreeSet::new();
    for view in &manifest.views {
        let mut place = Place::new(manifest, view, &mut found);
        if !is_identifier(&view.name) {
            place.say("Its name is no identifier", "Use snake case: 1 to 40 of a-z, 0-9 and _, a letter first");
        }
        if !names.insert(&view.name) {
            place.say("Two views have this name", "Give each its own");
        }
        params(&mut place);
        station::check(&mut place);
        texts::check(&mut place);
        if view.cells().next().is_none() {
            place.say("It shows nothing", "Give it a section with a cell");
        }
        if view.tabs.len() > 1 && view.tabs.iter().any(|tab| tab.title.is_none()) {
            place.say("A tab among several has no title", "Begin every tab with `.tab((\"…\", \"…\"))`");
        }
        for (at, cell) in view.cells() {
            let mut place = Place::new(manifest, view, &mut found).at(&format!("{at} ({})", cell.widget.kind()));
            if !(1..=super::GRID).contains(&cell.span) {
                place.say("It does not fit the grid", "Give it 1 to 12 of the twelve columns");
            }
            widgets::check(&mut place, cell);
        }
    }
    found
}

fn params(place: &mut Place<'_, '_>) {
    let mut names = BTreeSet::new();
    for param in &place.view.params {
        if !is_identifier(&param.name) || !names.insert(&param.name) {
            let what = format!("The parameter `{}` has no good name of its own", param.name);
            place.say(&what, "Use snake case, each name once");
        }
        one_param(place, param);
    }
}

fn one_param(place: &mut Place<'_, '_>, param: &Param) {
    let Some(ty) = param_type(place.manifest, place.view, &param.name) else {
        let what = format!("Nothing uses the parameter `{}`", param.name);
        return place.say(&what, "Give it to a query with `.param(\"…\")`, or remove it");
    };
    match &param.initial {
        Some(Bind::Param { .. } | Bind::Row { .. }) => {
            let what = format!("The parameter `{}` begins as something that is not known yet", param.name);
            place.say(&what, "Begin with a constant, a time, a day or the person");
        }
        Some(initial) => place.bound(initial, &ty, None, &format!("beginning of the parameter `{}`", param.name)),
        None => {}
    }
    if let Some(choices) = &param.choices {
        place.choices(choices, &ty, &format!("choices of the parameter `{}`", param.name));
    }
}

/// A button; `row` is the type of the row it stands in, or of the answer where there are no rows.
fn action(place: &mut Place<'_, '_>, action: &Action, row: Option<&Type>, has_rows: bool) {
    let name = format!("the button \"{}\"", action.label.en);
    match &action.does {
        Does::Run { operation, arguments } => {
            if let Some(def) = place.operation(operation, &name)
                && place.is_changing(def, &name)
            {
                place.arguments(arguments, &def.input, row, true, &name);
            }
        }
        Does::Form { operation, arguments } => {
            if let Some(def) = place.operation(operation, &name) {
                place.arguments(arguments, &def.input, row, false, &name);
            }
        }
        Does::Open { view, arguments } => place.opened(view, arguments, row, &name),
        Does::Export if !has_rows => {
            place.say(&format!("{name} saves rows, and the cell has none"), "Put it at a widget of rows");
        }
        Does::Export | Does::Print => {}
    }
    if let Some(condition) = &action.shown_if {
        match row {
            Some(row) => place.condition(row, condition),
            None => place.say(&format!("{name} has a condition, and the cell no answer"), "Remove `shown_if`"),
        }
    }
}

/// The type of an operation's input of this name, when it is a single value.
fn scalar_input<'m>(def: &'m HandlerDef, name: &str) -> Option<&'m Type> {
    let field = def.input.fields().iter().find(|field| field.name == name)?;
    Some(scalar(&field.of)).filter(|ty| ty.is_scalar())
}

#[cfg(test)]
mod tests;
