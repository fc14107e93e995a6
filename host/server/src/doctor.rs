//! `toolcrib doctor`: what is in force, and whether the data of a server is whole, be it running or not.
//!
//! Checked without writing to it: every component against its digest, every tenant's files or its rows in PostgreSQL, the
//! numbers of its events, its counts and the chain of its audit, each in one committed state; of the registry a copy of its
//! database, or the one that `marketplace.store` names, with the chain of its audit and its log. What proves components:
//! `toolcrib verify`.

use crate::config::Loaded;
use crate::{host_key, kept, marketplace, say};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use toolcrib_catalog::Catalog;
use toolcrib_store::{DataDir, Home, copy_database};
use toolcrib_trust::digest;
use toolcrib_trust::evidence::COMPONENT_FILE;

/// Prints the configuration and checks the data directory.
///
/// # Errors
/// The directory is unreadable, or something in it is not whole.
pub async fn run(loaded: &Loaded) -> anyhow::Result<()> {
    say::line("Settings");
    loaded.lines().iter().for_each(|line| say::line(format_args!("  {line}")));
    let root = &loaded.config.data;
    if !root.exists() {
        say::line(format_args!("There is no data in `{}` yet.", root.display()));
        return Ok(());
    }
    if let Some(key) = host_key::known(root)? {
        say::line(format_args!("This host signs receipts with the key {key}"));
    }
    let data = DataDir::beside(root);
    let mut wrong = 0;
    let mut report = |what: String, result: Result<String, String>| match result {
        Ok(fine) => say::line(format_args!("  good   {what}: {fine}")),
        Err(why) => {
            wrong += 1;
            say::line(format_args!("  WRONG  {what}: {why}"));
        }
    };
    let registry = marketplace::folder(&data);
    if registry.exists() {
        say::line("Registry");
        let store = loaded.config.marketplace.store.as_str();
        report("catalogue".to_owned(), catalogue(&registry, store).await.map_err(|error| format!("{error:#}")));
        if !store.is_empty() {
            say::line(format_args!("  LOOK   marketplace.store: {}", crate::backup::RECORDS_ELSEWHERE));
        }
    }
    say::line("Components");
    for version in entries(&data.artifacts())?.into_iter().filter(|version| !is_coming(version)) {
        report(name(&version), component(&version.join(COMPONENT_FILE), &name(&version)));
    }
    for file in entries(&registry.join("components"))? {
        report(name(&file), component(&file, name(&file).trim_start_matches("sha256-").trim_end_matches(".wasm")));
    }
    say::line("Tenants");
    for (name, found) in tokio::task::spawn_blocking(tenants(loaded)).await?? {
        report(name, found);
    }
    if wrong > 0 {
        bail!("{wrong} things in `{}` are not whole; restore them from a backup", root.display());
    }
    say::line("All that was checked is whole.");
    Ok(())
}

/// What an interrupted step left, or what one is just making.
fn is_coming(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "new" || ending == "coming" || ending == "erased")
}

/// In order; none of what is not there.
fn entries(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let mut found: Vec<_> = std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    found.sort();
    Ok(found)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What it is, and whether all of it is whole.
type Examined = (String, Result<String, String>);

/// Every tenant by its id, and whether all of it is whole: a question that waits for disks and databases.
fn tenants(loaded: &Loaded) -> impl FnOnce() -> anyhow::Result<Vec<Examined>> + use<> {
    let config = loaded.config.clone();
    move || {
        let (data, options) = (DataDir::beside(&config.data), kept::options(&config)?);
        let ids = kept::tenants(&data, &options)?;
        Ok(ids.into_iter().map(|id| (id.to_string(), tenant(&kept::home(&data, &options, id)))).collect())
    }
}

/// Whether a component has the digest that it is named by. What proves it is `toolcrib verify`'s business.
fn component(file: &Path, digits: &str) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let found = digest::sha256_hex(&bytes);
    if found == digits {
        Ok(format!("{} bytes", bytes.len()))
    } else {
        Err(format!("its content has the digest {found}"))
    }
}

/// Of a copy: opening the registry's own would bring its tables up to date. Records in PostgreSQL are only read.
async fn catalogue(folder: &Path, store: &str) -> anyhow::Result<String> {
    let work = tempfile::tempdir().context("no room for a copy of the catalogue")?;
    let catalog = if store.is_empty() {
        copy_database(&folder.join("catalog.db"), &work.path().join("catalog.db"))?;
        Catalog::open(work.path()).await?
    } else {
        Catalog::inspect(work.path(), store).await?
    };
    let (lines, _) = catalog.verify_audit().await?;
    let entries = catalog.verify_log().await?;
    catalog.close().await;
    Ok(format!("{lines} audit lines in one chain, {entries} entries of the log lead to its head"))
}

fn tenant(home: &Home) -> Result<String, String> {
    let found = home.check().map_err(|error| error.to_string())?;
    Ok(format!(
        "{} events without a gap, {} audit lines in one chain, {} rows, {} readings in {} months",
        found.events, found.audit_lines, found.rows, found.readings, found.months
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Loaded};
    use std::collections::BTreeMap;
    use toolcrib_contract::types::{Instant, RawId};
    use toolcrib_store::{AuditLine, NewEvent, TenantOptions, Writer};

    fn at(data: &Path) -> Loaded {
        Loaded { config: Config { data: data.to_owned(), ..Config::default() }, origins: BTreeMap::new() }
    }

    #[tokio::test]
    async fn a_whole_directory_passes_and_an_altered_component_does_not() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::lock(root.path()).unwrap();
        let mut writer = Writer::open(&data.tenant(RawId([7; 16])), &TenantOptions::default()).unwrap();
        writer.begin().unwrap();
        let event = NewEvent { module: "oee", name: "stopped", body_json: "{}", cause: None, at: Instant(0) };
        writer.append(&event).unwrap();
        let line =
            AuditLine { at: Instant(0), actor: "registry", action: "subscribed", module: "oee", detail_json: "{}" };
        writer.audit(&line).unwrap();
        writer.commit().unwrap();
        let component = data.artifacts().join(digest::sha256_hex(b"component")).join(COMPONENT_FILE);
        std::fs::create_dir(component.parent().unwrap()).unwrap();
        std::fs::write(&component, "component").unwrap();
        // While a server holds it, and has the tenant open.
        run(&at(root.path())).await.unwrap();
        drop((writer, data));
        run(&at(root.path())).await.unwrap();
        std::fs::write(&component, "komponent").unwrap();
        assert!(run(&at(root.path())).await.unwrap_err().to_string().contains("1 things"));
        run(&at(&root.path().join("absent"))).await.unwrap();
    }
}
