//! Pages of looking after a factory, drawn with sample data.

use super::{ID, parse, subscription};
use crate::pages::admin::module::{Module, State};
use crate::pages::admin::{
    archive, audit, brokers, erase, grants, health, mapping, me, module, modules, people, records, signals, sources,
    usage, versions,
};
use crate::pages::tenant;
use maud::Markup;
use serde_json::json;
use std::collections::HashMap;
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::{BAD_INPUT, Problem, WRONG_STATE};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::{Date, Instant};
use toolcrib_ingest::Kept;
use toolcrib_ingest::mqtt::proof::Distrust;
use toolcrib_ingest::mqtt::{Standing as Follows, Trouble};
use toolcrib_ingest::payload::{Interpreter, Message, Rules, Sent, Unknowns, try_out};
use toolcrib_registry_client::wire::{Consent, Device, Upgrade};
use toolcrib_runtime::{
    ArchiveNote, ArchiveState, AuditPage, AuditRow, Chart, Dead, Keep, PartSum, Reach, ReadingsKept, Receipt,
    Retention, SignalInfo, Standing, Stored, Then, Timer, UsageSum,
};
use toolcrib_ui::form::FormText;
use toolcrib_ui::gallery::sample::manifest;
use toolcrib_ui::shell::Shell;

const NOW: Instant = Instant(1_795_420_800_000_000);
const EARLIER: Instant = Instant(NOW.0 - 7_200_000_000);

fn module_in(state: State) -> Module {
    let mut manifest = manifest();
    manifest.records[0].shared = true;
    let upgrade: Upgrade = parse(json!({"version": "0.1.0", "policy": "auto", "pinned": true, "offer": null}));
    Module {
        name: "oee".into(),
        state,
        version: "0.1.0".into(),
        digest: "sha256:0123456789abcdef".into(),
        since: "2026-11-23T08:00:00Z".into(),
        agreed_by: "li@example.com".into(),
        wanted: wanted(&manifest),
        manifest: Some(manifest),
        subscription: Some(subscription(state != State::Loading)),
        why: "it leaks <b>".into(),
        newer: (state == State::Running).then(|| "0.2.0".into()),
        upgrade: Some(upgrade),
    }
}

fn refused() -> Problem {
    let mut problem = BAD_INPUT.because("Not like this");
    problem.errors.push(InputError { pointer: "/name".into(), message: "1 to 100 characters".into() });
    problem
}

fn signal(name: &str, value: Sample, at: Instant) -> SignalInfo {
    SignalInfo { name: name.into(), device: ID.into(), last_at: at, last_value: value, count: 12_345 }
}

fn part(part: &str) -> PartSum {
    PartSum { part: part.into(), lines: 1_234_567, sha256: "0123456789abcdef".repeat(4) }
}

fn line(id: u64) -> AuditRow {
    AuditRow {
        id,
        at: EARLIER,
        actor: if id == 1 { format!("user:{ID}") } else { "timer".into() },
        action: if id == 1 { "paused".into() } else { "give_reason".into() },
        module: "oee".into(),
        detail: "{\"seed\":\"7\",\"status\":502}".into(),
        hash: [0; 32],
    }
}

