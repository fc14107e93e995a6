//! From entitlements to loaded modules: proof, what was withdrawn, compilation, and that it is the module it should be.

use super::artifacts::{Artifacts, Unproven};
use super::withdrawals::Withdrawals;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_registry_client::wire::Entitlement;
use toolcrib_runtime::{Loaded, ModuleSource, Runtime};
use toolcrib_store::{Artifact, Directory};
use toolcrib_trust::{Proven, Standing as Withdrawn};

/// How an entitlement's module stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Loaded,
    /// Withdrawn by the registry: not run any more, for this reason.
    Stopped(String),
    /// Will never load here: not proven, or not loadable. Said once in the log.
    Broken,
    /// Its bytes are not here yet.
    Missing,
}

/// Loads each component once.
pub struct Loader {
    artifacts: Artifacts,
    runtime: Runtime,
    directory: Directory,
    withdrawals: Arc<Withdrawals>,
    /// Only what is on disk, or at other hosts.
    offline: bool,
    /// By [`key`]: what was proven of it; none when it cannot run here.
    checked: BTreeMap<String, Option<Proven>>,
}

impl Loader {
    pub fn new(artifacts: Artifacts, runtime: Runtime, directory: Directory, withdrawals: Arc<Withdrawals>) -> Self {
        Self { artifacts, runtime, directory, withdrawals, offline: false, checked: BTreeMap::new() }
    }

    /// Whether to do without the registry.
    pub fn offline(&mut self, offline: bool) {
        self.offline = offline;
    }

    pub fn standing(&self, entitlement: &Entitlement) -> Standing {
        if let Some(why) = self.revoked(entitlement) {
            return Standing::Stopped(why);
        }
        let list = self.withdrawals.list();
        match self.checked.get(&key(entitlement)) {
            Some(Some(proven)) => match list.map_or(Ok(()), |list| list.judge(proven)) {
                Ok(()) => Standing::Loaded,
                Err(doubt) => Standing::Stopped(format!("{} {}: {doubt}", entitlement.module, entitlement.version)),
            },
            Some(None) => Standing::Broken,
            None => Standing::Missing,
        }
    }

    /// Why this version is revoked itself, known without its bytes.
    fn revoked(&self, entitlement: &Entitlement) -> Option<String> {
        let list = self.withdrawals.list()?;
        let found = list.withdrawn(&entitlement.digest).filter(|found| found.standing == Withdrawn::Revoked)?;
        let Entitlement { module, version, .. } = entitlement;
        Some(format!("{module} {version} was revoked at {}: {}", found.at, found.reason))
    }

    /// Whether it may run where it did not run before.
    ///
    /// # Errors
    /// Why it has to wait.
    pub fn admits_new(&self, entitlement: &Entitlement) -> Result<(), String> {
        let proven = self.checked.get(&key(entitlement)).and_then(Option::as_ref);
        if proven.is_some_and(|proven| proven.is_expired(self.withdrawals.now())) {
            return Err("its approval has ended".to_owned());
        }
        self.withdrawals.admits_new()
    }

    /// Loads what is missing, one after the other. What fails is in the log and stays missing or broken.
    pub async fn load_all(&mut self, entitlements: impl Iterator<Item = &Entitlement>) {
        let wanted: BTreeMap<_, _> = entitlements.map(|entitlement| (key(entitlement), entitlement)).collect();
        for (key, entitlement) in wanted {
            let Entitlement { module, version, digest, .. } = entitlement;
            // What is revoked is not even compiled.
            if self.checked.contains_key(&key) || self.revoked(entitlement).is_some() {
                continue;
            }
            match self.load(entitlement).await {
                Ok(proven) => drop(self.checked.insert(key, Some(proven))),
                Err(Failed::Later(why)) => tracing::warn!(module, version, digest, why, "A component is not here yet"),
                Err(Failed::Never(why)) => {
                    tracing::error!(module, version, digest, why, "A component cannot run here");
                    self.checked.insert(key, None);
                }
            }
        }
    }

    async fn load(&self, entitlement: &Entitlement) -> Result<Proven, Failed> {
        let (bytes, proven) = self.proven(&entitlement.digest).await?;
        let manifest = &proven.manifest;
        if (&manifest.module, &manifest.version) != (&entitlement.module, &entitlement.version) {
            return Err(Failed::Never(format!("it says that it is {} {}", manifest.module, manifest.version)));
        }
        let loaded = match self.runtime.loaded(&entitlement.digest) {
            Some(loaded) => loaded,
            None => self.compile(entitlement, bytes).await?,
        };
        if loaded.manifest != proven.manifest {
            return Err(Failed::Never("it describes itself otherwise than its publisher signed".to_owned()));
        }
        Ok(proven)
    }

    /// The component and its proof: from the disk, from another host, or from the registry when it is not there or was
    /// altered.
    async fn proven(&self, digest: &str) -> Result<(Vec<u8>, Proven), Failed> {
        match self.artifacts.kept(digest).await {
            Ok(kept) => return Ok(kept),
            Err(Unproven::Absent(_)) => {}
            Err(Unproven::Doubtful(why)) => {
                tracing::error!(digest, why, "A component on disk is not what it was; it is fetched again");
            }
        }
        let (why, instead) = match self.artifacts.lent(digest).await {
            Ok(lent) => return Ok(lent),
            Err(Unproven::Absent(why)) => (why, false),
            Err(Unproven::Doubtful(why)) => {
                tracing::error!(digest, why, "A component in the database is not what it was; it is fetched again");
                (why, true)
            }
        };
        if self.offline {
            return Err(Failed::Later(why));
        }
        self.artifacts.fetch(digest, instead).await.map_err(|unproven| match unproven {
            Unproven::Absent(why) => Failed::Later(why),
            Unproven::Doubtful(why) => Failed::Never(why),
        })
    }

    async fn compile(&self, entitlement: &Entitlement, bytes: Vec<u8>) -> Result<Arc<Loaded>, Failed> {
        let (runtime, source) = (self.runtime.clone(), ModuleSource { digest: entitlement.digest.clone(), bytes });
        let loading = tokio::task::spawn_blocking(move || runtime.load(&source));
        let loaded = loading.await.map_err(|error| Failed::Later(error.to_string()))?.map_err(Failed::Never)?;
        let Entitlement { module, version, digest, .. } = entitlement.clone();
        let manifest = toolcrib_contract::Encode::to_bytes(&loaded.manifest);
        let kept = self.directory.put_artifact(&Artifact { digest, module, version, manifest }).await;
        kept.map_err(|error| Failed::Later(error.to_string()))?;
        Ok(loaded)
    }
}

enum Failed {
    Later(String),
    Never(String),
}

/// What is checked: this artifact under this name.
fn key(entitlement: &Entitlement) -> String {
    let Entitlement { module, version, digest, .. } = entitlement;
    format!("{digest} {module} {version}")
}
