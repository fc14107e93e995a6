//! Everything that proves one version, and the proof itself: without network, against pinned keys.
//!
//! The order is digest, publisher's signature, registry's approval, log. Whether the version was withdrawn since is
//! said by the revocation list ([`crate::revocations::Revocations::judge`]).

use crate::approval::{Approval, capabilities_digest};
use crate::digest;
use crate::doubt::{Doubt, Part};
use crate::log::note::NoteKey;
use crate::log::proof::{self, ProofError};
use crate::publication::Publication;
use crate::publisher_key::PublisherKey;
use crate::record::Record;
use crate::signer::PublicKey;
use toolcrib_contract::Manifest;
use toolcrib_contract::types::Instant;

/// What a verifier was told to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins {
    /// Keys that sign approvals, key records, snapshots and lists.
    pub registry: Vec<PublicKey>,
    /// Names and keys of logs.
    pub logs: Vec<NoteKey>,
}

/// The files beside a component. All are texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// [`crate::publication::manifest_text`].
    pub manifest: String,
    /// Envelopes: the publisher's statement, the registry's approval, its record of the publisher's key.
    pub publisher: String,
    pub approval: String,
    pub key: String,
    /// Log proofs of the key's record and of the approval.
    pub key_proof: String,
    pub proof: String,
}

/// A version whose evidence holds. Made by [`Evidence::verify`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    pub manifest: Manifest,
    /// `sha256:<hex>` of the component.
    pub digest: String,
    pub org: String,
    /// The publisher's key.
    pub key_id: String,
    pub publication: Publication,
    pub approval: Approval,
    /// Where the approval and the key's record stand in the log.
    pub index: u64,
    pub key_index: u64,
}

/// The parts of the evidence that are files, with the names under which they lie beside `component.wasm`.
pub const FILES: [(Part, &str); 6] = [
    (Part::Manifest, "manifest.json"),
    (Part::Publisher, "publisher.dsse.json"),
    (Part::Approval, "approval.dsse.json"),
    (Part::Key, "publisher-key.dsse.json"),
    (Part::KeyProof, "publisher-key.tlog-proof"),
    (Part::Proof, "approval.tlog-proof"),
];
/// Name of the component's file.
pub const COMPONENT_FILE: &str = "component.wasm";
/// The largest of these files that is read.
pub const FILE_BYTES: u64 = 4 << 20;

impl Evidence {
    /// The texts in the order of [`FILES`].
    pub fn texts(&self) -> [&str; 6] {
        [&self.manifest, &self.publisher, &self.approval, &self.key, &self.key_proof, &self.proof]
    }

    /// From the texts in the order of [`FILES`].
    pub fn from_texts([manifest, publisher, approval, key, key_proof, proof]: [String; 6]) -> Self {
        Self { manifest, publisher, approval, key, key_proof, proof }
    }

    /// Proves that this component is what a publisher signed, the registry approved and the log contains.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn verify(&self, component: &[u8], pins: &Pins) -> Result<Proven, Doubt> {
        let digest = digest::of(component);
        // The key's record comes from the registry and says whose key must have signed.
        let key = PublisherKey::open(&self.key, &pins.registry)?;
        let publication = Publication::open(&self.publisher, &key.key)?;
        let approval = Approval::open(&self.approval, &pins.registry)?;
        let manifest: Manifest =
            serde_json::from_str(&self.manifest).map_err(|error| Doubt::malformed(Part::Manifest, error))?;
        self.compare(&digest, &manifest, &publication, &approval)?;
        check_key(&key, &approval)?;
        let (key_id, org) = (key.key.key_id(), key.org.clone());
        let record = Record::key_added(&org, &key_id, &self.key);
        let key_index = logged(Part::KeyProof, &self.key_proof, &record, pins)?;
        let record = approved(&approval, &self.publisher, &self.approval);
        let index = logged(Part::Proof, &self.proof, &record, pins)?;
        if key_index >= index {
            let why = "it was registered after the version was approved".to_owned();
            return Err(Doubt::KeyInvalid { key_id, why });
        }
        Ok(Proven { manifest, digest, org, key_id, publication, approval, index, key_index })
    }

    /// Whether all of it speaks of the same bytes under the same name.
    fn compare(&self, digest: &str, manifest: &Manifest, said: &Publication, approval: &Approval) -> Result<(), Doubt> {
        let other = |part, what: &str, said: &str, found: &str| {
            Err(Doubt::mismatch(part, format!("its {what} is {found}, the signed statements say {said}")))
        };
        if said.component != digest {
            return other(Part::Component, "digest", &said.component, digest);
        }
        let found = digest::of(self.manifest.as_bytes());
        if said.manifest != found {
            return other(Part::Manifest, "digest", &said.manifest, &found);
        }
        if (&approval.component, &approval.manifest) != (&said.component, &said.manifest) {
            return Err(Doubt::mismatch(Part::Approval, "it approves other files than the publisher signed"));
        }
        let facts = &approval.facts;
        let names = [(&said.module, &said.version), (&facts.module, &facts.version)];
        if names != [(&manifest.module, &manifest.version); 2] {
            let why = format!("{} {} is called otherwise by the statements", manifest.module, manifest.version);
            return Err(Doubt::mismatch(Part::Manifest, why));
        }
        if facts.capabilities != capabilities_digest(manifest) {
            return Err(Doubt::mismatch(Part::Approval, "it approves other capabilities than the manifest asks for"));
        }
        Ok(())
    }
}

/// Whether the key is the one that the approval names, and was valid when the version came in.
fn check_key(key: &PublisherKey, approval: &Approval) -> Result<(), Doubt> {
    let (key_id, facts) = (key.key.key_id(), &approval.facts);
    if (&key_id, &key.org) != (&facts.key_id, &facts.org) {
        let why =
            format!("the approval names key {} of `{}`, this is {key_id} of `{}`", facts.key_id, facts.org, key.org);
        return Err(Doubt::mismatch(Part::Key, why));
    }
    if !key.is_valid_at(facts.submitted_at) {
        let why = format!("it was not valid at {}, when the version was submitted", facts.submitted_at);
        return Err(Doubt::KeyInvalid { key_id, why });
    }
    Ok(())
}

/// The log's record of an approval, from the two signed statements.
pub fn approved(approval: &Approval, publisher_text: &str, approval_text: &str) -> Record {
    Record::Approved {
        module: approval.facts.module.clone(),
        version: approval.facts.version.clone(),
        component: approval.component.clone(),
        manifest: approval.manifest.clone(),
        publisher: digest::of(publisher_text.as_bytes()),
        approval: digest::of(approval_text.as_bytes()),
    }
}

fn logged(part: Part, text: &str, record: &Record, pins: &Pins) -> Result<u64, Doubt> {
    proof::verify(text, &record.entry(), &pins.logs).map_err(|error| match error {
        ProofError::Malformed => Doubt::malformed(part, error),
        ProofError::Unsigned => Doubt::Unsigned { part },
        ProofError::NotIncluded => Doubt::NotLogged { part },
    })
}

impl Proven {
    /// Whether the approval ended before this moment.
    pub fn is_expired(&self, now: Instant) -> bool {
        self.approval.facts.expires_at.is_some_and(|end| end <= now)
    }
}

#[cfg(test)]
mod tests;
