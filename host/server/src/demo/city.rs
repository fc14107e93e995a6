//! A pilot city in the demo: its authority and people, a programme with a budget, providers that it identified, three firms
//! at different stages of their projects. Told on the staged clock, before the plants' own weeks begin.

use super::Stage;
use super::cast::{PROVIDERS, Person, SHOPS, Shop, WORKSHOP};
use super::facts::{Account, AuthorityAccount};
use super::identify::identify;
use super::project::{self, Side};
use super::publish::unless_known;
use super::shop;
use super::site::Site;
use crate::say;
use anyhow::Context;
use serde_json::{Value, json};
use toolcrib_contract::calendar::Zone;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{
    Batch, Category, CityKind, NewKit, NewOrg, NewProgramme, NewRules, OrgKind, ProgrammeRow, Track,
};

const DAY_US: i64 = 86_400_000_000;
/// How long before the plants' history the city's begins.
pub const PROLOGUE_US: i64 = 35 * DAY_US;

/// Of the authority.
pub const SLUG: &str = "yunhe";
const NAME: &str = "云河市经济和信息化局";
/// No city has this code.
const CITY: &str = "339900";
const PROGRAMME: &str = "云河市中小企业数字化转型试点";

pub const OFFICIAL: Person = Person { email: "zheng@yunhe.example", name: "郑颖" };
pub const ASSESSOR: Person = Person { email: "gu@yunhe.example", name: "顾峰" };
/// Experts of a review are at least three.
pub const EXPERTS: [Person; 2] =
    [Person { email: "ye@yunhe.example", name: "叶兰" }, Person { email: "luo@yunhe.example", name: "罗青" }];
pub const AUDITOR: Person = Person { email: "song@yunhe.example", name: "宋岩" };

/// Metal products, general machinery, special machinery, motor vehicles, electrical machinery: codes of GB/T 4754.
const SEGMENTS: [&str; 5] = ["33", "34", "35", "36", "38"];
/// District and segment of a firm, and its credit code: made up, with right check characters.
const PLACES: [(&str, &str, &str); 3] = [
    ("临江区", "33", "91339900MA2XH00A1D"),
    ("江北区", "33", "91339900MA2DH00B28"),
    ("南溪县", "34", "91339900MA2NX00C3G"),
];
/// Credit codes of the providers.
pub const SELLERS: [&str; 2] = ["91339900MA2HC00D44", "91339900MA2JY00E56"];

/// The day of the staged clock, as documents write it.
pub fn today(stage: &Stage) -> String {
    Zone::CHINA.local(stage.clock.now()).0.to_string()
}

/// Moves the clock on by some days.
pub fn pass_days(stage: &Stage, days: i64) {
    stage.clock.advance(stage.clock.now().plus_us(days * DAY_US));
}

/// The authority and its people, unless they are there.
///
/// # Errors
/// The registry.
pub async fn settle(stage: &mut Stage, admin: &Client) -> anyhow::Result<()> {
    let owner = shop::member(stage, &OFFICIAL, "official")?;
    let (slug, name, city) = (SLUG.to_owned(), NAME.to_owned(), Some(CITY.to_owned()));
    let org = NewOrg { slug, name, kind: OrgKind::Authority, city, owner };
    unless_known(admin.new_org(&org).await).context("the city's authority")?;
    let official = stage.sign_in(&OFFICIAL).await?;
    let experts = [&ASSESSOR].into_iter().chain(&EXPERTS).map(|person| (person, "assessor"));
    for (person, role) in experts.chain([(&AUDITOR, "auditor")]) {
        let member = shop::member(stage, person, role)?;
        official.new_org_member(SLUG, &member).await.with_context(|| format!("the account of {}", person.email))?;
    }
    Ok(())
}

