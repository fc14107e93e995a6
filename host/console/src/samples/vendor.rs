//! The pages of providers and reviewers, drawn with sample data.

use super::{ID, module_page, parse, submission, version};
use crate::pages::provider::{home, keys, module, profile, publish, submissions, tokens, usage};
use crate::pages::review::{audit, incidents, providers, queue};
use crate::pages::sent::Sent;
use crate::pages::submission::{self as way, Before, Part, Shown};
use maud::Markup;
use serde_json::{Value as Json, json};
use toolcrib_contract::evidence::Stage;
use toolcrib_contract::problem::{NOT_FOUND, WRONG_STATE};
use toolcrib_registry_client::wire::{
    ApiToken, Diff, Member, ModulePage, Progress, Queue, Rating, Rollout, Submission, SubmissionState, UsageRow,
};
use toolcrib_ui::form::FormText;
use toolcrib_ui::gallery::{manifest, views};
use toolcrib_ui::shell::Shell;

const AT: &str = "2026-11-23T08:00:00Z";

fn rating(answer: Option<&str>) -> Rating {
    let id = if answer.is_some() { "r1" } else { "r2" };
    parse(
        json!({"id": id, "stars": 4, "text": "停机 <not> 少了", "rated_at": AT, "answer": answer, "answered_at": answer.map(|_| AT)}),
    )
}

fn usage_row(day: &str, version: &str, faults: u64) -> UsageRow {
    parse(
        json!({"day": day, "version": version, "calls": 1200, "faults": faults, "rows_written": 300, "cpu_us": 52_000, "tenants": "5-19"}),
    )
}

fn rollout(state: &str) -> Rollout {
    parse(
        json!({"module": "oee", "version": if state == "done" { "0.1.0" } else { "0.2.0" }, "rings": [10_000, 100_000, 1_000_000], "step_s": 86_400,
        "state": state, "ring": 1, "ring_since": AT, "invocations": 420, "faults": 2, "why": "because <not>"}),
    )
}

fn members() -> Vec<Member> {
    parse(json!([{"id": ID, "email": "li@example.com", "name": "李 <师傅>", "role": "owner"}]))
}

fn provider_page() -> toolcrib_registry_client::wire::ProviderPage {
    let paper = |id: &str, expired: bool| json!({"id": id, "title": "高新技术企业", "issuer": "科技厅 <b>", "number": "GR1", "valid_until": "2026-12-31", "expired": expired, "digest": "sha256:0123456789abcdef"});
    parse(
        json!({"slug": "good-soft", "name": "Good Soft", "about": {"zh": "做车间软件", "en": "We make <not> software"},
        "qualifications": [paper("q1", false), paper("q2", true)], "modules": []}),
    )
}

/// What of it a form of the provider's desk refused.
fn refused(pairs: &[(&str, &str)]) -> Sent {
    let form = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sent::refused(FormText::new(form), WRONG_STATE.because("why <not>"))
}

fn own(sums: bool) -> home::Own {
    let rows = [usage_row("2026-11-22", "0.1.0", 3)];
    home::Own {
        module: module_page(),
        sums: sums.then(|| usage::Sums::of(&rows)),
        ratings: vec![rating(None), rating(Some("谢谢"))],
    }
}

/// A submission with what its page says; `part` is for the comparison.
fn shown(submission: Submission, part: Part, decides: bool) -> Shown {
    let of = |before: Json, after: Json| json!({"place": "handlers/overview/output", "before": before, "after": after});
    let diff: Diff = parse(json!({
        "module": "oee", "before": "0.1.0", "after": "0.2.0", "capabilities": {"added": [], "removed": [], "now_required": []},
        "imports": {"added": ["outbox.send"], "removed": ["log.write"]},
        "schemas": [of(json!({"type": "int"}), json!({"type": "float"})), of(json!(null), json!("new <not>"))],
        "texts": [of(json!("旧"), json!("新"))], "views": [], "manifest": [],
    }));
    let report = submission.report.clone();
    Shown {
        before: Before { version: Some(version()), report },
        diff: (part == Part::Changes).then_some(diff),
        comments: vec![parse(json!({"by": "李 <师傅>", "side": "provider", "at": AT, "text": "why <not>?"}))],
        rollouts: vec![rollout("planned")],
        decides,
        provides: !decides,
        visitor: "wang@example.com".into(),
        submission,
    }
}

fn checking() -> Submission {
    let progress = Some(Progress { stage: Stage::Scenarios, since: AT.into() });
    Submission { progress, report: None, ..submission(SubmissionState::Checking) }
}

