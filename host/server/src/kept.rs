//! Where tenants' business is kept, for the commands that work beside a server or in place of one.

use crate::config::Config;
use anyhow::Context;
use std::path::{Path, PathBuf};
use toolcrib_contract::types::RawId;
use toolcrib_store::{DataDir, Home, Keep, Postgres, TenantOptions};

/// Connections of one command, two of them for what it reads all of.
const CONNECTIONS: u32 = 4;

/// How tenants are opened, with the database connected that `host.store` names. Never on a thread of an asynchronous
/// runtime.
///
/// # Errors
/// The database: it does not answer, is too old, or the login may not what it has to.
pub fn options(config: &Config) -> anyhow::Result<TenantOptions> {
    let database = connect(&config.host.store, CONNECTIONS)?;
    Ok(TenantOptions { database, ..without_database(config) })
}

/// The same without connecting to anything.
pub fn without_database(config: &Config) -> TenantOptions {
    TenantOptions {
        quota_bytes: config.host.tenant_quota_mib << 20,
        cache_kib: config.host.tenant_cache_kib,
        keep: Keep { raw_days: config.host.readings_days, sum_months: config.host.readings_sum_months },
        ..TenantOptions::default()
    }
}

/// The database of tenants' business, brought up to date; none when it lies in files. Never on a thread of an asynchronous
/// runtime.
///
/// # Errors
/// As [`options`].
pub fn connect(url: &str, connections: u32) -> anyhow::Result<Option<Postgres>> {
    if url.is_empty() {
        return Ok(None);
    }
    let connected = Postgres::connect(url, connections);
    connected.context("the database that `host.store` names cannot be used").map(Some)
}

/// A tenant's place.
pub fn home(data: &DataDir, options: &TenantOptions, id: RawId) -> Home {
    Home::new(data.tenant(id), id, options)
}

/// Ids of the tenants that have something in a data directory or in the database, in order.
///
/// # Errors
/// The disk, the database.
pub fn tenants(data: &DataDir, options: &TenantOptions) -> anyhow::Result<Vec<RawId>> {
    let mut ids = match &options.database {
        Some(database) => database.tenants()?,
        None => Vec::new(),
    };
    let folder = data.tenants();
    for shelf in if folder.exists() { entries(&folder)? } else { Vec::new() } {
        for dir in entries(&shelf)?.iter().filter(|dir| dir.is_dir()) {
            ids.extend(dir.file_name().and_then(|name| name.to_str()?.parse::<RawId>().ok()));
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Removes what a host has in files of tenants that another one erased, and brings into the database what machines told it
/// when it still kept that in files. Before anything is opened.
///
/// # Errors
/// As [`tenants`]; readings that cannot be brought, with what to do.
pub fn end_lives(data: &DataDir, options: &TenantOptions) -> anyhow::Result<()> {
    if options.database.is_some() {
        for id in tenants(data, options)? {
            if home(data, options, id).end_life()? {
                tracing::info!(tenant = %id, "Readings of a tenant that another host erased were removed");
            }
            let brought = home(data, options, id).bring_in();
            if brought.with_context(|| format!("readings of the tenant {id} could not be brought into the database"))? {
                tracing::info!(tenant = %id, "Readings in files of this host were brought into the database");
            }
        }
    }
    Ok(())
}

/// What is in a folder, in order.
///
/// # Errors
/// The disk.
pub fn entries(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let fail = || format!("`{}` cannot be read", dir.display());
    let entries = std::fs::read_dir(dir).with_context(fail)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>().with_context(fail)?;
    paths.sort();
    Ok(paths)
}
