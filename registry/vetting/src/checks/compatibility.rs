//! Compatibility: what the last approved version promised still holds, or the major version says that it does not.
//!
//! Stored rows must stay readable, callers must stay understood, readers and listeners must find what they know. A major
//! version starts with tables of its own, so everything may change there.

use super::version::major;
use crate::rule::{Rule, shown};
use crate::walk::fits;
use toolcrib_contract::finding::{Finding, Severity};
use toolcrib_contract::manifest::{EventDef, HandlerDef, IndexDef, RecordDef};
use toolcrib_contract::schema::Field;
use toolcrib_contract::{Manifest, Type};

const RULE: Rule = Rule {
    check: "compatibility",
    why: "Tenants upgrade within a major version without being asked; their data and programs must go on working",
};

/// Findings are errors within a major version and notes for the reviewer when it was raised.
pub(crate) fn check(manifest: &Manifest, previous: Option<&Manifest>) -> Vec<Finding> {
    let Some(previous) = previous else { return Vec::new() };
    let mut broken = Broken::default();
    for old in &previous.records {
        let place = format!("record {}", shown(&old.name));
        match manifest.record(&old.name) {
            None => broken.add(&place, "It was removed or renamed"),
            Some(new) => record(&mut broken, &place, old, new),
        }
    }
    for old in previous.handlers.iter().filter(|handler| handler.is_operation()) {
        let place = format!("operation {}", shown(&old.name));
        match manifest.handler(&old.name) {
            None => broken.add(&place, "It was removed or renamed"),
            Some((_, new)) => operation(&mut broken, &place, old, new),
        }
    }
    for old in &previous.events {
        let place = format!("event {}", shown(&old.name));
        match manifest.event(&old.name) {
            None => broken.add(&place, "It was removed or renamed"),
            Some(new) => event(&mut broken, &place, old, new),
        }
    }
    let raised = major(&manifest.version) > major(&previous.version);
    if raised {
        broken.0.iter_mut().for_each(|finding| {
            finding.severity = Severity::Note;
            "The major version was raised, so this is allowed; tenants must agree to the upgrade"
                .clone_into(&mut finding.fix);
        });
    }
    broken.0
}

#[derive(Default)]
struct Broken(Vec<Finding>);

impl Broken {
    fn add(&mut self, place: &str, what: impl Into<String>) {
        self.0.push(RULE.error(place, what, "Keep it as it was, or raise the major version in Cargo.toml"));
    }

    fn doubt(&mut self, place: &str, what: impl Into<String>) {
        self.0.push(RULE.warning(place, what, "Say in the release notes why"));
    }
}

fn record(broken: &mut Broken, place: &str, old: &RecordDef, new: &RecordDef) {
    if old.shared && !new.shared {
        broken.add(place, "It is no longer shared");
    }
    for field in &old.fields {
        let name = shown(&field.name);
        match new.fields.iter().find(|new| new.name == field.name) {
            None => broken.add(place, format!("Field {name} was removed or renamed")),
            Some(now) if !keeps(&field.of, &now.of) => {
                broken.add(place, format!("Field {name} cannot hold the stored values"))
            }
            Some(now) if old.shared && !fits(&now.of, &field.of) => {
                broken.add(place, format!("Field {name} allows values that its readers do not know"))
            }
            Some(_) => {}
        }
    }
    for field in added(&old.fields, &new.fields).filter(|field| !is_optional(&field.of)) {
        broken.add(place, format!("Field {} is new and required; stored rows lack it", shown(&field.name)));
    }
    let columns = |record: &RecordDef, index: &IndexDef| -> Vec<String> {
        index.fields.iter().filter_map(|at| record.fields.get(*at as usize)).map(|field| field.name.clone()).collect()
    };
    for index in new.indexes.iter().filter(|index| index.unique) {
        let wanted = columns(new, index);
        if !old.indexes.iter().any(|known| known.unique && columns(old, known) == wanted) {
            broken.add(place, format!("({}) must now be unique; stored rows may share them", wanted.join(", ")));
        }
    }
    for index in old.indexes.iter().filter(|_| old.shared) {
        let walked = columns(old, index);
        if !new.indexes.iter().any(|now| columns(new, now).starts_with(&walked)) {
            broken.add(place, format!("Readers can no longer walk ({})", walked.join(", ")));
        }
    }
}

/// Whether a column of the new type can hold every stored value, as the store widens columns.
fn keeps(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Option { of: old }, Type::Option { of: new }) => keeps(old, new),
        (old, Type::Option { of: new }) => keeps(old, new),
        (Type::Text { max: old }, Type::Text { max: new }) => old <= new,
        (Type::Enum { cases: old, .. }, Type::Enum { cases: new, .. }) => new.starts_with(old),
        (old, new) => old.same_shape(new),
    }
}

