//! Who gets which token, and what it is good for.

use super::*;

#[tokio::test]
async fn without_a_token_there_is_a_challenge_even_for_what_is_public() {
    let world = World::new().await;
    world.approved("1.0.0", &[], &[]).await;
    for path in ["/v2/", "/v2"] {
        let said = get(&world, path, "").await.fails(401, "UNAUTHORIZED");
        let challenge = "Bearer realm=\"http://registry.test:8080/v2/token\",service=\"toolcrib-oci\"";
        assert_eq!(said.header("www-authenticate"), challenge);
        call(&world, "HEAD", path, "", &[], "").await.is(401);
        call(&world, "POST", path, "", &[], "").await.fails(405, "UNSUPPORTED");
    }
    let said = get(&world, "/manifests/1.0.0", "").await.fails(401, "UNAUTHORIZED");
    assert!(said.header("www-authenticate").ends_with(",scope=\"repository:acme/counter:pull\""));
    let said = call(&world, "POST", "/blobs/uploads/", "", &[], "").await.fails(401, "UNAUTHORIZED");
    assert!(said.header("www-authenticate").ends_with(",scope=\"repository:acme/counter:pull,push,delete\""));
    // Behind a proxy with TLS, the password must not travel in the clear.
    let said = call(&world, "GET", "/v2/", "", &[("x-forwarded-proto", "https")], "").await;
    assert!(said.header("www-authenticate").contains("\"https://registry.test:8080/v2/token\""));
    let anonymous = token(&world, "").await;
    assert_eq!(get(&world, "/v2/", &anonymous).await.is(200).json(), json!({}));
    get(&world, "/manifests/1.0.0", &anonymous).await.is(200);
}

