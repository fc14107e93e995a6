//! Keeps tenants in line with what the registry signed, and keeps them running when it is away.
//!
//! - `snapshot`: is it signed by a pinned key, newer than ours, and well formed? - `artifacts`: the components on disk,
//!   each with what proves it. - `neighbours`: what other hosts on the same database heard. - `withdrawals`: what the registry withdrew since.
//! - `loader`: from an entitlement to a loaded module. - `keys`: the registry's token keys.
//! - `health`: how the calls of each version end, told to the registry.
//!
//! A snapshot is in force, then kept on disk, then confirmed by the next request; in this order.

mod artifacts;
mod health;
mod keys;
mod loader;
mod neighbours;
mod resume;
mod snapshot;
mod withdrawals;

pub use artifacts::evidence;
pub use health::report as report_health;
pub use keys::follow as follow_keys;
pub use neighbours::Neighbours;
pub use snapshot::Trusted;
pub use withdrawals::{FILE as REVOCATIONS_FILE, Withdrawals};

use crate::gate::Keyring;
use artifacts::Artifacts;
use loader::{Loader, Standing};
use snapshot::grant;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{Entitlement, Snapshot, SnapshotTenant};
use toolcrib_runtime::{Runtime, Stopped};
use toolcrib_store::{DataDir, Directory};

/// First pause after a failure; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest pause while the registry is away.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// The longest pause while the registry answers but an artifact is missing: a revocation must not wait for it.
const INCOMPLETE_PAUSE_MAX: Duration = Duration::from_secs(5);

/// Follows one registry for one host.
pub struct Follower {
    client: Client,
    trusted: Trusted,
    runtime: Runtime,
    directory: Directory,
    keyring: Arc<Keyring>,
    loader: Loader,
    withdrawals: Arc<Withdrawals>,
    neighbours: Neighbours,
    poll_s: u64,
    /// Set once entitlements are in force.
    ready: Arc<AtomicBool>,
    /// In force and on disk.
    seq: u64,
    /// By tenant: what the runtime was given last.
    applied: BTreeMap<String, Applied>,
    /// What is brought into force was in force before this start.
    resuming: bool,
    /// Kept entitlements that nobody vouches for.
    doubted: Option<Vec<u8>>,
}

/// What the runtime was given of a tenant.
#[derive(Clone, PartialEq)]
struct Applied {
    /// With the modules that run.
    tenant: SnapshotTenant,
    stopped: Vec<Stopped>,
}

/// What a follower works with.
pub struct Parts {
    /// With the host's token.
    pub client: Client,
    pub trusted: Trusted,
    pub runtime: Runtime,
    pub data: Arc<DataDir>,
    pub directory: Directory,
    pub keyring: Arc<Keyring>,
    pub withdrawals: Arc<Withdrawals>,
    pub poll_s: u64,
    pub ready: Arc<AtomicBool>,
}

impl Follower {
    pub fn new(parts: Parts) -> Self {
        let Parts { client, trusted, runtime, data, directory, keyring, withdrawals, poll_s, ready } = parts;
        let neighbours = Neighbours::new(directory.shared());
        let artifacts = Artifacts::new(data.artifacts(), client.clone(), trusted.clone(), neighbours.clone());
        let loader = Loader::new(artifacts, runtime.clone(), directory.clone(), withdrawals.clone());
        let (seq, applied, resuming, doubted) = (0, BTreeMap::new(), false, None);
        Self {
            client,
            trusted,
            runtime,
            directory,
            keyring,
            loader,
            withdrawals,
            neighbours,
            poll_s,
            ready,
            seq,
            applied,
            resuming,
            doubted,
        }
    }

