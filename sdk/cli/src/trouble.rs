//! Failures for the person at the keyboard: what happened, and the next step.

use std::fmt;

/// Why a command did not do its work.
#[derive(Debug)]
pub struct Trouble {
    /// What happened, a sentence or more lines.
    pub what: String,
    /// What to do next.
    pub next: String,
}

impl Trouble {
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  next: {}", self.what, self.next)
    }
}
impl std::error::Error for Trouble {}