fn of_modules(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let (running, paused) = (module_in(State::Running), module_in(State::Paused));
    let standing = Standing {
        behind: vec![("state_changed".into(), 12, 3)],
        timers: vec![Timer {
            module: "oee".into(),
            timer: "tick".into(),
            key: "<k>".into(),
            due: NOW,
            attempts: 1,
            payload: vec![],
        }],
        timers_waiting: 1,
        effects_waiting: 2,
        dead: vec![Dead {
            id: 7,
            consumer: "oee/state_changed".into(),
            seq: 5,
            why: "out of <memory>".into(),
            body: vec![],
            at: EARLIER,
        }],
        dead_letters: 1,
    };
    let health = health::Health { standing, failures: vec![line(1)] };
    let fine = health::Health { standing: Standing::default(), failures: vec![] };
    let sum = |operation: &str| UsageSum {
        hour: EARLIER,
        operation: operation.into(),
        calls: 12_345,
        faults: 1,
        rows_written: 99,
        events: 3,
        cpu_us: 1_234_567,
    };
    let used = usage::Used {
        days: 7,
        by_day: vec![(Date(20_780), sum(""))],
        by_operation: vec![sum("give_reason")],
        bytes: 1 << 30,
        readings: 99,
    };
    let unused = usage::Used { days: 90, by_day: vec![], by_operation: vec![], bytes: 0, readings: 0 };
    let consent: Consent = parse(
        json!({"version": "0.0.9", "digest": "sha256:01", "kind": "upgrade", "grants": [], "scopes": [], "agreed_by": "li@example.com",
        "agreed_at": "2026-11-20T08:00:00Z", "ended_at": "2026-11-23T08:00:00Z", "shown": "", "shown_sha256": ""}),
    );
    vec![
        (
            "installed",
            modules::page(inside, &[running.clone(), module_in(State::Loading)], &HashMap::from([("oee".into(), 2)])),
        ),
        ("installed without modules", modules::page(inside, &[], &HashMap::new())),
        ("installed module", module::page(inside, &running, true, None)),
        ("installed module paused", module::page(inside, &paused, true, None)),
        ("installed module withdrawn", module::page(inside, &module_in(State::Withdrawn), false, Some(&refused()))),
        ("settings", module::settings_page(inside, &running, "owner")),
        ("grants", grants::page(inside, &running, true, None)),
        (
            "grants without the registry",
            grants::page(inside, &Module { subscription: None, ..paused.clone() }, true, None),
        ),
        ("usage", usage::page(inside, &running, &used)),
        ("usage of nothing", usage::page(inside, &running, &unused)),
        ("health", health::page(inside, &running, &health, true, None)),
        ("health of a well one", health::page(inside, &running, &fine, true, Some(&refused()))),
        ("versions", versions::page(inside, &running, &[consent], true, None)),
        ("versions refused", versions::page(inside, &running, &[], false, Some(&WRONG_STATE.because("rows")))),
    ]
}

fn refusal(code: &'static str) -> toolcrib_runtime::Refused {
    let (what, why) = ("tc/b/<i>/readings".into(), "a message has at most 10000 readings".into());
    toolcrib_runtime::Refused { code, what, why, count: 4, at: NOW }
}

