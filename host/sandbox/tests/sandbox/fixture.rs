//! Guests, engines and the compiler child.

use std::sync::LazyLock;
use std::time::Duration;
use toolcrib_contract::{Instant, Invocation};
use toolcrib_sandbox::{
    Call, ChildCommand, Compiler, CompilerOptions, Ended, Engine, EngineOptions, Limits, Module, Usage,
};

use crate::hosts::TestHost;

/// Not a test: the compiler child, which the compilers of these tests start from this same binary.
#[test]
#[ignore = "started by other tests as their compiler child"]
fn compile_child() {
    let ended = toolcrib_sandbox::compile_child_main();
    std::process::exit(i32::from(ended != std::process::ExitCode::SUCCESS));
}

/// This test binary as a compiler child.
pub fn child() -> ChildCommand {
    let program = std::env::current_exe().unwrap();
    let args = ["--exact", "fixture::compile_child", "--ignored", "--nocapture"];
    ChildCommand { program, args: args.map(Into::into).to_vec() }
}

pub fn compiler() -> Compiler {
    Compiler::new(CompilerOptions { child: child(), cache: None, secret: [7; 32] })
}

/// One for all tests that do not need their own.
pub static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(EngineOptions { instances: 64, fuel: false }).unwrap());

pub fn load(engine: &Engine, wasm: &[u8]) -> Module<TestHost> {
    engine.load(&compiler().compile(engine, wasm).unwrap()).unwrap()
}

/// Inspects, compiles and loads a guest on the common engine.
pub fn module(guest: &Guest) -> Module<TestHost> {
    let wasm = guest.wasm();
    toolcrib_sandbox::inspect(&wasm).unwrap_or_else(|errors| panic!("{errors:?}"));
    load(&ENGINE, &wasm)
}

pub fn invocation() -> Invocation {
    Invocation { now: Instant(1_795_500_000_000_000), seed: 7, actor: "user:1".to_owned(), role: "operator".to_owned() }
}

/// Calls handler 0 within these limits.
pub fn call_within(module: &Module<TestHost>, input: &[u8], limits: Limits) -> (TestHost, Ended, Usage) {
    let invocation = invocation();
    module.call(TestHost::default(), Call { handler: 0, invocation: &invocation, input, limits })
}

/// Calls a handler with the published limits and a host that answers nothing.
pub fn call(module: &Module<TestHost>, handler: u32, input: &[u8]) -> Ended {
    let invocation = invocation();
    let call = Call { handler, invocation: &invocation, input, limits: Limits::default() };
    module.call(TestHost::default(), call).1
}

pub fn wall(ms: u64) -> Limits {
    Limits { wall: Duration::from_millis(ms), ..Limits::default() }
}

/// A component around a core module. Its single memory belongs to a first core module, so that lowered imports can use
/// it before the second one, with the code under test, exists.
pub struct Guest {
    /// Pages of the memory at first.
    pub pages: u32,
    /// Interfaces whose functions are imported: `log`, `records` (get only), `operations`, `connect` (run only).
    pub imports: &'static [&'static str],
    /// Body of `describe`: the address of a pointer and a length.
    pub describe: String,
    /// Body of `handle`. Parameters `$handler $now $seed $actor $actor_len $role $role_len $in $in_len`; leaves the
    /// address of the result. `$ok` makes one from a pointer and a length.
    pub handle: String,
    /// Further definitions of the core module.
    pub more: String,
}

impl Default for Guest {
    /// Answers with its input.
    fn default() -> Self {
        Self {
            pages: 2,
            imports: &[],
            describe:
                "(i32.store (i32.const 512) (i32.const 1024)) (i32.store (i32.const 516) (i32.const 0)) (i32.const 512)"
                    .to_owned(),
            handle: "(call $ok (local.get $in) (local.get $in_len))".to_owned(),
            more: String::new(),
        }
    }
}

impl Guest {
    pub fn handling(handle: &str) -> Self {
        Self { handle: handle.to_owned(), ..Self::default() }
    }

