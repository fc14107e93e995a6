//! Compilation happens elsewhere, within limits, and only what we compiled is ever loaded.

use crate::fixture::{ENGINE, Guest, call, child, compiler, load};
use crate::hosts::TestHost;
use std::path::Path;
use std::time::{Duration, Instant};
use toolcrib_contract::limits;
use toolcrib_sandbox::{
    ChildCommand, CompileLimits, Compiler, CompilerOptions, Ended, Engine, EngineOptions, SandboxError,
};

fn cached(folder: &Path, secret: u8) -> Compiler {
    Compiler::new(CompilerOptions { child: child(), cache: Some(folder.to_owned()), secret: [secret; 32] })
}

/// A compiler that cannot compile: what it returns comes from the cache.
fn cache_only(folder: &Path, secret: u8) -> Compiler {
    let child = ChildCommand { program: "/nonexistent/compiler".into(), args: Vec::new() };
    Compiler::new(CompilerOptions { child, cache: Some(folder.to_owned()), secret: [secret; 32] })
}

fn only_file(folder: &Path) -> std::path::PathBuf {
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

#[test]
fn what_was_compiled_once_is_taken_from_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("native");
    let wasm = Guest::default().wasm();
    assert!(cache_only(&folder, 1).compile(&ENGINE, &wasm).is_err());
    cached(&folder, 1).compile(&ENGINE, &wasm).unwrap();
    let native = cache_only(&folder, 1).compile(&ENGINE, &wasm).unwrap();
    let module = ENGINE.load::<TestHost>(&native).unwrap();
    assert_eq!(call(&module, 0, b"x"), Ended::Output(b"x".to_vec()));
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o77, 0, "others cannot read it");
}

#[test]
fn a_tampered_or_foreign_file_is_never_accepted_and_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let wasm = Guest::default().wasm();
    cached(folder, 1).compile(&ENGINE, &wasm).unwrap();
    let file = only_file(folder);
    let good = std::fs::read(&file).unwrap();
    let refused = |what: &str| assert!(cache_only(folder, 1).compile(&ENGINE, &wasm).is_err(), "{what}");
    for at in [0, 31, 32, 100, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&file, &bad).unwrap();
        refused("one bit");
    }
    for bad in [&b""[..], &good[..16], &good[..good.len() - 1], &[&good[..], b"x"].concat()] {
        std::fs::write(&file, bad).unwrap();
        refused("another length");
    }
    std::fs::write(&file, &good).unwrap();
    assert!(cache_only(folder, 2).compile(&ENGINE, &wasm).is_err(), "another secret");
    // The sealed code of another module under this one's name.
    let elsewhere = tempfile::tempdir().unwrap();
    cached(elsewhere.path(), 1).compile(&ENGINE, &Guest { pages: 3, ..Guest::default() }.wasm()).unwrap();
    std::fs::copy(only_file(elsewhere.path()), &file).unwrap();
    refused("another module's code");
    // With a child that works, it heals.
    cached(folder, 1).compile(&ENGINE, &wasm).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), good, "compiled again, bit for bit");
    assert!(cache_only(folder, 1).compile(&ENGINE, &wasm).is_ok());
}

#[test]
fn code_for_another_engine_is_not_loaded() {
    let fuelled = Engine::new(EngineOptions { instances: 1, fuel: true }).unwrap();
    assert_ne!(fuelled.compatibility(), ENGINE.compatibility());
    let native = compiler().compile(&fuelled, &Guest::default().wasm()).unwrap();
    assert!(matches!(ENGINE.load::<TestHost>(&native), Err(SandboxError::OtherEngine)));
    assert!(fuelled.load::<TestHost>(&native).is_ok());
}

#[test]
fn the_compiler_refuses_what_is_no_component() {
    let compiler = compiler();
    for bad in [&b""[..], b"(component)", b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0\xff"] {
        assert!(matches!(compiler.compile(&ENGINE, bad), Err(SandboxError::Refused(_))));
    }
    let large = vec![0; limits::COMPONENT_BYTES + 1];
    assert!(matches!(compiler.compile(&ENGINE, &large), Err(SandboxError::Refused(_))));
}

