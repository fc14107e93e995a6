//! Manifests: byte for byte, and only of what is there.

use super::*;
use toolcrib_contract::limits::{OCI_MANIFEST_BYTES, OCI_STAGED_HOURS};
use toolcrib_trust::content::Digests;

#[tokio::test]
async fn a_manifest_comes_back_byte_for_byte_by_tag_and_by_both_digests() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    push_blob(&world, &owner, &component).await;
    push_blob(&world, &owner, &config(&component)).await;
    // Spaces and members that nobody reads are kept, too.
    let image =
        format!("  {} \n", String::from_utf8(image(&component)).unwrap().replacen('{', "{\"unknown\": [1.50],", 1));
    let digests = Digests::of(image.as_bytes());
    let said = put_manifest(&world, &owner, "1.0.0", image.as_bytes()).await.is(201);
    assert_eq!(said.header("location"), format!("/v2/acme/counter/manifests/{}", digests.sha256));
    assert_eq!(said.header("docker-content-digest"), digests.sha256.as_str());
    assert!(!said.headers.contains_key("oci-subject"));
    for (reference, digest) in [
        ("1.0.0", &digests.sha256),
        (digests.sha256.as_str(), &digests.sha256),
        (digests.sha512.as_str(), &digests.sha512),
    ] {
        let path = format!("/manifests/{reference}");
        // Clients send several lines, and what they really want need not stand in the first.
        let accept = [("accept", "application/json"), ("accept", "text/plain, */*;q=0.1"), ("accept", MANIFEST)];
        let said = call(&world, "GET", &path, &owner, &accept, "").await.is(200);
        assert_eq!((&said.body[..], said.header("content-type")), (image.as_bytes(), MANIFEST));
        assert_eq!(said.header("docker-content-digest"), digest.as_str());
        let head = call(&world, "HEAD", &path, &owner, &[], "").await.is(200);
        assert_eq!((head.body.len(), head.header("content-length")), (0, image.len().to_string().as_str()));
        assert_eq!(head.header("docker-content-digest"), digest.as_str());
        assert_eq!(head.header("content-type"), MANIFEST);
    }
    let said = put_manifest(&world, &owner, digests.sha512.as_str(), image.as_bytes()).await.is(201);
    assert_eq!(said.header("docker-content-digest"), digests.sha512.as_str());
    for absent in ["2.0.0", "latest", ".INVALID", digest::of(b"x").as_str()] {
        get(&world, &format!("/manifests/{absent}"), &owner).await.fails(404, "MANIFEST_UNKNOWN");
    }
    for bad in ["sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e"] {
        get(&world, &format!("/manifests/{bad}"), &owner).await.fails(400, "DIGEST_INVALID");
    }
    let wrong = digest::of(b"x");
    put_manifest(&world, &owner, &wrong, image.as_bytes()).await.fails(400, "DIGEST_INVALID");
}

#[tokio::test]
async fn a_manifest_names_only_what_its_repository_has() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    // Content of another repository of the same owner is not here.
    world
        .post("/v1/modules", &world.login("owner@acme.cn").await, json!({"name": "other", "org": "acme"}))
        .await
        .is(201);
    let said = ask_token(&world, "owner@acme.cn", PASSWORD, &["repository:acme/other:push"]).await.json();
    let other = said["token"].as_str().unwrap();
    for bytes in [&component, &config(&component)] {
        let path = format!("/v2/acme/other/blobs/uploads/?digest={}", digest::of(bytes));
        call(&world, "POST", &path, other, &[], bytes.clone()).await.is(201);
    }
    let image = image(&component);
    let said = put_manifest(&world, &owner, "1.0.0", &image).await.fails(400, "MANIFEST_BLOB_UNKNOWN");
    let missing: Vec<_> =
        said.json()["errors"].as_array().unwrap().iter().map(|one| one["detail"]["digest"].clone()).collect();
    assert_eq!(missing, [json!(digest::of(&config(&component))), json!(digest::of(&component))], "all at once");
    get(&world, "/manifests/1.0.0", &owner).await.fails(404, "MANIFEST_UNKNOWN");
    push_blob(&world, &owner, &component).await;
    let said = put_manifest(&world, &owner, "1.0.0", &image).await.fails(400, "MANIFEST_BLOB_UNKNOWN");
    assert_eq!(said.json()["errors"].as_array().unwrap().len(), 1);
    push_blob(&world, &owner, &config(&component)).await;

    let text = String::from_utf8(image.clone()).unwrap();
    let size = format!("\"size\": {}", component.len());
    assert!(text.contains(&size));
    let wrong = text.replace(&size, "\"size\": 3");
    put_manifest(&world, &owner, "1.0.0", wrong.as_bytes()).await.fails(400, "SIZE_INVALID");
    let wrong = text.replace(&digest::of(&component), "sha256:../../secret");
    put_manifest(&world, &owner, "1.0.0", wrong.as_bytes()).await.fails(400, "DIGEST_INVALID");
    // Named by its longer digest, it is there just as well.
    let long = text.replace(&digest::of(&component), Digests::of(&component).sha512.as_str());
    put_manifest(&world, &owner, digest::of(long.as_bytes()).as_str(), long.as_bytes()).await.is(201);
    put_manifest(&world, &owner, "1.0.0", &image).await.is(201);
}