    pub fn wasm(&self) -> Vec<u8> {
        let text = self.text();
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    pub fn text(&self) -> String {
        let Self { pages, describe, handle, more, .. } = self;
        let [types, lowered, core, given] = self.imported();
        format!(
            r#"(component
              {WORLD}
              {types}
              (core module $store
                (memory (export "memory") {pages})
                (global $next (mut i32) (i32.const 16384))
                (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                  (local $at i32)
                  (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
                  (global.set $next (i32.add (local.get $at) (local.get 3)))
                  (loop $more
                    (if (i32.gt_u (global.get $next) (i32.shl (memory.size) (i32.const 16)))
                      (then
                        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
                        (br $more))))
                  (local.get $at)))
              (core instance $s (instantiate $store))
              (alias core export $s "memory" (core memory $memory))
              (alias core export $s "realloc" (core func $realloc))
              {lowered}
              (core module $code
                (import "s" "memory" (memory 1))
                {core}
                {more}
                (func $ok (param $ptr i32) (param $len i32) (result i32)
                  (i32.store8 (i32.const 512) (i32.const 0))
                  (i32.store (i32.const 516) (local.get $ptr))
                  (i32.store (i32.const 520) (local.get $len))
                  (i32.const 512))
                (func (export "describe") (result i32) {describe})
                (func $handle (export "handle")
                  (param $handler i32) (param $now i64) (param $seed i64) (param $actor i32) (param $actor_len i32)
                  (param $role i32) (param $role_len i32) (param $in i32) (param $in_len i32) (result i32)
                  (local $i i32) (local $n i32)
                  {handle}))
              (core instance $c (instantiate $code (with "s" (instance $s)) {given}))
              (alias core export $c "describe" (core func $describe-core))
              (alias core export $c "handle" (core func $handle-core))
              (func (export "describe") (result (list u8))
                (canon lift (core func $describe-core) (memory (core memory $memory)) (realloc (core func $realloc))))
              (func (export "handle")
                (param "handler" u32) (param "invocation" $invocation) (param "input" (list u8))
                (result (result (list u8) (error $failure)))
                (canon lift (core func $handle-core) (memory (core memory $memory)) (realloc (core func $realloc)))))"#
        )
    }

    /// Component types, lowered functions, core imports and instantiation arguments of what is imported.
    fn imported(&self) -> [String; 4] {
        let mut parts = [const { String::new() }; 4];
        for name in self.imports {
            let (function, ty, core) = match *name {
                "log" => ("write", r#"(param "level" u8) (param "message" string)"#, "(param i32 i32 i32)"),
                "records" => (
                    "get",
                    r#"(param "record" string) (param "id" (list u8)) (result (result (option (list u8)) (error $refusal)))"#,
                    "(param i32 i32 i32 i32 i32)",
                ),
                "operations" => (
                    "call",
                    r#"(param "module" string) (param "operation" string) (param "input" (list u8)) (result (result (list u8) (error $failure)))"#,
                    "(param i32 i32 i32 i32 i32 i32 i32)",
                ),
                "connect" => (
                    "run",
                    r#"(param "operation" string) (param "input" (list u8)) (result (result (list u8) (error $failure)))"#,
                    "(param i32 i32 i32 i32 i32)",
                ),
                other => panic!("the fixture does not import {other}"),
            };
            let outer = r#"(alias outer 1 $refusal (type $r)) (export "refusal" (type $refusal (eq $r)))
                           (alias outer 1 $failure (type $f)) (export "failure" (type $failure (eq $f)))"#;
            let outer = if *name == "log" { "" } else { outer };
            parts[0] += &format!(
                "(import \"toolcrib:module/{name}@1.0.0\" (instance ${name} {outer} (export \"{function}\" (func {ty}))))\n"
            );
            parts[1] += &format!(
                "(alias export ${name} \"{function}\" (func ${name}-function))
                 (core func ${name}-low (canon lower (func ${name}-function) (memory (core memory $memory)) (realloc (core func $realloc))))\n"
            );
            parts[2] += &format!("(import \"{name}\" \"{function}\" (func ${name} {core}))\n");
            parts[3] += &format!("(with \"{name}\" (instance (export \"{function}\" (func ${name}-low))))\n");
        }
        parts
    }
}

const WORLD: &str = r#"
  (import "toolcrib:module/types@1.0.0" (instance $types
    (type $raw-rejection (record (field "code" string) (field "message" string) (field "field" (option string))))
    (export "rejection" (type $rejection (eq $raw-rejection)))
    (type $raw-failure (variant (case "rejected" $rejection) (case "retry" string)))
    (export "failure" (type (eq $raw-failure)))
    (type $raw-refusal (record (field "code" string) (field "message" string)))
    (export "refusal" (type (eq $raw-refusal)))))
  (alias export $types "failure" (type $failure))
  (alias export $types "refusal" (type $refusal))
  (import "toolcrib:module/guest-types@1.0.0" (instance $guest-types
    (type $raw-invocation (record (field "now-us" s64) (field "seed" u64) (field "actor" string) (field "role" string)))
    (export "invocation" (type (eq $raw-invocation)))))
  (alias export $guest-types "invocation" (type $invocation))
"#;
