//! Judges words: their form, what they are about, and what lacks one.

use super::{Key, PLATFORM, Wording, is_code};
use crate::manifest::{HandlerDef, MODULE_ROLE, Manifest, Words};
use crate::package::{Expect, Scenario, WORD_CHARS, WORDS};
use crate::problem;
use crate::schema::{Field, Type};
use crate::view::is_said;
use crate::words;
use std::collections::BTreeSet;

/// One thing wrong with words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Empty where it is about all of them.
    pub key: String,
    pub what: Words,
    pub fix: Words,
}

fn flaw(key: &str, what: impl Into<Words>, fix: impl Into<Words>) -> Flaw {
    Flaw { key: key.chars().take(100).collect(), what: what.into(), fix: fix.into() }
}

/// Characters that change how the text around them looks, or that nobody sees.
pub fn hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What is wrong with the words themselves: their number, forms of keys, a language that lacks one, texts.
pub fn form(words: &Wording) -> Vec<Flaw> {
    let mut found = Vec::new();
    for (language, has, other, lacks) in [("zh", &words.zh, "en", &words.en), ("en", &words.en, "zh", &words.zh)] {
        if has.len() > WORDS {
            let what = words!("[{language}] 有 {} 个词条", "[{language}] has {} words", has.len());
            found.push(flaw("", what, words!("最多保留 {WORDS} 个", "Keep at most {WORDS}")));
            return found;
        }
        for (key, text) in has {
            if Key::parse(key).is_none() {
                // Told once.
                if language == "en" && lacks.contains_key(key) {
                    continue;
                }
                let fix = (
                    "请写 operation、field、operation.field、record:name、event:name、enum.case、operation?、operation.field? 或 !rejection-code",
                    "Write operation, field, operation.field, record:name, event:name, enum.case, operation?, \
                           operation.field? or !rejection-code",
                );
                found.push(flaw(key, ("它不是词条键的写法", "It has no form of a key"), fix));
            } else if !lacks.contains_key(key) {
                found.push(flaw(
                    key,
                    words!("它只在 [{language}] 中", "It is in [{language}] only"),
                    words!("请在 [{other}] 中也写上", "Say it in [{other}], too"),
                ));
            }
            let length = text.chars().count();
            if text.trim().is_empty() {
                found.push(flaw(
                    key,
                    words!("它在 [{language}] 中的文字是空的", "Its text in [{language}] is empty"),
                    ("请补上，或删除该键", "Write it, or remove the key"),
                ));
            } else if length > WORD_CHARS {
                let what = words!(
                    "它在 [{language}] 中的文字有 {length} 个字符",
                    "Its text in [{language}] has {length} characters"
                );
                found.push(flaw(
                    key,
                    what,
                    words!("请控制在 {WORD_CHARS} 个字符以内", "Say it in at most {WORD_CHARS}"),
                ));
            } else if text.chars().any(hidden) {
                let what = words!(
                    "它在 [{language}] 中的文字含有控制字符",
                    "Its text in [{language}] holds control characters"
                );
                found.push(flaw(
                    key,
                    what,
                    ("请用纯文本，不含换行和方向控制符", "Use plain text without line breaks or direction marks"),
                ));
            }
        }
    }
    found
}

/// Keys about something that the module does not have. Codes of rejections stand in no manifest: only their form is known.
pub fn unknown<'a>(words: &'a Wording, manifest: &Manifest) -> Vec<&'a str> {
    let things = Things::of(manifest);
    let keys: BTreeSet<&str> = words.zh.keys().chain(words.en.keys()).map(String::as_str).collect();
    keys.into_iter().filter(|key| Key::parse(key).is_some_and(|key| !things.have(key))).collect()
}

