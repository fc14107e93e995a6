//! The end of a tenant's data: nothing of it is left on this host's disk and in the database but a receipt.

use crate::archive::{hex, put};
use crate::runtime::{Inner, Runtime};
use crate::scope::no_such_tenant;
use crate::tenant::{Job, Tenant};
use crate::turn::{Reply, store_problem};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;
use toolcrib_contract::problem::{Problem, UNAVAILABLE, WRONG_STATE};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{PartSum, StoreError};

/// What was erased. The sums are those that an archive of the same state has, part by part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub tenant: String,
    pub slug: String,
    pub name: String,
    pub at: String,
    /// `user:<id>`
    pub by: String,
    /// Of all files.
    pub bytes: u64,
    pub parts: Vec<PartSum>,
    /// What the key to the tenant's backups was called, which was destroyed with the data: every copy of them is noise.
    /// None when there never was a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_key: Option<String>,
    /// The key that this host signs with; none on a host without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Hex of the SHA-256 over this receipt as JSON, with an empty text here and without the signature.
    pub sha256: String,
    /// The host's signature over `sha256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// Signs what the host states of itself. The server has the key.
pub trait Attest: Send + Sync {
    /// The public key, as text.
    fn key(&self) -> String;

    /// A receipt's sum, signed.
    fn sign(&self, sha256: &str) -> String;
}

/// What somebody asks for.
pub(crate) struct Erase {
    pub by: String,
    /// Whoever is in the way of the erasure ends it.
    pub reply: Reply<Receipt>,
}

impl Runtime {
    /// Lets receipts be signed from now on.
    pub fn attest_by(&self, attest: Arc<dyn Attest>) {
        assert!(self.inner.attest.set(attest).is_ok(), "who signs is set once");
    }

    /// Erases everything that this host keeps of a tenant: records, events, audit, readings, archive, and the key to its
    /// backups. Its workspace at the registry stays, empty. What must end first, ends first: subscriptions and devices.
    ///
    /// # Errors
    /// Unknown tenant; `wrong-state` while modules or devices are there; an archive is being made; the disk.
    pub async fn erase(&self, tenant: RawId, by: &str) -> Result<Receipt, Problem> {
        let actor = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let _place = self.inner.archive_place(tenant)?;
        let (reply, answer) = oneshot::channel();
        self.inner.push(&actor, Job::Erase(Erase { by: by.to_owned(), reply }));
        answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.problem()))
    }

    /// Receipts of what was erased of a tenant, the newest first.
    ///
    /// # Errors
    /// The disk.
    pub fn receipts(&self, tenant: RawId) -> Result<Vec<Receipt>, Problem> {
        let io = |error: std::io::Error| store_problem(&StoreError::Io(error.to_string()));
        let mut receipts = Vec::new();
        let entries = match std::fs::read_dir(self.inner.receipts(tenant)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(receipts),
            Err(error) => return Err(io(error)),
        };
        for entry in entries {
            let bytes = std::fs::read(entry.map_err(io)?.path()).map_err(io)?;
            receipts.extend(serde_json::from_slice::<Receipt>(&bytes));
        }
        receipts.sort_by(|a, b| b.at.cmp(&a.at));
        Ok(receipts)
    }
}

impl Inner {
    fn receipts(&self, tenant: RawId) -> PathBuf {
        self.options.data.receipts().join(tenant.to_string())
    }
}

/// In the tenant's turn, which has no files open when this returns. Gives the request back while readings are still being
/// written.
pub(crate) fn run(inner: &Inner, tenant: &Tenant, erase: Erase) -> Option<Erase> {
    if tenant.inbox.is_busy() {
        return Some(erase);
    }
    let done = erased(inner, tenant, &erase.by);
    if let Ok(receipt) = &done {
        tracing::info!(
            tenant = receipt.slug,
            bytes = receipt.bytes,
            sha256 = receipt.sha256,
            "A tenant's data was erased"
        );
    }
    // A caller that went away finds the receipt.
    let _ = erase.reply.send(done);
    None
}

fn erased(inner: &Inner, tenant: &Tenant, by: &str) -> Result<Receipt, Problem> {
    let scope = tenant.granted();
    if !scope.installed.is_empty() || !scope.stopped.is_empty() || !scope.devices.is_empty() {
        let (modules, devices) = (scope.installed.len() + scope.stopped.len(), scope.devices.len());
        return Err(WRONG_STATE.because(format!("{modules} modules and {devices} devices must end first")));
    }
    // What is open is closed: nothing may come back from a file that is gone.
    drop(tenant.take_open());
    tenant.close_for_good();
    let now = inner.world.clock.now();
    let bytes = tenant.home.bytes().map_err(|error| store_problem(&error))?;
    // A damaged file is erased like any other; its receipt has no sums.
    let parts = sums(inner, tenant).unwrap_or_else(|error| {
        tracing::warn!(tenant = %scope.slug, error = %error, "What is erased could not be summed");
        Vec::new()
    });
    let mut receipt = Receipt {
        tenant: tenant.id.to_string(),
        slug: scope.slug.clone(),
        name: scope.name.clone(),
        at: now.to_string(),
        by: by.to_owned(),
        bytes,
        parts,
        backup_key: None,
        key: None,
        sha256: String::new(),
        signature: None,
    };
    if let Some(error) = tenant.home.erase().map_err(|error| store_problem(&error))? {
        tracing::warn!(tenant = %scope.slug, error = %error, "Erased rows take room until the database frees them by itself");
    }
    let key = toolcrib_store::shred(&inner.options.data.backup_key(tenant.id));
    receipt.backup_key = key.map_err(|error| store_problem(&error))?;
    if let Some(attest) = inner.attest.get() {
        receipt.key = Some(attest.key());
        receipt.sha256 = receipt.digest();
        receipt.signature = Some(attest.sign(&receipt.sha256));
    } else {
        receipt.sha256 = receipt.digest();
    }
    keep(inner, tenant.id, now, &receipt).map_err(|error| store_problem(&StoreError::Io(error.to_string())))?;
    inner.forget_archive(tenant.id);
    inner.wake_at(tenant, Instant::MAX);
    tenant.outbox_us.store(i64::MAX, Ordering::Release);
    Ok(receipt)
}

fn sums(inner: &Inner, tenant: &Tenant) -> Result<Vec<PartSum>, StoreError> {
    if !tenant.home.may_exist() {
        return Ok(Vec::new());
    }
    let names = |module: &str, record: &str, field: &str| inner.modules.cases(module, record, field);
    tenant.home.archive()?.write(&names, &mut |_| Ok(()))
}

fn keep(inner: &Inner, tenant: RawId, now: Instant, receipt: &Receipt) -> std::io::Result<()> {
    let dir = inner.receipts(tenant);
    std::fs::create_dir_all(&dir)?;
    put(&dir.join(format!("{}.json", now.0)), &serde_json::to_vec_pretty(receipt)?)
}

impl Receipt {
    /// What [`Receipt::sha256`] has to be.
    pub fn digest(&self) -> String {
        let plain = Self { sha256: String::new(), signature: None, ..self.clone() };
        hex(&Sha256::digest(serde_json::to_vec(&plain).unwrap_or_default()))
    }
}
