//! What one backup of one unit holds. Written last, and proven by the unit's key before anything else is looked at.

use super::depot::Depot;
use super::seal::Sums;
use super::units;
use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

/// The form that this version writes, and the only one that it reads.
pub const FORM: &str = "toolcrib-backup-1";
/// Its name in the backup's folder.
pub const MANIFEST: &str = "manifest.json";
/// The largest one that is read.
const MOST: u64 = 64 << 20;
/// Files of one unit.
pub const FILES: usize = 100_000;

/// One backup of one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub form: String,
    pub unit: String,
    /// When it was begun; its state is of this moment or a little later.
    pub at: String,
    /// The version that made it.
    pub toolcrib: String,
    /// What its key is called.
    pub key: String,
    /// Number of the newest event in it; 0 for what has no events.
    pub last_seq: u64,
    /// Lines of the tenant's audit in it.
    pub audit_lines: u64,
    pub files: Vec<FileEntry>,
    /// HMAC-SHA-256 over this manifest as JSON, with an empty text here, by the unit's key.
    pub mac: String,
}

/// One file, and the object that it is in: of this backup, or of an earlier one of the unit, since which it did not change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Where it belongs, below the unit's directory.
    pub name: String,
    /// Version of a database's tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// How long it was and when it was changed last; none for what is copied each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The backup that holds its object, and the object's number there.
    pub stamp: String,
    pub number: u32,
    pub sums: Sums,
}

impl FileEntry {
    /// The folder that its object is in.
    pub fn folder(&self, unit: &str) -> String {
        format!("{unit}/{}", self.stamp)
    }

    /// Its object.
    pub fn object(&self, unit: &str) -> String {
        object(&self.folder(unit), self.number)
    }
}

impl Manifest {
    /// What its key vouches for.
    pub fn signed(&self) -> Vec<u8> {
        serde_json::to_vec(&Self { mac: String::new(), ..self.clone() }).unwrap_or_default()
    }

    /// One line for people.
    pub fn told(&self) -> String {
        let bytes: u64 = self.files.iter().map(|file| file.sums.sealed_bytes).sum();
        let own = self.at.replace(':', "-");
        let new: u64 = self.files.iter().filter(|file| file.stamp == own).map(|file| file.sums.sealed_bytes).sum();
        let events = if self.last_seq > 0 { format!(", up to event {}", self.last_seq) } else { String::new() };
        let (files, bytes, new) = (self.files.len(), bytes.div_ceil(1_024), new.div_ceil(1_024));
        format!("{}: {files} files, {bytes} KiB sealed, {new} KiB of them new{events}", self.unit)
    }
}

/// The object of a file.
pub fn object(folder: &str, number: u32) -> String {
    format!("{folder}/{}", object_name(number))
}

/// Its name in the folder.
pub fn object_name(number: u32) -> String {
    format!("{number:06}.sealed")
}

/// Whether a name is one of a backup's folder, `2026-11-26T03-04-05.000001Z`.
fn is_stamp(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'T' | b'Z');
    name.len() >= 20
        && name.len() <= 30
        && name.starts_with(|char: char| char.is_ascii_digit())
        && name.bytes().all(is_part)
}

/// A backup's manifest, of the form that this version reads and with names that lead nowhere else. Nothing is proven yet.
///
/// # Errors
/// It is absent: then the backup is half a one; newer, damaged, or of something else.
pub fn read(depot: &dyn Depot, unit: &str, stamp: &str) -> anyhow::Result<Manifest> {
    let half = || format!("the backup {unit}/{stamp} has no manifest: it was never finished, or half copied");
    let bytes = depot.read(&format!("{unit}/{stamp}/{MANIFEST}"), MOST)?.with_context(half)?;
    let damaged = || format!("the manifest of {unit}/{stamp} is damaged");
    let json: serde_json::Value = serde_json::from_slice(&bytes).with_context(damaged)?;
    let form = json["form"].as_str().unwrap_or_default();
    ensure!(
        form == FORM,
        "the backup {unit}/{stamp} has the form `{form}`, this toolcrib reads `{FORM}`; use the version that made it, or a newer one"
    );
    let manifest: Manifest = serde_json::from_value(json).with_context(damaged)?;
    ensure!(manifest.unit == unit, "the manifest of {unit}/{stamp} is one of `{}`", manifest.unit);
    ensure!(manifest.files.len() <= FILES, "the backup {unit}/{stamp} has more than {FILES} files");
    for file in &manifest.files {
        ensure!(
            units::is_file_of(unit, &file.name),
            "`{}` is no file of {unit}; the backup is not restored",
            file.name
        );
        ensure!(is_stamp(&file.stamp), "`{}` is no backup of {unit}; the backup is not restored", file.stamp);
    }
    let mut names: Vec<_> = manifest.files.iter().map(|file| &file.name).collect();
    names.sort();
    ensure!(names.windows(2).all(|pair| pair[0] != pair[1]), "the backup {unit}/{stamp} names a file twice");
    Ok(manifest)
}
