//! The marketplace's pages with sample data in which everything that others may write is hostile.

use super::{ID, module_page, parse, subscription, version};
use crate::pages::market::about::Vocabulary;
use crate::pages::market::compare::Side;
use crate::pages::market::listing::{Head, Shown};
use crate::pages::market::problem as reported;
use crate::pages::market::{compare, home, listing, provider, reviews, search, security, versions};
use crate::pages::{consents, install, upgrade};
use maud::Markup;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use toolcrib_contract::consent::{Page, asks};
use toolcrib_contract::preview::{Answered, Preview};
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_contract::view::{Argument, Source, View, column, constant, kpi, section, table};
use toolcrib_registry_client::wire::{Card, Plan, VersionPage};
use toolcrib_ui::form::FormText;
use toolcrib_ui::shell::Shell;

const EVIL: &str = "<evil a=\"x\">";

fn words(text: &str) -> Json {
    json!({"zh": text, "en": text})
}

fn card() -> Card {
    parse(json!({
        "module": "oee", "org": "good-soft", "org_name": EVIL, "title": words("<img src=x onerror=y>"), "summary": words(EVIL),
        "version": "0.2.0", "kind": "machines", "segments": ["33"], "problems": ["downtime"], "equipment": [], "subsidy": "software",
        "prices": ["monthly", "trial"], "price_from": "299.0000", "tenants": 12, "verified": true, "ratings": 2, "stars": 9,
        "updated_at": "2026-11-23T08:00:00Z", "deprecated": true, "successor": null,
    }))
}

pub(super) fn vocabulary() -> Vocabulary {
    Vocabulary::of(vec![
        ("problem", "downtime".to_owned(), parse(words("停机说不清"))),
        ("segment", "33".to_owned(), parse(words("金属制品业"))),
    ])
}

fn plans() -> Vec<Plan> {
    parse(json!([
        {"code": "try", "kind": "trial", "name": words(EVIL), "price": "0.0000", "trial_days": 30},
        {"code": "month", "kind": "monthly", "name": words("月付"), "price": "299.0000", "trial_days": 0, "readings_months": 24},
        {"code": "use", "kind": "per_use", "name": words("按次"), "price": "0.0200", "trial_days": 0},
    ]))
}

/// With a view, and a text that says what is new.
fn shown_version() -> VersionPage {
    let mut version = version();
    let machine = Argument { name: "equipment".to_owned(), value: constant("M1") };
    let rows = table(Source { arguments: vec![machine], ..Source::of("stops") }, [column("equipment")]);
    let figure = kpi(Source::of("overview"), "at");
    let mut view = View::new((EVIL, EVIL)).section(section().cell(4, figure).cell(8, rows));
    view.name = "board".to_owned();
    version.manifest.views = vec![view];
    version.listing.changes = Some(parse(words(EVIL)));
    version
}

fn preview() -> Preview {
    let overview = Answered { query: "overview".into(), input: json!({}), output: super::overview() };
    let row = json!({"id": ID, "rev": 1, "created": "2026-11-23T08:00:00Z", "updated": "2026-11-23T08:00:00Z", "equipment": EVIL, "reason": null});
    let input = json!({"after": null, "equipment": "M1"});
    let stops = Answered { query: "stops".into(), input, output: json!({"rows": [row], "next": null}) };
    Preview {
        view: "board".into(),
        scenario: EVIL.into(),
        at: "2026-11-23T08:00:00Z".into(),
        actor: "user:scenario".into(),
        role: "admin".into(),
        address: Vec::new(),
        answers: vec![overview, stops],
    }
}

fn head() -> Head {
    let mut module = module_page();
    module.listing.description = parse(words(EVIL));
    module.listing.subsidy = Some(toolcrib_contract::package::Subsidy::Software);
    Head {
        module,
        version: Some(shown_version()),
        card: Some(card()),
        plans: plans(),
        leave: Some(parse(json!({"text": words(EVIL), "successor": "better"}))),
        tenants: super::me().tenants,
        beside: Vec::new(),
    }
}

fn listed(tenants: bool) -> Shown {
    let head =
        if tenants { head() } else { Head { version: None, card: None, plans: vec![], tenants: vec![], ..head() } };
    let previews = if tenants { vec![preview()] } else { vec![] };
    Shown { head, previews: Arc::new(previews), words: vocabulary(), view: String::new(), tab: 1 }
}

fn found(cards: Vec<Card>) -> toolcrib_registry_client::wire::ShelfPage {
    let facet = |kind: &str, code: &str| json!({"kind": kind, "code": code, "name": words(EVIL), "count": 3});
    let facets = [
        facet("problem", "downtime"),
        facet("segment", "*"),
        facet("provider", "good-soft"),
        facet("price", "monthly"),
        facet("kind", "machines"),
    ];
    parse(json!({"cards": cards, "total": cards.len(), "facets": facets, "next": "0.1.oee"}))
}

fn offer(agreed: bool) -> install::Offer {
    install::Offer {
        tenant: "Acme".into(),
        version: shown_version(),
        shown: "ab".repeat(32),
        plans: plans(),
        chosen: agreed.then(|| {
            parse(json!({"module": "oee", "plan": plans()[1], "cap_fen": 29_900, "since": "2026-11-23T08:00:00Z", "until": null,
                "agreed_by": "li", "used": 3, "used_fen": 29_900, "over_cap": false, "ended": false}))
        }),
        agreed: agreed.then(|| subscription(true)),
        decides: true,
        beside: Vec::new(),
    }
}

