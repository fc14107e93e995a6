//! Uploads in every style, and every way in which they go wrong.

use super::*;
use futures_util::stream;
use toolcrib_contract::limits::{COMPONENT_BYTES, OCI_STAGED_BYTES, OCI_STAGED_HOURS, OCI_UPLOAD_MINUTES, OCI_UPLOADS};
use toolcrib_trust::content::Digests;

/// Begins an upload. Returns its location.
async fn begin(world: &World, token: &str) -> String {
    let said = call(world, "POST", "/blobs/uploads/", token, &[], "").await.is(202);
    said.header("location").to_owned()
}

async fn patch(world: &World, location: &str, token: &str, range: &str, bytes: impl Into<Body>) -> Said {
    let headers = [("content-range", range), ("content-type", "application/octet-stream")];
    let headers = if range.is_empty() { &headers[1..] } else { &headers[..] };
    call(world, "PATCH", location, token, headers, bytes).await
}

#[tokio::test]
async fn every_style_of_upload_ends_with_the_same_content() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let check = async |said: Said, bytes: &[u8]| {
        let (said, digest) = (said.is(201), digest::of(bytes));
        assert_eq!(said.header("location"), format!("/v2/acme/counter/blobs/{digest}"));
        assert_eq!(said.header("docker-content-digest"), digest);
        assert_eq!(get(&world, &format!("/blobs/{digest}"), &owner).await.is(200).body, bytes);
    };
    // One request.
    let one = digest::of(b"one");
    check(call(&world, "POST", &format!("/blobs/uploads/?digest={one}"), &owner, &[], "one").await, b"one").await;
    // Begun with and without the slash, then whole.
    for (path, bytes) in [("/blobs/uploads", "two"), ("/blobs/uploads/", "three"), ("/blobs/uploads/?x=y", "")] {
        let said = call(&world, "POST", path, &owner, &[], "").await.is(202);
        let location = said.header("location").to_owned();
        assert!(location.starts_with("/v2/acme/counter/blobs/uploads/"), "{location}");
        assert_eq!((said.header("range"), location.ends_with(said.header("docker-upload-uuid"))), ("0-0", true));
        let put = format!("{location}?digest={}", digest::of(bytes.as_bytes()));
        check(call(&world, "PUT", &put, &owner, &[], bytes).await, bytes.as_bytes()).await;
    }
    // Streamed, in two requests that say nothing of where they lie, closed with an empty body.
    let location = begin(&world, &owner).await;
    let parts = stream::iter(["st", "rea", "med"].map(Ok::<_, std::io::Error>));
    let said = patch(&world, &location, &owner, "", Body::from_stream(parts)).await.is(202);
    assert_eq!((said.header("range"), said.header("location")), ("0-7", location.as_str()));
    patch(&world, &location, &owner, "", " twice").await.is(202);
    let put = format!("{location}?digest={}", digest::of(b"streamed twice"));
    check(call(&world, "PUT", &put, &owner, &[], "").await, b"streamed twice").await;
    // In chunks, the last one with the closing request; asked in between how far it is.
    let location = begin(&world, &owner).await;
    assert_eq!(get(&world, &location, &owner).await.is(204).header("range"), "0-0");
    assert_eq!(patch(&world, &location, &owner, "0-3", "chun").await.is(202).header("range"), "0-3");
    assert_eq!(patch(&world, &location, &owner, "4-6", "ked").await.is(202).header("range"), "0-6");
    let said = get(&world, &location, &owner).await.is(204);
    assert_eq!((said.header("range"), said.header("location")), ("0-6", location.as_str()));
    let put = format!("{location}?digest={}", digest::of(b"chunked!"));
    check(call(&world, "PUT", &put, &owner, &[("content-range", "7-7")], "!").await, b"chunked!").await;
    get(&world, &location, &owner).await.fails(404, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn a_chunk_out_of_order_is_refused_and_told_where_to_go_on() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let location = begin(&world, &owner).await;
    patch(&world, &location, &owner, "0-4", "01234").await.is(202);
    for bad in ["0-4", "4-5", "6-7", "5-4", "bytes 5-6/7", "five-six", "-"] {
        let said = patch(&world, &location, &owner, bad, "56").await.fails(416, "BLOB_UPLOAD_INVALID");
        assert_eq!((said.header("range"), said.header("location")), ("0-4", location.as_str()), "{bad}");
        let put = format!("{location}?digest={}", digest::of(b"0123456"));
        call(&world, "PUT", &put, &owner, &[("content-range", bad)], "56").await.is(416);
    }
    // Shorter or longer than it says: it does not count, and the right one follows.
    for wrong in ["5", "567"] {
        patch(&world, &location, &owner, "5-6", wrong).await.fails(400, "SIZE_INVALID");
    }
    patch(&world, &location, &owner, "5-6", "56").await.is(202);
    let put = format!("{location}?digest={}", digest::of(b"0123456"));
    call(&world, "PUT", &put, &owner, &[], "").await.is(201);
}

