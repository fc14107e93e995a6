//! Every way a call can end has its own code and a detail that a provider can act on; the host always comes back.

use crate::fixture::{Guest, call, call_within, invocation, module, wall};
use crate::hosts::TestHost;
use toolcrib_contract::host::{Failure, Fault, HostError, Rejection, fault};
use toolcrib_contract::limits;
use toolcrib_sandbox::{Call, Ended, Limits};

/// Calls with a host that has heard something before; checks that it comes back.
fn faulted(guest: &Guest, limits: Limits) -> Fault {
    let module = module(guest);
    let host = TestHost { lines: vec!["heard before".to_owned()], ..TestHost::default() };
    let invocation = invocation();
    let (host, ended, _) = module.call(host, Call { handler: 0, invocation: &invocation, input: b"", limits });
    assert_eq!(host.lines[0], "heard before", "the host comes back");
    match ended {
        Ended::Faulted(fault) => fault,
        other => panic!("{other:?}"),
    }
}

/// The code, and every part of the detail.
fn check(handle: &str, code: &str, parts: &[&str]) {
    let fault = faulted(&Guest::handling(handle), wall(200));
    assert_eq!(fault.code, code, "{}", fault.detail);
    for part in parts {
        assert!(fault.detail.contains(part), "`{}` lacks `{part}`", fault.detail);
    }
}

#[test]
fn an_answer_is_the_modules_own() {
    let echo = module(&Guest::default());
    assert_eq!(call(&echo, 0, b"good"), Ended::Output(b"good".to_vec()));
    assert_eq!(call(&echo, 0, b""), Ended::Output(Vec::new()));
}

#[test]
fn a_rejection_and_a_retry_cross_with_their_words() {
    let text = r#"(data (i32.const 1024) "stop-openNot yetreason")"#;
    let head = "(i32.store8 (i32.const 512) (i32.const 1))";
    let text_at = |at: u32, ptr: u32, len: u32| {
        format!("(i32.store (i32.const {at}) (i32.const {ptr})) (i32.store (i32.const {}) (i32.const {len}))", at + 4)
    };
    let rejected = format!(
        "{head} (i32.store8 (i32.const 516) (i32.const 0)) {} {} (i32.store8 (i32.const 536) (i32.const 1)) {} (i32.const 512)",
        text_at(520, 1024, 9),
        text_at(528, 1033, 7),
        text_at(540, 1040, 6)
    );
    let guest = Guest { more: text.to_owned(), ..Guest::handling(&rejected) };
    let rejection =
        Rejection { code: "stop-open".to_owned(), message: "Not yet".to_owned(), field: Some("reason".to_owned()) };
    assert_eq!(call(&module(&guest), 0, b""), Ended::Failed(Failure::Rejected(rejection)));

    let retry = format!("{head} (i32.store8 (i32.const 516) (i32.const 1)) {} (i32.const 512)", text_at(520, 1033, 7));
    let guest = Guest { more: text.to_owned(), ..Guest::handling(&retry) };
    assert_eq!(call(&module(&guest), 0, b""), Ended::Failed(Failure::Retry("Not yet".to_owned())));
}

#[test]
fn a_trap_names_its_cause_and_the_functions_it_happened_in() {
    check("unreachable", fault::TRAP, &["unreachable", "handle"]);
    check("(i32.load (i32.const -8))", fault::TRAP, &["out of bounds memory access", "handle"]);
    check("(i32.div_u (i32.const 1) (local.get $in_len))", fault::TRAP, &["divide by zero"]);
    let deep = Guest {
        more: "(func $inner (result i32) unreachable) (func $outer (result i32) (call $inner))".to_owned(),
        ..Guest::handling("(call $outer)")
    };
    let fault = faulted(&deep, wall(200));
    assert!(fault.detail.ends_with("inner < outer < handle"), "{}", fault.detail);
}

#[test]
fn a_module_that_never_ends_is_ended() {
    check("(loop $l (br $l)) (i32.const 0)", fault::TIMEOUT, &["200 ms", "wall time"]);
    let recursive = Guest { more: "(func $f (result i32) (loop $l (drop (call $g)) (br $l)) (i32.const 0)) (func $g (result i32) (i32.const 0))".to_owned(), ..Guest::handling("(call $f)") };
    assert_eq!(faulted(&recursive, wall(20)).code, fault::TIMEOUT);
}

#[test]
fn endless_recursion_meets_the_stack_limit() {
    let guest = Guest {
        more: "(func $f (result i32) (i32.add (call $f) (i32.const 1)))".to_owned(),
        ..Guest::handling("(call $f)")
    };
    let fault = faulted(&guest, Limits::default());
    assert_eq!(fault.code, fault::LIMIT);
    assert!(fault.detail.contains(&format!("{} bytes of stack", limits::STACK_BYTES)), "{}", fault.detail);
    assert!(fault.detail.len() < 2_000, "the backtrace is cut");
}

#[test]
fn an_output_or_a_pointer_out_of_memory_is_the_modules_fault() {
    check("(call $ok (i32.const 1024) (i32.const 100000000))", fault::TRAP, &[]);
    check("(i32.store8 (i32.const 512) (i32.const 7)) (i32.const 512)", fault::TRAP, &[]);
    check("(i32.const -4)", fault::TRAP, &[]);
}

