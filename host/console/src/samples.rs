//! Sample data for tests, and every page drawn with it.

mod admin;
mod boards;
mod exhibit;
mod money;
mod programme;
mod shelves;
pub mod vendor;

use crate::pages::{home, import, login, module, operation};
use crate::session::Held;
use maud::Markup;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use toolcrib_contract::capability::wanted;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::{
    BAD_CREDENTIALS, BAD_FILE, INTERNAL, Problem, REJECTED, ROWS_REFUSED, SECOND_FACTOR_NEEDED,
};
use toolcrib_contract::report::Report;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_registry_client::wire::{Me, ModulePage, Submission, SubmissionState, Subscription, Tokens, VersionPage};
use toolcrib_runtime::Person;
use toolcrib_ui::form::FormText;
pub use toolcrib_ui::gallery::sample::shell;
use toolcrib_ui::gallery::sample::{manifest, overview, stops, words};
use toolcrib_ui::language::{Lang, Tr};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

const ID: &str = "018f0e6e-7b1c-7cc3-a1b2-0123456789ab";

/// Bytes that never come twice.
#[derive(Default)]
pub struct Counting(AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
            chunk.copy_from_slice(&count[..chunk.len()]);
        }
    }
}

fn parse<T: DeserializeOwned>(value: Json) -> T {
    serde_json::from_value(value).unwrap()
}

/// Somebody with every role there is.
pub fn me() -> Me {
    parse(json!({
        "id": ID, "email": "li@example.com", "name": "李 <师傅>",
        "orgs": [
            {"slug": "good-soft", "name": "Good Soft", "kind": "provider", "role": "owner"},
            {"slug": "market", "name": "Market", "kind": "marketplace", "role": "reviewer"},
            {"slug": "acme", "name": "Acme", "kind": "sme", "role": "owner"},
            {"slug": "yunhe", "name": "云河 <市>", "kind": "authority", "city": "339900", "role": "official"},
        ],
        "tenants": [{"id": ID, "slug": "acme", "name": "Acme 冲压", "time_zone": "Asia/Shanghai", "role": "owner"}],
    }))
}

pub fn tokens() -> Tokens {
    Tokens { access_token: "access".into(), refresh_token: "refresh".into(), expires_in: 900 }
}

pub fn held() -> Held {
    Held::new(tokens(), me(), Person { id: ID.into(), roles: HashMap::new() }, Instant(0))
}

fn version() -> VersionPage {
    let wanted = wanted(&manifest());
    let cost = json!({"scenario": "shift", "step": 0, "handler": "overview", "fuel": 120_000, "memory_bytes": 1_114_112, "rows_read": 12, "rows_written": 0, "host_calls": 4});
    parse(json!({
        "module": "oee", "org": "good-soft", "org_name": "Good Soft", "version": "0.2.0", "state": "approved", "digest": "sha256:0123456789abcdef",
        "size_bytes": 123_456, "manifest": manifest(), "listing": {"description": {"zh": "说明", "en": "A text."}, "licence": "Apache-2.0"}, "words": words(),
        "wanted": wanted, "costs": [cost],
    }))
}

fn module_page() -> ModulePage {
    parse(json!({
        "name": "oee", "org": "good-soft", "org_name": "Good Soft", "title": {"zh": "设备综合效率", "en": "OEE"}, "summary": {"zh": "停机", "en": "Stops"},
        "listing": {"description": {"zh": "说明", "en": "A text."}, "licence": "Apache-2.0"}, "latest": "0.2.0",
        "versions": [{"version": "0.2.0", "state": "approved", "digest": "sha256:0123456789abcdef", "submitted_at": "2026-11-23T08:00:00Z"}],
    }))
}

pub fn submission(state: SubmissionState) -> Submission {
    let finding = |severity: &str| json!({"check": "imports", "severity": severity, "what": "It imports <wasi>", "place": "handler overview", "why": "Because.", "fix": "Drop it."});
    let version = version();
    let report = json!({
        "rules": "1", "digest": "sha256:0123456789abcdef", "manifest": manifest(), "package": {"listing": version.listing, "scenarios": [], "words": words()}, "wanted": version.wanted,
        "findings": [finding("note"), finding("error"), finding("warning")], "costs": version.costs,
        "evidence": {"texts": [
            {"place": "word give_reason", "before": {"zh": "填原因", "en": "Reason"}, "after": {"zh": "填停机原因", "en": "Give a <reason>"}},
            {"place": "word good", "before": null, "after": {"zh": "合格数", "en": "Good pieces"}},
        ]},
    });
    parse(json!({
        "id": ID, "module": "oee", "version": "0.2.0", "org": "good-soft", "org_name": "Good Soft", "digest": "sha256:0123456789abcdef", "size_bytes": 123_456,
        "state": state, "submitted_by": "li@example.com", "submitted_at": "2026-11-23T08:00:00Z", "previous": "0.1.0",
        "due_at": "2026-11-26T08:00:00Z", "second_because": ["first-publication", "egress", "shared-data"],
        "decisions": [{"by": "wang@example.com", "at": "2026-11-23T09:00:00Z", "state": "changes_requested", "reason": "Too\nmuch."}], "report": report,
    }))
}

