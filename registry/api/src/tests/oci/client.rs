//! A client that others wrote, over real HTTP.

use super::*;
use futures_util::TryStreamExt;
use oci_client::client::{BlobResponse, ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use tokio::net::TcpListener;

/// A registry that listens. The client looks at the real time to see whether its token is still good.
struct Listening {
    world: World,
    address: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Listening {
    async fn new() -> Self {
        let world = World::new().await;
        #[expect(clippy::disallowed_methods, reason = "the client under test knows no other clock")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        world.pass_s(now.cast_signed() - world.registry.now().0 / 1_000_000);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = world.router.clone();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { world, address, server }
    }

    fn client(&self, monolithic: bool) -> Client {
        let protocol = ClientProtocol::Http;
        Client::new(ClientConfig { protocol, use_monolithic_push: monolithic, ..ClientConfig::default() })
    }

    fn reference(&self, what: &str) -> Reference {
        format!("{}/{REPOSITORY}{what}", self.address).parse().unwrap()
    }
}

fn owner() -> RegistryAuth {
    RegistryAuth::Basic("owner@acme.cn".into(), PASSWORD.into())
}

/// Pushes the signature of a version, as a manifest about it.
async fn sign(listening: &Listening, client: &Client, version: &str, component: &[u8], image: &[u8]) {
    let layer = signature(&listening.world, &listening.world.key, version, component);
    let content = referring(SIGNATURE, &layer, image);
    let reference = listening.reference(&format!("@{}", digest::of(&content)));
    for bytes in [layer, b"{}".to_vec()] {
        client.push_blob(&reference, bytes.clone(), &digest::of(&bytes)).await.unwrap();
    }
    client.push_manifest_raw(&reference, content, MANIFEST.parse().unwrap()).await.unwrap();
}

#[tokio::test]
async fn it_pushes_in_every_style_and_what_was_approved_is_pulled_by_anybody() {
    let listening = Listening::new().await;
    let world = &listening.world;
    for (version, monolithic) in [("1.0.0", false), ("1.1.0", true)] {
        let (client, component) = (listening.client(monolithic), counter(version));
        let reference = listening.reference(&format!(":{version}"));
        let layer = ImageLayer::new(component.clone(), "application/wasm".into(), None);
        let config = Config::new(config(&component), CONFIG.into(), None);
        client.push(&reference, &[layer], config, &owner(), None).await.unwrap();
        let (image, pushed) = client.pull_manifest_raw(&reference, &owner(), &[MANIFEST]).await.unwrap();
        assert_eq!(pushed, digest::of(&image));
        let nobody = listening.client(false);
        assert!(nobody.pull_manifest_raw(&reference, &RegistryAuth::Anonymous, &[MANIFEST]).await.is_err());
        sign(&listening, &client, version, &component, &image).await;
        let id = submission(world, version).await.unwrap();
        assert_eq!(world.checked(&id).await["state"], "review");
        world.decide(&id, "approve").await.is(200);

        let pulled = nobody.pull(&reference, &RegistryAuth::Anonymous, vec!["application/wasm"]).await.unwrap();
        assert_eq!((&pulled.layers[0].data[..], pulled.digest.as_deref()), (&component[..], Some(pushed.as_str())));
        let by_digest = listening.reference(&format!("@{pushed}"));
        assert_eq!(nobody.fetch_manifest_digest(&by_digest, &RegistryAuth::Anonymous).await.unwrap(), pushed);
        let referrers = nobody.pull_referrers(&by_digest, Some(SIGNATURE)).await.unwrap();
        assert_eq!(referrers.manifests.len(), 1);
        assert_eq!(nobody.pull_referrers(&by_digest, None).await.unwrap().manifests.len(), 7);
        let tags = nobody.list_tags(&reference, &RegistryAuth::Anonymous, Some(1), Some("1.0.1")).await.unwrap();
        assert_eq!(tags.tags, if version == "1.0.0" { vec![] } else { vec!["1.1.0".to_owned()] });
    }
}

#[tokio::test]
async fn it_streams_mounts_resumes_and_pulls_what_came_through_the_api() {
    let listening = Listening::new().await;
    let world = &listening.world;
    world.approved("1.0.0", &[], &[]).await;
    let (client, reference) = (listening.client(false), listening.reference(":1.0.0"));
    let pulled = client.pull(&reference, &RegistryAuth::Anonymous, vec!["application/wasm"]).await.unwrap();
    let manifest: OciImageManifest = pulled.manifest.unwrap();
    let layer: &OciDescriptor = &manifest.layers[0];
    assert_eq!(layer.digest, digest::of(&pulled.layers[0].data));

    let part = client.pull_blob_stream_partial(&reference, layer, 10, Some(20)).await.unwrap();
    let BlobResponse::Partial(part) = part else { panic!("the whole came") };
    let part: Vec<u8> =
        part.stream.try_fold(Vec::new(), |all, more| async move { Ok([all, more.to_vec()].concat()) }).await.unwrap();
    assert_eq!(part, pulled.layers[0].data[10..30]);

    let client = listening.client(false);
    client.store_auth_if_needed(&listening.address, &owner()).await;
    let chunks = ["stre", "am", "ed"].map(|chunk| Ok(chunk.as_bytes().into()));
    let pushed = client.push_blob_stream_chunked(&reference, futures_util::stream::iter(chunks)).await.unwrap();
    assert_eq!((pushed.blob_digest, pushed.size), (digest::of(b"streamed"), 8));
    let monolithic = listening.client(true);
    monolithic.store_auth_if_needed(&listening.address, &owner()).await;
    let chunks = ["in ", "one"].map(|chunk| Ok(chunk.as_bytes().into()));
    let digest = digest::of(b"in one");
    monolithic.push_blob_stream(&reference, futures_util::stream::iter(chunks), &digest, Some(6)).await.unwrap();
    assert!(client.blob_exists(&reference, &digest).await.unwrap());
    assert!(!client.blob_exists(&reference, &toolcrib_trust::digest::of(b"never")).await.unwrap());
    world
        .post("/v1/modules", &world.login("owner@acme.cn").await, json!({"name": "other", "org": "acme"}))
        .await
        .is(201);
    let other: Reference = format!("{}/acme/other:1.0.0", listening.address).parse().unwrap();
    // It asks for a token of the target only, so the source is closed to it: it is told to upload.
    assert!(client.mount_blob(&other, &reference, &digest).await.is_err());
    client.mount_blob(&reference, &reference, &digest).await.unwrap();
}