    /// Follows the registry until `stopping`.
    pub async fn run(mut self, stopping: CancellationToken) {
        let work = async {
            let (mut pause, mut away) = (PAUSE, false);
            loop {
                // A registry that was away is not waited for: it is enough that it answers.
                let wait_s = if away { 0 } else { self.poll_s };
                let most = match self.round(wait_s).await {
                    Ok(true) => {
                        if away {
                            tracing::info!("The registry is back");
                        }
                        (pause, away) = (PAUSE, false);
                        continue;
                    }
                    Ok(false) => INCOMPLETE_PAUSE_MAX,
                    Err(error) => {
                        if !away {
                            let error = format!("{error:#}");
                            tracing::warn!(
                                error,
                                seq = self.seq,
                                "The registry is away; going on with what is in force"
                            );
                        }
                        away = true;
                        self.catch_up().await;
                        PAUSE_MAX
                    }
                };
                pause = pause.min(most);
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
        };
        tokio::select! {
            () = work => {}
            () = stopping.cancelled() => {}
        }
    }

    /// One request. True when everything that it brought is in force and kept.
    async fn round(&mut self, wait_s: u64) -> anyhow::Result<bool> {
        let signed = self.client.snapshot(self.seq, wait_s).await?;
        // Before what is new is brought into force, and before its number is confirmed: a revocation came with one.
        if signed.is_some() || self.withdrawals.is_due() {
            let list = self.client.revocations().await?;
            self.withdrawals.take(&list)?;
            self.neighbours.tell_list(&list, &self.withdrawals).await;
        }
        let Some(signed) = signed else { return Ok(true) };
        let snapshot = self.trusted.open(&signed, self.seq)?;
        self.withdrawals.suffices(snapshot.revocations)?;
        if !self.enforce(&snapshot).await {
            return Ok(false);
        }
        self.keep(snapshot.seq, &serde_json::to_vec(&signed)?).await?;
        self.seq = snapshot.seq;
        self.ready.store(true, Ordering::Release);
        metrics::gauge!("toolcrib_entitlements_seq").set(snapshot.seq as f64);
        tracing::debug!(seq = snapshot.seq, "Entitlements are in force");
        Ok(true)
    }

    /// Brings the runtime in line. What was taken away is taken away first; false while an artifact is missing.
    async fn enforce(&mut self, snapshot: &Snapshot) -> bool {
        self.keyring.cut_off(&snapshot.cutoffs);
        self.leave_out_the_vanished(snapshot).await;
        // Tenants that run already: with what is loaded. New ones wait for their modules.
        for tenant in &snapshot.tenants {
            if self.applied.contains_key(&tenant.id) {
                self.bring(tenant, snapshot.seq).await;
            }
        }
        let entitlements = snapshot.tenants.iter().filter(|tenant| tenant.active).flat_map(|tenant| &tenant.modules);
        self.loader.load_all(entitlements).await;
        let mut complete = true;
        for tenant in &snapshot.tenants {
            complete &= self.bring(tenant, snapshot.seq).await;
        }
        if complete {
            self.runtime.in_force(snapshot.seq);
        }
        complete
    }

    /// Applies what can run of a tenant of this snapshot, when that differs from what runs. True when nothing is missing.
    async fn bring(&mut self, tenant: &SnapshotTenant, seq: u64) -> bool {
        let before = self.applied.get(&tenant.id);
        let (mut modules, mut stopped, mut complete) = (Vec::new(), Vec::new(), true);
        for entitlement in &tenant.modules {
            let running = before.and_then(|before| still_running(&before.tenant, entitlement));
            match self.wanted(entitlement, running.as_ref()) {
                Standing::Loaded => modules.push(entitlement.clone()),
                Standing::Stopped(why) => stopped.push(Stopped { module: entitlement.module.clone(), why }),
                standing => {
                    // Nothing waits for what never comes, nor for what would not run.
                    complete &= standing == Standing::Broken || !tenant.active;
                    match running.map(|running| (self.loader.standing(&running), running)) {
                        Some((Standing::Stopped(why), running)) => {
                            stopped.push(Stopped { module: running.module, why })
                        }
                        Some((_, running)) => modules.push(running),
                        None => {}
                    }
                }
            }
        }
        if before.is_none() && !complete {
            // Opened without one of its modules, its log would forget how far that module had read.
            tracing::warn!(tenant = tenant.slug, "A tenant waits for its modules");
            return false;
        }
        let effective = Applied { tenant: SnapshotTenant { modules, ..tenant.clone() }, stopped };
        if before != Some(&effective) {
            for Stopped { module, why } in &effective.stopped {
                tracing::warn!(tenant = tenant.slug, module, why, "A module was withdrawn; it is not called any more");
            }
            match grant(&effective.tenant, effective.stopped.clone()) {
                // With something missing it is not what was signed: another host may have all of it.
                Ok(grant) => self.runtime.apply_of(if complete { seq } else { self.seq }, grant).await,
                Err(error) => tracing::error!(tenant = tenant.slug, error, "A tenant's entitlements are malformed"),
            }
            self.applied.insert(tenant.id.clone(), effective);
        }
        complete
    }

    /// How an entitlement stands, where `running` is what runs of its module now: something new waits while nobody can
    /// tell whether it was withdrawn.
    fn wanted(&self, entitlement: &Entitlement, running: Option<&Entitlement>) -> Standing {
        let standing = self.loader.standing(entitlement);
        let is_new = !self.resuming && running.is_none_or(|running| running.digest != entitlement.digest);
        if standing != Standing::Loaded || !is_new {
            return standing;
        }
        match self.loader.admits_new(entitlement) {
            Ok(()) => standing,
            Err(why) => {
                tracing::warn!(module = entitlement.module, version = entitlement.version, why, "A new version waits");
                Standing::Missing
            }
        }
    }

    async fn leave_out_the_vanished(&mut self, snapshot: &Snapshot) {
        let present: BTreeSet<_> = snapshot.tenants.iter().map(|tenant| &tenant.id).collect();
        let tenants = self.applied.values().map(|applied| &applied.tenant);
        let vanished = tenants.filter(|tenant| tenant.active && !present.contains(&tenant.id));
        let vanished: Vec<_> = vanished.cloned().collect();
        for tenant in vanished {
            tracing::info!(tenant = tenant.slug, "A tenant left this host; its data stays");
            self.bring(&SnapshotTenant { active: false, devices: Vec::new(), ..tenant }, snapshot.seq).await;
        }
    }
}

/// What goes on running for a module whose new version is not here: the old one, with no grant that the new lacks.
fn still_running(before: &SnapshotTenant, wanted: &Entitlement) -> Option<Entitlement> {
    let mut running = before.modules.iter().find(|running| running.module == wanted.module)?.clone();
    running.grants.retain(|grant| wanted.grants.iter().any(|agreed| agreed.covers(grant)));
    // What was narrowed is narrowed for the old one, too.
    running.scopes.clone_from(&wanted.scopes);
    running.read_only.clone_from(&wanted.read_only);
    Some(running)
}
