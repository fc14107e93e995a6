//! Who can read which backup: a key for each unit, kept beside the data; beside the backups it lies wrapped with the
//! operator's key.

use super::depot::{Depot, keep_secret};
use super::manifest::FORM;
use super::seal::{self, SALT};
use crate::secrets;
use anyhow::{Context, ensure};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use serde_json::json;
use std::path::{Path, PathBuf};
use toolcrib_runtime::World;
use toolcrib_store::key_id;

/// Where wrapped keys lie in a depot.
const FOLDER: &str = "keys";
/// Bytes of a wrapped key's file.
const MOST: u64 = 1 << 12;

/// All keys of one data directory, and the operator's.
pub struct Keys {
    folder: PathBuf,
    operator: [u8; 32],
    world: World,
}

/// What seals one unit.
pub struct UnitKey {
    bytes: [u8; 32],
    world: World,
}

impl Keys {
    /// With the operator's key, which is made when its file is not there.
    ///
    /// # Errors
    /// The disk, or a file that holds something else.
    pub fn open(folder: PathBuf, operator: &Path, world: &World) -> anyhow::Result<Self> {
        let operator = secrets::keep(operator, world.chance.as_ref()).context("the operator's key")?;
        Ok(Self { folder, operator, world: world.clone() })
    }

    /// With the operator's key, which is there.
    ///
    /// # Errors
    /// As [`Keys::open`].
    pub fn existing(folder: PathBuf, operator: &Path, world: &World) -> anyhow::Result<Self> {
        let there = operator.is_file();
        ensure!(there, "the key `{}` is not there; without it no backup can be read", operator.display());
        Self::open(folder, operator, world)
    }

    fn file(&self, unit: &str) -> PathBuf {
        self.folder.join(format!("{unit}.key"))
    }

    /// A unit's key, made at its first backup.
    ///
    /// # Errors
    /// The disk.
    pub fn unit(&self, unit: &str) -> anyhow::Result<UnitKey> {
        std::fs::create_dir_all(&self.folder).with_context(|| format!("`{}` cannot be made", self.folder.display()))?;
        let bytes = secrets::keep(&self.file(unit), self.world.chance.as_ref())?;
        Ok(UnitKey { bytes, world: self.world.clone() })
    }

    /// A unit's key, if it has one.
    ///
    /// # Errors
    /// The disk.
    pub fn known(&self, unit: &str) -> anyhow::Result<Option<UnitKey>> {
        if self.file(unit).exists() { self.unit(unit).map(Some) } else { Ok(None) }
    }

    /// Lays a unit's key beside the backups, wrapped.
    ///
    /// # Errors
    /// The depot.
    pub fn lay_beside(&self, depot: &dyn Depot, unit: &str, key: &UnitKey) -> anyhow::Result<()> {
        let (id, mut nonce) = (key.id(), [0; 12]);
        let name = format!("{FOLDER}/{unit}/{id}.json");
        if depot.exists(&name)? {
            return Ok(());
        }
        self.world.chance.fill(&mut nonce);
        let wrapped = seal::wrap(&key.bytes, &self.operator, nonce, &format!("{FORM} {unit} {id}"))?;
        let text = json!({"form": FORM, "unit": unit, "key": id, "wrapped": secrets::to_hex(&wrapped)});
        depot.write(&name, &serde_json::to_vec_pretty(&text)?)
    }

    /// A unit's key from beside the backups.
    ///
    /// # Errors
    /// It was destroyed, is damaged, or was wrapped with another operator's key.
    pub fn find(&self, depot: &dyn Depot, unit: &str, id: &str) -> anyhow::Result<UnitKey> {
        let destroyed =
            || format!("the key {id} of {unit} was destroyed: its data was erased, and no backup of it can be read");
        let text = depot.read(&format!("{FOLDER}/{unit}/{id}.json"), MOST)?.with_context(destroyed)?;
        let text: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        let wrapped =
            text["wrapped"].as_str().and_then(from_hex).with_context(|| format!("the key {id} is damaged"))?;
        let bytes = seal::unwrap(&wrapped, &self.operator, &format!("{FORM} {unit} {id}"))
            .with_context(|| format!("the key {id} of {unit} does not open; is this the operator's key of then?"))?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| anyhow::anyhow!("the key {id} is damaged"))?;
        let key = UnitKey { bytes, world: self.world.clone() };
        ensure!(key.id() == id, "the key {id} is another one");
        Ok(key)
    }

    /// Keeps a key beside restored data, so that its next backup is sealed with it, too.
    ///
    /// # Errors
    /// The disk.
    pub fn keep(&self, unit: &str, key: &UnitKey) -> anyhow::Result<()> {
        keep_secret(&self.file(unit), secrets::to_hex(&key.bytes).as_bytes())
    }
}

impl UnitKey {
    pub fn id(&self) -> String {
        key_id(secrets::to_hex(&self.bytes).as_bytes())
    }

    pub fn salt(&self) -> [u8; SALT] {
        let mut salt = [0; SALT];
        self.world.chance.fill(&mut salt);
        salt
    }

    /// Of one file of one backup: what is sealed under one name opens under no other.
    pub fn of_file(&self, folder: &str, name: &str) -> impl Fn(&[u8; SALT]) -> [u8; 32] + use<> {
        let (bytes, purpose) = (self.bytes, format!("{FORM} file {folder} {name}"));
        move |salt| derive(&bytes, salt, &purpose)
    }

    /// Hex of the HMAC-SHA-256 over a manifest.
    pub fn mac(&self, message: &[u8]) -> String {
        secrets::to_hex(hmac::sign(&self.mac_key(), message).as_ref())
    }

    /// Whether a manifest is what this key's holder wrote.
    pub fn vouches(&self, message: &[u8], mac: &str) -> bool {
        from_hex(mac).is_some_and(|mac| hmac::verify(&self.mac_key(), message, &mac).is_ok())
    }

    fn mac_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &derive(&self.bytes, &[], &format!("{FORM} manifest")))
    }
}

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

fn derive(secret: &[u8; 32], salt: &[u8], purpose: &str) -> [u8; 32] {
    let (mut key, parts) = ([0; 32], [purpose.as_bytes()]);
    let extracted = Salt::new(HKDF_SHA256, salt).extract(secret);
    let filled = extracted.expand(&parts, Bytes32).and_then(|expanded| expanded.fill(&mut key));
    filled.expect("HKDF gives 32 bytes");
    key
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes = || (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect();
    is_hex.then(bytes).flatten()
}

/// Ids of a unit's keys that lie in a depot.
///
/// # Errors
/// The depot.
pub fn beside(depot: &dyn Depot, unit: &str) -> anyhow::Result<Vec<String>> {
    let names = depot.names(&format!("{FOLDER}/{unit}"))?;
    Ok(names.into_iter().filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect())
}

/// Removes a key from beside the backups.
///
/// # Errors
/// The depot.
pub fn shred_beside(depot: &dyn Depot, unit: &str, id: &str) -> anyhow::Result<()> {
    depot.remove_all(&format!("{FOLDER}/{unit}/{id}.json"))
}
