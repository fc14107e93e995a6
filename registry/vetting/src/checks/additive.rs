//! Additions: what is new since the last approved version shows in its minor number.

use crate::rule::{Rule, shown};
use semver::Version;
use std::collections::BTreeSet;
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::words;

const RULE: Rule = Rule {
    check: "minor-version",
    why: (
        "只看版本号的人也应看得出：补丁号只做修正，不增加要学习或要同意的内容",
        "Who reads only the version must see that a patch corrects and adds nothing to learn or to agree to",
    ),
};

/// One warning that lists what is new, when only the patch number was raised.
pub(crate) fn check(manifest: &Manifest, previous: Option<&Manifest>) -> Vec<Finding> {
    let Some(previous) = previous else { return Vec::new() };
    let (Ok(now), Ok(before)) = (Version::parse(&manifest.version), Version::parse(&previous.version)) else {
        return Vec::new();
    };
    if (now.major, now.minor) != (before.major, before.minor) {
        return Vec::new();
    }
    let known = parts(previous);
    let new: Vec<_> = parts(manifest).into_iter().filter(|part| !known.contains(part)).collect();
    if new.is_empty() {
        return Vec::new();
    }
    let listed: Vec<_> = new.iter().take(10).map(|part| shown(part)).collect();
    let what =
        words!("自 {before} 以来新增 {} 处：{}", "{} parts are new since {before}: {}", new.len(), listed.join(", "));
    vec![RULE.warning("version", what, words!("请改为 {}.{}.0", "Make it {}.{}.0", now.major, now.minor + 1))]
}

/// Names of everything that others can see or must agree to.
fn parts(manifest: &Manifest) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for record in &manifest.records {
        parts.insert(format!("record {}", record.name));
        parts.extend(record.fields.iter().map(|field| format!("record {}, field {}", record.name, field.name)));
    }
    for event in &manifest.events {
        parts.insert(format!("event {}", event.name));
        parts.extend(event.body.fields().iter().map(|field| format!("event {}, field {}", event.name, field.name)));
    }
    for handler in &manifest.handlers {
        parts.insert(format!("handler {}", handler.name));
        let fields = handler.input.fields().iter();
        parts.extend(fields.map(|field| format!("handler {}, parameter {}", handler.name, field.name)));
        let fields = handler.output.fields().iter();
        parts.extend(fields.map(|field| format!("handler {}, output {}", handler.name, field.name)));
    }
    parts.extend(wanted(manifest).into_iter().map(|wanted| wanted.capability.to_string()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{self, field};
    use toolcrib_contract::Type;

    #[test]
    fn a_patch_adds_nothing() {
        let told = |version: &str, change: &dyn Fn(&mut Manifest)| {
            let mut next = Manifest { version: version.into(), ..example::manifest() };
            change(&mut next);
            check(&next, Some(&example::manifest())).len()
        };
        let option = || Type::Option { of: Box::new(Type::Int) };
        assert_eq!(told("1.0.1", &|_| ()), 0);
        assert_eq!(told("1.0.1", &|next| next.records[0].fields.push(field("by", option()))), 1);
        assert_eq!(told("1.1.0", &|next| next.records[0].fields.push(field("by", option()))), 0);
        assert_eq!(told("2.0.0", &|next| next.events[0].name = "more".into()), 0);
        assert_eq!(told("1.0.1", &|next| next.events.clear()), 0, "what is gone is told by compatibility");
        assert_eq!(check(&example::manifest(), None), []);
    }
}
