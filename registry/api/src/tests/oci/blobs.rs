//! Content: in parts, through a manifest that one may see, and from one repository to another.

use super::*;
use axum::http::header::CONTENT_RANGE;

async fn ranged(world: &World, path: &str, token: &str, range: &str) -> Said {
    call(world, "GET", path, token, &[("range", range)], "").await
}

#[tokio::test]
async fn content_is_pulled_whole_or_in_part() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let digest = push_blob(&world, &owner, b"0123456789").await;
    let path = format!("/blobs/{digest}");
    let whole = get(&world, &path, &owner).await.is(200);
    assert_eq!((&whole.body[..], whole.header("content-length")), (&b"0123456789"[..], "10"));
    assert_eq!((whole.header("docker-content-digest"), whole.header("accept-ranges")), (digest.as_str(), "bytes"));
    let head = call(&world, "HEAD", &path, &owner, &[("range", "bytes=0-1")], "").await.is(200);
    assert_eq!((head.body.len(), head.header("content-length")), (0, "10"));
    assert_eq!(head.header("docker-content-digest"), digest);
    for (range, expected, part) in [
        ("bytes=0-3", "bytes 0-3/10", "0123"),
        ("bytes=8-", "bytes 8-9/10", "89"),
        ("bytes=-1", "bytes 9-9/10", "9"),
        ("bytes=4-400", "bytes 4-9/10", "456789"),
    ] {
        let said = ranged(&world, &path, &owner, range).await.is(206);
        assert_eq!((said.header("content-range"), &said.body[..]), (expected, part.as_bytes()), "{range}");
        assert_eq!(said.header("content-length"), part.len().to_string());
    }
    for bad in ["bytes=10-", "bytes=5-2", "bytes=a-b", "bytes=-0", "bytes="] {
        let said = ranged(&world, &path, &owner, bad).await.fails(416, "SIZE_INVALID");
        assert_eq!(said.header("content-range"), "bytes */10", "{bad}");
    }
    for ignored in ["bytes=0-1,4-5", "lines=0-1"] {
        let said = ranged(&world, &path, &owner, ignored).await.is(200);
        assert!(said.body.len() == 10 && !said.headers.contains_key(CONTENT_RANGE), "{ignored}");
    }
    let tag = whole.header("etag").to_owned();
    let resumed = [("range", "bytes=5-"), ("if-range", tag.as_str())];
    call(&world, "GET", &path, &owner, &resumed, "").await.is(206);
    call(&world, "GET", &path, &owner, &[("range", "bytes=5-"), ("if-range", "\"other\"")], "").await.is(200);
}

#[tokio::test]
async fn content_is_seen_through_a_manifest_that_one_may_see_and_not_by_its_digest() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let path = format!("/blobs/{}", push_blob(&world, &owner, &component).await);
    let others = ["", "owner@bolt.cn", "owner@red-star.cn", "admin@market.cn"];
    let absent = async |path: &str, who: &[&str]| {
        for who in who {
            let token = token(&world, who).await;
            get(&world, path, &token).await.fails(404, "BLOB_UNKNOWN");
            call(&world, "HEAD", path, &token, &[], "").await.is(404);
        }
    };
    absent(&path, &others).await;
    let image = push_version(&world, &owner, "1.0.0", &component).await;
    absent(&path, &others).await;
    sign(&world, &owner, "1.0.0", &component, &image).await.is(201);
    absent(&path, &others[..3]).await;
    get(&world, &path, &token(&world, "admin@market.cn").await).await.is(200);
    let id = submission(&world, "1.0.0").await.unwrap();
    world.checked(&id).await;
    world.decide(&id, "approve").await.is(200);
    for who in others {
        let token = token(&world, who).await;
        assert_eq!(get(&world, &path, &token).await.is(200).body, component);
        // Known to the registry, and to this repository, but no part of anything that was approved.
        get(&world, &format!("/blobs/{}", digest::of(b"never pushed")), &token).await.fails(404, "BLOB_UNKNOWN");
    }
    let secret = push_blob(&world, &owner, b"left over").await;
    absent(&format!("/blobs/{secret}"), &others).await;
    // The same content in another repository that one sees is no way in here, nor the other way round.
    let said = ask_token(&world, "", "", &["repository:acme/other:pull"]).await.json();
    let other = said["token"].as_str().unwrap();
    get(&world, &format!("/v2/acme/other/blobs/{}", digest::of(&component)), other).await.fails(404, "BLOB_UNKNOWN");
}

