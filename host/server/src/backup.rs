//! `toolcrib backup`: copies of everything that cannot be made again, encrypted, beside a running host.
//!
//! A *unit* is what is kept and restored as one: each tenant, the host's own files, the marketplace. Of a unit every file
//! is copied in one committed state, compressed and sealed (`seal`) with the unit's own key (`keys`), and a `manifest` is
//! written last: a backup without one is none. `depot` is where they go. `restore` brings them back, `verify` proves them.
//! A tenant whose business is in PostgreSQL has the same files: of its rows one is made, as of one moment (`erased` is about
//! what its erasure by another host leaves here).
//!
//! Keys of units lie beside the data and, wrapped with the operator's key, beside the backups, never inside one. Whoever
//! erases a tenant destroys its key, and all its backups are noise, wherever they are.

mod bucket;
pub mod depot;
mod erased;
mod keys;
mod manifest;
mod restore;
mod seal;
mod units;
mod verify;

#[cfg(test)]
mod tests;

pub use restore::run as restore;
pub use verify::{is_depot, run as verify};

use crate::cli;
use crate::kept;
use crate::say;
use anyhow::{Context, bail, ensure};
use depot::Depot;
use keys::{Keys, UnitKey};
use manifest::{FORM, FileEntry, MANIFEST, Manifest};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::fs::{File, TryLockError};
use std::path::Path;
use toolcrib_contract::types::Instant;
use toolcrib_runtime::World;
use toolcrib_store::{DataDir, TenantOptions};
use units::{Part, Unit};

/// In the depot's root: what it is, and whose.
const MARKER: &str = "toolcrib-backup.json";
/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

/// What holds for a marketplace whose records are in PostgreSQL.
pub const RECORDS_ELSEWHERE: &str = "the marketplace's records lie in PostgreSQL and are backed up with pg_dump, its \
    folder `registry` (keys, components, papers) as files; `toolcrib backup` backs up neither";

/// What one run is asked for.
pub struct Asked<'a> {
    pub data: &'a Path,
    /// How tenants are opened, and in which database.
    pub options: &'a TenantOptions,
    pub depot: &'a dyn Depot,
    /// File of the operator's key.
    pub key: &'a Path,
    /// Ids of tenants; none for everything.
    pub tenants: &'a [String],
    /// Older backups than this go, but never a unit's newest one.
    pub keep_days: u32,
}

/// Backs up what the command line and the settings name.
///
/// # Errors
/// The settings, the depot, or a unit that was not backed up; what was done of the others stays.
pub fn run(flags: &cli::Backup, world: &World) -> anyhow::Result<()> {
    let config = flags.load()?.config;
    let (to, key) = (&config.backup.to, &config.backup.key_file);
    ensure!(!to.is_empty(), "no place is named; set `backup.to` or --to");
    ensure!(!key.as_os_str().is_empty(), "no key is named; set `backup.key_file` or --key");
    // Half a marketplace would look like a backup of it.
    ensure!(config.marketplace.store.is_empty() || !flags.tenants.is_empty(), "{RECORDS_ELSEWHERE}");
    let depot = depot::open(to, &config.objects)?;
    let keep_days = config.backup.keep_days;
    let (data, options) = (&config.data, &kept::options(&config)?);
    back_up(&Asked { data, options, depot: &*depot, key, tenants: &flags.tenants, keep_days }, world)
}

/// # Errors
/// As [`run`].
pub fn back_up(asked: &Asked<'_>, world: &World) -> anyhow::Result<()> {
    let root = asked.data;
    ensure!(root.is_dir(), "there is no data in `{}`", root.display());
    let data = DataDir::beside(root);
    let _alone = alone(root)?;
    let is_new = !asked.key.exists();
    let keys = Keys::open(data.keys(), asked.key, world)?;
    if is_new {
        say::line(format_args!(
            "The key `{}` was made. Keep a copy of it elsewhere: without it no backup can be read.",
            asked.key.display()
        ));
    }
    claim(asked.depot, &keys)?;
    // Before any key is used: one of before an erasure seals nothing more.
    let ids = kept::tenants(&data, asked.options)?;
    erased::sweep(&data, asked.options, &ids, asked.depot)?;
    let units = units::chosen(&data, asked.options, asked.tenants)?;
    let now = world.clock.now();
    let mut failed = Vec::new();
    for unit in &units {
        match one(asked.depot, unit, &keys, now) {
            Ok(manifest) => say::line(format_args!("  backed up  {}", manifest.told())),
            Err(_) if unit.is_there().is_ok_and(|is_there| !is_there) => {
                say::line(format_args!("  gone       {}: it was erased meanwhile", unit.name))
            }
            Err(error) => {
                say::line(format_args!("  FAILED     {}: {error:#}", unit.name));
                failed.push(unit.name.clone());
            }
        }
    }
    tidy(asked, &data, &keys, now)?;
    ensure!(failed.is_empty(), "{} of {} were not backed up: {}", failed.len(), units.len(), failed.join(", "));
    say::line(format_args!("All {} units are backed up as of {now}.", units.len()));
    Ok(())
}