/// A version with evidence of everything.
pub fn evident(state: SubmissionState) -> Submission {
    let mut submission = submission(state);
    let report = submission.report.as_mut().unwrap();
    let evidence = &mut report.evidence;
    evidence.checks = parse(json!([
        {"check": "malformed", "stage": "component", "outcome": "clean"},
        {"check": "imports", "stage": "world", "outcome": "found"},
        {"check": "advisories", "stage": "checks", "outcome": {"not_checked": "there is no <not> database"}},
        {"check": "egress-entropy", "mode": "shadow", "stage": "checks", "outcome": "clean"},
    ]));
    evidence.compiled = parse(json!({"ms": 420, "code_bytes": 900_000, "peak_bytes": 90_000_000}));
    evidence.dependencies =
        parse(json!([{"name": "serde", "version": "1.0.0", "licence": "MIT", "advisories": ["RUSTSEC-0000-0000"]}]));
    evidence.behaviour = parse(
        json!([{"handler": "overview", "writes": ["stop"], "reads": ["plant/equipment"], "calls": [], "hosts": ["erp.example.com"], "uses_time": true}]),
    );
    evidence.card = parse(
        json!([{"handler": "overview", "calls": 12, "fuel_p50": 10, "fuel_p99": 20, "memory_bytes": 65_536, "rows_read": 2, "rows_written": 0, "events": 0, "output_bytes": 900}]),
    );
    evidence.trials =
        parse(json!({"seed": 7, "inputs": 120, "malformed": 30, "faults": 40, "fuel": 9, "cut_short": true}));
    evidence.checklist = parse(json!([{"topic": "egress", "what": "Look at <not> the host"}]));
    evidence.shadow = report.findings.clone();
    submission
        .decisions
        .push(parse(json!({"by": "wang@example.com", "at": AT, "act": "endorse", "state": "review", "reason": ""})));
    submission.history = parse(
        json!([{"at": AT, "by": "vetting", "act": "pass", "before": "checking", "after": "review", "reason": "rules 3"}]),
    );
    submission
}

fn queue_of(entries: usize) -> Queue {
    let entry = |at: usize| {
        json!({"id": ID, "module": "oee", "version": format!("0.{at}.0"), "org": "good-soft", "org_name": "Good <not> Soft",
        "state": "review", "submitted_by": "li", "submitted_at": AT, "age_s": 3_600 * 80, "due_at": AT, "overdue": at == 1,
        "claimed_by": if at == 2 { json!("王工") } else { json!(null) }, "claimed_at": null, "approvals": 0, "approvals_needed": 2, "second_because": ["egress"],
        "warnings": at, "consent": if at == 1 { "required" } else { "none" }, "added": if at == 1 { json!(["outbound:erp.example.com"]) } else { json!([]) }, "removed": [], "topics": ["egress"]})
    };
    let entries: Vec<_> = (1..=entries).map(entry).collect();
    parse(json!({"entries": entries, "next": "1.2", "counts": {"all": 3, "free": 2, "mine": 1, "overdue": 1}}))
}

/// Every page of both desks, by name.
pub fn pages(inside: &Shell) -> Vec<(&'static str, Markup)> {
    [provider(inside), module_tabs(inside), submissions_of(inside), review(inside)].into_iter().flatten().collect()
}

