//! Trust: who signed what, and who is asking. No network, no clock, no randomness of its own: they are parameters.
//!
//! - [`Signer`] and [`PublicKey`]: Ed25519 over `context || 0x0A || message`, so that a signature made for one purpose
//!   never counts for another; [`statement`] has the contexts and the exact bytes.
//! - Signed envelopes ([`dsse`]) with in-toto statements: what a publisher says of a version ([`publication`]), what the
//!   registry says of it ([`approval`]) and of the publisher's key ([`publisher_key`]).
//! - [`log`]: the transparency log in C2SP's forms; [`record`]: its entries; [`Notary`]: the keys that sign.
//! - [`evidence`]: all that proves one version; [`revocations`]: what was withdrawn since; [`doubt`]: why not.
//! - [`hosted`]: what hosts say, the registry's record of their keys, and its word for an archive of evidence.
//! - [`token`]: access tokens (JWT, EdDSA only) and [`KeySet`], the keys that verify them, as JWKS.
//! - [`rotation`]: how one token key follows the other.
//! - [`ci`]: identity tokens of continuous integration; [`totp`]: the second factor of people.
//! - [`repository_token`]: tokens for OCI repositories; [`content`]: digests of OCI content, SHA-256 and SHA-512.
//! - [`password`]: argon2id; [`secret`]: opaque random tokens of which only the hash is kept; [`digest`]: SHA-256.

#![forbid(unsafe_code)]

pub mod approval;
pub mod ci;
pub mod content;
pub mod digest;
pub mod doubt;
pub mod dsse;
mod error;
pub mod evidence;
pub mod hosted;
mod intoto;
mod jwks;
pub mod log;
mod moment;
mod notary;
pub mod password;
pub mod publication;
pub mod publisher_key;
pub mod record;
pub mod repository_token;
pub mod revocations;
pub mod rotation;
pub mod secret;
mod signer;
mod standing;
pub mod statement;
pub mod token;
pub mod totp;

pub use doubt::{Doubt, Part};
pub use error::TrustError;
pub use evidence::{Evidence, Pins, Proven};
pub use jwks::KeySet;
pub use notary::{LIST_MAX_AGE_S, Notary};
pub use signer::{PublicKey, Signer};
pub use standing::Standing;
pub use token::{Claims, Issuer};

#[cfg(test)]
mod fixture;
