//! A firm proves how it works with the platform, and a neighbour takes its set-up over: over real HTTP, with the real
//! module of master data. Whoever bends evidence or a kit is refused, and nothing is half done.

use crate::chaos::servers::{
    PASSWORD, PROGRAM, Process, Product, Servers, SystemChance, Tenant, organisation, sign_in,
};
use crate::scenarios::views::Person;
use crate::wait::until_async;
use serde_json::{Value as Json, json};
use std::process::Command;
use std::time::Duration;
use toolcrib_contract::kit::{Kit, PAYLOAD};
use toolcrib_registry_client::wire::{
    Batch, Category, CityKind, Enrol, EvidenceSource, Firm, FirmClass, NewAdoption, NewKit, NewMember, NewProgramme,
    NewRules, OrgKind, SendStatement, Subscribe, Track,
};
use toolcrib_registry_client::{Client, ClientError};
use toolcrib_trust::{Signer, hosted};

const SOON: Duration = Duration::from_secs(30);
const DAY_S: i64 = 86_400;
/// The module of master data, which needs no grant.
const PLANT: Product<'static> = Product { module: "plant", grants: &[], query: "reasons", config: "", marketplace: "" };

/// A factory's API on its host.
struct Place<'a> {
    http: reqwest::Client,
    host: &'a Process,
    tenant: &'a Tenant,
    token: &'a str,
}

impl Place<'_> {
    async fn post(&self, path: &str, body: &Json) -> (u16, Json) {
        let url = format!("{}/v1/t/{}{path}", self.host.url, self.tenant.slug);
        let answer = self.http.post(url).bearer_auth(self.token).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Json {
        let url = format!("{}/v1/t/{}{path}", self.host.url, self.tenant.slug);
        self.http.get(url).bearer_auth(self.token).send().await.unwrap().json().await.unwrap()
    }

    /// The answer of a success.
    async fn ok(&self, path: &str, body: &Json) -> Json {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Code and detail of a refusal.
    async fn refused(&self, path: &str, body: &Json) -> (String, String) {
        let (status, problem) = self.post(path, body).await;
        assert!(status >= 400, "{path}: {problem}");
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        (text("code"), text("detail"))
    }

    async fn read(&self, signal: &str, at: &str) {
        let line = json!({"signal": signal, "at": at, "value": 1}).to_string();
        let url = format!("{}/v1/t/{}/readings", self.host.url, self.tenant.slug);
        let sent = self.http.post(url).bearer_auth(&self.tenant.device_token).body(line).send().await.unwrap();
        assert!(sent.status().is_success(), "{}", sent.text().await.unwrap());
    }
}

fn code<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> String {
    answer.unwrap_err().code().unwrap_or_default().to_owned()
}

/// Days before today, by clocks in China, and the moment of noon on that day.
#[expect(clippy::disallowed_methods, reason = "the servers of this story are processes with the real clock")]
fn day(before: i64) -> (String, String) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().cast_signed();
    let date = (now + 8 * 3_600).div_euclid(DAY_S) - before;
    let text = toolcrib_contract::Date(date).to_string();
    let noon = toolcrib_contract::Instant((date * DAY_S + 4 * 3_600) * 1_000_000).to_string();
    (text, noon)
}

fn reason(code: &str, zh: &str) -> Json {
    json!({"kind": "stop", "code": code, "zh": zh, "en": code})
}

