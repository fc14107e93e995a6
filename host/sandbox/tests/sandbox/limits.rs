//! Memory, time, fuel, nesting, instances: each limit is met, not passed, and named.

use crate::fixture::{ENGINE, Guest, call, call_within, invocation, load, module, wall};
use crate::hosts::TestHost;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use toolcrib_contract::host::{Fault, HostError, fault};
use toolcrib_contract::limits;
use toolcrib_sandbox::{Call, Ended, Engine, EngineOptions, Limits, Module, THREAD_STACK_BYTES};

/// Grows its memory by as many pages as the first two input bytes say, one call of `memory.grow` for each.
fn grower() -> Guest {
    Guest::handling(
        "(local.set $n (i32.load16_u (local.get $in)))
         (loop $l (if (i32.lt_u (local.get $i) (local.get $n)) (then
           (drop (memory.grow (i32.const 1))) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
         (call $ok (i32.const 0) (i32.const 0))",
    )
}

fn limit(ended: Ended) -> Fault {
    match ended {
        Ended::Faulted(fault) if fault.code == fault::LIMIT => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn memory_is_summed_up_to_the_limit_and_not_a_page_further() {
    let module = module(&grower());
    let most = (limits::MEMORY_BYTES >> 16) as u16 - 2;
    assert_eq!(call(&module, 0, &most.to_le_bytes()), Ended::Output(Vec::new()));
    let fault = limit(call(&module, 0, &(most + 1).to_le_bytes()));
    assert!(fault.detail.contains(&format!("{} bytes of linear memory", limits::MEMORY_BYTES)), "{}", fault.detail);
    let small = Limits { memory_bytes: 4 << 16, ..Limits::default() };
    assert_eq!(call_within(&module, &2u16.to_le_bytes(), small.clone()).1, Ended::Output(Vec::new()));
    limit(call_within(&module, &3u16.to_le_bytes(), small).1);
}

#[test]
fn growths_that_fail_by_themselves_give_nothing_back() {
    // A huge growth between two small ones: it fails, and the sum stays.
    let guest = Guest::handling(
        "(loop $l (if (i32.lt_u (local.get $i) (i32.const 10)) (then
           (drop (memory.grow (i32.const 1))) (drop (memory.grow (i32.const 65536)))
           (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
         (call $ok (i32.const 0) (i32.const 0))",
    );
    let within = Limits { memory_bytes: 8 << 16, ..Limits::default() };
    limit(call_within(&module(&guest), b"", within).1);
}

#[test]
fn the_initial_memory_counts_too() {
    let within = Limits { memory_bytes: 1 << 16, ..Limits::default() };
    limit(call_within(&module(&Guest::default()), b"", within).1);
}

#[test]
fn table_elements_are_summed_over_all_tables() {
    let guest = Guest {
        more: "(table $a 100 funcref) (table $b 100 funcref)".to_owned(),
        ..Guest::handling(
            "(drop (table.grow $a (ref.null func) (i32.load16_u (local.get $in))))
             (drop (table.grow $b (ref.null func) (i32.load16_u (local.get $in))))
             (call $ok (i32.const 0) (i32.const 0))",
        )
    };
    let module = module(&guest);
    let half = (limits::TABLE_ELEMENTS / 2 - 100) as u16;
    assert_eq!(call(&module, 0, &half.to_le_bytes()), Ended::Output(Vec::new()));
    let fault = limit(call(&module, 0, &(half + 1).to_le_bytes()));
    assert!(fault.detail.contains("table elements"), "{}", fault.detail);
}

/// Counts up to the number in its input.
fn counter() -> Guest {
    Guest::handling(
        "(local.set $n (i32.load (local.get $in)))
         (loop $l (if (i32.lt_u (local.get $i) (local.get $n)) (then
           (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
         (call $ok (i32.const 0) (i32.const 0))",
    )
}

#[test]
fn a_wall_limit_is_never_cut_short_by_the_coarse_tick() {
    let endless = module(&Guest::handling("(loop $l (br $l)) (i32.const 0)"));
    for ms in [1, 3, 7, 12, 26] {
        let started = Instant::now();
        let (_, ended, usage) = call_within(&endless, b"", wall(ms));
        assert!(matches!(ended, Ended::Faulted(fault) if fault.code == fault::TIMEOUT));
        assert!(started.elapsed() >= Duration::from_millis(ms), "cut short");
        assert!(usage.wall_us >= ms * 1_000);
    }
}

#[test]
fn time_blocked_in_the_host_counts() {
    let guest = Guest {
        imports: &["operations", "log"],
        // No loop and no call of its own after the slow one: only the next import can notice.
        ..Guest::handling(
            "(call $operations (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 600))
             (call $log (i32.const 1) (i32.const 0) (i32.const 0)) (call $ok (i32.const 0) (i32.const 0))",
        )
    };
    let slow = |_: &str, _: &[u8]| {
        // Waits for something that does not come, as for a stuck disk: twice the time that the call has.
        let (never, woken) = (Mutex::new(()), Condvar::new());
        drop(woken.wait_timeout_while(never.lock().unwrap(), Duration::from_millis(40), |()| true));
        Ok(Ok(Vec::new()))
    };
    let host = TestHost { on_call: Some(Box::new(slow)), ..TestHost::default() };
    let invocation = invocation();
    let (host, ended, _) =
        module(&guest).call(host, Call { handler: 0, invocation: &invocation, input: b"", limits: wall(20) });
    assert!(matches!(ended, Ended::Faulted(fault) if fault.code == fault::TIMEOUT));
    assert!(host.lines.is_empty(), "nothing was done after the time");
}

/// Waits 40 ms in an import of connectors, then goes round as often as its input says.
fn connecting(rounds: u32, limits: Limits) -> Ended {
    let guest = Guest {
        imports: &["connect"],
        ..Guest::handling(
            "(call $connect (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 600))
             (local.set $n (i32.load (local.get $in)))
             (loop $l (if (i32.lt_u (local.get $i) (local.get $n)) (then
               (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
             (call $ok (i32.const 0) (i32.const 0))",
        )
    };
    let slow = |_: &str, _: &[u8]| {
        let (never, woken) = (Mutex::new(()), Condvar::new());
        drop(woken.wait_timeout_while(never.lock().unwrap(), Duration::from_millis(40), |()| true));
        Ok(Ok(Vec::new()))
    };
    let host = TestHost { on_call: Some(Box::new(slow)), ..TestHost::default() };
    let (invocation, input) = (invocation(), rounds.to_le_bytes());
    module(&guest).call(host, Call { handler: 0, invocation: &invocation, input: &input, limits }).1
}

#[test]
fn a_connector_waits_longer_than_it_may_compute() {
    let limits = Limits { wall: Duration::from_secs(10), busy: Duration::from_millis(30), ..Limits::default() };
    assert_eq!(connecting(1, limits.clone()), Ended::Output(Vec::new()));
    let Ended::Faulted(fault) = connecting(u32::MAX, limits) else { panic!("it computes on") };
    assert_eq!(fault.code, fault::TIMEOUT);
    assert!(fault.detail.contains("30 ms of its own computing"), "{}", fault.detail);
    assert!(matches!(connecting(1, wall(20)), Ended::Faulted(fault) if fault.detail.contains("20 ms of wall time")));
}

#[test]
fn memory_is_summed_over_calls_inside_one_another() {
    // Grows by six hundred pages, then calls on.
    let guest = Guest { handle: format!("(drop (memory.grow (i32.const 600))) {}", caller().handle), ..caller() };
    let module = Arc::new(module(&guest));
    assert!(matches!(nested(&module, 1).0, Ended::Output(_)));
    let fault = limit(nested(&module, 2).0);
    assert!(fault.detail.contains("bytes of linear memory"), "{}", fault.detail);
    // What a call inside had is free when it is over: one after the other may have as much.
    let twice = Guest { handle: format!("{0} drop {0}", caller().handle), ..caller() };
    let (outer, inner) = (crate::fixture::module(&twice), crate::fixture::module(&grower()));
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let on_call = move |_: &str, _: &[u8]| {
        counted.fetch_add(1, Ordering::Relaxed);
        match call(&inner, 0, &900u16.to_le_bytes()) {
            Ended::Output(output) => Ok(Ok(output)),
            other => panic!("{other:?}"),
        }
    };
    let host = TestHost { on_call: Some(Box::new(on_call)), ..TestHost::default() };
    let invocation = invocation();
    let call = Call { handler: 0, invocation: &invocation, input: b"", limits: Limits::default() };
    assert!(matches!(outer.call(host, call).1, Ended::Output(_)));
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[test]
fn fuel_is_counted_and_bounded() {
    let engine = Engine::new(EngineOptions { instances: 4, fuel: true }).unwrap();
    let module = load(&engine, &counter().wasm());
    let used = |n: u32| call_within(&module, &n.to_le_bytes(), Limits::default()).2.fuel;
    let (ten, twenty) = (used(10), used(20));
    assert!(ten > 0 && twenty > ten);
    assert_eq!(used(10), ten, "the same work costs the same");
    let limits = Limits { fuel: Some(ten), ..Limits::default() };
    assert_eq!(call_within(&module, &10u32.to_le_bytes(), limits.clone()).1, Ended::Output(Vec::new()));
    // Looked at where a loop begins anew: it may run over by one round.
    let Ended::Faulted(fault) = call_within(&module, &20u32.to_le_bytes(), limits).1 else { panic!() };
    assert_eq!(fault.code, fault::TIMEOUT);
    assert!(fault.detail.contains("WebAssembly operations"), "{}", fault.detail);
}

/// Calls itself through the host, and hands on what comes back.
fn caller() -> Guest {
    Guest {
        imports: &["operations"],
        ..Guest::handling(
            "(call $operations (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (local.get $in) (local.get $in_len) (i32.const 600))
             (i32.const 600)",
        )
    }
}

/// A host whose `call` runs the module again, as deep as `left` says; counts the levels.
fn nesting(module: Arc<Module<TestHost>>, left: u32, reached: Arc<AtomicU32>) -> TestHost {
    reached.fetch_add(1, Ordering::Relaxed);
    let on_call = move |_: &str, input: &[u8]| {
        if left == 0 {
            return Ok(Ok(input.to_vec()));
        }
        let inner = nesting(module.clone(), left - 1, reached.clone());
        let invocation = invocation();
        match module.call(inner, Call { handler: 0, invocation: &invocation, input, limits: Limits::default() }).1 {
            Ended::Output(output) => Ok(Ok(output)),
            Ended::Failed(failure) => Ok(Err(failure)),
            Ended::Faulted(fault) => Err(HostError::Fault(fault)),
        }
    };
    TestHost { on_call: Some(Box::new(on_call)), ..TestHost::default() }
}

fn nested(module: &Arc<Module<TestHost>>, levels: u32) -> (Ended, u32) {
    let (module, reached) = (module.clone(), Arc::new(AtomicU32::new(0)));
    let run = move || {
        let host = nesting(module.clone(), levels - 1, reached.clone());
        let invocation = invocation();
        let ended = module
            .call(host, Call { handler: 0, invocation: &invocation, input: b"deep", limits: Limits::default() })
            .1;
        (ended, reached.load(Ordering::Relaxed))
    };
    std::thread::Builder::new().stack_size(THREAD_STACK_BYTES).spawn(run).unwrap().join().unwrap()
}

#[test]
fn calls_nest_as_deep_as_the_limit_says_and_no_deeper() {
    let module = Arc::new(module(&caller()));
    assert_eq!(nested(&module, limits::NESTING), (Ended::Output(b"deep".to_vec()), limits::NESTING));
    let (ended, _) = nested(&module, limits::NESTING + 1);
    assert!(limit(ended).detail.contains("calls inside one another"));
    // The thread counts correctly after a fault.
    assert_eq!(nested(&module, limits::NESTING).0, Ended::Output(b"deep".to_vec()));
}

#[test]
fn every_nested_call_has_its_whole_stack() {
    // Recurses 4,000 frames deep, then calls on.
    let guest = Guest {
        more: "(func $deep (param $n i32) (result i32) (if (result i32) (local.get $n) (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get $n) (i32.const 1))))) (else (call $out))))
               (func $out (result i32)
                 (call $operations (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 600)) (i32.const 0))".to_owned(),
        handle: "(drop (call $deep (i32.const 4000))) (i32.const 600)".to_owned(),
        ..caller()
    };
    let module = Arc::new(module(&guest));
    assert!(matches!(nested(&module, limits::NESTING).0, Ended::Output(_)));
}

#[test]
fn a_call_without_a_free_instance_is_the_hosts_fault_not_the_modules() {
    let engine = Engine::new(EngineOptions { instances: 1, fuel: false }).unwrap();
    let module = Arc::new(load(&engine, &caller().wasm()));
    let (ended, _) = nested(&module, 2);
    let Ended::Faulted(fault) = ended else { panic!() };
    assert_eq!(fault.code, fault::HOST);
    assert_eq!(engine.pool_metrics().component_instances, 0, "the slot is free again");
    assert!(matches!(nested(&module, 1).0, Ended::Output(_)));
}

#[test]
fn the_pool_is_counted() {
    let metrics = ENGINE.pool_metrics();
    assert!(metrics.pooled);
    assert!(metrics.component_instances <= 64);
}
