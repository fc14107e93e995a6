//! Every known way to forge or misuse a token is refused.

use super::*;
use crate::fixture::Seeded;
use serde_json::{Value, json};

const NOW: Instant = Instant(1_764_000_000_000_000);

struct Forge {
    signer: Signer,
    issuer: Issuer,
}

impl Forge {
    fn new() -> Self {
        let signer = Signer::generate(&Seeded::new(11));
        let issuer = Issuer::new(&signer);
        Self { signer, issuer }
    }

    fn token(&self) -> String {
        let tenants = [("018f0e6e-7b1c-7cc3-a1b2-0123456789ab".to_owned(), "owner".to_owned())].into();
        self.issuer.issue("user-1".into(), tenants, BTreeMap::new(), NOW, &Seeded::new(12)).unwrap()
    }

    /// A token of these parts, rightly signed with the registry's key.
    fn signed(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", part(header), part(claims));
        let key = &self.issuer.key;
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.signer.key_id()})
    }

    fn claims(&self) -> Value {
        let iat = seconds(NOW);
        json!({"sub": "user-1", "iss": ISSUER, "aud": AUDIENCE, "iat": iat, "exp": iat + 900, "jti": "j"})
    }

    fn check(&self, token: &str, now: Instant) -> Result<Claims, TrustError> {
        self.issuer.key_set().verify(token, now, ISSUER, AUDIENCE)
    }

    fn check_with(&self, part: &str, value: Value) -> Result<Claims, TrustError> {
        let (mut header, mut claims) = (self.header(), self.claims());
        let (side, name) = part.split_once('.').unwrap();
        let side = if side == "header" { &mut header } else { &mut claims };
        if value.is_null() {
            side.as_object_mut().unwrap().remove(name);
        } else {
            side[name] = value;
        }
        self.check(&self.signed(&header, &claims), NOW)
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn a_token_says_who_until_it_expires() {
    let forge = Forge::new();
    let token = forge.token();
    let claims = forge.check(&token, NOW).unwrap();
    assert_eq!((claims.sub.as_str(), claims.exp - claims.iat), ("user-1", ACCESS_TOKEN_S));
    assert_eq!(claims.tenants.len(), 1);
    let after = |s: i64| Instant(NOW.0 + s * 1_000_000);
    assert!(forge.check(&token, after(899)).is_ok());
    assert_eq!(forge.check(&token, after(900)), Err(TrustError::Expired));
    assert!(forge.check(&token, after(-30)).is_ok(), "a verifier's clock may be a little slow");
    assert_eq!(forge.check(&token, after(-31)), Err(TrustError::Future));
    // The key set as hosts read it verifies the same.
    let keys = KeySet::parse(&forge.issuer.key_set().to_json()).unwrap();
    assert_eq!(keys.verify(&token, NOW, ISSUER, AUDIENCE), Ok(claims));
}

#[test]
fn another_key_or_an_altered_byte_is_refused() {
    let forge = Forge::new();
    let token = forge.token();
    let other = Issuer::new(&Signer::generate(&Seeded::new(13)));
    assert_eq!(other.key_set().verify(&token, NOW, ISSUER, AUDIENCE), Err(TrustError::UnknownKey));
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        assert!(forge.check(&altered, NOW).is_err(), "byte {at}");
    }
    // The right key id over another key's signature.
    let mut parts: Vec<_> = token.split('.').collect();
    let message = format!("{}.{}", parts[0], parts[1]);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &other.key, Algorithm::EdDSA).unwrap();
    parts[2] = &signature;
    assert_eq!(forge.check(&parts.join("."), NOW), Err(TrustError::Signature));
}

