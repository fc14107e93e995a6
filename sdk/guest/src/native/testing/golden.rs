//! Golden scenarios from files: the same that vetting replays on the component.

use super::{Module, execute};
use std::path::{Path, PathBuf};
use toolcrib_contract::package::Scenario;
use toolcrib_contract::scenario::replay;

/// Replays every `*.json` of a folder (relative to the module's Cargo.toml), each on an empty tenant.
///
/// # Panics
/// There is none, one cannot be read, or one goes another way than told: then all that did are named.
#[track_caller]
pub fn scenarios(module: &Module, folder: impl AsRef<Path>) {
    let folder = folder.as_ref();
    let files = files(folder);
    assert!(!files.is_empty(), "there is no scenario in {}", folder.display());
    let failures: Vec<_> = files.iter().filter_map(|file| run(module, file).err()).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[track_caller]
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    files
}

fn run(module: &Module, file: &Path) -> Result<(), String> {
    let place = |error: String| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| place(error.to_string()))?;
    let scenario: Scenario = serde_json::from_str(&text).map_err(|error| place(error.to_string()))?;
    let run = module.run;
    replay(module.manifest(), &scenario, |_, call, memory| execute(run, call, memory))
        .map_err(|mismatch| place(mismatch.to_string()))
}
