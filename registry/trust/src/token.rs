//! Access tokens: JWT as of RFC 8725 and RFC 9068, signed with EdDSA, fifteen minutes of life.
//!
//! The library checks signature and form. Checked here, because it does not: `typ`, key id before algorithm, headers
//! that name keys or extensions, single `iss` and `aud`, and times against the caller's clock.

use crate::error::TrustError;
use crate::jwks::KeySet;
use crate::signer::Signer;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toolcrib_contract::limits::ACCESS_TOKEN_S;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;

/// `iss` of every token.
pub const ISSUER: &str = "toolcrib-registry";
/// `aud` of tokens for hosts and registry alike.
pub const AUDIENCE: &str = "toolcrib";
/// `typ` of every token (RFC 9068).
const TYPE: &str = "at+jwt";
/// How far the issuer's clock may be ahead of the verifier's.
pub const SKEW_S: u64 = 30;
/// The longest token that is looked at, and that is made: some 200 tenants.
pub const TOKEN_BYTES: usize = 16 << 10;

/// Who somebody is and where they belong, as of `iat`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The person's id.
    pub sub: String,
    pub iss: String,
    pub aud: String,
    /// Seconds since 1970.
    pub iat: u64,
    /// Seconds since 1970; at this second the token is void.
    pub exp: u64,
    /// Unique to the token.
    pub jti: String,
    /// Role by tenant id.
    #[serde(default)]
    pub tenants: BTreeMap<String, String>,
    /// Role by the organisation's slug.
    #[serde(default)]
    pub orgs: BTreeMap<String, String>,
    /// The session it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

/// Chooses the cryptography explicitly: another crate that enables the library's second provider would otherwise make
/// every signature panic at run time.
pub(crate) fn install_provider() {
    // An error means that it was chosen already.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}

/// Makes access tokens.
pub struct Issuer {
    header: Header,
    key: EncodingKey,
    keys: KeySet,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").field("key_id", &self.header.kid).finish_non_exhaustive()
    }
}