/// A programme of a city in which the firm takes part: the id of its project, and the city's official.
async fn project(admin: &Client, registry: &Client, owner: &Client) -> (String, Client) {
    let official = NewMember {
        email: "li@hangzhou.example".into(),
        name: "Li".into(),
        password: PASSWORD.into(),
        role: "official".into(),
    };
    let city = Some("330100".to_owned());
    let mut authority = organisation("hangzhou", OrgKind::Authority, "li@hangzhou.example");
    (authority.city, authority.owner) = (city, official);
    admin.new_org(&authority).await.unwrap();
    let official = sign_in(registry, "li@hangzhou.example", PASSWORD).await;
    let (from, until) = (day(1).0, day(-300).0);
    let track = Track { track: "general".into(), rate_bp: 4_000, caps_fen: [0, 30_000_000, 60_000_000, 100_000_000] };
    let rules = NewRules {
        document: "R1".into(),
        tracks: vec![track],
        decline_bp: Vec::new(),
        categories: vec![Category::Software],
        excluded_funding: Vec::new(),
        excludes_dishonest: false,
        min_level: 2,
        min_gain: 0,
        months_max: 12,
        publicity_days: 7,
        tranches_bp: vec![10_000],
        provider_cap_fen: None,
    };
    let programme = NewProgramme {
        authority: "hangzhou".into(),
        name: "Pilot".into(),
        document: "D1".into(),
        city_kind: CityKind::Leading,
        from: from.clone(),
        until: until.clone(),
        budget_fen: 100_000_000,
        min_sme_share_bp: 8_000,
        segments: vec!["33".into()],
        batches: vec![Batch { batch: 1, from, until, budget_fen: 100_000_000 }],
        rules,
    };
    let programme = official.new_programme(&programme).await.unwrap();
    let firm = Firm {
        uscc: "91330100799655058B".into(),
        name: "Plant".into(),
        district: "Binjiang".into(),
        segment: "33".into(),
        above_scale: true,
        class: FirmClass::Specialised,
        dishonest: false,
        funded_by: Vec::new(),
        org: Some("plant".into()),
    };
    let enrolled = owner.enrol(&programme.id, &Enrol { firm, pledge: true }).await.unwrap();
    (enrolled.id, official)
}