#[tokio::test]
async fn content_with_another_digest_is_not_kept() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let other = digest::of(b"other");
    let location = begin(&world, &owner).await;
    let said = call(&world, "PUT", &format!("{location}?digest={other}"), &owner, &[], "this").await;
    assert_eq!(said.fails(400, "DIGEST_INVALID").json()["errors"][0]["detail"]["found"], digest::of(b"this"));
    get(&world, &location, &owner).await.fails(404, "BLOB_UPLOAD_UNKNOWN");
    let single = format!("/blobs/uploads/?digest={other}");
    call(&world, "POST", &single, &owner, &[], "this").await.fails(400, "DIGEST_INVALID");
    for digest in [other.as_str(), &digest::of(b"this")] {
        get(&world, &format!("/blobs/{digest}"), &owner).await.fails(404, "BLOB_UNKNOWN");
    }
    // What is no digest is told before anything is read, and the upload goes on.
    let location = begin(&world, &owner).await;
    let md5 = "md5:d41d8cd98f00b204e9800998ecf8427e";
    for bad in
        ["", "?digest=", "?digest=sha256:abc", &format!("?digest={}", other.to_uppercase()), &format!("?digest={md5}")]
    {
        call(&world, "PUT", &format!("{location}{bad}"), &owner, &[], "x").await.fails(400, "DIGEST_INVALID");
    }
    call(&world, "POST", &format!("/blobs/uploads/?digest={md5}"), &owner, &[], "").await.fails(400, "DIGEST_INVALID");
    call(&world, "POST", "/blobs/uploads/?digest-algorithm=md5", &owner, &[], "").await.fails(400, "DIGEST_INVALID");
    get(&world, "/blobs/sha256:abc", &owner).await.fails(400, "DIGEST_INVALID");
    call(&world, "PUT", &format!("{location}?digest={}", digest::of(b"y")), &owner, &[], "y").await.is(201);
}

#[tokio::test]
async fn sha512_is_as_good_a_name() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let digests = Digests::of(b"long digest");
    let said = call(&world, "POST", "/blobs/uploads/?digest-algorithm=sha512", &owner, &[], "").await.is(202);
    let location = said.header("location").to_owned();
    patch(&world, &location, &owner, "0-10", "long digest").await.is(202);
    let wrong = digests.sha512.as_str().replace('0', "1");
    let (first, second) = (begin(&world, &owner).await, format!("?digest={wrong}"));
    call(&world, "PUT", &format!("{first}{second}"), &owner, &[], "long digest").await.fails(400, "DIGEST_INVALID");
    let said = call(&world, "PUT", &format!("{location}?digest={}", digests.sha512), &owner, &[], "").await.is(201);
    assert_eq!(said.header("docker-content-digest"), digests.sha512.as_str());
    for digest in [&digests.sha256, &digests.sha512] {
        let said = get(&world, &format!("/blobs/{digest}"), &owner).await.is(200);
        assert_eq!((said.header("docker-content-digest"), &said.body[..]), (digest.as_str(), &b"long digest"[..]));
    }
}

#[tokio::test]
async fn an_upload_is_its_beginners_alone_until_it_is_cancelled() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    world.join("/v1/orgs/acme/members", "wang@acme.cn", "member", "owner@acme.cn").await.is(204);
    let (wang, bolt) = (token(&world, "wang@acme.cn").await, token(&world, "owner@bolt.cn").await);
    // Both tokens were made after the role, which voids older ones.
    let owner =
        if get(&world, "/v2/", &owner).await.status == 200 { owner } else { token(&world, "owner@acme.cn").await };
    let location = begin(&world, &owner).await;
    get(&world, &location, &wang).await.fails(404, "BLOB_UPLOAD_UNKNOWN");
    patch(&world, &location, &wang, "0-0", "x").await.fails(404, "BLOB_UPLOAD_UNKNOWN");
    call(&world, "DELETE", &location, &wang, &[], "").await.fails(404, "BLOB_UPLOAD_UNKNOWN");
    get(&world, &location, &bolt).await.fails(403, "DENIED");
    call(&world, "DELETE", &location, &owner, &[], "").await.is(204);
    for method in ["GET", "PATCH", "DELETE"] {
        call(&world, method, &location, &owner, &[], "").await.fails(404, "BLOB_UPLOAD_UNKNOWN");
    }
    let put = format!("{location}?digest={}", digest::of(b""));
    call(&world, "PUT", &put, &owner, &[], "").await.fails(404, "BLOB_UPLOAD_UNKNOWN");
    for strange in ["x", "..%2f..%2fcatalog.db", "018f0e6e-7b1c-7cc3-a1b2-0123456789ab"] {
        get(&world, &format!("/blobs/uploads/{strange}"), &owner).await.fails(404, "BLOB_UPLOAD_UNKNOWN");
    }
}

