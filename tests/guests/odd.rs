//! Guests that no SDK would make, from text: a component around one core module, with places for what is odd.
//!
//! The memory, its contents and `realloc` stand in a core module of their own, so that lowered imports can use them
//! before the main module exists. Addresses: 16 the answer of `describe`, 32 that of `handle`, 1024 the manifest,
//! 65536 what `realloc` gives.

use super::artifacts::Artifact;
use toolcrib_contract::codec::Encode;
use toolcrib_contract::manifest::{EventDef, HandlerDef, HandlerKind, IndexDef, Manifest, RecordDef, Words};
use toolcrib_contract::schema::{Field, Type};

/// What may differ from a plain guest. All texts are WebAssembly text.
pub struct Odd {
    /// The memory of the component.
    pub memory: &'static str,
    /// Body of `realloc`.
    pub realloc: &'static str,
    /// Fields of the component, before the core modules that may use them.
    pub imports: String,
    /// Lowered functions, after the memory, before the main module.
    pub lowered: &'static str,
    /// What the main module is instantiated with, beside its memory.
    pub arguments: &'static str,
    /// Fields of the main module.
    pub fields: String,
    /// Bodies of the exports; they leave the address of their answer.
    pub describe: String,
    pub handle: String,
    /// The component's exports.
    pub exports: &'static str,
}

/// Adds to the end of what was given before; traps beyond two pages.
const BUMP: &str = "
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at)";

/// Imports of the world's types, by the names of the WIT file.
const TYPES: &str = r#"
  (import "toolcrib:module/types@1.0.0" (instance $types
    (type $refusal (record (field "code" string) (field "message" string)))
    (export "refusal" (type (eq $refusal)))
    (type $rejection (record (field "code" string) (field "message" string) (field "field" (option string))))
    (export "rejection" (type $named (eq $rejection)))
    (type $failure (variant (case "rejected" $named) (case "retry" string)))
    (export "failure" (type (eq $failure)))))
  (alias export $types "failure" (type $failure))
  (alias export $types "refusal" (type $refusal))
  (import "toolcrib:module/guest-types@1.0.0" (instance $guest
    (type $invocation (record (field "now-us" s64) (field "seed" u64) (field "actor" string) (field "role" string)))
    (export "invocation" (type (eq $invocation)))))
  (alias export $guest "invocation" (type $invocation))"#;

/// Both exports of the world.
pub const EXPORTS: &str = r#"
  (func (export "describe") (result (list u8))
    (canon lift (core func $main "describe") (memory $memory) (realloc $realloc)))
  (func (export "handle") (param "handler" u32) (param "invocation" $invocation) (param "input" (list u8))
      (result (result (list u8) (error $failure)))
    (canon lift (core func $main "handle") (memory $memory) (realloc $realloc)))"#;

/// The import of `log`, for [`Odd::imports`].
pub const LOG: &str = r#"
  (import "toolcrib:module/log@1.0.0" (instance $log
    (export "write" (func (param "level" u8) (param "message" string)))))
  (alias export $log "write" (func $log))"#;
/// Lowers it, for [`Odd::lowered`].
pub const LOG_LOWERED: &str = r#"(core func $log (canon lower (func $log) (memory $memory)))"#;
/// Hands it to the main module, for [`Odd::arguments`].
pub const LOG_ARGUMENT: &str = r#"(with "host" (instance (export "log" (func $log))))"#;
/// Takes it in the main module, for [`Odd::fields`].
pub const LOG_FIELD: &str = r#"(import "host" "log" (func $log (param i32 i32 i32)))"#;

/// The same for `records.insert`.
pub const INSERT: &str = r#"
  (import "toolcrib:module/records@1.0.0" (instance $records
    (alias outer 1 $refusal (type $outer))
    (export "refusal" (type $refusal (eq $outer)))
    (export "insert" (func (param "record" string) (param "rows" (list u8)) (param "count" u32)
      (result (result (list u8) (error $refusal)))))))
  (alias export $records "insert" (func $insert))"#;
