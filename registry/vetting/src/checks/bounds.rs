//! Sizes: what a manifest declares stays inside the published limits, so that every later step is bounded.

use crate::rule::{Rule, shown};
use crate::walk;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::types::DECIMAL_COEF_MAX;
use toolcrib_contract::{Manifest, Type, file, limits, view};

const RULE: Rule =
    Rule { check: "limits", why: "Limits are part of the contract: beyond them a host could not stay quick" };

/// Lists of the manifest without a published limit of their own: events, reads, calls, requests.
const LIST: usize = 100;
/// Indexes of a record: each slows every write.
const INDEXES: usize = 16;
/// Characters of a declared text.
const TEXT_CHARS: u32 = 100_000;
/// Cases of an enum.
const CASES: usize = 200;
/// Characters of a doc comment.
const DOC_CHARS: usize = 2_000;

pub(crate) fn check(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut most = |place: String, have: usize, limit: usize, of: &str| {
        if have > limit {
            found.push(RULE.error(
                place,
                format!("{have} {of}, at most {limit} are allowed"),
                "Make it smaller or split the module",
            ));
        }
    };
    let whole = String::new;
    most(whole(), manifest.records.len(), limits::RECORDS, "records");
    most(whole(), manifest.handlers.len(), limits::HANDLERS, "handlers");
    most(whole(), manifest.events.len(), LIST, "events");
    most(whole(), manifest.reads.len(), LIST, "reads");
    most(whole(), manifest.calls.len(), LIST, "calls");
    most(whole(), manifest.requests.len(), LIST, "requests");
    for record in &manifest.records {
        let place = format!("record {}", shown(&record.name));
        most(place.clone(), record.fields.len(), limits::FIELDS, "fields");
        most(place.clone(), record.indexes.len(), INDEXES, "indexes");
        most(place, record.doc.chars().count(), DOC_CHARS, "characters of help text");
    }
    for read in &manifest.reads {
        let place = format!("read of {}", shown(&format!("{}/{}", read.module, read.record)));
        most(place.clone(), read.fields.len(), limits::FIELDS, "fields");
        most(place, read.indexes.len(), INDEXES, "indexes");
    }
    for handler in &manifest.handlers {
        most(
            format!("handler {}", shown(&handler.name)),
            handler.doc.chars().count(),
            DOC_CHARS,
            "characters of help text",
        );
    }
    found.extend(types(manifest));
    found.extend(files(manifest));
    let views = view::check::bounds(&manifest.views);
    found.extend(views.into_iter().map(|problem| RULE.error(problem.place, problem.what, problem.fix)));
    found
}

fn types(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Vec::new();
    walk::roots(manifest, |place, ty| {
        let depth = walk::depth(ty);
        if depth > limits::TYPE_DEPTH {
            let what = format!("A type is nested {depth} deep, at most {} is allowed", limits::TYPE_DEPTH);
            found.push(RULE.error(place, what, "Flatten it, or make the inner part a record of its own"));
        }
    });
    walk::types(manifest, |place, ty| {
        let wrong = match ty {
            Type::Text { max } if *max == 0 || *max > TEXT_CHARS => {
                Some((format!("A text of {max} characters"), format!("Declare 1 to {TEXT_CHARS}")))
            }
            Type::Decimal { scale } if u32::from(*scale) > DECIMAL_COEF_MAX.ilog10() => {
                Some((format!("A decimal with {scale} digits after the point"), "Declare at most 17".to_owned()))
            }
            Type::File { accept, max_bytes } if accept.is_empty() || !(1..=limits::FILE_BYTES).contains(max_bytes) => {
                let fix = format!("Declare 1 to {} bytes, and what it may be", limits::FILE_BYTES);
                Some((format!("A file of {max_bytes} bytes"), fix))
            }
            Type::Enum { cases, .. } if cases.is_empty() || cases.len() > CASES => {
                Some((format!("An enum with {} cases", cases.len()), format!("Declare 1 to {CASES}")))
            }
            Type::Struct { fields, .. } if fields.len() > limits::FIELDS => {
                Some((format!("A structure with {} fields", fields.len()), format!("At most {} fit", limits::FIELDS)))
            }
            _ => None,
        };
        if let Some((what, fix)) = wrong {
            found.push(RULE.error(place, what, fix));
        }
    });
    found
}

/// Files stand among the parameters of commands: there the host looks for them.
fn files(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Vec::new();
    for handler in manifest.handlers.iter().filter(|handler| handler.is_operation()) {
        let (place, input) = (format!("handler {}, input", shown(&handler.name)), &handler.input);
        let (mut all, direct) = (0, file::inputs(input).count());
        walk::within(&place, input, 0, &mut |_, ty| all += usize::from(matches!(ty, Type::File { .. })));
        if all > direct || (all > 0 && handler.kind != HandlerKind::Command) {
            let what = "A file where none is taken".to_owned();
            found.push(RULE.error(place, what, "Make it a parameter of a command, not part of a list or structure"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn one(change: impl FnOnce(&mut Manifest)) -> String {
        let mut manifest = example::manifest();
        change(&mut manifest);
        let found = check(&manifest);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].what.clone()
    }

    fn nested(levels: usize) -> Type {
        (1..levels).fold(Type::Int, |of, _| Type::List { of: Box::new(of) })
    }

    #[test]
    fn each_limit_of_the_manifest_is_met_and_then_passed() {
        let output = |ty: Type| move |manifest: &mut Manifest| manifest.handlers[0].output = ty;
        let good = |change: &dyn Fn(&mut Manifest)| {
            let mut manifest = example::manifest();
            change(&mut manifest);
            assert_eq!(check(&manifest), []);
        };
        good(&|manifest| manifest.handlers[0].output = nested(limits::TYPE_DEPTH));
        assert!(one(output(nested(limits::TYPE_DEPTH + 1))).contains("nested 9 deep"));
        good(&|manifest| manifest.records = vec![manifest.records[0].clone(); limits::RECORDS]);
        one(|manifest| manifest.records = vec![manifest.records[0].clone(); limits::RECORDS + 1]);
        good(&|manifest| manifest.handlers = vec![manifest.handlers[0].clone(); limits::HANDLERS]);
        one(|manifest| manifest.handlers = vec![manifest.handlers[0].clone(); limits::HANDLERS + 1]);
        good(&|manifest| manifest.records[0].fields = vec![example::field("a", Type::Int); limits::FIELDS]);
        one(|manifest| manifest.records[0].fields = vec![example::field("a", Type::Int); limits::FIELDS + 1]);
        let view = toolcrib_contract::view::View::new(("看板", "Board"));
        good(&|manifest| manifest.views = vec![view.clone(); limits::VIEWS]);
        one(|manifest| manifest.views = vec![view.clone(); limits::VIEWS + 1]);
        one(output(Type::Text { max: 0 }));
        one(output(Type::Decimal { scale: 18 }));
        one(output(Type::Enum { name: "kind".into(), cases: vec![] }));
    }
}
