//! `toolcrib demo`: the whole product on this machine, with a small city of firms in it.
//!
//! Everything goes the way it goes in earnest: over HTTP, through accounts, checks, approval and consent. What is there
//! already is not made again, so a second start goes on in the same directory.
//!
//! - `cast`: who plays. `publish`: modules through the pipeline. `shop`: a tenant, its consent, its master data.
//! - `money`: months that were billed, before all that; `city`: then the pilot city; `identify`: its providers; `project`: its firms' projects.
//! - `machines`, `feed` and `gateway`: what the plants say, and how it gets here; `panel`: their machines' buttons. `workshop`: the plant with weeks of history, on a `clock` of its own. `memory`: what must be remembered. `facts`: `demo.json`. `terminals`: tablets and their people.
//! - `table`: what is printed at the end.

mod cast;
mod city;
mod clock;
mod facts;
mod feed;
mod gateway;
mod identify;
mod machines;
mod memory;
mod money;
mod panel;
mod project;
mod publish;
mod shop;
mod site;
mod table;
mod terminals;
mod workshop;

use crate::cli;
use crate::host::{Host, Upstream};
use crate::http::bind;
use crate::marketplace::Marketplace;
use crate::mqtt::Door;
use crate::server::Server;
use crate::sync::Trusted;
use crate::world::{SystemChance, SystemClock};
use crate::{logs, say, signals};
use anyhow::Context;
use cast::{FOR_MACHINES, PROVIDERS, PUBLISHED, Person, REVIEWER, SECOND_REVIEWER, SHOPS, WORKSHOP};
use clock::StagedClock;
use facts::{Account, Facts, ModuleVersion, ProviderAccount, TenantAccount};
use feed::Feed;
use gateway::Gateway;
use memory::Memory;
use panel::{Panel, Press};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use toolcrib_contract::world::Clock;
use toolcrib_floor::Floor;
use toolcrib_registry_client::Client;
use toolcrib_runtime::World;
use toolcrib_store::DataDir;
use workshop::{Workshop, dawn};

/// Slug of the marketplace's organisation.
const MARKETPLACE: &str = "marketplace";

/// Where the play takes place.
struct Stage {
    base_url: String,
    /// Where devices come in over MQTT.
    mqtt: SocketAddr,
    /// The registry as nobody.
    registry: Client,
    memory: Memory,
    world: World,
    /// The world's clock.
    clock: Arc<StagedClock>,
    floor: Arc<Floor>,
}

impl Stage {
    fn password(&mut self, person: &Person) -> anyhow::Result<String> {
        self.memory.password(person.email, self.world.chance.as_ref())
    }

    /// The registry as this person.
    async fn sign_in(&mut self, person: &Person) -> anyhow::Result<Client> {
        let token = self.access_token(person).await?;
        Ok(self.registry.with_token(token))
    }

    async fn access_token(&mut self, person: &Person) -> anyhow::Result<String> {
        let password = self.password(person)?;
        let tokens = self.registry.login(person.email, &password).await;
        Ok(tokens.with_context(|| format!("{} cannot sign in", person.email))?.access_token)
    }
}

/// Runs the demo until Ctrl-C.
///
/// # Errors
/// A sentence: the port is taken, the directory is in use or not writable, or a step failed.
pub async fn run(args: &cli::Demo) -> anyhow::Result<()> {
    let config = args.config();
    logs::start(&config.log.filter, config.log.json);
    let data = Arc::new(DataDir::lock(&config.data)?);
    facts::forget(data.root());
    let bound = bind(config.listen).await?;
    let stopping = signals::stopping()?;
    let base_url = bound.url();
    say::line(format_args!("Toolcrib demo in `{}` at {base_url}", data.root().display()));
    let started = Instant::now();

    let mut memory = Memory::open(data.root())?;
    let real = SystemClock.now();
    // What is there already has its history.
    let clock = Arc::new(if memory.is_new() {
        StagedClock::at(dawn(real, args.weeks).plus_us(-city::PROLOGUE_US - money::PROLOGUE_US))
    } else {
        StagedClock::real()
    });
    let world = World { clock: clock.clone(), chance: Arc::new(SystemChance) };
    let password = memory.password(REVIEWER.email, world.chance.as_ref())?;
    let marketplace = Marketplace::start(&data, &world, &config.marketplace, &config.objects).await?;
    marketplace.ensure_admin(REVIEWER.email, REVIEWER.name, &password).await?;
    let registry = Client::new(&base_url)?;
    let upstream = Upstream {
        client: registry.clone(),
        token: marketplace.ensure_own_host().await?,
        trusted: Trusted::of(marketplace.pins().clone()),
    };
    let host = Host::start(&config, data.clone(), &upstream, &world).await?;
    let floor = host.floor.clone();
    let mqtt = host.mqtt.as_ref().and_then(Door::address).context("a demo takes MQTT")?;
    let server = Server::start(bound, &config, Some(marketplace), Some((host, upstream)), None, stopping.clone())?;
    say::done("Started registry, host and console", started);

    let mut stage = Stage { base_url, mqtt, registry, memory, world, clock, floor };
    let played = tokio::select! {
        played = play(&mut stage, data.root(), &server, dawn(real, args.weeks)) => played,
        () = stopping.cancelled() => Ok(()),
    };
    if played.is_ok() {
        stopping.cancelled().await;
        say::line("Stopping …");
    }
    facts::forget(data.root());
    stopping.cancel();
    server.finish().await?;
    played?;
    say::line("Stopped. The same command goes on in the same directory.");
    Ok(())
}

