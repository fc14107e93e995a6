//! Forms made from an operation's input type, and read back: no module draws its own.
//!
//! A field is called by its path, `order.lines.0.quantity`. Names that begin with `_` are ours: `_n.lines` counts the
//! groups of a list, `_on.order` says that an optional part is filled in. Everything works without a script.

mod draw;
mod read;

pub use draw::Drawing;
pub use read::read;

use maud::{Markup, html};
use std::collections::HashMap;
use toolcrib_contract::{Type, file};

/// The field that says that a query was sent, not just opened.
pub const RUN: &str = "_run";
/// Groups of one list in a form; longer lists are for the API.
pub const GROUPS: usize = 100;

/// How a form with files is sent.
pub const WITH_FILES: &str = "multipart/form-data";
/// Begins the name of the field that says that a file which was sent before is not wanted.
pub const DROPPED: &str = "_no.";

/// Whether an operation takes files.
pub fn takes_files(input: &Type) -> bool {
    file::inputs(input).next().is_some()
}

/// A form that asks something by its address and changes nothing.
pub fn question(action: &str, send: &str, fields: Markup) -> Markup {
    html! { form.ask action=(action) { (fields) p { button { (send) } } } }
}

/// A form as it was sent, or the query of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormText {
    pairs: Vec<(String, String)>,
    /// Where each name comes first: a large form is still read in one pass.
    first: HashMap<String, usize>,
}

impl FormText {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        let mut first = HashMap::with_capacity(pairs.len());
        for (at, (name, _)) in pairs.iter().enumerate() {
            first.entry(name.clone()).or_insert(at);
        }
        Self { pairs, first }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.first.get(name).map(|at| self.pairs[*at].1.as_str())
    }

    /// Every value of a name that may come more than once.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Names and values, as they came.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The same with another value of a name.
    pub fn replaced(&self, name: &str, value: String) -> Self {
        self.with(name, value, &[])
    }

    /// The same without some names, and with one pair more.
    fn with(&self, name: &str, value: String, without: &[&str]) -> Self {
        let kept = self.pairs.iter().filter(|(key, _)| key != name && !without.contains(&key.as_str()));
        Self::new(kept.cloned().chain([(name.to_owned(), value)]).collect())
    }

    /// How many groups the list of this name has.
    fn groups(&self, name: &str) -> usize {
        self.get(&format!("_n.{name}")).and_then(|count| count.parse().ok()).unwrap_or(0).min(GROUPS)
    }

    /// Whether an optional part is filled in.
    fn is_on(&self, name: &str) -> bool {
        self.get(&format!("_on.{name}")).is_some()
    }

    /// One group more or less, when a button for that was pressed instead of the one that sends the form.
    pub fn edited(&self) -> Option<Self> {
        let (name, change) = match (self.get("_add"), self.get("_drop")) {
            (Some(name), _) => (name, 1),
            (None, Some(name)) => (name, -1),
            (None, None) => return None,
        };
        let count = self.groups(name).saturating_add_signed(change).min(GROUPS);
        Some(self.with(&format!("_n.{name}"), count.to_string(), &["_add", "_drop"]))
    }

    /// The pairs as a query, with one of them replaced: the address of the next page.
    pub fn query_with(&self, name: &str, value: &str) -> String {
        let changed = self.with(name, value.to_owned(), &[]).pairs;
        changed.iter().map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect::<Vec<_>>().join("&")
    }

    /// The pairs as a query, without those of some names.
    pub fn query_without(&self, names: &[&str]) -> String {
        let kept = self.pairs.iter().filter(|(key, _)| !names.contains(&key.as_str()));
        kept.map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect::<Vec<_>>().join("&")
    }
}

/// Percent-encodes one part of a query.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// `order.qty` → `/order/qty`.
fn pointer(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("/{}", name.replace('.', "/")) }
}

fn inside(name: &str, step: impl std::fmt::Display) -> String {
    if name.is_empty() { step.to_string() } else { format!("{name}.{step}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> FormText {
        FormText::new(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_group_is_added_or_dropped_and_nothing_typed_is_lost() {
        let sent = form(&[("rows.0.qty", "5"), ("_n.rows", "1"), ("_add", "rows")]);
        let edited = sent.edited().unwrap();
        assert_eq!((edited.groups("rows"), edited.get("rows.0.qty"), edited.edited()), (2, Some("5"), None));
        let sent = form(&[("_n.rows", "100"), ("_add", "rows")]);
        assert_eq!(sent.edited().unwrap().groups("rows"), GROUPS);
        let sent = form(&[("_drop", "rows")]);
        assert_eq!(sent.edited().unwrap().groups("rows"), 0);
        assert_eq!(form(&[("_n.rows", "99999999")]).groups("rows"), GROUPS);
    }

    #[test]
    fn a_query_survives_any_text() {
        let next = form(&[("equipment", "冲床 1&2"), ("after", "a")]).query_with("after", "b=");
        assert_eq!(next, "equipment=%E5%86%B2%E5%BA%8A%201%262&after=b%3D");
    }
}