/// Everything of a module that a word can be about.
#[derive(Default)]
struct Things<'a> {
    operations: BTreeSet<&'a str>,
    fields: BTreeSet<&'a str>,
    /// With the operation.
    inside: BTreeSet<(&'a str, &'a str)>,
    records: BTreeSet<&'a str>,
    events: BTreeSet<&'a str>,
    /// With the enumeration.
    cases: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Things<'a> {
    fn of(manifest: &'a Manifest) -> Self {
        let mut things = Self::default();
        for handler in &manifest.handlers {
            things.operations.insert(&handler.name);
            for ty in [&handler.input, &handler.output] {
                fields(ty, &mut |field| {
                    things.inside.insert((&handler.name, &field.name));
                });
                things.types(ty);
            }
        }
        for record in &manifest.records {
            things.records.insert(&record.name);
            record.fields.iter().for_each(|field| things.field(field));
        }
        // Of what is others' only the fields and cases: their owners name the rest.
        for read in &manifest.reads {
            read.fields.iter().for_each(|field| things.field(field));
        }
        for call in &manifest.calls {
            things.types(&call.input);
            things.types(&call.output);
        }
        for event in &manifest.events {
            things.events.insert(&event.name);
            things.types(&event.body);
        }
        things
    }

    fn field(&mut self, field: &'a Field) {
        self.fields.insert(&field.name);
        self.types(&field.of);
    }

    fn types(&mut self, ty: &'a Type) {
        fields(ty, &mut |field| {
            self.fields.insert(&field.name);
        });
        cases(ty, &mut |of, case| {
            self.cases.insert((of, case));
        });
    }

    fn have(&self, key: Key<'_>) -> bool {
        match key {
            Key::Name(name) => self.operations.contains(name) || self.fields.contains(name),
            Key::Inside(of, name) => self.inside.contains(&(of, name)) || self.cases.contains(&(of, name)),
            Key::Record(name) => self.records.contains(name),
            Key::Event(name) => self.events.contains(name),
            Key::Help(operation, None) => self.operations.contains(operation),
            Key::Help(operation, Some(field)) => self.inside.contains(&(operation, field)),
            Key::Rejection(code) => is_code(code),
        }
    }
}

/// Every field of a type, at any depth, but for the two of a text in both languages: a page shows one of them, and names
/// neither.
fn fields<'a>(ty: &'a Type, take: &mut dyn FnMut(&'a Field)) {
    match ty {
        Type::Struct { .. } if is_said(ty) => {}
        Type::Option { of } | Type::List { of } => fields(of, take),
        Type::Struct { fields: inner, .. } => {
            for field in inner {
                take(field);
                fields(&field.of, take);
            }
        }
        _ => {}
    }
}

/// Every case of every enumeration in a type, at any depth.
fn cases<'a>(ty: &'a Type, take: &mut dyn FnMut(&'a str, &'a str)) {
    match ty {
        Type::Enum { name, cases } => cases.iter().for_each(|case| take(name, case)),
        Type::Option { of } | Type::List { of } => cases(of, take),
        Type::Struct { fields, .. } => fields.iter().for_each(|field| cases(&field.of, take)),
        _ => {}
    }
}

/// Keys of what people see and what has no word: operations that people call, the fields and cases of their inputs and
/// outputs, records, events, and the codes with which the golden scenarios are rejected. Sorted.
pub fn missing(words: &Wording, manifest: &Manifest, scenarios: &[Scenario]) -> Vec<String> {
    let mut missing = BTreeSet::new();
    let has = |key: &str| words.zh.contains_key(key) && words.en.contains_key(key);
    let mut need = |key: String| {
        if !has(&key) {
            missing.insert(key);
        }
    };
    for handler in manifest.handlers.iter().filter(|handler| is_seen(handler)) {
        need(handler.name.clone());
        let known = |field: &Field| PLATFORM.iter().any(|(name, ..)| *name == field.name);
        for ty in [&handler.input, &handler.output] {
            fields(ty, &mut |field| {
                if !known(field) && !has(&format!("{}.{}", handler.name, field.name)) {
                    need(field.name.clone());
                }
            });
            cases(ty, &mut |of, case| need(format!("{of}.{case}")));
        }
    }
    manifest.records.iter().for_each(|record| need(format!("record:{}", record.name)));
    manifest.events.iter().for_each(|event| need(format!("event:{}", event.name)));
    for step in scenarios.iter().flat_map(|scenario| &scenario.steps) {
        if let Expect::Rejected(code) = &step.expect
            && !problem::ALL.iter().any(|kind| kind.code == code)
        {
            need(format!("!{code}"));
        }
    }
    missing.into_iter().collect()
}

/// Whether people have to do with it: an operation that not only modules call.
fn is_seen(handler: &HandlerDef) -> bool {
    let only_modules = !handler.roles.is_empty() && handler.roles.iter().all(|role| role == MODULE_ROLE);
    handler.is_operation() && !only_modules
}
