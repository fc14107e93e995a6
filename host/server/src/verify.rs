//! `toolcrib verify`: what is proven of versions on disk, or of a project's evidence, without a network, and why not.

use crate::folder::{self, Version};
use crate::say;
use crate::sync::{REVOCATIONS_FILE, Trusted};
use crate::world::real;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use toolcrib_programme::evidence;
use toolcrib_trust::revocations::{Freshness, LIST_BYTES, Revocations};
use toolcrib_trust::{Proven, Standing};

/// The folder of a bundle's versions, and of a host's.
pub const FOLDERS: [&str; 2] = ["versions", "artifacts"];

/// Says of every version what is proven, or why it is not.
///
/// # Errors
/// There is none, or one that is not proven or was revoked.
pub fn run(place: &Path, trusted: &Trusted) -> anyhow::Result<()> {
    if place.is_file() {
        return archive(place, trusted);
    }
    let list = match list_near(place, trusted) {
        Ok(list) => list,
        Err(error) => {
            say::line(format_args!("NOT PROVEN  the revocation list: {error:#}"));
            bail!("the revocation list beside it does not verify");
        }
    };
    say::line(match &list {
        Some(list) => describe(list),
        None => "No revocation list lies beside it: whether something was withdrawn is not known.".to_owned(),
    });
    let versions = versions(place)?;
    let mut failed = 0;
    for folder in &versions {
        match prove(folder, trusted, list.as_ref()) {
            Ok((proven, _)) => say::line(told(&proven, list.as_ref())),
            Err(error) => {
                failed += 1;
                say::line(format_args!("NOT PROVEN  {}\n  {error:#}", folder.display()));
            }
        }
    }
    if failed > 0 {
        bail!("{failed} of {} versions are not proven; do not run them", versions.len());
    }
    Ok(())
}

/// Says of an archive of a project's evidence what it holds, when every file is what the registry's signed list says.
fn archive(file: &Path, trusted: &Trusted) -> anyhow::Result<()> {
    let opened = std::fs::File::open(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let contents = match evidence::archive::verify(std::io::BufReader::new(opened), &trusted.pins().registry) {
        Ok(contents) => contents,
        Err(fault) => {
            say::line(format_args!("NOT PROVEN  {}\n  {fault}", file.display()));
            bail!("the archive is not what it says; ask for it again");
        }
    };
    say::line(format_args!("PROVEN      evidence of project {}", contents.project));
    say::line(format_args!("  firm        {} {}", contents.firm_uscc, contents.firm));
    for item in &contents.items {
        let by = item.signer.as_ref().map_or_else(|| item.added_by.clone(), |key| format!("a host, key {key}"));
        let withdrawn = item.withdrawn_at.as_ref().map(|at| format!(", withdrawn {at}")).unwrap_or_default();
        say::line(format_args!(
            "  {:<11} {} ({}) by {by}, sha256 {}{withdrawn}",
            item.key, item.name, item.path, item.sha256
        ));
    }
    Ok(())
}

/// The version folders of a place: itself, a bundle's or a host's.
///
/// # Errors
/// There is none.
pub fn versions(place: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if folder::is_version(place) {
        return Ok(vec![place.to_owned()]);
    }
    let inside = FOLDERS.iter().map(|name| place.join(name)).find(|inside| inside.is_dir());
    let inside = inside.with_context(|| {
        format!("`{}` holds no version; name a version's folder, a bundle, or a host's data directory", place.display())
    })?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&inside).with_context(|| format!("`{}` cannot be read", inside.display()))? {
        let path = entry?.path();
        // What a crash left half-written has another ending.
        if path.is_dir() && path.extension().is_none_or(|ending| ending != "new") {
            found.push(path);
        }
    }
    anyhow::ensure!(!found.is_empty(), "`{}` holds no version yet", inside.display());
    found.sort();
    Ok(found)
}

/// The version in this folder, proven and not revoked.
///
/// # Errors
/// The check that failed, with its code.
pub fn prove(folder: &Path, trusted: &Trusted, list: Option<&Revocations>) -> anyhow::Result<(Proven, Version)> {
    let version = folder::read(folder)?;
    let doubt = |doubt: toolcrib_trust::Doubt| anyhow::anyhow!("{doubt} ({})", doubt.code());
    let proven = version.evidence.verify(&version.component, trusted.pins()).map_err(doubt)?;
    if let Some(list) = list {
        list.judge(&proven).map_err(doubt)?;
    }
    Ok((proven, version))
}

/// The list in this folder or the one around it.
fn list_near(place: &Path, trusted: &Trusted) -> anyhow::Result<Option<Revocations>> {
    let around = place.canonicalize().ok().and_then(|path| Some(path.parent()?.parent()?.to_owned()));
    let file = [Some(place.to_owned()), around].into_iter().flatten().map(|dir| dir.join(REVOCATIONS_FILE));
    file.into_iter().find(|file| file.is_file()).map(|file| list(&file, trusted)).transpose()
}

/// The list in this file.
///
/// # Errors
/// It cannot be read, or no pinned key signed it.
pub fn list(file: &Path, trusted: &Trusted) -> anyhow::Result<Revocations> {
    let text = String::from_utf8(folder::bytes(file, LIST_BYTES as u64)?).context("it is no text")?;
    Ok(Revocations::open(&text, &trusted.pins().registry)?)
}

fn describe(list: &Revocations) -> String {
    let age = match list.freshness(real().clock.now()) {
        Freshness::Fresh => "fresh".to_owned(),
        Freshness::Stale { since } => format!("stale since {since}: later withdrawals are not known"),
        Freshness::FromTheFuture => "from the future: compare the clocks".to_owned(),
    };
    format!("Revocation list {} of {}, {age}.", list.seq, list.issued_at)
}

fn told(proven: &Proven, list: Option<&Revocations>) -> String {
    let Proven { manifest, digest, org, key_id, publication, approval, index, key_index } = proven;
    let facts = &approval.facts;
    let source = publication.commit.as_ref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
    let standing = match list.map(|list| list.withdrawn(digest)) {
        None => "not known".to_owned(),
        Some(None) => "not withdrawn".to_owned(),
        Some(Some(found)) if found.standing == Standing::Approved => "not withdrawn".to_owned(),
        Some(Some(found)) => format!("{} at {}: {}", found.standing.as_str(), found.at, found.reason),
    };
    format!(
        "PROVEN      {} {}\n  component   {digest}\n  publisher   {org}, key {key_id}, in the log at {key_index}; built by {}{source}\n  \
         approval    {} by {}, rules {}\n  log         entry {index}\n  standing    {standing}",
        manifest.module,
        manifest.version,
        publication.builder,
        facts.approved_at,
        facts.reviewers.join(", "),
        facts.rules,
    )
}
