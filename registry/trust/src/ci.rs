//! Identity tokens of continuous integration (OpenID Connect): who built this, from which repository, in which workflow.
//!
//! The issuer's key decides the algorithm, never the token's header: RS256 for RSA, ES256 for P-256, EdDSA for Ed25519.
//! Claims are those that forges with workflows in the repository make (`repository`, `repository_owner_id`,
//! `workflow_ref`, `environment`, `event_name`).

use crate::error::TrustError;
use crate::token::{install_provider, seconds};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use toolcrib_contract::types::Instant;

/// How far the issuer's clock may be from ours, either way.
pub const LEEWAY_S: u64 = 60;
/// The longest life of a token that is accepted: what is remembered against replays stays bounded.
pub const LIFE_S: u64 = 86_400;
/// The largest token and key set that are looked at.
pub const TOKEN_BYTES: usize = 16 << 10;
pub const KEY_SET_BYTES: usize = 256 << 10;
/// The most keys of an issuer.
const KEYS_MAX: usize = 64;
/// The shortest RSA modulus.
const RSA_BYTES: usize = 256;

/// What a token of a CI says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CiClaims {
    pub iss: String,
    pub aud: Audience,
    /// Seconds since 1970.
    pub exp: u64,
    pub iat: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    pub jti: String,
    /// `owner/name`.
    pub repository: String,
    /// Number of the owner: names are given again, numbers are not.
    pub repository_owner_id: String,
    /// `owner/name/.github/workflows/release.yml@refs/heads/main`
    pub workflow_ref: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    #[serde(default)]
    pub event_name: String,
}

/// One audience or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn is(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            // Made for somebody else as well: they could have it, too.
            Self::Several(all) => all.len() == 1 && all[0] == wanted,
        }
    }
}

impl CiClaims {
    /// File name of the workflow, when it lies in the repository that runs it.
    pub fn workflow(&self) -> Option<&str> {
        let (path, _) = self.workflow_ref.split_once('@')?;
        let inside = path.strip_prefix(self.repository.as_str())?.strip_prefix('/')?;
        let (_, file) = inside.rsplit_once('/')?;
        Some(file).filter(|file| !file.is_empty())
    }

    /// Whether code that a stranger wrote may have run in this workflow with the repository's rights.
    pub fn is_from_strangers(&self) -> bool {
        matches!(self.event_name.as_str(), "pull_request_target" | "workflow_run")
    }
}

/// Keys of an issuer, each with the one algorithm it is good for.
pub struct IssuerKeys(Vec<(String, Algorithm, DecodingKey)>);

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

impl IssuerKeys {
    /// Reads a JWKS. Keys of other kinds are left out: issuers publish them beside those that count here.
    ///
    /// # Errors
    /// [`TrustError::IssuerKeys`]: no key set, too many keys, or none that counts.
    pub fn parse(json: &[u8]) -> Result<Self, TrustError> {
        let set: Set = serde_json::from_slice(json).map_err(|_| TrustError::IssuerKeys)?;
        if set.keys.len() > KEYS_MAX {
            return Err(TrustError::IssuerKeys);
        }
        let keys: Vec<_> = set.keys.into_iter().filter_map(|key| usable(serde_json::from_value(key).ok()?)).collect();
        if keys.is_empty() { Err(TrustError::IssuerKeys) } else { Ok(Self(keys)) }
    }

    /// Verifies a token of `iss` for `aud` at `now`.
    ///
    /// # Errors
    /// The first check that failed; [`TrustError::UnknownKey`] when the issuer may have published a new key.
    pub fn verify(&self, token: &str, now: Instant, iss: &str, aud: &str) -> Result<CiClaims, TrustError> {
        install_provider();
        let header = header(token)?;
        let kid = header.kid.as_deref().unwrap_or("");
        let (_, algorithm, key) = self.0.iter().find(|(id, _, _)| id == kid).ok_or(TrustError::UnknownKey)?;
        if header.alg != *algorithm {
            return Err(TrustError::Token("its algorithm is not that of its key"));
        }
        let mut validation = Validation::new(*algorithm);
        // Times and names are checked below, against the caller's clock.
        (validation.validate_exp, validation.validate_aud) = (false, false);
        let read = jsonwebtoken::decode::<CiClaims>(token, key, &validation);
        let claims = read.map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => TrustError::Signature,
            _ => TrustError::Token("its claims are unreadable"),
        })?;
        check(claims.claims, seconds(now), iss, aud)
    }
}

/// The issuer that a token names, unverified: whose keys to look for.
///
/// # Errors
/// [`TrustError::Token`].
pub fn named_issuer(token: &str) -> Result<String, TrustError> {
    #[derive(Deserialize)]
    struct Named {
        iss: String,
    }
    header(token)?;
    let named = jsonwebtoken::dangerous::insecure_decode_claims::<Named>(token);
    let named = named.map_err(|_| TrustError::Token("its claims are unreadable"))?;
    Ok(named.iss)
}

fn header(token: &str) -> Result<Header, TrustError> {
    if token.len() > TOKEN_BYTES {
        return Err(TrustError::Token("it is too long"));
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| TrustError::Token("its header is unreadable"))?;
    let brings_keys = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some();
    if brings_keys || header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
        return Err(TrustError::Token("its header says more than it may"));
    }
    Ok(header)
}

fn usable(key: Jwk) -> Option<(String, Algorithm, DecodingKey)> {
    if matches!(&key.common.public_key_use, Some(usage) if *usage != PublicKeyUse::Signature) {
        return None;
    }
    let algorithm = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) if modulus_bytes(&rsa.n) >= RSA_BYTES => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let named = key.common.key_algorithm;
    if named.is_some_and(|named| named.to_string() != format!("{algorithm:?}")) {
        return None;
    }
    let kid = key.common.key_id.clone().filter(|kid| !kid.is_empty())?;
    Some((kid, algorithm, DecodingKey::from_jwk(&key).ok()?))
}

fn modulus_bytes(n: &str) -> usize {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(n).unwrap_or_default();
    bytes.iter().skip_while(|byte| **byte == 0).count()
}

fn check(claims: CiClaims, now_s: u64, iss: &str, aud: &str) -> Result<CiClaims, TrustError> {
    if claims.iss != iss {
        return Err(TrustError::Purpose("issuer"));
    }
    if !claims.aud.is(aud) {
        return Err(TrustError::Purpose("service"));
    }
    if claims.jti.is_empty() || claims.jti.len() > 256 {
        return Err(TrustError::Token("it has no usable `jti`"));
    }
    if claims.iat.max(claims.nbf.unwrap_or(0)) > now_s.saturating_add(LEEWAY_S) {
        return Err(TrustError::Future);
    }
    if claims.exp.saturating_add(LEEWAY_S) <= now_s {
        return Err(TrustError::Expired);
    }
    if claims.exp > claims.iat.saturating_add(LIFE_S) {
        return Err(TrustError::Token("it lives longer than a day"));
    }
    Ok(claims)
}

#[cfg(test)]
mod tests;
