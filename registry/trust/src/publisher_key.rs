//! What the registry says of a publisher's key: whose it is, since when, until when, and who introduced it.

use crate::digest;
use crate::doubt::{Doubt, Part};
use crate::intoto;
use crate::moment;
use crate::signer::{PublicKey, Signer};
use serde::{Deserialize, Serialize};
use toolcrib_contract::types::Instant;

const PREDICATE: &str = "urn:toolcrib:publisher-key:v1";
const SUBJECT: &str = "public-key";

/// The registry's record of a publisher's key, made when the key was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublisherKey {
    pub key: PublicKey,
    /// Slug of the provider.
    pub org: String,
    /// Nothing is published with it before this moment, nor from `not_after` on.
    pub not_before: Instant,
    pub not_after: Option<Instant>,
    /// Id of the older key that signed for it; none: an owner of the provider.
    pub introduced_by: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Predicate {
    org: String,
    key_id: String,
    /// Base64.
    public_key: String,
    #[serde(with = "moment")]
    not_before: Instant,
    #[serde(with = "moment::option")]
    not_after: Option<Instant>,
    introduced_by: Option<String>,
}

impl PublisherKey {
    /// The signed record, as JSON text.
    pub fn seal(&self, signer: &Signer) -> String {
        let predicate = Predicate {
            org: self.org.clone(),
            key_id: self.key.key_id(),
            public_key: self.key.to_base64(),
            not_before: self.not_before,
            not_after: self.not_after,
            introduced_by: self.introduced_by.clone(),
        };
        intoto::seal(PREDICATE, &[(SUBJECT, &digest::of(&self.key.to_bytes()))], &predicate, signer)
    }

    /// Reads a record that one of the registry's keys signed.
    ///
    /// # Errors
    /// [`Doubt`] about [`Part::Key`].
    pub fn open(envelope: &str, keys: &[PublicKey]) -> Result<Self, Doubt> {
        let part = Part::Key;
        let ([subject], said): (_, Predicate) = intoto::open(part, envelope, PREDICATE, [SUBJECT], keys)?;
        let key = PublicKey::parse(&said.public_key).map_err(|error| Doubt::malformed(part, error))?;
        if said.key_id != key.key_id() || subject != digest::of(&key.to_bytes()) {
            return Err(Doubt::mismatch(part, "it names another key than it holds"));
        }
        let Predicate { org, not_before, not_after, introduced_by, .. } = said;
        Ok(Self { key, org, not_before, not_after, introduced_by })
    }

    /// Whether something may be published with it at this moment.
    pub fn is_valid_at(&self, at: Instant) -> bool {
        self.not_before <= at && self.not_after.is_none_or(|end| at < end)
    }
}
