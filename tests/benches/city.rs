//! A city's pages over a registry of 2,000 firms, 98 providers and 38 segments: how long an official, an assessor and an
//! auditor wait for each; and the same pages over 200 and over 20,000 firms.
//!
//! With `--quick` a few of each, to show that it works.

use crate::screens::{Demo, sign_in};
use crate::setting::{Modules, is_quick};
use crate::table::{Goal, Row, Spread};
use serde_json::{Value as Json, json};
use std::time::Instant;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{
    AssessmentKind, Enrol, NewAssessment, NewIdentification, NewMember, NewOrg, NewProgramme, OrgKind, PutSegment,
    SimpleAct, TakeStep,
};

/// How much is made and asked.
struct Size {
    /// Firms when the pages are asked: few, as many as the first national batch had, many.
    firms: [u64; 3],
    providers: u64,
    segments: usize,
    /// Times that each page is asked for.
    rounds: usize,
}

/// What the registry of the first national batch held, a tenth of its firms and ten times as many.
const FULL: Size = Size { firms: [200, 2_000, 20_000], providers: 98, segments: 38, rounds: 20 };
const QUICK: Size = Size { firms: [6, 12, 24], providers: 3, segments: 34, rounds: 2 };
const DISTRICTS: u64 = 13;
/// What chance begins with: the same city in every run.
const SEED: u64 = 2_026;
/// Milliseconds that an official waits, at most.
const GOAL_MS: f64 = 300.0;
/// How much longer a page may take with a hundred times as many firms.
const GOAL_FLAT: f64 = 1.5;
/// Firms after which everybody signs in anew: access tokens live for a quarter of an hour.
const FIRMS_OF_TOKEN: u64 = 1_000;

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
async fn segments(admin: &Client, count: usize) -> Vec<String> {
    let known = admin.segments().await.expect("segments");
    let mut codes: Vec<_> = known.into_iter().map(|segment| segment.code).collect();
    for number in 1.. {
        if codes.len() >= count {
            break;
        }
        let code = format!("33-{number}");
        let put: PutSegment =
            read(json!({"parent": "33", "name": {"zh": format!("金属细分{number}"), "en": format!("Metal {number}")}}));
        admin.put_segment(&code, &put).await.expect("a segment");
        codes.push(code);
    }
    codes.truncate(count);
    codes
}

