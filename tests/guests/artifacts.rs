//! The guests of `modules/` as components, built once in a test process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The guests written with the SDK, by their folders in `modules/`. Each declares a module of the same name.
pub const GUESTS: [&str; 8] = ["daybook", "gallery", "hostile", "ledger", "mirror", "orders", "parts", "reader"];

/// A component and its digest.
#[derive(Debug)]
pub struct Artifact {
    pub bytes: Vec<u8>,
    /// `sha256:<hex>`.
    pub digest: String,
}

impl Artifact {
    pub fn new(bytes: Vec<u8>) -> Self {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(&bytes).iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"));
        Self { bytes, digest }
    }
}

/// The folder of the guests.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/modules")
}

/// A guest or a first-party module, built at its first use.
///
/// # Panics
/// It does not build.
pub fn guest(name: &str) -> &'static Artifact {
    static BUILT: OnceLock<Mutex<BTreeMap<String, &'static Artifact>>> = OnceLock::new();
    let mut built = BUILT.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = built.get(name) {
        return known;
    }
    // Kept until the process ends, like the code of the tests itself.
    let artifact: &'static Artifact = Box::leak(Box::new(build(name)));
    built.insert(name.to_owned(), artifact);
    artifact
}

/// Gives the guests the versions of our own workspace, so that nothing more is looked up or downloaded for them. Cargo
/// leaves out what they do not need.
fn lock_versions() -> std::io::Result<()> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let theirs = folder().join("Cargo.lock");
    let changed = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified());
    if changed(&theirs).is_ok_and(|theirs| changed(&ours).is_ok_and(|ours| ours <= theirs)) {
        return Ok(());
    }
    let part = folder().join(format!("Cargo.lock.{}", std::process::id()));
    std::fs::copy(&ours, &part)?;
    std::fs::rename(&part, &theirs)
}

fn build(name: &str) -> Artifact {
    lock_versions().unwrap_or_else(|error| panic!("the guests' Cargo.lock: {error}"));
    let tools = cargo_toolcrib::Tools::of(env!("CARGO_BIN_EXE_toolcrib-under-test"));
    let own = folder().join(name);
    let first_party = Path::new(env!("CARGO_MANIFEST_DIR")).join("../modules").join(name);
    let built = cargo_toolcrib::build::component(if own.is_dir() { &own } else { &first_party }, &tools);
    let built = built.unwrap_or_else(|error| panic!("guest `{name}` does not build: {error}"));
    assert_eq!(built.module, name, "a guest's module has the name of its folder");
    Artifact::new(built.bytes)
}