/// One backup of a data directory at a time.
fn alone(root: &Path) -> anyhow::Result<File> {
    let file = root.join("backup.lock");
    let fail = || format!("`{}` cannot be written", file.display());
    let lock = File::options().create(true).truncate(false).write(true).open(&file).with_context(fail)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("another backup of `{}` is being made", root.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(fail),
    }
}

/// A depot belongs to one data directory: two would take each other's `host` for their own.
fn claim(depot: &dyn Depot, keys: &Keys) -> anyhow::Result<()> {
    let own = keys.unit("host")?.id();
    match depot.read(MARKER, 1 << 16)? {
        Some(marker) => {
            let marker: serde_json::Value = serde_json::from_slice(&marker).unwrap_or_default();
            ensure!(marker["form"].as_str() == Some(FORM), "{depot} holds backups of another version of toolcrib");
            ensure!(
                marker["host"].as_str() == Some(&own),
                "{depot} holds backups of another host; name a place of its own"
            );
        }
        None => {
            ensure!(depot.names("")?.is_empty(), "{depot} holds something else; name an empty place");
            depot.write(MARKER, json!({"form": FORM, "host": own}).to_string().as_bytes())?;
        }
    }
    Ok(())
}

/// Backs up one unit. A failure leaves nothing that could be taken for a backup.
fn one(depot: &dyn Depot, unit: &Unit, keys: &Keys, now: Instant) -> anyhow::Result<Manifest> {
    let key = keys.unit(&unit.name)?;
    keys.lay_beside(depot, &unit.name, &key)?;
    let before = known(depot, unit, &key)?;
    let done = Making { depot, unit, key: &key, stamp: stamp(now), before: &before }.files(now);
    if done.is_err() {
        // What remains is swept by the next run.
        let _ = depot.remove_all(&format!("{}/{}", unit.name, stamp(now)));
    }
    done
}

/// Files of the newest backup that are sealed with the same key, by name.
fn known(depot: &dyn Depot, unit: &Unit, key: &UnitKey) -> anyhow::Result<HashMap<String, FileEntry>> {
    let Some(newest) = stamps(depot, &unit.name)?.pop() else { return Ok(HashMap::new()) };
    // One that cannot be read is not built upon.
    let Ok(manifest) = manifest::read(depot, &unit.name, &newest) else { return Ok(HashMap::new()) };
    if manifest.key != key.id() || !key.vouches(&manifest.signed(), &manifest.mac) {
        return Ok(HashMap::new());
    }
    let mut known = HashMap::new();
    for file in manifest.files {
        if file.source.is_some() && depot.exists(&file.object(&unit.name))? {
            known.insert(file.name.clone(), file);
        }
    }
    Ok(known)
}

/// A backup that is being made.
struct Making<'a> {
    depot: &'a dyn Depot,
    unit: &'a Unit,
    key: &'a UnitKey,
    stamp: String,
    before: &'a HashMap<String, FileEntry>,
}

