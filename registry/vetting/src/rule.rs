//! A rule a check enforces: its stable id and why it exists, said once; findings add what, where and what to do.

use toolcrib_contract::finding::{Finding, Severity};

/// A rule of the set [`crate::RULES`].
pub(crate) struct Rule {
    /// Stable, kebab case.
    pub check: &'static str,
    /// Why it matters, a sentence.
    pub why: &'static str,
}

impl Rule {
    /// The version cannot be published.
    pub fn error(&self, place: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Finding {
        self.finding(Severity::Error, place.into(), what.into(), fix.into())
    }

    /// A reviewer should look at it.
    pub fn warning(&self, place: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Finding {
        self.finding(Severity::Warning, place.into(), what.into(), fix.into())
    }

    /// Worth knowing.
    pub fn note(&self, place: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Finding {
        self.finding(Severity::Note, place.into(), what.into(), fix.into())
    }

    fn finding(&self, severity: Severity, place: String, what: String, fix: String) -> Finding {
        let shown = |text: String| {
            if text.chars().count() > SHOWN { text.chars().take(SHOWN).chain(['…']).collect() } else { text }
        };
        let (what, place, fix) = (shown(what), shown(place), shown(fix));
        Finding { check: self.check.to_owned(), severity, what, place, why: self.why.to_owned(), fix }
    }
}

/// Characters of a finding's texts: what a hostile manifest says must not flood a reviewer.
const SHOWN: usize = 600;

/// A name out of a manifest, cut to what a line can show.
pub(crate) fn shown(name: &str) -> String {
    let cut: String = name.chars().take(60).map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect();
    if cut.len() < name.len() { format!("`{cut}…`") } else { format!("`{cut}`") }
}
