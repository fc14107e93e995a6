//! A registry with a marketplace, two providers and two SMEs, whose clock the test moves.

use crate::{CiIssuer, Parts, Registry, Waits, check_submissions, router};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use toolcrib_catalog::{Catalog, NewPerson};
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_sandbox::ChildCommand;
use toolcrib_trust::publication::Publication;
use toolcrib_trust::rotation::TokenKeys;
use toolcrib_trust::{Notary, Signer, password, secret, statement};
use toolcrib_vetting::Vetter;
use tower::ServiceExt;

/// Everybody's.
pub const PASSWORD: &str = "correct horse";
/// Token of the host.
pub const HOST: &str = "tch_of_the_only_host";

pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

pub struct Seeded(AtomicU64);

impl Chance for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 27)).to_le_bytes()[..chunk.len()]);
        }
    }
}

pub struct World {
    pub folder: TempDir,
    pub registry: Registry,
    pub router: Router,
    clock: Arc<TestClock>,
    pub chance: Arc<Seeded>,
    pub notary: Notary,
    /// How often token keys were kept.
    pub kept_keys: Arc<Mutex<u32>>,
    /// Publishing key of `acme`.
    pub key: Signer,
}

/// Status, and the body as JSON or the problem.
pub struct Answer {
    pub status: StatusCode,
    pub body: Vec<u8>,
    pub problem: Option<Problem>,
    pub headers: axum::http::HeaderMap,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        assert!(self.status.is_success(), "{} {:?}", self.status, self.problem);
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The stable code of the problem.
    #[track_caller]
    pub fn code(&self) -> &str {
        &self.problem.as_ref().unwrap_or_else(|| panic!("no problem but {}", self.status)).code
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.problem);
        self
    }
}

/// Not tests: the children, which the vetter starts from this same binary.
#[test]
#[ignore = "started by other tests as their child"]
fn vet_child() {
    std::process::exit(i32::from(toolcrib_vetting::vet_child_main() != ExitCode::SUCCESS));
}

#[test]
#[ignore = "started by other tests as their compiler"]
fn compile_child() {
    std::process::exit(i32::from(toolcrib_sandbox::compile_child_main() != ExitCode::SUCCESS));
}

fn child(name: &str) -> ChildCommand {
    let program = std::env::current_exe().unwrap();
    let test = format!("{}::{name}", module_path!().split_once("::").unwrap().1);
    ChildCommand { program, args: ["--exact", &test, "--ignored", "--nocapture"].map(Into::into).to_vec() }
}

impl World {
    pub async fn new() -> Self {
        Self::patient(Waits { force: Duration::from_secs(20), poll: Duration::from_secs(20) }).await
    }

    /// With other waits.
    pub async fn patient(waits: Waits) -> Self {
        Self::with(waits, Vec::new()).await
    }

