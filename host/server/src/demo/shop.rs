//! A small manufacturer: its accounts, its consent, its master data, its machines.

use super::Stage;
use super::cast::{Person, Shop, TIME_ZONE};
use super::facts::{DeviceAccount, ModuleVersion, TenantAccount};
use super::feed::Feed;
use super::machines::{BREAK_S, BREAK_STARTS_S, Machine, SECOND_US, SHIFT_S, SHIFT_STARTS_S};
use super::memory::Device;
use super::publish::unless_known;
use super::site::{Site, is_problem};
use crate::say;
use anyhow::Context;
use serde_json::{Value, json};
use std::time::Duration;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{NewMember, NewOrg, NewTenant, OrgKind, Subscribe};

/// How much history a new plant has at least; it begins with a shift.
const HISTORY_US: i64 = 4 * 3_600 * SECOND_US;
/// How far back a plant that was away is filled up, at most: less than the samples of one answer.
const GAP_US: i64 = 12 * 3_600 * SECOND_US;
/// Ideal speeds are known from before the first piece on.
const RATES_BEFORE_US: i64 = 3_600 * SECOND_US;
/// Days planned from yesterday on.
const DAYS: i64 = 9;
const DAY_US: i64 = 86_400 * SECOND_US;
/// The time of the demo's plants, east of Greenwich.
const OFFSET_US: i64 = 8 * 3_600 * SECOND_US;
/// How long the host may take to bring a new tenant into force.
const IN_FORCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(200);

/// Creates an organisation with its owner, unless it exists.
///
/// # Errors
/// The registry.
pub async fn organisation(
    stage: &mut Stage,
    admin: &Client,
    slug: &str,
    name: &str,
    owner: &Person,
    sme: bool,
) -> anyhow::Result<()> {
    let kind = if sme { OrgKind::Sme } else { OrgKind::Provider };
    let owner = member(stage, owner, "owner")?;
    let org = NewOrg { slug: slug.to_owned(), name: name.to_owned(), kind, city: None, owner };
    unless_known(admin.new_org(&org).await).with_context(|| format!("organisation `{slug}`"))?;
    Ok(())
}

/// An account with this role, to be added.
///
/// # Errors
/// The disk.
pub fn member(stage: &mut Stage, person: &Person, role: &str) -> anyhow::Result<NewMember> {
    let password = stage.password(person)?;
    let (email, name) = (person.email.to_owned(), person.name.to_owned());
    Ok(NewMember { email, name, password, role: role.to_owned() })
}

/// Opens the tenant of a shop: operator, device, modules.
///
/// # Errors
/// The registry or the host.
pub async fn tenant(stage: &mut Stage, shop: &Shop, modules: &[&ModuleVersion]) -> anyhow::Result<TenantAccount> {
    let owner = stage.sign_in(&shop.owner).await?;
    let id = its_id(&owner, shop).await?;
    owner.new_member(&id, &member(stage, &shop.operator, "operator")?).await.context("the operator's account")?;
    let device = device(stage, &owner, &id, shop.slug).await?;
    for module in modules {
        subscribe(&owner, &id, module).await.with_context(|| format!("subscribing to `{}`", module.name))?;
    }
    // Signed in anew: the first token was made before the tenant.
    let token = stage.access_token(&shop.owner).await?;
    in_force(&Site::new(&stage.base_url, shop.slug, &token)?).await?;
    let (slug, email) = (shop.slug.to_owned(), shop.owner.email.to_owned());
    let device = DeviceAccount::of(&slug, device);
    Ok(TenantAccount { id, slug, email, password: stage.password(&shop.owner)?, device })
}