#[tokio::test]
async fn content_is_mounted_from_where_one_sees_it_and_from_nowhere_else() {
    let world = World::new().await;
    let (component, _) = approved(&world, "1.0.0").await;
    let acme = token(&world, "owner@acme.cn").await;
    let hidden = push_blob(&world, &acme, b"a draft's").await;
    world.post("/v1/modules", &world.login("owner@bolt.cn").await, json!({"name": "nut", "org": "bolt"})).await.is(201);
    let scopes = ["repository:bolt/nut:pull,push", "repository:acme/counter:pull"];
    let said = ask_token(&world, "owner@bolt.cn", PASSWORD, &scopes).await.json();
    let bolt = said["token"].as_str().unwrap();
    let mount = async |token: &str, digest: &str, from: &str| {
        let path = format!("/v2/bolt/nut/blobs/uploads/?mount={digest}{from}");
        call(&world, "POST", &path, token, &[], "").await
    };
    let public = digest::of(&component);
    let there = format!("/v2/bolt/nut/blobs/{public}");
    get(&world, &there, bolt).await.fails(404, "BLOB_UNKNOWN");
    let said = mount(bolt, &public, "&from=acme/counter").await.is(201);
    assert_eq!((said.header("location"), said.header("docker-content-digest")), (there.as_str(), public.as_str()));
    assert_eq!(get(&world, &there, bolt).await.is(200).body, component);
    // Hidden, unknown, unreadable, or from nowhere: all alike, an upload begins.
    let unknown = digest::of(b"nobody has it");
    for (digest, from) in [
        (hidden.as_str(), "&from=acme/counter"),
        (&unknown, "&from=acme/counter"),
        (&public, "&from=acme/nothing"),
        (&public, "&from=acme"),
        (&public, ""),
        (&hidden, ""),
        ("sha256:abc", "&from=acme/counter"),
    ] {
        let said = mount(bolt, digest, from).await.is(202);
        assert!(said.header("location").starts_with("/v2/bolt/nut/blobs/uploads/"), "{digest} {from}");
    }
    // A token that does not reach the source, and nobody at all.
    let said = ask_token(&world, "owner@bolt.cn", PASSWORD, &["repository:bolt/nut:push"]).await.json();
    mount(said["token"].as_str().unwrap(), &public, "&from=acme/counter").await.is(202);
    let said = ask_token(&world, "", "", &scopes).await.json();
    mount(said["token"].as_str().unwrap(), &public, "&from=acme/counter").await.fails(403, "DENIED");
    mount("", &public, "&from=acme/counter").await.fails(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn content_is_taken_back_while_nothing_names_it() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let path = format!("/blobs/{}", push_blob(&world, &owner, b"a mistake").await);
    call(&world, "DELETE", &path, &token(&world, "").await, &[], "").await.fails(403, "DENIED");
    call(&world, "DELETE", &path, &owner, &[], "").await.is(202);
    call(&world, "DELETE", &path, &owner, &[], "").await.fails(404, "BLOB_UNKNOWN");
    get(&world, &path, &owner).await.fails(404, "BLOB_UNKNOWN");
    push_version(&world, &owner, "1.0.0", &component).await;
    let path = format!("/blobs/{}", digest::of(&component));
    call(&world, "DELETE", &path, &owner, &[], "").await.fails(405, "UNSUPPORTED");
    get(&world, &path, &owner).await.is(200);
}

#[tokio::test]
async fn repositories_that_do_not_exist_and_names_that_cannot_are_told_apart() {
    let world = World::new().await;
    let scopes = ["repository:acme/nothing:push", "repository:nobody/nothing:push"];
    let said = ask_token(&world, "owner@acme.cn", PASSWORD, &scopes).await.json();
    let owner = said["token"].as_str().unwrap();
    call(&world, "POST", "/v2/acme/nothing/blobs/uploads/", owner, &[], "").await.fails(404, "NAME_UNKNOWN");
    get(&world, "/v2/acme/nothing/tags/list", owner).await.fails(404, "NAME_UNKNOWN");
    get(&world, "/v2/nobody/nothing/tags/list", owner).await.fails(404, "NAME_UNKNOWN");
    get(&world, "/v2/acme/nothing/manifests/1.0.0", owner).await.fails(404, "MANIFEST_UNKNOWN");
    // A module without an approved version is no more than one that does not exist.
    let nobody = token(&world, "").await;
    get(&world, "/tags/list", &nobody).await.fails(404, "NAME_UNKNOWN");
    for bad in ["acme/Counter", "acme/-x", "acme", "acme/counter/deep", "ACME/counter"] {
        get(&world, &format!("/v2/{bad}/manifests/1.0.0"), owner).await.fails(400, "NAME_INVALID");
    }
    get(&world, "/v2/_catalog", owner).await.fails(404, "UNSUPPORTED");
    call(&world, "PUT", "/tags/list", owner, &[], "").await.fails(405, "UNSUPPORTED");
}
