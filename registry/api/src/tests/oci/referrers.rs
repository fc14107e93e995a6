//! What refers to a manifest: pushed by the publisher, or said by the registry.

use super::*;
use toolcrib_contract::limits::OCI_REFERRERS;
use toolcrib_trust::Evidence;
use toolcrib_trust::content::Digests;

const APPROVAL: &str = "application/vnd.toolcrib.approval.v1+json";
const PROOF: &str = "application/vnd.toolcrib.tlog-proof";
const KEY: &str = "application/vnd.toolcrib.publisher-key.v1+json";
const KEY_PROOF: &str = "application/vnd.toolcrib.publisher-key.tlog-proof";
const MODULE: &str = "application/vnd.toolcrib.module-manifest.v1+json";
const REPORT: &str = "application/vnd.toolcrib.vetting-report.v1+json";

/// Artifact type and digest of what refers to a digest.
async fn list(world: &World, digest: &str, query: &str, token: &str) -> Vec<(String, String)> {
    let said = get(world, &format!("/referrers/{digest}{query}"), token).await.is(200);
    assert_eq!(said.header("content-type"), "application/vnd.oci.image.index.v1+json");
    assert_eq!(said.headers.contains_key("oci-filters-applied"), !query.is_empty());
    let index = said.json();
    assert_eq!((&index["schemaVersion"], &index["mediaType"]), (&json!(2), &json!(said.header("content-type"))));
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let manifests = index["manifests"].as_array().unwrap();
    manifests.iter().map(|one| (text(one, "artifactType"), text(one, "digest"))).collect()
}

#[tokio::test]
async fn what_refers_to_a_version_is_listed_filtered_and_never_absent() {
    let world = World::new().await;
    let (component, image) = approved(&world, "1.0.0").await;
    let (nobody, subject) = (token(&world, "").await, digest::of(&image));
    let listed = list(&world, &subject, "", &nobody).await;
    assert_eq!(listed.len(), 7, "one of each: the publisher's own signature is the only one: {listed:?}");
    let of_kind = |kind: &str| listed.iter().find(|(found, _)| found == kind).unwrap().clone();
    let all = [MODULE, SIGNATURE, APPROVAL, KEY, KEY_PROOF, PROOF, REPORT].map(of_kind);
    assert_eq!(list(&world, &subject, "", &nobody).await, listed, "the same again");
    assert_eq!(list(&world, Digests::of(&image).sha512.as_str(), "", &nobody).await, listed, "by either name");
    let said = get(&world, &format!("/referrers/{subject}?artifactType={REPORT}"), &nobody).await.is(200);
    assert_eq!(said.header("oci-filters-applied"), "artifactType");
    let escaped = APPROVAL.replace('+', "%2B");
    assert_eq!(list(&world, &subject, &format!("?artifactType={escaped}"), &nobody).await, [all[2].clone()]);
    assert_eq!(list(&world, &subject, "?artifactType=application/x", &nobody).await, []);

    // Each is a manifest about this one, and what it says is true.
    let mut said = Vec::new();
    for (kind, digest) in &all {
        let manifest = get(&world, &format!("/manifests/{digest}"), &nobody).await.is(200).json();
        assert_eq!(manifest["subject"], described(MANIFEST, &image));
        assert_eq!(manifest["layers"][0]["mediaType"], kind.as_str());
        let layer = manifest["layers"][0]["digest"].as_str().unwrap();
        let said_here = get(&world, &format!("/blobs/{layer}"), &nobody).await.is(200);
        said.push(String::from_utf8(said_here.body.to_vec()).unwrap());
    }
    let report: Value = serde_json::from_str(&said.pop().unwrap()).unwrap();
    assert_eq!(report["digest"], digest::of(&component));
    // What a client copied proves the version without this registry.
    let evidence = Evidence::from_texts(said.try_into().unwrap());
    let proven = evidence.verify(&component, &world.notary.pins()).unwrap();
    assert_eq!((proven.org.as_str(), &proven.publication.version[..]), ("acme", "1.0.0"));

    // Unknown manifests and repositories have none; only nonsense is an error.
    assert_eq!(list(&world, &digest::of(b"x"), "", &nobody).await, []);
    let other = ask_token(&world, "", "", &["repository:nobody/nothing:pull"]).await.json();
    let path = format!("/v2/nobody/nothing/referrers/{subject}");
    let said = get(&world, &path, other["token"].as_str().unwrap()).await.is(200);
    assert_eq!(said.json()["manifests"], json!([]));
    for bad in ["1.0.0", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e"] {
        get(&world, &format!("/referrers/{bad}"), &nobody).await.fails(400, "DIGEST_INVALID");
    }
}

