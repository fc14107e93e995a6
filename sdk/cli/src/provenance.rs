//! What a publisher can say of how a component was built: which tool, which commit, which versions of what it uses.

use crate::build::Built;
use std::path::Path;
use std::process::Command;
use toolcrib_trust::digest;
use toolcrib_trust::publication::Publication;

/// The publisher's statement about what was built from this folder. A commit is named only when git knows one and
/// nothing in the folder differs from it.
pub fn publication(dir: &Path, built: &Built) -> Publication {
    let builder = concat!("cargo-toolcrib ", env!("CARGO_PKG_VERSION"));
    let said = Publication::of(&built.bytes, &built.manifest, builder);
    Publication { commit: commit(dir), lock: lock(dir), ..said }
}

fn commit(dir: &Path) -> Option<String> {
    let git = |args: &[&str]| {
        let output =
            Command::new("git").arg("-C").arg(dir).args(args).output().ok().filter(|done| done.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "HEAD"])?;
    let is_hash = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hash && git(&["status", "--porcelain", "--", "."])?.is_empty()).then_some(commit)
}

/// Digest of the lock file of the folder or of the workspace around it.
fn lock(dir: &Path) -> Option<String> {
    let dir = dir.canonicalize().ok()?;
    let bytes = dir.ancestors().find_map(|folder| std::fs::read(folder.join("Cargo.lock")).ok())?;
    Some(digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_named_only_when_the_folder_is_just_that() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!((commit(dir.path()), lock(dir.path())), (None, None));
        let git = |args: &[&str]| {
            let name = ["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"];
            let done = Command::new("git").arg("-C").arg(dir.path()).args(name).args(args).output().unwrap();
            assert!(done.status.success(), "{done:?}");
        };
        let module = dir.path().join("module");
        std::fs::create_dir(&module).unwrap();
        std::fs::write(module.join("lib.rs"), "one").unwrap();
        std::fs::write(dir.path().join("Cargo.lock"), "lock").unwrap();
        git(&["init", "--quiet"]);
        git(&["add", "module"]);
        git(&["commit", "--quiet", "-m", "first"]);
        let clean = commit(&module).unwrap();
        assert_eq!((clean.len(), lock(&module)), (40, Some(digest::of(b"lock"))));
        std::fs::write(module.join("lib.rs"), "two").unwrap();
        assert_eq!(commit(&module), None);
    }
}
