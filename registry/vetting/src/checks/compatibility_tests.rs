//! One change at a time against the same first version.

use super::*;
use crate::example::{self, field};

fn option(of: Type) -> Type {
    Type::Option { of: Box::new(of) }
}

fn cases(cases: &[&str]) -> Type {
    Type::Enum { name: "kind".into(), cases: cases.iter().map(|case| (*case).to_owned()).collect() }
}

fn fields_of(ty: &mut Type) -> &mut Vec<Field> {
    let Type::Struct { fields, .. } = ty else { panic!("a structure") };
    fields
}

/// How many breaches the change makes, starting from a version that `prepare` bent.
fn breaches(prepare: impl FnOnce(&mut Manifest), change: impl FnOnce(&mut Manifest)) -> usize {
    let mut previous = example::manifest();
    prepare(&mut previous);
    let mut next = Manifest { version: "1.1.0".into(), ..previous.clone() };
    change(&mut next);
    let found = check(&next, Some(&previous));
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error).count();

    // The same change under a new major version stops nobody.
    next.version = "2.0.0".into();
    let allowed = check(&next, Some(&previous));
    assert_eq!(allowed.len(), found.len());
    assert!(allowed.iter().all(|finding| finding.severity == Severity::Note));
    errors
}

fn change(change: impl FnOnce(&mut Manifest)) -> usize {
    breaches(|_| (), change)
}

#[test]
fn what_only_adds_is_compatible() {
    assert_eq!(change(|_| ()), 0);
    assert_eq!(change(|new| new.records[0].fields.push(field("by", option(Type::Text { max: 40 })))), 0);
    assert_eq!(change(|new| new.records[0].fields[0].of = Type::Text { max: 400 }), 0);
    assert_eq!(change(|new| new.records[0].fields[0].of = option(Type::Text { max: 200 })), 0);
    assert_eq!(change(|new| new.records[0].fields.reverse()), 0);
    assert_eq!(change(|new| new.records[0].indexes.clear()), 0);
    assert_eq!(change(|new| fields_of(&mut new.handlers[0].input).push(field("by", option(Type::Int)))), 0);
    assert_eq!(change(|new| fields_of(&mut new.handlers[0].input)[0].of = Type::Text { max: 300 }), 0);
    assert_eq!(change(|new| fields_of(&mut new.events[0].body).push(field("at", Type::Instant))), 0);
    assert_eq!(change(|new| new.handlers.swap(0, 1)), 0);
}

#[test]
fn stored_rows_stay_readable() {
    assert_eq!(change(|new| new.records.clear()), 1);
    assert_eq!(change(|new| new.records[0].fields[0].name = "body".into()), 2);
    assert_eq!(change(|new| new.records[0].fields[0].of = Type::Text { max: 100 }), 1);
    assert_eq!(change(|new| new.records[0].fields[0].of = Type::Int), 1);
    assert_eq!(change(|new| new.records[0].fields.push(field("by", Type::Int))), 1);
    assert_eq!(change(|new| new.records[0].indexes[0].unique = true), 1);
    let kind = |of: Type| move |manifest: &mut Manifest| manifest.records[0].fields[0].of = of;
    assert_eq!(breaches(kind(cases(&["a", "b"])), kind(cases(&["a", "b", "c"]))), 0);
    assert_eq!(breaches(kind(cases(&["a", "b"])), kind(cases(&["b", "a"]))), 1);
    assert_eq!(breaches(kind(option(Type::Int)), kind(Type::Int)), 1);
}

#[test]
fn readers_of_a_shared_record_find_what_they_know() {
    let share = |manifest: &mut Manifest| manifest.records[0].shared = true;
    assert_eq!(breaches(share, |_| ()), 0);
    assert_eq!(breaches(share, |new| new.records[0].shared = false), 1);
    assert_eq!(breaches(share, |new| new.records[0].fields[0].of = Type::Text { max: 400 }), 1);
    assert_eq!(breaches(share, |new| new.records[0].indexes.clear()), 1);
    assert_eq!(breaches(share, |new| new.records[0].indexes[0].fields.push(0)), 0);
}

#[test]
fn callers_stay_understood() {
    assert_eq!(change(|new| drop(new.handlers.remove(1))), 1);
    assert_eq!(change(|new| new.handlers[0].kind = new.handlers[1].kind.clone()), 1);
    assert_eq!(change(|new| fields_of(&mut new.handlers[0].input).push(field("by", Type::Int))), 1);
    assert_eq!(change(|new| fields_of(&mut new.handlers[0].input).clear()), 1);
    assert_eq!(change(|new| fields_of(&mut new.handlers[0].input)[0].of = Type::Text { max: 20 }), 1);
    assert_eq!(change(|new| new.handlers[1].output = Type::Text { max: 20 }), 1);
    assert_eq!(change(|new| new.handlers[1].output = option(Type::Int)), 1);
    let output = |of: Type| move |manifest: &mut Manifest| manifest.handlers[1].output = of;
    assert_eq!(breaches(output(option(Type::Int)), output(Type::Int)), 0);
    assert_eq!(breaches(output(cases(&["a"])), output(cases(&["a", "b"]))), 1);
}

#[test]
fn listeners_find_what_they_know() {
    assert_eq!(change(|new| new.events.clear()), 1);
    assert_eq!(change(|new| fields_of(&mut new.events[0].body)[0].name = "row".into()), 1);
}
