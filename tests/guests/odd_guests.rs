//! Guests made from text: refused before any of their code runs, stopped while they are looked at, or stopped in a call.
//! The neighbour works meanwhile, and nothing of theirs is kept.

use super::arena::{Arena, Fight};
use super::artifacts::{Artifact, guest};
use super::odd::{self, Odd, answer, output as output_at};
use super::plant::{Plant, agree};
use super::tested::tested;
use serde_json::json;
use toolcrib_contract::codec::{Encode, put_unsigned};
use toolcrib_contract::limits;
use toolcrib_contract::manifest::{HandlerKind, Manifest};
use toolcrib_contract::problem::{LIMIT, MODULE_FAULT, ProblemKind, TIMEOUT};
use toolcrib_contract::schema::Type;
use toolcrib_contract::select::{BY_ID, Select};
use toolcrib_runtime::ModuleSource;
use toolcrib_store::RecordTable;

/// Loading it fails with this code. Returns the neighbour's rounds meanwhile.
async fn refused(artifact: Artifact, code: &str) -> usize {
    let arena = Arena::of(Plant::new(), Vec::new()).await;
    let runtime = arena.plant().runtime().clone();
    let source = ModuleSource { digest: artifact.digest, bytes: artifact.bytes };
    let loading = tokio::task::spawn_blocking(move || runtime.load(&source));
    let rounds = arena.work_until(|| loading.is_finished()).await;
    let error = loading.await.expect("loading does not panic the host").expect_err("this must not load");
    assert!(error.contains(code), "{code} expected: {error}");
    rounds
}

/// It loads, and calling it ends like this; nothing stays.
async fn stopped(odd: &Odd, kind: ProblemKind, detail: &str) -> Fight {
    let artifact = odd.build();
    let plant = Plant::new();
    let loaded = plant.load_artifact(&artifact).unwrap_or_else(|error| panic!("{error}"));
    let modules = vec![agree(&loaded), agree(&plant.load("ledger"))];
    let arena = Arena::of(plant, modules).await;
    let fight = arena.attack("odd", "ask", json!({})).await;
    let problem = fight.answer.as_ref().expect_err("this must not succeed");
    let told = problem.detail.as_deref().unwrap_or_default();
    assert!(problem.is(kind) && told.contains(detail), "{detail} expected: {problem}");
    let attacked = arena.attacked();
    assert_eq!(attacked.events().await, []);
    assert_eq!(things(&arena).await, 0, "rows stayed");
    let usage = attacked.usage_of("odd", "ask").await;
    assert_eq!((usage.calls, usage.faults, usage.rows_written), (1, 1, 0));
    attacked.note("still here").await;
    arena.neighbour().note("still here").await;
    fight
}

/// Rows of `odd`'s record.
async fn things(arena: &Arena) -> u32 {
    let table = RecordTable::new("odd", 1, &odd::manifest().records[0]);
    let all = Select { index: BY_ID, limit: limits::PAGE_ROWS, ..Select::default() };
    arena.attacked().file(move |writer| writer.select(&table, &all)).await.count
}

/// A component with one more core module, which is not even instantiated.
fn with_core_module(fields: &str) -> Artifact {
    Odd { imports: format!("(core module {fields})"), ..Odd::default() }.build()
}

fn with_import(import: &str) -> Artifact {
    Odd { imports: import.to_owned(), ..Odd::default() }.build()
}

/// The usual guest with another manifest.
fn declaring(change: impl FnOnce(&mut Manifest)) -> Artifact {
    let mut manifest = odd::manifest();
    change(&mut manifest);
    Odd::default().describing(&manifest.to_bytes())
}