impl Issuer {
    pub fn new(signer: &Signer) -> Self {
        install_provider();
        // PKCS #8 version 1 of an Ed25519 seed (RFC 8410): a fixed frame around the secret.
        const FRAME: [u8; 16] =
            [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
        let key = EncodingKey::from_ed_der(&[&FRAME[..], &signer.secret_bytes()].concat());
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(signer.key_id());
        Self { header, key, keys: KeySet::new([signer.public_key()]) }
    }

    /// Id of the key that signs.
    pub fn key_id(&self) -> &str {
        self.header.kid.as_deref().unwrap_or("")
    }

    /// The key set that verifies what this issuer makes.
    pub fn key_set(&self) -> &KeySet {
        &self.keys
    }

    /// A token for this person from `now` on, for [`ACCESS_TOKEN_S`].
    ///
    /// # Errors
    /// [`TrustError::Token`] when somebody belongs to so many tenants that it would exceed [`TOKEN_BYTES`].
    pub fn issue(
        &self,
        sub: String,
        tenants: BTreeMap<String, String>,
        orgs: BTreeMap<String, String>,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<String, TrustError> {
        self.issue_in(None, sub, tenants, orgs, now, chance)
    }

    /// The same, as part of a session.
    ///
    /// # Errors
    /// As [`Self::issue`].
    pub fn issue_in(
        &self,
        session: Option<String>,
        sub: String,
        tenants: BTreeMap<String, String>,
        orgs: BTreeMap<String, String>,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<String, TrustError> {
        let iat = seconds(now);
        self.encode(&Claims {
            sub,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat,
            exp: iat + ACCESS_TOKEN_S,
            jti: random_id(chance),
            tenants,
            orgs,
            sid: session,
        })
    }

    /// Signs claims of any kind.
    ///
    /// # Errors
    /// [`TrustError::Token`] when the token would exceed [`TOKEN_BYTES`].
    pub(crate) fn encode<C: Serialize>(&self, claims: &C) -> Result<String, TrustError> {
        let token = jsonwebtoken::encode(&self.header, claims, &self.key)
            .map_err(|_| TrustError::Token("it could not be signed"))?;
        if token.len() > TOKEN_BYTES { Err(TrustError::Token("it would be too long")) } else { Ok(token) }
    }
}

/// A `jti`.
pub(crate) fn random_id(chance: &dyn Chance) -> String {
    let mut id = [0u8; 16];
    chance.fill(&mut id);
    URL_SAFE_NO_PAD.encode(id)
}

/// Whole seconds since 1970.
pub fn seconds(at: Instant) -> u64 {
    u64::try_from(at.0.div_euclid(1_000_000)).unwrap_or(0)
}

impl KeySet {
    /// Verifies an access token for `iss` and `aud` at `now`.
    ///
    /// # Errors
    /// The first check that failed. Nothing of the token is believed before its signature is verified.
    pub fn verify(&self, token: &str, now: Instant, iss: &str, aud: &str) -> Result<Claims, TrustError> {
        let claims: Claims = self.open(token)?;
        let Claims { sub, iss: by, aud: to, jti, iat, exp, .. } = &claims;
        let registered = Registered { sub, iss: by, aud: to, jti, iat: *iat, exp: *exp };
        registered.check(seconds(now), iss, aud, ACCESS_TOKEN_S)?;
        Ok(claims)
    }

    /// The claims of a token whose header and signature are good. Nothing of them was checked yet.
    ///
    /// # Errors
    /// The first check that failed.
    pub(crate) fn open<C: DeserializeOwned>(&self, token: &str) -> Result<C, TrustError> {
        install_provider();
        if token.len() > TOKEN_BYTES {
            return Err(TrustError::Token("it is too long"));
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TrustError::Token("its header is unreadable"))?;
        check_header(&header)?;
        let key = self.key(header.kid.as_deref().unwrap_or("")).ok_or(TrustError::UnknownKey)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        // Times and names are checked below, against the caller's clock and without a leeway for expiry.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let key = DecodingKey::from_ed_der(&key.to_bytes());
        let opened = jsonwebtoken::decode::<C>(token, &key, &validation).map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => TrustError::Signature,
            _ => TrustError::Token("its claims are unreadable"),
        })?;
        Ok(opened.claims)
    }
}

fn check_header(header: &Header) -> Result<(), TrustError> {
    if header.alg != Algorithm::EdDSA {
        return Err(TrustError::Token("its algorithm is not EdDSA"));
    }
    if header.typ.as_deref() != Some(TYPE) {
        return Err(TrustError::Token("its type is not at+jwt"));
    }
    let names_keys = header.jku.is_some()
        || header.jwk.is_some()
        || header.x5u.is_some()
        || header.x5c.is_some()
        || header.x5t.is_some()
        || header.x5t_s256.is_some();
    let extended = header.crit.is_some() || header.enc.is_some() || header.zip.is_some() || header.cty.is_some();
    if names_keys || extended || !header.extras.inner().is_empty() {
        return Err(TrustError::Token("its header says more than it may"));
    }
    Ok(())
}

/// What tokens of every kind have.
pub(crate) struct Registered<'a> {
    pub sub: &'a str,
    pub iss: &'a str,
    pub aud: &'a str,
    pub jti: &'a str,
    pub iat: u64,
    pub exp: u64,
}

impl Registered<'_> {
    /// Checks names and times. `life_s` is the longest life of this kind of token.
    pub fn check(&self, now_s: u64, iss: &str, aud: &str, life_s: u64) -> Result<(), TrustError> {
        if self.iss != iss {
            return Err(TrustError::Purpose("issuer"));
        }
        if self.aud != aud {
            return Err(TrustError::Purpose("service"));
        }
        if self.sub.is_empty() || self.jti.is_empty() {
            return Err(TrustError::Token("it names nobody"));
        }
        if self.iat > now_s.saturating_add(SKEW_S) {
            return Err(TrustError::Future);
        }
        if self.exp <= now_s {
            return Err(TrustError::Expired);
        }
        // Both sides of the same rule: the issuer makes none that lives longer.
        if self.exp > self.iat.saturating_add(life_s) {
            return Err(TrustError::Token("it lives longer than any"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
