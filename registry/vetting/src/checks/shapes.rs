//! Shapes: records are columns, indexes name fields, references name records, options do not hold options.

use crate::rule::{Rule, shown};
use crate::walk;
use std::collections::BTreeSet;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::IndexDef;
use toolcrib_contract::schema::Field;
use toolcrib_contract::{Manifest, Type};

const RULE: Rule =
    Rule { check: "shapes", why: "Tables, forms and interfaces are made from what the manifest declares" };

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
        found.push(RULE.error(place, "It has no fields", "Declare at least one field"));
    }
    let scalar = |ty: &Type| ty.is_scalar() || matches!(ty, Type::Option { of } if of.is_scalar());
    for field in fields.iter().filter(|field| !scalar(&field.of)) {
        let what = format!("Field {} is no column", shown(&field.name));
        found.push(RULE.error(
            place,
            what,
            "Use a scalar or an option of one; for a list, make a record that refers to this one",
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
            "names no field"
        } else if index.fields.iter().any(|at| fields.get(*at as usize).is_none()) {
            "names a field that does not exist"
        } else if distinct.len() < index.fields.len() {
            "names a field twice"
        } else if seen.insert(&index.fields) {
            continue;
        } else {
            "is declared twice"
        };
        found.push(RULE.error(place, format!("Index {} {wrong}", number + 1), "Correct the index"));
    }
    found
}

fn shape(manifest: &Manifest, place: &str, ty: &Type) -> Option<Finding> {
    match ty {
        Type::Option { of } if matches!(**of, Type::Option { .. } | Type::Unit) => {
            Some(RULE.error(place, "An option of an option", "In JSON both are null; use one"))
        }
        Type::List { of } if matches!(**of, Type::Unit) => Some(RULE.error(place, "A list of nothing", "Use a count")),
        Type::Id { record } if manifest.record(record).is_none() => {
            let what = format!("It is the id of a record {}, which is not declared", shown(record));
            Some(RULE.error(place, what, "List the record in module!, or use Ref with #[shared_record]"))
        }
        Type::Ref { module, record } if module.is_empty() && manifest.record(record).is_none() => {
            let what = format!("It refers to a record {}, which is not declared", shown(record));
            Some(RULE.error(place, what, "List the record in module!, or mark it #[shared_record(module = \"…\")]"))
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
            found.push(RULE.error(place, "The input is no structure", "Its fields are the handler's parameters"));
        }
    }
    for event in manifest.events.iter().filter(|event| !matches!(event.body, Type::Struct { .. })) {
        found.push(RULE.error(
            format!("event {}", shown(&event.name)),
            "The body is no structure",
            "Give the event named fields",
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
