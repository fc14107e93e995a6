//! The demo's modules through a client of OCI registries, as a stranger would pull them.

use super::demo::Demo;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use serde_json::Value;
use toolcrib_trust::digest;

fn client() -> Client {
    Client::new(ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() })
}

#[tokio::test]
async fn anybody_pulls_what_was_approved_and_only_its_provider_pushes() {
    let demo = Demo::shared();
    let (stranger, facts) = (demo.stranger(), demo.facts());
    let address = stranger.base.strip_prefix("http://").unwrap().to_owned();
    let provider = &facts["providers"][1];
    let (slug, text) = (provider["slug"].as_str().unwrap(), |value: &Value| value.as_str().unwrap().to_owned());
    let oee = facts["modules"].as_array().unwrap().iter().find(|module| module["name"] == "oee").unwrap();
    let version = text(&oee["version"]);
    let reference: Reference = format!("{address}/{slug}/oee:{version}").parse().unwrap();

    // Nobody signs in to pull; what comes is what the rest of the registry hands out.
    let (nobody, anonymous) = (client(), RegistryAuth::Anonymous);
    let pulled = nobody.pull(&reference, &anonymous, vec!["application/wasm"]).await.unwrap();
    let component = digest::of(&pulled.layers[0].data);
    let page = stranger.get(&format!("/v1/modules/oee/versions/{version}")).await.ok();
    assert_eq!(page["digest"], component);
    let by_digest: Reference = format!("{address}/{slug}/oee@{}", pulled.digest.unwrap()).parse().unwrap();
    let referrers = nobody.pull_referrers(&by_digest, None).await.unwrap().manifests;
    let kinds: Vec<_> = referrers.iter().filter_map(|one| one.artifact_type.as_deref()).collect();
    for kind in ["signature.v1+json", "approval.v1+json", "vetting-report.v1+json"] {
        assert!(kinds.iter().any(|found| found.ends_with(kind)), "{kinds:?}");
    }
    let tags = nobody.list_tags(&reference, &anonymous, None, None).await.unwrap().tags;
    assert!(tags.contains(&version), "{tags:?}");

    // Content is pushed by members only, and seen by nobody else before it belongs to an approved version.
    let bytes = format!("pushed by {slug}").into_bytes();
    let pushed = digest::of(&bytes);
    assert!(nobody.push_blob(&reference, bytes.clone(), &pushed).await.is_err());
    let own = client();
    let password = RegistryAuth::Basic(text(&provider["email"]), text(&provider["password"]));
    own.store_auth_if_needed(&address, &password).await;
    own.push_blob(&reference, bytes, &pushed).await.unwrap();
    assert!(own.blob_exists(&reference, &pushed).await.unwrap());
    assert!(!nobody.blob_exists(&reference, &pushed).await.unwrap());

    // Also what the server around it refuses is told in the words of OCI.
    let url = format!("{}/v2/{slug}/oee/blobs/uploads/?digest={pushed}", stranger.base);
    let refused = stranger.http.post(url).body(vec![0; 15 << 20]).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 413);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["errors"][0]["code"], "SIZE_INVALID");
    let said = stranger.get("/.well-known/wasm-pkg/registry.json").await.ok();
    assert_eq!((&said["preferredProtocol"], &said["oci"]["registry"]), (&Value::from("oci"), &Value::from(address)));
}