fn operation(broken: &mut Broken, place: &str, old: &HandlerDef, new: &HandlerDef) {
    if old.kind != new.kind {
        broken.add(place, "It changed between command, query and other kinds of handler");
    }
    if let Some(what) = accepts(&old.input, &new.input) {
        broken.add(place, format!("Input: {what}"));
    }
    if let Some(what) = promises(&old.output, &new.output) {
        broken.add(place, format!("Output: {what}"));
    }
    let fewer =
        !new.roles.is_empty() && (old.roles.is_empty() || old.roles.iter().any(|role| !new.roles.contains(role)));
    if fewer {
        broken.doubt(place, "Fewer roles may call it than before");
    }
}

fn event(broken: &mut Broken, place: &str, old: &EventDef, new: &EventDef) {
    if let Some(what) = promises(&old.body, &new.body) {
        broken.add(place, format!("Body: {what}"));
    }
}

/// Why an input that was good may now be refused.
fn accepts(old: &Type, new: &Type) -> Option<String> {
    match (old, new) {
        (Type::Struct { fields: old, .. }, Type::Struct { fields: new, .. }) => {
            let gone_or_narrower = old.iter().find_map(|field| match new.iter().find(|new| new.name == field.name) {
                None => Some(format!("{} was removed or renamed", shown(&field.name))),
                Some(now) => accepts(&field.of, &now.of).map(|why| format!("{}: {why}", shown(&field.name))),
            });
            let required = || added(old, new).find(|field| !is_optional(&field.of));
            gone_or_narrower.or_else(|| required().map(|field| format!("{} is new and required", shown(&field.name))))
        }
        (Type::Option { of: old }, Type::Option { of: new }) | (Type::List { of: old }, Type::List { of: new }) => {
            accepts(old, new)
        }
        (old, Type::Option { of: new }) => accepts(old, new),
        (Type::Option { .. }, _) => Some("it is no longer optional".into()),
        (Type::Text { max: old }, Type::Text { max: new }) => {
            (new < old).then(|| format!("at most {new} characters instead of {old}"))
        }
        (Type::Enum { cases: old, .. }, Type::Enum { cases: new, .. }) => {
            old.iter().find(|case| !new.contains(case)).map(|case| format!("case {} is gone", shown(case)))
        }
        (Type::File { accept: old, max_bytes: most }, Type::File { accept: new, max_bytes }) => {
            let fewer = || old.iter().find(|media| !new.contains(media));
            let smaller = (max_bytes < most).then(|| format!("files of at most {max_bytes} bytes instead of {most}"));
            smaller.or_else(|| fewer().map(|media| format!("files that are {} are not taken any more", media.mime())))
        }
        (old, new) => (!old.same_shape(new)).then(|| "it has another type".into()),
    }
}

/// Why an output or event may now hold what its readers do not expect.
fn promises(old: &Type, new: &Type) -> Option<String> {
    match (old, new) {
        (Type::Struct { fields: old, .. }, Type::Struct { fields: new, .. }) => {
            old.iter().find_map(|field| match new.iter().find(|new| new.name == field.name) {
                None => Some(format!("{} was removed or renamed", shown(&field.name))),
                Some(now) => promises(&field.of, &now.of).map(|why| format!("{}: {why}", shown(&field.name))),
            })
        }
        (Type::Option { of: old }, Type::Option { of: new }) | (Type::List { of: old }, Type::List { of: new }) => {
            promises(old, new)
        }
        (Type::Option { of: old }, new) => promises(old, new),
        (_, Type::Option { .. }) => Some("it may now be absent".into()),
        (Type::Text { max: old }, Type::Text { max: new }) => {
            (new > old).then(|| format!("up to {new} characters instead of {old}"))
        }
        (Type::Enum { cases: old, .. }, Type::Enum { cases: new, .. }) => {
            new.iter().find(|case| !old.contains(case)).map(|case| format!("case {} is new", shown(case)))
        }
        (old, new) => (!old.same_shape(new)).then(|| "it has another type".into()),
    }
}

fn added<'a>(old: &'a [Field], new: &'a [Field]) -> impl Iterator<Item = &'a Field> {
    new.iter().filter(|field| !old.iter().any(|old| old.name == field.name))
}

fn is_optional(ty: &Type) -> bool {
    matches!(ty, Type::Option { .. })
}

#[cfg(test)]
#[path = "compatibility_tests.rs"]
mod tests;
