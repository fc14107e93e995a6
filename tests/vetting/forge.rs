//! Forges submissions: a component from text that passes every check, with places for what is wrong.
//!
//! The memory and `realloc` stand in a core module of their own, so that lowered imports can use them. Addresses: 0 the
//! answer 7, 512 what `handle` returns, 640 what the host returns, 1024 to 2304 words and bytes, 8192 the manifest, from
//! 49152 on what `realloc` gives.
//!
//! Handler 0 takes a number and answers 7; every other takes one zero byte. Anything else is refused.

use std::fmt::Write as _;
use toolcrib_contract::codec::Encode;
use toolcrib_contract::manifest::{EventDef, HandlerDef, HandlerKind, Request, RequestKind, Words};
use toolcrib_contract::package::{Expect, Listing, Package, SECTION, Scenario, Step};
use toolcrib_contract::schema::Field;
use toolcrib_contract::wording::{Wording, check};
use toolcrib_contract::{Manifest, Type};
use toolcrib_vetting::sbom::{self, Kind, Sbom};

/// What may be wrong with a submission. All texts are WebAssembly text.
#[derive(Clone)]
pub struct Forge {
    pub manifest: Manifest,
    pub package: Option<Package>,
    /// Instead of a word for everything that people see.
    pub words: Option<Wording>,
    pub bill: Option<Sbom>,
    /// Functions of the host that are imported, of those in `HOST`.
    pub imports: Vec<&'static str>,
    /// Before the usual body of `handle`; local 9 is an i32, 10 an i64.
    pub handle: String,
    pub describe: &'static str,
    /// More in the main core module, and in the component.
    pub fields: String,
    pub beside: String,
    /// Pages of memory at first.
    pub pages: u32,
    /// Answers whatever it is given.
    pub gullible: bool,
    /// Type of what `describe` returns.
    pub described: &'static str,
}

/// Whether the number is not the 7 of the scenario: a condition.
pub const OTHER: &str = "(i32.ne (i32.load8_u (local.get 7)) (i32.const 14))";
/// Emits the declared event, and another one.
pub const EMIT: &str = "(call $emit (i32.const 1024) (i32.const 4) (i32.const 1216) (i32.const 1) (i32.const 640))";
pub const EMIT_OTHER: &str =
    "(call $emit (i32.const 1040) (i32.const 5) (i32.const 1216) (i32.const 1) (i32.const 640))";
/// Sends an effect to the host that is asked for, one with bytes of all kinds, and one to a stranger.
pub const SEND: &str = "(call $send (i32.const 1056) (i32.const 7) (i32.const 1072) (i32.const 26) (i32.const 1216) (i32.const 1) (i32.const 640))";
pub const SEND_OPAQUE: &str = "(call $send (i32.const 1056) (i32.const 7) (i32.const 1072) (i32.const 26) (i32.const 2048) (i32.const 256) (i32.const 640))";
pub const SEND_ELSEWHERE: &str = "(call $send (i32.const 1056) (i32.const 7) (i32.const 1120) (i32.const 25) (i32.const 1216) (i32.const 1) (i32.const 640))";
/// Reads a row of `plant/site`, calls `plant/start`, asks for samples of `count`.
pub const READ: &str = "(call $shared (i32.const 1160) (i32.const 5) (i32.const 1170) (i32.const 4) (i32.const 1232) (i32.const 16) (i32.const 640))";
pub const CALL: &str = "(call $call (i32.const 1160) (i32.const 5) (i32.const 1180) (i32.const 5) (i32.const 1216) (i32.const 1) (i32.const 640))";
pub const SAMPLES: &str =
    "(call $samples (i32.const 1200) (i32.const 11) (i64.const 0) (i64.const 1) (i32.const 10) (i32.const 640))";
/// Ends the call when the host said no.
pub const INSIST: &str = "(if (i32.load8_u (i32.const 640)) (then unreachable))";

