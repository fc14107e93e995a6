//! What people set for a tenant, kept with its data: a JSON text under a name, numbered, each change with its audit line.
//!
//! The host does not know what they mean: whoever reads them does.

use crate::runtime::Runtime;
use serde::{Deserialize, Serialize};
use toolcrib_contract::problem::{CONFLICT, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{AuditLine, StoreError, Writer};

/// A setting as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// 1 for the first one.
    pub version: u64,
    /// Microseconds since 1970.
    at: i64,
    /// Who set it.
    pub by: String,
    pub json: String,
}

impl Setting {
    pub fn at(&self) -> Instant {
        Instant(self.at)
    }
}

/// A setting about to be kept.
#[derive(Clone, Debug)]
pub struct NewSetting {
    /// Kebab case; also what the audit calls the change.
    pub name: &'static str,
    /// The version that it replaces, 0 for none; when somebody was faster, it is refused.
    pub replaces: u64,
    pub json: String,
    /// Who sets it.
    pub by: String,
    /// JSON text for the audit.
    pub detail: String,
}

fn read(writer: &mut Writer, name: &str) -> Result<Option<Setting>, StoreError> {
    let bytes = writer.meta_get(&format!("setting/{name}"))?;
    let setting = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose();
    setting.map_err(|error| StoreError::Internal(error.to_string()))
}

impl Runtime {
    /// A setting of a tenant; none when it was never set.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn setting(&self, tenant: RawId, name: &'static str) -> Result<Option<Setting>, Problem> {
        self.with_writer(tenant, move |writer| read(writer, name)).await
    }

    /// Keeps a setting, in one transaction with its audit line; its version.
    ///
    /// # Errors
    /// `conflict` when it replaces another version than the one that is kept; unknown tenant or the disk.
    pub async fn set(&self, tenant: RawId, new: NewSetting) -> Result<u64, Problem> {
        let at = self.now();
        let kept = self.with_writer(tenant, move |writer| keep(writer, &new, at)).await?;
        kept.map_err(|version| CONFLICT.because(format!("version {version} is in force by now")))
    }
}

/// The new version, or the one in force that it does not replace.
fn keep(writer: &mut Writer, new: &NewSetting, at: Instant) -> Result<Result<u64, u64>, StoreError> {
    let version = read(writer, new.name)?.map_or(0, |setting| setting.version);
    if version != new.replaces {
        return Ok(Err(version));
    }
    let setting = Setting { version: version + 1, at: at.0, by: new.by.clone(), json: new.json.clone() };
    let bytes = serde_json::to_vec(&setting).map_err(|error| StoreError::Internal(error.to_string()))?;
    writer.meta_put(&format!("setting/{}", new.name), &bytes)?;
    let (actor, action, detail_json) = (&*new.by, new.name, &*new.detail);
    writer.audit(&AuditLine { at, actor, action, module: "", detail_json })?;
    Ok(Ok(setting.version))
}
