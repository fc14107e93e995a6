//! What is backed up as one: each tenant, the host's own files, the marketplace.
//!
//! Left out is what can be made again (compiled components and their key), what must not lie where it protects (keys of
//! backups), and what belongs to one process (locks, logs of databases).

use crate::kept::{self, entries};
use crate::marketplace::CAME_BACK;
use crate::{block_on, directory};
use anyhow::{Context, ensure};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{CopiedFile, Copies, DataDir, Home, Postgres, TenantOptions, copy_database, is_tenant_file};

pub const HOST: &str = "host";
pub const REGISTRY: &str = "registry";
const TENANT: &str = "tenant-";
/// The host's database and the marketplace's.
const DIRECTORY: &str = "directory.db";
const CATALOG: &str = "catalog.db";
/// What lies in a data directory beside tenants and marketplace, and is the host's own.
const HOST_FOLDERS: [&str; 3] = ["artifacts", "receipts", "imports"];
const NOT_KEPT: [&str; 5] = ["lock", "backup.lock", "native.key", "restoring", CAME_BACK];
/// Bytes of the name of a file.
const NAME_BYTES: usize = 500;
/// Folders in one another.
const DEPTH: usize = 8;

/// Something that is backed up as one.
#[derive(Debug)]
pub struct Unit {
    pub name: String,
    /// Its directory.
    pub at: PathBuf,
    /// Of a tenant.
    home: Option<Home>,
    /// Where the host's directory lies, unless it is a file.
    database: Option<Postgres>,
}

/// One file of it, ready to be read.
#[derive(Debug)]
pub struct Part {
    /// Below the unit's directory.
    pub name: String,
    /// None when it is known already.
    pub at: Option<PathBuf>,
    /// Of a database's tables.
    pub version: Option<i64>,
    /// How long it is and when it was changed last; none for what changes all the time, or just did.
    pub source: Option<String>,
}

/// Whether a file of this name and source is known from an earlier backup.
pub type IsKnown<'a> = &'a dyn Fn(&str, &str) -> bool;

/// What was changed more recently than this is copied again: a clock that ticks coarsely could hide a later change.
const SETTLED: Duration = Duration::from_secs(3_600);

/// How long a file is and when it was changed last, when that is some time ago and no log waits beside it.
fn source(file: &Path, now: Instant) -> Option<String> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return None;
    }
    let data = std::fs::metadata(file).ok()?;
    let changed = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let settled = changed + SETTLED < Duration::from_micros(u64::try_from(now.0).ok()?);
    settled.then(|| format!("{}-{}", data.len(), changed.as_nanos()))
}

/// All files of a unit, in one state.
#[derive(Debug)]
pub struct Copied {
    pub parts: Vec<Part>,
    pub last_seq: u64,
    pub audit_lines: u64,
    _held: Held,
}

