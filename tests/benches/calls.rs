//! One call in a fresh instance, without HTTP and database: what it takes, and whether two threads do it in half the time.

use crate::setting::{Modules, compiler};
use crate::table::{Goal, Row, Spread};
use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant as Monotonic};
use toolcrib_contract::host::{Failure, Host, HostError, Invocation, fault};
use toolcrib_contract::json;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_sandbox::{Call, Ended, Engine, EngineOptions, Limits, Module};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(700);
/// Calls between two looks at the clock.
const BURST: u64 = 64;

/// A host that keeps nothing: what is left is the sandbox's own cost.
struct Nowhere;

impl Host for Nowhere {
    fn insert(&mut self, _: &str, _: &[u8], count: u32) -> Result<Vec<RawId>, HostError> {
        Ok(vec![RawId([7; 16]); count as usize])
    }
    fn get(&mut self, _: &str, _: RawId) -> Result<Option<Vec<u8>>, HostError> {
        Ok(None)
    }
    fn update(&mut self, _: &str, _: RawId, rev: u64, _: &[u8]) -> Result<u64, HostError> {
        Ok(rev + 1)
    }
    fn delete(&mut self, _: &str, _: RawId, _: u64) -> Result<(), HostError> {
        Ok(())
    }
    fn select(&mut self, _: &str, _: &[u8]) -> Result<Vec<u8>, HostError> {
        Err(absent())
    }
    fn shared_get(&mut self, _: &str, _: &str, _: RawId) -> Result<Option<Vec<u8>>, HostError> {
        Ok(None)
    }
    fn shared_select(&mut self, _: &str, _: &str, _: &[u8]) -> Result<Vec<u8>, HostError> {
        Err(absent())
    }
    fn emit(&mut self, _: &str, _: &[u8]) -> Result<(), HostError> {
        Ok(())
    }
    fn set_timer(&mut self, _: &str, _: &str, _: Instant, _: &[u8]) -> Result<(), HostError> {
        Ok(())
    }
    fn cancel_timer(&mut self, _: &str, _: &str) -> Result<bool, HostError> {
        Ok(false)
    }
    fn send_effect(&mut self, _: &str, _: &str, _: &[u8]) -> Result<RawId, HostError> {
        Ok(RawId([7; 16]))
    }
    fn call(&mut self, _: &str, _: &str, _: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        Err(absent())
    }
    fn fetch(&mut self, _: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        Err(absent())
    }
    fn run(&mut self, _: &str, _: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        Err(absent())
    }
    fn samples(&mut self, _: &str, _: Instant, _: Instant, _: u32) -> Result<Vec<u8>, HostError> {
        Err(absent())
    }
    fn log(&mut self, _: u8, _: &str) {}
}

fn absent() -> HostError {
    HostError::fault(fault::HOST, "this host has nothing to read")
}

/// One handler with its input.
struct Handler {
    module: Module<Nowhere>,
    number: u32,
    input: Vec<u8>,
    invocation: Invocation,
}

impl Handler {
    fn new(module: &Module<Nowhere>, name: &str, input: &serde_json::Value) -> Self {
        let (_, manifest, _) = module.describe(Nowhere, Limits::default());
        let manifest = manifest.expect("the module describes itself");
        let (number, def) = manifest.handler(name).expect("the handler is declared");
        let input = json::read(&def.input, input).expect("the input fits");
        let invocation = Invocation {
            now: Instant(1_795_420_800_000_000),
            seed: 7,
            actor: "user:018f0e6e".to_owned(),
            role: "operator".to_owned(),
        };
        Self { module: module.clone(), number, input, invocation }
    }

    fn call(&self) {
        let call =
            Call { handler: self.number, invocation: &self.invocation, input: &self.input, limits: Limits::default() };
        let (_, ended, _) = self.module.call(Nowhere, call);
        assert!(matches!(ended, Ended::Output(_)), "{ended:?}");
    }
}

/// How often per second `work` is done by this many threads together.
fn rate(threads: usize, work: &(impl Fn() + Sync)) -> f64 {
    let barrier = Barrier::new(threads);
    let one = |nth: u64| {
        (0..BURST).for_each(|_| work());
        barrier.wait();
        let (started, mut done, mut dice) = (Monotonic::now(), 0, nth);
        while started.elapsed() < ROUND {
            (0..BURST).for_each(|_| work());
            done += BURST;
            // Two threads that march in step would hand each other their instances' memory at every call.
            dice = dice.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (0..dice >> 56).for_each(|_| std::hint::spin_loop());
        }
        done as f64 / started.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|nth| scope.spawn(move || one(nth as u64))).collect();
        workers.into_iter().map(|worker| worker.join().expect("the call works")).sum()
    })
}

/// Rates of one thread and of two, in turns.
struct Scaling {
    one: Vec<f64>,
    two: Vec<f64>,
}

impl Scaling {
    fn round(&mut self, work: &(impl Fn() + Sync)) {
        self.one.push(rate(1, work));
        self.two.push(rate(2, work));
    }

    fn empty() -> Self {
        Self { one: Vec::new(), two: Vec::new() }
    }

    fn time_row(&self, what: &str, goal: Goal) -> Row {
        let times = Spread::new(self.one.iter().map(|rate| 1e6 / rate).collect());
        Row { what: what.to_owned(), ours: (times, "µs"), peer: None, ratio: None, goal }
    }

    fn scaling_row(&self, what: &str, goal: Goal) -> Row {
        let (one, two) = (Spread::new(self.one.clone()), Spread::new(self.two.clone()));
        let ratio = Some(Spread::quotient(&self.two, &self.one));
        Row { what: what.to_owned(), ours: (two, "/s"), peer: Some(one), ratio, goal }
    }
}

pub fn rows(modules: &Modules) -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let native = compiler(folder.path().to_owned()).compile(&engine, &modules.ledger().bytes).expect("ledger compiles");
    let module = engine.load::<Nowhere>(&native).expect("ledger links");
    let note = Handler::new(&module, "note", &serde_json::json!({"text": "pressed 40, scrapped 2", "amount": 42}));
    let empty = Handler::new(&module, "empty", &serde_json::json!({}));
    let bytes = vec![7; 4 << 10];
    let [mut native, mut bare, mut asked, mut noted] = std::array::from_fn(|_| Scaling::empty());
    for _ in 0..ROUNDS {
        native.round(&|| _ = black_box(Sha256::digest(black_box(&bytes))));
        bare.round(&|| module.instantiate(Nowhere, Limits::default()).1.expect("an instance"));
        asked.round(&|| empty.call());
        noted.round(&|| note.call());
    }
    vec![
        bare.time_row("Instance made and dropped, 1 thread", Goal::None),
        asked.time_row("Fresh instance, empty query, 1 thread", Goal::AtMost(10.0)),
        noted.time_row("Fresh instance, command with 2 host calls, 1 thread", Goal::AtMost(10.0)),
        asked.scaling_row("Fresh-instance empty queries, 2 threads vs 1", Goal::AtLeast(1.6)),
        noted.scaling_row("Fresh-instance commands, 2 threads vs 1", Goal::AtLeast(1.6)),
        native.scaling_row("For comparison: native SHA-256 of 4 KiB, 2 threads vs 1", Goal::None),
    ]
}