/// Opens a shop whose machines tell everything by themselves: tenant, master data, history. Returns it with its running
/// machines.
///
/// # Errors
/// The registry or the host.
pub async fn open(stage: &mut Stage, shop: &Shop, modules: &[&ModuleVersion]) -> anyhow::Result<(TenantAccount, Feed)> {
    let started = std::time::Instant::now();
    let account = tenant(stage, shop, modules).await?;
    let token = stage.access_token(&shop.owner).await?;
    let site = Site::new(&stage.base_url, shop.slug, &token)?;
    let now = stage.world.clock.now();
    let since = stage.memory.since(shift_before(now.plus_us(-HISTORY_US)))?;
    let machines = (shop.machines)();
    master_data(&site, shop, &machines, now).await.context("entering master data")?;
    rates(&site, &machines, since).await.context("entering ideal speeds")?;
    site.follow_rules(super::gateway::rules()).await.context("telling what the machines' metrics mean")?;
    say::done(format_args!("{}: subscribed, master data entered", shop.name), started);

    let started = std::time::Instant::now();
    let from = resume_at(&site, &machines, since, now).await?;
    let gateway = Site::new(&stage.base_url, shop.slug, &account.device.token)?;
    let mut feed = Feed::new(gateway, machines, since, from);
    let posted = feed.catch_up(stage.world.clock.now()).await.context("posting the plant's history")?;
    say::done(format_args!("{}: posted {posted} readings of the last hours", shop.name), started);
    Ok((account, feed))
}

/// The id of the shop's tenant, opened if need be.
///
/// # Errors
/// The registry.
pub async fn its_id(owner: &Client, shop: &Shop) -> anyhow::Result<String> {
    if let Some(known) = owner.me().await?.tenants.into_iter().find(|tenant| tenant.slug == shop.slug) {
        return Ok(known.id);
    }
    let (org, slug) = (shop.slug.to_owned(), shop.slug.to_owned());
    let new = NewTenant { org, slug, name: shop.name.to_owned(), time_zone: TIME_ZONE.to_owned() };
    Ok(owner.new_tenant(&new).await.context("opening the tenant")?.id)
}

async fn device(stage: &mut Stage, owner: &Client, tenant: &str, slug: &str) -> anyhow::Result<Device> {
    if let Some(known) = stage.memory.device(slug) {
        return Ok(known);
    }
    let made = owner.new_device(tenant, "车间网关").await.context("registering the gateway")?;
    let device = Device { id: made.id, token: made.token.context("the registry gave the gateway no token")? };
    stage.memory.put_device(slug, device.clone())?;
    Ok(device)
}

/// Agrees to everything that the version asks for.
async fn subscribe(owner: &Client, tenant: &str, module: &ModuleVersion) -> anyhow::Result<()> {
    let known = owner.subscriptions(tenant).await?;
    if known.iter().any(|known| (&known.module, &known.version) == (&module.name, &module.version)) {
        return Ok(());
    }
    let wanted = owner.version(&module.name, &module.version).await?.wanted;
    let grants = wanted.into_iter().map(|wanted| wanted.capability).collect();
    let subscribe = Subscribe {
        module: module.name.clone(),
        version: Some(module.version.clone()),
        grants,
        ..Subscribe::default()
    };
    owner.subscribe(tenant, &subscribe).await?;
    Ok(())
}

