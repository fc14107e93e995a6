//! Resident memory of subscriptions that nobody uses at the moment, beyond the loaded modules.

use crate::setting::{Modules, Product, resident_bytes};
use crate::table::{Goal, Row, Spread};
use toolcrib_contract::types::RawId;

/// Tenants of a step. The first step fills what the process has asked for before and not used.
const TENANTS: usize = 1_000;
const STEPS: usize = 6;

pub fn rows(modules: &Modules) -> Vec<Row> {
    let product = Product::start(modules.all());
    let mut resident = Vec::new();
    let mut tenants = Vec::new();
    for step in 0..STEPS {
        tenants.extend((step * TENANTS..(step + 1) * TENANTS).map(|nth| product.tenant(nth)));
        resident.push(resident_bytes());
    }
    let each = |before: usize, after: usize| {
        after.saturating_sub(before) as f64 / (TENANTS * modules.all().len()) as f64 / 1_024.0
    };
    let never_used = Spread::new(resident.windows(2).map(|step| each(step[0], step[1])).collect());
    let unused = resident[STEPS - 1];
    let used: Vec<_> = (0..3).map(|_| use_and_close(&product, &tenants[..TENANTS])).collect();
    let row = |what: &str, ours: Spread, goal: Goal| {
        let what = format!("Memory of an idle subscription, {TENANTS} tenants × {}, {what}", modules.all().len());
        Row { what, ours: (ours, "KiB"), peer: None, ratio: None, goal }
    };
    let kept = Spread::new(vec![each(unused, used[0])]);
    let more = Spread::new(used.windows(2).map(|round| each(round[0], round[1])).collect());
    vec![
        row("not used yet", never_used, Goal::AtMost(2.0)),
        row("used once and closed: kept by the allocator", kept, Goal::None),
        row("used and closed again: more than before", more, Goal::AtMost(2.0)),
    ]
}

/// One command in each tenant, then all files closed.
fn use_and_close(product: &Product, tenants: &[RawId]) -> usize {
    for tenant in tenants {
        product.call(*tenant, "note", serde_json::json!({"text": "good morning", "amount": 1}));
    }
    product.close_all();
    resident_bytes()
}
