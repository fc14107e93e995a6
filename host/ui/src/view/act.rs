//! Buttons: what runs something is a form, what leads somewhere is a link; all of it works without a script.

use super::{Scene, tone, value};
use crate::form::{self, escape};
use crate::key::ONCE;
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::Type;
use toolcrib_contract::view::{Action, Argument, Does, Source, Style};

/// The field that says which operation a form runs, and the one that says which cell it stands in.
pub const OPERATION: &str = "_operation";
pub const CELL: &str = "_cell";
/// The part of an export's address that says which list of the answer is saved.
pub const TABLE: &str = "_table";

/// Where a button stands.
pub struct Stand<'s> {
    /// The cell's id, and what tells apart the rows in it.
    pub id: String,
    /// The row, or the answer where there are no rows.
    pub row: &'s Json,
    /// The source whose rows are saved.
    pub source: Option<&'s Source>,
}

impl<'a> Scene<'a> {
    /// The buttons that may be pressed here.
    pub fn actions(&self, actions: &'a [Action], stand: &Stand<'a>) -> Vec<Markup> {
        let shown = actions
            .iter()
            .enumerate()
            .filter(|(_, action)| action.shown_if.as_ref().is_none_or(|condition| tone::holds(condition, stand.row)));
        shown.filter_map(|(at, action)| self.action(action, at, stand)).collect()
    }

    /// The buttons in a row of their own; nothing where there are none.
    pub fn buttons(&self, actions: &'a [Action], stand: &Stand<'a>) -> Markup {
        let buttons = self.actions(actions, stand);
        html! { @if !buttons.is_empty() { div.buttons { @for button in buttons { (button) } } } }
    }

    fn action(&self, action: &'a Action, at: usize, stand: &Stand<'a>) -> Option<Markup> {
        let label = self.words(&action.label);
        let link = |address: String| html! { a.button.main[action.style == Style::Primary] href=(address) { (label) } };
        match &action.does {
            Does::Run { operation, arguments } => self.runs(action, operation, arguments, at, stand),
            Does::Form { operation, arguments } => {
                let (_, def) = self.manifest.handler(operation).filter(|(_, def)| def.admits(self.role))?;
                let pairs = self.pairs(arguments, &def.input, stand.row);
                Some(link(address(&format!("{}/{operation}", self.base()), &pairs)))
            }
            Does::Open { view, arguments } => {
                let pairs = self.pairs(arguments, &self.view_input(view), stand.row);
                Some(link(address(&self.path(view), &pairs)))
            }
            // The script prints; without one the browser's own menu does.
            Does::Print => Some(html! { button type="button" data-print { (label) } }),
            Does::Export => self.csv(stand.source?).map(link),
        }
    }

    /// The address that saves a source's rows.
    pub fn csv(&self, source: &Source) -> Option<String> {
        let (_, def) = self.manifest.handler(&source.query)?;
        // Tables of an answer are known by the path to them.
        let (path, _) = source.rows(&def.output)?;
        let mut pairs = self.pairs(&source.arguments, &def.input, &Json::Null);
        pairs.push((TABLE.to_owned(), path));
        Some(address(&format!("{}/{}/csv", self.base(), def.name), &pairs))
    }

    /// None where the person may not, or the row lacks a value that is needed.
    fn runs(
        &self,
        action: &'a Action,
        operation: &str,
        arguments: &'a [Argument],
        at: usize,
        stand: &Stand<'a>,
    ) -> Option<Markup> {
        let (_, def) = self.manifest.handler(operation).filter(|(_, def)| def.admits(self.role))?;
        self.input(arguments, &def.input, stand.row).ok()?;
        let (label, id) = (self.words(&action.label), format!("{}-a{at}", stand.id));
        let pairs = self.pairs(arguments, &def.input, stand.row);
        let (main, danger) = (action.style == Style::Primary, action.style == Style::Danger);
        let press = |text: &str| {
            let button = html! { button.main[main].danger[danger] { (text) } };
            self.press(&id, operation, &pairs, button)
        };
        let asked = action.confirm.as_ref().map(|words| self.words(words).to_owned());
        let asked = asked.or_else(|| danger.then(|| self.tr().with("view-sure", &[("action", label)])));
        Some(match asked {
            None => press(label),
            Some(question) => html! {
                details.confirm data-cancel=(self.tr().t("live-cancel")) { summary.button.main[main].danger[danger] { (label) } div.card { p { (question) } (press(&self.tr().t("view-do"))) } }
            },
        })
    }

    /// A form that runs an operation with these inputs and comes back here.
    pub fn press(&self, id: &str, operation: &str, pairs: &[(String, String)], body: Markup) -> Markup {
        let path = self.path(&self.view.name);
        // Terminals send none: what waits there is text.
        let takes_files = self.shell.station.is_none()
            && self.manifest.handler(operation).is_some_and(|(_, def)| form::takes_files(&def.input));
        html! {
            form.press method="post" action=(self.here(&[])) enctype=[takes_files.then_some(form::WITH_FILES)] {
                (self.shell.proof(&path))
                input type="hidden" name=(ONCE) value=(self.form_key(id));
                input type="hidden" name=(OPERATION) value=(operation);
                input type="hidden" name=(CELL) value=(id);
                @for (name, value) in pairs { input type="hidden" name=(name) value=(value); }
                (body)
            }
        }
    }

    /// A value that leads to another view.
    pub fn opens(&self, view: &str, arguments: &'a [Argument], row: &Json, text: Markup) -> Markup {
        let pairs = self.pairs(arguments, &self.view_input(view), row);
        html! { a href=(address(&self.path(view), &pairs)) { (text) } }
    }
}

/// A path with a query.
pub fn address(path: &str, pairs: &[(String, String)]) -> String {
    let query: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// What tells a row's forms apart: its place, and its id where it has one, so that a page that moved presses nothing else.
pub fn row_id(cell: &str, at: usize, of: &Type, row: &Json) -> String {
    let id = of.fields().iter().find(|field| matches!(field.of, Type::Id { .. }));
    let id = id.and_then(|field| value::line(&row[&field.name]));
    format!("{cell}-{}", id.unwrap_or_else(|| at.to_string()))
}
