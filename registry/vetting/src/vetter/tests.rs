//! Whole submissions: what passes, and what each kind of bad one is told, in bounded time.

use super::*;
use crate::guest::{Guest, story};
use std::process::ExitCode;
use toolcrib_contract::Type;
use toolcrib_contract::evidence::Outcome;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::Expect;
use toolcrib_contract::view::{Source, View, kpi, section};
use toolcrib_contract::words;

/// Not tests: the children, which the vetters of these tests start from this same binary.
#[test]
#[ignore = "started by other tests as their child"]
fn vet_child() {
    std::process::exit(i32::from(crate::vet_child_main() != ExitCode::SUCCESS));
}

#[test]
#[ignore = "started by other tests as their compiler"]
fn compile_child() {
    std::process::exit(i32::from(toolcrib_sandbox::compile_child_main() != ExitCode::SUCCESS));
}

fn child(name: &str) -> ChildCommand {
    let program = std::env::current_exe().unwrap();
    let test = format!("{}::{name}", module_path!().split_once("::").unwrap().1);
    ChildCommand { program, args: ["--exact", &test, "--ignored", "--nocapture"].map(Into::into).to_vec() }
}

fn vetter() -> Vetter {
    Vetter::new(child("vet_child"), child("compile_child"))
}

fn vet(bytes: &[u8]) -> Report {
    vetter().vet(&Submission { bytes, module: Some("notes"), ..Submission::default() })
}

/// The checks that the component does not pass.
fn told(guest: &Guest) -> Vec<(String, String)> {
    vet(&guest.wasm()).findings.into_iter().map(|finding| (finding.check, finding.what)).collect()
}

#[test]
fn a_report_lays_changed_texts_side_by_side() {
    let (before, mut after) = (Guest::default(), Guest::default());
    after.manifest.version = "1.0.1".into();
    after.package.as_mut().unwrap().words.zh.insert("count".into(), "总条数".into());
    let bytes = after.wasm();
    let compared = |previous_package| {
        let previous = Some(&before.manifest);
        let submission =
            Submission { bytes: &bytes, module: Some("notes"), previous, previous_package, ..Submission::default() };
        vetter().vet(&submission)
    };
    let report = compared(before.package.as_ref());
    let [change] = &report.evidence.texts[..] else { panic!("{:?}", report.evidence.texts) };
    let zh = |words: &Option<Words>| words.as_ref().unwrap().zh.clone();
    assert_eq!(
        (change.place.as_str(), zh(&change.before), zh(&change.after)),
        ("word count", "条数".into(), "总条数".into())
    );
    assert!(report.evidence.checklist.iter().any(|task| task.topic == "texts"));
    assert_eq!(compared(None).evidence.texts, [], "a first version has nothing to be compared with");
}

#[test]
fn what_views_show_is_kept_with_the_story_the_moment_and_who_looked() {
    let mut guest = Guest::default();
    let mut view = View::new(("件数", "Count")).section(section().cell(3, kpi(Source::of("count"), "")));
    view.name = "board".into();
    guest.manifest.views.push(view);
    let report = vet(&guest.wasm());
    assert_eq!(report.findings, []);
    let [preview] = &report.evidence.previews[..] else { panic!("{:?}", report.evidence.previews) };
    let said = (preview.view.as_str(), preview.scenario.as_str(), preview.at.as_str(), preview.role.as_str());
    assert_eq!(said, ("board", "seven", "2026-01-05T08:00:00Z", "admin"));
    let [answered] = &preview.answers[..] else { panic!("{preview:?}") };
    assert_eq!((answered.query.as_str(), &answered.output), ("count", &serde_json::json!(7)));
    // A story that goes another way than told shows nothing.
    guest.package.as_mut().unwrap().scenarios = vec![story("eight", Expect::Output(8.into()))];
    assert_eq!(vet(&guest.wasm()).evidence.previews, []);
}

fn one(guest: &Guest, check: &str, part: &str) {
    let found = told(guest);
    assert!(matches!(found.as_slice(), [(found, what)] if found == check && what.contains(part)), "{found:?}");
}

/// What a scenario shows, the trials show too.
fn both(guest: &Guest, part: &str) {
    let found = told(guest);
    let checks: Vec<_> = found.iter().map(|(check, _)| check.as_str()).collect();
    assert_eq!(checks, ["scenario-mismatch", "generated-input"], "{found:?}");
    assert!(found.iter().all(|(_, what)| what.contains(part)), "{found:?}");
}

