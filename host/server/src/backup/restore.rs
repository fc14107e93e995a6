//! `toolcrib restore`: a unit from its backup, or everything. Made aside, proven, and only then put in its place.

use super::depot::{self, Depot};
use super::keys::{Keys, UnitKey};
use super::manifest::{self, FileEntry, Manifest};
use super::{erased, seal, stamps, units};
use crate::cli;
use crate::files::{self, Secrecy};
use crate::kept;
use crate::marketplace::CAME_BACK;
use crate::say;
use anyhow::{Context, bail, ensure};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use toolcrib_runtime::World;
use toolcrib_store::{DataDir, TenantOptions, check};

/// What is asked for.
pub struct Asked<'a> {
    pub depot: &'a dyn Depot,
    /// File of the operator's key.
    pub key: &'a Path,
    /// The data directory: new when everything is restored, of a stopped server when one tenant is.
    pub data: &'a Path,
    /// How tenants are opened, and in which database: without any tenant when everything is restored.
    pub options: &'a TenantOptions,
    /// Id of the only tenant; none for everything.
    pub tenant: Option<&'a str>,
    /// The newest backup that is not after this moment, `2026-11-26T03-04-05…`; none for the newest.
    pub until: Option<&'a str>,
}

/// Restores what the command line and the settings name.
///
/// # Errors
/// The settings, the depot, or a backup that is not whole: nothing is there then that was not there before.
pub fn run(flags: &cli::Restore, world: &World) -> anyhow::Result<()> {
    let config = flags.load()?.config;
    let (from, key) = (&config.backup.to, &config.backup.key_file);
    ensure!(!from.is_empty(), "no place is named; set `backup.to` or --from");
    ensure!(!key.as_os_str().is_empty(), "no key is named; set `backup.key_file` or --key");
    let depot = depot::open(from, &config.objects)?;
    ensure!(config.marketplace.store.is_empty() || flags.tenant.is_some(), "{}", super::RECORDS_ELSEWHERE);
    let (tenant, until) = (flags.tenant.as_deref(), flags.until.as_deref());
    let (data, options) = (&config.data, &kept::options(&config)?);
    restore(&Asked { depot: &*depot, key, data, options, tenant, until }, world)
}

/// # Errors
/// As [`run`].
pub fn restore(asked: &Asked<'_>, world: &World) -> anyhow::Result<()> {
    match asked.tenant {
        Some(id) => one_tenant(asked, id, world),
        None => everything(asked, world),
    }
}

fn one_tenant(asked: &Asked<'_>, id: &str, world: &World) -> anyhow::Result<()> {
    let unit = format!("tenant-{id}");
    let tenant = units::tenant(&unit).with_context(|| format!("`{id}` is no tenant's id"))?;
    let data = DataDir::lock(asked.data)?;
    let keys = Keys::existing(data.keys(), asked.key, world)?;
    let home = kept::home(&data, asked.options, tenant);
    if let Some(what) = home.content()? {
        bail!("the tenant has data already: {what}; erase it, or move `{}` away first", home.dir().display());
    }
    let manifest = fetch(asked, &keys, &unit, &home.aside()).inspect_err(|_| {
        // What is not whole is of no use to anybody. Left behind, it would go with the next try.
        let _ = std::fs::remove_dir_all(home.aside());
    })?;
    home.settle(asked.options)?;
    erased::came_back(&data, asked.options, tenant)?;
    say::line(format_args!("  restored   {} as of {}", manifest.told(), manifest.at));
    Ok(())
}

/// Into a directory that no server takes before all of it is there.
fn everything(asked: &Asked<'_>, world: &World) -> anyhow::Result<()> {
    let names = asked.depot.names("")?;
    let units: Vec<_> = names.iter().filter(|name| units::is_name(name)).collect();
    ensure!(!units.is_empty(), "{} holds no backup", asked.depot);
    let data = DataDir::to_restore(asked.data)?;
    if let Err(error) = empty(asked, &data).and_then(|()| all(asked, &units, &data, world)) {
        // What cannot be removed now is removed by the next one.
        let _ = empty(asked, &data).map(|()| data.clear());
        return Err(error);
    }
    data.restored()?;
    say::line(format_args!("Everything is in `{}`. Start the server with it.", asked.data.display()));
    Ok(())
}

