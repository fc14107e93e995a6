//! Texts whose keys are made from a code: every family of them is known here, and has words in both languages for every
//! value that its code can have.

use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use toolcrib_registry_client::wire::{
    Account, AssessmentKind, Category, CityKind, FirmClass, IdentificationKind, IdentificationState, OfferState,
    PlanKind, ProjectState, RolloutAction, SubmissionState,
};
use toolcrib_ui::language::{Lang, Tr};

/// The cases of an enum, as serde itself lists them to whoever names one that is not there.
fn cases<T: DeserializeOwned>() -> Vec<String> {
    let Err(error) = serde_json::from_str::<T>("\"?\"") else { panic!("`?` is a case") };
    let error = error.to_string();
    let known = error.split("expected").nth(1).unwrap_or_default();
    let cases: Vec<_> = known.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(!cases.is_empty(), "{error}");
    cases
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// What the marketplace writes down: the texts of its sources that have the form of an act, under a noun that an act has.
fn acts() -> BTreeSet<String> {
    fn read(dir: &Path, sources: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            match path.file_stem().is_some_and(|name| name == "tests") {
                true => {}
                false if path.is_dir() => read(&path, sources),
                false => sources.push(fs::read_to_string(&path).unwrap()),
            }
        }
    }
    let mut sources = Vec::new();
    for part in ["catalog", "programme"] {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../registry").join(part).join("src"), &mut sources);
    }
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(&byte));
    let has_form = |text: &&str| text.contains('.') && text.split('.').all(is_part) && !text.ends_with(".rs");
    // Tests stand at the end of a file.
    let code = sources.iter().filter_map(|source| source.split("#[cfg(test)]").next());
    let texts: BTreeSet<&str> =
        code.clone().flat_map(|source| source.split('"').skip(1).step_by(2)).filter(has_form).collect();
    let said = code.flat_map(|source| source.split("act: \"").skip(1)).filter_map(|rest| rest.split(['.', '"']).next());
    let nouns: BTreeSet<&str> = said.chain(["org", "tenant", "project", "session"]).collect();
    let acts = texts.into_iter().filter(|text| text.split('.').next().is_some_and(|noun| nouns.contains(noun)));
    let acts: BTreeSet<String> =
        acts.filter(|text| !text.starts_with("org.opencontainers")).map(str::to_owned).collect();
    assert!(acts.len() > 100 && acts.contains("project.award") && acts.contains("org.member"), "{acts:?}");
    acts
}