/// Interface, function, its type, its core parameters, its name in the main module.
const HOST: [(&str, &str, &str, &str, &str); 5] = [
    (
        "events",
        "emit",
        r#"(param "event" string) (param "body" (list u8)) (result (result (error $refusal)))"#,
        "i32 i32 i32 i32 i32",
        "$emit",
    ),
    (
        "effects",
        "send",
        r#"(param "kind" string) (param "target" string) (param "body" (list u8)) (result (result (list u8) (error $refusal)))"#,
        "i32 i32 i32 i32 i32 i32 i32",
        "$send",
    ),
    (
        "shared",
        "get",
        r#"(param "module" string) (param "record" string) (param "id" (list u8)) (result (result (option (list u8)) (error $refusal)))"#,
        "i32 i32 i32 i32 i32 i32 i32",
        "$shared",
    ),
    (
        "operations",
        "call",
        r#"(param "module" string) (param "operation" string) (param "input" (list u8)) (result (result (list u8) (error $failure)))"#,
        "i32 i32 i32 i32 i32 i32 i32",
        "$call",
    ),
    (
        "readings",
        "samples",
        r#"(param "signal" string) (param "from-us" s64) (param "until-us" s64) (param "limit" u32) (result (result (list u8) (error $refusal)))"#,
        "i32 i32 i64 i64 i32 i32",
        "$samples",
    ),
];

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

const WORDS: &str = r#"
  (data (i32.const 0) "\0e")
  (data (i32.const 1024) "made") (data (i32.const 1040) "other") (data (i32.const 1056) "webhook")
  (data (i32.const 1072) "https://erp.example.com/in") (data (i32.const 1120) "https://evil.example.net/")
  (data (i32.const 1160) "plant") (data (i32.const 1170) "site") (data (i32.const 1180) "start")
  (data (i32.const 1200) "press.count") (data (i32.const 1216) "\0e")"#;

/// Says "try again later".
const REFUSE: &str = "(i32.store8 (i32.const 512) (i32.const 1)) (i32.store8 (i32.const 516) (i32.const 1))
  (i64.store (i32.const 520) (i64.const 0)) (return (i32.const 512))";

pub fn words(zh: &str, en: &str) -> Words {
    Words { zh: zh.into(), en: en.into() }
}

pub fn field(name: &str, of: Type) -> Field {
    Field { name: name.into(), of, doc: String::new() }
}

pub fn structure(name: &str, fields: Vec<Field>) -> Type {
    Type::Struct { name: name.into(), fields }
}

/// A manifest with one query, `count`.
pub fn manifest() -> Manifest {
    Manifest {
        module: "press-log".into(),
        version: "1.0.0".into(),
        sdk: "text".into(),
        title: words("冲压计数", "Press log"),
        summary: words("记录每台冲床的件数", "Counts what each press made"),
        records: vec![],
        reads: vec![],
        calls: vec![],
        events: vec![],
        handlers: vec![HandlerDef {
            name: "count".into(),
            doc: "How many there are".into(),
            kind: HandlerKind::Query,
            input: structure("count", vec![field("number", Type::Int)]),
            output: Type::Int,
            roles: vec![],
        }],
        requests: vec![],
        views: Vec::new(),
    }
}

/// A scenario whose only step calls a handler.
pub fn story(name: &str, handler: &str, input: serde_json::Value, expect: Expect) -> Scenario {
    let (at, handler) = ("2026-01-05T08:00:00Z".to_owned(), handler.to_owned());
    let step = Step { at, handler, input, role: String::new(), expect, remember: None };
    Scenario { name: name.into(), steps: vec![step], ..Scenario::default() }
}

/// Seven gives seven.
pub fn seven(name: &str) -> Scenario {
    story(name, "count", serde_json::json!({"number": 7}), Expect::Output(7.into()))
}

/// The module and one dependency under this licence.
pub fn bill(licence: &str) -> Sbom {
    let package = |name: &str, dependencies: &[usize], root| sbom::Package {
        name: name.into(),
        version: "1.0.0".into(),
        source: "registry".into(),
        kind: Kind::Runtime,
        dependencies: dependencies.to_vec(),
        root,
    };
    let licences = [(licence.to_owned(), vec!["gear 1.0.0".to_owned()])].into();
    Sbom { packages: vec![package("press-log", &[1], true), package("gear", &[], false)], licences }
}