/// Makes what is missing, starts the plants, says that it is ready. Returns once everything runs.
async fn play(
    stage: &mut Stage,
    data: &std::path::Path,
    server: &Server,
    dawn: toolcrib_contract::types::Instant,
) -> anyhow::Result<()> {
    let reviewer = stage.sign_in(&REVIEWER).await?;
    let second = shop::member(stage, &SECOND_REVIEWER, "reviewer")?;
    reviewer.new_org_member(MARKETPLACE, &second).await.context("the second reviewer's account")?;
    let reviewers = [reviewer.clone(), stage.sign_in(&SECOND_REVIEWER).await?];
    let mut modules = Vec::new();
    let mut providers = Vec::new();
    for provider in &PROVIDERS {
        shop::organisation(stage, &reviewer, provider.slug, provider.name, &provider.owner, false).await?;
        let (slug, email) = (provider.slug.to_owned(), provider.owner.email.to_owned());
        providers.push(ProviderAccount { slug, email, password: stage.password(&provider.owner)? });
    }
    for name in PUBLISHED {
        let provider = PROVIDERS.iter().find(|provider| provider.modules.contains(&name));
        let provider = provider.expect("each module has its provider");
        let version = publish::publish(stage, provider, name, &reviewers).await?;
        modules.push(ModuleVersion { name: name.to_owned(), version });
    }
    city::settle(stage, &reviewer).await?;
    let is_new = stage.clock.is_staged();
    if is_new {
        money::play(stage, dawn.plus_us(-city::PROLOGUE_US)).await.context("what is billed")?;
        let reviewer = stage.sign_in(&REVIEWER).await?;
        city::play(stage, &reviewer, dawn).await.context("the pilot city")?;
    }
    // Signed in anew: weeks may have passed.
    let reviewer = stage.sign_in(&REVIEWER).await?;
    let factory = workshop(stage, &reviewer, &modules, server).await?;
    let (mut tenants, mut panel) = (Vec::new(), Panel::default());
    // Signed in anew: weeks may have passed.
    let reviewer = stage.sign_in(&REVIEWER).await?;
    let for_machines: Vec<_> = modules.iter().filter(|module| FOR_MACHINES.contains(&module.name.as_str())).collect();
    for each in &SHOPS {
        shop::organisation(stage, &reviewer, each.slug, each.name, &each.owner, true).await?;
        let (tenant, feed) = shop::open(stage, each, &for_machines).await?;
        let gateway = Gateway::new(stage.mqtt, each.slug, &tenant.device)?;
        let presses = panel.add(each.slug, feed.machines());
        stream(feed, gateway, presses, stage, server);
        tenants.push(tenant);
    }
    let panel_url = format!("http://{}", panel.serve(server.tasks(), server.stopping()).await?);
    tenants.push(factory);
    if is_new {
        city::beacon(stage, &FOR_MACHINES).await.context("the beacon's kit")?;
    }
    let marketplace = Account { email: REVIEWER.email.to_owned(), password: stage.password(&REVIEWER)? };
    let second_reviewer =
        Account { email: SECOND_REVIEWER.email.to_owned(), password: stage.password(&SECOND_REVIEWER)? };
    let plant = tenants.last().map(|tenant| tenant.id.clone()).unwrap_or_default();
    let (terminals, operators_at) = terminals::furnish(&stage.floor, &stage.base_url, &plant).await?;
    let authority = city::account(stage).await?;
    let base_url = stage.base_url.clone();
    let facts = Facts {
        base_url,
        mqtt: stage.mqtt.into(),
        panel_url,
        marketplace,
        second_reviewer,
        authority,
        providers,
        tenants,
        modules,
        terminals,
        operators: operators_at,
    };
    let operators: Vec<_> = SHOPS.iter().map(|shop| stage.password(&shop.operator)).collect::<anyhow::Result<_>>()?;
    facts::write(data, &facts)?;
    table::print(&facts, &operators, &facts::file(data));
    Ok(())
}

/// The plant with all modules: opened, its weeks played when it is new, and kept alive until the server stops.
async fn workshop(
    stage: &mut Stage,
    reviewer: &Client,
    modules: &[ModuleVersion],
    server: &Server,
) -> anyhow::Result<TenantAccount> {
    let started = Instant::now();
    shop::organisation(stage, reviewer, WORKSHOP.slug, WORKSHOP.name, &WORKSHOP.owner, true).await?;
    let account = shop::tenant(stage, &WORKSHOP, &modules.iter().collect::<Vec<_>>()).await?;
    let mut plant = Workshop::open(stage, &WORKSHOP, &account.device.token).await?;
    say::done(format_args!("{}: subscribed to {} modules", WORKSHOP.name, modules.len()), started);
    if stage.clock.is_staged() {
        plant.history(SystemClock.now()).await.with_context(|| format!("the history of {}", WORKSHOP.name))?;
        stage.clock.let_go();
    }
    let stopping: CancellationToken = server.stopping();
    server.tasks().spawn(async move {
        tokio::select! {
            () = plant.live() => {}
            () = stopping.cancelled() => {}
        }
    });
    Ok(account)
}

/// Live readings from now on, until the server stops.
fn stream(feed: Feed, gateway: Gateway, presses: mpsc::Receiver<Press>, stage: &Stage, server: &Server) {
    let (clock, stopping): (_, CancellationToken) = (stage.world.clock.clone(), server.stopping());
    server.tasks().spawn(async move {
        tokio::select! {
            () = feed.run(gateway, presses, clock.as_ref()) => {}
            () = stopping.cancelled() => {}
        }
    });
}