async fn providers(
    admin: &Client,
    registry: &Client,
    segments: &[String],
    city: &str,
    count: u64,
    chance: &mut Chance,
) {
    let (email, password) = ("owner@bench.example", "a long enough password");
    let owner =
        || NewMember { email: email.into(), name: "Owner".into(), password: password.into(), role: "owner".into() };
    for number in 0..count {
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

/// One firm: two of three are assessed, half of these diagnosed. Returns its project.
async fn firm(desk: &Desk<'_>, people: &People, number: u64, chance: &mut Chance) -> String {
    let segment = &desk.segments[usize::try_from(chance.below(desk.segments.len() as u64)).expect("small")];
    let firm = json!({"uscc": uscc(number), "name": format!("企业{number}"), "district": format!("{}区", chance.below(DISTRICTS)),
        "segment": segment, "above_scale": chance.below(2) == 0, "class": "none"});
    let enrol: Enrol = read(json!({"firm": firm, "pledge": true}));
    let id = people.official.enrol(desk.programme, &enrol).await.expect("a firm").id;
    if chance.below(3) == 0 {
        return id;
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
    people.assessor.new_assessment(&id, &assessment).await.expect("an assessment");
    if chance.below(2) == 0 {
        let step = TakeStep { act: SimpleAct::Diagnose, why: "诊断".into() };
        people.official.take_step(&id, &step).await.expect("a step");
    }
    id
}

/// What is filled with firms.
struct Desk<'a> {
    programme: &'a str,
    segments: &'a [String],
}

/// Whoever acts for the authority.
struct People {
    official: Client,
    assessor: Client,
}

impl People {
    /// Signed in anew: what comes before may have taken the life of a token.
    async fn of(registry: &Client, facts: &Json) -> Self {
        let (official, assessor) =
            (person(registry, &facts["official"]).await, person(registry, &facts["assessor"]).await);
        Self { official, assessor }
    }
}

/// Milliseconds of each answer.
async fn asked(http: &reqwest::Client, url: &str, cookie: &str, rounds: usize) -> Vec<f64> {
    let mut times = Vec::new();
    for round in 0..=rounds {
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

/// Every page that somebody has, by who they are. Two of the programme's show a row for every segment and district; what
/// they show is bounded by those, not by firms.
fn pages(id: &str, project: &str) -> Vec<(&'static str, String)> {
    let below =
        ["", "/queue", "/projects", "/publicity", "/coverage", "/levels", "/cases", "/services", "/ledger", "/rules"];
    let filters = ["?state=diagnosed", "?district=3区&segment=33", "?state=enrolled&segment=33&district=1区"];
    let own = ["/city", "/city/new", "/city/people", "/city/providers", "/city/looks"];
    let mut all: Vec<(&'static str, String)> = own.iter().map(|path| ("official", (*path).to_owned())).collect();
    all.extend(below.iter().map(|below| ("official", format!("/city/{id}{below}"))));
    all.extend(filters.iter().map(|filter| ("official", format!("/city/{id}/projects{filter}"))));
    all.push(("official", format!("/city/{id}/coverage/csv")));
    all.push(("official", format!("/projects/{project}")));
    all.extend(["/assess", "/city", "/city/providers"].iter().map(|path| ("assessor", (*path).to_owned())));
    all.push(("assessor", format!("/projects/{project}")));
    all.push(("assessor", format!("/projects/{project}/do/assess")));
    all.extend(["/city", "/city/looks", "/city/providers"].iter().map(|path| ("auditor", (*path).to_owned())));
    all.extend(below.iter().map(|below| ("auditor", format!("/city/{id}{below}"))));
    all.push(("auditor", format!("/projects/{project}")));
    all
}

/// Pages of one provider on the list, and of a factory that lets auditors look, where there are some.
async fn others(registry: &Client, facts: &Json) -> Vec<(&'static str, String)> {
    let (official, auditor) = (person(registry, &facts["official"]).await, person(registry, &facts["auditor"]).await);
    let city = facts["city"].as_str().unwrap_or_default();
    let listed = official.identifications(&format!("view=city&city={city}&limit=1")).await.expect("identifications");
    let audited = auditor.audited(facts["slug"].as_str().unwrap_or_default()).await.expect("factories");
    let listed = listed.rows.first().map(|row| ("official", format!("/identifications/{}", row.id)));
    let audited = audited.first().map(|consent| ("auditor", format!("/city/factories/{}", consent.tenant)));
    listed.into_iter().chain(audited).collect()
}

/// How long everybody's pages take now, in their order.
async fn waits(demo: &Demo, registry: &Client, id: &str, project: &str, rounds: usize) -> Vec<(String, Vec<f64>)> {
    let facts = &demo.facts["authority"];
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let http = http.expect("a client");
    let mut cookies = std::collections::BTreeMap::new();
    for who in ["official", "assessor", "auditor"] {
        cookies.insert(who, sign_in(&http, demo, &facts[who]).await);
    }
    let mut waited = Vec::new();
    for (who, path) in pages(id, project).into_iter().chain(others(registry, facts).await) {
        let times = asked(&http, &format!("{}{path}", demo.base), &cookies[who], rounds).await;
        waited.push((format!("{who} {}", path.replace(id, "{programme}").replace(project, "{project}")), times));
    }
    waited
}

/// All pages of one round together.
fn together(waited: &[(String, Vec<f64>)]) -> Vec<f64> {
    let bounded = |what: &str| what.contains("/coverage") || what.contains("/levels");
    let counted: Vec<_> = waited.iter().filter(|(what, _)| !bounded(what)).map(|(_, times)| times).collect();
    (0..counted[0].len()).map(|round| counted.iter().map(|times| times[round]).sum()).collect()
}

async fn measured(demo: &Demo, size: &Size) -> Vec<Row> {
    let registry = Client::new(&demo.base).expect("an address");
    let facts = &demo.facts["authority"];
    let mut chance = Chance(SEED);
    let admin = person(&registry, &demo.facts["marketplace"]).await;
    let codes = segments(&admin, size.segments).await;
    let city = facts["city"].as_str().unwrap_or_default();
    providers(&admin, &registry, &codes, city, size.providers, &mut chance).await;
    let mut people = People::of(&registry, facts).await;
    let authority = facts["slug"].as_str().unwrap_or_default();
    let id = people.official.new_programme(&programme(authority, &codes)).await.expect("a programme").id;
    let desk = Desk { programme: &id, segments: &codes };
    let (mut number, mut last, mut all) = (0, String::new(), Vec::new());
    for firms in size.firms {
        while number < firms {
            if number.is_multiple_of(FIRMS_OF_TOKEN) {
                people = People::of(&registry, facts).await;
            }
            last = firm(&desk, &people, number, &mut chance).await;
            number += 1;
        }
        all.push(waits(demo, &registry, &id, &last, size.rounds).await);
    }
    rows_of(size, &all)
}

fn rows_of(size: &Size, all: &[Vec<(String, Vec<f64>)>]) -> Vec<Row> {
    let [few, firms, many] = size.firms;
    let scene = format!("{firms} firms, {} providers, {} segments", size.providers, size.segments);
    let page = |(what, times): &(String, Vec<f64>)| Row {
        what: format!("{what}, {scene}"),
        ours: (Spread::new(times.clone()), "ms"),
        peer: None,
        ratio: None,
        goal: Goal::AtMost(GOAL_MS),
    };
    let mut rows: Vec<_> = all[1].iter().map(page).collect();
    let (before, after) = (together(&all[0]), together(&all[2]));
    rows.push(Row {
        what: format!("All pages but coverage and levels, {many} firms vs {few}"),
        ratio: Some(Spread::quotient(&after, &before)),
        ours: (Spread::new(after), "ms"),
        peer: Some(Spread::new(before)),
        goal: Goal::AtMost(GOAL_FLAT),
    });
    rows
}

/// Everybody's pages.
pub fn rows(_: &Modules) -> Vec<Row> {
    let demo = Demo::start();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio.block_on(measured(&demo, if is_quick() { &QUICK } else { &FULL }))
}