impl Default for Forge {
    fn default() -> Self {
        let description = words("记录每台冲床做了多少件", "Counts the pieces that each press made");
        let listing = Listing { description, segments: vec!["33".into()], licence: "MIT".into(), ..Listing::default() };
        Self {
            manifest: manifest(),
            package: Some(Package { listing, scenarios: vec![seven("seven")], words: Wording::default() }),
            words: None,
            bill: Some(bill("MIT OR Apache-2.0")),
            imports: vec![],
            handle: String::new(),
            describe: "",
            fields: String::new(),
            beside: String::new(),
            pages: 2,
            gullible: false,
            described: "(list u8)",
        }
    }
}

impl Forge {
    /// With something changed.
    pub fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut forge = Self::default();
        change(&mut forge);
        forge
    }

    /// The only handler becomes a command that declares an event and emits it.
    pub fn emitting(mut self, handle: &str) -> Self {
        let body = structure("made", vec![field("number", Type::Int)]);
        self.manifest.events.push(EventDef { name: "made".into(), doc: String::new(), body });
        self.commanding("events", handle)
    }

    /// It asks for one host outside and sends there.
    pub fn sending(mut self, handle: &str) -> Self {
        let kind = RequestKind::Outbound { host: "erp.example.com".into() };
        let reason = words("把件数报给 ERP", "To tell the ERP the counts");
        self.manifest.requests.push(Request { kind, reason, optional: false });
        self.commanding("effects", handle)
    }

    /// A command that uses an interface.
    pub fn commanding(mut self, import: &'static str, handle: &str) -> Self {
        self.manifest.handlers[0].kind = HandlerKind::Command;
        self.imports.push(import);
        self.handle.push_str(handle);
        self
    }

    /// A second query, `spare`, with a scenario.
    pub fn with_spare(mut self, input: Type) -> Self {
        let spare = HandlerDef { name: "spare".into(), input, ..self.manifest.handlers[0].clone() };
        self.manifest.handlers.push(spare);
        if let Some(package) = &mut self.package {
            let input = serde_json::json!({"x": null});
            package.scenarios.push(story("spare", "spare", input, Expect::Output(7.into())));
        }
        self
    }

    pub fn build(&self) -> Vec<u8> {
        let text = self.text();
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// The package with its words.
    pub fn packed(&self) -> Option<Package> {
        let mut package = self.package.clone()?;
        package.words = self.words.clone().unwrap_or_else(|| {
            let missing = check::missing(&Wording::default(), &self.manifest, &package.scenarios);
            Wording::of(&missing.iter().map(|key| (key.as_str(), "名称", "Name")).collect::<Vec<_>>())
        });
        Some(package)
    }

    fn text(&self) -> String {
        let Self { pages, beside, fields, described, describe, .. } = self;
        let manifest = self.manifest.to_bytes();
        let (length, manifest) = (manifest.len(), escaped(&manifest));
        let package =
            self.packed().map_or_else(String::new, |package| custom(SECTION, &serde_json::to_vec(&package).unwrap()));
        let bill = self.bill.as_ref().map_or_else(String::new, |bill| {
            bill.sections().iter().map(|(name, content)| custom(name, content)).collect()
        });
        let every: Vec<u8> = (0..=255).collect();
        let (imports, lowered, arguments, taken) = self.host();
        let handle = self.body();
        format!(
            r#"(component {package} {bill} {TYPES} {imports}
  (core module $store (memory (export "memory") {pages}) (data (i32.const 8192) "{manifest}")
    (global $next (mut i32) (i32.const 49152))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
      (local.set 4 (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get 4) (local.get 3))) (local.get 4)))
  (core instance $store (instantiate $store))
  (alias core export $store "memory" (core memory $memory))
  (alias core export $store "realloc" (core func $realloc))
  {lowered}
  (core module $main
    (import "store" "memory" (memory 1)) {taken}
    {WORDS} (data (i32.const 2048) "{every}")
    {fields}
    (func (export "describe") (result i32) (local $i i32)
      {describe} (i32.store (i32.const 512) (i32.const 8192)) (i32.store (i32.const 516) (i32.const {length}))
      (i32.const 512))
    (func (export "handle") (param i32 i64 i64 i32 i32 i32 i32 i32 i32) (result i32) (local i32 i64) {handle}
      (i32.store8 (i32.const 512) (i32.const 0)) (i32.store (i32.const 516) (i32.const 0))
      (i32.store (i32.const 520) (i32.const 1)) (i32.const 512)))
  (core instance $main (instantiate $main (with "store" (instance $store)) {arguments}))
  (func (export "describe") (result {described})
    (canon lift (core func $main "describe") (memory $memory) (realloc $realloc)))
  (func (export "handle") (param "handler" u32) (param "invocation" $invocation) (param "input" (list u8))
      (result (result (list u8) (error $failure)))
    (canon lift (core func $main "handle") (memory $memory) (realloc $realloc)))
  {beside})"#,
            every = escaped(&every)
        )
    }

    /// Imports of the component, lowered functions, what the main module gets, what it takes.
    fn host(&self) -> (String, String, String, String) {
        let (mut imports, mut lowered) = (String::new(), String::new());
        let (mut exports, mut taken) = (String::new(), String::new());
        for (interface, function, ty, core, name) in HOST.iter().filter(|host| self.imports.contains(&host.0)) {
            let (outer, named) =
                if ty.contains("$failure") { ("$failure", "failure") } else { ("$refusal", "refusal") };
            let _ = write!(
                imports,
                r#"(import "toolcrib:module/{interface}@1.0.0" (instance {name}-interface
                  (alias outer 1 {outer} (type $outer)) (export "{named}" (type {outer} (eq $outer)))
                  (export "{function}" (func {ty}))))
                (alias export {name}-interface "{function}" (func {name}))"#
            );
            let _ =
                write!(lowered, "(core func {name} (canon lower (func {name}) (memory $memory) (realloc $realloc)))");
            let _ = write!(exports, r#"(export "{interface}" (func {name}))"#);
            let _ = write!(taken, r#"(import "host" "{interface}" (func {name} (param {core})))"#);
        }
        let arguments =
            if exports.is_empty() { String::new() } else { format!(r#"(with "host" (instance {exports}))"#) };
        (imports, lowered, arguments, taken)
    }

    /// The body of `handle`: looks at its input, then does what is asked for.
    fn body(&self) -> String {
        let handle = &self.handle;
        if self.gullible {
            return handle.clone();
        }
        format!(
            "(if (local.get 0)
               (then (if (i32.or (i32.ne (local.get 8) (i32.const 1)) (i32.load8_u (local.get 7))) (then {REFUSE})))
               (else
                 (if (i32.gt_u (i32.sub (local.get 8) (i32.const 1)) (i32.const 9)) (then {REFUSE}))
                 (block $read (loop $next
                   (if (i32.eq (i32.add (local.get 9) (i32.const 1)) (local.get 8)) (then
                     (br_if $read (i32.lt_u (i32.load8_u (i32.add (local.get 7) (local.get 9))) (i32.const 128))) {REFUSE}))
                   (if (i32.lt_u (i32.load8_u (i32.add (local.get 7) (local.get 9))) (i32.const 128)) (then {REFUSE}))
                   (local.set 9 (i32.add (local.get 9) (i32.const 1))) (br $next)))
                 {handle}))"
        )
    }
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:02x}");
        text
    })
}

/// A custom section, as text.
pub fn custom(name: &str, content: &[u8]) -> String {
    format!("(@custom \"{name}\" \"{}\")", escaped(content))
}

/// Burns so many thousands of operations, six in each round.
pub fn burning(thousands: u32) -> String {
    format!(
        "(local.set 9 (i32.const {}))
         (loop $burn (local.set 9 (i32.sub (local.get 9) (i32.const 1))) (br_if $burn (local.get 9)))",
        thousands * 167
    )
}
