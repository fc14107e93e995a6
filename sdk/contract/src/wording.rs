//! What a module's operations, fields, records, events, cases and refusals are called by people, in both languages:
//! `words.toml` beside `toolcrib.toml`, part of the [`crate::package::Package`].
//!
//! [`Key`] reads the keys, [`Wording`] finds the words with a fallback that is always there, [`check`] says what is wrong
//! with them, what they are about that the module does not have, and what people would see without a word.

pub mod check;
#[cfg(test)]
mod tests;

use crate::language::Lang;
use crate::names::is_identifier;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The words of one version: in each language the text of each key, which [`Key`] explains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    #[serde(default)]
    pub zh: BTreeMap<String, String>,
    #[serde(default)]
    pub en: BTreeMap<String, String>,
}

/// What a key of `words.toml` is about. Names are those of the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// `report`, `good`: an operation, or every field of this name.
    Name(&'a str),
    /// `report.good`, `state.running`: a field of an operation's input or output, or a case of an enumeration.
    Inside(&'a str, &'a str),
    /// `record:stop`
    Record(&'a str),
    /// `event:machine_stopped`
    Event(&'a str),
    /// `report?`, `report.good?`: what helps below the heading of an operation, or below one field of its form.
    Help(&'a str, Option<&'a str>),
    /// `!order-closed`: said where the module rejects with this code.
    Rejection(&'a str),
}

impl<'a> Key<'a> {
    /// None when it has no form of a key.
    pub fn parse(text: &'a str) -> Option<Self> {
        let pair = |text: &'a str| text.split_once('.').filter(|(of, name)| is_identifier(of) && is_identifier(name));
        let name = |text: &'a str| Some(text).filter(|text| is_identifier(text));
        if let Some(code) = text.strip_prefix('!') {
            return is_code(code).then_some(Self::Rejection(code));
        }
        if let Some(about) = text.strip_suffix('?') {
            let whole = || name(about).map(|operation| Self::Help(operation, None));
            return pair(about).map(|(operation, field)| Self::Help(operation, Some(field))).or_else(whole);
        }
        match text.split_once(':') {
            Some(("record", record)) => name(record).map(Self::Record),
            Some(("event", event)) => name(event).map(Self::Event),
            Some(_) => None,
            None => pair(text).map(|(of, name)| Self::Inside(of, name)).or_else(|| name(text).map(Self::Name)),
        }
    }
}

/// Kebab case, as codes of rejections are.
fn is_code(code: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&code.len()) && code.bytes().all(fits)
}

/// Something with a name in a module's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// An operation, or another handler.
    Operation(&'a str),
    /// A field of an operation's input or output, at any depth.
    Inside {
        operation: &'a str,
        field: &'a str,
    },
    /// A field of a record, an event, or of no one operation.
    Field(&'a str),
    Record(&'a str),
    Event(&'a str),
    /// A case of an enumeration.
    Case {
        of: &'a str,
        case: &'a str,
    },
}

/// Fields that the platform itself adds, with their words: the head of a stored row, and pages of rows.
const PLATFORM: [(&str, &str, &str); 7] = [
    ("id", "编号", "Id"),
    ("rev", "修订号", "Revision"),
    ("created", "创建时间", "Created"),
    ("updated", "更新时间", "Updated"),
    ("rows", "记录", "Rows"),
    ("next", "下一页", "Next page"),
    ("after", "上一页末尾", "After"),
];

impl Wording {
    /// Of keys, each with its Chinese and its English text.
    pub fn of(entries: &[(&str, &str, &str)]) -> Self {
        let side = |text: fn(&(&str, &str, &str)) -> String| {
            entries.iter().map(|entry| (entry.0.to_owned(), text(entry))).collect::<BTreeMap<_, _>>()
        };
        Self { zh: side(|entry| entry.1.to_owned()), en: side(|entry| entry.2.to_owned()) }
    }

    /// The words of a package, as the JSON of its custom section; whatever else stands there may be newer than we are.
    ///
    /// # Errors
    /// It is no JSON, or the words in it have another form.
    pub fn of_package(json: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Package {
            #[serde(default)]
            words: Wording,
        }
        serde_json::from_slice::<Package>(json).map(|package| package.words)
    }

    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }

    fn word(&self, lang: Lang, key: &str) -> Option<&str> {
        let words = match lang {
            Lang::ZhCn => &self.zh,
            Lang::En => &self.en,
        };
        words.get(key).map(String::as_str)
    }

    /// The module's word; none when it gave none.
    pub fn find(&self, lang: Lang, named: Named<'_>) -> Option<&str> {
        match named {
            Named::Operation(name) | Named::Field(name) => self.word(lang, name),
            Named::Inside { operation, field } => {
                self.word(lang, &format!("{operation}.{field}")).or_else(|| self.word(lang, field))
            }
            Named::Record(name) => self.word(lang, &format!("record:{name}")),
            Named::Event(name) => self.word(lang, &format!("event:{name}")),
            Named::Case { of, case } => self.word(lang, &format!("{of}.{case}")),
        }
    }

    /// What people read: the module's word, the platform's for what the platform adds, else the name itself made readable.
    pub fn label(&self, lang: Lang, named: Named<'_>) -> String {
        if let Some(word) = self.find(lang, named) {
            return word.to_owned();
        }
        match named {
            Named::Inside { field: name, .. } | Named::Field(name) => {
                platform(lang, name).unwrap_or_else(|| readable(name))
            }
            Named::Operation(name) | Named::Record(name) | Named::Event(name) | Named::Case { case: name, .. } => {
                readable(name)
            }
        }
    }

    /// What helps with an operation, or with one field of its form. `doc` is the author's English comment: it stands in on
    /// English pages, and on Chinese ones where the thing has no Chinese name either.
    pub fn help<'a>(&'a self, lang: Lang, operation: &str, field: Option<&str>, doc: &'a str) -> &'a str {
        let key = field.map_or_else(|| format!("{operation}?"), |field| format!("{operation}.{field}?"));
        let named = field.map_or(Named::Operation(operation), |field| Named::Inside { operation, field });
        self.word(lang, &key).unwrap_or_else(|| self.doc(lang, named, doc))
    }

    /// An English doc comment where it may stand: beside a Chinese name it says nothing to who reads that.
    pub fn doc<'a>(&self, lang: Lang, named: Named<'_>, doc: &'a str) -> &'a str {
        if lang == Lang::ZhCn && self.find(lang, named).is_some() { "" } else { doc }
    }

    /// What is said where the module rejects with this code; none when it said nothing of it.
    pub fn rejection(&self, lang: Lang, code: &str) -> Option<&str> {
        self.word(lang, &format!("!{code}"))
    }
}

fn platform(lang: Lang, field: &str) -> Option<String> {
    let (_, zh, en) = PLATFORM.iter().find(|(name, ..)| *name == field)?;
    Some(if lang == Lang::ZhCn { *zh } else { *en }.to_owned())
}

/// `good_count` → `Good count`: a name of code where there is no word for it.
pub fn readable(name: &str) -> String {
    let spaced = name.replace(['_', '-'], " ");
    let mut chars = spaced.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
