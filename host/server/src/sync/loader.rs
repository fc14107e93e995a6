//! From entitlements to loaded modules: approval, bytes, digest, compilation, and that it is the module it should be.

use super::artifacts::Artifacts;
use super::snapshot::Trusted;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_registry_client::wire::Entitlement;
use toolcrib_runtime::{Loaded, ModuleSource, Runtime};
use toolcrib_store::{Artifact, Directory};

/// How an entitlement's module stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Loaded,
    /// Will never load here: not approved, or not loadable. Said once in the log.
    Broken,
    /// Its bytes are not here yet.
    Missing,
}

/// Loads each component once.
pub struct Loader {
    artifacts: Artifacts,
    runtime: Runtime,
    directory: Directory,
    trusted: Trusted,
    /// Only what is on disk.
    offline: bool,
    /// By [`key`]: whether it may run here.
    checked: BTreeMap<String, bool>,
}

impl Loader {
    pub fn new(artifacts: Artifacts, runtime: Runtime, directory: Directory, trusted: Trusted) -> Self {
        Self { artifacts, runtime, directory, trusted, offline: false, checked: BTreeMap::new() }
    }

    /// Whether to do without the registry.
    pub fn offline(&mut self, offline: bool) {
        self.offline = offline;
    }

    pub fn standing(&self, entitlement: &Entitlement) -> Standing {
        match self.checked.get(&key(entitlement)) {
            Some(true) => Standing::Loaded,
            Some(false) => Standing::Broken,
            None => Standing::Missing,
        }
    }

    /// Loads what is missing, one after the other. What fails is in the log and stays missing or broken.
    pub async fn load_all(&mut self, entitlements: impl Iterator<Item = &Entitlement>) {
        let wanted: BTreeMap<_, _> = entitlements.map(|entitlement| (key(entitlement), entitlement)).collect();
        for (key, entitlement) in wanted {
            let Entitlement { module, version, digest, .. } = entitlement;
            if self.checked.contains_key(&key) {
                continue;
            }
            match self.load(entitlement).await {
                Ok(()) => drop(self.checked.insert(key, true)),
                Err(Failed::Later(why)) => tracing::warn!(module, version, digest, why, "A component is not here yet"),
                Err(Failed::Never(why)) => {
                    tracing::error!(module, version, digest, why, "A component cannot run here");
                    self.checked.insert(key, false);
                }
            }
        }
    }

    async fn load(&self, entitlement: &Entitlement) -> Result<(), Failed> {
        if !self.trusted.approved(entitlement) {
            return Err(Failed::Never("no pinned key approved it".to_owned()));
        }
        let loaded = match self.runtime.loaded(&entitlement.digest) {
            Some(loaded) => loaded,
            None => self.compile(entitlement).await?,
        };
        let manifest = &loaded.manifest;
        if (&manifest.module, &manifest.version) != (&entitlement.module, &entitlement.version) {
            return Err(Failed::Never(format!("it says that it is {} {}", manifest.module, manifest.version)));
        }
        Ok(())
    }

    async fn compile(&self, entitlement: &Entitlement) -> Result<Arc<Loaded>, Failed> {
        let digest = entitlement.digest.clone();
        let bytes = match self.artifacts.kept(&digest) {
            Some(bytes) => bytes,
            None if self.offline => return Err(Failed::Later("it is not on disk".to_owned())),
            None => self.artifacts.fetch(&digest).await.map_err(|error| Failed::Later(format!("{error:#}")))?,
        };
        let (runtime, source) = (self.runtime.clone(), ModuleSource { digest, bytes });
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

/// What is checked: this artifact under this name, with this approval.
fn key(entitlement: &Entitlement) -> String {
    let Entitlement { module, version, digest, rules, approval, .. } = entitlement;
    format!("{digest} {module} {version} {rules} {approval}")
}