#[tokio::test]
async fn a_token_grants_all_that_its_holder_may_and_bears_both_names() {
    let world = World::new().await;
    let said = ask_token(&world, "owner@acme.cn", PASSWORD, &["repository:acme/counter:pull"]).await.is(200).json();
    assert_eq!(said["token"], said["access_token"]);
    assert_eq!(said["expires_in"], 300);
    assert_eq!(said["issued_at"], world.registry.now().to_string());
    let access = |said: &Value| {
        let payload = said["token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
        serde_json::from_slice::<Value>(&payload).unwrap()["access"].clone()
    };
    let entry = |name: &str, actions: &[&str]| json!({"type": "repository", "name": name, "actions": actions});
    assert_eq!(access(&said), json!([entry("acme/counter", &["pull", "push", "delete"])]));
    let scopes = ["repository:acme/counter:pull,push%20repository:bolt/x:push", "repository:nobody/x:pull"];
    let said = ask_token(&world, "owner@bolt.cn", PASSWORD, &scopes).await.is(200).json();
    let expected =
        [entry("acme/counter", &["pull"]), entry("bolt/x", &["pull", "push", "delete"]), entry("nobody/x", &["pull"])];
    assert_eq!(access(&said), json!(expected));
    let said = ask_token(&world, "", "", &["repository:acme/counter:push", "registry:catalog:*"]).await.is(200).json();
    assert_eq!(access(&said), json!([entry("acme/counter", &["pull"])]));
    let many = ["repository:a/b:pull"; 21];
    ask_token(&world, "", "", &many).await.fails(400, "UNSUPPORTED");
}

#[tokio::test]
async fn guessing_is_slow_and_asking_often_is_not() {
    let world = World::new().await;
    for _ in 0..12 {
        ask_token(&world, "owner@acme.cn", PASSWORD, &[]).await.is(200);
    }
    let unknown = ask_token(&world, "nobody@acme.cn", PASSWORD, &[]).await.fails(401, "UNAUTHORIZED");
    for _ in 0..10 {
        let wrong = ask_token(&world, "owner@acme.cn", "wrong", &[]).await.fails(401, "UNAUTHORIZED");
        assert_eq!(wrong.body, unknown.body, "they are answered alike");
        assert!(wrong.header("www-authenticate").starts_with("Basic "));
    }
    let said = ask_token(&world, "owner@acme.cn", PASSWORD, &[]).await.fails(429, "TOOMANYREQUESTS");
    assert_eq!(said.header("retry-after"), "60");
    call(&world, "GET", "/v2/token", "", &[("authorization", "Basic !")], "").await.fails(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_token_for_another_repository_is_denied_with_a_challenge() {
    let world = World::new().await;
    let said = ask_token(&world, "owner@acme.cn", PASSWORD, &["repository:acme/other:pull,push"]).await.json();
    let other = said["token"].as_str().unwrap();
    get(&world, "/v2/", other).await.is(200);
    for (method, path) in [
        ("GET", "/manifests/1.0.0"),
        ("GET", "/tags/list"),
        ("GET", "/referrers/sha256:0000000000000000000000000000000000000000000000000000000000000000"),
        ("POST", "/blobs/uploads/"),
        ("PUT", "/manifests/1.0.0"),
        ("DELETE", "/manifests/1.0.0"),
    ] {
        let said = call(&world, method, path, other, &[], "").await.fails(403, "DENIED");
        let challenge = said.header("www-authenticate");
        assert!(challenge.contains("scope=\"repository:acme/counter:pull"), "{challenge}");
        assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
    }
    // Nobody in particular, and other organisations, may not push.
    for who in ["", "owner@bolt.cn", "admin@market.cn"] {
        let said = call(&world, "POST", "/blobs/uploads/", &token(&world, who).await, &[], "").await;
        assert!(said.fails(403, "DENIED").header("www-authenticate").starts_with("Bearer "));
    }
}

#[tokio::test]
async fn neither_an_expired_token_nor_one_of_the_api_counts_nor_the_other_way_round() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    assert_eq!(world.get("/v1/me", &owner).await.is(401).code(), "not-signed-in");
    let api = world.login("owner@acme.cn").await;
    for bad in [api.as_str(), "x", "tch_of_the_only_host", &format!("{owner}x")] {
        let said = get(&world, "/v2/", bad).await.fails(401, "UNAUTHORIZED");
        assert!(said.header("www-authenticate").contains("error=\"invalid_token\""), "{bad}");
    }
    call(&world, "GET", "/v2/", "", &[("authorization", "Basic eDp5")], "").await.fails(401, "UNAUTHORIZED");
    world.pass_s(299);
    get(&world, "/v2/", &owner).await.is(200);
    world.pass_s(1);
    get(&world, "/v2/", &owner).await.fails(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn whoever_signs_out_takes_their_tokens_along() {
    let world = World::new().await;
    let owner = token(&world, "owner@acme.cn").await;
    let login = json!({"email": "owner@acme.cn", "password": PASSWORD});
    let tokens = world.post("/v1/auth/login", "", login).await.json();
    get(&world, "/v2/", &owner).await.is(200);
    world.post("/v1/auth/logout", "", json!({"refresh_token": tokens["refresh_token"]})).await.is(204);
    get(&world, "/v2/", &owner).await.fails(401, "UNAUTHORIZED");
    // A new one is good at once, also within the same second.
    get(&world, "/v2/", &token(&world, "owner@acme.cn").await).await.is(200);
}

#[tokio::test]
async fn tools_for_packages_are_told_to_pull_by_oci() {
    let world = World::new().await;
    let request = Request::get("/.well-known/wasm-pkg/registry.json").header("host", "registry.test");
    let said = world.send(request.body(Body::empty()).unwrap()).await.json();
    assert_eq!(said, json!({"preferredProtocol": "oci", "oci": {"registry": "registry.test", "namespacePrefix": ""}}));
}

#[tokio::test]
async fn an_api_token_is_a_password_for_what_it_may_do_and_as_long_as_it_counts() {
    let world = World::new().await;
    let owner = world.login("owner@acme.cn").await;
    let make = async |scopes: &[&str], modules: &[&str]| {
        let new = json!({"name": "oci", "org": "acme", "scopes": scopes, "modules": modules, "days": 30});
        world.post("/v1/me/tokens", &owner, new).await.is(201).json()
    };
    let oci = async |api: &Value| {
        let said = ask_token(&world, "ci", api["token"].as_str().unwrap(), &[SCOPE]).await.is(200).json();
        said["token"].as_str().unwrap().to_owned()
    };
    let api = make(&["publish-update"], &["count*"]).await;
    let pushes = oci(&api).await;
    let reads = oci(&make(&["read"], &["*"]).await).await;
    let elsewhere = oci(&make(&["read", "publish-update"], &["gauge"]).await).await;
    let lists = oci(&make(&["listing"], &["*"]).await).await;
    let component = counter("1.0.0");
    let image = push_version(&world, &pushes, "1.0.0", &component).await;
    sign(&world, &pushes, "1.0.0", &component, &image).await.is(201);
    assert!(submission(&world, "1.0.0").await.is_some());
    get(&world, "/manifests/1.0.0", &reads).await.is(200);
    for (token, who) in [(&elsewhere, "for another module"), (&lists, "neither reads nor publishes")] {
        let said = get(&world, "/manifests/1.0.0", token).await;
        assert_eq!(said.error(), (404, "MANIFEST_UNKNOWN".into()), "{who}");
    }
    for token in [&reads, &elsewhere, &lists] {
        put_manifest(&world, token, "1.0.1", &image).await.fails(403, "DENIED");
    }
    world.delete(&format!("/v1/me/tokens/{}", api["id"].as_str().unwrap()), &owner).await.is(204);
    get(&world, "/v2/", &pushes).await.fails(401, "UNAUTHORIZED");
    for gone in [api["token"].as_str().unwrap(), "tcr_mistyped"] {
        let said = ask_token(&world, "ci", gone, &[SCOPE]).await.fails(401, "UNAUTHORIZED");
        assert!(said.header("www-authenticate").starts_with("Basic "), "{gone}");
    }
}
