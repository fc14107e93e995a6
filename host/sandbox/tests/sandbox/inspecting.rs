//! What is refused before it runs, and that all of it is said at once.

use crate::fixture::Guest;
use toolcrib_contract::limits;
use toolcrib_contract::package::{PACKAGE_BYTES, SECTION};
use toolcrib_sandbox::{Import, InspectError, inspect};

fn codes(bytes: &[u8]) -> Vec<&'static str> {
    let errors: Vec<InspectError> = inspect(bytes).unwrap_err();
    assert!(
        errors.iter().all(|error| !error.what.en.is_empty()
            && !error.what.zh.is_empty()
            && !error.fix.en.is_empty()
            && !error.fix.zh.is_empty()),
        "{errors:?}"
    );
    errors.iter().map(|error| error.code).collect()
}

/// A guest whose core module has this definition too.
fn with(more: &str) -> Vec<u8> {
    Guest { more: more.to_owned(), ..Guest::default() }.wasm()
}

/// The default guest with something added to the component, in text.
fn beside(text: &str) -> Vec<u8> {
    let guest = Guest::default().text();
    let (body, _) = guest.trim_end().rsplit_once(')').unwrap();
    wat::parse_str(format!("{body} {text})")).unwrap()
}

#[test]
fn a_component_of_our_world_passes_with_its_parts_listed() {
    let guest = Guest { imports: &["log", "records", "operations"], pages: 3, ..Guest::default() };
    let wasm = guest.wasm();
    let inspection = inspect(&wasm).unwrap();
    let import =
        |interface: &str, function: &str| Import { interface: interface.to_owned(), function: function.to_owned() };
    assert_eq!(inspection.imports, [import("log", "write"), import("operations", "call"), import("records", "get")]);
    assert_eq!(inspection.interfaces().into_iter().collect::<Vec<_>>(), ["log", "operations", "records"]);
    assert_eq!(inspection.exports, ["describe", "handle"]);
    assert_eq!((inspection.core_modules, inspection.functions), (2, 4));
    assert_eq!(inspection.memory_bytes_initial, 3 << 16);
    assert_eq!(inspection.package, None);
    assert!(inspection.digest.starts_with("sha256:") && inspection.digest.len() == 71);
    assert_eq!(inspect(&Guest::default().wasm()).unwrap().imports, []);
}

#[test]
fn what_is_no_component_is_told_what_it_is() {
    let component = Guest::default().wasm();
    assert_eq!(codes(b""), ["empty"]);
    assert_eq!(codes(b"(component)"), ["text"]);
    assert_eq!(codes(b"\x7fELF and more"), ["not-wasm"]);
    assert_eq!(codes(b"\0asm"), ["truncated"]);
    assert_eq!(codes(&wat::parse_str("(module)").unwrap()), ["core-module"]);
    assert_eq!(codes(b"\0asm\x0e\0\x01\0"), ["other-binary-format"]);
    assert_eq!(codes(&vec![0; limits::COMPONENT_BYTES + 1]), ["too-large"]);
    for cut in [9, component.len() / 2, component.len() - 1] {
        assert_eq!(codes(&component[..cut]), ["truncated"], "cut at {cut}");
    }
    let mut noise = component.clone();
    noise.truncate(8);
    noise.extend([0xff; 40]);
    assert_eq!(codes(&noise).len(), 1);
    let native = crate::fixture::compiler().compile(&crate::fixture::ENGINE, &component).unwrap();
    assert!(format!("{native:?}").starts_with("Native("), "native code shows no bytes");
}

#[test]
fn no_cut_or_flipped_byte_of_a_component_breaks_inspection() {
    let component = Guest { imports: &["log", "records"], ..Guest::default() }.wasm();
    for at in 0..component.len() {
        let _ = inspect(&component[..at]);
        let mut flipped = component.clone();
        flipped[at] ^= 1 << (at % 8);
        let _ = inspect(&flipped);
    }
}

#[test]
fn native_code_is_refused() {
    // What wasmtime recognises as its own output: an ELF file with its mark in the header.
    let mut elf = vec![0u8; 64];
    elf[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 200]);
    assert!(matches!(codes(&elf)[..], ["precompiled" | "not-wasm"]));
}

#[test]
fn every_proposal_beyond_the_target_is_refused() {
    let proposals = [
        ("simd", "(func (result v128) (v128.const i64x2 0 0))"),
        ("relaxed simd", "(func (param v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))"),
        ("threads", "(func (drop (i32.atomic.load (i32.const 0))))"),
        ("tail calls", "(func $f (return_call $f))"),
        ("multi-memory", "(memory $two 1)"),
        ("memory64", "(memory i64 1)"),
        ("table64", "(table i64 1 funcref)"),
        ("exceptions", "(tag $t) (func (throw $t))"),
        ("function references", "(func (param (ref func)))"),
        ("gc structs", "(type $s (struct (field i32)))"),
        ("gc i31", "(func (drop (ref.i31 (i32.const 1))))"),
        ("externref", "(func (param externref))"),
        (
            "wide arithmetic",
            "(func (param i64) (result i64 i64) (i64.add128 (local.get 0) (local.get 0) (local.get 0) (local.get 0)))",
        ),
        ("custom page sizes", "(memory 1 (pagesize 1))"),
        ("stack switching", "(type $f (func)) (type $c (cont $f)) (func (param (ref $c)))"),
    ];
    for (name, text) in proposals {
        let found = codes(&with(text));
        assert!(found.contains(&"feature"), "{name}: {found:?}");
    }
}

