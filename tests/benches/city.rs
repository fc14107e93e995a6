//! A city's pages over a registry of 2,000 firms, 98 providers and 38 segments: how long an official waits for each.

use crate::screens::{Demo, sign_in};
use crate::setting::Modules;
use crate::table::{Goal, Row, Spread};
use serde_json::{Value as Json, json};
use std::time::Instant;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{
    AssessmentKind, Enrol, NewAssessment, NewIdentification, NewMember, NewOrg, NewProgramme, OrgKind, PutSegment,
    SimpleAct, TakeStep,
};

/// What the registry of the first national batch held.
const FIRMS: u64 = 2_000;
const PROVIDERS: u64 = 98;
const SEGMENTS: usize = 38;
const DISTRICTS: u64 = 13;
/// What chance begins with: the same city in every run.
const SEED: u64 = 2_026;
/// Times that each page is asked for.
const ROUNDS: usize = 20;
/// Milliseconds that an official waits, at most.
const GOAL_MS: f64 = 300.0;

/// Numbers that repeat with their seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// A unified social credit code with its check character (GB 32100-2015).
fn uscc(number: u64) -> String {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let code = format!("91339900MB{number:07}");
    let (mut weight, mut sum) = (1, 0);
    for letter in code.chars() {
        sum += LETTERS.find(letter).expect("one of the letters") * weight;
        weight = weight * 3 % 31;
    }
    format!("{code}{}", LETTERS.chars().nth((31 - sum % 31) % 31).expect("one of the letters"))
}

fn read<T: serde::de::DeserializeOwned>(value: Json) -> T {
    serde_json::from_value(value).expect("the wire's shape")
}

async fn person(registry: &Client, who: &Json) -> Client {
    let text = |name: &str| who[name].as_str().unwrap_or_default().to_owned();
    let tokens = registry.login(&text("email"), &text("password")).await.expect("signed in");
    registry.with_token(tokens.access_token)
}

/// Segments beside those that the marketplace comes with; all of their codes.
async fn segments(admin: &Client) -> Vec<String> {
    let known = admin.segments().await.expect("segments");
    let mut codes: Vec<_> = known.into_iter().map(|segment| segment.code).collect();
    for number in 1.. {
        if codes.len() >= SEGMENTS {
            break;
        }
        let code = format!("33-{number}");
        let put: PutSegment =
            read(json!({"parent": "33", "name": {"zh": format!("金属细分{number}"), "en": format!("Metal {number}")}}));
        admin.put_segment(&code, &put).await.expect("a segment");
        codes.push(code);
    }
    codes.truncate(SEGMENTS);
    codes
}

async fn providers(admin: &Client, registry: &Client, segments: &[String], city: &str, chance: &mut Chance) {
    let (email, password) = ("owner@bench.example", "a long enough password");
    let owner =
        || NewMember { email: email.into(), name: "Owner".into(), password: password.into(), role: "owner".into() };
    for number in 0..PROVIDERS {
        let (slug, name) = (format!("bench-{number}"), format!("服务商{number}"));
        let org = NewOrg { slug: slug.clone(), name, kind: OrgKind::Provider, city: None, owner: owner() };
        admin.new_org(&org).await.expect("a provider");
        let segment = &segments[usize::try_from(chance.below(segments.len() as u64)).expect("small")];
        let paper = json!({"title": "证书", "issuer": "协会", "number": number.to_string(), "digest": format!("sha256:{number:064x}"), "bytes": 1, "media_type": "application/pdf"});
        let new: NewIdentification = read(
            json!({"org": slug, "city": city, "segment": segment, "kind": "product", "statement": "做软件", "documents": [paper]}),
        );
        let client = person(registry, &json!({"email": email, "password": password})).await;
        client.identify(&new).await.expect("an application");
    }
}

fn programme(authority: &str, segments: &[String]) -> NewProgramme {
    let rules = json!({"document": "R", "tracks": [{"track": "general", "rate_bp": 4_000, "caps_fen": [0, 30_000_000, 60_000_000, 100_000_000]}],
        "categories": ["software"], "min_level": 2, "months_max": 12, "publicity_days": 7, "tranches_bp": [10_000]});
    read(
        json!({"authority": authority, "name": "Bench", "document": "B", "city_kind": "prefecture", "from": "2026-01-01", "until": "2099-12-31",
        "budget_fen": 10_000_000_000i64, "min_sme_share_bp": 8_000, "segments": segments, "rules": rules,
        "batches": [{"batch": 1, "from": "2026-01-01", "until": "2099-12-31", "budget_fen": 10_000_000_000i64}]}),
    )
}

