//! A small good manifest that tests bend.

use toolcrib_contract::manifest::{EventDef, HandlerDef, HandlerKind, IndexDef, RecordDef, Words};
use toolcrib_contract::schema::Field;
use toolcrib_contract::{Manifest, Type};

pub(crate) fn field(name: &str, of: Type) -> Field {
    Field { name: name.into(), of, doc: String::new() }
}

pub(crate) fn words() -> Words {
    Words { zh: "备注".into(), en: "Notes".into() }
}

pub(crate) fn manifest() -> Manifest {
    manifest_named("notes")
}

/// Records notes, lists them, tells that one was added.
pub(crate) fn manifest_named(module: &str) -> Manifest {
    let structure = |name: &str, fields: Vec<Field>| Type::Struct { name: name.into(), fields };
    let text = field("text", Type::Text { max: 200 });
    let handler = |name: &str, kind: HandlerKind, input: Type, output: Type| HandlerDef {
        name: name.into(),
        doc: String::new(),
        kind,
        input,
        output,
        roles: Vec::new(),
    };
    let note = Type::Id { record: "note".into() };
    Manifest {
        module: module.into(),
        version: "1.0.0".into(),
        sdk: "rust 0.1.0".into(),
        title: words(),
        summary: words(),
        records: vec![RecordDef {
            name: "note".into(),
            doc: String::new(),
            shared: false,
            fields: vec![text.clone(), field("at", Type::Instant)],
            indexes: vec![IndexDef { fields: vec![1], unique: false }],
        }],
        reads: Vec::new(),
        calls: Vec::new(),
        events: vec![EventDef {
            name: "added".into(),
            doc: String::new(),
            body: structure("added", vec![field("note", note.clone())]),
        }],
        handlers: vec![
            handler("add", HandlerKind::Command, structure("add", vec![text.clone()]), note),
            handler("count", HandlerKind::Query, structure("count", vec![]), Type::Int),
        ],
        requests: Vec::new(),
        views: Vec::new(),
    }
}