#[test]
fn a_module_that_does_not_fit_the_world_is_refused_without_running() {
    // Its start would never end.
    let guest =
        Guest { imports: &["log"], more: "(func $s (loop $l (br $l))) (start $s)".to_owned(), ..Guest::default() };
    let other = guest.text().replace("(param \"level\" u8)", "(param \"level\" s32)");
    let native = compiler().compile(&ENGINE, &wat::parse_str(other).unwrap()).unwrap();
    assert!(matches!(ENGINE.load::<TestHost>(&native), Err(SandboxError::Link(_))));
    // An import that inspection would have refused has nothing to link to either.
    let text = Guest::default().text();
    let (body, _) = text.trim_end().rsplit_once(')').unwrap();
    let foreign =
        wat::parse_str(format!("{body} (import \"wasi:cli/exit@0.2.0\" (instance (export \"exit\" (func)))))"))
            .unwrap();
    let native = compiler().compile(&ENGINE, &foreign).unwrap();
    assert!(matches!(ENGINE.load::<TestHost>(&native), Err(SandboxError::Link(_))));
}

/// One function that is slow to compile out of all proportion: thousands of values that are alive at once.
fn bomb() -> Vec<u8> {
    let locals = 2_000;
    let mut body = String::new();
    for at in 0..60_000 {
        let (one, other) = (at * 7 % locals, at * 13 % locals);
        body += &format!("(local.set {one} (i32.add (local.get {other}) (i32.const {at})))");
        if at % 3 == 0 {
            body += &format!("(if (local.get {other}) (then (local.set {other} (i32.const 1))))");
        }
    }
    let more = format!("(func $bomb (local {}) (loop $l {body} (br_if $l (local.get 0))))", "i32 ".repeat(locals));
    Guest { more, ..Guest::default() }.wasm()
}

#[test]
fn a_compile_bomb_is_killed_at_its_cpu_limit() {
    let wasm = bomb();
    assert!(wasm.len() < limits::COMPONENT_BYTES);
    toolcrib_sandbox::inspect(&wasm).unwrap();
    let limits = CompileLimits { cpu_s: 1, ..CompileLimits::default() };
    let error = compiler().limited(limits).compile(&ENGINE, &wasm).unwrap_err();
    assert!(matches!(&error, SandboxError::TooExpensive { limit } if limit.contains("CPU")), "{error}");
}

#[test]
fn a_compile_bomb_is_killed_at_its_memory_limit() {
    let limits = CompileLimits { bytes: 96 << 20, ..CompileLimits::default() };
    let error = compiler().limited(limits).compile(&ENGINE, &bomb()).unwrap_err();
    assert!(matches!(&error, SandboxError::TooExpensive { limit } if limit.contains("memory")), "{error}");
}

#[test]
fn a_child_that_does_nothing_is_killed_at_the_wall_limit() {
    let idle = ChildCommand { program: "/bin/sleep".into(), args: vec!["600".into()] };
    let compiler = Compiler::new(CompilerOptions { child: idle, cache: None, secret: [0; 32] });
    let limits = CompileLimits { wall: Duration::from_millis(100), ..CompileLimits::default() };
    let started = Instant::now();
    let error = compiler.limited(limits).compile(&ENGINE, &Guest::default().wasm()).unwrap_err();
    assert!(matches!(error, SandboxError::TooExpensive { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_child_that_is_no_compiler_is_an_error_not_code() {
    for (program, args) in [("/bin/cat", &[][..]), ("/bin/true", &[]), ("/bin/echo", &["hello"]), ("/nonexistent", &[])]
    {
        let child = ChildCommand { program: program.into(), args: args.iter().map(Into::into).collect() };
        let compiler = Compiler::new(CompilerOptions { child, cache: None, secret: [0; 32] });
        let error = compiler.compile(&ENGINE, &Guest::default().wasm()).unwrap_err();
        assert!(matches!(error, SandboxError::Child(_)), "{program}: {error}");
    }
}

/// Not a test: an engine in an address space too small for its pool.
#[test]
#[ignore = "started by the next test with little address space"]
fn small_address_space() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Compiled before: the compiler child would inherit the limit, which is its own anyway.
    let wasm = Guest::default().wasm();
    // Enough for one memory's reservation, not for a pool of them.
    let limit = Some(16 << 30);
    setrlimit(Resource::As, Rlimit { current: limit, maximum: limit }).unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    assert!(!engine.pool_metrics().pooled);
    let module = load(&engine, &wasm);
    assert_eq!(call(&module, 0, b"slow but right"), Ended::Output(b"slow but right".to_vec()));
}

#[test]
fn an_engine_without_address_space_for_a_pool_works_without_one() {
    let this = std::env::current_exe().unwrap();
    let args = ["--exact", "compiling::small_address_space", "--ignored", "--nocapture"];
    let output = std::process::Command::new(this).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}
