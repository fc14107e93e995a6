//! `toolcrib demo`: the whole product on this machine, with a small city of firms in it.
//!
//! Everything goes the way it goes in earnest: over HTTP, through accounts, checks, approval and consent. What is there
//! already is not made again, so a second start goes on in the same directory.
//!
//! - `cast`: who plays. `publish`: modules through the pipeline. `shop`: a tenant, its consent, its master data.
//! - `machines` and `feed`: what the plants say. `memory`: what must be remembered. `facts`: `demo.json`.
//! - `table`: what is printed at the end.

mod cast;
mod clock;
mod facts;
mod feed;
mod machines;
mod memory;
mod publish;
mod shop;
mod site;
mod table;

use crate::cli;
use crate::host::{Host, Upstream};
use crate::http::bind;
use crate::marketplace::Marketplace;
use crate::server::Server;
use crate::sync::Trusted;
use crate::world::SystemChance;
use crate::{logs, say, signals};
use anyhow::Context;
use cast::{PROVIDERS, Person, REVIEWER, SECOND_REVIEWER, SHOPS};
use clock::StagedClock;
use facts::{Account, Facts, ModuleVersion, ProviderAccount};
use feed::Feed;
use memory::Memory;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use toolcrib_registry_client::Client;
use toolcrib_runtime::World;
use toolcrib_store::DataDir;

/// Slug of the marketplace's organisation.
const MARKETPLACE: &str = "marketplace";

/// Where the play takes place.
struct Stage {
    base_url: String,
    /// The registry as nobody.
    registry: Client,
    memory: Memory,
    world: World,
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
    let clock = Arc::new(StagedClock::real());
    let world = World { clock: clock.clone(), chance: Arc::new(SystemChance) };
    let password = memory.password(REVIEWER.email, world.chance.as_ref())?;
    let marketplace = Marketplace::start(&data, &world, &config.marketplace).await?;
    marketplace.ensure_admin(REVIEWER.email, REVIEWER.name, &password).await?;
    let registry = Client::new(&base_url)?;
    let upstream = Upstream {
        client: registry.clone(),
        token: marketplace.ensure_own_host().await?,
        trusted: Trusted::of(marketplace.pins().clone()),
    };
    let host = Host::start(&config, data.clone(), &upstream, &world).await?;
    let server = Server::start(bound, &config, Some(marketplace), Some((host, upstream)), stopping.clone())?;
    say::done("Started registry, host and console", started);

    let mut stage = Stage { base_url, registry, memory, world };
    let played = tokio::select! {
        played = play(&mut stage, data.root(), &server) => played,
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
async fn play(stage: &mut Stage, data: &std::path::Path, server: &Server) -> anyhow::Result<()> {
    let reviewer = stage.sign_in(&REVIEWER).await?;
    let second = shop::member(stage, &SECOND_REVIEWER, "reviewer")?;
    reviewer.new_org_member(MARKETPLACE, &second).await.context("the second reviewer's account")?;
    let reviewers = [reviewer.clone(), stage.sign_in(&SECOND_REVIEWER).await?];
    let mut modules = Vec::new();
    let mut providers = Vec::new();
    for provider in &PROVIDERS {
        shop::organisation(stage, &reviewer, provider.slug, provider.name, &provider.owner, false).await?;
        let version = publish::publish(stage, provider, &reviewers).await?;
        modules.push(ModuleVersion { name: provider.module.to_owned(), version });
        let (slug, email) = (provider.slug.to_owned(), provider.owner.email.to_owned());
        providers.push(ProviderAccount { slug, email, password: stage.password(&provider.owner)? });
    }
    let mut tenants = Vec::new();
    for each in &SHOPS {
        shop::organisation(stage, &reviewer, each.slug, each.name, &each.owner, true).await?;
        let (tenant, feed) = shop::open(stage, each, &modules).await?;
        stream(feed, stage, server);
        tenants.push(tenant);
    }
    let marketplace = Account { email: REVIEWER.email.to_owned(), password: stage.password(&REVIEWER)? };
    let second_reviewer =
        Account { email: SECOND_REVIEWER.email.to_owned(), password: stage.password(&SECOND_REVIEWER)? };
    let facts = Facts { base_url: stage.base_url.clone(), marketplace, second_reviewer, providers, tenants, modules };
    let operators: Vec<_> = SHOPS.iter().map(|shop| stage.password(&shop.operator)).collect::<anyhow::Result<_>>()?;
    facts::write(data, &facts)?;
    table::print(&facts, &operators, &facts::file(data));
    Ok(())
}

/// Live readings from now on, until the server stops.
fn stream(feed: Feed, stage: &Stage, server: &Server) {
    let (clock, stopping): (_, CancellationToken) = (stage.world.clock.clone(), server.stopping());
    server.tasks().spawn(async move {
        tokio::select! {
            () = feed.run(clock.as_ref()) => {}
            () = stopping.cancelled() => {}
        }
    });
}
