//! A rule a check enforces: its stable id and why it exists, said once; findings add what, where and what to do.

use toolcrib_contract::finding::{Finding, Severity, Told};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::names::NameError;
use toolcrib_contract::words;

/// A rule of the set [`crate::RULES`].
pub(crate) struct Rule {
    /// Stable, kebab case.
    pub check: &'static str,
    /// Why it matters, a sentence, in Chinese and in English.
    pub why: (&'static str, &'static str),
}

impl Rule {
    /// The version cannot be published.
    pub fn error(&self, place: impl Into<String>, what: impl Into<Words>, fix: impl Into<Words>) -> Finding {
        self.finding(Severity::Error, place.into(), what.into(), fix.into())
    }

    /// A reviewer should look at it.
    pub fn warning(&self, place: impl Into<String>, what: impl Into<Words>, fix: impl Into<Words>) -> Finding {
        self.finding(Severity::Warning, place.into(), what.into(), fix.into())
    }

    /// Worth knowing.
    pub fn note(&self, place: impl Into<String>, what: impl Into<Words>, fix: impl Into<Words>) -> Finding {
        self.finding(Severity::Note, place.into(), what.into(), fix.into())
    }

    fn finding(&self, severity: Severity, place: String, what: Words, fix: Words) -> Finding {
        let shown = |text: String| {
            if text.chars().count() > SHOWN { text.chars().take(SHOWN).chain(['…']).collect() } else { text }
        };
        let (why_zh, why) = (self.why.0.to_owned(), self.why.1.to_owned());
        let zh = Some(Box::new(Told { what: shown(what.zh), why: why_zh, fix: shown(fix.zh) }));
        let (what, place, fix) = (shown(what.en), shown(place), shown(fix.en));
        Finding { check: self.check.to_owned(), severity, what, place, why, fix, zh }
    }
}

/// Characters of a finding's texts: what a hostile manifest says must not flood a reviewer.
const SHOWN: usize = 600;

/// One after the other, as a list in a sentence.
pub(crate) fn listed(parts: &[Words]) -> Words {
    let joined = |text: fn(&Words) -> &str, between: &str| parts.iter().map(text).collect::<Vec<_>>().join(between);
    Words { zh: joined(|part| &part.zh, "、"), en: joined(|part| &part.en, ", ") }
}

/// A text that names no module. The error is told in English alone; the Chinese says the whole rule instead.
pub(crate) fn misnamed(name: &str, error: &NameError) -> Words {
    let name = shown(name);
    words!("{name} 不能作模块名：用 2 到 40 个小写字母、数字和连字符，以字母开头，连字符只夹在两个字符之间", "{error}")
}

/// A name out of a manifest, cut to what a line can show.
pub(crate) fn shown(name: &str) -> String {
    let cut: String = name.chars().take(60).map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect();
    if cut.len() < name.len() { format!("`{cut}…`") } else { format!("`{cut}`") }
}