#[test]
fn too_much_output_is_a_fault_that_names_the_limit() {
    let output = |bytes: usize| Guest {
        pages: 40,
        ..Guest::handling(&format!("(call $ok (i32.const 1024) (i32.const {bytes}))"))
    };
    let most = module(&output(limits::OUTPUT_BYTES));
    assert!(matches!(call(&most, 0, b""), Ended::Output(output) if output.len() == limits::OUTPUT_BYTES));
    let fault = faulted(&output(limits::OUTPUT_BYTES + 1), Limits::default());
    assert_eq!((fault.code, fault.detail.contains("bytes of output")), (fault::LIMIT, true));
}

/// `records.get` with an id of this many bytes.
fn get(id_bytes: u32) -> Guest {
    let handle = format!(
        "(call $records (i32.const 1024) (i32.const 4) (i32.const 1032) (i32.const {id_bytes}) (i32.const 600))
         (call $ok (i32.const 600) (i32.const 20))"
    );
    let more = r#"(data (i32.const 1024) "stop")"#.to_owned();
    Guest { imports: &["records"], more, handle, ..Guest::default() }
}

fn asked(guest: &Guest, answer: Result<Option<Vec<u8>>, HostError>) -> Ended {
    let host = TestHost { rows: [answer].into(), ..TestHost::default() };
    let invocation = invocation();
    module(guest).call(host, Call { handler: 0, invocation: &invocation, input: b"", limits: Limits::default() }).1
}

#[test]
fn a_refusal_is_a_value_for_the_module_and_a_fault_of_the_host_ends_it() {
    let Ended::Output(raw) = asked(&get(16), Err(HostError::refused("not-consented", "no"))) else { panic!() };
    assert_eq!(raw[0], 1, "the module went on, with an error value");
    let Ended::Output(raw) = asked(&get(16), Ok(None)) else { panic!() };
    assert_eq!((raw[0], raw[4]), (0, 0));
    let fault = Fault { code: fault::HOST, detail: "the disk is gone".to_owned() };
    assert_eq!(asked(&get(16), Err(HostError::Fault(fault.clone()))), Ended::Faulted(fault));
}

#[test]
fn an_id_of_another_length_is_a_fault() {
    let Ended::Faulted(fault) = asked(&get(15), Ok(None)) else { panic!() };
    assert_eq!((fault.code, fault.detail.as_str()), (fault::MALFORMED, "an id has 16 bytes, not 15"));
}

#[test]
fn one_host_call_takes_no_more_than_its_limit() {
    let pages = (limits::HOST_CALL_BYTES >> 16) as u32 + 2;
    let mut guest = Guest { pages, ..get(limits::HOST_CALL_BYTES as u32 + 1) };
    let Ended::Faulted(fault) = asked(&guest, Ok(None)) else { panic!() };
    assert_eq!(fault.code, fault::LIMIT, "{}", fault.detail);
    assert!(fault.detail.contains("in one host call"), "{}", fault.detail);
    // Just below it the host is asked, and complains about the id.
    guest = Guest { pages, ..get(limits::HOST_CALL_BYTES as u32 - 4) };
    let Ended::Faulted(fault) = asked(&guest, Ok(None)) else { panic!() };
    assert_eq!(fault.code, fault::MALFORMED);
}

#[test]
fn text_that_is_not_utf8_is_a_fault() {
    let guest = Guest {
        imports: &["log"],
        more: r#"(data (i32.const 1024) "\ff\fe")"#.to_owned(),
        ..Guest::handling("(call $log (i32.const 3) (i32.const 1024) (i32.const 2)) (i32.const 0)")
    };
    assert_eq!(faulted(&guest, wall(200)).code, fault::TRAP);
}

#[test]
fn a_start_function_runs_within_the_same_limits() {
    let endless = Guest { more: "(func $s (loop $l (br $l))) (start $s)".to_owned(), ..Guest::default() };
    assert_eq!(faulted(&endless, wall(50)).code, fault::TIMEOUT);
    let greedy =
        Guest { more: "(func $s (drop (memory.grow (i32.const 2000)))) (start $s)".to_owned(), ..Guest::default() };
    assert_eq!(faulted(&greedy, wall(200)).code, fault::LIMIT);
    let broken = Guest { more: "(func $s unreachable) (start $s)".to_owned(), ..Guest::default() };
    assert_eq!(faulted(&broken, wall(200)).code, fault::TRAP);
}

#[test]
fn a_manifest_that_is_none_is_malformed_and_describe_has_the_same_limits() {
    let described = |describe: &str| {
        let guest = Guest { describe: describe.to_owned(), ..Guest::default() };
        module(&guest).describe(TestHost::default(), wall(50)).1.unwrap_err()
    };
    let default = Guest::default().describe;
    assert_eq!(described(&default).code, fault::MALFORMED);
    assert_eq!(described("(loop $l (br $l)) (i32.const 0)").code, fault::TIMEOUT);
    assert_eq!(described("unreachable").code, fault::TRAP);
    let (_, bytes, _) = module(&Guest::default()).describe_bytes(TestHost::default(), wall(50));
    assert_eq!(bytes, Ok(Vec::new()));
}

#[test]
fn usage_tells_what_a_call_used() {
    let guest = Guest {
        imports: &["log"],
        more: r#"(data (i32.const 1024) "hello")"#.to_owned(),
        ..Guest::handling(
            "(drop (memory.grow (i32.const 3))) (call $log (i32.const 3) (i32.const 1024) (i32.const 5)) (call $ok (i32.const 0) (i32.const 0))",
        )
    };
    let (host, ended, usage) = call_within(&module(&guest), b"", Limits::default());
    assert_eq!(ended, Ended::Output(Vec::new()));
    assert_eq!(host.lines, ["hello"]);
    assert_eq!((usage.memory_bytes, usage.host_calls, usage.host_call_bytes), (5 << 16, 1, 5));
}