fn provider(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let none = Sent::default();
    let states = [evident(SubmissionState::Failed), checking()];
    let desk = |drafts| publish::Desk {
        registry: "registry.example".into(),
        email: "li@example.com".into(),
        orgs: vec![("good-soft".into(), "Good Soft".into()), ("other".into(), "Other".into())],
        drafts,
    };
    let key = json!({"key_id": "0123abcd", "public_key": "AA", "since": AT, "not_before": AT, "not_after": AT, "introduced_by": "4567"});
    let held =
        |keys: Json, owns| keys::Held { slug: "good-soft".into(), name: "Good Soft".into(), owns, keys: parse(keys) };
    let token = |text: Option<&str>| -> ApiToken {
        parse(
            json!({"id": ID, "name": "ci", "org": "good-soft", "scopes": ["read", "publish-update"], "modules": ["*"], "made_at": AT, "expires_at": AT, "used_at": null, "token": text}),
        )
    };
    let orgs = vec![("good-soft".to_owned(), "Good Soft".to_owned())];
    let tokens = |made| tokens::Desk { orgs: orgs.clone(), tokens: vec![token(None)], made };
    let profile = |owns| profile::Profile { page: provider_page(), members: members(), owns, others: orgs.clone() };
    let rows = [usage_row("2026-11-21", "0.1.0", 0), usage_row("2026-11-22", "0.2.0", 9)];
    let module = [module_page()];
    vec![
        ("provider", home::page(inside, &[own(true), own(false)], &states)),
        ("provider without modules", home::page(inside, &[], &[])),
        ("usage", usage::page(inside, &module, "oee", 30, &rows)),
        ("usage of nothing", usage::page(inside, &module, "oee", 7, &[])),
        (
            "provider submissions",
            submissions::page(inside, Some(SubmissionState::Failed), &states, &[own(true).module]),
        ),
        ("publish", publish::page(inside, &desk(vec![submission(SubmissionState::Draft)]), &none)),
        ("publish refused", publish::page(inside, &desk(vec![]), &refused(&[("draft", "yes")]))),
        ("keys", keys::page(inside, &[held(json!([key]), true)], &none)),
        (
            "keys refused",
            keys::page(inside, &[held(json!([]), true), held(json!([]), false)], &refused(&[("proof", "<b>")])),
        ),
        ("tokens", tokens::page(inside, &tokens(None), &none)),
        ("token made", tokens::page(inside, &tokens(Some(token(Some("tcr_<secret>")))), &none)),
        ("tokens refused", tokens::page(inside, &tokens(None), &refused(&[("name", "<b>"), ("scopes", "read")]))),
        ("profile", profile::page(inside, &profile(true), &none)),
        ("profile of a member", profile::page(inside, &profile(false), &refused(&[]))),
    ]
}

fn module_tabs(inside: &Shell) -> Vec<(&'static str, Markup)> {
    use module::{Shown, Tab};
    let page: ModulePage = module_page();
    let none = Sent::default();
    let plan = |kind: &str| json!({"code": format!("p-{kind}"), "kind": kind, "name": {"zh": "月付", "en": "Monthly"}, "price": "99.5", "trial_days": 14, "readings_months": 24});
    let plans = parse(json!([plan("free"), plan("trial"), plan("monthly"), plan("per_use")]));
    let trusted = parse(
        json!({"publishers": [{"id": ID, "issuer": "ci.example", "owner_id": "1", "repository": "a/b", "workflow": "release.yml", "environment": null}], "trusted_only": true}),
    );
    let left = json!({"text": {"zh": "请换", "en": "Leave <not>"}, "successor": "oee-2"});
    let draw = |tab, shown: Shown, sent: &Sent| module::page(inside, &page, tab, &shown, sent);
    let versions = || Shown::Versions {
        submissions: vec![submission(SubmissionState::Approved)],
        deprecation: Some(parse(left.clone())),
    };
    vec![
        ("module versions", draw(Tab::Versions, versions(), &none)),
        ("module versions refused", draw(Tab::Versions, versions(), &refused(&[("text-zh", "<b>")]))),
        (
            "module texts",
            draw(Tab::Texts, Shown::Texts(Some(Box::new(version())), super::shelves::vocabulary()), &none),
        ),
        ("module plans", draw(Tab::Plans, Shown::Plans(plans), &none)),
        ("module plans refused", draw(Tab::Plans, Shown::Plans(vec![]), &refused(&[("price", "<b>")]))),
        ("module rollout", draw(Tab::Rollout, Shown::Rollout(vec![rollout("running"), rollout("done")]), &none)),
        ("module ratings", draw(Tab::Ratings, Shown::Ratings(vec![rating(None), rating(Some("谢 <not>"))]), &none)),
        ("module workflows", draw(Tab::Trusted, Shown::Trusted(trusted), &none)),
    ]
}

/// A version that describes pages, one of them new and one of them gone.
fn described() -> Shown {
    let mut shown = shown(evident(SubmissionState::Review), Part::Views, true);
    let (mut before, mut after) = (views(), views());
    before.remove(0);
    after.pop();
    shown.submission.report.as_mut().unwrap().manifest = Some(manifest(after));
    shown.before.version.as_mut().unwrap().manifest = manifest(before);
    shown
}

