//! A database of advisories about Rust packages, in the RustSec form: Markdown whose first block is TOML.

use super::unusable;
use crate::vetter::hex;
use semver::{Version, VersionReq};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes of one advisory, and advisories of one database.
const ADVISORY_BYTES: u64 = 256 << 10;
const ADVISORIES: usize = 100_000;

/// What an advisory is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Vulnerability,
    /// Nothing to exploit: unmaintained, unsound, a notice. The word as the advisory has it.
    Informational(String),
}

/// One advisory.
#[derive(Clone, Debug)]
pub struct Advisory {
    pub id: String,
    pub package: String,
    pub title: String,
    pub kind: Kind,
    patched: Vec<VersionReq>,
    unaffected: Vec<VersionReq>,
}

/// A database, read.
#[derive(Clone, Debug, Default)]
pub struct Advisories {
    by_package: BTreeMap<String, Vec<Advisory>>,
    count: usize,
    newest: String,
    digest: String,
}

#[derive(Deserialize)]
struct Front {
    advisory: About,
    #[serde(default)]
    versions: Versions,
}

#[derive(Deserialize)]
struct About {
    id: String,
    package: String,
    date: String,
    #[serde(default)]
    title: String,
    withdrawn: Option<toml::Value>,
    informational: Option<String>,
}

#[derive(Default, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<VersionReq>,
    #[serde(default)]
    unaffected: Vec<VersionReq>,
}

impl Advisories {
    /// Reads `crates/*/*.md` below the folder. Blocks.
    ///
    /// # Errors
    /// There is no such folder, or an advisory cannot be read or understood: a database with holes would seem clean.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut all = Self::default();
        let mut sum = Sha256::new();
        for package in entries(&folder.join("crates"))?.into_iter().filter(|path| path.is_dir()) {
            let files = entries(&package)?.into_iter();
            for file in files.filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
                let size = std::fs::metadata(&file).map_err(|error| unusable(&file, error))?.len();
                if size > ADVISORY_BYTES || all.count >= ADVISORIES {
                    return Err(unusable(&file, "the database is larger than any advisory database"));
                }
                let text = std::fs::read_to_string(&file).map_err(|error| unusable(&file, error))?;
                sum.update(Sha256::digest(text.as_bytes()));
                all.add(&text).map_err(|error| unusable(&file, error))?;
            }
        }
        all.digest = hex(&sum.finalize());
        Ok(all)
    }

    fn add(&mut self, text: &str) -> Result<(), String> {
        let (_, rest) = text.split_once("```toml").ok_or("it does not begin with a block of TOML")?;
        let (front, body) = rest.split_once("```").ok_or("its block of TOML does not end")?;
        let Front { advisory, versions } = toml::from_str(front).map_err(|error| error.to_string())?;
        self.count += 1;
        self.newest = std::mem::take(&mut self.newest).max(advisory.date);
        if advisory.withdrawn.is_some() {
            return Ok(());
        }
        let heading = || body.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().trim().to_owned();
        let About { id, package, title, informational, .. } = advisory;
        let title = if title.is_empty() { heading() } else { title };
        let Versions { patched, unaffected } = versions;
        let kind = informational.map_or(Kind::Vulnerability, Kind::Informational);
        let advisory = Advisory { id, package: package.clone(), title, kind, patched, unaffected };
        self.by_package.entry(package).or_default().push(advisory);
        Ok(())
    }

    /// What is known against this version of a package. A version that is none counts as affected.
    pub fn against<'a>(&'a self, package: &str, version: &str) -> impl Iterator<Item = &'a Advisory> + use<'a> {
        let version = Version::parse(version).ok();
        let known = self.by_package.get(package).map(Vec::as_slice).unwrap_or_default();
        known.iter().filter(move |advisory| {
            let mut safe = advisory.patched.iter().chain(&advisory.unaffected);
            !version.as_ref().is_some_and(|version| safe.any(|range| range.matches(version)))
        })
    }

    /// Advisories, withdrawn ones too.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Date of the newest one, `2026-11-20`.
    pub fn newest(&self) -> &str {
        &self.newest
    }

    /// Hex, of all of it.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| unusable(folder, error))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(advisories: &[(&str, &str)]) -> Result<Advisories, String> {
        let mut all = Advisories::default();
        for (about, versions) in advisories {
            all.add(&format!("```toml\n[advisory]\n{about}\n[versions]\n{versions}\n```\n\n# A title\n\nWords.\n"))?;
        }
        Ok(all)
    }

    #[test]
    fn a_version_is_affected_unless_it_is_patched_or_older_than_the_fault() {
        let about = "id = \"RUSTSEC-2026-0001\"\npackage = \"press\"\ndate = \"2026-03-01\"";
        let versions = "patched = [\">= 1.2.3\", \"^0.9.9\"]\nunaffected = [\"< 0.5.0\"]";
        let known = database(&[(about, versions)]).unwrap();
        for (version, affected) in
            [("1.2.2", 1), ("1.2.3", 0), ("2.0.0", 0), ("0.9.9", 0), ("0.9.8", 1), ("0.4.1", 0), ("x", 1)]
        {
            assert_eq!(known.against("press", version).count(), affected, "{version}");
        }
        assert_eq!(known.against("other", "1.0.0").count(), 0);
        let advisory = known.against("press", "1.0.0").next().unwrap();
        assert_eq!((advisory.id.as_str(), advisory.title.as_str()), ("RUSTSEC-2026-0001", "A title"));
        assert_eq!((known.count(), known.newest()), (1, "2026-03-01"));
    }

    #[test]
    fn a_withdrawn_advisory_is_counted_and_says_nothing_more() {
        let about = "id = \"A\"\npackage = \"press\"\ndate = \"2026-03-01\"\nwithdrawn = \"2026-04-01\"";
        let known = database(&[(about, "patched = []")]).unwrap();
        assert_eq!((known.count(), known.against("press", "1.0.0").count()), (1, 0));
    }

    #[test]
    fn an_advisory_that_is_not_understood_is_an_error() {
        assert!(database(&[("id = 3", "patched = []")]).is_err());
        let about = "id = \"A\"\npackage = \"press\"\ndate = \"2026-03-01\"";
        assert!(database(&[(about, "patched = [\"newest\"]")]).is_err());
        assert!(Advisories::default().add("# No TOML").is_err());
        assert!(Advisories::read(Path::new("/nowhere")).unwrap_err().to_string().contains("/nowhere"));
    }

    #[test]
    fn an_informational_advisory_says_so() {
        let about = "id = \"A\"\npackage = \"press\"\ndate = \"2026-03-01\"\ninformational = \"unmaintained\"";
        let known = database(&[(about, "patched = []")]).unwrap();
        assert_eq!(known.against("press", "1.0.0").next().unwrap().kind, Kind::Informational("unmaintained".into()));
    }
}