/// Copies go when this does.
#[derive(Debug)]
enum Held {
    Tenant { _copies: Copies },
    Folder(PathBuf),
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Self::Folder(folder) = self {
            // What is left here is removed by the next backup.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Whether a name is one of a unit.
pub fn is_name(name: &str) -> bool {
    matches!(name, HOST | REGISTRY) || tenant(name).is_some()
}

/// The tenant whose unit this is.
pub fn tenant(unit: &str) -> Option<RawId> {
    let id = unit.strip_prefix(TENANT)?;
    id.parse::<RawId>().ok().filter(|parsed| parsed.to_string() == id)
}

/// Whether a unit can have a file of this name: nothing that leads out of its directory, or onto what is not restored.
pub fn is_file_of(unit: &str, name: &str) -> bool {
    if tenant(unit).is_some() {
        return is_tenant_file(name);
    }
    let parts: Vec<&str> = name.split('/').collect();
    let is_plain = |part: &&str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']);
    name.len() <= NAME_BYTES
        && parts.len() <= DEPTH
        && parts.iter().all(is_plain)
        && (unit == REGISTRY || !matches!(parts[0], "tenants" | "keys" | "registry"))
}

/// Where a unit lies in a data directory.
pub fn place(data: &DataDir, unit: &str) -> Option<PathBuf> {
    match unit {
        HOST => Some(data.root().to_owned()),
        REGISTRY => Some(data.root().join("registry")),
        tenant => self::tenant(tenant).map(|id| data.tenant(id)),
    }
}

/// The units of these tenants; without any, all that there are.
///
/// # Errors
/// A text that is no id, a tenant that is not here, the disk.
pub fn chosen(data: &DataDir, options: &TenantOptions, tenants: &[String]) -> anyhow::Result<Vec<Unit>> {
    let ids = if tenants.is_empty() {
        kept::tenants(data, options)?
    } else {
        let id = |text: &String| {
            let id: RawId = text.parse().ok().with_context(|| format!("`{text}` is no tenant's id"))?;
            ensure!(
                kept::home(data, options, id).exists()?,
                "the tenant {id} has no data here; `toolcrib doctor` lists those that do"
            );
            Ok(id)
        };
        tenants.iter().map(id).collect::<anyhow::Result<_>>()?
    };
    let own = if tenants.is_empty() { &[HOST, REGISTRY][..] } else { &[] };
    let own = own.iter().map(|name| (*name).to_owned());
    let names = own.chain(ids.into_iter().map(DataDir::unit));
    let mut units = Vec::new();
    for name in names {
        let Some(at) = place(data, &name) else { continue };
        let (home, database) = (tenant(&name).map(|id| kept::home(data, options, id)), options.database.clone());
        let unit = Unit { at, home, database, name };
        if unit.is_there()? {
            units.push(unit);
        }
    }
    Ok(units)
}

impl Unit {
    /// Whether there is something to back up. A tenant that is erased has nothing any more.
    ///
    /// # Errors
    /// The database.
    pub fn is_there(&self) -> anyhow::Result<bool> {
        Ok(match &self.home {
            Some(home) => home.exists()?,
            None => self.at.is_dir(),
        })
    }

    /// Its files. Databases are copied, whoever works with them, but for months that are known already; other files are
    /// written whole by those who write them.
    ///
    /// # Errors
    /// The disk, or a damaged database.
    pub fn copy(&self, now: Instant, is_known: IsKnown<'_>) -> anyhow::Result<Copied> {
        match self.name.as_str() {
            HOST => self.copy_folder(DIRECTORY, &HOST_FOLDERS, now),
            REGISTRY => {
                // Their place may have been named by a flag of the server, and so not be known here.
                ensure!(self.at.join(CATALOG).exists(), "{}", super::RECORDS_ELSEWHERE);
                self.copy_folder(CATALOG, &["components", "papers", "oci"], now)
            }
            _ => copy_tenant(self.home.as_ref().context("it is no tenant")?, now, is_known),
        }
    }

    /// A database first, then what it may speak of: files by digest, which are there before it does.
    fn copy_folder(&self, database: &str, folders: &[&str], now: Instant) -> anyhow::Result<Copied> {
        let folder = self.at.join("backup.coming");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("`{}` cannot be removed", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
        let held = Held::Folder(folder.clone());
        let (mut file, mut parts) = (self.at.join(database), Vec::new());
        if let (HOST, Some(shared)) = (self.name.as_str(), &self.database) {
            // As a file, which a host on files takes as its own, and one with a database brings in.
            file = folder.join("shared.db");
            block_on(directory::write(shared.clone(), &file))?;
        }
        if file.exists() {
            let at = folder.join(database);
            let version = Some(copy_database(&file, &at)?);
            parts.push(Part { name: database.to_owned(), at: Some(at), version, source: None });
        }
        for path in entries(&self.at)?.into_iter().filter(|path| path.is_file()) {
            self.add(&path, &mut parts, now);
        }
        for folder in folders.iter().map(|folder| self.at.join(folder)).filter(|folder| folder.is_dir()) {
            self.add_folder(&folder, &mut parts, now)?;
        }
        Ok(Copied { parts, last_seq: 0, audit_lines: 0, _held: held })
    }

    fn add_folder(&self, folder: &Path, parts: &mut Vec<Part>, now: Instant) -> anyhow::Result<()> {
        for path in entries(folder)? {
            let is_coming = path.extension().is_some_and(|ending| ending == "new");
            if path.is_dir() && !is_coming {
                self.add_folder(&path, parts, now)?;
            } else if path.is_file() {
                self.add(&path, parts, now);
            }
        }
        Ok(())
    }

    fn add(&self, path: &Path, parts: &mut Vec<Part>, now: Instant) {
        let name = path.strip_prefix(&self.at).ok().and_then(Path::to_str).unwrap_or_default();
        let is_of_database = [DIRECTORY, CATALOG, "registry.db"].iter().any(|database| name.starts_with(database));
        let is_kept = !is_of_database && !NOT_KEPT.contains(&name) && !name.ends_with(".new");
        if is_kept && is_file_of(&self.name, name) {
            let source = source(path, now);
            parts.push(Part { name: name.to_owned(), at: Some(path.to_owned()), version: None, source });
        }
    }
}

/// All that a tenant has, as files.
fn copy_tenant(home: &Home, now: Instant, is_known: IsKnown<'_>) -> anyhow::Result<Copied> {
    let mut sources = HashMap::new();
    let copies = home.copy(&mut |name, file| {
        // Before it is copied: what changes meanwhile is copied again the next time.
        let source = source(file, now);
        let known = source.as_ref().is_some_and(|source| is_known(name, source));
        sources.insert(name.to_owned(), source);
        known
    })?;
    let source = |name: &String| sources.get(name).cloned().flatten();
    let part = |file: &CopiedFile| {
        let (name, at, version) = (file.name.clone(), Some(file.at.clone()), Some(file.version));
        Part { source: source(&name), name, at, version }
    };
    let known = |name: &String| Part { name: name.clone(), at: None, version: None, source: source(name) };
    let parts = copies.files.iter().map(part).chain(copies.passed_over.iter().map(known)).collect();
    let (last_seq, audit_lines) = (copies.last_seq, copies.audit_lines);
    Ok(Copied { parts, last_seq, audit_lines, _held: Held::Tenant { _copies: copies } })
}
