//! What a report from the shop floor costs, with everything that happens together with it, against one bare record.

use crate::load;
use crate::setting::{Modules, Product, slug};
use crate::table::{Goal, Row, Spread};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::Postgres;

pub const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);
/// Large enough for every report of the run.
const ORDERED: &str = "1000000";
/// Orders and people at work: a shop whose reports are spread as in earnest, not all on one card.
const ORDERS: usize = 400;
const PEOPLE: usize = 100;

/// A small factory with all modules, and beside it one that only keeps records.
pub struct Shop {
    product: Product,
    factory: RawId,
    address: SocketAddr,
    tokens: Vec<String>,
}

impl Shop {
    /// With orders and a lot to work on; with business in files or in a database.
    pub fn start(bare: &Modules, database: Option<Postgres>) -> Self {
        let mut modules = Modules::first_party();
        modules.add(bare.ledger().clone());
        let product = Product::start_on(modules.all(), database);
        let [factory, _] = [0, 1].map(|nth| product.tenant(nth));
        let ask = |module, operation, input| product.call_of(factory, module, operation, input);
        let steps = json!({"material": "bracket", "steps": [{"step": 10, "operation": "press"}]});
        ask("work-orders", "set_routing", steps);
        for nth in 0..ORDERS {
            let number = format!("WO-{nth}");
            let order = json!({"number": number, "material": "bracket", "quantity": ORDERED, "unit": "pcs"});
            ask("work-orders", "create_order", order);
            ask("work-orders", "release_order", json!({"number": number}));
        }
        let rate = json!({"material": "bracket", "valid_from": "2026-01-01", "yuan": "0.05", "unit": "pcs"});
        ask("piece-rate", "set_rate", rate);
        let coil = json!({"lot": "C-1", "material": "coil", "quantity": ORDERED, "unit": "kg"});
        ask("traceability", "receive_lot", coil);
        let (address, tokens) = product.serve(2);
        Self { product, factory, address, tokens }
    }

    /// One caller's reports, for a round.
    pub fn reports(&self, round: usize, told: Told) -> load::Outcome {
        load::run(self.address, 1, ROUND, |_, nth| {
            let path = format!("/v1/t/{}/m/job-reporting/report", slug(0));
            let entry = format!("{}{round}-{nth}", if told == Told::Pieces { "p" } else { "" });
            load::post(&path, &self.tokens[0], &report(round, nth, &entry, told).to_string(), Some(&entry))
        })
    }

    /// The same of single records.
    fn records(&self, round: usize) -> load::Outcome {
        load::run(self.address, 1, ROUND, |_, nth| {
            let path = format!("/v1/t/{}/m/ledger/note", slug(1));
            load::post(&path, &self.tokens[1], r#"{"text":"press 7","amount":5}"#, Some(&format!("n{round}-{nth}")))
        })
    }
}

/// What a report tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// A card, a person, a machine and what is good.
    Pieces,
    /// The lot that it made and one that went in, besides.
    Lots,
}

fn report(round: usize, nth: usize, entry: &str, told: Told) -> Value {
    let (order, person) = ((round * 97 + nth) % ORDERS, nth % PEOPLE);
    let mut report = json!({
        "card": format!("WO-{order}/10"), "entry": entry, "person": format!("P{person}"),
        "equipment": format!("press-{}", person % 10), "good": "5", "scrap": "0", "crew": [], "consumed": [],
    });
    if told == Told::Lots {
        report["consumed"] = json!([{"lot": "C-1", "quantity": "0.1"}]);
        report["lot"] = json!(format!("L-{order}"));
    }
    report
}

/// A report moves its order and its lot in one transaction; wages, OEE and inspection follow from its event meanwhile, on
/// the same tenant.
pub fn rows(bare: &Modules) -> Vec<Row> {
    let shop = Shop::start(bare, None);
    let mut rounds: Vec<[load::Outcome; 3]> = Vec::new();
    for round in 0..=ROUNDS {
        let outcomes = [shop.reports(round, Told::Pieces), shop.reports(round, Told::Lots), shop.records(round)];
        assert!(outcomes.iter().all(|outcome| outcome.failures == 0), "every request is answered with 200");
        if round > 0 {
            rounds.push(outcomes);
        }
    }
    println!("{}", shares(&shop.product, shop.factory));
    let row = |what: &str, side: usize, percentile: f64, goal: Goal| {
        let at =
            |side: usize| -> Vec<f64> { rounds.iter().map(|round| round[side].percentile_ms(percentile)).collect() };
        let (reports, records) = (at(side), at(2));
        let ratio = Some(Spread::quotient(&reports, &records));
        Row { what: what.into(), ours: (Spread::new(reports), "ms"), peer: Some(Spread::new(records)), ratio, goal }
    };
    let pieces = "A report with order, eight modules, 1 caller, vs one bare record; latency at the 95th percentile";
    let lots = "– the same with the lot it made and one that went in";
    let middle = "– latency in the middle";
    vec![
        row(pieces, 0, 0.95, Goal::AtMost(2.0)),
        row(middle, 0, 0.5, Goal::None),
        row(lots, 1, 0.95, Goal::AtMost(2.0)),
        row(middle, 1, 0.5, Goal::None),
    ]
}

/// What each operation and handler took by itself, calls inside it included: where the time of a report goes.
fn shares(product: &Product, tenant: RawId) -> String {
    let all = |writer: &mut toolcrib_store::Writer| writer.usage_between(Instant(0), Instant(i64::MAX / 2));
    let usage = product.tokio.block_on(product.runtime.with_writer(tenant, all)).expect("the usage is read");
    let line = |row: toolcrib_store::UsageRow| {
        let each = row.cpu_us as f64 / row.calls.max(1) as f64;
        format!("  {}/{}: {} calls, {each:.0} µs each\n", row.module, row.operation, row.calls)
    };
    usage.into_iter().map(line).collect()
}
