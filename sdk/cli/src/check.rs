//! `cargo toolcrib check` and `test`: the registry's checks and the golden scenarios, on this machine.

use crate::build::{self, Built, no_cargo};
use crate::tools::Tools;
use crate::trouble::Trouble;
use std::path::{Path, PathBuf};
use std::process::Command;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Report;
use toolcrib_vetting::{Knowledge, Sources, Submission};

/// What a module is compared with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Against<'a> {
    /// Components of modules it reads, calls or listens to.
    pub with: &'a [PathBuf],
    /// The last published component of the module itself.
    pub previous: Option<&'a Path>,
    /// A checkout of an advisory database.
    pub advisories: Option<&'a Path>,
    /// A list of known-bad digests.
    pub known_bad: Option<&'a Path>,
}

/// Builds the module in `dir` and runs every check.
///
/// # Errors
/// It does not build, or what it is compared with cannot be read. What the checks find is in the report.
pub fn module(dir: &Path, against: &Against<'_>, tools: &Tools) -> Result<(Built, Report), Trouble> {
    let built = build::component(dir, tools)?;
    let others: Vec<_> = against.with.iter().map(|path| manifest(path, tools)).collect::<Result<_, _>>()?;
    let previous = against.previous.map(|path| manifest(path, tools)).transpose()?;
    let (module, previous) = (Some(built.module.as_str()), previous.as_ref());
    let vetter = tools.vetter();
    vetter.learn(knowledge(against)?);
    let submission = Submission { bytes: &built.bytes, module, previous, others: &others, ..Submission::default() };
    let report = vetter.vet(&submission);
    Ok((built, report))
}

fn knowledge(against: &Against<'_>) -> Result<Knowledge, Trouble> {
    let path = |path: Option<&Path>| path.map(Path::to_owned).unwrap_or_default();
    let sources = Sources { advisories: path(against.advisories), known_bad: path(against.known_bad) };
    let next = "name a checkout of an advisory database and a list of digests, or leave them out";
    sources.read().map_err(|error| Trouble::new(error.to_string(), next))
}

const NEXT: &str = "name a file that `cargo toolcrib build` wrote";

/// A built component.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Trouble> {
    std::fs::read(path).map_err(|error| Trouble::new(format!("{} cannot be read: {error}", path.display()), NEXT))
}

fn manifest(path: &Path, tools: &Tools) -> Result<Manifest, Trouble> {
    tools.vetter().describe(&read(path)?).map_err(|findings| {
        let why = findings.first().map(|finding| finding.what.clone()).unwrap_or_default();
        Trouble::new(format!("{} is no module: {why}", path.display()), NEXT)
    })
}

/// Runs the module's own tests with cargo; their words go to the terminal.
///
/// # Errors
/// A test fails, or cargo does not start.
pub fn cargo_test(dir: &Path) -> Result<(), Trouble> {
    let project = build::Project::read(dir)?;
    match Command::new("cargo").args(["test", "--package", &project.package]).current_dir(&project.dir).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Trouble::new("The module's own tests fail", "correct what is said above")),
        Err(error) => Err(no_cargo(&error)),
    }
}

/// Of a report, what the replay of the scenarios said.
pub fn scenarios_only(mut report: Report) -> Report {
    report.findings.retain(|finding| {
        finding.check.starts_with("scenario")
            || matches!(finding.check.as_str(), "contained" | "checks-unavailable" | "describe" | "compile")
    });
    report
}
