//! The registry's two keys: one signs statements and lists, the other signs the log's head.

use crate::error::TrustError;
use crate::evidence::Pins;
use crate::log::checkpoint::Checkpoint;
use crate::log::merkle::Hash;
use crate::log::note::{NoteKey, NoteSigner};
use crate::signer::Signer;

/// How long a revocation list is good for, unless configured otherwise: a week, so that a plant that gets its lists on
/// a stick can install in between.
pub const LIST_MAX_AGE_S: u64 = 7 * 86_400;

/// Signs for the registry.
#[derive(Clone, Debug)]
pub struct Notary {
    signer: Signer,
    log: NoteSigner,
    /// How long a revocation list is good for, in seconds.
    pub list_max_age_s: u64,
}

impl Notary {
    /// `signer` signs statements, snapshots and lists; `log` signs checkpoints under a name made of its own id: no two
    /// registries have the same one.
    pub fn new(signer: Signer, log: Signer) -> Self {
        let origin = format!("toolcrib/{}", log.key_id());
        let log = NoteSigner::new(&origin, log).expect("the name is plain");
        Self { signer, log, list_max_age_s: LIST_MAX_AGE_S }
    }

    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// What hosts pin of the log: its name and key.
    pub fn log_key(&self) -> &NoteKey {
        self.log.key()
    }

    /// The log's signed head.
    pub fn checkpoint(&self, size: u64, root: &Hash) -> String {
        Checkpoint::sign(size, root, &self.log)
    }

    /// What a host of this registry pins.
    pub fn pins(&self) -> Pins {
        Pins { registry: vec![self.signer.public_key()], logs: vec![self.log.key().clone()] }
    }

    /// Whether a checkpoint of this log is its own.
    ///
    /// # Errors
    /// [`TrustError::Signature`].
    pub fn own(&self, checkpoint: &str) -> Result<Checkpoint, TrustError> {
        Checkpoint::open(checkpoint, std::slice::from_ref(self.log.key()))
    }
}