fn submissions_of(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let none = Sent::default();
    let draw =
        |submission, part, decides, sent: &Sent| way::page(inside, &shown(submission, part, decides), part, sent);
    let review = || evident(SubmissionState::Review);
    vec![
        ("submission", draw(review(), Part::Overview, true, &none)),
        ("submission refused", draw(review(), Part::Overview, true, &refused(&[("reason", "why <not>")]))),
        ("submission in its checks", draw(checking(), Part::Overview, false, &none)),
        ("submission failed", draw(evident(SubmissionState::Failed), Part::Overview, false, &none)),
        (
            "submission draft",
            draw(Submission { report: None, ..submission(SubmissionState::Draft) }, Part::Overview, false, &none),
        ),
        ("submission changes", draw(review(), Part::Changes, true, &none)),
        ("submission views", way::page(inside, &described(), Part::Views, &none)),
        ("submission checks", draw(review(), Part::Checks, true, &none)),
        ("submission trial", draw(review(), Part::Trial, true, &none)),
        ("submission thread", draw(review(), Part::Thread, false, &none)),
    ]
}

fn review(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let none = Sent::default();
    let asked = FormText::new(vec![("overdue".into(), "true".into())]);
    let mark = |number: i64| {
        parse(
            json!({"number": number, "submission": ID, "module": "oee", "version": "0.1.0", "at": AT, "basis": "rules 4", "findings": []}),
        )
    };
    let complaint = |number: i64, version: Option<&str>| {
        parse(
            json!({"number": number, "tenant": "acme", "tenant_name": "Acme <冲压>", "module": "oee", "version": version,
            "text": "数量对不上 <b>\n昨天起", "said_by": "li@example.com", "said_at": AT}),
        )
    };
    let hosts = parse(
        json!([{"name": "plant-1", "confirmed": 41, "current": true, "polled_at": AT, "tokens": []}, {"name": "plant-2", "confirmed": 40, "current": false, "polled_at": null, "tokens": []}]),
    );
    let desk = incidents::Desk {
        withdrawn: vec![submission(SubmissionState::Revoked)],
        marks: vec![mark(1), mark(2)],
        complaints: vec![complaint(1, Some("0.1.0")), complaint(2, None)],
        hosts: Some(hosts),
    };
    let empty = incidents::Desk { withdrawn: vec![], marks: vec![], complaints: vec![], hosts: None };
    let case = |state: SubmissionState, administers| {
        let version =
            toolcrib_registry_client::wire::VersionPage { state, withdrawn: Some("why <not>".into()), ..version() };
        incidents::Case { version, hosts: None, administers }
    };
    let line = json!({"number": 1, "at": AT, "actor": ID, "name": "Ann <not>", "act": "version.submit", "subject": "oee", "about": {"zh": "设备效率 <not>", "en": "OEE <not>"}, "detail": {"why": "<not>", "version": "1.2.0"}, "hash": "00"});
    let proof = parse(json!({"lines": 12, "hash": "00ff"}));
    let chain =
        |proof, lines: Json| audit::Chain { subject: "oee \"<b>\"".into(), lines: parse(lines), proof, verifies: true };
    let row = |slug: &str, papers: u64, expired: u64| json!({"slug": slug, "name": "Good <not>", "kind": "provider", "people": 2, "modules": 3, "keys": 1, "papers": papers, "papers_expired": expired, "since": AT, "closed": slug == "gone"});
    let org = parse(json!({"slug": "good-soft", "name": "Good Soft", "kind": "provider", "members": members()}));
    vec![
        ("review", queue::page(inside, &FormText::default(), &queue_of(3), true)),
        ("review filtered", queue::page(inside, &asked, &queue_of(0), false)),
        ("incidents", incidents::page(inside, &desk, &none)),
        ("incidents of none", incidents::page(inside, &empty, &refused(&[]))),
        ("incident", incidents::case_page(inside, &case(SubmissionState::Approved, true), &none)),
        (
            "incident refused",
            incidents::case_page(inside, &case(SubmissionState::Deprecated, true), &refused(&[("typed", "<b>")])),
        ),
        ("incident for ever", incidents::case_page(inside, &case(SubmissionState::Revoked, true), &none)),
        ("incident of a reviewer", incidents::case_page(inside, &case(SubmissionState::Yanked, false), &none)),
        ("audit", audit::page(inside, &chain(Some(Ok(proof)), json!([line])))),
        ("audit broken", audit::page(inside, &chain(Some(Err(NOT_FOUND.because("line 3 <not>"))), json!([])))),
        (
            "providers",
            providers::page(
                inside,
                &[parse(row("good-soft", 2, 0)), parse(row("gone", 0, 0)), parse(row("old", 2, 1))],
            ),
        ),
        ("one provider", providers::one_page(inside, &provider_page(), &org)),
    ]
}
