//! A tenant takes everything with it: one file of JSON lines, made beside its work, kept until it is made anew or discarded.
//!
//! Written to the disk first and not straight to whoever asked: a slow line would hold the tenant's state, and its log would
//! grow all the while. A file can be fetched again, and its sums are known before.

use crate::modules::Modules;
use crate::places::Place;
use crate::runtime::{Inner, Runtime};
use crate::scope::no_such_tenant;
use crate::tenant::{Tenant, lock};
use crate::turn::store_problem;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BUSY, NOT_FOUND, Problem};
use toolcrib_contract::schema::Type;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{AuditLine, FileSum, PartSum, StoreError};

const FILE: &str = "archive.ndjson";
const NEW: &str = "archive.ndjson.new";
const NOTE: &str = "archive.json";
/// After so many lines it is looked whether the host stops.
const LOOK_LINES: u64 = 1_000;

/// An archive that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveNote {
    /// The state of this moment.
    pub at: String,
    /// `user:<id>`
    pub by: String,
    pub bytes: u64,
    pub lines: u64,
    /// Hex of the whole file's SHA-256.
    pub sha256: String,
    pub parts: Vec<PartSum>,
}

/// How a tenant's archive stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveState {
    None,
    /// Of `of` lines so many are written; 0 of 0 while they are counted.
    Running {
        lines: u64,
        of: u64,
    },
    Failed(Box<Problem>),
    There(Box<ArchiveNote>),
}

/// What is being made at present, by tenant; failures until the next try.
#[derive(Default)]
pub(crate) struct Archives(Mutex<HashMap<RawId, Arc<Progress>>>);

#[derive(Default)]
struct Progress {
    lines: AtomicU64,
    of: AtomicU64,
    failed: Mutex<Option<Problem>>,
}

/// What stands in front of the tenant's own lines.
struct Head {
    tenant: serde_json::Value,
    at: Instant,
    by: String,
    also: Vec<serde_json::Value>,
}

impl Runtime {
    /// Begins to make an archive of the present state; the one before goes on being there until it is done. `also` are
    /// further lines, of what the host does not keep itself.
    ///
    /// # Errors
    /// Unknown tenant, the disk, one is being made already, or [`limits::ARCHIVES`] are.
    pub async fn start_archive(&self, tenant: RawId, by: &str, also: Vec<serde_json::Value>) -> Result<(), Problem> {
        let actor = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let place = self.inner.archive_place(tenant)?;
        let progress = Arc::new(Progress::default());
        lock(&self.inner.archives.0).insert(tenant, progress.clone());
        let (at, by) = (self.now(), by.to_owned());
        let author = by.clone();
        let noted = self.with_writer(tenant, move |writer| {
            writer.audit(&AuditLine { at, actor: &author, action: "archived", module: "", detail_json: "{}" })
        });
        let scope = actor.scope();
        let head =
            json!({"id": tenant.to_string(), "slug": scope.slug, "name": scope.name, "time_zone": scope.time_zone});
        let head = Head { tenant: head, at, by, also };
        let started = noted.await.and_then(|()| {
            let (inner, progress) = (Arc::downgrade(&self.inner), progress.clone());
            let name = "archive".to_owned();
            let spawned =
                std::thread::Builder::new().name(name).spawn(move || make(&inner, &actor, &head, &progress, place));
            spawned.map(drop).map_err(|error| BUSY.because(error.to_string()))
        });
        if started.is_err() {
            lock(&self.inner.archives.0).remove(&tenant);
        }
        started
    }

    /// How the tenant's archive stands.
    ///
    /// # Errors
    /// Unknown tenant.
    pub fn archive(&self, tenant: RawId) -> Result<ArchiveState, Problem> {
        let actor = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        if let Some(progress) = lock(&self.inner.archives.0).get(&tenant) {
            let failed = lock(&progress.failed).clone();
            return Ok(failed.map_or_else(|| progress.state(), |problem| ArchiveState::Failed(Box::new(problem))));
        }
        Ok(note(actor.home.dir()).map_or(ArchiveState::None, |note| ArchiveState::There(Box::new(note))))
    }

    /// The archive itself, to be read from its beginning.
    ///
    /// # Errors
    /// Unknown tenant; `not-found` without one.
    pub fn open_archive(&self, tenant: RawId) -> Result<(File, ArchiveNote), Problem> {
        let actor = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let none = || NOT_FOUND.because("there is no archive; make one first");
        let note = note(actor.home.dir()).ok_or_else(none)?;
        Ok((File::open(actor.home.dir().join(FILE)).map_err(|_| none())?, note))
    }