#[test]
fn every_proposal_of_the_component_model_is_refused() {
    let proposals = [
        ("async", "(core func (canon task.cancel))"),
        ("streams", "(type (stream u8))"),
        ("futures", "(type (future u8))"),
        ("error context", "(type (func (param \"e\" error-context)))"),
        ("maps", "(type (map string u8))"),
        ("fixed length lists", "(type (list u8 4))"),
        ("threads", "(core func (canon thread.yield))"),
    ];
    for (name, text) in proposals {
        let found = codes(&beside(text));
        assert!(found.contains(&"feature"), "{name}: {found:?}");
    }
}

#[test]
fn every_import_that_is_not_ours_is_named() {
    let errors = inspect(&beside(
        r#"(import "wasi:clocks/wall-clock@0.2.0" (instance (export "now" (func (result u64)))))
           (import "toolcrib:module/records@2.0.0" (instance (export "get" (func))))
           (import "toolcrib:module/files@1.0.0" (instance (export "open" (func))))
           (import "toolcrib:module/events@1.0.0" (instance (export "read-all" (func))))
           (import "toolcrib:other/events@1.0.0" (instance))
           (import "timers" (func))
           (import "module" (core module))"#,
    ))
    .unwrap_err();
    let whats: Vec<_> = errors.iter().map(|error| (error.code, error.what.en.as_str())).collect();
    assert_eq!(whats.len(), 7, "{whats:?}");
    assert_eq!(whats[0], ("unknown-import", "`wasi:clocks/wall-clock@0.2.0` is imported; no host offers it"));
    assert!(errors[0].fix.en.contains("wasm32-unknown-unknown"));
    assert_eq!(whats[1].0, "other-version");
    assert_eq!(whats[3], ("unknown-import", "`toolcrib:module/events@1.0.0` has no function `read-all`"));
}

#[test]
fn a_function_under_the_name_of_our_interface_is_refused() {
    let text = r#"(import "toolcrib:module/events@1.0.0" (func))"#;
    assert_eq!(codes(&beside(text)), ["unknown-import"]);
}

#[test]
fn exactly_our_exports_are_accepted() {
    let guest = Guest::default();
    let renamed = guest
        .text()
        .replace("(func (export \"describe\") (result (list u8))", "(func (export \"other\") (result (list u8))");
    let wasm = wat::parse_str(renamed).unwrap();
    assert_eq!(codes(&wasm), ["missing-export", "unknown-export"]);
    assert_eq!(codes(b"\0asm\x0d\0\x01\0"), ["missing-export", "missing-export"]);
}

#[test]
fn sizes_are_summed_over_what_is_instantiated() {
    let second = "(core module $big (memory 1)) (core instance (instantiate $big)) (core instance (instantiate $big))";
    assert_eq!(codes(&beside(second)), ["memories"]);
    assert!(inspect(&beside("(core module $unused (memory 1))")).is_ok());
    let many = "(core module $e) ".to_owned() + &"(core instance (instantiate $e)) ".repeat(7);
    assert_eq!(codes(&beside(&many)), ["core-instances"]);
    assert_eq!(codes(&with(&"(table 1 funcref) ".repeat(5))), ["tables"]);
    assert_eq!(codes(&with(&format!("(table {} funcref)", limits::TABLE_ELEMENTS + 1))), ["table-elements"]);
    let pages = (limits::MEMORY_BYTES >> 16) as u32;
    assert!(inspect(&Guest { pages, ..Guest::default() }.wasm()).is_ok());
    assert_eq!(codes(&Guest { pages: pages + 1, ..Guest::default() }.wasm()), ["memory"]);
    assert_eq!(codes(&beside("(component)")), ["nested-components"]);
}

#[test]
fn functions_are_counted_up_to_the_limit() {
    // Four are the fixture's own.
    let most = "(func)".repeat(limits::FUNCTIONS as usize - 4);
    assert_eq!(inspect(&with(&most)).unwrap().functions, limits::FUNCTIONS);
    assert_eq!(codes(&with(&format!("{most}(func)"))), ["functions"]);
}

/// Appends a custom section.
fn section(wasm: &mut Vec<u8>, content: &[u8]) {
    let mut body = vec![SECTION.len() as u8];
    body.extend(SECTION.as_bytes());
    body.extend(content);
    wasm.push(0);
    let mut length = body.len();
    while length >= 0x80 {
        wasm.push(length as u8 | 0x80);
        length >>= 7;
    }
    wasm.push(length as u8);
    wasm.extend(body);
}

#[test]
fn the_package_travels_in_one_section_within_its_limit() {
    let mut wasm = Guest::default().wasm();
    section(&mut wasm, b"{}");
    assert_eq!(inspect(&wasm).unwrap().package.as_deref(), Some(&b"{}"[..]));
    section(&mut wasm, b"{}");
    assert_eq!(codes(&wasm), ["packages"]);
    let mut large = Guest::default().wasm();
    section(&mut large, &vec![b' '; PACKAGE_BYTES + 1]);
    assert_eq!(codes(&large), ["package"]);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let text = Guest { pages: 2_000, more: "(func $f (return_call $f))".to_owned(), ..Guest::default() }.text();
    let (body, _) = text.trim_end().rsplit_once(')').unwrap();
    let wasm = wat::parse_str(format!("{body} (import \"wasi:cli/exit@0.2.0\" (instance)) (component))")).unwrap();
    assert_eq!(codes(&wasm), ["feature", "unknown-import", "nested-components", "memory"]);
}
