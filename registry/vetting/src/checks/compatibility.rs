//! Compatibility: what the last approved version promised still holds, or the major version says that it does not.
//!
//! Stored rows must stay readable, callers must stay understood, readers and listeners must find what they know. A major
//! version starts with tables of its own, so everything may change there.

use super::version::major;
use crate::rule::{Rule, shown};
use crate::walk::fits;
use toolcrib_contract::finding::{Finding, Severity};
use toolcrib_contract::manifest::{EventDef, HandlerDef, IndexDef, RecordDef, Words};
use toolcrib_contract::schema::Field;
use toolcrib_contract::words;
use toolcrib_contract::{Manifest, Type};

const RULE: Rule = Rule {
    check: "compatibility",
    why: (
        "企业在同一主版本内升级时不会被询问；其数据和程序必须继续可用",
        "Tenants upgrade within a major version without being asked; their data and programs must go on working",
    ),
};

/// What to do about a break that the version announces.
const RAISED: (&str, &str) = (
    "主版本号已提高，因此允许；企业必须同意升级",
    "The major version was raised, so this is allowed; tenants must agree to the upgrade",
);

/// Findings are errors within a major version and notes for the reviewer when it was raised.
pub(crate) fn check(manifest: &Manifest, previous: Option<&Manifest>) -> Vec<Finding> {
    let Some(previous) = previous else { return Vec::new() };
    let mut broken = Broken::default();
    for old in &previous.records {
        let place = format!("record {}", shown(&old.name));
        match manifest.record(&old.name) {
            None => broken.add(&place, ("它被删除或改名了", "It was removed or renamed")),
            Some(new) => record(&mut broken, &place, old, new),
        }
    }
    for old in previous.handlers.iter().filter(|handler| handler.is_operation()) {
        let place = format!("operation {}", shown(&old.name));
        match manifest.handler(&old.name) {
            None => broken.add(&place, ("它被删除或改名了", "It was removed or renamed")),
            Some((_, new)) => operation(&mut broken, &place, old, new),
        }
    }
    for old in &previous.events {
        let place = format!("event {}", shown(&old.name));
        match manifest.event(&old.name) {
            None => broken.add(&place, ("它被删除或改名了", "It was removed or renamed")),
            Some(new) => event(&mut broken, &place, old, new),
        }
    }
    let raised = major(&manifest.version) > major(&previous.version);
    if raised {
        broken.0.iter_mut().for_each(|finding| {
            finding.severity = Severity::Note;
            let (zh, en) = RAISED;
            en.clone_into(&mut finding.fix);
            finding.zh.iter_mut().for_each(|told| zh.clone_into(&mut told.fix));
        });
    }
    broken.0
}

#[derive(Default)]
struct Broken(Vec<Finding>);

impl Broken {
    fn add(&mut self, place: &str, what: impl Into<Words>) {
        self.0.push(RULE.error(
            place,
            what,
            ("保持原样，或在 Cargo.toml 中提高主版本号", "Keep it as it was, or raise the major version in Cargo.toml"),
        ));
    }

    fn doubt(&mut self, place: &str, what: impl Into<Words>) {
        self.0.push(RULE.warning(place, what, ("请在版本说明中写明原因", "Say in the release notes why")));
    }
}