#[test]
fn a_good_component_passes_with_its_costs() {
    let report = vet(&Guest::default().wasm());
    assert_eq!(report.findings, []);
    assert!(report.passed());
    assert_eq!(report.rules, RULES);
    assert!(report.digest.starts_with("sha256:"));
    assert_eq!(report.manifest.unwrap().module, "notes");
    assert_eq!(report.package.unwrap().scenarios.len(), 1);
    assert_eq!((report.costs.len(), report.costs[0].handler.as_str(), report.costs[0].step), (1, "count", Some(0)));
    assert!(report.costs[0].fuel > 0 && report.costs[0].memory_bytes == 2 << 16);

    let evidence = report.evidence;
    assert_eq!(evidence.shadow, []);
    let compiled = evidence.compiled.unwrap();
    assert!(compiled.code_bytes > 0 && compiled.peak_bytes > 1 << 20, "{compiled:?}");
    assert_eq!((evidence.card.len(), evidence.card[0].handler.as_str()), (1, "count"));
    let trials = evidence.trials.unwrap();
    assert!(trials.inputs > 0 && trials.malformed > 0 && !trials.cut_short, "{trials:?}");
    assert_eq!(evidence.dependencies.len(), 1);
    assert_eq!(evidence.checks.len(), crate::roster::CHECKS.len());
    let open: Vec<_> = evidence.checks.iter().filter(|checked| checked.outcome != Outcome::Clean).collect();
    let open: Vec<_> = open.iter().map(|checked| checked.check.as_str()).collect();
    let expected =
        ["known-bad", "advisories", "compatibility", "minor-version", "capability-widened", "cost-regression"];
    assert_eq!(open, expected, "what could not be checked is not clean");
}

#[test]
fn it_is_told_step_by_step_how_far_the_checks_are() {
    let steps = |bytes: &[u8]| {
        let told = std::sync::Mutex::new(Vec::new());
        let submission = Submission { bytes, module: Some("notes"), ..Submission::default() };
        vetter().vet_telling(&submission, &|stage| told.lock().unwrap().push(stage));
        told.into_inner().unwrap()
    };
    assert_eq!(steps(&Guest::default().wasm()), Stage::ALL);
    assert_eq!(steps(b"no component"), [Stage::Component], "nothing begins behind what hosts refuse");
}

#[test]
fn the_same_component_is_tried_the_same_way() {
    let bytes = Guest::default().wasm();
    let (mut first, mut second) = (vet(&bytes), vet(&bytes));
    (first.evidence.compiled, second.evidence.compiled) = (None, None);
    assert_eq!(first, second);
}

#[test]
fn a_component_says_who_it_is() {
    let manifest = vetter().describe(&Guest::default().wasm()).unwrap();
    assert_eq!((manifest.module.as_str(), manifest.version.as_str()), ("notes", "1.0.0"));
    let mut guest = Guest::default();
    guest.manifest.version = "one".into();
    assert_eq!(vetter().describe(&guest.wasm()).unwrap_err()[0].check, "version");
    assert_eq!(vetter().describe(b"(component)").unwrap_err()[0].check, "text");
    let truncated = &Guest::default().wasm()[..300];
    assert_eq!(vetter().describe(truncated).unwrap_err().len(), 1);
}

