//! Vetting: everything the marketplace checks about a component before a person looks at it.
//!
//! - [`Vetter`] runs all checks and says everything at once, as a [`toolcrib_contract::finding::Report`].
//! - `checks`: one rule to a file. Those that only read are run here; none of them trusts what it reads.
//! - `probe`: what needs the component to run (compile, describe, replay scenarios, trials) happens in a child process
//!   ([`vet_child_main`]) with limits of its own; a child that is killed or crashes is a finding too.
//! - [`roster`]: every check with its mode; a new one begins in shadow mode. `checklist`: what is left for a person.
//! - [`Knowledge`]: advisories and known-bad digests, which the operator hands in; [`sbom`]: what a component is made of.
//!
//! Authors (`cargo toolcrib check`) and the registry run the same rules, named by [`RULES`].

#![forbid(unsafe_code)]

mod checklist;
mod checks;
#[cfg(test)]
mod example;
#[cfg(test)]
mod guest;
mod knowledge;
mod probe;
pub mod roster;
mod rule;
pub mod sbom;
mod vetter;
mod walk;

pub use knowledge::{Advisories, Advisory, Kind, Knowledge, KnownBad, Sources};
pub use probe::vet_child_main;
pub use vetter::{Submission, Vetter, imports};

/// Version of the set of rules. Every report carries it; raise it with every rule that is added or changed.
pub const RULES: &str = "4";