/// Waits until the host knows the tenant and its modules.
async fn in_force(site: &Site) -> anyhow::Result<()> {
    let wait = async {
        loop {
            match site.invoke::<Value>("oee", "overview", &json!({})).await {
                Ok(_) => return Ok(()),
                Err(error)
                    if ["not-found", "not-subscribed", "not-ready"].iter().any(|code| is_problem(&error, code)) => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(IN_FORCE, wait).await.context("the host did not bring the subscriptions into force")?
}

/// Where the machines stand, who works there, when they are planned to run. Entering it again changes nothing.
async fn master_data(site: &Site, shop: &Shop, machines: &[Machine], now: Instant) -> anyhow::Result<()> {
    let mut equipment = vec![
        json!({"code": "site", "name": shop.name, "level": "site", "parent": null}),
        json!({"code": "shop-1", "name": "一号车间", "level": "area", "parent": "site"}),
    ];
    equipment.extend(
        machines.iter().map(
            |machine| json!({"code": machine.code, "name": machine.name, "level": "work_unit", "parent": "shop-1"}),
        ),
    );
    site.invoke::<Value>("plant", "import_equipment", &json!({"rows": equipment})).await?;
    let people = json!([
        {"code": "1001", "name": shop.owner.name, "job": "manager"},
        {"code": "1002", "name": shop.operator.name, "job": "operator"},
    ]);
    site.invoke::<Value>("plant", "import_people", &json!({"rows": people})).await?;
    let materials = json!([
        {"code": "blank", "name": "毛坯", "unit": "pcs"},
        {"code": "part-a", "name": "A 型零件", "unit": "pcs"},
    ]);
    site.invoke::<Value>("plant", "import_materials", &json!({"rows": materials})).await?;
    for (pattern, name, number) in [("day", "白班", 0), ("night", "夜班", 1)] {
        let starts_s = SHIFT_STARTS_S + number * SHIFT_S + OFFSET_US / SECOND_US;
        let clock = |s: i64| format!("{:02}:{:02}", s / 3_600 % 24, s / 60 % 60);
        let meal = starts_s + BREAK_STARTS_S;
        let row = json!({
            "code": pattern, "name": name, "starts": clock(starts_s), "ends": clock(starts_s + SHIFT_S),
            "breaks": format!("{}-{}", clock(meal), clock(meal + BREAK_S)),
        });
        site.invoke::<Value>("plant", "import_patterns", &json!({"rows": [row]})).await?;
        plan(site, machines, pattern, starts_s / 60 % 1_440, now).await?;
    }
    Ok(())
}

/// Plans the days of a pattern that are not planned yet. Days are planned in order, so those missing come last.
async fn plan(site: &Site, machines: &[Machine], pattern: &str, minute: i64, now: Instant) -> anyhow::Result<()> {
    let today = now.plus_us(OFFSET_US).0.div_euclid(DAY_US);
    let starts = |day: i64| Instant(day * DAY_US - OFFSET_US + minute * 60 * SECOND_US);
    let (first, last) = (today - 1, today - 1 + DAYS);
    let input = json!({
        "equipment": machines[0].code, "from": starts(first).to_string(), "until": starts(last).to_string(), "after": null,
    });
    let planned: Value = site.invoke("plant", "shifts", &input).await?;
    let planned = planned["rows"].as_array().cloned().unwrap_or_default();
    let is_planned = |day: &i64| planned.iter().any(|shift| shift["starts_at"] == starts(*day).to_string());
    let Some(from) = (first..last).find(|day| !is_planned(day)) else { return Ok(()) };
    let equipment: Vec<_> = machines.iter().map(|machine| machine.code).collect();
    let input = json!({
        "equipment": equipment, "pattern": pattern, "from": Date(from).to_string(), "days": last - from, "weekdays": [],
    });
    site.invoke::<Value>("plant", "plan_shifts", &input).await.map(drop)
}

async fn rates(site: &Site, machines: &[Machine], since: Instant) -> anyhow::Result<()> {
    let valid_from = since.plus_us(-RATES_BEFORE_US);
    for machine in machines {
        let input = json!({
            "equipment": machine.code, "pieces_per_minute": machine.rate.to_string(), "valid_from": valid_from.to_string(),
        });
        site.invoke::<Value>("oee", "set_rate", &input).await?;
    }
    Ok(())
}

/// The beginning of the shift at this moment.
fn shift_before(at: Instant) -> Instant {
    let (start, length) = (SHIFT_STARTS_S * SECOND_US, SHIFT_S * SECOND_US);
    Instant((at.0 - start).div_euclid(length) * length + start)
}

/// The moment after the last reading that the host has, or where to begin.
async fn resume_at(site: &Site, machines: &[Machine], since: Instant, now: Instant) -> anyhow::Result<Instant> {
    let earliest = since.max(now.plus_us(-GAP_US));
    let last = site.last_sample(&format!("{}.good", machines[0].code), earliest, now).await?;
    Ok(match last {
        Some(last) => last.plus_us(1),
        // Nothing in the samples: a new plant tells all of its history.
        None => since.max(now.plus_us(-HISTORY_US - SHIFT_S * SECOND_US)),
    })
}
