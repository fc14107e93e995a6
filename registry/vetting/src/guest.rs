//! Small components for tests, written as text around a manifest.

use crate::example;
use crate::sbom::{self, Kind, Sbom};
use std::fmt::Write as _;
use toolcrib_contract::codec::Encode;
use toolcrib_contract::manifest::{HandlerKind, Words};
use toolcrib_contract::package::{Expect, Listing, Package, SECTION, Scenario, Step};
use toolcrib_contract::wording::Wording;
use toolcrib_contract::{Manifest, Type};

/// A component whose handler 0 returns an `Int`: what it is asked to, or its parts. It refuses any input that has bytes.
pub(crate) struct Guest {
    pub manifest: Manifest,
    pub package: Option<Package>,
    pub bill: Sbom,
    /// Core instructions before `describe` answers.
    pub describe: &'static str,
    /// Core instructions before `handle` answers.
    pub handle: &'static str,
    /// A core start function's instructions.
    pub start: &'static str,
    /// Core data, beside manifest and answer.
    pub data: &'static str,
    /// Pages of memory at first.
    pub pages: u32,
}

/// The output of handler 0: zigzag of 7.
const SEVEN: &str = "\\0e";

/// A manifest with one query, `count`, that returns a number.
pub(crate) fn manifest() -> Manifest {
    let mut manifest = example::manifest();
    manifest.records.clear();
    manifest.events.clear();
    manifest.handlers.retain(|handler| handler.kind == HandlerKind::Query && handler.output == Type::Int);
    assert_eq!(manifest.handlers.len(), 1);
    manifest
}

pub(crate) fn story(name: &str, expect: Expect) -> Scenario {
    let (at, handler) = ("2026-01-05T08:00:00Z".to_owned(), "count".to_owned());
    let step = Step { at, handler, input: serde_json::Value::Null, role: String::new(), expect, remember: None };
    Scenario { name: name.into(), steps: vec![step], ..Scenario::default() }
}

/// The module and one dependency, both under the MIT licence.
pub(crate) fn bill() -> Sbom {
    let package = |name: &str, dependencies: &[usize], root| sbom::Package {
        name: name.into(),
        version: "1.0.0".into(),
        source: "local".into(),
        kind: Kind::Runtime,
        dependencies: dependencies.to_vec(),
        root,
    };
    let licences = [("MIT".to_owned(), vec!["notes 1.0.0".to_owned(), "sdk 1.0.0".to_owned()])].into();
    Sbom { packages: vec![package("notes", &[1], true), package("sdk", &[], false)], licences }
}

impl Default for Guest {
    /// Passes every check.
    fn default() -> Self {
        let description = Words { zh: "数一数".into(), en: "Counts".into() };
        let listing = Listing { description, licence: "MIT".into(), ..Listing::default() };
        let scenarios = vec![story("seven", Expect::Output(7.into()))];
        Self {
            manifest: manifest(),
            package: Some(Package { listing, scenarios, words: Wording::of(&[("count", "条数", "Count")]) }),
            bill: bill(),
            describe: "",
            handle: "",
            start: "",
            data: "",
            pages: 2,
        }
    }
}

impl Guest {
    pub fn wasm(&self) -> Vec<u8> {
        let Self { describe, handle, start, data, pages, bill, .. } = self;
        let described = self.manifest.to_bytes();
        let (manifest, length) = (escaped(&described), described.len());
        let package = self.package.as_ref().map_or_else(String::new, |package| {
            format!("(@custom \"{SECTION}\" \"{}\")", escaped(&serde_json::to_vec(package).unwrap()))
        });
        let sections = bill.sections();
        let bill: String =
            sections.iter().map(|(name, content)| format!("(@custom \"{name}\" \"{}\")", escaped(content))).collect();
        let text = format!(
            r#"(component {package} {bill} {WORLD}
              (core module $store (memory (export "memory") {pages}) (data (i32.const 4096) "{manifest}")
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 49152)))
              (core instance $s (instantiate $store))
              (core func $log (canon lower (func $log-interface "write") (memory (core memory $s "memory")) (realloc (core func $s "realloc"))))
              (core module $code
                (import "s" "memory" (memory 1))
                (import "log" "write" (func $log (param i32 i32 i32)))
                (global $calls (mut i32) (i32.const 0))
                (func $start (local $i i32) {start}) (start $start)
                (data (i32.const 0) "{SEVEN}") {data}
                (func $answer (param $at i32) (param $ptr i32) (param $len i32) (result i32)
                  (i32.store (local.get $at) (local.get $ptr)) (i32.store offset=4 (local.get $at) (local.get $len)) (local.get $at))
                (func (export "describe") (result i32) (local $i i32)
                  {describe} (call $answer (i32.const 512) (i32.const 4096) (i32.const {length})))
                (func (export "handle") (param i32 i64 i64 i32 i32 i32 i32 i32 i32) (result i32) (local $i i32)
                  (if (local.get 8) (then
                    (i32.store8 (i32.const 512) (i32.const 1)) (i32.store8 (i32.const 516) (i32.const 1))
                    (i64.store (i32.const 520) (i64.const 0)) (return (i32.const 512))))
                  {handle} (i32.store8 (i32.const 512) (i32.const 0))
                  (drop (call $answer (i32.const 516) (i32.const 0) (i32.const 1))) (i32.const 512)))
              (core instance $c (instantiate $code (with "s" (instance $s)) (with "log" (instance (export "write" (func $log))))))
              (func (export "describe") (result (list u8))
                (canon lift (core func $c "describe") (memory (core memory $s "memory")) (realloc (core func $s "realloc"))))
              (func (export "handle")
                (param "handler" u32) (param "invocation" $invocation) (param "input" (list u8))
                (result (result (list u8) (error $failure)))
                (canon lift (core func $c "handle") (memory (core memory $s "memory")) (realloc (core func $s "realloc")))))"#
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

const WORLD: &str = r#"
  (import "toolcrib:module/types@1.0.0" (instance $types
    (type $raw-rejection (record (field "code" string) (field "message" string) (field "field" (option string))))
    (export "rejection" (type $rejection (eq $raw-rejection)))
    (type $raw-failure (variant (case "rejected" $rejection) (case "retry" string)))
    (export "failure" (type (eq $raw-failure)))))
  (alias export $types "failure" (type $failure))
  (import "toolcrib:module/guest-types@1.0.0" (instance $guest-types
    (type $raw-invocation (record (field "now-us" s64) (field "seed" u64) (field "actor" string) (field "role" string)))
    (export "invocation" (type (eq $raw-invocation)))))
  (alias export $guest-types "invocation" (type $invocation))
  (import "toolcrib:module/log@1.0.0" (instance $log-interface
    (export "write" (func (param "level" u8) (param "message" string)))))
"#;