/// Families of keys with the values of their code; `{}` stands for it.
fn families() -> Vec<(&'static str, Vec<String>)> {
    let with = |mut all: Vec<String>, more: &str| {
        all.extend(words(more));
        all
    };
    vec![
        ("admin-consent-{}", words("agree upgrade auto rollback revoke")),
        (
            "admin-refused-{}",
            words("topic-not-allowed filter-not-allowed reading-conflict not-storable lost-at-quality-0"),
        ),
        ("admin-scope-{}", words("read tenant-admin publish-new publish-update yank listing review")),
        ("admin-tab-{}", words("overview settings grants usage health versions")),
        ("admin-tone-{}", words("bad warn info")),
        (
            "broker-is-{}",
            words(
                "off connecting connected not-allowed away sign-in-refused topic-refused too-large malformed silent cut not-stored",
            ),
        ),
        ("evidence-key-{}", words("h2 h1 b0 c1")),
        (
            "finding-place-{}",
            words(
                "handler record field event case read-of read call-of call view tab section cell listing description
                 changes segments licence problems figures set-up title summary help-text help reason-of-the-request
                 reason-of reason-to-read reason-to-call module-name version words word scenario step dependency
                 custom-section data-segment data core-module component import imported-memory memory table function
                 requests capabilities input output parameter body operation column state label text unit a-button
                 describe",
            ),
        ),
        ("mapping-kind-{}", words("number count counter flag word state")),
        ("market-consent-{}", words("agree upgrade auto rollback revoke")),
        ("market-price-{}", cases::<PlanKind>()),
        ("vendor-plan-{}", cases::<PlanKind>()),
        ("vendor-role-{}", words("owner member admin reviewer auditor official assessor")),
        ("vendor-scope-{}", words("read tenant-admin publish-new publish-update yank listing review")),
        (
            "prog-act-{}",
            words(
                "apply withdraw review score pass fail refuse publicise publish rate warn demand report lapse restore suspend
                 delist reinstate reopen expire supersede object appeal",
            ),
        ),
        (
            "prog-book-{}",
            words(
                "grant file accept uphold refund_accepted withdraw pay_part pay_last claw_back recover service_award service_pay
                 service_recover service_claw_back",
            ),
        ),
        ("prog-offer-act-{}", words("make revise sign decline withdraw")),
        (
            "prog-step-{}",
            words(
                "enrol assess_self_before assess_onsite_before assess_self_after assess_onsite_after diagnose file start deliver
                 invoice pay refund refund_accepted accept reject publish object dismiss uphold award pay_part pay_last review
                 claw_back recover withdraw mark_dishonest clear_dishonest",
            ),
        ),
        ("market-order-{}", words("fitting newest rated cheapest")),
        ("prog-account-{}", cases::<Account>()),
        ("prog-assess-{}", cases::<AssessmentKind>()),
        ("prog-category-{}", cases::<Category>()),
        ("prog-city-{}", cases::<CityKind>()),
        ("prog-class-{}", cases::<FirmClass>()),
        ("prog-identified-{}", cases::<IdentificationKind>()),
        ("prog-key-{}", words("c5 c6 c7 c1 b0 h1 h2 e5 e6 h3")),
        ("prog-level-{}", words("1 2 3 4")),
        (
            "prog-look-{}",
            words(
                "projects one-projects evidence one-evidence archive ledger balances periods verify journal coverage services
                 cases levels identifications one-identifications one-contracts subscriptions consents",
            ),
        ),
        ("prog-offer-{}", cases::<OfferState>()),
        ("prog-role-{}", words("official assessor auditor")),
        ("prog-said-{}", words("award-part batch award scores vetted")),
        ("prog-scene-level-{}", words("0 1 2 3 4")),
        ("prog-side-{}", words("firm provider")),
        ("prog-standing-{}", cases::<IdentificationState>()),
        ("prog-state-{}", cases::<ProjectState>()),
        ("prog-track-named-{}", words("general chain")),
        ("prog-{}", words("base management results objections appeals")),
        ("role-{}", words("owner admin supervisor operator viewer")),
        ("second-{}", words("first-publication egress shared-data")),
        ("severity-{}", words("error warning note")),
        ("side-{}", words("provider marketplace")),
        ("state-{}", SubmissionState::ALL.iter().map(|state| state.as_str().to_owned()).collect()),
        ("tone-{}", words("info ok warn bad")),
        ("vendor-act-{}", acts().iter().map(|act| act.replace(['.', '_'], "-")).collect()),
        ("vendor-about-{}", words("platform usage registry")),
        ("vendor-actor-{}", words("server vetting clock billing health")),
        ("vendor-make-{}", words("deprecated yanked revoked approved")),
        ("vendor-pace-{}", words("done now waiting warned failed skipped")),
        (
            "vendor-rollout-{}",
            with(
                cases::<RolloutAction>().iter().map(|code| code.replace('_', "-")).collect(),
                "running halted done rolled-back",
            ),
        ),
        ("vendor-stage-{}", words("received signature component world description scenarios checks decision")),
        ("vendor-tab-{}", words("versions texts plans rollout ratings trusted")),
    ]
}

