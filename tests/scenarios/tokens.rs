//! Forged, confused and replayed tokens open nothing.

use super::demo::{Demo, Person};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

fn encode(value: &Value) -> String {
    BASE64URL.encode(value.to_string())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&BASE64URL.decode(part).unwrap()).unwrap()
}

/// A token with another header, signed with HMAC by `secret`.
fn hs256(header: &Value, payload: &str, secret: &[u8]) -> String {
    let signed = format!("{}.{payload}", encode(header));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", BASE64URL.encode(mac.finalize().into_bytes()))
}

async fn refused(person: &Person, tenant: &str, token: String, what: &str) {
    let person = Person { token: Some(token), ..person.clone() };
    for path in ["/v1/me".to_owned(), format!("/v1/t/{tenant}/events"), format!("/v1/tenants/{tenant}/subscriptions")] {
        let answer = person.get(&path).await;
        assert_eq!(answer.status, 401, "{what} opened {path}: {}", answer.text);
        answer.problem(401, "not-signed-in");
    }
}

#[tokio::test]
async fn no_forged_or_confused_token_opens_anything() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(0).await;
    let token = owner.token.clone().unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let [head, payload, signature] = parts[..] else { panic!("a JWT has three parts") };
    let header = decode(head);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    let keys = owner.get("/.well-known/jwks.json").await.ok();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let public = BASE64URL.decode(key["x"].as_str().unwrap()).unwrap();
    let changed = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        header
    };
    let none = changed("alg", json!("none"));
    refused(&owner, &tenant, format!("{}.{payload}.", encode(&none)), "alg none").await;
    refused(&owner, &tenant, format!("{}.{payload}.{signature}", encode(&none)), "alg none with a signature").await;
    for (secret, what) in
        [(public.clone(), "the public key"), (key.to_string().into_bytes(), "the JWK"), (Vec::new(), "nothing")]
    {
        let header = changed("alg", json!("HS256"));
        refused(&owner, &tenant, hs256(&header, payload, &secret), &format!("HS256 with {what} as its secret")).await;
    }
    for (name, value) in [
        ("typ", json!("JWT")),
        ("kid", json!("another")),
        ("jku", json!("https://evil.example/jwks.json")),
        ("crit", json!(["x"])),
        ("alg", json!("ES256")),
    ] {
        let forged = format!("{}.{payload}.{signature}", encode(&changed(name, value)));
        refused(&owner, &tenant, forged, &format!("another {name}")).await;
    }
    let mut claims = decode(payload);
    claims["exp"] = json!(4_000_000_000u64);
    refused(&owner, &tenant, format!("{head}.{}.{signature}", encode(&claims)), "a longer life").await;
    refused(&owner, &tenant, token[..token.len() - 4].to_owned(), "a truncated signature").await;
    refused(&owner, &tenant, format!("{head}.{payload}"), "no signature").await;
    refused(&owner, &tenant, "garbage".to_owned(), "garbage").await;
    refused(&owner, &tenant, demo.device(0).token.unwrap(), "a device token").await;
}

#[tokio::test]
async fn a_replayed_refresh_token_ends_its_family() {
    let demo = Demo::shared();
    let stranger = demo.stranger();
    // Somebody of their own: the reuse voids every access token of the person, and other tests hold the owner's.
    let (owner, tenant) = demo.owner(0).await;
    let login = json!({"email": "replay@example.com", "password": "a long enough password"});
    let mut member = login.clone();
    (member["name"], member["role"]) = (json!("Replay"), json!("viewer"));
    owner.post(&format!("/v1/tenants/{tenant}/members"), &member).await.ok();
    let first = stranger.post("/v1/auth/login", &login).await.ok();
    let refresh = |token: &Value| {
        let (stranger, body) = (stranger.clone(), json!({"refresh_token": token}));
        async move { stranger.post("/v1/auth/refresh", &body).await }
    };
    let second = refresh(&first["refresh_token"]).await.ok();
    assert_ne!(second["refresh_token"], first["refresh_token"], "it rotates");
    refresh(&first["refresh_token"]).await.problem(401, "not-signed-in");
    refresh(&second["refresh_token"]).await.problem(401, "not-signed-in");
    let voided = Person { token: second["access_token"].as_str().map(str::to_owned), ..stranger.clone() };
    let left =
        crate::wait::until_async("the host to void the family's access tokens", Duration::from_secs(10), || async {
            let answer = voided.get(&format!("/v1/t/{tenant}/events")).await;
            (answer.status == 401).then_some(answer)
        });
    left.await.problem(401, "not-signed-in");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_sound_the_same() {
    let demo = Demo::shared();
    let stranger = demo.stranger();
    let known = &demo.facts()["providers"][0]["email"];
    let wrong = stranger.post("/v1/auth/login", &json!({"email": known, "password": "not the password"})).await;
    let unknown =
        stranger.post("/v1/auth/login", &json!({"email": "nobody@example.com", "password": "not the password"})).await;
    wrong.problem(401, "bad-credentials");
    unknown.problem(401, "bad-credentials");
    assert_eq!(wrong.body["detail"], unknown.body["detail"]);
    stranger
        .post("/v1/auth/login", &json!({"email": known, "password": "x", "role": "admin"}))
        .await
        .problem(422, "bad-input");
}
