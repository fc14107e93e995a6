//! What a view says for the terminals of the shop floor: which scans lead to it, how an act is taken back, and which input
//! takes the time of an act that was sent later.

use super::source::{Argument, Bind};
use crate::codec_struct;

/// A scanned text that leads to the view.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct ScanRoute {
    /// A text with one `*`, which stands for what fills the parameter: `*`, `EQ:*`.
    pub pattern: String,
    /// The view's parameter that takes it.
    pub param: String,
}
codec_struct!(ScanRoute { pattern, param });

/// How an operation that was done from the view is taken back: by another that says so, never by an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Undo {
    /// The operation that was done.
    pub operation: String,
    /// The operation that takes it back.
    pub by: String,
    /// Inputs of that one; `row("…")` is a field of what the first answered.
    pub arguments: Vec<Argument>,
}
codec_struct!(Undo { operation, by, arguments });

/// The input of an operation that says when it was really done. Filled only for what was sent later than that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Late {
    pub operation: String,
    /// An optional instant.
    pub field: String,
}
codec_struct!(Late { operation, field });

impl ScanRoute {
    /// What the scanned text says for the parameter; None when it does not fit, or says nothing.
    pub fn captured<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (before, after) = self.pattern.split_once('*')?;
        let captured = text.strip_prefix(before)?.strip_suffix(after)?;
        (!captured.is_empty()).then_some(captured)
    }

    /// Characters that must be there as they are: of several routes that fit, the one with most of them counts.
    pub fn exactness(&self) -> usize {
        self.pattern.chars().filter(|char| *char != '*').count()
    }
}

impl Undo {
    /// Fills an input of the operation that takes back.
    pub fn with(mut self, name: &str, value: Bind) -> Self {
        self.arguments.push(Argument { name: name.to_owned(), value });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(pattern: &str) -> ScanRoute {
        ScanRoute { pattern: pattern.to_owned(), param: "card".to_owned() }
    }

    #[test]
    fn a_scan_fills_what_the_star_stands_for() {
        assert_eq!(route("*").captured("WO-1-10"), Some("WO-1-10"));
        assert_eq!(route("EQ:*").captured("EQ:M1"), Some("M1"));
        assert_eq!(route("<*>").captured("<M1>"), Some("M1"));
        for (pattern, text) in [("EQ:*", "M1"), ("EQ:*", "EQ:"), ("<*>", "<M1"), ("aa*a", "aa"), ("*", "")] {
            assert_eq!(route(pattern).captured(text), None, "{pattern} {text}");
        }
    }

    #[test]
    fn the_more_exact_route_has_more_characters_of_its_own() {
        assert!(route("EQ:*").exactness() > route("*").exactness());
    }
}
