//! `cargo bench -p toolcrib-tests [-- SECTION…]`: what isolation and durability cost, as ratios to a peer of the same run.
//!
//! With `--tenants=2000` the section `fleet` measures this number alone.
//! With `--quick` the sections about readings, a city and PostgreSQL only show that they work.
//!
//! Client, product and peer share the machine's cores; product and peer are measured in turns, and every figure is a
//! median with the least and the most of its rounds. Absolute figures are this machine's, ratios travel better.

#![expect(clippy::print_stdout, reason = "the result is a text for people")]

mod bare_disk;
mod by_hand;
mod by_hand_postgres;
mod by_hand_readings;
mod calls;
#[path = "../capacity/mod.rs"]
mod capacity;
mod city;
#[expect(dead_code, reason = "shared with the tests, which also kill it")]
#[path = "../cluster.rs"]
mod cluster;
mod cold;
#[expect(dead_code, reason = "shared with the crash tests, which throw more kinds of dice")]
#[path = "../dice.rs"]
mod dice;
mod fleet;
mod http;
mod load;
mod memory;
#[expect(dead_code, reason = "shared with the tests, which start it again")]
#[path = "../mosquitto.rs"]
mod mosquitto;
mod mqtt;
mod on_paper;
mod postgres;
mod publishers;
mod readings;
mod report;
mod screens;
mod setting;
mod sides;
mod table;
#[expect(dead_code, reason = "shared with the tests, which also wait asynchronously")]
#[path = "../wait.rs"]
mod wait;

use table::Row;

/// A section's name, and what measures it.
type Section = (&'static str, fn(&setting::Modules) -> Vec<Row>);

/// In this order: memory first, while the process has allocated little.
const SECTIONS: [Section; 16] = [
    ("memory", memory::rows),
    ("calls", calls::rows),
    ("query", http::query_rows),
    ("command", http::command_rows),
    ("postgres", postgres::rows),
    ("hosts", postgres::host_rows),
    ("tenants", postgres::tenant_rows),
    ("readings", readings::rows),
    ("mqtt", mqtt::rows),
    ("fleet", fleet::rows),
    ("cold", cold::rows),
    ("report", report::rows),
    ("report-on-postgres", postgres::report_rows),
    ("screens", screens::rows),
    ("city", city::rows),
    ("capacity", on_paper::rows),
];

fn main() {
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let modules = setting::Modules::build();
    println!("{}", setting::machine());
    let mut rows = Vec::new();
    for (name, measure) in SECTIONS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            println!("measuring {name} …");
            let measured = measure(&modules);
            println!("{}", table::plain(&measured));
            rows.extend(measured);
        }
    }
    println!("{}\n{}", table::plain(&rows), table::markdown(&rows));
}
