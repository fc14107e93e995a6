//! Names: formed by the rules, unique, not reserved, not made to be mistaken for another's.

use crate::rule::{Rule, shown};
use std::collections::BTreeSet;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::names::is_identifier;
use toolcrib_contract::schema::Field;
use toolcrib_contract::{Manifest, ModuleName, Type};

const FORM: Rule = Rule { check: "names", why: "Names become addresses, table names and lines of the consent page" };
const UNIQUE: Rule = Rule { check: "unique-names", why: "Two things of one name cannot both be addressed" };
const RESERVED: Rule = Rule { check: "reserved-name", why: "People would take the module for a part of the platform" };

/// Module names the platform keeps for itself.
const PLATFORM: &[&str] = &[
    "admin",
    "api",
    "app",
    "auth",
    "console",
    "crib",
    "host",
    "ingest",
    "internal",
    "marketplace",
    "module",
    "modules",
    "official",
    "programme",
    "registry",
    "root",
    "sdk",
    "security",
    "support",
    "system",
    "tenant",
    "test",
    "toolcrib",
];
/// What the host keeps beside the fields of every row.
const ROW_HEAD: [&str; 4] = ["id", "rev", "created", "updated"];

/// `expected`: the name the submission was made under.
pub(crate) fn check(manifest: &Manifest, expected: Option<&str>) -> Vec<Finding> {
    let mut found = module_name(manifest, expected);
    let records = manifest.records.iter().map(|record| record.name.as_str());
    let events = manifest.events.iter().map(|event| event.name.as_str());
    let handlers = manifest.handlers.iter().map(|handler| handler.name.as_str());
    found.extend(list("record", records));
    found.extend(list("event", events));
    found.extend(list("handler", handlers));
    for record in &manifest.records {
        let place = format!("record {}", shown(&record.name));
        found.extend(fields(&place, &record.fields));
        for head in record.fields.iter().filter(|field| ROW_HEAD.contains(&field.name.as_str())) {
            let what = format!("A field is called {}, which every row has already", shown(&head.name));
            found.push(UNIQUE.error(&place, what, "Give the field another name"));
        }
    }
    for read in &manifest.reads {
        found.extend(fields(&format!("read of {}", shown(&format!("{}/{}", read.module, read.record))), &read.fields));
    }
    crate::walk::types(manifest, |place, ty| match ty {
        Type::Struct { fields: inner, .. } => found.extend(fields(place, inner)),
        Type::Enum { cases, .. } => {
            found.extend(
                list("case", cases.iter().map(String::as_str)).into_iter().map(|finding| within(place, finding)),
            );
        }
        _ => {}
    });
    let reads = manifest.reads.iter().map(|read| format!("{}/{}", read.module, read.record));
    let calls = manifest.calls.iter().map(|call| format!("{}/{}", call.module, call.operation));
    found.extend(twice("read", reads));
    found.extend(twice("call", calls));
    found
}

fn module_name(manifest: &Manifest, expected: Option<&str>) -> Vec<Finding> {
    let name = manifest.module.as_str();
    let mut found = Vec::new();
    if let Err(error) = name.parse::<ModuleName>() {
        found.push(FORM.error("module name", error.to_string(), "Correct `name` in module!"));
    }
    if let Some(expected) = expected.filter(|expected| *expected != name) {
        let what = format!("The component says it is {}, it was submitted as {}", shown(name), shown(expected));
        found.push(FORM.error("module name", what, "Submit it under its own name, or correct `name` in module!"));
    }
    if PLATFORM.contains(&name) || name.starts_with("toolcrib-") {
        let what = format!("{} is a name of the platform", shown(name));
        found.push(RESERVED.error("module name", what, "Choose a name that says what the module does"));
    }
    found
}

fn fields(place: &str, fields: &[Field]) -> Vec<Finding> {
    list("field", fields.iter().map(|field| field.name.as_str()))
        .into_iter()
        .map(|finding| within(place, finding))
        .collect()
}

fn within(place: &str, finding: Finding) -> Finding {
    Finding { place: format!("{place}, {}", finding.place), ..finding }
}

fn list<'a>(kind: &str, names: impl Iterator<Item = &'a str> + Clone) -> Vec<Finding> {
    let malformed = names.clone().filter(|name| !is_identifier(name)).map(|name| {
        let what = format!("{} cannot name a {kind}", shown(name));
        FORM.error(format!("{kind} {}", shown(name)), what, "Use snake case: 1 to 40 of a-z, 0-9 and _, a letter first")
    });
    malformed.chain(twice(kind, names.map(str::to_owned))).collect()
}

fn twice(kind: &str, names: impl Iterator<Item = String>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for name in names {
        if seen.contains(&name) {
            let (place, what) =
                (format!("{kind} {}", shown(&name)), format!("The {kind} {} is declared twice", shown(&name)));
            found.push(UNIQUE.error(place, what, "Remove or rename one of them"));
        }
        seen.insert(name);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn checks(manifest: &Manifest, expected: Option<&str>) -> Vec<String> {
        check(manifest, expected).into_iter().map(|finding| finding.check).collect()
    }

    #[test]
    fn a_good_manifest_has_good_names() {
        assert_eq!(check(&example::manifest(), Some("notes")), []);
    }

    #[test]
    fn a_name_of_the_platform_or_of_another_is_told() {
        let named = |name: &str| Manifest { module: name.to_owned(), ..example::manifest() };
        assert_eq!(checks(&named("Notes"), None), ["names"]);
        assert_eq!(checks(&named("notes"), Some("memos")), ["names"]);
        assert_eq!(checks(&named("registry"), None), ["reserved-name"]);
        assert_eq!(checks(&named("toolcrib-oee"), None), ["reserved-name"]);
    }

    #[test]
    fn every_bad_or_doubled_name_is_told_with_its_place() {
        let mut manifest = example::manifest();
        manifest.records.push(manifest.records[0].clone());
        manifest.records[0].fields[0].name = "Text!".into();
        manifest.records[0].fields.push(example::field("rev", Type::Int));
        manifest.handlers[1].name = manifest.handlers[0].name.clone();
        let found = check(&manifest, None);
        let places: Vec<_> = found.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(
            places,
            ["record `note`", "handler `add`", "record `note`, field `Text!`", "record `note`"],
            "{found:?}"
        );
    }
}
