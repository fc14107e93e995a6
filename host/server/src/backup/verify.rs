//! `toolcrib verify` of a place of backups: whether every backup could be restored. With the operator's key everything is
//! opened and looked at; without it, sums and completeness are all that can be told.

use super::depot::{Depot, Folder};
use super::keys::Keys;
use super::manifest::{self, Manifest, object};
use super::restore::{vouched, whole_tenant};
use super::{MARKER, seal, units};
use crate::say;
use anyhow::{Context, ensure};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use toolcrib_runtime::World;

/// Whether a folder is a place of backups.
pub fn is_depot(folder: &Path) -> bool {
    folder.join(MARKER).is_file()
}

/// Says of every backup whether it is whole.
///
/// # Errors
/// There is none, or one that is not.
pub fn run(folder: &Path, key: Option<&Path>, world: &World) -> anyhow::Result<()> {
    verify(&Folder(folder.to_owned()), key, world)
}

/// # Errors
/// As [`run`].
pub fn verify(depot: &dyn Depot, key: Option<&Path>, world: &World) -> anyhow::Result<()> {
    let work = tempfile::Builder::new().prefix("toolcrib-verify-").tempdir().context("no room to look at backups")?;
    let keys = key.map(|key| Keys::existing(work.path().join("keys"), key, world)).transpose()?;
    let (mut good, mut bad) = (0, 0);
    for unit in depot.names("")?.into_iter().filter(|name| units::is_name(name)) {
        for stamp in depot.names(&unit)? {
            match one(depot, keys.as_ref(), &unit, &stamp, &work.path().join("unit")) {
                Ok(manifest) => {
                    good += 1;
                    let how = if keys.is_some() { "GOOD     " } else { "COMPLETE " };
                    say::line(format_args!("{how}  {} as of {}", manifest.told(), manifest.at));
                }
                Err(error) => {
                    bad += 1;
                    say::line(format_args!("BAD        {unit}/{stamp}: {error:#}"));
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

fn one(depot: &dyn Depot, keys: Option<&Keys>, unit: &str, stamp: &str, work: &Path) -> anyhow::Result<Manifest> {
    let (manifest, folder) = (manifest::read(depot, unit, stamp)?, format!("{unit}/{stamp}"));
    let key = keys.map(|keys| keys.from_beside(depot, unit, &manifest.key)).transpose()?;
    if let Some(key) = &key {
        vouched(&manifest, key, stamp)?;
    }
    if work.exists() {
        std::fs::remove_dir_all(work)?;
    }
    for (nth, file) in manifest.files.iter().enumerate() {
        let name = object(&folder, nth);
        let mut from = depot.get(&name)?.with_context(|| format!("`{name}` is missing: it is half copied"))?;
        let done = match &key {
            None => seal::is_complete(&mut from, &file.sums),
            Some(key) => {
                let to = work.join(&file.name);
                std::fs::create_dir_all(to.parent().unwrap_or(work))?;
                let mut new = OpenOptions::new().create_new(true).write(true).mode(0o600).open(to)?;
                seal::open(&mut from, &mut new, &key.of_file(&folder, &file.name), &file.sums)
            }
        };
        done.with_context(|| format!("`{}`", file.name))?;
    }
    if key.is_some() {
        whole_tenant(&manifest, work)?;
    }
    Ok(manifest)
}
