//! Why something is not trusted.

/// A failed check. Which check failed helps the operator and tells an attacker nothing they do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Not base64 of the right length, or a key that proves nothing (a point of small order).
    #[error("this is not an Ed25519 public key (base64 of 32 bytes)")]
    Key,
    /// The bytes, the context or the key differ from what was signed.
    #[error("the signature does not belong to this key and content")]
    Signature,
    /// Not a token at all, or one that this registry never makes.
    #[error("the token is malformed: {0}")]
    Token(&'static str),
    /// Made by a key that is not in the key set.
    #[error("the token was signed by an unknown key")]
    UnknownKey,
    /// Made for another service or by another issuer.
    #[error("the token was made for another {0}")]
    Purpose(&'static str),
    #[error("the token has expired")]
    Expired,
    /// Issued later than now: a clock is wrong.
    #[error("the token comes from the future; compare the clocks")]
    Future,
    /// Not a key set of Ed25519 keys with the ids this registry gives.
    #[error("this is not a key set (JWKS) of a registry")]
    KeySet,
    /// No key set, or no key in it that counts.
    #[error("this is not a key set (JWKS) with RS256, ES256 or EdDSA keys")]
    IssuerKeys,
    /// The next key was not published for long enough.
    #[error("the next key must be published for {} seconds before it signs", crate::rotation::PUBLISHED_S)]
    TooSoon,
    /// The password is too short or too long.
    #[error("a password has {min} to {max} characters", min = crate::password::CHARS_MIN, max = crate::password::CHARS_MAX)]
    Password,
}
