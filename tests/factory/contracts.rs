//! What the modules expect of one another is what the others offer.

use super::MODULES;
use crate::guests::plant::Plant;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::manifest::{HandlerKind, MODULE_ROLE, Manifest};
use toolcrib_contract::schema::{Field, Type};

fn manifests() -> BTreeMap<String, Manifest> {
    let plant = Plant::new();
    let loaded = MODULES.map(|name| Arc::clone(&plant.load(name)));
    loaded.iter().map(|loaded| (loaded.manifest.module.clone(), loaded.manifest.clone())).collect()
}

/// Every field that is expected is offered, with the same shape.
fn offers(offered: &[Field], expected: &[Field], what: &str) {
    for field in expected {
        let found = offered.iter().find(|offered| offered.name == field.name);
        let found = found.unwrap_or_else(|| panic!("{what} has no `{}`", field.name));
        assert!(same(&found.of, &field.of), "{what}: `{}` is {:?}, not {:?}", field.name, found.of, field.of);
    }
}

/// The same bytes; a listener may know fewer fields of a structure inside a list.
fn same(offered: &Type, expected: &Type) -> bool {
    match (offered, expected) {
        (Type::List { of: offered }, Type::List { of: expected }) if !offered.fields().is_empty() => expected
            .fields()
            .iter()
            .all(|field| offered.fields().iter().any(|other| other.name == field.name && same(&other.of, &field.of))),
        (offered, expected) => offered.same_shape(expected),
    }
}

#[test]
fn modules_offer_what_the_others_expect_of_them() {
    let all = manifests();
    let mut met = 0;
    for (name, manifest) in &all {
        for read in &manifest.reads {
            let Some(owner) = all.get(&read.module) else { panic!("{name} reads of `{}`", read.module) };
            let what = format!("{}/{}, which {name} reads,", read.module, read.record);
            let record = owner.record(&read.record).unwrap_or_else(|| panic!("{what} does not exist"));
            assert!(record.shared, "{what} is not shared");
            offers(&record.fields, &read.fields, &what);
            for index in &read.indexes {
                let names = |fields: &[u32], of: &[Field]| -> Vec<String> {
                    fields.iter().map(|at| of[*at as usize].name.clone()).collect()
                };
                let walked = names(&index.fields, &read.fields);
                let known = record.indexes.iter().any(|own| names(&own.fields, &record.fields).starts_with(&walked));
                assert!(known, "{what} has no index {walked:?}");
            }
            met += 1;
        }
        for call in &manifest.calls {
            let what = format!("{}/{}, which {name} calls,", call.module, call.operation);
            let (_, handler) =
                all[&call.module].handler(&call.operation).unwrap_or_else(|| panic!("{what} does not exist"));
            assert!(handler.input.same_shape(&call.input), "{what} takes {:?}", handler.input);
            assert!(handler.output.same_shape(&call.output), "{what} gives {:?}", handler.output);
            assert!(handler.admits(MODULE_ROLE), "{what} serves its event handlers too");
            met += 1;
        }
        for handler in &manifest.handlers {
            let HandlerKind::OnEvent { module, event } = &handler.kind else { continue };
            let Some(owner) = all.get(module) else { continue };
            let what = format!("{module}/{event}, which {name} listens to,");
            let event = owner.event(event).unwrap_or_else(|| panic!("{what} does not exist"));
            offers(event.body.fields(), handler.input.fields(), &what);
            met += 1;
        }
    }
    assert!(met >= 20, "{met} expectations");
}