/// `ask` is of this kind and returns a list of 500 lists of 1,000 lists of 1,000 items, if items take no bytes.
fn answering(kind: HandlerKind, output: Type) -> Artifact {
    let mut manifest = odd::manifest();
    (manifest.handlers[0].kind, manifest.handlers[0].output) = (kind, output);
    let mut bytes = Vec::new();
    put_unsigned(500, &mut bytes);
    for _ in 0..500 {
        put_unsigned(1_000, &mut bytes);
        (0..1_000).for_each(|_| put_unsigned(1_000, &mut bytes));
    }
    // The manifest stands at 1024, in front of the answer.
    let described = manifest.to_bytes();
    let at = 1_024 + described.len() as u32;
    let describe = format!("{} (i32.const 16)", answer(16, 1_024, described.len() as u32));
    let odd = Odd {
        memory: r#"(memory (export "memory") 40)"#,
        handle: output_at(at, bytes.len() as u32),
        describe,
        ..Odd::default()
    };
    odd.describing(&[described, bytes].concat())
}

const LOOP: &str = "(loop $again (br $again))";

tested! {
    async fn nothing_odd() {
        let plant = Plant::new();
        let loaded = plant.load_artifact(&Odd::default().build()).unwrap_or_else(|error| panic!("{error}"));
        let modules = vec![agree(&loaded)];
        let arena = Arena::of(plant, modules).await;
        assert_eq!(arena.attack("odd", "ask", json!({})).await.answer, Ok(json!(null)), "the text itself is sound");
    }

    async fn core_module() {
        refused(Artifact::new(wat::parse_str("(module)").unwrap()), "core-module").await;
    }

    async fn text_instead_of_binary() {
        refused(Artifact::new(b"(component)".to_vec()), "text").await;
        refused(Artifact::new(b"not wasm at all".to_vec()), "not-wasm").await;
        refused(Artifact::new(Vec::new()), "empty").await;
    }

    async fn truncated() {
        let whole = &guest("mirror").bytes;
        for length in [5, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
            refused(Artifact::new(whole[..length].to_vec()), "truncated").await;
        }
    }

    async fn fifty_megabytes() {
        let mut bytes = guest("mirror").bytes.clone();
        bytes.resize(50 << 20, 0);
        refused(Artifact::new(bytes), "too-large").await;
    }

    async fn other_bytes() {
        // Every byte of the head of a sound component, changed: refused or not, the host stands.
        let plant = Plant::new();
        let whole = Odd::default().build().bytes;
        for at in 0..whole.len().min(64) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            let _ = plant.load_artifact(&Artifact::new(bytes));
        }
        plant.tenant("neighbour", &["ledger"]).await.note("still here").await;
    }

    async fn native_code() {
        // What the compiler child itself made, taken out of its sealed file.
        Plant::new().load("mirror");
        let digest = guest("mirror").digest.strip_prefix("sha256:").unwrap();
        let folder = std::fs::read_dir(super::plant::native()).unwrap();
        let mut files = folder.map(|entry| entry.unwrap().path());
        let file = files.find(|path| path.file_name().unwrap().to_string_lossy().starts_with(digest)).unwrap();
        let sealed = std::fs::read(file).unwrap();
        let elf = sealed.windows(4).position(|bytes| bytes == b"\x7fELF").unwrap();
        refused(Artifact::new(sealed[elf..].to_vec()), "precompiled").await;
    }

    async fn probe_sockets() {
        refused(with_import(r#"(import "wasi:sockets/network@0.2.0" (instance (export "n" (type (sub resource)))))"#), "unknown-import").await;
        refused(with_import(r#"(import "wasi:filesystem/preopens@0.2.0" (instance (export "get-directories" (func))))"#), "unknown-import").await;
    }

    async fn probe_clock() {
        refused(with_import(r#"(import "wasi:clocks/wall-clock@0.2.0" (instance (export "now" (func (result u64)))))"#), "unknown-import").await;
        refused(with_import(r#"(import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64)))))"#), "unknown-import").await;
    }

    async fn another_modules_interface() {
        refused(with_import(r#"(import "ledger:module/records@1.0.0" (instance (export "get" (func))))"#), "unknown-import").await;
        refused(with_import(r#"(import "secret" (func))"#), "unknown-import").await;
    }

    async fn unknown_version() {
        refused(with_import(r#"(import "toolcrib:module/records@9.0.0" (instance (export "get" (func))))"#), "other-version").await;
    }

    async fn unknown_function() {
        refused(with_import(r#"(import "toolcrib:module/records@1.0.0" (instance (export "drop-all" (func))))"#), "unknown-import").await;
    }

    async fn known_function_of_another_type() {
        let import = r#"(import "toolcrib:module/log@1.0.0" (instance (export "write" (func (param "level" u64)))))"#;
        refused(with_import(import), "does not fit").await;
    }

    async fn two_memories() {
        refused(with_core_module("(memory 1) (memory 1)"), "feature").await;
        let odd = Odd { imports: "(core module $second (memory 1)) (core instance (instantiate $second))".to_owned(), ..Odd::default() };
        refused(odd.build(), "memories").await;
    }

    async fn memory64() {
        refused(with_core_module("(memory i64 1)"), "feature").await;
    }

    async fn threads() {
        refused(with_core_module("(memory 1 1 shared)"), "feature").await;
    }

    async fn exceptions() {
        refused(with_core_module("(tag $oops)"), "feature").await;
    }

    async fn garbage_collection() {
        refused(with_core_module("(type (struct (field i32)))"), "feature").await;
    }

    async fn memory_at_start() {
        refused(Odd { memory: r#"(memory (export "memory") 1025)"#, ..Odd::default() }.build(), "(memory)").await;
    }

    async fn tables_at_start() {
        refused(Odd { fields: "(table 20001 funcref)".to_owned(), ..Odd::default() }.build(), "table-elements").await;
    }

    async fn too_many_functions() {
        let fields = "(func)".repeat(limits::FUNCTIONS as usize);
        refused(Odd { fields, ..Odd::default() }.build(), "functions").await;
    }

    async fn too_many_instances() {
        let imports = format!("(core module $more) {}", "(core instance (instantiate $more))".repeat(10));
        refused(Odd { imports, ..Odd::default() }.build(), "core-instances").await;
    }

    async fn component_in_component() {
        refused(with_import("(component)"), "nested-components").await;
    }

    async fn no_handle() {
        let exports = odd::EXPORTS.split_once("(func (export \"handle\")").unwrap().0;
        refused(Odd { exports, ..Odd::default() }.build(), "missing-export").await;
    }

    async fn one_export_more() {
        let odd = Odd { imports: r#"(core module $more) (export "more" (core module $more))"#.to_owned(), ..Odd::default() };
        refused(odd.build(), "unknown-export").await;
    }

    async fn handle_of_another_type() {
        let exports = r#"
            (func (export "describe") (result (list u8)) (canon lift (core func $main "describe") (memory $memory) (realloc $realloc)))
            (func (export "handle") (result u32) (canon lift (core func $main "describe")))"#;
        refused(Odd { exports, ..Odd::default() }.build(), "does not fit").await;
    }

    async fn loop_in_start() {
        let fields = format!("(func $start {LOOP}) (start $start)");
        let rounds = refused(Odd { fields, ..Odd::default() }.build(), "module-timeout").await;
        assert!(rounds > 0, "the neighbour waited");
    }

    async fn trap_in_start() {
        refused(Odd { fields: "(func $start unreachable) (start $start)".to_owned(), ..Odd::default() }.build(), "module-trapped").await;
    }

    async fn memory_grown_in_start() {
        let fields = "(func $start (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))) (start $start)";
        refused(Odd { fields: fields.to_owned(), ..Odd::default() }.build(), "module-limit").await;
    }

    async fn host_called_in_start() {
        let fields = format!("{} (func $start (call $log (i32.const 1) (i32.const 0) (i32.const 0))) (start $start)", odd::LOG_FIELD);
        let imports = odd::LOG.to_owned();
        let odd = Odd { imports, lowered: odd::LOG_LOWERED, arguments: odd::LOG_ARGUMENT, fields, ..Odd::default() };
        // A line for the log is nothing that a tenant could notice: it loads, and the line is dropped.
        let plant = Plant::new();
        plant.load_artifact(&odd.build()).unwrap_or_else(|error| panic!("{error}"));
    }

    async fn describe_traps() {
        refused(Odd { describe: "unreachable".to_owned(), ..Odd::default() }.build(), "module-trapped").await;
    }

    async fn describe_loops() {
        let rounds = refused(Odd { describe: format!("{LOOP} unreachable"), ..Odd::default() }.build(), "module-timeout").await;
        assert!(rounds > 0, "the neighbour waited");
    }

    async fn describe_garbage() {
        for garbage in [&b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"[..], b"not a manifest", b""] {
            refused(Odd::default().describing(garbage), "module-malformed").await;
        }
    }

    async fn describe_ten_megabytes() {
        let describe = format!("{} (i32.const 16)", answer(16, 0, 10 << 20));
        refused(Odd { memory: r#"(memory (export "memory") 200)"#, describe, ..Odd::default() }.build(), "module-limit").await;
    }

    async fn describe_outside_memory() {
        let describe = format!("{} (i32.const 16)", answer(16, 1 << 30, 8));
        refused(Odd { describe, ..Odd::default() }.build(), "module-trapped").await;
    }

    async fn describe_calls_the_host() {
        let arguments = (0..6).map(|_| "(i32.const 0)").collect::<String>();
        let describe = format!("(call $insert {arguments}) unreachable");
        let odd = Odd {
            imports: odd::INSERT.to_owned(),
            lowered: odd::INSERT_LOWERED,
            arguments: odd::INSERT_ARGUMENT,
            fields: odd::INSERT_FIELD.to_owned(),
            describe,
            ..Odd::default()
        };
        refused(odd.build(), "module-malformed").await;
    }

    async fn describe_type_without_end() {
        // An option of an option of an option …: reading it must not go down as deep as the module likes.
        let plain = odd::manifest().to_bytes();
        let text = odd::manifest().handlers[0].output.to_bytes();
        assert_eq!(text, [0], "the output's type is one byte, before no roles and no requests");
        let mut endless = plain[..plain.len() - 3].to_vec();
        endless.extend(std::iter::repeat_n(11, 60_000));
        endless.extend([0, 0, 0]);
        refused(Odd::default().describing(&endless), "module-malformed").await;
    }

    async fn describe_another_module() {
        // It says that it is `ledger`, and would have its rows; the tenant agreed to `odd`.
        let artifact = declaring(|manifest| manifest.module = "ledger".to_owned());
        let plant = Plant::new();
        let loaded = plant.load_artifact(&artifact).unwrap_or_else(|error| panic!("{error}"));
        let mut grant = agree(&loaded);
        grant.module = "odd".to_owned();
        let arena = Arena::of(plant, vec![grant]).await;
        for module in ["ledger", "odd"] {
            let problem = arena.attack(module, "ask", json!({})).await.answer.expect_err("an impostor");
            assert_eq!(problem.code, "not-subscribed");
        }
    }

    async fn describe_records_that_are_no_tables() {
        for name in ["thing\"; DROP TABLE event; --", "", "Thing", "x'); --"] {
            refused(declaring(|manifest| manifest.records[0].name = name.to_owned()), "record").await;
            refused(declaring(|manifest| manifest.records[0].fields[0].name = name.to_owned()), "record").await;
        }
        refused(declaring(|manifest| manifest.records[0].indexes[0].fields = vec![7]), "record").await;
    }

    async fn recurse_without_memory() {
        let fields = "(func $down (param i32) (result i32) (i32.add (call $down (local.get 0)) (i32.const 1)))".to_owned();
        let handle = "(call $down (i32.const 0))".to_owned();
        stopped(&Odd { handle, fields, ..Odd::default() }, LIMIT, "bytes of stack").await;
    }

    async fn answer_that_swells() {
        // Half a million lists of a thousand nothings each: a megabyte that would become gigabytes.
        let list = |of| Type::List { of: Box::new(of) };
        for kind in [HandlerKind::Command, HandlerKind::Query] {
            let artifact = answering(kind, list(list(list(Type::Unit))));
            let plant = Plant::new();
            let loaded = plant.load_artifact(&artifact).unwrap_or_else(|error| panic!("{error}"));
            let arena = Arena::of(plant, vec![agree(&loaded)]).await;
            let problem = arena.attack("odd", "ask", json!({})).await.answer.expect_err("no such answer");
            assert!(problem.is(MODULE_FAULT), "{problem}");
        }
    }

    async fn hoard_memory_in_pages() {
        let handle = "(loop $again (drop (memory.grow (i32.const 1))) (br $again)) unreachable".to_owned();
        stopped(&Odd { handle, ..Odd::default() }, LIMIT, "bytes of linear memory").await;
    }

    async fn hoard_tables() {
        // Two tables: neither is too large, both together are.
        let grow = |table: &str| format!("(drop (table.grow {table} (ref.null func) (i32.const 64)))");
        let handle = format!("(loop $again {} {} (br $again)) unreachable", grow("$one"), grow("$two"));
        let fields = "(table $one 0 funcref) (table $two 0 funcref)".to_owned();
        stopped(&Odd { handle, fields, ..Odd::default() }, LIMIT, "table elements").await;
    }

    async fn hoard_handles() {
        // A resource of its own: every `new` costs the host memory that the module's own limit does not count.
        let odd = Odd {
            imports: "(type $hoard (resource (rep i32))) (core func $new (canon resource.new $hoard))".to_owned(),
            arguments: r#"(with "host" (instance (export "new" (func $new))))"#,
            fields: r#"(import "host" "new" (func $new (param i32) (result i32)))"#.to_owned(),
            handle: "(loop $again (drop (call $new (i32.const 0))) (br $again)) unreachable".to_owned(),
            ..Odd::default()
        };
        stopped(&odd, MODULE_FAULT, "handle limit").await;
    }

    async fn answer_outside_memory() {
        for (pointer, length) in [(1 << 30, 8), (0, u32::MAX), (131_071, 2), (u32::MAX, 1)] {
            stopped(&Odd { handle: output_at(pointer, length), ..Odd::default() }, MODULE_FAULT, "module-trapped").await;
        }
        for address in [u32::MAX, 131_070, 33] {
            let handle = format!("(i32.const {address})");
            stopped(&Odd { handle, ..Odd::default() }, MODULE_FAULT, "module-trapped").await;
        }
    }

    async fn answer_of_no_variant() {
        let handle = "(i32.store8 (i32.const 32) (i32.const 7)) (i32.const 32)".to_owned();
        stopped(&Odd { handle, ..Odd::default() }, MODULE_FAULT, "module-trapped").await;
    }

    async fn answer_that_is_no_text() {
        // A rejection whose code is not UTF-8: at 200, two bytes.
        let fields = r#"(data (i32.const 200) "\ff\fe")"#.to_owned();
        let handle = format!(
            "(i32.store8 (i32.const 32) (i32.const 1)) (i32.store8 (i32.const 36) (i32.const 0)) {} {} (i32.store8 (i32.const 56) (i32.const 0)) (i32.const 32)",
            answer(40, 200, 2),
            answer(48, 200, 0),
        );
        stopped(&Odd { handle, fields, ..Odd::default() }, MODULE_FAULT, "module-trapped").await;
    }

    async fn answer_of_another_type_after_a_write() {
        // Inserts a row as declared, and then returns bytes that are not its output: "nothing was written" must be true.
        let fields = format!(r#"{} (data (i32.const 200) "thing\02")"#, odd::INSERT_FIELD);
        let call = "(call $insert (i32.const 200) (i32.const 5) (i32.const 205) (i32.const 1) (i32.const 1) (i32.const 300))";
        let odd = Odd {
            imports: odd::INSERT.to_owned(),
            lowered: odd::INSERT_LOWERED,
            arguments: odd::INSERT_ARGUMENT,
            fields,
            handle: format!("{call} {}", output_at(200, 5)),
            ..Odd::default()
        };
        stopped(&odd, MODULE_FAULT, "module-malformed").await;
    }

    async fn realloc_outside_memory() {
        stopped(&Odd { realloc: "(i32.const 1073741824)", ..Odd::default() }, MODULE_FAULT, "module-trapped").await;
    }

    async fn realloc_loops() {
        let fight = stopped(&Odd { realloc: "(loop $again (br $again)) unreachable", ..Odd::default() }, TIMEOUT, "5000 ms").await;
        assert!(fight.rounds > 0, "the neighbour waited");
    }
}
