//! What travels with a component in its custom section `toolcrib:package`: listing, golden scenarios and the names
//! that people read. One digest covers code and words.

use crate::manifest::Words;
use crate::offered::{Figures, SetUp};
use crate::wording::Wording;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Name of the custom section; its content is the JSON of a [`Package`], plain or [sealed](seal).
pub const SECTION: &str = "toolcrib:package";
/// The largest package.
pub const PACKAGE_BYTES: usize = 512 << 10;
/// The most scenarios of a package.
pub const SCENARIOS: usize = 200;
/// The most steps of a scenario.
pub const STEPS: usize = 500;
/// The most words of one language.
pub const WORDS: usize = 2_000;
/// Characters of one word or sentence of them.
pub const WORD_CHARS: usize = 200;

/// The JSON of a package as components carry it: packed, since stories in two languages are long and repeat themselves.
pub fn seal(json: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(json, 9)
}

/// The JSON of a section's content. What is plain JSON stays as it is. None when it is damaged, or longer than
/// [`PACKAGE_BYTES`] once unpacked.
pub fn unseal(content: &[u8]) -> Option<Cow<'_, [u8]>> {
    // No packed content begins like this: the first byte of a zlib stream has 8 in its lower half.
    if matches!(content.first(), Some(b'{' | b' ' | b'\n')) {
        return Some(Cow::Borrowed(content));
    }
    miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(content, PACKAGE_BYTES).ok().map(Cow::Owned)
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub listing: Listing,
    pub scenarios: Vec<Scenario>,
    /// What people call its operations, fields and so on.
    #[serde(default, skip_serializing_if = "Wording::is_empty")]
    pub words: Wording,
}

/// What the marketplace shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// A few sentences, plain text.
    pub description: Words,
    /// Codes of GB/T 4754-2017 manufacturing divisions (13–43) this is made for; empty: all.
    #[serde(default)]
    pub segments: Vec<String>,
    /// What is new in this version, a few sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Words>,
    /// What it helps against, in the marketplace's codes, such as `downtime`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// What a subsidy would count it as; none: the provider does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsidy: Option<Subsidy>,
    /// Queries whose figures say how much it is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figures>,
    /// Lists that set it up, in the order in which another firm takes them over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_up: Vec<SetUp>,
    /// SPDX expression.
    pub licence: String,
}

/// Categories of cost that programmes for the transformation of small manufacturers pay a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subsidy {
    /// Category a: software and cloud services.
    Software,
    /// Category b: equipment that collects and transmits data.
    Equipment,
    /// Category c: consulting and diagnosis.
    Consulting,
}

impl Subsidy {
    pub const ALL: [Self; 3] = [Self::Software, Self::Equipment, Self::Consulting];

    /// As in listings and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Equipment => "equipment",
            Self::Consulting => "consulting",
        }
    }
}

/// A golden story: steps in order on an empty tenant, each with what must come out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    /// Shared records of other modules that exist before the first step.
    #[serde(default)]
    pub given: Vec<Given>,
    /// Modules that the tenant does not have: reads of their records are refused. Calls are, unless there is a reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// What operations of other modules reply. Those of one operation are given in their order, the last one again and
    /// again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
    /// What the outside answers to connectors. Those of one method and address are given in their order, the last one
    /// again and again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    pub steps: Vec<Step>,
}

/// What another module's operation replies to one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    pub module: String,
    pub operation: String,
    /// Its output; `null` when it gives none.
    #[serde(default)]
    pub output: Json,
    /// The code it refuses with, in place of an output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
}

/// What the outside answers to one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    #[serde(default = "get")]
    pub method: String,
    pub url: String,
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A text as it is, anything else as JSON, null as nothing.
    #[serde(default)]
    pub body: Json,
    /// Nothing answers.
    #[serde(default)]
    pub unreachable: bool,
}

fn get() -> String {
    "GET".to_owned()
}

fn ok() -> u16 {
    200
}

/// Rows of another module's shared record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub module: String,
    pub record: String,
    /// Each an object of the fields the reading module declares. With `"id": "press"` later steps and rows refer to it as
    /// `"$press"`.
    pub rows: Vec<Json>,
}

/// One step. `at` moves the clock; it never goes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// RFC 3339.
    pub at: String,
    /// The handler's name: an operation, an event handler or a timer. Timers that fall due and the module's own events
    /// run by themselves.
    pub handler: String,
    /// Its input. `"$name"` stands for what is remembered under that name; `"$$5"` is the text `$5`.
    #[serde(default)]
    pub input: Json,
    /// Of the person who calls an operation; `module` where another module's event handler or timer does.
    #[serde(default)]
    pub role: String,
    pub expect: Expect,
    /// Remembers the output under this name.
    #[serde(default)]
    pub remember: Option<String>,
}

/// What a step must do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expect {
    /// Exactly this output. `"$name"` stands for what is remembered, or remembers what stands there.
    Output(Json),
    /// Any output.
    Success,
    /// A rejection with this code; `bad-input` when the input does not even fit, `not-allowed` for a wrong role.
    Rejected(String),
    /// It asks to be called again later: a connector whose host does not answer.
    Retry,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_and_a_bomb_is_not() {
        let json = br#"{"listing": 1}"#;
        assert_eq!(unseal(&seal(json)).as_deref(), Some(&json[..]));
        assert_eq!(unseal(json).as_deref(), Some(&json[..]));
        let large = vec![b' '; PACKAGE_BYTES];
        assert_eq!(unseal(&seal(&large)).map(|bytes| bytes.len()), Some(PACKAGE_BYTES));
        assert_eq!(unseal(&seal(&[&large[..], b" "].concat())), None);
        for damaged in [&b""[..], b"x", &seal(json)[..8]] {
            assert_eq!(unseal(damaged), None);
        }
    }
}
