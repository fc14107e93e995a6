//! Tenants that were erased: no key to their backups stays, also where several hosts share a database.
//!
//! Whoever erases a tenant destroys the key that its own host has. The others find in the database that it was erased, and
//! when; what they have seen to is noted beside the receipts.

use super::depot::Depot;
use super::units;
use crate::files::{self, Secrecy};
use crate::{kept, say};
use std::collections::BTreeSet;
use std::path::PathBuf;
use toolcrib_contract::types::RawId;
use toolcrib_store::{DataDir, TenantOptions, shred};

/// In the folder of a tenant's receipts: up to which erasure this host has seen to it.
const SEEN: &str = "seen";

fn seen(data: &DataDir, id: RawId) -> PathBuf {
    data.receipts().join(id.to_string()).join(SEEN)
}

/// Destroys the keys that this host has of tenants which another one erased. Before the first backup of a run: a key that is there
/// afterwards is of a workspace that began anew.
///
/// # Errors
/// The disk, the database, the depot.
pub fn sweep(data: &DataDir, options: &TenantOptions, ids: &[RawId], depot: &dyn Depot) -> anyhow::Result<()> {
    if options.database.is_none() {
        return Ok(());
    }
    let backed_up = depot.names("")?;
    let known = ids.iter().copied().chain(backed_up.iter().filter_map(|unit| units::tenant(unit)));
    for id in known.collect::<BTreeSet<_>>() {
        let Some(erased_us) = kept::home(data, options, id).erased_us()? else { continue };
        let note = seen(data, id);
        let done = std::fs::read_to_string(&note).ok().and_then(|text| text.trim().parse::<i64>().ok());
        if done.is_some_and(|done| done >= erased_us) {
            continue;
        }
        if let Some(key) = shred(&data.backup_key(id))? {
            say::line(format_args!("  shredded   key {key} of {}, which another host erased", DataDir::unit(id)));
        }
        saw(data, id, erased_us)?;
    }
    Ok(())
}

fn saw(data: &DataDir, id: RawId, erased_us: i64) -> anyhow::Result<()> {
    let note = seen(data, id);
    std::fs::create_dir_all(note.parent().unwrap_or(&note))?;
    files::write(&note, erased_us.to_string().as_bytes(), Secrecy::Public)
}

/// A tenant was brought back with the key to its backups: both are of its present life.
///
/// # Errors
/// The disk, the database.
pub fn came_back(data: &DataDir, options: &TenantOptions, id: RawId) -> anyhow::Result<()> {
    kept::home(data, options, id).erased_us()?.map_or(Ok(()), |erased_us| saw(data, id, erased_us))
}

/// Whether the tenant of a unit was erased at least once.
///
/// # Errors
/// The database.
pub fn was_erased(data: &DataDir, options: &TenantOptions, unit: &str) -> anyhow::Result<bool> {
    let Some(id) = units::tenant(unit) else { return Ok(false) };
    Ok(data.receipts().join(id.to_string()).exists() || kept::home(data, options, id).erased_us()?.is_some())
}