    /// Removes the archive from the host's disk; the tenant's data stays.
    ///
    /// # Errors
    /// Unknown tenant, or one is being made.
    pub fn discard_archive(&self, tenant: RawId) -> Result<(), Problem> {
        let actor = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let _place = self.inner.archive_place(tenant)?;
        lock(&self.inner.archives.0).remove(&tenant);
        // The note first: without it there is no archive, whatever else is left.
        for file in [NOTE, FILE, NEW] {
            match std::fs::remove_file(actor.home.dir().join(file)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(disk(&error)),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Inner {
    /// Nobody makes or removes the tenant's archive while this is held.
    pub fn archive_place(&self, tenant: RawId) -> Result<Place, Problem> {
        let busy = || {
            BUSY.because(format!(
                "an archive of this tenant is being made, or {} of other tenants are",
                limits::ARCHIVES
            ))
        };
        self.archiving.take(tenant).ok_or_else(busy)
    }

    /// Forgets how the last one of an erased tenant went.
    pub fn forget_archive(&self, tenant: RawId) {
        lock(&self.archives.0).remove(&tenant);
    }
}

impl Progress {
    fn state(&self) -> ArchiveState {
        ArchiveState::Running { lines: self.lines.load(Ordering::Relaxed), of: self.of.load(Ordering::Relaxed) }
    }
}

fn note(dir: &Path) -> Option<ArchiveNote> {
    serde_json::from_slice(&std::fs::read(dir.join(NOTE)).ok()?).ok()
}

fn disk(error: &std::io::Error) -> Problem {
    store_problem(&StoreError::Io(error.to_string()))
}

/// On a thread of its own.
fn make(inner: &Weak<Inner>, tenant: &Tenant, head: &Head, progress: &Progress, place: Place) {
    let made = write(inner, tenant, head, progress);
    if let Err(error) = &made {
        tracing::error!(tenant = %tenant.scope().slug, error = %error, "An archive was not made");
        let _ = std::fs::remove_file(tenant.home.dir().join(NEW));
        *lock(&progress.failed) = Some(store_problem(error));
    }
    // Whoever looks finds either the progress or the archive.
    if let (Ok(()), Some(inner)) = (made, inner.upgrade()) {
        lock(&inner.archives.0).remove(&tenant.id);
    }
    drop(place);
}

fn write(inner: &Weak<Inner>, tenant: &Tenant, head: &Head, progress: &Progress) -> Result<(), StoreError> {
    let io = |error: std::io::Error| StoreError::Io(error.to_string());
    let modules = inner.upgrade().map(|inner| inner.modules.clone()).ok_or_else(stopping)?;
    let archive = tenant.home.archive()?;
    progress.of.store(archive.lines()? + head.also.len() as u64 + 2, Ordering::Relaxed);
    let new = tenant.home.dir().join(NEW);
    // Of a tenant whose business is in a database there may be no file yet.
    std::fs::create_dir_all(tenant.home.dir()).map_err(io)?;
    let mut file = BufWriter::new(File::create(&new).map_err(io)?);
    let mut take = |line: &str| -> Result<(), StoreError> {
        let lines = progress.lines.fetch_add(1, Ordering::Relaxed);
        let is_over = || inner.upgrade().is_none_or(|inner| inner.stopping.load(Ordering::Acquire));
        if lines.is_multiple_of(LOOK_LINES) && is_over() {
            return Err(stopping());
        }
        file.write_all(line.as_bytes()).map_err(io)
    };
    let names = |module: &str, record: &str, field: &str| modules.cases(module, record, field);
    let FileSum { bytes, lines, sha256, parts } = archive.write_file(&head.tenant, &head.also, &names, &mut take)?;
    file.into_inner().map_err(|error| io(error.into_error())).and_then(|file| file.sync_all().map_err(io))?;
    let note = ArchiveNote { at: head.at.to_string(), by: head.by.clone(), bytes, lines, sha256, parts };
    settle(tenant.home.dir(), &new, &note).map_err(io)
}

/// From now on there is this archive and no other.
fn settle(dir: &Path, new: &Path, note: &ArchiveNote) -> std::io::Result<()> {
    match std::fs::remove_file(dir.join(NOTE)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::rename(new, dir.join(FILE))?;
    put(&dir.join(NOTE), &serde_json::to_vec(note)?)
}

/// Writes a small file whole, onto the disk.
pub(crate) fn put(file: &PathBuf, bytes: &[u8]) -> std::io::Result<()> {
    let new = file.with_extension("new");
    let mut written = File::create(&new)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    std::fs::rename(new, file)
}

fn stopping() -> StoreError {
    StoreError::Io("the host is stopping".to_owned())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Modules {
    /// The names of the cases of a field, as long as some version of its module is loaded; the one with the most, since
    /// later versions only add some.
    pub fn cases(&self, module: &str, record: &str, field: &str) -> Option<Vec<String>> {
        let known = self.all().into_iter().filter(|loaded| loaded.manifest.module == module);
        let cases = known.filter_map(|loaded| {
            let of = &loaded.manifest.record(record)?.fields.iter().find(|known| known.name == field)?.of;
            match of {
                Type::Enum { cases, .. } => Some(cases.clone()),
                Type::Option { of } => match &**of {
                    Type::Enum { cases, .. } => Some(cases.clone()),
                    _ => None,
                },
                _ => None,
            }
        });
        cases.max_by_key(Vec::len)
    }
}