#[tokio::test]
async fn something_may_refer_to_what_is_not_there_yet_and_both_names_find_it() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = image(&component);
    let said = push_referring(&world, &owner, "application/x", b"early", &image).await.is(201);
    assert_eq!(said.header("oci-subject"), digest::of(&image));
    let listed = list(&world, &digest::of(&image), "", &owner).await;
    assert_eq!((listed.len(), listed[0].0.as_str()), (1, "application/x"));
    push_version(&world, &owner, "1.0.0", &component).await;
    assert_eq!(list(&world, &digest::of(&image), "", &owner).await, listed);
    let said = get(&world, &format!("/referrers/{}", digest::of(&image)), &owner).await;
    assert_eq!(said.json()["manifests"][0]["annotations"], json!({"made.by": "a test"}));
    // Referred to by its longer name.
    let sha512 = Digests::of(&image).sha512;
    let long = String::from_utf8(referring("application/y", b"early", &image)).unwrap();
    let long = long.replace(&digest::of(&image), sha512.as_str());
    let said = put_manifest(&world, &owner, &digest::of(long.as_bytes()), long.as_bytes()).await.is(201);
    assert_eq!(said.header("oci-subject"), sha512.as_str());
    assert_eq!(list(&world, &digest::of(&image), "", &owner).await.len(), 2);
    assert_eq!(list(&world, sha512.as_str(), "", &owner).await.len(), 2);
    // Nobody else sees any of it.
    for who in ["", "owner@bolt.cn", "admin@market.cn"] {
        assert_eq!(list(&world, &digest::of(&image), "", &token(&world, who).await).await, [], "{who}");
    }
}

#[tokio::test]
async fn what_a_publisher_attaches_later_was_not_reviewed_and_stays_theirs() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = push_version(&world, &owner, "1.0.0", &component).await;
    push_referring(&world, &owner, "application/x", b"before", &image).await.is(201);
    sign(&world, &owner, "1.0.0", &component, &image).await.is(201);
    push_referring(&world, &owner, "application/x", b"after", &image).await.is(201);
    let id = submission(&world, "1.0.0").await.unwrap();
    world.checked(&id).await;
    world.decide(&id, "approve").await.is(200);
    let of_kind = async |who: &str| {
        let listed = list(&world, &digest::of(&image), "?artifactType=application/x", &token(&world, who).await).await;
        listed.into_iter().map(|(_, digest)| digest).collect::<Vec<_>>()
    };
    let before = digest::of(&referring("application/x", b"before", &image));
    let after = digest::of(&referring("application/x", b"after", &image));
    assert_eq!(of_kind("").await, std::slice::from_ref(&before));
    assert_eq!(of_kind("admin@market.cn").await, std::slice::from_ref(&before));
    let mut own = of_kind("owner@acme.cn").await;
    own.sort();
    let mut both = [before, after.clone()];
    both.sort();
    assert_eq!(own, both);
    get(&world, &format!("/manifests/{after}"), &token(&world, "").await).await.fails(404, "MANIFEST_UNKNOWN");
}

#[tokio::test]
async fn a_manifest_has_so_many_referrers_and_not_one_more() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = push_version(&world, &owner, "1.0.0", &component).await;
    push_referring(&world, &owner, "application/x", b"layer", &image).await.is(201);
    let content = |nth: usize| [&referring("application/x", b"layer", &image)[..], &b" ".repeat(nth)].concat();
    for nth in 1..OCI_REFERRERS {
        put_manifest(&world, &owner, &digest::of(&content(nth)), &content(nth)).await.is(201);
    }
    let more = content(OCI_REFERRERS);
    put_manifest(&world, &owner, &digest::of(&more), &more).await.fails(403, "DENIED");
    assert_eq!(list(&world, &digest::of(&image), "", &owner).await.len(), OCI_REFERRERS);
}
