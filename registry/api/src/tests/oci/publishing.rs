//! A push ends where a publish ends, and a publish can be pulled.

use super::*;
use toolcrib_catalog::{Action, Rate};

/// Who must not know of a version that is not approved.
const OTHERS: [&str; 3] = ["", "owner@bolt.cn", "owner@red-star.cn"];

async fn absent_for(world: &World, who: &[&str], image: &[u8]) {
    for who in who {
        let token = token(world, who).await;
        for reference in ["1.0.0", &digest::of(image)] {
            get(world, &format!("/manifests/{reference}"), &token).await.fails(404, "MANIFEST_UNKNOWN");
        }
    }
}

#[tokio::test]
async fn a_push_is_a_draft_until_it_is_signed_and_a_secret_until_it_is_approved() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = push_version(&world, &owner, "1.0.0", &component).await;
    assert_eq!(get(&world, "/manifests/1.0.0", &owner).await.is(200).body, image);
    absent_for(&world, &[&OTHERS[..], &["admin@market.cn"]].concat(), &image).await;
    assert!(submission(&world, "1.0.0").await.is_none());

    sign(&world, &owner, "1.0.0", &component, &image).await.is(201);
    let id = submission(&world, "1.0.0").await.expect("it is submitted");
    absent_for(&world, &OTHERS, &image).await;
    let reviewer = token(&world, "admin@market.cn").await;
    assert_eq!(get(&world, "/manifests/1.0.0", &reviewer).await.is(200).body, image);
    let checked = world.checked(&id).await;
    assert_eq!(
        (&checked["state"], &checked["digest"]),
        (&json!("review"), &json!(digest::of(&component))),
        "{checked}"
    );
    assert_eq!(checked["submitted_by"], "Owner");
    absent_for(&world, &OTHERS, &image).await;
    world.decide(&id, "approve").await.is(200);
    for who in OTHERS {
        let token = token(&world, who).await;
        assert_eq!(get(&world, "/manifests/1.0.0", &token).await.is(200).body, image);
        assert_eq!(get(&world, &format!("/manifests/{}", digest::of(&image)), &token).await.is(200).body, image);
    }
    // The rest of the registry knows it like any other.
    let page = world.get("/v1/modules/counter/versions/1.0.0", "").await.json();
    assert_eq!(page["digest"], digest::of(&component));
    assert_eq!(world.get(&format!("/v1/artifacts/{}", digest::of(&component)), "").await.is(200).body, component);
}

#[tokio::test]
async fn a_submitted_tag_never_changes_and_the_same_again_is_no_change() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = push_version(&world, &owner, "1.0.0", &component).await;
    sign(&world, &owner, "1.0.0", &component, &image).await.is(201);
    let other = [&image[..], b"\n"].concat();
    let check = async || {
        put_manifest(&world, &owner, "1.0.0", &other).await.fails(403, "DENIED");
        put_manifest(&world, &owner, "1.0.0", &image).await.is(201);
        sign(&world, &owner, "1.0.0", &component, &image).await.is(201);
        assert_eq!(get(&world, "/manifests/1.0.0", &owner).await.is(200).body, image);
    };
    check().await;
    let id = submission(&world, "1.0.0").await.unwrap();
    world.checked(&id).await;
    check().await;
    world.decide(&id, "approve").await.is(200);
    check().await;
    let published = world.publish("1.0.0", &component).await.is(409);
    assert_eq!(published.code(), "version-exists");
}

#[tokio::test]
async fn a_signature_that_does_not_fit_submits_nothing_and_is_not_kept() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = push_version(&world, &owner, "1.0.0", &component).await;
    let stranger = Signer::generate(&*world.chance);
    let other = signature(&world, &world.key, "1.0.1", &component);
    for (wrong, status, code) in [
        (signature(&world, &stranger, "1.0.0", &component), 403, "DENIED"),
        (other, 403, "DENIED"),
        (signature(&world, &world.key, "1.0.0", b"other"), 403, "DENIED"),
        (b"no signature".to_vec(), 400, "MANIFEST_INVALID"),
        (vec![b' '; (64 << 10) + 1], 400, "SIZE_INVALID"),
    ] {
        push_referring(&world, &owner, SIGNATURE, &wrong, &image).await.fails(status, code);
    }
    let listed = get(&world, &format!("/referrers/{}", digest::of(&image)), &owner).await.json();
    assert_eq!(listed["manifests"], json!([]));
    assert!(submission(&world, "1.0.0").await.is_none());
    // Nor does a signed component that is another version, another module, or none at all.
    let other = counter("1.0.1");
    let wrong = push_version(&world, &owner, "2.0.0", &other).await;
    sign(&world, &owner, "1.0.1", &other, &wrong).await.fails(400, "MANIFEST_INVALID");
    let foreign = super::super::component::component(&manifest("counterfeit", "3.0.0", &[], &[]), 7);
    let wrong = push_version(&world, &owner, "3.0.0", &foreign).await;
    sign(&world, &owner, "3.0.0", &foreign, &wrong).await.fails(400, "MANIFEST_INVALID");
    let wrong = push_version(&world, &owner, "4.0.0", b"no component").await;
    let said = sign(&world, &owner, "4.0.0", b"no component", &wrong).await.fails(400, "MANIFEST_INVALID");
    assert!(String::from_utf8_lossy(&said.body).contains("cargo toolcrib build"), "it says what to do");
    assert_eq!(world.get("/v1/submissions", &world.login("owner@acme.cn").await).await.json(), json!([]));
    // The right one still goes, also when the same manifest was given another tag by mistake.
    push_version(&world, &owner, "0.9.0", &component).await;
    sign(&world, &owner, "1.0.0", &component, &image).await.is(201);
    assert!(submission(&world, "1.0.0").await.is_some() && submission(&world, "0.9.0").await.is_none());
}

