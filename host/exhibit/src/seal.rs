//! The host's word: who can sign for it, and who knows whose signatures count.

use toolcrib_contract::problem::Problem;

/// Signs for this host, and reads what other hosts of the same registry signed.
pub trait Seal: Send + Sync {
    /// A signed envelope around a payload, as JSON text.
    fn seal(&self, payload_type: &str, payload: &[u8]) -> String;

    /// The payload of an envelope. `key` is the registry's signed record of the key that must have signed it.
    ///
    /// # Errors
    /// `not-proven` with the check that failed.
    fn open(&self, payload_type: &str, envelope: &str, key: &str) -> Result<Vec<u8>, Problem>;

    /// The id of this host's key.
    fn key_id(&self) -> String;
}
