//! What the first call costs: of a tenant whose files are closed, and of a module that is only on disk.

use crate::setting::{Modules, Product, compiler};
use crate::table::{Goal, Row, Spread};
use std::time::Instant as Monotonic;
use toolcrib_contract::types::RawId;
use toolcrib_runtime::{OpenFiles, Options, Runtime};
use toolcrib_sandbox::{Engine, EngineOptions};

/// Tenants; each gives one cold sample a round.
const TENANTS: usize = 100;
const ROUNDS: usize = 3;
/// Loads of a module from the cache.
const LOADS: usize = 50;

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn timed_ms<T>(work: impl FnOnce() -> T) -> f64 {
    let started = Monotonic::now();
    drop(std::hint::black_box(work()));
    started.elapsed().as_secs_f64() * 1e3
}

/// Medians of one round over all tenants.
fn each(product: &Product, tenants: &[RawId], operation: &str, input: &serde_json::Value) -> f64 {
    median(tenants.iter().map(|tenant| timed_ms(|| product.call(*tenant, operation, input.clone()))).collect())
}

pub fn rows(modules: &Modules) -> Vec<Row> {
    let mut rows = tenant_rows(modules);
    rows.push(module_row(modules));
    rows
}

fn tenant_rows(modules: &Modules) -> Vec<Row> {
    let product = Product::start(&modules.all()[..1]);
    let tenants: Vec<_> = (0..TENANTS).map(|nth| product.tenant(nth)).collect();
    let calls = [
        ("query", "empty", serde_json::json!({})),
        ("command", "note", serde_json::json!({"text": "good morning", "amount": 1})),
    ];
    for tenant in &tenants {
        // Some history, so that opening has something to read.
        for _ in 0..20 {
            product.call(*tenant, "note", calls[1].2.clone());
        }
    }
    let mut rows = Vec::new();
    for (kind, operation, input) in calls {
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            product.close_all();
            cold.push(each(&product, &tenants, operation, &input));
            warm.push(each(&product, &tenants, operation, &input));
        }
        let ratio = Spread::quotient(&cold, &warm);
        let peer = Some(Spread::new(warm));
        let what = format!("First {kind} of a closed tenant vs the next one (ratio {:.1})", ratio.median());
        rows.push(Row { what, ours: (Spread::new(cold), "ms"), peer, ratio: None, goal: Goal::AtMost(1.0) });
    }
    rows
}

/// From the kept native code to a module that can be called, against compiling it.
fn module_row(modules: &Modules) -> Row {
    let product = Product::start(&[]);
    let ledger = modules.ledger();
    let compiled = timed_ms(|| product.runtime.load(ledger).expect("ledger compiles"));
    let fresh = || {
        // A runtime of its own each time, as after a restart; on the data directory whose cache is filled.
        let options = Options {
            data: product.data.clone(),
            tenant: Default::default(),
            workers: 1,
            slow_workers: 1,
            open_tenants: 1,
            open_files: OpenFiles::UNBOUNDED,
        };
        let engine = Engine::new(EngineOptions { instances: 8, ..EngineOptions::default() }).expect("an engine");
        Runtime::start(options, product.world(), engine, compiler(product.data.native()), None).expect("threads")
    };
    let load = |_| {
        let runtime = fresh();
        let time = timed_ms(|| runtime.load(ledger).expect("ledger loads"));
        runtime.stop();
        time
    };
    let loads = Spread::new((0..LOADS).map(load).collect());
    let what = "Module from the cache to callable (inspected, linked, described) vs compiling it".to_owned();
    Row { what, ours: (loads, "ms"), peer: Some(Spread::new(vec![compiled])), ratio: None, goal: Goal::None }
}