fn record(broken: &mut Broken, place: &str, old: &RecordDef, new: &RecordDef) {
    if old.shared && !new.shared {
        broken.add(place, ("它不再共享", "It is no longer shared"));
    }
    for field in &old.fields {
        let name = shown(&field.name);
        match new.fields.iter().find(|new| new.name == field.name) {
            None => broken.add(place, words!("字段 {name} 被删除或改名了", "Field {name} was removed or renamed")),
            Some(now) if !keeps(&field.of, &now.of) => {
                broken.add(place, words!("字段 {name} 存不下已保存的值", "Field {name} cannot hold the stored values"))
            }
            Some(now) if old.shared && !fits(&now.of, &field.of) => broken.add(
                place,
                words!("字段 {name} 允许读取方不认识的值", "Field {name} allows values that its readers do not know"),
            ),
            Some(_) => {}
        }
    }
    for field in added(&old.fields, &new.fields).filter(|field| !is_optional(&field.of)) {
        broken.add(
            place,
            words!(
                "字段 {} 是新的必填字段；已保存的行没有它",
                "Field {} is new and required; stored rows lack it",
                shown(&field.name)
            ),
        );
    }
    let columns = |record: &RecordDef, index: &IndexDef| -> Vec<String> {
        index.fields.iter().filter_map(|at| record.fields.get(*at as usize)).map(|field| field.name.clone()).collect()
    };
    for index in new.indexes.iter().filter(|index| index.unique) {
        let wanted = columns(new, index);
        if !old.indexes.iter().any(|known| known.unique && columns(old, known) == wanted) {
            broken.add(
                place,
                words!(
                    "（{}）现在必须唯一；已保存的行可能重复",
                    "({}) must now be unique; stored rows may share them",
                    wanted.join(", ")
                ),
            );
        }
    }
    for index in old.indexes.iter().filter(|_| old.shared) {
        let walked = columns(old, index);
        if !new.indexes.iter().any(|now| columns(new, now).starts_with(&walked)) {
            broken.add(place, words!("读取方不能再按（{}）遍历", "Readers can no longer walk ({})", walked.join(", ")));
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
        broken.add(
            place,
            (
                "它在命令、查询和其他处理程序类型之间变了",
                "It changed between command, query and other kinds of handler",
            ),
        );
    }
    if let Some(what) = accepts(&old.input, &new.input) {
        broken.add(place, words!("输入：{what}", "Input: {what}"; what));
    }
    if let Some(what) = promises(&old.output, &new.output) {
        broken.add(place, words!("输出：{what}", "Output: {what}"; what));
    }
    let fewer =
        !new.roles.is_empty() && (old.roles.is_empty() || old.roles.iter().any(|role| !new.roles.contains(role)));
    if fewer {
        broken.doubt(place, ("可以调用它的角色比以前少", "Fewer roles may call it than before"));
    }
}

fn event(broken: &mut Broken, place: &str, old: &EventDef, new: &EventDef) {
    if let Some(what) = promises(&old.body, &new.body) {
        broken.add(place, words!("内容：{what}", "Body: {what}"; what));
    }
}

/// Why an input that was good may now be refused.
fn accepts(old: &Type, new: &Type) -> Option<Words> {
    match (old, new) {
        (Type::Struct { fields: old, .. }, Type::Struct { fields: new, .. }) => {
            let gone_or_narrower = old.iter().find_map(|field| match new.iter().find(|new| new.name == field.name) {
                None => Some(words!("{} 被删除或改名了", "{} was removed or renamed", shown(&field.name))),
                Some(now) => {
                    accepts(&field.of, &now.of).map(|why| words!("{}：{why}", "{}: {why}", shown(&field.name); why))
                }
            });
            let required = || added(old, new).find(|field| !is_optional(&field.of));
            gone_or_narrower.or_else(|| {
                required().map(|field| words!("{} 是新的必填项", "{} is new and required", shown(&field.name)))
            })
        }
        (Type::Option { of: old }, Type::Option { of: new }) | (Type::List { of: old }, Type::List { of: new }) => {
            accepts(old, new)
        }
        (old, Type::Option { of: new }) => accepts(old, new),
        (Type::Option { .. }, _) => Some(("它不再是可选的", "it is no longer optional").into()),
        (Type::Text { max: old }, Type::Text { max: new }) => {
            (new < old).then(|| words!("最多 {new} 个字符，原为 {old} 个", "at most {new} characters instead of {old}"))
        }
        (Type::Enum { cases: old, .. }, Type::Enum { cases: new, .. }) => old
            .iter()
            .find(|case| !new.contains(case))
            .map(|case| words!("取值 {} 没有了", "case {} is gone", shown(case))),
        (Type::File { accept: old, max_bytes: most }, Type::File { accept: new, max_bytes }) => {
            let fewer = || old.iter().find(|media| !new.contains(media));
            let smaller = (max_bytes < most).then(|| {
                words!(
                    "文件最多 {max_bytes} 字节，原为 {most} 字节",
                    "files of at most {max_bytes} bytes instead of {most}"
                )
            });
            smaller.or_else(|| {
                fewer()
                    .map(|media| words!("不再接受 {} 文件", "files that are {} are not taken any more", media.mime()))
            })
        }
        (old, new) => (!old.same_shape(new)).then(|| ("类型变了", "it has another type").into()),
    }
}

/// Why an output or event may now hold what its readers do not expect.
fn promises(old: &Type, new: &Type) -> Option<Words> {
    match (old, new) {
        (Type::Struct { fields: old, .. }, Type::Struct { fields: new, .. }) => {
            old.iter().find_map(|field| match new.iter().find(|new| new.name == field.name) {
                None => Some(words!("{} 被删除或改名了", "{} was removed or renamed", shown(&field.name))),
                Some(now) => {
                    promises(&field.of, &now.of).map(|why| words!("{}：{why}", "{}: {why}", shown(&field.name); why))
                }
            })
        }
        (Type::Option { of: old }, Type::Option { of: new }) | (Type::List { of: old }, Type::List { of: new }) => {
            promises(old, new)
        }
        (Type::Option { of: old }, new) => promises(old, new),
        (_, Type::Option { .. }) => Some(("它现在可能为空", "it may now be absent").into()),
        (Type::Text { max: old }, Type::Text { max: new }) => {
            (new > old).then(|| words!("最长 {new} 个字符，原为 {old} 个", "up to {new} characters instead of {old}"))
        }
        (Type::Enum { cases: old, .. }, Type::Enum { cases: new, .. }) => new
            .iter()
            .find(|case| !old.contains(case))
            .map(|case| words!("取值 {} 是新的", "case {} is new", shown(case))),
        (old, new) => (!old.same_shape(new)).then(|| ("类型变了", "it has another type").into()),
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
