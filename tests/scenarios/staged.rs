//! A registry over real HTTP, in this process, on a clock that is moved on by hand: publicity, deadlines and months pass.

use crate::chaos::servers::{PASSWORD, SystemChance};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use toolcrib_catalog::{Catalog, NewKey, NewPerson, NewSubmission, PersonId, State, Verdict};
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Report;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;
use toolcrib_registry_api::{Parts, Registry, Waits, router};
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{NewMember, NewOrg, NewTenant, OrgKind, Plan, PlanKind};
use toolcrib_sandbox::ChildCommand;
use toolcrib_server::around;
use toolcrib_trust::publication::Publication;
use toolcrib_trust::rotation::TokenKeys;
use toolcrib_trust::{Notary, Signer, password};
use toolcrib_vetting::Vetter;

const ADMIN: &str = "admin@market.cn";

struct Staged(AtomicI64);

impl Clock for Staged {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

/// A registry, and what is needed to act in it.
pub struct Stage {
    _folder: TempDir,
    clock: Arc<Staged>,
    catalog: Catalog,
    notary: Notary,
    stopping: CancellationToken,
    client: Client,
    http: reqwest::Client,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

fn member(email: &str, role: &str) -> NewMember {
    NewMember { email: email.into(), name: email.into(), password: PASSWORD.into(), role: role.into() }
}

impl Stage {
    /// A marketplace on 2026-11-26, 10:00 in China.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path()).await.unwrap();
        let start: Instant = "2026-11-26T02:00:00Z".parse().unwrap();
        let clock = Arc::new(Staged(AtomicI64::new(start.0)));
        let chance = Arc::new(SystemChance);
        let notary = Notary::new(Signer::generate(&*chance), Signer::generate(&*chance));
        let password_hash = Some(password::hash(PASSWORD, &*chance).unwrap());
        let admin = NewPerson { email: ADMIN.into(), name: "Admin".into(), password_hash };
        catalog.ensure_marketplace("Market", &admin, start, &*chance).await.unwrap();
        // Nothing is vetted here: modules are on the shelves already.
        let never = || ChildCommand { program: PathBuf::from("/nonexistent"), args: Vec::new() };
        let registry = Registry::new(Parts {
            catalog: catalog.clone(),
            token_keys: TokenKeys::new(Signer::generate(&*chance), start, &*chance),
            keep_keys: Arc::new(|_| Ok(())),
            notary: notary.clone(),
            factor_key: [9; 32],
            issuers: Vec::new(),
            fetch: Arc::new(|url| Box::pin(async move { Err(format!("{url} is not fetched here")) })),
            vetter: Vetter::new(never(), never()),
            clock: clock.clone(),
            chance,
            waits: Waits { force: Duration::ZERO, poll: Duration::ZERO },
        });
        let stopping = CancellationToken::new();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (routes, stop) = (around(router(registry), stopping.clone()), stopping.clone());
        tokio::spawn(async move { axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { _folder: folder, clock, catalog, notary, stopping, client, http }
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    pub fn pass_days(&self, days: i64) {
        self.clock.0.fetch_add(days * 86_400_000_000, Ordering::SeqCst);
    }

    /// Long enough for what happens next to be later, too short for anybody to be signed out.
    pub fn pass_s(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Somebody who signs in now.
    pub async fn person(&self, email: &str) -> Client {
        self.client.with_token(self.token(email).await)
    }

    async fn token(&self, email: &str) -> String {
        self.client.login(email, PASSWORD).await.unwrap().access_token
    }

    /// Nobody.
    pub fn stranger(&self) -> &Client {
        &self.client
    }

    pub async fn admin(&self) -> Client {
        self.person(ADMIN).await
    }

    /// An organisation whose first person is `owner@<slug>.cn`.
    pub async fn org(&self, slug: &str, kind: OrgKind, city: Option<&str>) {
        let role = if kind == OrgKind::Authority { "official" } else { "owner" };
        let owner = member(&format!("owner@{slug}.cn"), role);
        let new = NewOrg { slug: slug.into(), name: slug.to_uppercase(), kind, city: city.map(str::to_owned), owner };
        self.admin().await.new_org(&new).await.unwrap();
    }

    /// Adds somebody, by the first person of the organisation.
    pub async fn joins(&self, org: &str, email: &str, role: &str) {
        let by = self.person(&format!("owner@{org}.cn")).await;
        by.new_org_member(org, &member(email, role)).await.unwrap();
    }

    pub async fn tenant(&self, org: &str, slug: &str) {
        let zone = "Asia/Shanghai".to_owned();
        let new = NewTenant { org: org.into(), slug: slug.into(), name: slug.into(), time_zone: zone };
        self.person(&format!("owner@{org}.cn")).await.new_tenant(&new).await.unwrap();
    }

    /// Status and body of a request that the client has no method for.
    pub async fn send(&self, by: &str, method: reqwest::Method, path: &str, body: &Value) -> (u16, Value, String) {
        let request = self.http.request(method, format!("{}{path}", self.client.address()));
        let answer = request.bearer_auth(self.token(by).await).json(body).send().await.unwrap();
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let (status, kind) = (answer.status().as_u16(), kind.to_owned());
        (status, answer.json().await.unwrap_or(Value::Null), kind)
    }

    async fn id(&self, email: &str) -> PersonId {
        self.catalog.credentials(email).await.unwrap().unwrap().0
    }

    /// A version of a module of this provider on the shelves, with a plan of ¥99 a month.
    pub async fn module(&self, org: &str, module: &str) {
        let (owner, admin, now) = (self.id(&format!("owner@{org}.cn")).await, self.id(ADMIN).await, self.now());
        let key = Signer::generate(&SystemChance);
        self.catalog.add_key(org, &NewKey::plain(key.public_key()), &owner, now, &self.notary).await.unwrap();
        self.catalog.take_module(module, org, &owner, now).await.unwrap();
        let words = Words { zh: "设备效率".into(), en: "Equipment".into() };
        let manifest = Manifest {
            module: module.into(),
            version: "1.2.0".into(),
            sdk: "test".into(),
            title: words.clone(),
            summary: words.clone(),
            records: vec![],
            reads: vec![],
            calls: vec![],
            events: vec![],
            handlers: vec![],
            requests: vec![],
            views: vec![],
        };
        let component = format!("component of {module}").into_bytes();
        let statement = Publication::of(&component, &manifest, "test").seal(&key);
        let digest = toolcrib_trust::digest::of(&component);
        let new = NewSubmission { manifest: manifest.clone(), component, key_id: key.key_id(), statement, by: owner };
        let id = self.catalog.submit(new, now, &SystemChance).await.unwrap();
        let report = Report { rules: "rules-1".into(), digest, manifest: Some(manifest), ..Report::default() };
        assert_eq!(self.catalog.record_report(&id, &report, now).await.unwrap(), State::Review);
        let approve = Verdict::Approve { rules: "rules-1".into() };
        if self.catalog.decide(&id, &approve, "good", &admin, now, &self.notary).await.unwrap() == State::Review {
            self.admin().await.new_org_member("marketplace", &member("second@market.cn", "reviewer")).await.unwrap();
            let second = self.id("second@market.cn").await;
            self.catalog.decide(&id, &approve, "good", &second, now, &self.notary).await.unwrap();
        }
        let (kind, price) = (PlanKind::Monthly, "99".to_owned());
        let plan = Plan { code: "month".into(), kind, name: words, price, trial_days: 0, readings_months: None };
        let (path, by) = (format!("/v1/modules/{module}/plans"), format!("owner@{org}.cn"));
        let (status, body, _) = self.send(&by, reqwest::Method::POST, &path, &json!(plan)).await;
        assert_eq!(status, 201, "{body}");
    }
}
