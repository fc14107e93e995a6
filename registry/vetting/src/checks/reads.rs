//! Reads of other modules' records: declared as the owner shares them.

use crate::rule::{Rule, misnamed, shown};
use crate::walk::fits;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::{IndexDef, ReadDef, RecordDef};
use toolcrib_contract::words;
use toolcrib_contract::{Manifest, ModuleName};

const RULE: Rule = Rule {
    check: "reads",
    why: (
        "所有者没有共享的，或以另一种形式共享的，在任何企业都读不到",
        "What the owner does not share, or shares in another shape, cannot be read in any tenant",
    ),
};

pub(crate) fn check(manifest: &Manifest, others: &[Manifest]) -> Vec<Finding> {
    let mut found = Vec::new();
    for read in &manifest.reads {
        let name = format!("{}/{}", read.module, read.record);
        let place = format!("read of {}", shown(&name));
        if let Err(error) = read.module.parse::<ModuleName>() {
            found.push(RULE.error(
                &place,
                misnamed(&read.module, &error),
                ("请改正 #[shared_record] 中的 `module`", "Correct `module` in #[shared_record]"),
            ));
        } else if read.module == manifest.module {
            found.push(RULE.error(
                &place,
                ("它把自己的记录当成别人的来读", "It reads its own record as if it were another's"),
                ("请用 #[record]", "Use #[record]"),
            ));
        } else if let Some(owner) = others.iter().find(|other| other.module == read.module) {
            match owner.record(&read.record).filter(|record| record.shared) {
                Some(record) => found.extend(compare(read, record, &place)),
                None => found.push(RULE.error(
                    &place,
                    words!("{} 没有共享这样的记录", "{} shares no such record", shown(&read.module)),
                    ("请读取它共享的记录", "Read one that it shares"),
                )),
            }
        } else {
            let what = words!(
                "这里不了解 {}，因此无法比对",
                "Nothing is known of {}, so this cannot be compared",
                shown(&read.module)
            );
            found.push(RULE.warning(
                &place,
                what,
                (
                    "先发布那个模块，或用 --with 把它交给检查程序",
                    "Publish that module first, or give it to the check with --with",
                ),
            ));
        }
    }
    found
}

fn compare(read: &ReadDef, owner: &RecordDef, place: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for field in &read.fields {
        match owner.fields.iter().find(|owned| owned.name == field.name) {
            None => {
                let names: Vec<_> = owner.fields.iter().map(|field| field.name.as_str()).collect();
                let what = words!("没有字段 {}", "There is no field {}", shown(&field.name));
                found.push(RULE.error(place, what, words!("字段有：{}", "Fields are {}", names.join(", "))));
            }
            Some(owned) if !fits(&owned.of, &field.of) => {
                let what = words!(
                    "字段 {} 在所有者处是另一种类型",
                    "Field {} has another type at its owner",
                    shown(&field.name)
                );
                found.push(RULE.error(place, what, words!("请声明为 {:?}", "Declare it as {:?}", owned.of)));
            }
            Some(_) => {}
        }
    }
    for (number, index) in read.indexes.iter().enumerate() {
        if !is_prefix(read, index, owner) {
            let what =
                words!("索引 {} 不是所有者任何索引的前缀", "Index {} is no prefix of one of the owner's", number + 1);
            let owned: Vec<_> =
                owner.indexes.iter().map(|index| format!("({})", columns(index, owner).join(", "))).collect();
            found.push(RULE.error(place, what, words!("请按其中之一遍历：{}", "Walk one of {}", owned.join(" "))));
        }
    }
    found
}

fn columns<'a>(index: &IndexDef, owner: &'a RecordDef) -> Vec<&'a str> {
    index.fields.iter().filter_map(|at| owner.fields.get(*at as usize)).map(|field| field.name.as_str()).collect()
}

fn is_prefix(read: &ReadDef, index: &IndexDef, owner: &RecordDef) -> bool {
    let wanted: Option<Vec<_>> =
        index.fields.iter().map(|at| read.fields.get(*at as usize).map(|field| field.name.as_str())).collect();
    // An index that names no field is told by the check of shapes.
    wanted.is_none_or(|wanted| owner.indexes.iter().any(|owned| columns(owned, owner).starts_with(&wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use toolcrib_contract::Type;
    use toolcrib_contract::finding::Severity;
    use toolcrib_contract::manifest::Words;
    use toolcrib_contract::schema::Field;

    fn reading(fields: Vec<Field>, indexes: Vec<IndexDef>) -> Manifest {
        let reason = Words { zh: "显示".into(), en: "To show them".into() };
        let read = ReadDef { module: "notes".into(), record: "note".into(), fields, indexes, reason };
        Manifest { reads: vec![read], ..example::manifest_named("board") }
    }

    #[test]
    fn a_read_is_a_subset_of_what_the_owner_shares() {
        let mut owner = example::manifest();
        owner.records[0].shared = true;
        let (text, at) = (example::field("text", Type::Text { max: 200 }), example::field("at", Type::Instant));
        let by_at = IndexDef { fields: vec![0], unique: false };
        let problems = |manifest: Manifest| check(&manifest, std::slice::from_ref(&owner)).len();
        assert_eq!(problems(reading(vec![at.clone(), text.clone()], vec![by_at.clone()])), 0);
        assert_eq!(problems(reading(vec![example::field("text", Type::Text { max: 400 })], vec![])), 0);
        assert_eq!(problems(reading(vec![example::field("text", Type::Text { max: 100 })], vec![])), 1);
        assert_eq!(
            problems(reading(vec![example::field("text", Type::Int), example::field("body", Type::Int)], vec![])),
            2
        );
        assert_eq!(problems(reading(vec![text.clone(), at.clone()], vec![by_at.clone()])), 1);

        owner.records[0].shared = false;
        let private = check(&reading(vec![text.clone()], vec![]), &[owner]);
        assert_eq!(private.len(), 1);
        let unknown = check(&reading(vec![text.clone()], vec![]), &[]);
        assert_eq!(unknown.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Warning]);
        let mut own = reading(vec![text], vec![]);
        own.module = "notes".into();
        assert_eq!(check(&own, &[]).len(), 1);
    }
}