#[tokio::test]
async fn one_byte_too_many_is_refused_and_the_upload_goes_on() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let (most, more) = (vec![7; COMPONENT_BYTES], vec![7; COMPONENT_BYTES + 1]);
    let single = format!("/blobs/uploads/?digest={}", digest::of(&more));
    call(&world, "POST", &single, &owner, &[], more.clone()).await.fails(413, "SIZE_INVALID");
    let location = begin(&world, &owner).await;
    patch(&world, &location, &owner, "", more).await.fails(413, "SIZE_INVALID");
    patch(&world, &location, &owner, "", most.clone()).await.is(202);
    patch(&world, &location, &owner, "", "x").await.fails(413, "SIZE_INVALID");
    let put = format!("{location}?digest={}", digest::of(&most));
    call(&world, "PUT", &put, &owner, &[], "").await.is(201);
}

#[tokio::test]
async fn what_breaks_off_does_not_count_and_two_writers_do_not_mix() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let location = begin(&world, &owner).await;
    patch(&world, &location, &owner, "", "begun").await.is(202);
    let broken = stream::iter([Ok("lost"), Err(std::io::Error::other("gone"))]);
    patch(&world, &location, &owner, "", Body::from_stream(broken)).await.fails(400, "BLOB_UPLOAD_INVALID");
    assert_eq!(get(&world, &location, &owner).await.header("range"), "0-4");
    // A client that hangs in the middle, and one that goes away.
    let (more, bytes) = tokio::sync::mpsc::unbounded_channel::<Result<&str, std::io::Error>>();
    more.send(Ok("slow and long")).unwrap();
    let bytes = stream::unfold(bytes, |mut bytes| async { bytes.recv().await.map(|chunk| (chunk, bytes)) });
    let mut slow = Box::pin(patch(&world, &location, &owner, "", Body::from_stream(bytes)));
    let file = world.folder.path().join("oci/uploads").join(location.rsplit('/').next().unwrap());
    let written = async {
        while std::fs::metadata(&file).unwrap().len() < "begunslow and long".len() as u64 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = &mut slow => panic!("it waits for more"),
        () = written => {}
    }
    patch(&world, &location, &owner, "5-5", "!").await.fails(400, "BLOB_UPLOAD_INVALID");
    drop(slow);
    drop(more);
    assert_eq!(patch(&world, &location, &owner, "5-5", "!").await.is(202).header("range"), "0-5");
    let put = format!("{location}?digest={}", digest::of(b"begun!"));
    call(&world, "PUT", &put, &owner, &[], "").await.is(201);
}

#[tokio::test]
async fn a_flood_of_uploads_is_refused_until_they_are_swept() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let mut locations = Vec::new();
    for _ in 0..OCI_UPLOADS {
        locations.push(begin(&world, &owner).await);
    }
    patch(&world, &locations[0], &owner, "", "half").await.is(202);
    let said = call(&world, "POST", "/blobs/uploads/", &owner, &[], "").await.fails(429, "TOOMANYREQUESTS");
    assert_eq!(said.header("retry-after"), "60");
    call(&world, "DELETE", &locations[1], &owner, &[], "").await.is(204);
    begin(&world, &owner).await;
    let files = || std::fs::read_dir(world.folder.path().join("oci/uploads")).unwrap().count();
    assert_eq!(files(), 1, "only what was written has a file");
    world.pass_s(OCI_UPLOAD_MINUTES * 60);
    let owner = token(&world, "owner@acme.cn").await;
    let swept = world.registry.catalog().sweep_oci(world.registry.now()).await.unwrap();
    assert_eq!((swept.uploads, swept.files, files()), (OCI_UPLOADS as u64, 1, 0));
    get(&world, &locations[0], &owner).await.fails(404, "BLOB_UPLOAD_UNKNOWN");
    begin(&world, &owner).await;
}

#[tokio::test]
async fn nobody_fills_the_disk_with_what_belongs_to_no_version() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let fits = OCI_STAGED_BYTES / COMPONENT_BYTES;
    let content = |nth: usize| [&[nth as u8][..], &vec![0; COMPONENT_BYTES - 1]].concat();
    for nth in 0..fits {
        push_blob(&world, &owner, &content(nth)).await;
    }
    // The same again is no more.
    push_blob(&world, &owner, &content(0)).await;
    let single = format!("/blobs/uploads/?digest={}", digest::of(b"x"));
    call(&world, "POST", &single, &owner, &[], "x").await.fails(429, "TOOMANYREQUESTS");
    get(&world, &format!("/blobs/{}", digest::of(b"x")), &owner).await.fails(404, "BLOB_UNKNOWN");
    call(&world, "DELETE", &format!("/blobs/{}", digest::of(&content(1))), &owner, &[], "").await.is(202);
    push_blob(&world, &owner, b"x").await;
    world.pass_s(OCI_STAGED_HOURS * 3_600);
    let swept = world.registry.catalog().sweep_oci(world.registry.now()).await.unwrap();
    assert_eq!((swept.blobs, swept.files), (fits as u64, fits as u64 + 1));
    let owner = token(&world, "owner@acme.cn").await;
    get(&world, &format!("/blobs/{}", digest::of(b"x")), &owner).await.fails(404, "BLOB_UNKNOWN");
}
