//! Publishing, over HTTP, to a real registry in this process.

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cargo_toolcrib::Tools;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use toolcrib_catalog::{Catalog, NewPerson};
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_registry_api::{Parts, Registry, Waits, check_submissions, router};
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{NewMember, NewOrg, OrgKind};
use toolcrib_trust::rotation::TokenKeys;
use toolcrib_trust::{Notary, Signer, password};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cargo-toolcrib");
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/published");
const PASSWORD: &str = "correct horse battery";

struct Noon;
impl Clock for Noon {
    fn now(&self) -> Instant {
        Instant(1_795_521_600_000_000)
    }
}

/// Distinct, and the same in every run.
struct Counting(AtomicU64);
impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Writes the body of a refusal, as the server's outermost layer does.
async fn problems(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => (response.status(), Json(problem)).into_response(),
        None => response,
    }
}

/// Starts a registry with two providers; gives its address.
async fn registry(folder: &Path) -> String {
    let (clock, chance) = (Arc::new(Noon), Arc::new(Counting(AtomicU64::new(1))));
    let catalog = Catalog::open(folder).await.unwrap();
    let hash = password::hash(PASSWORD, &*chance).unwrap();
    let admin = NewPerson { email: "admin@example.com".into(), name: "Admin".into(), password_hash: Some(hash) };
    catalog.ensure_marketplace("Marketplace", &admin, clock.now(), &*chance).await.unwrap();
    let token_keys = TokenKeys::new(Signer::generate(&*chance), clock.now(), &*chance);
    let registry = Registry::new(Parts {
        catalog,
        token_keys,
        keep_keys: Arc::new(|_| Ok(())),
        notary: Notary::new(Signer::generate(&*chance), Signer::generate(&*chance)),
        factor_key: [9; 32],
        issuers: Vec::new(),
        fetch: Arc::new(|url| Box::pin(async move { Err(format!("no issuer is known, nor {url}")) })),
        vetter: Tools::of(PROGRAM).vetter(),
        clock,
        chance,
        waits: Waits::default(),
    });
    tokio::spawn(check_submissions(registry.clone()));
    let app = router(registry).layer(axum::middleware::from_fn(problems));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });

    let client = Client::new(&address).unwrap();
    let admin = client.login("admin@example.com", PASSWORD).await.unwrap();
    let admin = client.with_token(admin.access_token);
    for slug in ["acme", "bolt"] {
        let (email, password) = (format!("owner@{slug}.example.com"), PASSWORD.to_owned());
        let owner = NewMember { email, name: "Owner".into(), password, role: "owner".into() };
        let org = NewOrg { slug: slug.into(), name: slug.into(), kind: OrgKind::Provider, owner };
        admin.new_org(&org).await.unwrap();
    }
    address
}

async fn toolcrib(dir: &Path, args: &[&str], password: &str) -> (Option<i32>, String) {
    let mut command = tokio::process::Command::new(PROGRAM);
    command.args(args).current_dir(dir).env("CARGO_TARGET_DIR", TARGET).env("TOOLCRIB_PASSWORD", password);
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} lacks {from}", path.display());
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_signed_submitted_and_checked_and_its_name_is_its_providers() {
    let (data, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let address = registry(data.path()).await;
    let run = async |dir: &Path, args: &[&str]| toolcrib(dir, args, PASSWORD).await;
    assert_eq!(run(home.path(), &["new", "published"]).await.0, Some(0));
    let folder = home.path().join("published");
    for key in ["toolcrib.key", "bolt.key"] {
        assert_eq!(run(&folder, &["keygen", key]).await.0, Some(0));
    }
    let acme = ["publish", "--registry", &address, "--email", "owner@acme.example.com"];
    let bolt = ["publish", "--registry", &address, "--email", "owner@bolt.example.com", "--key", "bolt.key"];

    let (code, said) = toolcrib(&folder, &acme, "wrong horse battery").await;
    assert!(code == Some(1) && said.contains("bad-credentials"), "{said}");
    let (code, said) = run(&folder, &[&acme[..], &["--org", "bolt"]].concat()).await;
    assert!(code == Some(1) && said.contains("use --org with one of acme"), "{said}");

    // What the checks find is told at once, and the same version may be corrected.
    edit(&folder.join("scenarios/handover.json"), "text-empty", "empty-text");
    let (code, said) = run(&folder, &acme).await;
    assert!(code == Some(1) && said.contains("error[scenario-mismatch]") && said.contains("0.1.0: failed"), "{said}");
    edit(&folder.join("scenarios/handover.json"), "empty-text", "text-empty");
    let (code, said) = run(&folder, &acme).await;
    assert!(code == Some(0) && said.contains("published 0.1.0: review"), "{said}");

    let (code, said) = run(&folder, &bolt).await;
    assert!(code == Some(1) && said.contains("belongs to another provider"), "{said}");

    // The next key follows, and the first one publishes nothing more.
    assert_eq!(run(&folder, &["keygen", "next.key"]).await.0, Some(0));
    let keys = ["keys", "--registry", &address, "--email", "owner@acme.example.com"];
    let (code, said) = run(&folder, &[&keys[..], &["rotate", "next.key"]].concat()).await;
    assert!(code == Some(0) && said.contains("publishes nothing more"), "{said}");
    edit(&folder.join("Cargo.toml"), "version = \"0.1.0\"", "version = \"0.2.0\"");
    let (code, said) = run(&folder, &acme).await;
    assert!(code == Some(1) && said.contains("not-allowed"), "{said}");
    let (code, said) = run(&folder, &[&acme[..], &["--key", "next.key"]].concat()).await;
    assert!(code == Some(0) && said.contains("published 0.2.0: review"), "{said}");
    let (_, listed) = run(&folder, &[&keys[..], &["list"]].concat()).await;
    let next = listed.lines().find(|line| line.contains("introduced by")).expect("the next key is listed");
    let (code, said) = run(&folder, &[&keys[..], &["revoke", next.split(' ').next().unwrap()]].concat()).await;
    assert!(code == Some(0) && said.contains("counts no more"), "{said}");
}