fn subscription(in_force: bool) -> Subscription {
    parse(
        json!({"module": "oee", "version": "0.1.0", "digest": "sha256:0123456789abcdef", "grants": ["readings:state"], "since": "2026-11-23T08:00:00Z", "agreed_by": "li@example.com", "in_force": in_force}),
    )
}

/// As a module rejects, naming a value.
fn rejected() -> Problem {
    let message = "An ideal speed is more than zero pieces a minute, 0.000 is not";
    let mut problem = REJECTED.because(message);
    problem.code = "rate-not-positive".into();
    problem.errors.push(InputError { pointer: "/pieces_per_minute".into(), message: message.into() });
    problem
}

fn operation_page(tr: Tr, name: &str, form: &[(&str, &str)], result: Option<Result<Json, Problem>>) -> Markup {
    let manifest = manifest();
    let form = FormText::new(form.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect());
    let (_, def) = manifest.handler(name).unwrap();
    let view = operation::View {
        manifest: &manifest,
        def,
        role: "operator",
        form,
        result,
        key: "k".repeat(32),
        from: Some("/t/acme/m/oee/stops".into()),
    };
    operation::page(&shell(tr, &format!("/t/acme/m/oee/{name}")), &view)
}

/// What came of a file: all of it, a part, nothing.
pub fn report(kept: u64, refused: u64) -> Report {
    let problems = json!([
        {"line": 3, "column": "B", "heading": "on", "code": "bad-cell", "message": "?"},
        {"line": 17, "code": "code-taken", "message": "There is a <师傅> already"},
    ]);
    let problems = if refused == 0 { json!([]) } else { problems };
    parse(json!({"mode": "good", "rows": kept + refused, "kept": kept, "refused": refused, "problems": problems}))
}

fn import_page(tr: Tr, result: Option<Result<Report, Problem>>) -> Markup {
    let (manifest, form, key) = (manifest(), FormText::default(), "k".repeat(32));
    let (_, def) = manifest.handler("set_rate").unwrap();
    let view = import::View { manifest: &manifest, def, role: "operator", form, result, key };
    import::page(&shell(tr, "/t/acme/m/oee/set_rate/import"), &view)
}

/// Every page in one language, by name.
pub fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let tr = Tr::new(lang);
    let (inside, guest) = (shell(tr, "/"), Shell::guest(tr, "/login".into()));
    let (manifest, mine) = (manifest(), me());
    let set = [
        ("_n.lines", "1"),
        ("lines.0.code", "<b>"),
        ("pieces_per_minute", "many"),
        ("valid_from", "2026-11-23T08:00:00Z"),
    ];
    let bad = Problem::input(vec![InputError { pointer: "/pieces_per_minute".into(), message: "?".into() }]);
    let refused = Problem { report: Some(Box::new(report(0, 2))), ..ROWS_REFUSED.problem() };
    let pages = [
        ("login", login::page(&guest, "/market", "", None)),
        ("login refused", login::page(&guest, "", "li@example.com", Some(&BAD_CREDENTIALS.problem()))),
        ("login code", login::page(&guest, "", "li@example.com", Some(&SECOND_FACTOR_NEEDED.problem()))),
        ("home", home::page(&inside, &mine, Some(3))),
        ("module", module::page(&inside, &manifest, "owner")),
        ("query", operation_page(tr, "overview", &[], Some(Ok(overview())))),
        ("query with parameters", operation_page(tr, "stops", &[("equipment", "M1")], Some(Ok(stops())))),
        ("command", operation_page(tr, "give_reason", &[("stop", ID)], None)),
        ("command refused", operation_page(tr, "set_rate", &set, Some(Err(bad)))),
        ("command rejected", operation_page(tr, "set_rate", &[("pieces_per_minute", "0")], Some(Err(rejected())))),
        ("command done", operation_page(tr, "set_rate", &[], Some(Ok(json!(ID))))),
        ("import", import_page(tr, None)),
        ("import done", import_page(tr, Some(Ok(report(8, 0))))),
        ("import in part", import_page(tr, Some(Ok(report(8, 2))))),
        ("import refused", import_page(tr, Some(Err(refused)))),
        ("import unreadable", import_page(tr, Some(Err(BAD_FILE.because("Line 3"))))),
        ("problem", guest.page("?", part::problem(tr, &INTERNAL.problem()))),
    ];
    let described = boards::pages(&inside).into_iter().chain(toolcrib_ui::gallery::pages(&inside));
    let others = admin::pages(&inside).into_iter().chain(vendor::pages(&inside)).chain(shelves::pages(&inside));
    let others = others.chain(programme::pages(&inside)).chain(exhibit::pages(&inside)).chain(money::pages(&inside));
    let pages = pages.into_iter().chain(others).map(|(name, page)| (name, page.into_string()));
    pages.chain(described).collect()
}
