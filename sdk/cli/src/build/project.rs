//! What cargo says about the folder.

use crate::trouble::Trouble;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A module's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Absolute.
    pub dir: PathBuf,
    /// Name of the cargo package.
    pub package: String,
    /// Where cargo puts what it builds.
    pub target: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    crate_types: Vec<String>,
}

impl Project {
    /// Reads the folder. Nothing is built or downloaded.
    ///
    /// # Errors
    /// It is no folder with a cargo package, or the package is no module.
    pub fn read(dir: &Path) -> Result<Self, Trouble> {
        let missing =
            |what: String| Trouble::new(what, "name the module's folder, or begin one with `cargo toolcrib new NAME`");
        let dir =
            dir.canonicalize().map_err(|error| missing(format!("{} cannot be opened: {error}", dir.display())))?;
        let manifest = dir.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(missing(format!("{} holds no Cargo.toml", dir.display())));
        }
        let metadata: Metadata = metadata(&manifest, &["--no-deps"])?;
        let same = |package: &&Package| package.manifest_path.canonicalize().is_ok_and(|path| path == manifest);
        let Some(package) = metadata.packages.iter().find(same) else {
            return Err(missing(format!("{} is a workspace, not a module", dir.display())));
        };
        if !package.targets.iter().any(|target| target.crate_types.iter().any(|kind| kind == "cdylib")) {
            let next = "add to Cargo.toml:\n\n[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n";
            return Err(Trouble::new(
                format!("`{}` is not built as a module: its library is no cdylib", package.name),
                next,
            ));
        }
        let package = package.name.clone();
        Ok(Self { dir, package, target: metadata.target_directory })
    }

    /// The package and everything it depends on: name with version, folder. May download what is missing.
    ///
    /// # Errors
    /// Cargo finds no set of versions, or cannot download.
    pub(super) fn packages(&self) -> Result<Vec<(String, PathBuf)>, Trouble> {
        let metadata: Metadata = metadata(&self.dir.join("Cargo.toml"), &[])?;
        let folder = |package: Package| {
            let folder = package.manifest_path.parent().map(Path::to_owned).unwrap_or_default();
            (format!("{}-{}", package.name, package.version), folder)
        };
        Ok(metadata.packages.into_iter().map(folder).collect())
    }
}

/// What cargo says, as far as `T` wants to know it.
pub(super) fn metadata<T: DeserializeOwned>(manifest: &Path, args: &[&str]) -> Result<T, Trouble> {
    let mut command = Command::new("cargo");
    command.args(["metadata", "--format-version", "1", "--manifest-path"]).arg(manifest).args(args);
    // Cargo looks for its settings, such as the target folder, from where it is started.
    command.current_dir(manifest.parent().unwrap_or(Path::new(".")));
    let output = command.output().map_err(|error| no_cargo(&error))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(Trouble::new(
            format!("cargo does not understand {}:\n{}", manifest.display(), words.trim()),
            "correct Cargo.toml",
        ));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        Trouble::new(format!("cargo's answer is not understood: {error}"), "install a stable Rust of at least 1.95")
    })
}

/// Cargo itself does not start.
pub(crate) fn no_cargo(error: &std::io::Error) -> Trouble {
    Trouble::new(format!("cargo does not start: {error}"), "install Rust with rustup and open a new terminal")
}
