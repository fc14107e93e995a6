//! What the operator of a marketplace knows and the rules do not: advisories and known-bad digests, as files.
//!
//! What is missing is told as "not checked" in every report; it is never taken for clean.

mod advisories;
mod known_bad;

pub use advisories::{Advisories, Advisory, Kind};
pub use known_bad::KnownBad;

use crate::RULES;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the files lie. An empty path: there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// A checkout of an advisory database: `crates/<package>/<id>.md`.
    pub advisories: PathBuf,
    /// Lines of `<sha256 in hex> <reason>`.
    pub known_bad: PathBuf,
}

/// What is known at one moment.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    pub advisories: Option<Arc<Advisories>>,
    pub known_bad: Option<Arc<KnownBad>>,
}

impl Sources {
    /// Reads all of it. Blocks.
    ///
    /// # Errors
    /// A source that is named and cannot be read or understood, with its path.
    pub fn read(&self) -> io::Result<Knowledge> {
        let named = |path: &PathBuf| (!path.as_os_str().is_empty()).then(|| path.clone());
        Ok(Knowledge {
            advisories: named(&self.advisories).map(|path| Advisories::read(&path)).transpose()?.map(Arc::new),
            known_bad: named(&self.known_bad).map(|path| KnownBad::read(&path)).transpose()?.map(Arc::new),
        })
    }
}

impl Knowledge {
    /// Names the rules and everything known: another basis is a reason to check an approved version again.
    pub fn basis(&self) -> String {
        let none = || "none".to_owned();
        let advisories = self.advisories.as_ref().map_or_else(none, |known| {
            format!("{} ({}, newest of {})", &known.digest()[..16], known.count(), known.newest())
        });
        let known_bad = self.known_bad.as_ref().map_or_else(none, |known| known.digest()[..16].to_owned());
        format!("rules {RULES}, advisories {advisories}, known-bad {known_bad}")
    }
}

/// The error of a file that cannot be used.
fn unusable(path: &std::path::Path, why: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("`{}`: {why}", path.display()))
}
