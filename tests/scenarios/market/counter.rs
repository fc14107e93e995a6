//! Small components made from text: `counter` with one query, whose answer tells which build runs.

use serde_json::{Value, json};
use std::fmt::Write as _;
use toolcrib_contract::codec::Encode;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind, Manifest, Request, RequestKind, Words};
use toolcrib_contract::package::{Expect, Listing, Package, SECTION, Scenario, Step};
use toolcrib_contract::schema::{Field, Type};
use toolcrib_contract::wording::Wording;

/// One build of `counter`.
#[derive(Clone, Copy)]
pub struct Build {
    pub version: &'static str,
    /// What `count` answers, below 64.
    pub answer: i64,
    /// Signals that it needs, and those that it can do without.
    pub required: &'static [&'static str],
    pub optional: &'static [&'static str],
    /// `count` takes a parameter that callers must know.
    pub breaking: bool,
    /// Works in its scenarios, which play in the year 2000, and traps on every call after 2001.
    pub faulty: bool,
}

impl Build {
    /// Needs `state`, would like `count`.
    pub const fn plain(version: &'static str, answer: i64) -> Self {
        Self { version, answer, required: &["state"], optional: &["count"], breaking: false, faulty: false }
    }

    /// What `count` is called with.
    pub fn input(&self) -> Value {
        if self.breaking { json!({"unit": "pcs"}) } else { json!({}) }
    }

    /// What it declares.
    pub fn manifest(&self) -> Manifest {
        let words = |en: &str| Words { zh: "计数".to_owned(), en: en.to_owned() };
        let request = |signal: &&str, optional| Request {
            kind: RequestKind::Readings { signal: (*signal).to_owned() },
            reason: words("To count what the machine made"),
            optional,
        };
        let mut requests: Vec<_> = self.required.iter().map(|signal| request(signal, false)).collect();
        requests.extend(self.optional.iter().map(|signal| request(signal, true)));
        let unit = Field { name: "unit".to_owned(), of: Type::Text { max: 10 }, doc: String::new() };
        let fields = if self.breaking { vec![unit] } else { Vec::new() };
        let count = HandlerDef {
            name: "count".to_owned(),
            doc: "How many there are".to_owned(),
            kind: HandlerKind::Query,
            input: Type::Struct { name: "count".to_owned(), fields },
            output: Type::Int,
            roles: Vec::new(),
        };
        Manifest {
            module: "counter".to_owned(),
            version: self.version.to_owned(),
            sdk: "text".to_owned(),
            title: words("Counter"),
            summary: words("Counts what is there"),
            records: Vec::new(),
            reads: Vec::new(),
            calls: Vec::new(),
            events: Vec::new(),
            handlers: vec![count],
            requests,
            views: Vec::new(),
        }
    }

    fn package(&self) -> Package {
        let step = Step {
            at: "2000-01-05T08:00:00Z".to_owned(),
            handler: "count".to_owned(),
            input: self.input(),
            role: String::new(),
            expect: Expect::Output(json!(self.answer)),
            remember: None,
        };
        let words = [("count", "件数", "Count"), ("unit", "单位", "Unit")];
        let description = Words { zh: "逐一计数".to_owned(), en: "Counts, one by one".to_owned() };
        Package {
            listing: Listing {
                description,
                segments: vec!["36".to_owned()],
                licence: "MIT".to_owned(),
                ..Listing::default()
            },
            scenarios: vec![Scenario { name: "count".to_owned(), steps: vec![step], ..Scenario::default() }],
            words: Wording::of(&words[..1 + usize::from(self.breaking)]),
        }
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        assert!((0..64).contains(&self.answer), "one byte holds it");
        let package = escaped(&serde_json::to_vec(&self.package()).unwrap());
        let described = self.manifest().to_bytes();
        let (data, length, answer) = (escaped(&described), described.len(), escaped(&[self.answer as u8 * 2]));
        // 2001-01-01.
        let trap = "(if (i64.gt_s (local.get 1) (i64.const 978307200000000)) (then unreachable))";
        let trap = if self.faulty { trap } else { "" };
        // The list that `describe` returns stands at 512; the answer of `handle`, case `ok` and a zigzag, at 528.
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
                (data (i32.const 520) "{answer}") (data (i32.const 4096) "{data}")
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
                (func (export "describe") (result i32)
                  (i32.store (i32.const 512) (i32.const 4096)) (i32.store (i32.const 516) (i32.const {length})) (i32.const 512))
                (func (export "handle") (param i32 i64 i64 i32 i32 i32 i32 i32 i32) (result i32)
                  {trap}
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
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:02x}");
        text
    })
}