#[tokio::test]
async fn a_signature_may_come_before_the_version() {
    let world = World::new().await;
    let (owner, component) = (token(&world, "owner@acme.cn").await, counter("1.0.0"));
    let image = image(&component);
    let stranger = Signer::generate(&*world.chance);
    push_referring(&world, &owner, SIGNATURE, &signature(&world, &stranger, "1.0.0", &component), &image).await.is(201);
    sign(&world, &owner, "1.0.0", &component, &image).await.is(201);
    assert!(submission(&world, "1.0.0").await.is_none());
    push_version(&world, &owner, "1.0.0", &component).await;
    assert!(submission(&world, "1.0.0").await.is_some());
}

#[tokio::test]
async fn a_version_that_failed_can_be_pushed_again() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let wrong = component(&manifest("counter", "1.0.0", &[], &[]), 8);
    let image = push_version(&world, &owner, "1.0.0", &wrong).await;
    sign(&world, &owner, "1.0.0", &wrong, &image).await.is(201);
    let id = submission(&world, "1.0.0").await.unwrap();
    assert_eq!(world.checked(&id).await["state"], "failed");
    assert_eq!(get(&world, "/manifests/1.0.0", &owner).await.is(200).body, image);
    let (component, second) = approved(&world, "1.0.0").await;
    assert_ne!((&wrong, &image), (&component, &second));
    assert_eq!(get(&world, "/manifests/1.0.0", &token(&world, "").await).await.is(200).body, second);
    // What failed was never public.
    absent_digest(&world, &image).await;
}

async fn absent_digest(world: &World, image: &[u8]) {
    let path = format!("/manifests/{}", digest::of(image));
    get(world, &path, &token(world, "").await).await.fails(404, "MANIFEST_UNKNOWN");
}

#[tokio::test]
async fn a_version_that_came_through_the_api_is_pulled_like_any_other() {
    let world = World::new().await;
    let component = counter("1.0.0");
    let submitted = world.publish("1.0.0", &component).await.is(202).json();
    let (owner, nobody) = (token(&world, "owner@acme.cn").await, token(&world, "").await);
    get(&world, "/manifests/1.0.0", &nobody).await.fails(404, "MANIFEST_UNKNOWN");
    // While it is checked already: the manifest is the same before and after.
    let early = get(&world, "/manifests/1.0.0", &owner).await.is(200);
    let id = submitted["submission"].as_str().unwrap();
    world.checked(id).await;
    world.decide(id, "approve").await.is(200);
    let said = get(&world, "/manifests/1.0.0", &nobody).await.is(200);
    assert_eq!((&said.body, said.header("content-type")), (&early.body, MANIFEST));
    let digest = digest::of(&said.body);
    assert_eq!(said.header("docker-content-digest"), digest);
    let manifest = said.json();
    assert_eq!(manifest["config"]["mediaType"], CONFIG);
    let layer = &manifest["layers"][0];
    assert_eq!((&layer["mediaType"], &layer["digest"]), (&json!("application/wasm"), &json!(digest::of(&component))));
    assert_eq!(layer["annotations"]["org.opencontainers.image.title"], "counter-1.0.0.wasm");
    let annotations = &manifest["annotations"];
    assert_eq!(annotations["org.opencontainers.image.version"], "1.0.0");
    assert_eq!(annotations["org.opencontainers.image.licenses"], "MIT");
    assert_eq!(annotations["org.opencontainers.image.vendor"], "ACME");
    assert_eq!(annotations["org.opencontainers.image.title"], "Counter");
    let blob =
        async |digest: &Value| get(&world, &format!("/blobs/{}", digest.as_str().unwrap()), &nobody).await.is(200);
    assert_eq!(blob(&layer["digest"]).await.body, component);
    let config = blob(&manifest["config"]["digest"]).await.json();
    assert_eq!((&config["architecture"], &config["layerDigests"]), (&json!("wasm"), &json!([digest::of(&component)])));
    assert_eq!(config["component"]["exports"], json!(["describe", "handle"]));
    let imports = json!(["toolcrib:module/types@1.0.0", "toolcrib:module/guest-types@1.0.0"]);
    assert_eq!(config["component"]["imports"], imports);
    let listed = get(&world, &format!("/referrers/{digest}"), &nobody).await.json();
    assert_eq!(listed["manifests"].as_array().unwrap().len(), 7, "all evidence and the report: {listed}");
    // Pushed back as it was pulled, it is the same; anything else is another version.
    put_manifest(&world, &owner, "1.0.0", &said.body).await.is(201);
    push_blob(&world, &owner, &super::config(&component)).await;
    put_manifest(&world, &owner, "1.0.0", &image(&component)).await.fails(403, "DENIED");
}