fn verify(servers: &Servers, archive: &[u8]) -> (bool, String) {
    let file = servers.folder().join("evidence.tar");
    std::fs::write(&file, archive).unwrap();
    let mut command = Command::new(PROGRAM);
    let output =
        command.args(["verify", "--config"]).arg(servers.folder().join("host.toml")).arg(&file).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firm_proves_its_use_and_a_neighbour_takes_its_set_up_over() {
    let (servers, host) = Servers::with(2, PLANT).await;
    let owner = servers.owner().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let place =
        |nth: usize| Place { http: http.clone(), host: &host, tenant: &servers.tenants[nth], token: &servers.token };
    let (beacon, neighbour) = (place(0), place(1));
    let rows = json!({"rows": [reason("tool", "换刀"), reason("wait", "等料")]});
    beacon.ok("/m/plant/import_reasons", &rows).await;
    beacon.ok("/m/plant/import_people", &json!({"rows": [{"code": "0017", "name": "王师傅"}]})).await;
    for (signal, before) in [("press-1.good", 1), ("press-1.good", 0), ("press-2.state", 1)] {
        beacon.read(signal, &day(before).1).await;
    }
    evidence(&servers, &beacon, &owner).await;
    kit(&servers, &beacon, &neighbour, &owner).await;
}

/// What a form of a page sends without being seen.
fn hidden<'p>(page: &'p str, action: &str, name: &str) -> &'p str {
    let form = page.split(&format!("action=\"{action}\"")).nth(1).unwrap_or_else(|| panic!("no form in {page}"));
    let value = form.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a hidden field");
    value.split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kit_with_missing_modules_is_one_consent_and_goes_on_where_it_was_interrupted() {
    let (servers, host) = Servers::with(3, PLANT).await;
    let owner = servers.owner().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let place =
        |nth: usize| Place { http: http.clone(), host: &host, tenant: &servers.tenants[nth], token: &servers.token };
    let beacon = place(0);
    let rows = json!({"rows": [reason("tool", "换刀"), reason("wait", "等料")]});
    beacon.ok("/m/plant/import_reasons", &rows).await;
    let made = beacon.ok("/kit", &json!({"title": "冲压车间", "modules": ["plant"]})).await;
    let new = NewKit {
        envelope: made["envelope"].as_str().unwrap().to_owned(),
        tenants: servers.tenants[1..].iter().map(|tenant| tenant.slug.clone()).collect(),
        segments: Vec::new(),
    };
    let published = until_async("the registry to know the host's key", SOON, || async {
        owner.new_kit(&beacon.tenant.id, &new).await.ok()
    });
    let kit = published.await.id;
    let person = Person::sign_in(&host.url).await;
    for (nth, interrupted) in [(1, false), (2, true)] {
        let neighbour = place(nth);
        owner.unsubscribe(&neighbour.tenant.id, "plant").await.unwrap();
        assert_eq!(neighbour.refused("/m/plant/reasons", &json!({})).await.0, "not-subscribed");
        let path = format!("/t/{}/kits/{kit}", neighbour.tenant.slug);
        let adopt = format!("{path}/adopt");
        let mut page = person.get(&path).await;
        let shown = hidden(&page, &adopt, "shown").to_owned();
        if interrupted {
            // As far as it had come when the browser, the host or the power failed: subscribed, and no row made.
            let asked = owner.consent_page_of(&neighbour.tenant.id, "plant", "").await.unwrap();
            let (module, version) = (asked.page.module.clone(), Some(asked.page.version.clone()));
            let subscribe =
                Subscribe { module, version, grants: Vec::new(), scopes: Vec::new(), shown: Some(asked.sha256) };
            assert!(owner.subscribe(&neighbour.tenant.id, &subscribe).await.unwrap().in_force);
            let answer =
                person.send(&adopt, &[("_token", hidden(&page, &adopt, "_token")), ("shown", shown.as_str())]).await;
            assert_eq!(answer.status().as_u16(), 409, "what was shown is not what would be done any more");
            page = answer.text().await.unwrap();
            assert!(page.contains("conflict"), "{page}");
            assert_ne!(hidden(&page, &adopt, "shown"), shown, "the same page shows what is left");
        }
        let send = [("_token", hidden(&page, &adopt, "_token")), ("shown", hidden(&page, &adopt, "shown"))];
        let answer = person.send(&adopt, &send).await;
        assert_eq!(answer.status().as_u16(), 303, "{}", answer.text().await.unwrap());
        let here = neighbour.ok("/m/plant/reasons", &json!({})).await;
        assert_eq!(here["rows"].as_array().unwrap().len(), 2, "{here}");
        let again = person.send(&adopt, &send).await;
        assert_eq!(again.status().as_u16(), 409, "it is done");
    }
    let mut adoptions = owner.adoptions(&beacon.tenant.id, &kit).await.unwrap();
    adoptions.sort_by_key(|adoption| adoption.subscribed.len());
    let told: Vec<_> = adoptions.iter().map(|adoption| (adoption.subscribed.len(), adoption.made)).collect();
    assert_eq!(told, [(0, 2), (1, 2)], "each is noted once, with what it still had to do");
}

