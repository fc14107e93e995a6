//! Names: formed by the rules, unique, not reserved, not made to be mistaken for another's.

use crate::rule::{Rule, misnamed, shown};
use std::collections::BTreeSet;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::names::is_identifier;
use toolcrib_contract::schema::Field;
use toolcrib_contract::words;
use toolcrib_contract::{Manifest, ModuleName, Type};

const FORM: Rule = Rule {
    check: "names",
    why: (
        "名称会成为地址、表名和同意页面上的文字",
        "Names become addresses, table names and lines of the consent page",
    ),
};
const UNIQUE: Rule = Rule {
    check: "unique-names",
    why: ("同名的两样东西无法分别寻址", "Two things of one name cannot both be addressed"),
};
const RESERVED: Rule = Rule {
    check: "reserved-name",
    why: ("人们会把模块当成平台的一部分", "People would take the module for a part of the platform"),
};

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
            let what = words!(
                "有字段名为 {}，而每一行都已有该字段",
                "A field is called {}, which every row has already",
                shown(&head.name)
            );
            found.push(UNIQUE.error(&place, what, ("请给该字段换个名称", "Give the field another name")));
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
        found.push(FORM.error(
            "module name",
            misnamed(name, &error),
            ("请改正 module! 中的 `name`", "Correct `name` in module!"),
        ));
    }
    if let Some(expected) = expected.filter(|expected| *expected != name) {
        let what = words!(
            "组件自称 {}，而提交时用的是 {}",
            "The component says it is {}, it was submitted as {}",
            shown(name),
            shown(expected)
        );
        found.push(FORM.error(
            "module name",
            what,
            (
                "请以它自己的名称提交，或改正 module! 中的 `name`",
                "Submit it under its own name, or correct `name` in module!",
            ),
        ));
    }
    if PLATFORM.contains(&name) || name.starts_with("toolcrib-") {
        let what = words!("{} 是平台的名称", "{} is a name of the platform", shown(name));
        found.push(RESERVED.error(
            "module name",
            what,
            ("请选一个能说明模块用途的名称", "Choose a name that says what the module does"),
        ));
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
        let kinds = named(kind);
        let what = words!("{} 不能作{kinds}的名称", "{} cannot name a {kinds}", shown(name); kinds);
        FORM.error(
            format!("{kind} {}", shown(name)),
            what,
            (
                "请用小写加下划线：1 到 40 个 a-z、0-9 和 _，以字母开头",
                "Use snake case: 1 to 40 of a-z, 0-9 and _, a letter first",
            ),
        )
    });
    malformed.chain(twice(kind, names.map(str::to_owned))).collect()
}

/// A kind of thing as sentences name it.
fn named(kind: &str) -> Words {
    let zh = match kind {
        "record" => "记录",
        "event" => "事件",
        "handler" => "处理程序",
        "field" => "字段",
        "case" => "取值",
        "read" => "读取",
        "call" => "调用",
        other => other,
    };
    (zh, kind).into()
}

fn twice(kind: &str, names: impl Iterator<Item = String>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for name in names {
        if seen.contains(&name) {
            let kinds = named(kind);
            let (place, what) = (
                format!("{kind} {}", shown(&name)),
                words!("{kinds} {} 声明了两次", "The {kinds} {} is declared twice", shown(&name); kinds),
            );
            found.push(UNIQUE.error(place, what, ("请删除或改名其中一个", "Remove or rename one of them")));
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
