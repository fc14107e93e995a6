//! A real registry in this process, over HTTP, with two providers.

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cargo_toolcrib::Tools;
use std::path::Path;
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

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_cargo-toolcrib");
pub const PASSWORD: &str = "correct horse battery";

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
pub async fn registry(folder: &Path) -> String {
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
        let org = NewOrg { slug: slug.into(), name: slug.into(), kind: OrgKind::Provider, city: None, owner };
        admin.new_org(&org).await.unwrap();
    }
    address
}