#[test]
fn what_is_no_component_is_told_without_running() {
    let huge = vec![0; toolcrib_contract::limits::COMPONENT_BYTES + 1];
    let core = wat::parse_str("(module)").unwrap();
    for (bytes, check) in
        [(&b""[..], "empty"), (b"\x7fELF1234", "not-wasm"), (&huge, "too-large"), (&core, "core-module")]
    {
        let report = vet(bytes);
        assert_eq!(report.findings.iter().map(|finding| finding.check.as_str()).collect::<Vec<_>>(), [check]);
        assert!(!report.passed() && report.manifest.is_none());
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let mut guest = Guest { data: r#"(data (i32.const 900) "AKIAABCDEFGHIJKLMNOP")"#, ..Guest::default() };
    guest.manifest.module = "other".into();
    guest.manifest.title.zh.clear();
    guest.package.as_mut().unwrap().listing.licence.clear();
    guest.package.as_mut().unwrap().scenarios = vec![story("eight", Expect::Output(8.into()))];
    let mut checks: Vec<_> = told(&guest).into_iter().map(|(check, _)| check).collect();
    checks.sort();
    assert_eq!(checks, ["licence", "names", "scenario-mismatch", "secrets", "words"]);
}

#[test]
fn a_component_without_package_is_still_described() {
    let report = vet(&Guest { package: None, ..Guest::default() }.wasm());
    assert_eq!(report.findings.iter().map(|finding| finding.check.as_str()).collect::<Vec<_>>(), ["package"]);
    assert!(report.manifest.is_some());
}

#[test]
fn work_at_the_start_is_ended_and_told() {
    one(&Guest { start: "(loop $l (br $l))", ..Guest::default() }, "describe", "WebAssembly operations");
    one(&Guest { describe: "(loop $l (br $l))", ..Guest::default() }, "describe", "WebAssembly operations");
}

#[test]
fn a_component_that_takes_all_memory_is_ended_and_told() {
    let grow = "(loop $l (drop (memory.grow (i32.const 64))) (br $l))";
    one(&Guest { start: grow, ..Guest::default() }, "describe", "bytes of linear memory");
    both(&Guest { handle: grow, ..Guest::default() }, "module-limit");
}

#[test]
fn a_component_that_asks_the_host_while_it_is_described_is_refused() {
    let asks = "(call $log (i32.const 3) (i32.const 0) (i32.const 0))";
    one(&Guest { describe: asks, ..Guest::default() }, "describe", "log.write");
    one(&Guest { start: asks, ..Guest::default() }, "describe", "log.write");
}

#[test]
fn a_trap_is_told_with_its_place() {
    one(&Guest { describe: "unreachable", ..Guest::default() }, "describe", "unreachable");
    both(&Guest { handle: "unreachable", ..Guest::default() }, "unreachable");
}

#[test]
fn bytes_that_are_no_manifest_are_told() {
    let overwrite = "(memory.fill (i32.const 4096) (i32.const 255) (i32.const 64))";
    one(&Guest { describe: overwrite, ..Guest::default() }, "describe", "no manifest");
}

#[test]
fn a_manifest_nested_without_end_breaks_nothing_but_the_child() {
    let mut guest = Guest { pages: 16, ..Guest::default() };
    let mut nest = |levels: usize| {
        guest.manifest.handlers[0].output = (0..levels).fold(Type::Int, |of, _| Type::Option { of: Box::new(of) });
        guest.wasm()
    };
    let found = vet(&nest(12)).findings;
    assert!(found.len() == 1 && found[0].what.contains("nested 13 deep"), "{found:?}");
    let bytes = nest(2_000);
    let found = vet(&bytes).findings;
    assert!(found.len() == 1 && matches!(found[0].check.as_str(), "describe" | "contained"), "{found:?}");
    assert!(vetter().describe(&bytes).is_err());
}

#[test]
fn a_child_that_does_not_end_is_killed_and_told() {
    let quick = vetter().limited(Duration::from_millis(1));
    let bytes = Guest::default().wasm();
    let report = quick.vet(&Submission { bytes: &bytes, ..Submission::default() });
    assert_eq!(report.findings.iter().map(|finding| finding.check.as_str()).collect::<Vec<_>>(), ["contained"]);
}

#[test]
fn a_child_that_cannot_start_is_not_the_authors_fault_and_passes_nothing() {
    let missing = ChildCommand { program: "/nowhere/vet-child".into(), args: Vec::new() };
    let bytes = Guest::default().wasm();
    let report =
        Vetter::new(missing, child("compile_child")).vet(&Submission { bytes: &bytes, ..Submission::default() });
    assert_eq!(
        report.findings.iter().map(|finding| finding.check.as_str()).collect::<Vec<_>>(),
        ["checks-unavailable"]
    );
    assert!(!report.passed());
}

#[test]
fn a_flood_of_findings_stays_readable_and_keeps_its_weight() {
    let mut findings: Vec<_> =
        (0..1_000).map(|number| MORE.note("", words!("{number}", "{number}"), ("", ""))).collect();
    findings.push(MORE.error("", ("坏", "bad"), ("", "")));
    findings.push(MORE.error("", ("坏", "bad"), ("", "")));
    settle(&mut findings);
    assert_eq!(findings.len(), FINDINGS + 1);
    assert_eq!(findings.iter().filter(|finding| finding.severity == Severity::Error).count(), 1);
    assert_eq!(findings[0].what, "bad");

    let mut errors: Vec<_> =
        (0..1_000).map(|number| MORE.error("", words!("{number}", "{number}"), ("", ""))).collect();
    settle(&mut errors);
    assert_eq!(errors.last().unwrap().severity, Severity::Error);
}
