//! The part of vetting that runs the component, in a child process that can be killed.
//!
//! In: a [`Request`] as one line of JSON, then the component to the end. Out: anything, among it [`BEGUN`] and a digit
//! for each step that begins, then [`MARK`] and an [`Answer`] as JSON to the end; a test binary may be the child, and its
//! harness prints first.
//!
//! `describe` asks it twice who it is, `replay` runs its scenarios, `trials` what strangers would do: `generate` makes
//! inputs, `watched` is the host that sees everything and can be made to refuse, `bench` one call; `preview` asks what views
//! show where a scenario ends, `filled` what they ask.

mod bench;
mod child;
mod describe;
mod dice;
mod filled;
mod generate;
mod parent;
mod preview;
mod replay;
mod trials;
mod watched;

pub use child::vet_child_main;
pub(crate) use parent::Probe;

use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;
use toolcrib_contract::Manifest;
use toolcrib_contract::evidence::{Behaviour, CardLine, Compiled, Trials};
use toolcrib_contract::finding::{Cost, Finding};
use toolcrib_contract::preview::Preview;

/// Begins the answer.
const MARK: &[u8] = b"\0toolcrib-vetted";
/// Before the place of a step among all (`Stage::ALL`), as one digit: it begins.
const BEGUN: &[u8] = b"\0toolcrib-begun";
/// CPU time of the child in seconds, its compiler not counted.
const CPU_S: u64 = 60;

/// What the parent asks.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    /// The program that compiles.
    program: PathBuf,
    args: Vec<OsString>,
    /// Also replay the scenarios of the package and run the trials, with this seed.
    seed: Option<u64>,
}

/// What running the component showed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// None when it could not be asked; the findings say why.
    pub manifest: Option<Manifest>,
    pub findings: Vec<Finding>,
    pub costs: Vec<Cost>,
    pub compiled: Option<Compiled>,
    pub behaviour: Vec<Behaviour>,
    pub card: Vec<CardLine>,
    /// None when the trials did not run.
    pub trials: Option<Trials>,
    pub previews: Vec<Preview>,
}

impl Answer {
    fn failed(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }
}
