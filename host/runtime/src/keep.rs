//! What other parts of the host keep with a tenant's data: JSON under names, several at once and with an audit line in one
//! transaction. For numbered settings of people see [`crate::Setting`].

use crate::runtime::Runtime;
use serde::Serialize;
use serde::de::DeserializeOwned;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::RawId;
use toolcrib_store::{AuditLine, StoreError, Writer};

/// A line of the audit about an act of the host's own.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    pub actor: String,
    /// Kebab case.
    pub action: &'static str,
    /// JSON text.
    pub detail: String,
}

/// What is kept of one tenant, inside a transaction.
pub struct Keeping<'a>(&'a mut Writer);

impl Keeping<'_> {
    /// # Errors
    /// The disk, or something else lies there.
    pub fn read<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, StoreError> {
        let bytes = self.0.meta_get(name)?;
        bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(damaged)).transpose()
    }

    /// # Errors
    /// The disk, or there is no room.
    pub fn write(&mut self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        self.0.meta_put(name, &serde_json::to_vec(value).map_err(damaged)?)
    }

    /// # Errors
    /// The disk.
    pub fn forget(&mut self, name: &str) -> Result<(), StoreError> {
        self.0.meta_delete(name)
    }
}

fn damaged(error: serde_json::Error) -> StoreError {
    StoreError::Internal(error.to_string())
}

impl Runtime {
    /// Reads and changes what is kept of a tenant; all of it with its audit line, or nothing.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn keep<T: Send + 'static>(
        &self,
        tenant: RawId,
        line: Option<AuditEntry>,
        change: impl FnOnce(&mut Keeping<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let at = self.now();
        self.with_writer(tenant, move |writer| {
            let kept = change(&mut Keeping(writer))?;
            if let Some(AuditEntry { actor, action, detail }) = &line {
                writer.audit(&AuditLine { at, actor, action, module: "", detail_json: detail })?;
            }
            Ok(kept)
        })
        .await
    }
}
