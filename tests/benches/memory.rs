//! Resident memory of subscriptions that nobody uses at the moment, beyond the loaded modules.

use crate::setting::{Modules, Product, resident_bytes};
use crate::table::{Goal, Row, Spread};

const TENANTS: usize = 1_000;

pub fn rows(modules: &Modules) -> Vec<Row> {
    let product = Product::start(modules.all());
    // What the first tenant and the first call bring into memory is everybody's.
    let first = product.tenant(0);
    let note = serde_json::json!({"text": "good morning", "amount": 1});
    product.call(first, "note", note.clone());
    product.close_all();
    let before = resident_bytes();
    let tenants: Vec<_> = (1..=TENANTS).map(|nth| product.tenant(nth)).collect();
    let unused = resident_bytes();
    for tenant in &tenants {
        product.call(*tenant, "note", note.clone());
    }
    product.close_all();
    let closed = resident_bytes();
    let subscriptions = TENANTS * modules.all().len();
    let row = |what: &str, after: usize| {
        let each = after.saturating_sub(before) as f64 / subscriptions as f64 / 1_024.0;
        let what = format!("Memory of one of {subscriptions} idle subscriptions, {what}");
        Row { what, ours: (Spread::new(vec![each]), "KiB"), peer: None, ratio: None, goal: Goal::AtMost(2.0) }
    };
    vec![row("never used", unused), row("each tenant used once and closed", closed)]
}
