//! A marketplace in this process: catalogue, checks, identity. It lies in `registry` in the data directory.

use crate::config::{self, KnownHost, Objects};
use crate::files::{self, Secrecy};
use crate::{host, issuers, objects, secrets, token_keys};
use anyhow::Context;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toolcrib_catalog::{Catalog, NewPerson};
use toolcrib_registry_api::{Parts, Registry, Waits, check_submissions, recheck_approved, sweep_uploads, tend};
use toolcrib_runtime::World;
use toolcrib_store::DataDir;
use toolcrib_trust::{Notary, Pins, Signer, password, secret};
use toolcrib_vetting::{Sources, Vetter};

/// As people read it in the console.
const NAME: &str = "Toolcrib 市场";
/// Where hosts wait.
const SNAPSHOT: &str = "/v1/hosts/snapshot";
/// In the marketplace's folder: what lies there came back from a backup, and hosts may have seen newer. Whoever brings files
/// back by other means makes one, too.
pub const CAME_BACK: &str = "restored";
/// The host that runs in the same process.
const OWN_HOST: &str = "this machine";

/// A marketplace that does not answer yet.
pub struct Marketplace {
    folder: PathBuf,
    catalog: Catalog,
    registry: Registry,
    pins: Pins,
    world: World,
    sources: Sources,
}

impl Marketplace {
    /// Opens the catalogue and the keys, makes them at the first start, and lets the configured hosts in.
    ///
    /// # Errors
    /// The disk, damaged files, a bucket that cannot be used.
    pub async fn start(
        data: &DataDir,
        world: &World,
        config: &config::Marketplace,
        store: &Objects,
    ) -> anyhow::Result<Self> {
        let folder = folder(data);
        std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
        let bucket = match config.files.as_str() {
            "" => None,
            address => Some(objects::bucket(address, store).context("`marketplace.files`")?),
        };
        let store = Some(config.store.as_str()).filter(|store| !store.is_empty());
        let catalog = Catalog::open_with(&folder, bucket.as_ref(), store).await;
        let catalog = catalog.context("the marketplace's records cannot be opened; see `marketplace.store`")?;
        let mark = folder.join(CAME_BACK);
        if mark.exists() {
            let number = catalog.came_back(world.clock.now()).await?;
            tracing::warn!(
                number,
                "An older state was brought back; hosts take it for newer than what they have in force"
            );
            // Still there after a crash, it raises the numbers once more, which does no harm.
            std::fs::remove_file(&mark).with_context(|| format!("`{}` cannot be removed", mark.display()))?;
        }
        for KnownHost { name, token_sha256 } in &config.hosts {
            let let_in = catalog.ensure_host(name, token_sha256, world.clock.now()).await;
            let_in.with_context(|| format!("host `{name}` in `marketplace.hosts`"))?;
        }
        let key = |name: &str| secrets::keep(&folder.join(name), world.chance.as_ref());
        // Apart: token keys follow each other, these are pinned by hosts.
        let mut notary = Notary::new(Signer::from_bytes(&key("registry.key")?), Signer::from_bytes(&key("log.key")?));
        notary.list_max_age_s = config.revocations_max_age_s;
        let pins = notary.pins();
        let sources = Sources { advisories: config.advisories.clone(), known_bad: config.known_bad.clone() };
        let vetter = Vetter::new(host::child("vet-child")?, host::child("compile-child")?);
        vetter.learn(sources.read().context("`marketplace.advisories` or `marketplace.known_bad`")?);
        let registry = Registry::new(Parts {
            catalog: catalog.clone(),
            token_keys: token_keys::load(&folder, world)?,
            keep_keys: token_keys::keep(&folder),
            notary,
            factor_key: key("factors.key")?,
            issuers: issuers::known(&config.trusted_issuers),
            fetch: issuers::fetch().context("TLS cannot be set up")?,
            vetter,
            clock: world.clock.clone(),
            chance: world.chance.clone(),
            waits: Waits::default(),
        });
        Ok(Self { folder, catalog, registry, pins, world: world.clone(), sources })
    }

