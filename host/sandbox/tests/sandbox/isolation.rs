//! No byte survives from one call to the next, whatever slot of the pool they share.

use crate::fixture::{Guest, call, load};
use std::path::Path;
use toolcrib_sandbox::{Ended, Engine, EngineOptions};

/// Handler 0 grows to the number of pages in its input and fills everything from 64 KiB on with 0xA5, its tables too.
/// Handler 1 grows as far and returns how many of those bytes are not zero, and how many table elements are not null.
fn guest(pages: u32) -> Guest {
    Guest {
        pages,
        more: "(table $t 16 funcref) (elem declare func $some) (func $some)
               (func $grow (param $to i32)
                 (if (i32.gt_u (local.get $to) (memory.size)) (then
                   (if (i32.eq (memory.grow (i32.sub (local.get $to) (memory.size))) (i32.const -1)) (then unreachable)))))
               (func $fill (drop (table.grow $t (ref.func $some) (i32.const 1000))) (table.fill $t (i32.const 0) (ref.func $some) (i32.const 1016))
                 (memory.fill (i32.const 65536) (i32.const 0xa5) (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 65536))))
               (func $scan (result i32) (local $i i32) (local $found i32) (local $end i32)
                 (local.set $end (i32.shl (memory.size) (i32.const 16)))
                 (local.set $i (i32.const 65536))
                 (loop $l (if (i32.lt_u (local.get $i) (local.get $end)) (then
                   (if (i64.ne (i64.load (local.get $i)) (i64.const 0)) (then (local.set $found (i32.add (local.get $found) (i32.const 1)))))
                   (local.set $i (i32.add (local.get $i) (i32.const 8))) (br $l))))
                 (drop (table.grow $t (ref.null func) (i32.const 1000)))
                 (local.set $i (i32.const 0))
                 (loop $l (if (i32.lt_u (local.get $i) (table.size $t)) (then
                   (if (i32.eqz (ref.is_null (table.get $t (local.get $i)))) (then (local.set $found (i32.add (local.get $found) (i32.const 1)))))
                   (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
                 (local.get $found))"
            .to_owned(),
        handle: "(call $grow (i32.load (local.get $in)))
                 (if (result i32) (local.get $handler)
                   (then (i32.store (i32.const 600) (call $scan)) (call $ok (i32.const 600) (i32.const 4)))
                   (else (call $fill) (call $ok (i32.const 0) (i32.const 0))))"
            .to_owned(),
        ..Guest::default()
    }
}

/// Makes the system reclaim what it can from this process: from its control group where that is allowed, and by need
/// of memory. Without swap a page of a module never leaves, so this mostly moves the files beside it.
fn squeeze() {
    let group = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = group.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    // Not allowed everywhere; the need of memory below is.
    let _ = std::fs::write(Path::new("/sys/fs/cgroup").join(group).join("memory.reclaim"), "64M");
    let mut need = vec![0u8; 64 << 20];
    need.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
    assert_eq!(need.iter().map(|byte| usize::from(*byte)).sum::<usize>(), (64 << 20) / 4096);
}

/// Fills in one call and scans in the next, between two modules and within one, with little and much memory: what is
/// reset by copying, what is given back to the system, and what was grown.
fn fill_then_scan(engine: &Engine, rounds: u32, pressure: bool) {
    let (small, large) = (load(engine, &guest(2).wasm()), load(engine, &guest(20).wasm()));
    let pages: [u32; 4] = [2, 5, 20, 200];
    for round in 0..rounds {
        for to in pages {
            let filled = if round % 2 == 0 { &small } else { &large };
            assert_eq!(call(filled, 0, &to.to_le_bytes()), Ended::Output(Vec::new()));
            if pressure {
                squeeze();
            }
            for scanned in [&small, &large] {
                let found = call(scanned, 1, &to.max(64).to_le_bytes());
                assert_eq!(found, Ended::Output(vec![0; 4]), "bytes of round {round} with {to} pages survived");
            }
        }
    }
}

#[test]
fn no_byte_survives_from_one_call_to_the_next_in_the_same_slot() {
    let engine = Engine::new(EngineOptions { instances: 1, fuel: false }).unwrap();
    assert!(engine.pool_metrics().pooled);
    fill_then_scan(&engine, 50, false);
}

#[test]
fn no_byte_survives_under_memory_pressure() {
    let engine = Engine::new(EngineOptions { instances: 1, fuel: false }).unwrap();
    fill_then_scan(&engine, 4, true);
}

#[test]
fn no_byte_survives_when_threads_share_the_slots() {
    let engine = Engine::new(EngineOptions { instances: 4, fuel: false }).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| fill_then_scan(&engine, 8, false));
        }
    });
}

#[test]
fn globals_and_the_heap_start_anew() {
    let guest = Guest {
        more: "(global $g (mut i32) (i32.const 0))".to_owned(),
        handle: "(global.set $g (i32.add (global.get $g) (i32.const 1))) (i32.store (i32.const 600) (global.get $g)) (call $ok (i32.const 600) (i32.const 4))".to_owned(),
        ..Guest::default()
    };
    let module = crate::fixture::module(&guest);
    for _ in 0..3 {
        assert_eq!(call(&module, 0, b""), Ended::Output(vec![1, 0, 0, 0]));
    }
}