    /// With issuers of CI identities, whose keys are fetched over HTTP.
    pub async fn with(waits: Waits, issuers: Vec<CiIssuer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path()).await.unwrap();
        // 2026-11-23T08:00:00Z
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_507_200_000_000)));
        let chance = Arc::new(Seeded(AtomicU64::new(5)));
        let notary = Notary::new(Signer::generate(&*chance), Signer::generate(&*chance));
        let token_keys = TokenKeys::new(Signer::generate(&*chance), clock.now(), &*chance);
        let kept_keys = Arc::new(Mutex::new(0));
        let count = kept_keys.clone();
        let hash = password::hash(PASSWORD, &*chance).unwrap();
        let admin = NewPerson { email: "admin@market.cn".into(), name: "Admin".into(), password_hash: Some(hash) };
        catalog.ensure_marketplace("Marketplace", &admin, clock.now(), &*chance).await.unwrap();
        let registry = Registry::new(Parts {
            catalog,
            token_keys,
            keep_keys: Arc::new(move |keys| {
                TokenKeys::parse(&keys.to_json()).map_err(std::io::Error::other)?;
                *count.lock().unwrap() += 1;
                Ok(())
            }),
            notary: notary.clone(),
            factor_key: [9; 32],
            issuers,
            fetch: Arc::new(|url| {
                Box::pin(async move {
                    let answer = reqwest::get(url).await.map_err(|error| error.to_string())?;
                    Ok(answer.bytes().await.map_err(|error| error.to_string())?.to_vec())
                })
            }),
            vetter: Vetter::new(child("vet_child"), child("compile_child")),
            clock: clock.clone(),
            chance: chance.clone(),
            waits,
        });
        let key = Signer::generate(&*chance);
        let world = Self { folder, router: router(registry.clone()), registry, clock, chance, notary, kept_keys, key };
        world.populate().await;
        world
    }

    async fn populate(&self) {
        let admin = self.login("admin@market.cn").await;
        for (slug, kind) in [("acme", "provider"), ("bolt", "provider"), ("red-star", "sme"), ("blue-sky", "sme")] {
            let owner =
                json!({"email": format!("owner@{slug}.cn"), "name": "Owner", "password": PASSWORD, "role": "owner"});
            let org = json!({"slug": slug, "name": slug.to_uppercase(), "kind": kind, "owner": owner});
            self.post("/v1/orgs", &admin, org).await.is(201);
        }
        self.join("/v1/orgs/marketplace/members", "second@market.cn", "reviewer", "admin@market.cn").await.is(204);
        for org in ["red-star", "blue-sky"] {
            let tenant =
                json!({"org": org, "slug": format!("{org}-shop"), "name": "Shop", "time_zone": "Asia/Shanghai"});
            self.post("/v1/tenants", &self.login(&format!("owner@{org}.cn")).await, tenant).await.is(201);
        }
        let (context, message) = statement::key("acme");
        let proof = self.key.sign(context, &message);
        let key = json!({"public_key": self.key.public_key().to_base64(), "proof": proof});
        let provider = self.login("owner@acme.cn").await;
        self.post("/v1/orgs/acme/keys", &provider, key).await.is(201);
        self.post("/v1/modules", &provider, json!({"name": "counter", "org": "acme"})).await.is(201);
    }

    pub fn pass_s(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (mut parts, body) = response.into_parts();
        let problem = parts.extensions.remove::<Problem>();
        assert_eq!(
            parts.status.is_client_error() || parts.status.is_server_error(),
            problem.is_some(),
            "{}",
            parts.status
        );
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, body, problem, headers: parts.headers }
    }

    /// An empty token is nobody's.
    pub async fn request(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.request(Method::GET, path, token, None).await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.request(Method::POST, path, token, Some(body)).await
    }

    pub async fn delete(&self, path: &str, token: &str) -> Answer {
        self.request(Method::DELETE, path, token, None).await
    }

    /// The access token of a person.
    pub async fn login(&self, email: &str) -> String {
        let tokens = self.post("/v1/auth/login", "", json!({"email": email, "password": PASSWORD})).await.json();
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    /// Adds a person to an organisation or tenant (the path of its members).
    pub async fn join(&self, members: &str, email: &str, role: &str, by: &str) -> Answer {
        let member = json!({"email": email, "name": "N. N.", "password": PASSWORD, "role": role});
        self.post(members, &self.login(by).await, member).await
    }

    /// Publishes with a key, as `owner@acme.cn`.
    pub async fn publish_with(&self, key: &Signer, module: &str, version: &str, component: &[u8]) -> Answer {
        let dummy = || super::component::manifest(module, version, &[], &[]);
        let described = self.registry.vetter().describe(component).unwrap_or_else(|_| dummy());
        let said = Publication::of(component, &described, "test");
        let said = Publication { module: module.to_owned(), version: version.to_owned(), ..said };
        let request = Request::builder().method(Method::POST).uri(format!("/v1/modules/{module}/versions"));
        let request = request
            .header("authorization", format!("Bearer {}", self.login("owner@acme.cn").await))
            .header("content-type", "application/wasm")
            .header("toolcrib-statement", said.seal(key));
        self.send(request.body(Body::from(component.to_vec())).unwrap()).await
    }

    pub async fn publish(&self, version: &str, component: &[u8]) -> Answer {
        self.publish_with(&self.key, "counter", version, component).await
    }

    /// Runs the checker until it has said something about this submission.
    pub async fn checked(&self, submission: &str) -> Value {
        let token = self.login("admin@market.cn").await;
        let path = format!("/v1/submissions/{submission}");
        let left = async {
            loop {
                let submission = self.get(&path, &token).await.json();
                if submission["state"] != "submitted" && submission["state"] != "checking" {
                    break submission;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            submission = left => submission,
            () = check_submissions(self.registry.clone()) => unreachable!("the checker runs for ever"),
        }
    }

    /// Decides as this person of the marketplace.
    pub async fn decide_as(&self, who: &str, submission: &str, decision: &str) -> Answer {
        let token = self.login(who).await;
        let path = format!("/v1/submissions/{submission}/decision");
        self.post(&path, &token, json!({"decision": decision, "reason": "because"})).await
    }

    /// Decides as the marketplace's administrator, and as its other reviewer where one is not enough.
    pub async fn decide(&self, submission: &str, decision: &str) -> Answer {
        let decided = self.decide_as("admin@market.cn", submission, decision).await;
        if decided.status.is_success() && decided.json()["state"] == "review" {
            return self.decide_as("second@market.cn", submission, decision).await;
        }
        decided
    }

    /// From bytes to an approved version of `counter`.
    pub async fn approved(&self, version: &str, required: &[&str], optional: &[&str]) {
        let component =
            super::component::component(&super::component::manifest("counter", version, required, optional), 7);
        let submission =
            self.publish(version, &component).await.is(202).json()["submission"].as_str().unwrap().to_owned();
        let report = self.checked(&submission).await;
        assert_eq!(report["state"], "review", "{report}");
        self.decide(&submission, "approve").await.is(200);
    }

    /// Lets the host in and has it confirm what there is. Returns the newest number.
    pub async fn host(&self) -> u64 {
        self.registry.catalog().ensure_host("host", &secret::hash(HOST), self.registry.now()).await.unwrap();
        let signed = self.get("/v1/hosts/snapshot", HOST).await.json();
        let snapshot: Value = serde_json::from_str(signed["payload"].as_str().unwrap()).unwrap();
        let seq = snapshot["seq"].as_u64().unwrap();
        self.get(&format!("/v1/hosts/snapshot?after={seq}"), HOST).await.is(204);
        seq
    }
}
