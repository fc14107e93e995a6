//! A tenant of a real host behind a real listener, for people with tokens and a gateway.

use crate::guests::plant::{Plant, agree, tenant_id};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;
use toolcrib_ingest::mqtt::Brokers;
use toolcrib_runtime::{DeviceGrant, TenantGrant};
use toolcrib_server::factory::{Floor, Who};
use toolcrib_server::{Keyring, SystemChance, around};
use toolcrib_trust::{Issuer, Signer};

const DEVICE_TOKEN: &str = "tcd_0123456789abcdef0123456789abcdef0123456789abcdef";

/// A tenant and how to reach it.
pub struct Shop {
    plant: Plant,
    issuer: Issuer,
    tenant: String,
    base: String,
    http: reqwest::Client,
    /// Of the owner and of the operator; they last for a quarter of an hour.
    tokens: Mutex<[String; 2]>,
    stopping: CancellationToken,
}

/// The plant's own clock, for the gate.
struct OfPlant(Arc<std::sync::atomic::AtomicI64>);

impl Clock for OfPlant {
    fn now(&self) -> Instant {
        Instant(self.0.load(std::sync::atomic::Ordering::Acquire))
    }
}

impl Shop {
    /// A tenant that subscribed to these modules, at this moment.
    pub async fn open(modules: &[&str], now: Instant) -> (Self, Arc<std::sync::atomic::AtomicI64>) {
        let plant = Plant::new();
        plant.freeze(now);
        let shown = Arc::new(std::sync::atomic::AtomicI64::new(now.0));
        let slug = "shop".to_owned();
        let modules = modules.iter().map(|name| agree(&plant.load(name))).collect();
        let (id, name, time_zone) = (tenant_id(&slug), "Works".to_owned(), "Asia/Shanghai".to_owned());
        let device = DeviceGrant {
            id: "gateway".to_owned(),
            name: "gateway".to_owned(),
            token_sha256: sha256(DEVICE_TOKEN),
            certificate_sha256: None,
            active: true,
        };
        let (active, stopped, devices, readings) = (true, Vec::new(), vec![device], Vec::new());
        plant.apply(TenantGrant { id, slug, name, time_zone, active, modules, stopped, devices, readings }).await;

        let issuer = Issuer::new(&Signer::generate(&SystemChance));
        let folder = plant.dir(id);
        let keys = folder.ancestors().nth(3).unwrap().join("jwks.json");
        let gate = Keyring::new(keys, Arc::new(OfPlant(shown.clone())));
        gate.renew(&issuer.key_set().to_json()).unwrap();
        let (runtime, gate) = (plant.runtime().clone(), Arc::new(gate));
        let mapping = Arc::new(toolcrib_ingest::Mapping::new(runtime.clone()));
        let brokers = Brokers::unconnected(runtime.clone(), mapping.clone(), crate::mqtt::shop::world());
        let exhibit = crate::guests::exhibit(&runtime, &mapping);
        let routes = toolcrib_api::router(toolcrib_api::Host { runtime, gate, mapping, brokers, exhibit });
        let stopping = CancellationToken::new();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v1/t/shop", listener.local_addr().unwrap());
        let (routes, stop) = (around(routes, stopping.clone()), stopping.clone());
        tokio::spawn(async move { axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let (tenant, tokens) = (id.to_string(), Mutex::default());
        let shop = Self { plant, issuer, tenant, base, http, tokens, stopping };
        shop.sign_in(now);
        (shop, shown)
    }

    fn sign_in(&self, now: Instant) {
        let token = |person: &str, role: &str| {
            let roles = BTreeMap::from([(self.tenant.clone(), role.to_owned())]);
            self.issuer.issue(person.to_owned(), roles, BTreeMap::new(), now, &SystemChance).unwrap()
        };
        let owner = token("018f0e6e-7b1c-7cc3-a1b2-00000000beef", "owner");
        *self.tokens.lock().unwrap() = [owner, token("018f0e6e-7b1c-7cc3-a1b2-00000000cafe", "operator")];
    }

    /// Runs an operation.
    ///
    /// # Errors
    /// The problem that the host answered.
    pub async fn ask(&self, who: Who, module: &str, operation: &str, input: &Value) -> Result<Value, Problem> {
        let token = self.tokens.lock().unwrap()[usize::from(who == Who::Operator)].clone();
        let request = self.http.post(format!("{}/m/{module}/{operation}", self.base)).bearer_auth(token).json(input);
        let response = request.send().await.unwrap();
        let good = response.status().is_success();
        let body = response.bytes().await.unwrap();
        if good { Ok(serde_json::from_slice(&body).unwrap()) } else { Err(serde_json::from_slice(&body).unwrap()) }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

/// The shop with its clock.
pub struct OnTheClock(pub Shop, pub Arc<std::sync::atomic::AtomicI64>);

impl Floor for OnTheClock {
    async fn at(&self, moment: Instant) -> anyhow::Result<()> {
        self.0.plant.freeze(moment);
        self.1.store(moment.0, std::sync::atomic::Ordering::Release);
        self.0.sign_in(moment);
        Ok(())
    }

    async fn invoke(&self, who: Who, module: &str, operation: &str, input: &Value) -> anyhow::Result<Value> {
        let answer = self.0.ask(who, module, operation, input).await;
        answer.map_err(|problem| anyhow::anyhow!("{module}/{operation} with {input}: {problem} {problem:?}"))
    }

    async fn readings(&self, lines: String) -> anyhow::Result<()> {
        let request = self.0.http.post(format!("{}/readings", self.0.base)).bearer_auth(DEVICE_TOKEN);
        let response = request.header("content-type", "application/x-ndjson").body(lines).send().await?;
        let status = response.status();
        anyhow::ensure!(status.is_success(), "readings: {status} {}", response.text().await?);
        Ok(())
    }
}

fn sha256(text: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).into()
}
