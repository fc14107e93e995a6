//! What a factory shows others of itself, and takes over from them.
//!
//! - `attest`: a signed statement of a period's use: machines, modules, figures that modules offer; `kept` keeps them with
//!   the tenant's data, and notes whom they were given to.
//! - `kit`: a firm's working set-up, signed; `plan` says what taking one over would change here, `adopt` does it.
//! - `rows`: the rows of a module's query; `period`: days of a plant; [`HostKey`]: the host's word.
//!
//! Every module is the same here: what may leave stands in its listing ([`toolcrib_contract::offered`]), and what comes in
//! goes through its own commands. Deliberately absent: HTTP, files, the registry.

#![forbid(unsafe_code)]

mod adopt;
mod attest;
mod kept;
mod kit;
mod period;
mod plan;
mod rows;
mod seal;

pub use adopt::Adoption;
pub use kept::{KEPT, KeptStatement, Sent};
pub use kit::{MadeKit, Wish};
pub use period::Period;
pub use plan::{Plan, PlannedList, PlannedMapping, PlannedModule, Stands};
pub use seal::HostKey;

use std::sync::Arc;
use toolcrib_ingest::Mapping;
use toolcrib_runtime::Runtime;

/// Makes statements and kits, and takes kits over.
pub struct Exhibit {
    runtime: Runtime,
    mapping: Arc<Mapping>,
    key: HostKey,
    /// Kits are taken over one after the other, so that a plan stays true until it is done.
    turn: tokio::sync::Mutex<()>,
}

impl Exhibit {
    pub fn new(runtime: Runtime, mapping: Arc<Mapping>, key: HostKey) -> Self {
        Self { runtime, mapping, key, turn: tokio::sync::Mutex::default() }
    }
}

/// Hex of a SHA-256.
fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