/// Enrols the firms; two thirds are assessed, half are diagnosed. Returns one of them.
async fn firms(
    official: &Client,
    assessor: &Client,
    programme: &str,
    segments: &[String],
    chance: &mut Chance,
) -> String {
    let mut last = String::new();
    for number in 0..FIRMS {
        let segment = &segments[usize::try_from(chance.below(segments.len() as u64)).expect("small")];
        let firm = json!({"uscc": uscc(number), "name": format!("企业{number}"), "district": format!("{}区", chance.below(DISTRICTS)),
            "segment": segment, "above_scale": chance.below(2) == 0, "class": "none"});
        let enrol: Enrol = read(json!({"firm": firm, "pledge": true}));
        last = official.enrol(programme, &enrol).await.expect("a firm").id;
        if chance.below(3) == 0 {
            continue;
        }
        let level = u32::try_from(chance.below(3)).expect("small");
        let assessment = NewAssessment {
            kind: AssessmentKind::OnsiteBefore,
            edition: "2024".into(),
            base: 1_000 + 500 * level,
            management: 700 + 400 * level,
            results: 400 + 200 * level,
            scenes: [9, if level > 0 { 7 } else { 0 }, 0, 0],
            starred: [5, if level > 0 { 4 } else { 0 }, 0, 0],
            snapshot_sha256: format!("{number:064x}"),
        };
        assessor.new_assessment(&last, &assessment).await.expect("an assessment");
        if chance.below(2) == 0 {
            let step = TakeStep { act: SimpleAct::Diagnose, why: "诊断".into() };
            official.take_step(&last, &step).await.expect("a step");
        }
    }
    last
}

/// Milliseconds of each answer.
async fn asked(http: &reqwest::Client, url: &str, cookie: &str) -> Vec<f64> {
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        let started = Instant::now();
        let answer = http.get(url).header("cookie", cookie).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{url}");
        answer.bytes().await.expect("a page");
        if round > 0 {
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
    }
    times
}

async fn measured(demo: &Demo) -> Vec<Row> {
    let registry = Client::new(&demo.base).expect("an address");
    let facts = &demo.facts["authority"];
    let mut chance = Chance(SEED);
    let admin = person(&registry, &demo.facts["marketplace"]).await;
    let codes = segments(&admin).await;
    providers(&admin, &registry, &codes, facts["city"].as_str().unwrap_or_default(), &mut chance).await;
    // Signed in anew: what comes before may have taken the life of a token.
    let (official, assessor) =
        (person(&registry, &facts["official"]).await, person(&registry, &facts["assessor"]).await);
    let authority = facts["slug"].as_str().unwrap_or_default();
    let id = official.new_programme(&programme(authority, &codes)).await.expect("a programme").id;
    let project = firms(&official, &assessor, &id, &codes, &mut chance).await;
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let http = http.expect("a client");
    let cookie = sign_in(&http, demo, &facts["official"]).await;
    let below =
        ["", "/queue", "/projects", "/publicity", "/coverage", "/levels", "/cases", "/services", "/ledger", "/rules"];
    let pages = below.map(|below| format!("/city/{id}{below}"));
    let others = [format!("/projects/{project}"), "/city/providers".to_owned(), "/city/looks".to_owned()];
    let mut rows = Vec::new();
    for path in pages.into_iter().chain(others) {
        let times = asked(&http, &format!("{}{path}", demo.base), &cookie).await;
        let what = path.replace(&id, "{programme}").replace(&project, "{project}");
        let what = format!("{what}, {FIRMS} firms, {PROVIDERS} providers, {SEGMENTS} segments");
        rows.push(Row { what, ours: (Spread::new(times), "ms"), peer: None, ratio: None, goal: Goal::AtMost(GOAL_MS) });
    }
    rows
}

/// Every official's page.
pub fn rows(_: &Modules) -> Vec<Row> {
    let demo = Demo::start();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio.block_on(measured(&demo))
}