fn all(asked: &Asked<'_>, units: &[&String], data: &DataDir, world: &World) -> anyhow::Result<()> {
    let keys = Keys::existing(data.keys(), asked.key, world)?;
    for unit in units {
        let manifest = match units::tenant(unit).filter(|_| asked.options.database.is_some()) {
            Some(tenant) => {
                let home = kept::home(data, asked.options, tenant);
                let manifest = fetch(asked, &keys, unit, &home.aside())?;
                // Written down first: who finds it there knows that it came from here.
                data.note_restored(tenant)?;
                home.settle(asked.options)?;
                manifest
            }
            None => {
                let place = units::place(data, unit).context("a unit has its place")?;
                let manifest = fetch(asked, &keys, unit, &place)?;
                if unit.as_str() == units::REGISTRY {
                    files::write(&place.join(CAME_BACK), b"", Secrecy::Public)?;
                }
                manifest
            }
        };
        say::line(format_args!("  restored   {} as of {}", manifest.told(), manifest.at));
    }
    Ok(())
}

/// Leaves no tenant in the database that a restore which broke off brought there.
fn empty(asked: &Asked<'_>, data: &DataDir) -> anyhow::Result<()> {
    let Some(database) = &asked.options.database else { return Ok(()) };
    for tenant in data.noted_restored()? {
        kept::home(data, asked.options, tenant).erase()?;
    }
    let there = database.tenants()?.len();
    ensure!(there == 0, "the database holds {there} tenants; everything is restored into an empty one");
    Ok(())
}

/// The unit's newest backup in time, proven and complete, in a directory.
fn fetch(asked: &Asked<'_>, keys: &Keys, unit: &str, to: &Path) -> anyhow::Result<Manifest> {
    let whole = stamps(asked.depot, unit)?;
    let in_time = |stamp: &&String| asked.until.is_none_or(|until| stamp.as_str() <= until);
    let stamp = whole.iter().rev().find(in_time).with_context(|| match asked.until {
        Some(until) => format!("{unit} has no backup until {until} in {}", asked.depot),
        None => format!("{unit} has no whole backup in {}", asked.depot),
    })?;
    let manifest = manifest::read(asked.depot, unit, stamp)?;
    let key = keys.find(asked.depot, unit, &manifest.key)?;
    vouched(&manifest, &key, stamp)?;
    if units::tenant(unit).is_some() && to.exists() {
        std::fs::remove_dir_all(to).with_context(|| format!("`{}` cannot be removed", to.display()))?;
    }
    for file in &manifest.files {
        write(asked.depot, &key, unit, file, &to.join(&file.name))
            .with_context(|| format!("`{}` of {unit}/{stamp}", file.name))?;
    }
    whole_tenant(&manifest, to)?;
    keys.keep(unit, &key)?;
    Ok(manifest)
}

/// # Errors
/// The manifest is not what the key's holder wrote.
pub fn vouched(manifest: &Manifest, key: &UnitKey, stamp: &str) -> anyhow::Result<()> {
    let is_own = key.vouches(&manifest.signed(), &manifest.mac);
    ensure!(is_own, "the manifest of {}/{stamp} was changed; use another backup", manifest.unit);
    Ok(())
}

/// Opens one file of a backup into a new one.
fn write(depot: &dyn Depot, key: &UnitKey, unit: &str, file: &FileEntry, to: &Path) -> anyhow::Result<()> {
    let name = file.object(unit);
    let mut from = depot.get(&name)?.with_context(|| format!("`{name}` is missing: the backup is half copied"))?;
    let parent = to.parent().map_or_else(PathBuf::new, Path::to_owned);
    std::fs::create_dir_all(&parent).with_context(|| format!("`{}` cannot be made", parent.display()))?;
    // Secrets are among them.
    let mut new = OpenOptions::new().create_new(true).write(true).mode(0o600).open(to)?;
    seal::open(&mut from, &mut new, &key.of_file(&file.folder(unit), &file.name), &file.sums)?;
    new.sync_all()?;
    Ok(File::open(parent).and_then(|parent| parent.sync_all())?)
}

/// Whether the files of a tenant are whole, and up to where the manifest says.
///
/// # Errors
/// They are not, or were written by a newer version.
pub fn whole_tenant(manifest: &Manifest, at: &Path) -> anyhow::Result<()> {
    if units::tenant(&manifest.unit).is_none() {
        return Ok(());
    }
    std::fs::create_dir_all(at).with_context(|| format!("`{}` cannot be made", at.display()))?;
    let found = check(at).with_context(|| manifest.unit.clone())?;
    ensure!(
        (found.events, found.audit_lines) == (manifest.last_seq, manifest.audit_lines),
        "{} has {} events and {} audit lines, its manifest says {} and {}",
        manifest.unit,
        found.events,
        found.audit_lines,
        manifest.last_seq,
        manifest.audit_lines
    );
    Ok(())
}
