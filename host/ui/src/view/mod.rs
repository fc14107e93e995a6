//! Pages that modules describe: what they ask, how their values are read and written, what their buttons do.
//!
//! - [`Scene`] is a page about to be drawn; `ask` collects its questions and asks each once; `bind` fills their arguments.
//! - `value` reads answers by path; `called` says what codes in them are called; `number` writes numbers; `tone` judges
//!   conditions; `act` draws buttons.
//!
//! `page` is the whole of it; `crate::widget` draws the cells.

pub mod act;
pub mod ask;
pub mod bind;
pub mod board;
mod called;
pub mod number;
pub mod page;
pub mod preview;
pub mod sheet;
pub mod tone;
pub mod value;

use crate::form::{FormText, escape};
use crate::key::FormKey;
use crate::language::Tr;
use crate::names::Names;
use crate::output::Showing;
use crate::shell::Shell;
use crate::zone::Zone;
use maud::Markup;
use serde_json::Value as Json;
use toolcrib_contract::file::FileName;
use toolcrib_contract::manifest::{HandlerDef, Words};
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::{Column, State, View, type_at};
use toolcrib_contract::{Manifest, Type};

/// A view's page about to be drawn for somebody.
pub struct Scene<'a> {
    pub shell: &'a Shell,
    pub manifest: &'a Manifest,
    pub view: &'a View,
    /// Of the person who looks.
    pub role: &'a str,
    /// The actor that the module's handlers see.
    pub actor: &'a str,
    pub now: Instant,
    /// What the page's address says.
    pub address: &'a FormText,
    /// What was sent and is not done, with the cell it came from.
    pub sent: Option<Sent>,
    /// Makes a repetition harmless; every form of the page gets its own from it.
    pub nonce: String,
}

/// A form that was sent and is not done: it was refused, or another of its steps is to come.
pub struct Sent {
    pub cell: String,
    pub operation: String,
    pub form: FormText,
    /// The step to show, from 0, of a form with steps.
    pub step: usize,
    pub refused: Option<Refused>,
}

/// Why a form is not done.
pub struct Refused {
    /// In the module's words, where it has some for this refusal.
    pub problem: toolcrib_contract::problem::Problem,
    /// What the module said in English, where that says more.
    pub beneath: Option<String>,
}

impl Sent {
    /// What is wrong with its inputs.
    pub fn errors(&self) -> &[toolcrib_contract::json::InputError] {
        self.refused.as_ref().map_or(&[], |refused| &refused.problem.errors)
    }
}

/// The parameter of the address that says which tab is shown.
pub const TAB: &str = "_tab";
/// What was done last.
pub const DONE: &str = "_done";
/// Begins the parameter that says where a cell's page begins.
pub const AFTER: &str = "_after.";

impl<'a> Scene<'a> {
    pub fn tr(&self) -> Tr {
        self.shell.tr
    }

    pub fn zone(&self) -> &'a Zone {
        &self.shell.zone
    }

    pub fn key(&self) -> Option<&'a FormKey> {
        self.shell.key.as_ref()
    }

    /// A text of the module in the visitor's language.
    pub fn words(&self, words: &'a Words) -> &'a str {
        self.shell.tr.words(words)
    }

    /// `/t/{tenant}/m/{module}`, on a terminal `/t/{tenant}/s/{module}`.
    pub fn base(&self) -> String {
        let tenant = self.shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default();
        let part = if self.shell.station.is_some() { 's' } else { 'm' };
        format!("{tenant}/{part}/{}", self.manifest.module)
    }

    /// The address of one of the module's views.
    pub fn path(&self, view: &str) -> String {
        let part = if self.shell.station.is_some() { "" } else { "/v" };
        format!("{}{part}/{view}", self.base())
    }

    /// Where a file can be had. Nowhere on terminals, and on pages that are only shown.
    pub fn file(&self, name: FileName) -> Option<String> {
        self.key().and_then(|_| file_path(&self.base(), name))
    }

    /// The page's own address with some parts of its query replaced; empty ones are left out.
    pub fn here(&self, changes: &[(&str, &str)]) -> String {
        let kept = |name: &str| !name.starts_with(DONE) && !changes.iter().any(|(changed, _)| *changed == name);
        let pairs = self.address.pairs().filter(|(name, value)| kept(name) && !value.is_empty());
        let changed = changes.iter().copied().filter(|(_, value)| !value.is_empty());
        let query: Vec<_> =
            pairs.chain(changed).map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect();
        let path = self.path(&self.view.name);
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// The tab that is shown.
    pub fn tab(&self) -> usize {
        let asked = self.address.get(TAB).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
        asked.clamp(1, self.view.tabs.len().max(1)) - 1
    }

    /// What the module calls its things.
    pub fn names(&self) -> Names<'a> {
        self.shell.names(&self.manifest.module)
    }

    /// What the module calls a field.
    pub fn field(&self, path: &str) -> String {
        self.names().field(path.rsplit('.').next().unwrap_or(path))
    }

    /// What the module calls an operation.
    pub fn operation(&self, name: &str) -> String {
        self.names().operation(name)
    }

    /// A column's heading.
    pub fn heading(&self, column: &Column) -> String {
        match &column.label {
            Some(words) => self.words(words).to_owned(),
            None => self.field(&column.field),
        }
    }

    /// A state as people read it: the view's own name for it, else the module's.
    pub fn state_label(&self, states: &[State], of: Option<&Type>, value: &str) -> String {
        match (states.iter().find(|state| state.value == value), of.map(toolcrib_contract::view::scalar)) {
            (Some(state), _) => self.shell.tr.words(&state.label).to_owned(),
            (None, Some(Type::Enum { name, .. })) => self.names().case(name, value),
            (None, _) => value.to_owned(),
        }
    }

    /// A value of a type as it is shown everywhere in the console.
    pub fn plain(&self, def: &HandlerDef, ty: &Type, value: &Json) -> Markup {
        let (names, zone, base) = (self.names(), self.zone(), self.base());
        Showing { names, zone, manifest: self.manifest, base: &base, role: self.role, operation: def }.value(ty, value)
    }

    /// HTML of the page without what differs with every drawing.
    pub fn same_each_time(&self, html: &str) -> String {
        let html = if self.nonce.is_empty() { html.to_owned() } else { html.replace(&self.nonce, "") };
        match (&self.shell.station, self.key()) {
            (Some(station), Some(key)) => station.same_each_time(key, &self.path(&self.view.name), &html),
            _ => html,
        }
    }

    /// A key for one form of the page.
    pub fn form_key(&self, form: &str) -> String {
        format!("{}-{form}", self.nonce)
    }
}

/// The address of a file of the module whose pages begin with `base`, `/t/{tenant}/m/{module}`; none for those of terminals.
pub fn file_path(base: &str, name: FileName) -> Option<String> {
    (base.split('/').nth(3) == Some("m")).then(|| format!("{base}/_file/{name}"))
}

/// The type at a path of a row; the unit where there is none, which a checked view never meets.
pub fn type_of<'t>(row: &'t Type, path: &str) -> &'t Type {
    type_at(row, path).unwrap_or(&Type::Unit)
}