impl Making<'_> {
    fn known(&self, name: &str, source: Option<&str>) -> Option<&FileEntry> {
        self.before.get(name).filter(|file| source.is_some() && file.source.as_deref() == source)
    }

    fn files(&self, now: Instant) -> anyhow::Result<Manifest> {
        let copied = self.unit.copy(now, &|name, source| self.known(name, Some(source)).is_some())?;
        let mut files = Vec::with_capacity(copied.parts.len());
        for part in &copied.parts {
            let entry = match self.known(&part.name, part.source.as_deref()) {
                Some(known) => known.clone(),
                None => self.seal(part, files.len() as u32).with_context(|| format!("`{}`", part.name))?,
            };
            files.push(entry);
        }
        let mut manifest = Manifest {
            form: FORM.to_owned(),
            unit: self.unit.name.clone(),
            at: now.to_string(),
            toolcrib: env!("CARGO_PKG_VERSION").to_owned(),
            key: self.key.id(),
            last_seq: copied.last_seq,
            audit_lines: copied.audit_lines,
            files,
            mac: String::new(),
        };
        manifest.mac = self.key.mac(&manifest.signed());
        // Whoever was erased meanwhile is not to have a backup.
        ensure!(self.unit.is_there()?, "it was erased meanwhile");
        let name = format!("{}/{}/{MANIFEST}", self.unit.name, self.stamp);
        self.depot.write(&name, &serde_json::to_vec_pretty(&manifest)?)?;
        Ok(manifest)
    }

    fn seal(&self, part: &Part, number: u32) -> anyhow::Result<FileEntry> {
        let Part { name, at, version, source } = part;
        let mut from = File::open(at.as_ref().context("it was not copied")?)?;
        let folder = format!("{}/{}", self.unit.name, self.stamp);
        let mut sums = None;
        self.depot.put(&manifest::object(&folder, number), &mut |to| {
            sums = Some(seal::seal(&mut from, to, &self.key.of_file(&folder, name), &self.key.salt())?);
            Ok(())
        })?;
        let (name, version, source, stamp) = (name.clone(), *version, source.clone(), self.stamp.clone());
        Ok(FileEntry { name, version, source, stamp, number, sums: sums.context("nothing was sealed")? })
    }
}

/// `2026-11-26T03-04-05.000001Z`: sorts as time does, and is a name everywhere.
fn stamp(at: Instant) -> String {
    at.to_string().replace(':', "-")
}

/// Backups of a unit that are whole, by name, the oldest first.
///
/// # Errors
/// The depot.
fn stamps(depot: &dyn Depot, unit: &str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for stamp in depot.names(unit)? {
        if depot.exists(&format!("{unit}/{stamp}/{MANIFEST}"))? {
            found.push(stamp);
        }
    }
    Ok(found)
}

/// Which objects these backups of a unit need: stamp and number. A manifest that cannot be read needs none that can be
/// told.
fn holds(depot: &dyn Depot, unit: &str, stamps: &[String]) -> HashSet<(String, u32)> {
    let manifests = stamps.iter().filter_map(|stamp| manifest::read(depot, unit, stamp).ok());
    manifests.flat_map(|manifest| manifest.files).map(|file| (file.stamp, file.number)).collect()
}

/// Removes what aged out, what an interrupted run left, and the keys of those who were erased, with their backups.
fn tidy(asked: &Asked<'_>, data: &DataDir, keys: &Keys, now: Instant) -> anyhow::Result<()> {
    let depot = asked.depot;
    let oldest = stamp(now.plus_us(-i64::from(asked.keep_days) * DAY_US));
    for unit in depot.names("")?.into_iter().filter(|name| units::is_name(name)) {
        let mut kept = stamps(depot, &unit)?;
        let newest = kept.last().cloned();
        kept.retain(|stamp| *stamp >= oldest || Some(stamp) == newest.as_ref());
        // A new key may have been made since, for a workspace that began anew.
        if erased::was_erased(data, asked.options, &unit)? {
            let living = keys.known(&unit)?.map(|key| key.id());
            for shredded in keys::beside(depot, &unit)?.into_iter().filter(|id| Some(id) != living.as_ref()) {
                keys::shred_beside(depot, &unit, &shredded)?;
                say::line(format_args!("  shredded   key {shredded} of {unit}, which was erased"));
            }
            let is_living = |stamp: &String| {
                let manifest = manifest::read(depot, &unit, stamp);
                manifest.is_ok_and(|manifest| Some(manifest.key) == living)
            };
            kept.retain(is_living);
        }
        sweep(depot, &unit, &kept)?;
    }
    Ok(())
}

/// Leaves of a unit these backups, and of others what these need.
fn sweep(depot: &dyn Depot, unit: &str, kept: &[String]) -> anyhow::Result<()> {
    let held = holds(depot, unit, kept);
    for stamp in depot.names(unit)?.into_iter().filter(|stamp| !kept.contains(stamp)) {
        // First of all: half removed, it is no backup any more.
        depot.remove_all(&format!("{unit}/{stamp}/{MANIFEST}"))?;
        let needed = held.iter().filter(|(of, _)| *of == stamp).map(|(_, number)| manifest::object_name(*number));
        let needed: HashSet<_> = needed.collect();
        if needed.is_empty() {
            depot.remove_all(&format!("{unit}/{stamp}"))?;
            continue;
        }
        for object in depot.names(&format!("{unit}/{stamp}"))?.into_iter().filter(|name| !needed.contains(name)) {
            depot.remove_all(&format!("{unit}/{stamp}/{object}"))?;
        }
    }
    Ok(())
}
