//! What we publish ourselves passes every check without a word, and how long that takes is told.

use super::submissions::Submitted;
use crate::factory::MODULES;
use cargo_toolcrib::{Tools, build};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;
use toolcrib_contract::evidence::Outcome;

/// The most that a module of ours weighs, 300 KB: what a provider sees as the example to follow.
const COMPONENT_BYTES: usize = 300_000;

#[test]
fn the_first_party_modules_pass_without_a_word() {
    let tools = Tools::of(env!("CARGO_BIN_EXE_toolcrib-under-test"));
    let build = |module: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../modules").join(module);
        build::component(&folder, &tools).unwrap_or_else(|error| panic!("{error}"))
    };
    let all: Vec<_> = MODULES.into_iter().chain(["digital-index"]).map(build).collect();
    let mut found = Vec::new();
    for built in &all {
        let module = built.module.as_str();
        let others = all.iter().filter(|other| other.module != module).map(|other| other.manifest.clone()).collect();
        let submitted = Submitted { bytes: built.bytes.clone(), others, ..Submitted::default() };
        let started = Instant::now();
        let report = submitted.vet();
        let (took, kib) = (started.elapsed(), submitted.bytes.len() >> 10);
        let _ =
            writeln!(std::io::stderr(), "{module}: {kib} KiB, from its bytes to the verdict {} ms", took.as_millis());
        found.extend(
            report.findings.iter().chain(&report.evidence.shadow).map(|finding| format!("{module}: {finding:?}")),
        );

        assert!(submitted.bytes.len() <= COMPONENT_BYTES, "{module}: {} bytes", submitted.bytes.len());
        let trials = report.evidence.trials.unwrap();
        assert!(!trials.cut_short && trials.inputs > 100 && trials.faults > 100, "{module}: {trials:?}");
        assert!(report.needs_two_reviewers(), "it was never published before");
        assert!(!report.evidence.dependencies.is_empty());
        let handlers = &report.manifest.as_ref().unwrap().handlers;
        let carded: BTreeSet<_> = report.evidence.card.iter().map(|line| &line.handler).collect();
        assert!(handlers.iter().all(|handler| carded.contains(&handler.name)), "{module}: every handler has its costs");
        let open = |check: &str| report.evidence.checks.iter().find(|checked| checked.check == check).unwrap();
        assert!(matches!(open("advisories").outcome, Outcome::NotChecked(_)), "without a database nothing is clean");
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