/// Counted, signed, sent with consent, archived, checked by somebody who has nothing but the registry's key.
async fn evidence(servers: &Servers, beacon: &Place<'_>, owner: &Client) {
    let period = json!({"from": day(2).0, "until": day(0).0});
    let made = beacon.ok("/evidence", &period).await;
    let said = &made["statement"];
    assert_eq!((&said["machines"]["connected"], &said["sources"]["connected"]), (&json!(2), &json!(1)), "{said}");
    let press = &said["machines"]["list"][0];
    assert_eq!((&press["equipment"], &press["days"]), (&json!("press-1"), &json!(2)), "{press}");
    let plant = &said["modules"]["list"][0];
    assert_eq!(
        (&plant["module"], &plant["calls"], &plant["people"]),
        (&json!("plant"), &json!(2), &json!(1)),
        "{plant}"
    );
    assert_eq!(beacon.refused("/evidence", &json!({"from": day(0).0, "until": day(-2).0})).await.0, "bad-input");

    let admin = servers.admin().await;
    let (project, official) = project(&admin, &servers.client(), owner).await;
    let envelope = made["envelope"].as_str().unwrap().to_owned();
    let send = |key: &str, envelope: String| SendStatement { key: key.to_owned(), envelope };
    let sent = until_async("the registry to know the host's key", SOON, || async {
        owner.send_statement(&project, &send("H2", envelope.clone())).await.ok()
    });
    let sent = sent.await;
    assert_eq!((sent.source, sent.sha256.as_str()), (EvidenceSource::Generated, made["sha256"].as_str().unwrap()));
    assert_eq!(sent.told.as_ref().unwrap().machine_days, 2);
    // The same again is the same; a bent one, one about another firm and one by nobody are none.
    assert_eq!(owner.send_statement(&project, &send("H2", envelope.clone())).await.unwrap().id, sent.id);
    let bent = envelope.replacen("eyJ", "eyK", 1);
    assert_eq!(code(owner.send_statement(&project, &send("H1", bent)).await), "not-proven");
    let stranger = hosted::seal(toolcrib_contract::attestation::PAYLOAD, b"{}", &Signer::generate(&SystemChance));
    assert_eq!(code(owner.send_statement(&project, &send("H1", stranger)).await), "not-proven");
    assert_eq!(code(owner.send_statement(&project, &send("Z9", envelope.clone())).await), "bad-input");
    assert_eq!(code(official.send_statement(&project, &send("H1", envelope)).await), "not-allowed");

    let invoice = owner.send_file(&project, "C6", "invoice.pdf", b"%PDF-1.7 invoice".to_vec()).await.unwrap();
    assert_eq!((invoice.media.as_str(), invoice.also_in), ("application/pdf", 0));
    assert_eq!(code(owner.send_file(&project, "C6", "invoice.pdf", b"MZ program".to_vec()).await), "bad-input");
    let seen = official.project_evidence(&project).await.unwrap();
    assert_eq!(seen.items.len(), 2, "{seen:?}");

    let archive = official.evidence_archive(&project).await.unwrap();
    assert_eq!(archive, owner.evidence_archive(&project).await.unwrap(), "the same evidence makes the same bytes");
    let (proven, said) = verify(servers, &archive);
    assert!(proven && said.contains("invoice.pdf") && said.contains("a host, key"), "{said}");
    let at = archive.windows(8).position(|bytes| bytes == b"%PDF-1.7").unwrap();
    let mut bent = archive.clone();
    bent[at] ^= 1;
    let (proven, said) = verify(servers, &bent);
    assert!(!proven && said.contains("another hash"), "{said}");
}

