//! Identity tokens of every kind of key are read; forged, confused and stale ones are refused.

use super::*;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use jsonwebtoken::jwk::KeyAlgorithm;
use jsonwebtoken::{EncodingKey, encode};
use serde_json::{Value, json};
use std::sync::OnceLock;

const NOW: Instant = Instant(1_795_507_200_000_000);
const ISSUER: &str = "https://ci.example.com";
const AUDIENCE: &str = "toolcrib";

struct Key {
    algorithm: Algorithm,
    key: EncodingKey,
    jwk: Value,
}

/// One key of each kind; the RSA one takes a while.
fn keys() -> &'static [Key] {
    static KEYS: OnceLock<Vec<Key>> = OnceLock::new();
    KEYS.get_or_init(|| {
        install_provider();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let rsa: Vec<u8> = rsa.as_der().unwrap().as_ref().to_vec();
        let random = SystemRandom::new();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8v1(&random).unwrap();
        let key = |algorithm, key: EncodingKey, kid: &str| {
            let mut jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
            jwk.common.key_id = Some(kid.to_owned());
            Key { algorithm, key, jwk: serde_json::to_value(jwk).unwrap() }
        };
        // The private key stands in its PKCS #8 frame, which is 26 bytes long for this size.
        vec![
            key(Algorithm::RS256, EncodingKey::from_rsa_der(&rsa[26..]), "rsa"),
            key(Algorithm::ES256, EncodingKey::from_ec_der(ec.as_ref()), "ec"),
            key(Algorithm::EdDSA, EncodingKey::from_ed_der(ed.as_ref()), "ed"),
        ]
    })
}

fn set() -> IssuerKeys {
    let keys: Vec<_> = keys().iter().map(|key| key.jwk.clone()).collect();
    IssuerKeys::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn claims() -> Value {
    let iat = seconds(NOW);
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "iat": iat, "nbf": iat, "exp": iat + 300, "jti": "j-1",
        "repository": "acme/oee", "repository_owner_id": "42", "environment": "release", "event_name": "push",
        "workflow_ref": "acme/oee/.github/workflows/release.yml@refs/heads/main",
    })
}

fn token(key: &Key, kid: &str, claims: &Value) -> String {
    let mut header = Header::new(key.algorithm);
    header.kid = Some(kid.to_owned());
    encode(&header, claims, &key.key).unwrap()
}

fn check(token: &str) -> Result<CiClaims, TrustError> {
    set().verify(token, NOW, ISSUER, AUDIENCE)
}

#[test]
fn rsa_ec_and_ed_tokens_are_read() {
    for (key, kid) in keys().iter().zip(["rsa", "ec", "ed"]) {
        let token = token(key, kid, &claims());
        let read = check(&token).unwrap();
        assert_eq!((read.workflow(), read.is_from_strangers()), (Some("release.yml"), false));
        assert_eq!(named_issuer(&token).as_deref(), Ok(ISSUER));
        let mut cut = token.clone();
        cut.pop();
        assert!(check(&cut).is_err());
    }
}

#[test]
fn the_key_decides_the_algorithm() {
    let [rsa, ec, ed] = keys() else { panic!("three keys") };
    for (key, kid) in [(rsa, "ec"), (ec, "ed"), (ed, "rsa"), (ec, "rsa")] {
        let refused = check(&token(key, kid, &claims()));
        assert_eq!(refused, Err(TrustError::Token("its algorithm is not that of its key")));
    }
    // The public key as the secret of an HMAC.
    let secret = EncodingKey::from_secret(rsa.jwk["n"].as_str().unwrap().as_bytes());
    let confused = Key { algorithm: Algorithm::HS256, key: secret, jwk: Value::Null };
    assert!(check(&token(&confused, "rsa", &claims())).is_err());
    assert_eq!(check(&token(rsa, "new", &claims())), Err(TrustError::UnknownKey));
}

#[test]
fn foreign_stale_and_endless_tokens_are_refused() {
    let ec = &keys()[1];
    let iat = seconds(NOW);
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        check(&token(ec, "ec", &claims)).map(drop)
    };
    assert_eq!(with("iss", json!("https://evil.example")), Err(TrustError::Purpose("issuer")));
    for aud in [json!("other"), json!([AUDIENCE, "other"]), json!([])] {
        assert_eq!(with("aud", aud), Err(TrustError::Purpose("service")));
    }
    assert_eq!(with("aud", json!([AUDIENCE])), Ok(()));
    assert_eq!(with("exp", json!(iat - LEEWAY_S)), Err(TrustError::Expired));
    assert_eq!(with("exp", json!(iat - LEEWAY_S + 1)), Ok(()));
    assert_eq!(with("nbf", json!(iat + LEEWAY_S + 1)), Err(TrustError::Future));
    assert_eq!(with("iat", json!(iat + LEEWAY_S)), Ok(()));
    assert!(with("exp", json!(iat + LIFE_S + 1)).is_err());
    assert!(with("jti", json!("")).is_err());
    assert!(with("repository", json!(null)).is_err());
}

#[test]
fn a_workflow_of_another_repository_or_of_strangers_is_told() {
    let ec = &keys()[1];
    let read = |name: &str, value: &str| {
        let mut claims = claims();
        claims[name] = json!(value);
        check(&token(ec, "ec", &claims)).unwrap()
    };
    for elsewhere in
        ["evil/oee/.github/workflows/release.yml@refs/heads/main", "acme/oee/x.yml", "acme/oee-2/a/x.yml@m", ""]
    {
        assert_eq!(read("workflow_ref", elsewhere).workflow(), None, "{elsewhere}");
    }
    for event in ["pull_request_target", "workflow_run"] {
        assert!(read("event_name", event).is_from_strangers());
    }
}

#[test]
fn only_keys_that_count_are_kept() {
    let ec = &keys()[1].jwk;
    let parse = |keys: Value| IssuerKeys::parse(json!({ "keys": keys }).to_string().as_bytes()).map(|set| set.0.len());
    let with = |name: &str, value: Value| {
        let mut key = ec.clone();
        key[name] = value;
        key
    };
    assert_eq!(parse(json!([ec, {"kty": "OKP", "crv": "X448", "x": "AA", "kid": "x"}])), Ok(1));
    for bad in
        [with("use", json!("enc")), with("alg", json!("ES384")), with("kid", json!("")), with("crv", json!("P-384"))]
    {
        assert_eq!(parse(json!([bad])), Err(TrustError::IssuerKeys), "{bad}");
    }
    let short = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "r", "alg": "RS256"});
    assert_eq!(parse(json!([short])), Err(TrustError::IssuerKeys));
    assert_eq!(parse(json!([])), Err(TrustError::IssuerKeys));
    assert_eq!(parse(json!(vec![ec.clone(); KEYS_MAX + 1])), Err(TrustError::IssuerKeys));
    assert!(IssuerKeys::parse(b"{}").is_err());
    assert_eq!(KeyAlgorithm::ES256.to_string(), format!("{:?}", Algorithm::ES256));
}
