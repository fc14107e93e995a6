//! Small components: a manifest in memory, and a handler that answers 7.

use serde_json::json;
use std::fmt::Write as _;
use toolcrib_contract::codec::Encode;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind, Request, RequestKind, Words};
use toolcrib_contract::package::{Expect, Listing, Package, SECTION, Scenario, Step};
use toolcrib_contract::wording::Wording;
use toolcrib_contract::{Manifest, Type};

fn words(en: &str) -> Words {
    Words { zh: "计数".into(), en: en.into() }
}

/// A module with one query that needs these signals and would like those.
pub fn manifest(module: &str, version: &str, required: &[&str], optional: &[&str]) -> Manifest {
    let request = |signal: &&str, optional| Request {
        kind: RequestKind::Readings { signal: (*signal).to_owned() },
        reason: words("To count what the machine made"),
        optional,
    };
    let mut requests: Vec<_> = required.iter().map(|signal| request(signal, false)).collect();
    requests.extend(optional.iter().map(|signal| request(signal, true)));
    let count = HandlerDef {
        name: "count".into(),
        doc: "How many there are".into(),
        kind: HandlerKind::Query,
        input: Type::Struct { name: "Count".into(), fields: vec![] },
        output: Type::Int,
        roles: vec![],
    };
    Manifest {
        module: module.into(),
        version: version.into(),
        sdk: "rust 0.1.0".into(),
        title: words("Counter"),
        summary: words("Counts what is there"),
        records: vec![],
        reads: vec![],
        calls: vec![],
        events: vec![],
        handlers: vec![count],
        requests,
        views: Vec::new(),
    }
}

/// The component of this manifest. `seven` is what its scenario expects of it: 7 passes.
pub fn component(manifest: &Manifest, seven: i64) -> Vec<u8> {
    let step = Step {
        at: "2026-01-05T08:00:00Z".into(),
        handler: "count".into(),
        input: json!({}),
        role: String::new(),
        expect: Expect::Output(json!(seven)),
        remember: None,
    };
    let package = Package {
        listing: Listing {
            description: words("Counts, one by one"),
            segments: vec!["36".into()],
            licence: "MIT".into(),
            ..Listing::default()
        },
        scenarios: vec![Scenario { name: "seven".into(), steps: vec![step], ..Scenario::default() }],
        words: Wording::of(&[("count", "条数", "Count")]),
    };
    let package = escaped(&serde_json::to_vec(&package).unwrap());
    let described = manifest.to_bytes();
    let (data, length) = (escaped(&described), described.len());
    // The list that `describe` returns stands at 512; the answer of `handle`, case `ok` and the zigzag of 7, at 528.
    let text = format!(
        r#"(component (@custom "{SECTION}" "{package}")
          (import "toolcrib:module/types@1.0.0" (instance $types
            (type $raw-rejection (record (field "code" string) (field "message" string) (field "field" (option string))))
            (export "rejection" (type $rejection (eq $raw-rejection)))
            (type $raw-failure (variant (case "rejected" $rejection) (case "retry" string)))
            (export "failure" (type (eq $raw-failure)))))
          (alias export $types "failure" (type $failure))
          (import "toolcrib:module/guest-types@1.0.0" (instance $guest
            (type $raw-invocation (record (field "now-us" s64) (field "seed" u64) (field "actor" string) (field "role" string)))
            (export "invocation" (type (eq $raw-invocation)))))
          (alias export $guest "invocation" (type $invocation))
          (core module $code
            (memory (export "memory") 2)
            (data (i32.const 520) "\0e") (data (i32.const 4096) "{data}")
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
            (func (export "describe") (result i32)
              (i32.store (i32.const 512) (i32.const 4096)) (i32.store (i32.const 516) (i32.const {length})) (i32.const 512))
            (func (export "handle") (param i32 i64 i64 i32 i32 i32 i32 i32 i32) (result i32)
              (i32.store8 (i32.const 528) (i32.const 0))
              (i32.store (i32.const 532) (i32.const 520)) (i32.store (i32.const 536) (i32.const 1)) (i32.const 528)))
          (core instance $c (instantiate $code))
          (func (export "describe") (result (list u8))
            (canon lift (core func $c "describe") (memory (core memory $c "memory")) (realloc (core func $c "realloc"))))
          (func (export "handle") (param "handler" u32) (param "invocation" $invocation) (param "input" (list u8))
            (result (result (list u8) (error $failure)))
            (canon lift (core func $c "handle") (memory (core memory $c "memory")) (realloc (core func $c "realloc")))))"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:02x}");
        text
    })
}