#[tokio::test]
async fn nobody_needs_the_tag_first_to_pull_by_digest() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    let nobody = token(&world, "").await;
    // The same facts make the same bytes in another registry: take the digest from there.
    let digest = {
        let other = World::new().await;
        other.approved("1.0.0", &[], &[]).await;
        get(&other, "/manifests/1.0.0", &token(&other, "").await).await.header("docker-content-digest").to_owned()
    };
    let listed = get(&world, &format!("/referrers/{digest}"), &nobody).await.is(200).json();
    assert_eq!(listed["manifests"].as_array().unwrap().len(), 7);
    get(&world, &format!("/manifests/{digest}"), &nobody).await.is(200);
}

#[tokio::test]
async fn a_withdrawn_version_is_pulled_with_a_warning_by_digest_only_or_not_at_all() {
    let world = World::new().await;
    let (component, image) = approved(&world, "1.0.0").await;
    let (owner, nobody) = (token(&world, "owner@acme.cn").await, token(&world, "").await);
    let (by_tag, by_digest) = ("/manifests/1.0.0".to_owned(), format!("/manifests/{}", digest::of(&image)));
    let stand = async |who: &str, standing: &str, reason: &str| {
        let body = json!({"standing": standing, "reason": reason});
        world.post("/v1/modules/counter/versions/1.0.0/standing", &world.login(who).await, body).await.is(200);
    };
    let warning =
        |said: &Said| said.headers.get("warning").map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
    assert_eq!(warning(&get(&world, &by_tag, &nobody).await.is(200)), None);

    stand("owner@acme.cn", "deprecated", "请用 \"2.0.0\"").await;
    let expected = r#"299 - "acme/counter 1.0.0 is deprecated: 请用 \"2.0.0\"""#;
    for path in [&by_tag, &by_digest] {
        assert_eq!(warning(&get(&world, path, &nobody).await.is(200)).as_deref(), Some(expected));
        assert!(warning(&call(&world, "HEAD", path, &nobody, &[], "").await.is(200)).is_some());
    }
    assert_eq!(get(&world, "/tags/list", &nobody).await.json()["tags"], json!(["1.0.0"]));

    stand("owner@acme.cn", "yanked", "it counts twice").await;
    assert_eq!(get(&world, "/tags/list", &nobody).await.is(200).json()["tags"], json!([]));
    get(&world, &by_tag, &nobody).await.fails(404, "MANIFEST_UNKNOWN");
    let said = get(&world, &by_digest, &nobody).await.is(200);
    assert_eq!(warning(&said).unwrap(), r#"299 - "acme/counter 1.0.0 is yanked: it counts twice""#);
    get(&world, &format!("/blobs/{}", digest::of(&component)), &nobody).await.is(200);
    get(&world, &by_tag, &owner).await.is(200);

    stand("admin@market.cn", "revoked", "it leaks").await;
    for path in [&by_tag, &by_digest] {
        get(&world, path, &nobody).await.fails(404, "MANIFEST_UNKNOWN");
        assert!(warning(&get(&world, path, &owner).await.is(200)).unwrap().contains("revoked"));
    }
    get(&world, &format!("/blobs/{}", digest::of(&component)), &nobody).await.fails(404, "BLOB_UNKNOWN");
    get(&world, "/tags/list", &nobody).await.fails(404, "NAME_UNKNOWN");
    let listed = get(&world, &format!("/referrers/{}", digest::of(&image)), &nobody).await.is(200);
    assert_eq!(listed.json()["manifests"], json!([]));
}

#[tokio::test]
async fn pushing_often_empties_the_same_bucket_as_publishing() {
    let world = World::new().await;
    let (owner, catalog, now) = (token(&world, "owner@acme.cn").await, world.registry.catalog(), world.registry.now());
    let (person, _) = catalog.credentials("owner@acme.cn").await.unwrap().unwrap();
    let once = Some(Rate { every_s: 60, burst: 1 });
    catalog.set_rate(&person, Action::PublishUpdate, once, &person, now).await.unwrap();
    world.publish("1.0.0", &counter("1.0.0")).await.is(202);
    let component = counter("1.0.1");
    let image = push_version(&world, &owner, "1.0.1", &component).await;
    let said = sign(&world, &owner, "1.0.1", &component, &image).await.fails(429, "TOOMANYREQUESTS");
    assert_eq!(said.header("retry-after"), "60");
    assert!(submission(&world, "1.0.1").await.is_none());
    world.pass_s(60);
    sign(&world, &owner, "1.0.1", &component, &image).await.is(201);
    assert!(submission(&world, "1.0.1").await.is_some());
}
