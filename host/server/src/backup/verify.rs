//! `toolcrib verify` of a place of backups: whether every backup could be restored. With the operator's key the newest of each
//! unit is opened and looked at; of the others, and without a key, sums and completeness are all that is told.

use super::depot::{self, Depot, Folder};
use super::keys::Keys;
use super::manifest::{self, FileEntry, Manifest};
use super::restore::{vouched, whole_tenant};
use super::{MARKER, holds, seal, stamps, units};
use crate::{config, say};
use anyhow::{Context, ensure};
use std::collections::HashSet;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use toolcrib_objects::is_bucket;
use toolcrib_runtime::World;

/// Whether this is a place of backups: a folder with their mark, or a bucket.
pub fn is_depot(place: &Path) -> bool {
    place.to_str().is_some_and(is_bucket) || place.join(MARKER).is_file()
}

/// Says of every backup whether it is whole.
///
/// # Errors
/// There is none, or one that is not.
pub fn run(place: &Path, config: Option<&Path>, key: Option<&Path>, world: &World) -> anyhow::Result<()> {
    match place.to_str().filter(|address| is_bucket(address)) {
        // Only then a configuration is needed: it says which store, and as whom.
        Some(address) => verify(&*depot::open(address, &config::load(config, &[])?.config.objects)?, key, world),
        None => verify(&Folder(place.to_owned()), key, world),
    }
}

/// # Errors
/// As [`run`].
pub fn verify(depot: &dyn Depot, key: Option<&Path>, world: &World) -> anyhow::Result<()> {
    let work = tempfile::Builder::new().prefix("toolcrib-verify-").tempdir().context("no room to look at backups")?;
    let keys = key.map(|key| Keys::existing(work.path().join("keys"), key, world)).transpose()?;
    let (mut good, mut bad) = (0, 0);
    for unit in depot.names("")?.into_iter().filter(|name| units::is_name(name)) {
        let (seen, at) = (HashSet::new(), work.path().join("unit"));
        let mut look = Look { depot, keys: keys.as_ref(), unit: &unit, work: at, seen };
        let whole = stamps(depot, &unit)?;
        let held = holds(depot, &unit, &whole);
        for stamp in depot.names(&unit)? {
            if !whole.contains(&stamp) && held.iter().any(|(holder, _)| *holder == stamp) {
                // What is left of it belongs to later ones.
                continue;
            }
            let is_newest = whole.last() == Some(&stamp);
            match look.at(&stamp, is_newest) {
                Ok(manifest) => {
                    good += 1;
                    let how = if keys.is_some() && is_newest { "GOOD    " } else { "COMPLETE" };
                    say::line(format_args!("{how}  {} as of {}", manifest.told(), manifest.at));
                }
                Err(error) => {
                    bad += 1;
                    say::line(format_args!("BAD       {unit}/{stamp}: {error:#}"));
                }
            }
        }
    }
    ensure!(bad == 0, "{bad} of {} backups in {depot} cannot be restored", good + bad);
    ensure!(good > 0, "{depot} holds no backup");
    if keys.is_none() {
        say::line(
            "Without the operator's key (--key) nothing was opened: only that nothing is missing or changed is known.",
        );
    }
    Ok(())
}

/// A look at all backups of one unit.
struct Look<'a> {
    depot: &'a dyn Depot,
    keys: Option<&'a Keys>,
    unit: &'a str,
    work: PathBuf,
    /// Objects that are complete.
    seen: HashSet<String>,
}

impl Look<'_> {
    fn at(&mut self, stamp: &str, is_newest: bool) -> anyhow::Result<Manifest> {
        let manifest = manifest::read(self.depot, self.unit, stamp)?;
        let key = self.keys.map(|keys| keys.find(self.depot, self.unit, &manifest.key)).transpose()?;
        if let Some(key) = &key {
            vouched(&manifest, key, stamp)?;
        }
        let Some(key) = key.filter(|_| is_newest) else {
            for file in &manifest.files {
                if self.seen.insert(file.object(self.unit)) {
                    let mut from = self.object(file)?;
                    seal::is_complete(&mut from, &file.sums).with_context(|| format!("`{}`", file.name))?;
                }
            }
            return Ok(manifest);
        };
        if self.work.exists() {
            std::fs::remove_dir_all(&self.work)?;
        }
        for file in &manifest.files {
            let (mut from, to) = (self.object(file)?, self.work.join(&file.name));
            std::fs::create_dir_all(to.parent().unwrap_or(&self.work))?;
            let mut new = OpenOptions::new().create_new(true).write(true).mode(0o600).open(to)?;
            let derived = key.of_file(&file.folder(self.unit), &file.name);
            seal::open(&mut from, &mut new, &derived, &file.sums).with_context(|| format!("`{}`", file.name))?;
        }
        whole_tenant(&manifest, &self.work)?;
        Ok(manifest)
    }

    fn object(&self, file: &FileEntry) -> anyhow::Result<Box<dyn std::io::Read>> {
        let name = file.object(self.unit);
        self.depot.get(&name)?.with_context(|| format!("`{name}` is missing: it is half copied"))
    }
}
