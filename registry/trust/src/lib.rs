//! Trust: who signed what, and who is asking. No network, no clock, no randomness of its own: they are parameters.
//!
//! - [`Signer`] and [`PublicKey`]: Ed25519 over `context || 0x0A || message`, so that a signature made for one purpose
//!   never counts for another; [`statement`] has the contexts and the exact bytes.
//! - [`token`]: access tokens (JWT, EdDSA only) and [`KeySet`], the keys that verify them, as JWKS.
//! - [`rotation`]: how one token key follows the other.
//! - [`ci`]: identity tokens of continuous integration; [`totp`]: the second factor of people.
//! - [`password`]: argon2id; [`secret`]: opaque random tokens of which only the hash is kept; [`digest`]: SHA-256.

#![forbid(unsafe_code)]

pub mod ci;
pub mod digest;
mod error;
mod jwks;
pub mod password;
pub mod rotation;
pub mod secret;
mod signer;
pub mod statement;
pub mod token;
pub mod totp;

pub use error::TrustError;
pub use jwks::KeySet;
pub use signer::{PublicKey, Signer};
pub use token::{Claims, Issuer};

#[cfg(test)]
mod fixture;