pub const INSERT_LOWERED: &str =
    r#"(core func $insert (canon lower (func $insert) (memory $memory) (realloc $realloc)))"#;
pub const INSERT_ARGUMENT: &str = r#"(with "host" (instance (export "insert" (func $insert))))"#;
pub const INSERT_FIELD: &str = r#"(import "host" "insert" (func $insert (param i32 i32 i32 i32 i32 i32)))"#;

/// Stores pointer and length of an answer; for the body of an export.
pub fn answer(at: u32, pointer: u32, length: u32) -> String {
    format!(
        "(i32.store (i32.const {at}) (i32.const {pointer})) (i32.store (i32.const {}) (i32.const {length}))",
        at + 4
    )
}

/// The body of `handle` that answers with these bytes of memory.
pub fn output(pointer: u32, length: u32) -> String {
    format!("(i32.store8 (i32.const 32) (i32.const 0)) {} (i32.const 32)", answer(36, pointer, length))
}

impl Default for Odd {
    /// Nothing is odd: one command `ask`, without input or output.
    fn default() -> Self {
        Self {
            memory: r#"(memory (export "memory") 2)"#,
            realloc: BUMP,
            imports: String::new(),
            lowered: "",
            arguments: "",
            fields: String::new(),
            describe: String::new(),
            handle: output(0, 0),
            exports: EXPORTS,
        }
    }
}

impl Odd {
    /// The component of the usual manifest.
    pub fn build(&self) -> Artifact {
        self.describing(&manifest().to_bytes())
    }

    /// The component of a manifest, or of what is none.
    pub fn describing(&self, manifest: &[u8]) -> Artifact {
        let text = self.text(manifest);
        Artifact::new(wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}")))
    }

    fn text(&self, manifest: &[u8]) -> String {
        let Self { memory, realloc, imports, lowered, arguments, fields, describe, handle, exports } = self;
        let data: String = manifest.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let usual = format!("{} (i32.const 16)", answer(16, 1_024, manifest.len() as u32));
        let describe = if describe.is_empty() { &usual } else { describe };
        format!(
            r#"(component
  {TYPES}
  {imports}
  (core module $store
    {memory}
    (global $next (mut i32) (i32.const 65536))
    (data (i32.const 1024) "{data}")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc}))
  (core instance $store (instantiate $store))
  (alias core export $store "memory" (core memory $memory))
  (alias core export $store "realloc" (core func $realloc))
  {lowered}
  (core module $main
    (import "store" "memory" (memory 1))
    {fields}
    (func (export "describe") (result i32) {describe})
    (func (export "handle") (param i32 i64 i64 i32 i32 i32 i32 i32 i32) (result i32) {handle}))
  (core instance $main (instantiate $main (with "store" (instance $store)) {arguments}))
  {exports})"#
        )
    }
}

/// The usual manifest: module `odd`, record `thing`, event `happened`, command `ask`.
pub fn manifest() -> Manifest {
    let number = Field { name: "number".to_owned(), of: Type::Int, doc: String::new() };
    let body = Type::Struct { name: "happened".to_owned(), fields: vec![number.clone()] };
    let input = Type::Struct { name: "ask".to_owned(), fields: Vec::new() };
    Manifest {
        module: "odd".to_owned(),
        version: "1.0.0".to_owned(),
        sdk: "text".to_owned(),
        title: Words { zh: "怪".to_owned(), en: "Odd".to_owned() },
        summary: Words::default(),
        records: vec![RecordDef {
            name: "thing".to_owned(),
            doc: String::new(),
            shared: false,
            fields: vec![number],
            indexes: vec![IndexDef { fields: vec![0], unique: false }],
        }],
        reads: Vec::new(),
        calls: Vec::new(),
        events: vec![EventDef { name: "happened".to_owned(), doc: String::new(), body }],
        handlers: vec![HandlerDef {
            name: "ask".to_owned(),
            doc: String::new(),
            kind: HandlerKind::Command,
            input,
            output: Type::Unit,
            roles: Vec::new(),
        }],
        requests: Vec::new(),
        views: Vec::new(),
    }
}