/// Plays what happened before the plants' weeks, from the moment on that the clock shows: the programme, identifications,
/// and the projects of three firms.
///
/// # Errors
/// The registry.
pub async fn play(stage: &mut Stage, admin: &Client, until: Instant) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    let firms: [&Shop; 3] = [&WORKSHOP, &SHOPS[0], &SHOPS[1]];
    for firm in firms {
        shop::organisation(stage, admin, firm.slug, firm.name, &firm.owner, true).await?;
    }
    let official = stage.sign_in(&OFFICIAL).await?;
    let programme = official.new_programme(&programme(stage)).await.context("the city's programme")?;
    for (provider, segment) in [(&PROVIDERS[0], "33"), (&PROVIDERS[1], "34")] {
        identify(stage, provider, CITY, segment, true)
            .await
            .with_context(|| format!("identifying {}", provider.name))?;
    }
    // A second one of the same house is still with the experts.
    identify(stage, &PROVIDERS[1], CITY, "33", false).await?;
    let mut projects = Vec::new();
    for (firm, place) in firms.into_iter().zip(PLACES) {
        projects.push(project::enrol(stage, &programme.id, firm, place).await.with_context(|| firm.name)?);
    }
    let first = Side { provider: &PROVIDERS[0], seller: SELLERS[0] };
    let second = Side { provider: &PROVIDERS[1], seller: SELLERS[1] };
    project::to_award(stage, &programme, (&WORKSHOP, &projects[0]), &first).await.context("the beacon's project")?;
    project::to_delivery(stage, &programme, (&SHOPS[0], &projects[1]), &first).await.context(SHOPS[0].name)?;
    project::to_offer(stage, &programme, (&SHOPS[1], &projects[2]), &second).await.context(SHOPS[1].name)?;
    stage.clock.advance(until);
    say::done(format_args!("{NAME}: a programme, three firms in it, two providers identified"), started);
    Ok(())
}

/// The beacon's set-up, for firms of its segment and for the demo's other factories.
///
/// # Errors
/// The host or the registry.
pub async fn beacon(stage: &mut Stage, modules: &[&str]) -> anyhow::Result<()> {
    let token = stage.access_token(&WORKSHOP.owner).await?;
    let site = Site::new(&stage.base_url, WORKSHOP.slug, &token)?;
    let wish = json!({"title": format!("{}样板", WORKSHOP.name), "modules": modules, "mapping": true});
    let made: Value = site.ask("kit", &wish).await?;
    let envelope = made["envelope"].as_str().context("a kit comes in an envelope")?.to_owned();
    let tenants = SHOPS.iter().map(|shop| shop.slug.to_owned()).collect();
    let kit = NewKit { envelope, tenants, segments: vec![PLACES[0].1.to_owned()] };
    stage.registry.with_token(token).new_kit(WORKSHOP.slug, &kit).await.context("publishing it")?;
    Ok(())
}

fn programme(stage: &Stage) -> NewProgramme {
    let today = Zone::CHINA.local(stage.clock.now()).0;
    let day = |days: i64| today.plus_days(days).to_string();
    let track = |track: &str, rate_bp| Track {
        track: track.to_owned(),
        rate_bp,
        caps_fen: [0, 30_000_000, 60_000_000, 100_000_000],
    };
    NewProgramme {
        authority: SLUG.to_owned(),
        name: PROGRAMME.to_owned(),
        document: "云政办〔2026〕18号".to_owned(),
        city_kind: CityKind::Prefecture,
        from: day(0),
        until: day(730),
        budget_fen: 10_000_000_000,
        min_sme_share_bp: 8_000,
        segments: SEGMENTS.map(str::to_owned).to_vec(),
        batches: vec![
            Batch { batch: 1, from: day(0), until: day(364), budget_fen: 6_000_000_000 },
            Batch { batch: 2, from: day(365), until: day(730), budget_fen: 4_000_000_000 },
        ],
        rules: NewRules {
            document: "云经信〔2026〕33号".to_owned(),
            tracks: vec![track("general", 4_000), track("chain", 5_000)],
            decline_bp: vec![0, 1_000],
            categories: vec![Category::Software, Category::Cloud, Category::Collection, Category::Consulting],
            excluded_funding: vec!["pilot-2022".to_owned()],
            excludes_dishonest: true,
            min_level: 2,
            min_gain: 1,
            months_max: 12,
            publicity_days: 7,
            tranches_bp: vec![6_000, 4_000],
            provider_cap_fen: None,
        },
    }
}

/// What `demo.json` says of the city. In a directory from before there was one it has no programme.
///
/// # Errors
/// The registry.
pub async fn account(stage: &mut Stage) -> anyhow::Result<AuthorityAccount> {
    let official = stage.sign_in(&OFFICIAL).await?;
    let programmes: Vec<ProgrammeRow> = official.programmes(&format!("authority={SLUG}")).await?;
    let programme = programmes.into_iter().next().map(|row| row.id).unwrap_or_default();
    let mut account = |person: &Person| -> anyhow::Result<Account> {
        Ok(Account { email: person.email.to_owned(), password: stage.password(person)? })
    };
    Ok(AuthorityAccount {
        slug: SLUG.to_owned(),
        city: CITY.to_owned(),
        programme,
        official: account(&OFFICIAL)?,
        assessor: account(&ASSESSOR)?,
        auditor: account(&AUDITOR)?,
    })
}