/// Made, published, planned, taken over once; bent ones and conflicts are refused before anything is written.
async fn kit(servers: &Servers, beacon: &Place<'_>, neighbour: &Place<'_>, owner: &Client) {
    let made = beacon.ok("/kit", &json!({"title": "冲压车间", "modules": ["plant"]})).await;
    let text = made["kit"].to_string();
    assert!(text.contains("换刀") && !text.contains("王师傅"), "set-up leaves, people do not: {text}");
    let new = |envelope: &Json| NewKit {
        envelope: envelope.as_str().unwrap().to_owned(),
        tenants: vec![neighbour.tenant.slug.clone()],
        segments: Vec::new(),
    };
    let published = owner.new_kit(&beacon.tenant.id, &new(&made["envelope"])).await.unwrap();
    assert_eq!(published.rows, 2);
    assert_eq!(
        code(owner.new_kit(&neighbour.tenant.id, &new(&made["envelope"])).await),
        "kit-refused",
        "another firm's"
    );
    assert_eq!(owner.kits(&neighbour.tenant.id).await.unwrap().offered.len(), 1);
    smuggled(servers, beacon, owner, &made["kit"]).await;

    let page = owner.kit(&neighbour.tenant.id, &published.id).await.unwrap();
    let foreign = |shown: &str| json!({"envelope": page.envelope, "key": page.key, "shown": shown});
    let plan_of = |envelope: &str| json!({"envelope": envelope, "key": page.key});
    let bent = page.envelope.replacen("eyJ", "eyK", 1);
    assert_eq!(neighbour.refused("/kit/plan", &plan_of(&bent)).await.0, "not-proven");

    // A row that says something else here stands against it.
    neighbour.ok("/m/plant/import_reasons", &json!({"rows": [reason("wait", "等人")]})).await;
    let plan = neighbour.ok("/kit/plan", &plan_of(&page.envelope)).await;
    assert_eq!(plan["plan"]["against"].as_array().unwrap().len(), 1, "{plan}");
    let (refused, why) = neighbour.refused("/kit/adopt", &foreign(plan["shown"].as_str().unwrap())).await;
    assert_eq!((refused.as_str(), why.contains("plant/reasons")), ("kit-refused", true), "{why}");
    let here = neighbour.ok("/m/plant/reasons", &json!({})).await;
    assert_eq!(here["rows"].as_array().unwrap().len(), 1, "nothing is half taken over: {here}");

    // Settled, it is taken over as it was shown, and only so.
    neighbour.ok("/m/plant/import_reasons", &json!({"rows": [reason("wait", "等料")]})).await;
    assert_eq!(neighbour.refused("/kit/adopt", &foreign(plan["shown"].as_str().unwrap())).await.0, "conflict");
    let plan = neighbour.ok("/kit/plan", &plan_of(&page.envelope)).await;
    let shown = plan["shown"].as_str().unwrap();
    let adopted = neighbour.ok("/kit/adopt", &foreign(shown)).await;
    assert_eq!(adopted["adoption"]["made"], json!(1), "{adopted}");
    assert_eq!(neighbour.refused("/kit/adopt", &foreign(shown)).await.0, "conflict", "it is done");
    let here = neighbour.ok("/m/plant/reasons", &json!({})).await;
    assert_eq!(here["rows"].as_array().unwrap().len(), 2, "{here}");
    let again = neighbour.ok("/kit/plan", &plan_of(&page.envelope)).await;
    assert_eq!(again["done"], json!(true), "{again}");
    assert_eq!(neighbour.get("/kit").await["adoption"]["title"], "冲压车间");

    let said = NewAdoption { sha256: page.row.sha256.clone(), subscribed: Vec::new(), made: 1 };
    owner.note_adoption(&neighbour.tenant.id, &published.id, &said).await.unwrap();
    let adoptions = owner.adoptions(&beacon.tenant.id, &published.id).await.unwrap();
    assert_eq!((adoptions.len(), adoptions[0].made), (1, 1));
    let by = &adoptions[0].by;
    assert!(by.contains(" · "), "a person and an organisation: {by}");
    owner.withdraw_kit(&beacon.tenant.id, &published.id).await.unwrap();
    assert_eq!(code(owner.kit(&neighbour.tenant.id, &published.id).await), "not-found");
}

/// A kit with people, though the host's own key signed it: somebody has the key and means ill.
async fn smuggled(servers: &Servers, beacon: &Place<'_>, owner: &Client, kit: &Json) {
    let secret = std::fs::read_to_string(servers.folder().join("host/host.key")).unwrap();
    let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).unwrap()).collect();
    let signer = Signer::from_bytes(&bytes.try_into().unwrap());
    let publish = |kit: Kit| {
        let envelope = hosted::seal(PAYLOAD, kit.canonical().as_bytes(), &signer);
        let new = NewKit { envelope, tenants: vec![servers.tenants[1].slug.clone()], segments: Vec::new() };
        async move { owner.new_kit(&beacon.tenant.id, &new).await.map(|row| row.title) }
    };
    let good: Kit = serde_json::from_value(kit.clone()).unwrap();
    let mut people = good.clone();
    people.lists[0].set_up.read = "people".into();
    people.lists[0].set_up.write = "import_people".into();
    assert_eq!(code(publish(people).await), "kit-refused");
    let mut column = good.clone();
    column.lists[0].rows[0].insert("customer".into(), "x".into());
    assert_eq!(code(publish(column).await), "kit-refused");
    let mut absent = good;
    absent.modules[0].version = "9.9.9".into();
    assert_eq!(code(publish(absent).await), "kit-refused");
}