    /// What hosts pin: the keys of registry and log.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    /// Makes the marketplace and its administrator, unless they exist. Whether they did not.
    ///
    /// # Errors
    /// An address or password that is not acceptable; the database.
    pub async fn ensure_admin(&self, email: &str, name: &str, password: &str) -> anyhow::Result<bool> {
        let (text, chance) = (password.to_owned(), self.world.chance.clone());
        let hash = tokio::task::spawn_blocking(move || password::hash(&text, chance.as_ref())).await??;
        let admin = NewPerson { email: email.to_owned(), name: name.to_owned(), password_hash: Some(hash) };
        let now = self.world.clock.now();
        Ok(self.catalog.ensure_marketplace(NAME, &admin, now, self.world.chance.as_ref()).await?)
    }

    /// At the first start: an administrator with a new password, which is returned; later none.
    ///
    /// # Errors
    /// As [`Self::ensure_admin`].
    pub async fn first_admin(&self, email: &str) -> anyhow::Result<Option<String>> {
        let password = secrets::password(self.world.chance.as_ref());
        Ok(self.ensure_admin(email, email, &password).await?.then_some(password))
    }

    /// The token of the host in this process, which is let in.
    ///
    /// # Errors
    /// The disk.
    pub async fn ensure_own_host(&self) -> anyhow::Result<String> {
        let file = self.folder.join("host.token");
        let token = match secrets::token(&file) {
            Ok(token) if token.starts_with(secret::HOST) => token,
            _ => {
                let token = secret::generate(secret::HOST, self.world.chance.as_ref());
                files::write(&file, token.as_bytes(), Secrecy::Secret)?;
                token
            }
        };
        self.catalog.ensure_host(OWN_HOST, &secret::hash(&token), self.world.clock.now()).await?;
        Ok(token)
    }

    /// The registry's API. Hosts that wait for news are told that there are none once the server stops.
    pub fn routes(&self, stopping: &CancellationToken) -> Router {
        let routes = toolcrib_registry_api::router(self.registry.clone());
        routes.layer(from_fn_with_state(stopping.clone(), end_long_polls))
    }

    /// Checks submissions, and approved versions again when rules or advisories change, tends the catalogue and sweeps
    /// what was pushed and left, until `stopping`, as a task of `tasks`. Of several registries on one database one does.
    pub fn work(self, tasks: &TaskTracker, stopping: &CancellationToken) -> Running {
        let duties = duties(self.registry, self.sources, self.catalog.clone());
        tasks.spawn(stopping.clone().run_until_cancelled_owned(duties));
        Running { catalog: self.catalog }
    }
}

/// What one registry does while it is on duty, for ever.
async fn duties(registry: Registry, sources: Sources, catalog: Catalog) {
    loop {
        catalog.on_duty().await;
        tracing::debug!("This registry checks submissions and tends the catalogue");
        tokio::select! {
            () = check_submissions(registry.clone()) => {}
            () = recheck_approved(registry.clone(), sources.clone()) => {}
            () = tend(registry.clone()) => {}
            () = sweep_uploads(registry.clone()) => {}
            () = catalog.off_duty() => tracing::warn!("This registry lost the duty to check and to tend"),
        }
    }
}

/// Where a marketplace lies in a data directory.
pub fn folder(data: &DataDir) -> PathBuf {
    data.root().join("registry")
}

async fn end_long_polls(State(stopping): State<CancellationToken>, request: Request, next: Next) -> Response {
    if request.uri().path() != SNAPSHOT {
        return next.run(request).await;
    }
    tokio::select! {
        response = next.run(request) => response,
        () = stopping.cancelled() => StatusCode::NO_CONTENT.into_response(),
    }
}

/// What is left to stop.
pub struct Running {
    catalog: Catalog,
}

impl Running {
    /// Closes the catalogue.
    pub async fn stop(self) {
        self.catalog.close().await;
    }
}
