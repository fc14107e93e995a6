//! Golden and hostile submissions: what passes without a word, and which check must catch what.
//!
//! `forge` makes components from text, `bytes`, `words` and `running` are the cases, `clean` what we publish ourselves.

mod bytes;
mod clean;
mod forge;
mod running;
mod submissions;
mod words;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Mutex;
use submissions::{Case, caught};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::language::Lang;
use toolcrib_vetting::roster::{CHECKS, OWN};

/// No guest can show these: fresh instances with the same inputs have nothing to differ by. They would show a fault of
/// the sandbox itself, in whose tests that promise is kept.
const BEYOND_GUESTS: [&str; 2] = ["describe-differs", "scenario-differs"];

fn all() -> Vec<&'static Case> {
    let lists = [bytes::INSPECTED, bytes::HELD, words::SAID, words::COMPARED, running::RUN];
    lists.into_iter().flatten().collect()
}

/// Whether a finding says what, why and fix in both languages. A what may be a name and a figure beside its sign.
fn speaks(finding: &Finding) -> bool {
    let (zh, en) = (finding.told(Lang::ZhCn), finding.told(Lang::En));
    let is_chinese =
        |text: &str| text.chars().any(|char| matches!(char, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}'));
    is_chinese(&zh.what) && is_chinese(&zh.why) && is_chinese(&zh.fix) && en.why.is_ascii() && !en.fix.is_empty()
}

/// Vets the cases on two threads; gathers every disappointment, so that one run tells all.
fn disappointments(cases: &[&Case]) -> String {
    let (told, next) = (Mutex::new(String::new()), std::sync::atomic::AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    let report = (case.make)().vet();
                    let found = caught(&report);
                    let good =
                        if case.alone { found == BTreeSet::from([case.check]) } else { found.contains(case.check) };
                    let mute = report.findings.iter().chain(&report.evidence.shadow).find(|finding| !speaks(finding));
                    if !good || mute.is_some() {
                        let mut told = told.lock().unwrap();
                        let _ = writeln!(told, "{} ({}): {:#?}", case.name, case.check, report.findings);
                        if let Some(mute) = mute {
                            let _ = writeln!(told, "not in both languages: {mute:#?}");
                        }
                    }
                }
            });
        }
    });
    told.into_inner().unwrap()
}

#[test]
fn what_no_host_would_load_is_caught_before_anything_runs() {
    assert_eq!(disappointments(&bytes::INSPECTED.iter().collect::<Vec<_>>()), "");
}

#[test]
fn what_stands_in_the_bytes_is_caught_by_the_check_it_names() {
    assert_eq!(disappointments(&bytes::HELD.iter().collect::<Vec<_>>()), "");
}

#[test]
fn what_a_component_says_is_caught_by_the_check_it_names() {
    assert_eq!(disappointments(&words::SAID.iter().collect::<Vec<_>>()), "");
}

#[test]
fn what_differs_from_before_is_caught_by_the_check_it_names() {
    assert_eq!(disappointments(&words::COMPARED.iter().collect::<Vec<_>>()), "");
}

#[test]
fn what_shows_only_when_it_runs_is_caught_by_the_check_it_names() {
    assert_eq!(disappointments(&running::RUN.iter().collect::<Vec<_>>()), "");
}

#[test]
fn golden_submissions_pass_without_a_word() {
    for (name, submitted) in [bytes::golden(), words::golden(), running::golden()].into_iter().flatten() {
        let report = submitted.vet();
        assert_eq!(report.findings, [], "{name}");
        assert_eq!(report.evidence.shadow, [], "{name}");
    }
}

#[test]
fn every_check_has_a_case_that_only_it_catches() {
    let cases = all();
    assert!(cases.len() >= 60, "{} hostile submissions", cases.len());
    let known: BTreeSet<_> = CHECKS.iter().map(|check| check.id).collect();
    let alone: BTreeSet<_> = cases.iter().filter(|case| case.alone).map(|case| case.check).collect();
    for case in &cases {
        assert!(known.contains(case.check), "{} is no check", case.check);
    }
    let missing: Vec<_> =
        known.iter().filter(|check| !alone.contains(*check) && !BEYOND_GUESTS.contains(check)).collect();
    assert!(missing.is_empty(), "no case that only they catch: {missing:?}");
    assert!(OWN.iter().all(|own| !known.contains(own)));
}
