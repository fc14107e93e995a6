//! The keys that verify access tokens, as a JWKS (RFC 7517, RFC 8037): Ed25519 only.

use crate::error::TrustError;
use crate::signer::PublicKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The most keys of a set: current, next and previous, with room.
pub const KEYS_MAX: usize = 16;

/// Keys by id. The id decides the key and the key decides the algorithm; a token's header decides nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<(String, PublicKey)>,
}

#[derive(Serialize, Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    kid: String,
    #[serde(rename = "use", default)]
    usage: String,
    #[serde(default)]
    alg: String,
}

impl KeySet {
    /// # Panics
    /// More than [`KEYS_MAX`] keys.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let keys: Vec<_> = keys.into_iter().map(|key| (key.key_id(), key)).collect();
        assert!(keys.len() <= KEYS_MAX, "a key set has at most {KEYS_MAX} keys");
        Self { keys }
    }

    /// Reads a JWKS.
    ///
    /// # Errors
    /// [`TrustError::KeySet`]: not JSON, no or too many keys, another kind of key, or an id that is not the key's own.
    pub fn parse(json: &str) -> Result<Self, TrustError> {
        let set: Set = serde_json::from_str(json).map_err(|_| TrustError::KeySet)?;
        if set.keys.is_empty() || set.keys.len() > KEYS_MAX {
            return Err(TrustError::KeySet);
        }
        let keys = set.keys.iter().map(Jwk::key).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::new(keys))
    }

    /// The JWKS as JSON text.
    pub fn to_json(&self) -> String {
        let keys = self.keys.iter().map(|(id, key)| Jwk {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: URL_SAFE_NO_PAD.encode(key.to_bytes()),
            kid: id.clone(),
            usage: "sig".into(),
            alg: "EdDSA".into(),
        });
        serde_json::to_string(&Set { keys: keys.collect() }).expect("texts serialise")
    }

    /// The key of this id.
    pub fn key(&self, key_id: &str) -> Option<PublicKey> {
        self.keys.iter().find(|(id, _)| id == key_id).map(|(_, key)| *key)
    }
}

impl Jwk {
    fn key(&self) -> Result<PublicKey, TrustError> {
        let usable = self.kty == "OKP"
            && self.crv == "Ed25519"
            && matches!(self.usage.as_str(), "" | "sig")
            && matches!(self.alg.as_str(), "" | "EdDSA" | "Ed25519");
        let bytes = URL_SAFE_NO_PAD.decode(&self.x).map_err(|_| TrustError::KeySet)?;
        let key = PublicKey::from_bytes(&bytes).map_err(|_| TrustError::KeySet)?;
        if usable && key.key_id() == self.kid { Ok(key) } else { Err(TrustError::KeySet) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Seeded;
    use crate::signer::Signer;

    #[test]
    fn a_key_set_reads_its_own_text() {
        let chance = Seeded::new(5);
        let (now, next) = (Signer::generate(&chance), Signer::generate(&chance));
        let set = KeySet::new([now.public_key(), next.public_key()]);
        let read = KeySet::parse(&set.to_json()).unwrap();
        assert_eq!(read, set);
        assert_eq!(read.key(&next.key_id()), Some(next.public_key()));
        assert_eq!(read.key("0000000000000000"), None);
    }

    #[test]
    fn other_keys_and_false_ids_are_refused() {
        let json = KeySet::new([Signer::generate(&Seeded::new(6)).public_key()]).to_json();
        let swap = |from: &str, to: &str| json.replace(from, to);
        for bad in [
            swap("OKP", "RSA"),
            swap("Ed25519", "X25519"),
            swap("\"sig\"", "\"enc\""),
            swap("EdDSA", "HS256"),
            swap("\"kid\":\"", "\"kid\":\"0"),
            swap("\"x\":\"", "\"x\":\"AA"),
            "{\"keys\":[]}".into(),
            "{}".into(),
            "[]".into(),
            String::new(),
        ] {
            assert_eq!(KeySet::parse(&bad), Err(TrustError::KeySet), "{bad}");
        }
        let many = vec![serde_json::from_str::<serde_json::Value>(&json).unwrap()["keys"][0].clone(); KEYS_MAX + 1];
        assert_eq!(KeySet::parse(&serde_json::json!({ "keys": many }).to_string()), Err(TrustError::KeySet));
    }
}
