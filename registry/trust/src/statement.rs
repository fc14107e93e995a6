//! What is signed outside of envelopes: a context and the exact bytes. Whoever verifies builds the message again from
//! what it knows, and never reads one.
//!
//! Each is `(context, message)`, to be given to [`crate::Signer::sign`] and [`crate::PublicKey::verify`]. Statements
//! about versions and keys travel as envelopes: see [`crate::publication`], [`crate::approval`],
//! [`crate::publisher_key`].

use crate::signer::PublicKey;

/// The registry says: this is what tenants are entitled to. The message is the payload as sent.
pub const SNAPSHOT: &str = "toolcrib-snapshot-v1";
/// The holder of a key says: it belongs to this organisation.
pub const KEY: &str = "toolcrib-key-v1";
/// The holder of an older key says: this one follows.
pub const SUCCESSOR: &str = "toolcrib-key-successor-v1";

/// A host says: with this key I sign.
pub const HOST_KEY: &str = "toolcrib-host-key-v1";

/// Proof that a host holds a key: over the hash of its token and the key itself, so that it counts for this host alone.
pub fn host_key(token_sha256: &str, key: &PublicKey) -> (&'static str, Vec<u8>) {
    (HOST_KEY, format!("{token_sha256}\n{}", key.to_base64()).into_bytes())
}

/// The registry's snapshot of entitlements.
pub fn snapshot(payload: &str) -> (&'static str, Vec<u8>) {
    (SNAPSHOT, payload.as_bytes().to_vec())
}

/// Proof that one holds a key, for one organisation's slug.
pub fn key(org: &str) -> (&'static str, Vec<u8>) {
    (KEY, org.as_bytes().to_vec())
}

/// An older key's word for a newer one of the same organisation.
pub fn successor(org: &str, key: &PublicKey) -> (&'static str, Vec<u8>) {
    // A slug contains no line feed, and a key's text none either.
    (SUCCESSOR, format!("{org}\n{}", key.to_base64()).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;
    use crate::signer::Signer;

    #[test]
    fn no_word_counts_for_another() {
        let key_of = |seed| Signer::generate(&Seeded::new(seed)).public_key();
        let said = [
            key("acme"),
            snapshot("acme"),
            successor("acme", &key_of(1)),
            successor("acme", &key_of(2)),
            host_key("acme", &key_of(1)),
        ];
        for (nth, one) in said.iter().enumerate() {
            assert!(said[nth + 1..].iter().all(|other| other != one));
        }
    }
}
