//! Every type a manifest declares, with where it stands.

use crate::rule::shown;
use toolcrib_contract::{Manifest, Type};

/// Types nested deeper than this are not walked; the check of bounds tells their author.
const DEPTH: usize = 32;

/// Calls `visit` with every type of the manifest and every type inside it, outer ones first.
pub(crate) fn types(manifest: &Manifest, mut visit: impl FnMut(&str, &Type)) {
    roots(manifest, |place, ty| within(place, ty, 0, &mut visit));
}

/// Calls `visit` with every type that stands by itself: fields of records, inputs, outputs, bodies.
pub(crate) fn roots(manifest: &Manifest, mut visit: impl FnMut(&str, &Type)) {
    for record in &manifest.records {
        for field in &record.fields {
            visit(&format!("record {}, field {}", shown(&record.name), shown(&field.name)), &field.of);
        }
    }
    for read in &manifest.reads {
        for field in &read.fields {
            let record = shown(&format!("{}/{}", read.module, read.record));
            visit(&format!("read of {record}, field {}", shown(&field.name)), &field.of);
        }
    }
    for call in &manifest.calls {
        let operation = shown(&format!("{}/{}", call.module, call.operation));
        visit(&format!("call of {operation}, input"), &call.input);
        visit(&format!("call of {operation}, output"), &call.output);
    }
    for event in &manifest.events {
        visit(&format!("event {}", shown(&event.name)), &event.body);
    }
    for handler in &manifest.handlers {
        visit(&format!("handler {}, input", shown(&handler.name)), &handler.input);
        visit(&format!("handler {}, output", shown(&handler.name)), &handler.output);
    }
}

/// Calls `visit` with a type and every type inside it.
pub(crate) fn within(place: &str, ty: &Type, depth: usize, visit: &mut impl FnMut(&str, &Type)) {
    visit(place, ty);
    if depth >= DEPTH {
        return;
    }
    match ty {
        Type::Option { of } | Type::List { of } => within(place, of, depth + 1, visit),
        Type::Struct { fields, .. } => {
            for field in fields {
                within(&format!("{place}, field {}", shown(&field.name)), &field.of, depth + 1, visit);
            }
        }
        _ => {}
    }
}

/// Levels of a type: 1 for a scalar.
pub(crate) fn depth(ty: &Type) -> usize {
    match ty {
        Type::Option { of } | Type::List { of } => 1 + depth(of),
        Type::Struct { fields, .. } => 1 + fields.iter().map(|field| depth(&field.of)).max().unwrap_or(0),
        _ => 1,
    }
}

/// Whether what a program of another module declares (`wanted`) can take every value of the owner's type.
pub(crate) fn fits(owned: &Type, wanted: &Type) -> bool {
    match (owned, wanted) {
        (Type::Option { of: owned }, Type::Option { of: wanted })
        | (Type::List { of: owned }, Type::List { of: wanted }) => fits(owned, wanted),
        (Type::Text { max: owned }, Type::Text { max: wanted }) => owned <= wanted,
        (Type::Enum { cases: owned, .. }, Type::Enum { cases: wanted, .. }) => wanted.starts_with(owned),
        (Type::Struct { fields: owned, .. }, Type::Struct { fields: wanted, .. }) => {
            wanted.iter().all(|wanted| match owned.iter().find(|owned| owned.name == wanted.name) {
                Some(owned) => fits(&owned.of, &wanted.of),
                None => matches!(wanted.of, Type::Option { .. }),
            })
        }
        (owned, wanted) => owned.same_shape(wanted),
    }
}
