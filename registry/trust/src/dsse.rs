//! Signed envelopes (DSSE 1.0): a payload, its type, and signatures over both.
//!
//! What is signed is the pre-authentication encoding, which begins with `DSSEv1 `: it is never mistaken for what
//! [`crate::statement`] signs. Unknown fields of the envelope itself are ignored, as DSSE asks: nothing hangs on them.

use crate::doubt::{Doubt, Part};
use crate::signer::{PublicKey, Signer};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

/// Payload type of an in-toto statement.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";
/// Payload type of the revocation list.
pub const REVOCATIONS: &str = "application/vnd.toolcrib.revocations.v1+json";
/// The largest envelope that is read, except for revocation lists.
pub const ENVELOPE_BYTES: usize = 64 << 10;
/// Signatures looked at.
pub const SIGNATURES_MAX: usize = 16;

#[derive(Serialize, Deserialize)]
struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Serialize, Deserialize)]
struct Signature {
    /// A hint; who signed is what the signature says.
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// The envelope as JSON text.
pub fn seal(payload_type: &str, payload: &[u8], signer: &Signer) -> String {
    let sig = STANDARD.encode(signer.sign_bytes(&encoding(payload_type, payload)));
    let envelope = Envelope {
        payload: STANDARD.encode(payload),
        payload_type: payload_type.to_owned(),
        signatures: vec![Signature { keyid: signer.key_id(), sig }],
    };
    serde_json::to_string(&envelope).expect("texts serialise")
}

/// The payload of an envelope that one of these keys signed, and that key.
///
/// # Errors
/// [`Doubt::Malformed`], another payload type, or [`Doubt::Unsigned`].
pub fn open(part: Part, envelope: &str, payload_type: &str, keys: &[PublicKey]) -> Result<(Vec<u8>, PublicKey), Doubt> {
    let envelope: Envelope = serde_json::from_str(envelope).map_err(|error| Doubt::malformed(part, error))?;
    if envelope.payload_type != payload_type {
        let found: String = envelope.payload_type.chars().take(100).collect();
        return Err(Doubt::mismatch(part, format!("its payload type is `{found}`, not `{payload_type}`")));
    }
    let payload = decode(&envelope.payload).ok_or_else(|| Doubt::malformed(part, "the payload is no base64"))?;
    let signed = encoding(payload_type, &payload);
    let signatures = envelope.signatures.iter().take(SIGNATURES_MAX).filter_map(|one| decode(&one.sig));
    let signer = signatures
        .into_iter()
        .find_map(|signature| keys.iter().find(|key| key.verify_bytes(&signed, &signature).is_ok()).copied());
    match signer {
        Some(key) => Ok((payload, key)),
        None => Err(Doubt::Unsigned { part }),
    }
}

/// DSSE allows both alphabets.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// The pre-authentication encoding.
fn encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    #[test]
    fn the_encoding_is_the_published_one() {
        // The example of the DSSE protocol document.
        let encoded = encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn an_envelope_counts_for_its_type_content_and_signer_only() {
        let chance = Seeded::new(1);
        let (signer, other) = (Signer::generate(&chance), Signer::generate(&chance));
        let keys = [other.public_key(), signer.public_key()];
        let sealed = seal(IN_TOTO, b"{}", &signer);
        let read = |text: &str, kind: &str, keys: &[PublicKey]| open(Part::Publisher, text, kind, keys);
        assert_eq!(read(&sealed, IN_TOTO, &keys), Ok((b"{}".to_vec(), signer.public_key())));
        let unsigned = Err(Doubt::Unsigned { part: Part::Publisher });
        assert_eq!(read(&sealed, IN_TOTO, &keys[..1]), unsigned);
        assert!(matches!(read(&sealed, REVOCATIONS, &keys), Err(Doubt::Mismatch { .. })));
        // The type is signed too.
        assert_eq!(read(&sealed.replace(IN_TOTO, REVOCATIONS), REVOCATIONS, &keys), unsigned);
        let other_payload = sealed.replace(&STANDARD.encode(b"{}"), &STANDARD.encode(b"[]"));
        assert_eq!(read(&other_payload, IN_TOTO, &keys), unsigned);
        for bad in ["", "{}", "null", &sealed[1..], &sealed.replace("e30=", "e30")] {
            assert!(matches!(read(bad, IN_TOTO, &keys), Err(Doubt::Malformed { .. })), "{bad}");
        }
        // A signature of our other form over the same bytes is none.
        let framed = signer.sign("DSSEv1", b"{}");
        let sig = STANDARD.encode(signer.sign_bytes(&encoding(IN_TOTO, b"{}")));
        assert_eq!(read(&sealed.replace(&sig, &framed), IN_TOTO, &keys), unsigned);
        // Fields that we do not know change nothing, further signatures neither.
        assert!(read(&sealed.replacen('{', "{\"cert\":1,", 1), IN_TOTO, &keys).is_ok());
    }
}