#[test]
fn no_algorithm_but_ours_is_believed() {
    let forge = Forge::new();
    for alg in ["none", "None", "NONE", "HS256", "HS512", "RS256", "PS256", "ES256", "ES384", ""] {
        let mut header = forge.header();
        header["alg"] = alg.into();
        let message = format!("{}.{}", part(&header), part(&forge.claims()));
        for signature in ["", "AA", &URL_SAFE_NO_PAD.encode([0u8; 64])] {
            assert!(forge.check(&format!("{message}.{signature}"), NOW).is_err(), "{alg}");
        }
    }
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let forge = Forge::new();
    let public = forge.signer.public_key();
    for secret in
        [public.to_bytes().to_vec(), public.to_base64().into_bytes(), forge.issuer.keys.to_json().into_bytes()]
    {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.into());
        header.kid = Some(forge.signer.key_id());
        let token = jsonwebtoken::encode(&header, &forge.claims(), &EncodingKey::from_secret(&secret)).unwrap();
        assert_eq!(forge.check(&token, NOW), Err(TrustError::Token("its algorithm is not EdDSA")));
    }
}

#[test]
fn a_header_may_not_say_more_than_ours() {
    let forge = Forge::new();
    assert!(forge.check(&forge.signed(&forge.header(), &forge.claims()), NOW).is_ok());
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["AA=="])),
        ("x5t", json!("AA")),
        ("x5t#S256", json!("AA")),
        ("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"})),
        ("crit", json!(["exp"])),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
        ("cty", json!("JWT")),
        ("b64", json!(false)),
        ("typ", json!("JWT")),
        ("typ", json!("AT+JWT")),
        ("typ", Value::Null),
        ("kid", json!("0000000000000000")),
        ("kid", Value::Null),
        ("kid", json!(["a"])),
        ("alg", Value::Null),
    ] {
        assert!(forge.check_with(&format!("header.{name}"), value.clone()).is_err(), "{name}: {value}");
    }
}

#[test]
fn claims_must_be_ours_and_of_now() {
    let forge = Forge::new();
    let iat = seconds(NOW);
    for (name, value, why) in [
        ("iss", json!("toolcrib-other"), TrustError::Purpose("issuer")),
        ("aud", json!("elsewhere"), TrustError::Purpose("service")),
        ("exp", json!(iat), TrustError::Expired),
        ("exp", json!(0), TrustError::Expired),
        ("exp", json!(iat + 901), TrustError::Token("it lives longer than any")),
        ("iat", json!(iat + 31), TrustError::Future),
        ("sub", json!(""), TrustError::Token("it names nobody")),
        ("jti", json!(""), TrustError::Token("it names nobody")),
    ] {
        assert_eq!(forge.check_with(&format!("claims.{name}"), value.clone()), Err(why), "{name}: {value}");
    }
    let unreadable = Err(TrustError::Token("its claims are unreadable"));
    for name in ["iss", "aud", "exp", "iat", "sub", "jti"] {
        assert_eq!(forge.check_with(&format!("claims.{name}"), Value::Null), unreadable, "{name} is missing");
    }
    for (name, value) in [
        ("aud", json!([AUDIENCE, "other"])),
        ("iss", json!([ISSUER])),
        ("exp", json!("4000000000")),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("tenants", json!(["a"])),
    ] {
        assert_eq!(forge.check_with(&format!("claims.{name}"), value.clone()), unreadable, "{name}: {value}");
    }
    // The service that asks decides what it accepts.
    assert_eq!(
        forge.issuer.key_set().verify(&forge.token(), NOW, ISSUER, "toolcrib-other"),
        Err(TrustError::Purpose("service"))
    );
}

#[test]
fn truncated_and_oversized_tokens_are_refused() {
    let forge = Forge::new();
    let token = forge.token();
    for len in 0..token.len() {
        assert!(forge.check(&token[..len], NOW).is_err(), "{len} bytes");
    }
    for bad in [
        format!("{token}."),
        format!("{token}.x"),
        format!("{token}="),
        format!(" {token}"),
        "..".into(),
        "汉.字.。".into(),
    ] {
        assert!(forge.check(&bad, NOW).is_err(), "{bad}");
    }
    let long = "a".repeat(TOKEN_BYTES + 1);
    assert_eq!(forge.check(&long, NOW), Err(TrustError::Token("it is too long")));
    let tenants = (0..400).map(|n| (format!("{n:036}"), "owner".to_owned())).collect();
    let issued = forge.issuer.issue("u".into(), tenants, BTreeMap::new(), NOW, &Seeded::new(1));
    assert_eq!(issued, Err(TrustError::Token("it would be too long")));
}
