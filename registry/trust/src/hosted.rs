//! What a host says of a tenant, and who vouches for the host: the registry signs a record of every host's key, so that
//! whoever pins the registry's key can check a host's word without a network. In the same way the registry signs the list
//! of what an archive of evidence holds.

use crate::doubt::{Doubt, Part};
use crate::dsse;
use crate::signer::{PublicKey, Signer};
use serde::{Deserialize, Serialize};

/// Payload type of a [`HostKeyRecord`].
pub const HOST_KEY: &str = "application/vnd.toolcrib.host-key.v1+json";
/// Payload type of the list of an archive.
pub const ARCHIVE: &str = "application/vnd.toolcrib.evidence-archive.v1+json";
/// The largest envelope with what a host says: base64 makes four bytes of three.
pub const HOSTED_BYTES: usize = 1 << 20;

/// The registry says: with this key this host signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKeyRecord {
    pub host: String,
    pub key_id: String,
    /// Base64.
    pub public_key: String,
    /// RFC 3339.
    pub added_at: String,
}

impl HostKeyRecord {
    pub fn seal(&self, registry: &Signer) -> String {
        dsse::seal(HOST_KEY, &serde_json::to_vec(self).expect("texts serialise"), registry)
    }

    /// The record in an envelope that one of these keys signed, and the key it is about.
    ///
    /// # Errors
    /// Malformed, unsigned, or a key whose id is another one.
    pub fn open(envelope: &str, registry: &[PublicKey]) -> Result<(Self, PublicKey), Doubt> {
        let part = Part::HostKey;
        if envelope.len() > dsse::ENVELOPE_BYTES {
            return Err(Doubt::malformed(part, format!("more than {} bytes", dsse::ENVELOPE_BYTES)));
        }
        let (payload, _) = dsse::open(part, envelope, HOST_KEY, registry)?;
        let record: Self = serde_json::from_slice(&payload).map_err(|error| Doubt::malformed(part, error))?;
        let key = PublicKey::parse(&record.public_key).map_err(|error| Doubt::malformed(part, error))?;
        if key.key_id() != record.key_id {
            return Err(Doubt::mismatch(part, "the key has another id"));
        }
        Ok((record, key))
    }
}

/// A host's word: its signed envelope.
pub fn seal(payload_type: &str, payload: &[u8], host: &Signer) -> String {
    dsse::seal(payload_type, payload, host)
}

/// The payload of a host's envelope, signed by the key of `record`, which one of these registries vouches for.
///
/// # Errors
/// The first check that fails.
pub fn open(
    payload_type: &str,
    envelope: &str,
    record: &str,
    registry: &[PublicKey],
) -> Result<(Vec<u8>, HostKeyRecord), Doubt> {
    let (record, key) = HostKeyRecord::open(record, registry)?;
    let payload = open_by(payload_type, envelope, &key)?;
    Ok((payload, record))
}

/// The same with a key that is known otherwise.
///
/// # Errors
/// The first check that fails.
pub fn open_by(payload_type: &str, envelope: &str, key: &PublicKey) -> Result<Vec<u8>, Doubt> {
    if envelope.len() > HOSTED_BYTES {
        return Err(Doubt::malformed(Part::Host, format!("more than {HOSTED_BYTES} bytes")));
    }
    dsse::open(Part::Host, envelope, payload_type, std::slice::from_ref(key)).map(|(payload, _)| payload)
}

/// Ids of the keys that an envelope names: a hint where to look, nothing is believed of it.
pub fn hints(envelope: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(default)]
        signatures: Vec<Signature>,
    }
    #[derive(Deserialize)]
    struct Signature {
        #[serde(default)]
        keyid: String,
    }
    let envelope = serde_json::from_str::<Envelope>(envelope);
    let signatures = envelope.map(|envelope| envelope.signatures).unwrap_or_default();
    signatures.into_iter().take(dsse::SIGNATURES_MAX).map(|signature| signature.keyid).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    const TYPE: &str = "application/vnd.example+json";

    fn record(host: &Signer) -> HostKeyRecord {
        HostKeyRecord {
            host: "plant-1".into(),
            key_id: host.key_id(),
            public_key: host.public_key().to_base64(),
            added_at: "2026-11-26T08:00:00Z".into(),
        }
    }

    #[test]
    fn a_hosts_word_counts_where_the_registry_vouches_for_its_key() {
        let chance = Seeded::new(3);
        let [registry, host, other] = [(); 3].map(|()| Signer::generate(&chance));
        let (pins, sealed) = ([registry.public_key()], seal(TYPE, b"{}", &host));
        let vouched = record(&host).seal(&registry);
        assert_eq!(open(TYPE, &sealed, &vouched, &pins), Ok((b"{}".to_vec(), record(&host))));
        assert_eq!(hints(&sealed), [host.key_id()]);
        let by_another = record(&host).seal(&other);
        assert_eq!(open(TYPE, &sealed, &by_another, &pins), Err(Doubt::Unsigned { part: Part::HostKey }));
        let of_another = record(&other).seal(&registry);
        assert_eq!(open(TYPE, &sealed, &of_another, &pins), Err(Doubt::Unsigned { part: Part::Host }));
        let renamed = HostKeyRecord { key_id: other.key_id(), ..record(&host) }.seal(&registry);
        assert!(matches!(open(TYPE, &sealed, &renamed, &pins), Err(Doubt::Mismatch { .. })));
    }

    #[test]
    fn no_flipped_byte_of_a_hosts_word_passes_for_another_word() {
        let chance = Seeded::new(4);
        let (registry, host) = (Signer::generate(&chance), Signer::generate(&chance));
        let (pins, sealed) = ([registry.public_key()], seal(TYPE, b"{\"orders\":12}", &host));
        let vouched = record(&host).seal(&registry);
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(bad) = String::from_utf8(bytes) else { continue };
            // What passes says the same: names of fields and of keys are hints.
            if let Ok((payload, _)) = open(TYPE, &bad, &vouched, &pins) {
                assert_eq!(payload, b"{\"orders\":12}", "byte {at}");
            }
        }
        assert!(matches!(open(TYPE, &"x".repeat(HOSTED_BYTES + 1), &vouched, &pins), Err(Doubt::Malformed { .. })));
    }
}