fn waiting(offer: bool) -> upgrade::Waiting {
    let version = shown_version();
    let page = Page {
        module: "oee".into(),
        version: "0.2.0".into(),
        from: Some("0.1.0".into()),
        digest: "sha256:00".into(),
        provider: "good-soft".into(),
        asks: asks(version.wanted.clone()),
    };
    let offered = json!({"page": page, "sha256": "ab", "dropped": ["readings:count"], "waits": ["major", "asks_more"]});
    upgrade::Waiting {
        module: "oee".into(),
        upgrade: parse(
            json!({"version": "0.1.0", "policy": "auto", "pinned": false, "offer": offer.then_some(offered)}),
        ),
        current: subscription(true),
        version: offer.then_some(version),
        decides: true,
        beside: Vec::new(),
    }
}

fn agreed() -> toolcrib_registry_client::wire::Consent {
    let page = Page { from: None, ..waiting(true).upgrade.offer.unwrap().page };
    parse(json!({
        "module": "oee", "version": "0.2.0", "digest": "sha256:0123456789abcdef", "kind": "agree", "grants": ["readings:state"],
        "scopes": [{"capability": "readings:state", "equipment": ["line-1-*"]}], "agreed_by": EVIL, "agreed_at": "2026-11-23T08:00:00Z",
        "ended_at": null, "shown": page.canonical(), "shown_sha256": "ab",
    }))
}

/// The pages, by name.
pub fn pages(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let (cards, none) = (vec![card(), Card { module: "spc".into(), ..card() }], FormText::default());
    let homepage = |cards: Vec<Card>| home::Shown {
        used: found(cards.clone()),
        newest: cards,
        words: vocabulary(),
        problems: vec![parse_term("downtime")],
        segments: vec![parse_term("33")],
    };
    let asked = search::Search { q: EVIL.into(), problem: "downtime".into(), after: "x".into(), ..Default::default() };
    let side = |card: Card| Side { card, version: shown_version(), plans: plans() };
    let vetted = parse(json!({
        "rules": "4", "digest": "sha256:00", "size_bytes": 1000, "approved_by": [{"by": EVIL, "at": "2026-11-23T08:00:00Z"}],
        "checks": [{"check": "imports", "outcome": "clean"}, {"check": "x", "outcome": {"not_checked": EVIL}}],
        "findings": [], "compiled": null, "card": [{"handler": "overview", "calls": 2}], "trials": {"inputs": 3},
        "dependencies": [{"name": EVIL, "version": "1", "licence": "MIT"}], "consent": {},
    }));
    let ratings: Vec<_> = vec![parse(
        json!({"id": ID, "stars": 4, "text": EVIL, "rated_at": "2026-11-23T08:00:00Z", "answer": EVIL, "answered_at": null}),
    )];
    let house = |modules: Vec<Card>| {
        parse(json!({"slug": "good-soft", "name": EVIL, "about": words(EVIL), "modules": modules, "qualifications": [
            {"id": ID, "title": EVIL, "issuer": EVIL, "number": "1", "valid_until": "2026-01-01", "expired": true, "digest": "sha256:00"}]}))
    };
    let problem = NOT_FOUND.because("module `x`");
    let wrong =
        Problem::input(vec![toolcrib_contract::json::InputError { pointer: "/cap_fen".into(), message: "?".into() }]);
    let typed = FormText::new(
        [("plan", "use"), ("cap", EVIL), ("text", EVIL)].map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
    );
    vec![
        ("market home", home::page(inside, &homepage(cards.clone()))),
        ("market home empty", home::page(inside, &homepage(vec![]))),
        ("market search", search::page(inside, &asked, &found(cards.clone()), &vocabulary())),
        ("market search empty", search::page(inside, &asked, &found(vec![]), &vocabulary())),
        ("market compare", compare::page(inside, &[side(card()), side(card())], &vocabulary())),
        ("market provider", provider::page(inside, &house(cards), &vocabulary())),
        ("market provider empty", provider::page(inside, &house(vec![]), &vocabulary())),
        ("market listing", listing::page(inside, &listed(true))),
        ("market listing not approved", listing::page(inside, &listed(false))),
        ("market security", security::page(inside, &head(), &shown_version(), &vetted)),
        ("market versions", versions::page(inside, &head(), &[shown_version()])),
        ("market reviews", reviews::page(inside, &head(), &ratings, &none, None)),
        ("market review refused", reviews::page(inside, &head(), &[], &typed, Some(&problem))),
        ("market problem", reported::page(inside, &head(), true, &none, None)),
        ("market problem refused", reported::page(inside, &head(), false, &typed, Some(&problem))),
        ("consent", install::page(inside, &offer(false), &none, None)),
        ("consent of an update", install::page(inside, &offer(true), &none, Some(&problem))),
        ("consent refused", install::page(inside, &offer(false), &typed, Some(&wrong))),
        ("upgrade", upgrade::page(inside, &waiting(true), &none, None)),
        ("upgrade not needed", upgrade::page(inside, &waiting(false), &none, None)),
        ("consents", consents::page(inside, &[agreed()])),
        ("consents empty", consents::page(inside, &[])),
    ]
}

fn parse_term(code: &str) -> crate::pages::market::about::Term {
    crate::pages::market::about::Term { code: code.to_owned(), name: parse(words(EVIL)) }
}
