//! Names that appear in URLs, consent pages and table names.

use std::fmt;
use std::str::FromStr;

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    pub name: String,
    pub rule: &'static str,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a name: {}", self.name, self.rule)
    }
}
impl std::error::Error for NameError {}

/// A module's unique name in the marketplace: 2–40 of `a-z 0-9 -`, a letter first, no hyphen last or doubled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize), serde(try_from = "String", into = "String"))]
pub struct ModuleName(String);

impl ModuleName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModuleName {
    type Err = NameError;
    fn from_str(name: &str) -> Result<Self, NameError> {
        let fail = |rule| Err(NameError { name: name.chars().take(60).collect(), rule });
        if !(2..=40).contains(&name.len()) {
            return fail("use 2 to 40 characters");
        }
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return fail("use only a-z, 0-9 and hyphens");
        }
        if !name.as_bytes()[0].is_ascii_lowercase() {
            return fail("start with a letter");
        }
        if name.ends_with('-') || name.contains("--") {
            return fail("a hyphen stands between two other characters");
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for ModuleName {
    type Error = NameError;
    fn try_from(name: String) -> Result<Self, NameError> {
        name.parse()
    }
}
impl From<ModuleName> for String {
    fn from(name: ModuleName) -> String {
        name.0
    }
}
impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a record, field, handler or event may be called so: snake case, 1–40 of `a-z 0-9 _`, a letter first.
pub fn is_identifier(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.as_bytes()[0].is_ascii_lowercase()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_names_follow_their_rule() {
        for good in ["oee", "job-reporting", "a1"] {
            assert!(good.parse::<ModuleName>().is_ok(), "{good}");
        }
        for bad in ["", "a", "1a", "-a", "a-", "a--b", "Oee", "oee ", "ое", "a/b", "..", &"a".repeat(41)] {
            assert!(bad.parse::<ModuleName>().is_err(), "{bad}");
        }
    }
}
