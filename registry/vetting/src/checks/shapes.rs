//! Shapes: records are columns, indexes name fields, references name records, options do not hold options.

use crate::rule::{Rule, shown};
use crate::walk;
use std::collections::BTreeSet;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::{IndexDef, Words};
use toolcrib_contract::schema::Field;
use toolcrib_contract::words;
use toolcrib_contract::{Manifest, Type};

const RULE: Rule = Rule {
    check: "shapes",
    why: ("表、表单和接口都由清单的声明生成", "Tables, forms and interfaces are made from what the manifest declares"),
};

pub(crate) fn check(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Vec::new();
    for record in &manifest.records {
        let place = format!("record {}", shown(&record.name));
        found.extend(columns(&place, &record.fields));
        found.extend(indexes(&place, &record.fields, &record.indexes));
    }
    for read in &manifest.reads {
        let place = format!("read of {}", shown(&format!("{}/{}", read.module, read.record)));
        found.extend(columns(&place, &read.fields));
        found.extend(indexes(&place, &read.fields, &read.indexes));
    }
    walk::types(manifest, |place, ty| found.extend(shape(manifest, place, ty)));
    found.extend(inputs(manifest));
    found
}

fn columns(place: &str, fields: &[Field]) -> Vec<Finding> {
    let mut found = Vec::new();
    if fields.is_empty() {
        found.push(RULE.error(
            place,
            ("它没有字段", "It has no fields"),
            ("请至少声明一个字段", "Declare at least one field"),
        ));
    }
    let scalar = |ty: &Type| ty.is_scalar() || matches!(ty, Type::Option { of } if of.is_scalar());
    for field in fields.iter().filter(|field| !scalar(&field.of)) {
        let what = words!("字段 {} 不能作列", "Field {} is no column", shown(&field.name));
        found.push(RULE.error(
            place,
            what,
            (
                "请用标量或可选标量；若要列表，请建一个引用本记录的记录",
                "Use a scalar or an option of one; for a list, make a record that refers to this one",
            ),
        ));
    }
    found
}

fn indexes(place: &str, fields: &[Field], indexes: &[IndexDef]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, index) in indexes.iter().enumerate() {
        let distinct: BTreeSet<_> = index.fields.iter().collect();
        let wrong = if index.fields.is_empty() {
            ("没有指明字段", "names no field")
        } else if index.fields.iter().any(|at| fields.get(*at as usize).is_none()) {
            ("指明了不存在的字段", "names a field that does not exist")
        } else if distinct.len() < index.fields.len() {
            ("重复指明了字段", "names a field twice")
        } else if seen.insert(&index.fields) {
            continue;
        } else {
            ("声明了两次", "is declared twice")
        };
        let wrong = Words::from(wrong);
        found.push(RULE.error(
            place,
            words!("索引 {} {wrong}", "Index {} {wrong}", number + 1; wrong),
            ("请改正该索引", "Correct the index"),
        ));
    }
    found
}

fn shape(manifest: &Manifest, place: &str, ty: &Type) -> Option<Finding> {
    match ty {
        Type::Option { of } if matches!(**of, Type::Option { .. } | Type::Unit) => Some(RULE.error(
            place,
            ("可选项套可选项", "An option of an option"),
            ("在 JSON 中两者都是 null；请只用一层", "In JSON both are null; use one"),
        )),
        Type::List { of } if matches!(**of, Type::Unit) => {
            Some(RULE.error(place, ("元素为空的列表", "A list of nothing"), ("请用计数", "Use a count")))
        }
        Type::Id { record } if manifest.record(record).is_none() => {
            let what = words!(
                "它是记录 {} 的标识，而该记录没有声明",
                "It is the id of a record {}, which is not declared",
                shown(record)
            );
            Some(RULE.error(
                place,
                what,
                (
                    "请在 module! 中列出该记录，或用带 #[shared_record] 的 Ref",
                    "List the record in module!, or use Ref with #[shared_record]",
                ),
            ))
        }
        Type::Ref { module, record } if module.is_empty() && manifest.record(record).is_none() => {
            let what = words!(
                "它引用记录 {}，而该记录没有声明",
                "It refers to a record {}, which is not declared",
                shown(record)
            );
            Some(RULE.error(
                place,
                what,
                (
                    "请在 module! 中列出该记录，或标注 #[shared_record(module = \"…\")]",
                    "List the record in module!, or mark it #[shared_record(module = \"…\")]",
                ),
            ))
        }
        _ => None,
    }
}

/// Operations take named parameters; nothing but an output may be without value.
fn inputs(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Vec::new();
    for handler in &manifest.handlers {
        let place = format!("handler {}, input", shown(&handler.name));
        if !matches!(handler.input, Type::Struct { .. }) {
            found.push(RULE.error(
                place,
                ("输入不是结构", "The input is no structure"),
                ("其字段就是处理程序的参数", "Its fields are the handler's parameters"),
            ));
        }
    }
    for event in manifest.events.iter().filter(|event| !matches!(event.body, Type::Struct { .. })) {
        found.push(RULE.error(
            format!("event {}", shown(&event.name)),
            ("内容不是结构", "The body is no structure"),
            ("请给事件写上命名的字段", "Give the event named fields"),
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn what_cannot_be_a_table_or_form_is_told() {
        let option = |of: Type| Type::Option { of: Box::new(of) };
        let list = Type::List { of: Box::new(Type::Int) };
        let column = |of: Type| move |manifest: &mut Manifest| manifest.records[0].fields[0].of = of;
        let output = |of: Type| move |manifest: &mut Manifest| manifest.handlers[0].output = of;
        let index = |fields: Vec<u32>| {
            move |manifest: &mut Manifest| manifest.records[0].indexes.push(IndexDef { fields, unique: false })
        };
        type Change = Box<dyn FnOnce(&mut Manifest)>;
        let cases: Vec<(Change, usize)> = vec![
            (Box::new(|_| ()), 0),
            (Box::new(column(option(Type::Date))), 0),
            (Box::new(column(list)), 1),
            (Box::new(column(Type::Unit)), 1),
            (Box::new(|manifest| manifest.records[0].fields.clear()), 2),
            (Box::new(index(vec![])), 1),
            (Box::new(index(vec![7])), 1),
            (Box::new(index(vec![0, 0])), 1),
            (Box::new(index(vec![1])), 1),
            (Box::new(output(option(option(Type::Int)))), 1),
            (Box::new(output(Type::Id { record: "nothing".into() })), 1),
            (Box::new(output(Type::Ref { module: String::new(), record: "nothing".into() })), 1),
            (Box::new(output(Type::Ref { module: "plant".into(), record: "equipment".into() })), 0),
            (Box::new(|manifest| manifest.handlers[0].input = Type::Int), 1),
            (Box::new(|manifest| manifest.events[0].body = Type::Int), 1),
        ];
        for (number, (change, problems)) in cases.into_iter().enumerate() {
            let mut manifest = example::manifest();
            change(&mut manifest);
            let found = check(&manifest);
            assert_eq!(found.len(), problems, "case {number}: {found:?}");
        }
    }
}