#[tokio::test]
async fn what_is_no_version_gets_no_tag() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = image(&component);
    let hyphens = digest::of(&image).replace(':', "-");
    for tag in ["latest", "1.0", "v1.0.0", "1.0.0+build", "1.0.0%2Bbuild", &hyphens] {
        put_manifest(&world, &owner, tag, &image).await.fails(400, "MANIFEST_INVALID");
    }
    for (kind, content) in [
        ("application/vnd.oci.image.index.v1+json", &image[..]),
        ("application/vnd.docker.distribution.manifest.v2+json", &image),
        ("", &image),
        (MANIFEST, b"{"),
        (MANIFEST, b"\xff"),
        (MANIFEST, b"{\"schemaVersion\": 1}"),
    ] {
        let said = call(&world, "PUT", "/manifests/1.0.0", &owner, &[("content-type", kind)], content.to_vec()).await;
        said.fails(400, "MANIFEST_INVALID");
    }
    let text = String::from_utf8(image).unwrap();
    let container = text.replace(CONFIG, "application/vnd.oci.image.config.v1+json");
    put_manifest(&world, &owner, "1.0.0", container.as_bytes()).await.fails(400, "MANIFEST_INVALID");
    let referring = referring("application/x", b"x", b"{}");
    put_manifest(&world, &owner, "1.0.0", &referring).await.fails(400, "MANIFEST_INVALID");
}

#[tokio::test]
async fn a_manifest_of_four_mebibytes_is_taken_and_one_byte_more_is_not() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    push_blob(&world, &owner, &component).await;
    push_blob(&world, &owner, &config(&component)).await;
    let mut most = image(&component);
    most.resize(OCI_MANIFEST_BYTES, b' ');
    put_manifest(&world, &owner, "1.0.0", &most).await.is(201);
    assert_eq!(get(&world, "/manifests/1.0.0", &owner).await.is(200).body, most);
    most.push(b' ');
    put_manifest(&world, &owner, "1.0.1", &most).await.fails(413, "SIZE_INVALID");
    let stream = futures_util::stream::iter(
        most.chunks(1 << 20).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>(),
    );
    let headers = [("content-type", MANIFEST)];
    let said = call(&world, "PUT", "/manifests/1.0.1", &owner, &headers, Body::from_stream(stream)).await;
    said.fails(413, "SIZE_INVALID");
}

#[tokio::test]
async fn of_two_who_push_the_same_tag_one_wins_and_the_other_hears_it() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    push_blob(&world, &owner, &component).await;
    push_blob(&world, &owner, &config(&component)).await;
    let image = String::from_utf8(image(&component)).unwrap();
    let images: Vec<_> = (0..8).map(|nth| format!("{image}{}", " ".repeat(nth))).collect();
    let pushes = images.iter().map(|image| put_manifest(&world, &owner, "1.0.0", image.as_bytes()));
    let said = futures_util::future::join_all(pushes).await;
    let won: Vec<_> = said.iter().zip(&images).filter(|(said, _)| said.status == 201).collect();
    assert_eq!(won.len(), 1, "{:?}", said.iter().map(|said| said.status).collect::<Vec<_>>());
    for lost in said.iter().filter(|said| said.status != 201) {
        assert_eq!(lost.error(), (403, "DENIED".to_owned()));
        assert!(lost.json()["errors"][0]["message"].as_str().unwrap().contains(&digest::of(won[0].1.as_bytes())));
    }
    assert_eq!(get(&world, "/manifests/1.0.0", &owner).await.is(200).body, won[0].1.as_bytes());
    // The winner's again is no change.
    put_manifest(&world, &owner, "1.0.0", won[0].1.as_bytes()).await.is(201);
}

#[tokio::test]
async fn a_draft_can_be_taken_back_and_a_version_cannot() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = push_version(&world, &owner, "1.0.0", &component).await;
    let other = [&image[..], b" "].concat();
    put_manifest(&world, &owner, "1.0.0", &other).await.fails(403, "DENIED");
    let by_digest = format!("/manifests/{}", digest::of(&image));
    call(&world, "DELETE", &by_digest, &owner, &[], "").await.is(202);
    call(&world, "DELETE", &by_digest, &owner, &[], "").await.fails(404, "MANIFEST_UNKNOWN");
    get(&world, "/manifests/1.0.0", &owner).await.fails(404, "MANIFEST_UNKNOWN");
    put_manifest(&world, &owner, "1.0.0", &other).await.is(201);
    call(&world, "DELETE", "/manifests/1.0.0", &owner, &[], "").await.is(202);
    put_manifest(&world, &owner, "1.0.0", &image).await.is(201);
    sign(&world, &owner, "1.0.0", &component, &image).await.is(201);
    for path in [by_digest.as_str(), "/manifests/1.0.0"] {
        call(&world, "DELETE", path, &owner, &[], "").await.fails(405, "UNSUPPORTED");
    }
    call(&world, "DELETE", &by_digest, &token(&world, "").await, &[], "").await.fails(403, "DENIED");
    get(&world, "/manifests/1.0.0", &owner).await.is(200);
}

#[tokio::test]
async fn a_draft_that_nobody_signs_is_swept_and_its_tag_is_free() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = push_version(&world, &owner, "1.0.0", &component).await;
    world.pass_s(OCI_STAGED_HOURS * 3_600 - 1);
    let sweep = async || world.registry.catalog().sweep_oci(world.registry.now()).await.unwrap();
    assert_eq!(sweep().await, Default::default());
    world.pass_s(1);
    let swept = sweep().await;
    assert_eq!((swept.drafts, swept.manifests, swept.blobs, swept.files), (1, 1, 2, 2));
    let owner = token(&world, "owner@acme.cn").await;
    get(&world, "/manifests/1.0.0", &owner).await.fails(404, "MANIFEST_UNKNOWN");
    put_manifest(&world, &owner, "1.0.0", &image).await.fails(400, "MANIFEST_BLOB_UNKNOWN");
    push_version(&world, &owner, "1.0.0", &component).await;
}