fn of_machines(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let source = |name: &str, last_at| sources::Source {
        id: ID.into(),
        name: name.into(),
        sent: sources::Sent { signals: 3, readings: 12_345, last_at },
        active: name != "off",
        certificate: last_at.map(|_| "ab".repeat(32)),
    };
    let known =
        [source("网关 <b>", Some(NOW)), source("silent", Some(EARLIER)), source("new", None), source("off", None)];
    let off = sources::One {
        source: known[3].clone(),
        heard: toolcrib_runtime::Source::default(),
        newest: None,
        now: NOW,
        origin: String::new(),
    };
    let newest = signal("press-1.temp", Sample::Number { value: 41.5 }, NOW);
    let one = sources::One {
        source: known[0].clone(),
        heard: toolcrib_runtime::Source {
            connections: 2,
            heard_at: Some(NOW),
            messages: 1_234,
            readings: 12_000,
            refused: 8,
            delayed: 3,
            refusals: ["topic-not-allowed", "reading-conflict", "too-large"].map(refusal).into(),
        },
        newest: Some(newest.clone()),
        now: NOW,
        origin: "factory.local:8080".into(),
    };
    let device: Device = parse(json!({"id": ID, "name": "网关", "token": "tcd_secret", "active": true}));
    let listed = |signal| signals::Listed { signal, source: "网关".into(), followers: vec!["oee".into()] };
    let word = signal("冲床1.state", Sample::Word { value: "<run>".into() }, EARLIER);
    let list = signals::List {
        query: "pre".into(),
        rows: vec![listed(newest.clone()), listed(word.clone())],
        more: true,
        now: NOW,
        retention: kept_for(24),
    };
    let none = signals::List {
        query: String::new(),
        rows: vec![],
        more: false,
        now: NOW,
        retention: Retention { by: None, ..kept_for(3) },
    };
    let qualities = [Quality::Good, Quality::Uncertain, Quality::Bad];
    let stored = |nth: i64| Stored {
        at: NOW.plus_us(nth * 1_000_000),
        value: Sample::Number { value: 40.0 + nth as f64 },
        quality: qualities[nth as usize % qualities.len()],
    };
    let readings: Vec<_> = (0..9).map(stored).collect();
    let chart = Chart::Readings(readings.clone());
    let numbers = signals::One { listed: listed(newest), hours: 8, chart, newest: readings, now: NOW };
    let silent =
        signals::One { listed: listed(word), hours: 24, chart: Chart::default(), newest: Vec::new(), now: NOW };
    let manifest = Manifest { records: module_in(State::Running).manifest.unwrap().records, ..manifest() };
    vec![
        ("sources", sources::page(inside, &known, &followed(), NOW, true, "", None)),
        ("sources of somebody else", sources::page(inside, &known, &followed(), NOW, false, "", None)),
        ("sources refused", sources::page(inside, &[], &[], NOW, true, "<not>", Some(&refused()))),
        ("broker", brokers::page(inside, "plant", 3, &FormText::default(), Some(&refused()))),
        ("broker new", brokers::page(inside, "new", 0, &FormText::default(), None)),
        ("source off", sources::source_page(inside, &off, true, None)),
        ("source", sources::source_page(inside, &one, true, None)),
        ("source made", sources::fresh(inside, &device, "factory.local:8080", NOW)),
        ("signals", signals::page(inside, &list)),
        ("signals of nobody", signals::page(inside, &none)),
        ("signal", signals::signal_page(inside, &numbers)),
        ("signal without numbers", signals::signal_page(inside, &silent)),
        ("mapping", mapping_page(inside, true)),
        ("mapping of nobody", mapping_page(inside, false)),
        (
            "mapping rule",
            mapping::rule_page(inside, "new", 3, &[(ID.into(), "网关 <b>".into())], &typed_rule(), Some(&refused())),
        ),
        ("mapping rule kept", mapping::rule_page(inside, "0", 3, &[], &FormText::default(), None)),
        ("records", records::page(inside, &[&manifest], "owner")),
        ("records of nobody", records::page(inside, &[], "owner")),
    ]
}