/// Families that pages can do without: what has no words is told otherwise. Each with why.
const OTHERWISE: &[(&str, &str)] = &[
    ("admin-act-{}", "operations have their module's words"),
    ("admin-actor-{}", "people have names of their own"),
    ("admin-detail-{}", "what was said of a call, read as it is"),
    ("admin-part-{}", "the part's own name"),
    ("broker-{}", "fields of the form, each on a sample page"),
    ("broker-{}-help", "fields of the form, each on a sample page"),
    ("mapping-refused-{}", "its own test; else the reason as it was kept"),
    ("mapping-{}", "fields of the form, each on a sample page"),
    ("mapping-{}-help", "fields of the form, each on a sample page"),
    ("market-kind-{}", "codes of addresses that nobody knows"),
    ("market-subsidy-{}", "codes of addresses that nobody knows"),
    ("market-waits-{}", "said only where there is something to say"),
    ("problem-{}-remedy", "a test of the texts themselves"),
    ("prog-do-{}", "each on a sample page"),
    ("prog-do-{}-help", "said only where it helps"),
    ("prog-doubt-{}", "what the registry says of it"),
    ("prog-field-{}", "fields of the forms, each on a sample page"),
    ("prog-field-{}-help", "said only where it helps"),
    ("prog-next-{}", "said only where something comes next"),
    ("prog-scene-{}", "fields of the form, each on a sample page"),
    ("prog-score-{}", "fields of the form, each on a sample page"),
    ("prog-wait-{}", "states that wait for the city, each on a sample page"),
    ("vendor-canned-name-{}", "each on a sample page"),
    ("vendor-canned-{}", "each on a sample page"),
    ("vendor-done-{}", "words of an address"),
    ("vendor-part-{}", "each on a sample page"),
    ("{}-coverage", "both on a sample page"),
    ("{}-help", "said only where it helps"),
];

/// Keys that sources make from codes, with `{}` for these: what follows `.t(&format!(` and its like.
fn made(dir: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            made(&path, found);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for call in [".t(&format!(\"", ".maybe(&format!(\"", ".with(&format!(\""] {
            let keys = source.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(keys.filter(|key| key.contains('{') && !key.starts_with('_')).map(family));
        }
    }
}

/// `prog-{act}-help` → `prog-{}-help`.
fn family(key: &str) -> String {
    let mut parts = key.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |made, part| made + "{}" + part.split_once('}').map_or("", |(_, rest)| rest))
}

#[test]
fn every_text_that_is_named_by_a_code_has_words_in_both_languages() {
    for lang in Lang::ALL {
        let missing: Vec<_> = families()
            .into_iter()
            .flat_map(|(family, values)| values.into_iter().map(move |value| family.replace("{}", &value)))
            .filter(|key| Tr::new(lang).maybe(key).is_none_or(|text| text.trim().is_empty()))
            .collect();
        assert!(missing.is_empty(), "{lang:?}: {missing:?}");
    }
}

#[test]
fn every_family_of_texts_is_known_and_none_is_known_in_vain() {
    let mut found = BTreeSet::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for dir in ["src", "../ui/src"] {
        made(&here.join(dir), &mut found);
    }
    let known: BTreeSet<_> = families()
        .iter()
        .map(|(family, _)| *family)
        .chain(OTHERWISE.iter().map(|(family, _)| *family))
        .map(str::to_owned)
        .collect();
    assert_eq!(known.len(), families().len() + OTHERWISE.len(), "a family twice");
    let unknown: Vec<_> = found.difference(&known).collect();
    assert!(unknown.is_empty(), "say in `families` what values they have: {unknown:?}");
    let idle: Vec<_> = known.difference(&found).collect();
    assert!(idle.is_empty(), "nothing makes these any more: {idle:?}");
}

/// Sentences of problems that pages make themselves: the literals of `because`. What only samples and tests say is none.
fn sentences(dir: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap_or_default();
        if name == "samples" || name == "tests" {
            continue;
        }
        if path.is_dir() {
            sentences(&path, found);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for rest in source.split(".because(").skip(1) {
            let rest = rest.trim_start();
            let is_made = rest.starts_with("format!(");
            let Some(rest) = rest.trim_start_matches("format!(").trim_start().strip_prefix('"') else { continue };
            let literal = rest.split('"').next().unwrap_or_default();
            // What is filled in stands for a name or a number.
            found.insert(if is_made { filled(literal) } else { literal.to_owned() });
        }
    }
}

/// A format's text with a number in place of each value.
fn filled(literal: &str) -> String {
    let mut parts = literal.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |made, part| made + "7" + part.split_once('}').map_or("", |(_, rest)| rest))
}

#[test]
fn whatever_the_console_says_of_a_problem_is_said_in_chinese() {
    let mut found = BTreeSet::new();
    sentences(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 40, "{found:?}");
    let mute: Vec<_> =
        found.iter().filter(|text| toolcrib_ui::part::translated(Tr::new(Lang::ZhCn), text).is_none()).collect();
    assert!(mute.is_empty(), "have no translation, `problem-says-…`: {mute:#?}");
}