fn typed_rule() -> FormText {
    let pairs =
        [("where", "metric"), ("metric", "<M>"), ("equipment", "冲床1"), ("kind", "state"), ("states", "1 = <run>")];
    FormText::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

/// With values that no rule fits and a message that was tried, or with nothing at all.
fn mapping_page(inside: &Shell, is_full: bool) -> Markup {
    if !is_full {
        let shown = mapping::Shown { kept: Kept::default(), unknown: Unknowns::default(), now: NOW };
        return mapping::page(inside, &shown, &FormText::default(), None, None);
    }
    let rule = r#"{"from":{"metric":"Good <b>","device":"+"},"equipment":"{1}","signal":"good","kind":"counter","counter":{"bits":16},"unit":"<件>"}"#;
    let rules = Rules::parse(format!("{{\"rules\":[{rule}]}}").as_bytes()).expect("a rule that can be followed");
    let mut interpreter = Interpreter::new(rules.clone());
    let payload = br#"{"temperature":21.5,"mode":"<run>"}"#;
    interpreter.interpret(ID, Message { topic: "plant/press-1/status", payload, retained: false, received: EARLIER });
    let sent = [("own", "signals/press-1/temp", "41.5"), ("bad", "signals/press-1/temp", "NaN")];
    let sent =
        sent.map(|(_, topic, payload)| Sent { topic: topic.into(), payload: Some(payload.into()), ..Sent::default() });
    let mut trials = try_out(&rules, &sent, NOW).expect("messages that can be tried");
    trials[0].refused = trials.pop().map(|bad| bad.refused).unwrap_or_default();
    let kept = Kept { version: 3, changed: Some((EARLIER, format!("user:{ID}"))), rules };
    let shown = mapping::Shown { kept, unknown: interpreter.unknown().clone(), now: NOW };
    mapping::page(inside, &shown, &FormText::default(), trials.first(), None)
}

fn of_people(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let person = parse(json!({"id": ID, "email": "wang@example.com", "name": "王 <师傅>", "role": "operator"}));
    let typed = people::Invited { email: "x".into(), name: "<not>".into(), role: "viewer".into() };
    let new =
        parse(json!({"email": "wang@example.com", "name": "王", "password": "first-password", "role": "operator"}));
    let account = |enrolled, orgs| me::Account {
        name: "李 <师傅>".into(),
        email: "li@example.com".into(),
        orgs,
        factor: parse(json!({"enrolled": enrolled, "needed": true})),
        tokens: vec![parse(
            json!({"id": ID, "name": "ERP", "org": "acme", "scopes": ["read"], "modules": ["*"], "made_at": "2026-11-23T08:00:00Z",
            "expires_at": "2026-12-23T08:00:00Z", "used_at": null, "token": "tcr_secret"}),
        )],
        sessions: [true, false]
            .map(|current| {
                parse(json!({"id": ID, "device": "Firefox <b>", "started_at": "2026-11-23T08:00:00Z",
            "used_at": "2026-11-23T08:00:00Z", "expires_at": "2026-12-23T08:00:00Z", "current": current}))
            })
            .to_vec(),
    };
    let mine = account(false, vec![("acme".to_owned(), "Acme".to_owned())]);
    let uri = "otpauth://totp/Toolcrib:li?secret=ABCDEFGH&issuer=Toolcrib";
    vec![
        ("people", people::page(inside, std::slice::from_ref(&person), &people::Invited::default(), None)),
        ("people refused", people::page(inside, &[], &typed, Some(&refused()))),
        ("person", people::person_page(inside, &person, Some(&refused()))),
        ("person invited", people::welcome(inside, &new)),
        (
            "me",
            me::page(
                inside,
                &mine,
                &FormText::new(vec![("name".into(), "<not>".into()), ("scopes".into(), "read".into())]),
                Some(&refused()),
            ),
        ),
        ("me with a second factor", me::page(inside, &account(true, vec![]), &FormText::default(), None)),
        ("factor", me::factor_page(inside, uri, Some(&refused()))),
        ("factor off", me::without_page(inside, None)),
        ("recovery codes", me::recovery_page(inside, &["abcd-efgh".into(), "ijkl-mnop".into()])),
        ("token made", me::token_page(inside, &mine.tokens[0])),
    ]
}

fn of_data(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let note = ArchiveNote {
        at: NOW.to_string(),
        by: format!("user:{ID}"),
        bytes: 1 << 30,
        lines: 1_234_567,
        sha256: "0123456789abcdef".repeat(4),
        parts: ["row", "event", "audit", "reading", "dead_letter"].map(part).to_vec(),
    };
    let receipt = Receipt {
        tenant: ID.into(),
        slug: "acme".into(),
        name: "Acme <冲压>".into(),
        at: NOW.to_string(),
        by: format!("user:{ID}"),
        bytes: 12_345,
        parts: note.parts.clone(),
        backup_key: Some("0123456789abcdef".into()),
        key: Some("mAlqNtnYyyGVUhrPcDE2ZJBK5zSPWh1hNIZUeHhDoP4=".into()),
        sha256: note.sha256.clone(),
        signature: Some("c2lnbmF0dXJl".into()),
    };
    let ending = |has_archive| erase::Ending {
        name: "Acme <冲压>".into(),
        modules: 8,
        devices: 2,
        bytes: 1 << 30,
        has_archive,
        receipts: vec![receipt.clone()],
    };
    let shown = |rows: Vec<AuditRow>| audit::Shown {
        asked: audit::Asked { actor: "<not>".into(), failed: "yes".into(), ..audit::Asked::default() },
        page: AuditPage { rows, next: Some(2) },
        names: HashMap::from([(format!("user:{ID}"), "李 <师傅>".to_owned())]),
        operations: vec![("oee".into(), "give_reason".into())],
    };
    vec![
        ("audit", audit::page(inside, &shown(vec![line(2), line(1)]))),
        ("audit of nothing", audit::page(inside, &shown(vec![]))),
        ("export", archive::page(inside, &ArchiveState::None, true, None)),
        ("export running", archive::page(inside, &ArchiveState::Running { lines: 5, of: 9 }, false, None)),
        ("export failed", archive::page(inside, &ArchiveState::Failed(Box::new(refused())), true, Some(&refused()))),
        ("export there", archive::page(inside, &ArchiveState::There(Box::new(note)), true, None)),
        ("erase", erase::page(inside, &ending(false), None)),
        ("erase refused", erase::page(inside, &ending(true), Some(&refused()))),
        ("erased", erase::receipt_page(inside, &receipt)),
    ]
}

/// By a plan that was left, of a module that is gone.
fn kept_for(months: u32) -> Retention {
    let keep = |months: u32| Keep { raw_days: months * 31, sum_months: months + 12 };
    let until = Some(NOW.plus_us(86_400_000_000));
    let by = ReadingsKept { module: "<gone>".into(), months, since: EARLIER, until };
    let then = Some(Then { keep: Keep { raw_days: 93, ..keep(3) }, by: None });
    Retention { keep: keep(months), by: Some(by), then, reach: Reach { from: Some(EARLIER), whole_from: None } }
}

/// Brokers that stand in every way.
fn followed() -> Vec<brokers::Followed> {
    let waiting = |trouble| Follows::Waiting { since: EARLIER, trouble };
    let standings = [
        Follows::Off,
        Follows::Connecting,
        Follows::Connected { since: NOW },
        waiting(Trouble::Away("connection refused <b>".into())),
        waiting(Trouble::NotAllowed("not named".into())),
        waiting(Trouble::Unproven(Distrust::Name, "for `<b>` only".into())),
    ];
    let followed = |standing| brokers::Followed {
        name: "plant".into(),
        url: "mqtts://broker.plant.example:8883".into(),
        standing,
        heard: toolcrib_runtime::Source::default(),
    };
    standings.map(followed).into()
}

fn of_home(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let manifest = manifest();
    let modules = [module_in(State::Running), module_in(State::Paused), module_in(State::Withdrawn)];
    let silent = sources::Source {
        id: ID.into(),
        name: "网关".into(),
        sent: sources::Sent { signals: 1, readings: 1, last_at: Some(EARLIER) },
        active: true,
        certificate: None,
    };
    let open = tenant::problems(inside, &modules, &[("oee".into(), 2)], std::slice::from_ref(&silent), NOW);
    let home = |name, role, modules, open, steps| tenant::Home { name, role, modules, open, steps };
    let full = home("Acme 冲压", "owner", vec![&manifest], open, tenant::setup(inside, 1, &[silent], Some(1)));
    let empty = home("Acme", "viewer", vec![], vec![], tenant::setup(inside, 0, &[], None));
    vec![("tenant", tenant::page(inside, &full)), ("tenant without modules", tenant::page(inside, &empty))]
}

/// Every page, by name.
pub fn pages(inside: &Shell) -> Vec<(&'static str, Markup)> {
    [of_home(inside), of_modules(inside), of_machines(inside), of_people(inside), of_data(inside)].concat()
}
