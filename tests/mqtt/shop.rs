//! An MQTT endpoint on a real runtime. Its devices' tokens follow from their names.

use super::raw::Raw;
use crate::guests::plant::{Plant, START, tenant_id};
use std::net::SocketAddr;
use std::sync::Arc;
use toolcrib_contract::signal::Sample;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_ingest::Mapping;
use toolcrib_ingest::mqtt::{Endpoint, Settings, user_name};
use toolcrib_runtime::{DeviceGrant, Source, TenantGrant, World};

/// Quota of the shops that do not test it.
const MESSAGES_EACH_S: u32 = 1_000_000;

/// A host with an endpoint.
pub struct Shop {
    pub plant: Plant,
    pub mapping: Arc<Mapping>,
    pub endpoint: Endpoint,
    pub address: SocketAddr,
}

/// What the endpoint needs of the world beside its runtime: names for clients without one.
struct Dull;

impl Chance for Dull {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}

impl toolcrib_contract::world::Clock for Dull {
    fn now(&self) -> Instant {
        START
    }
}

/// The world of what is tested around a runtime that has its own.
pub fn world() -> World {
    World { clock: Arc::new(Dull), chance: Arc::new(Dull) }
}

pub fn token(tenant: &str, device: &str) -> String {
    format!("tcd_of_{tenant}_{device}")
}

/// The plant's time some microseconds after its start, as text.
pub fn at(us: i64) -> Instant {
    START.plus_us(us)
}

/// A line of JSON with one reading.
pub fn line(signal: &str, us: i64, value: impl std::fmt::Display) -> String {
    format!("{{\"signal\":\"{signal}\",\"at\":\"{}\",\"value\":{value}}}\n", at(us))
}

impl Shop {
    /// Tenants `donghu` and `nanxi`, each with the devices `gateway` and `press`.
    pub async fn open() -> Self {
        Self::with(MESSAGES_EACH_S).await
    }

    pub async fn with(messages_each_s: u32) -> Self {
        Self::on(Plant::new(), messages_each_s).await
    }

    /// The same on a host of whatever setup.
    pub async fn on(plant: Plant, messages_each_s: u32) -> Self {
        for slug in ["donghu", "nanxi"] {
            plant.apply(grant(slug, &["gateway", "press"], true)).await;
        }
        let mapping = Arc::new(Mapping::new(plant.runtime().clone()));
        let endpoint = Endpoint::new(plant.runtime().clone(), mapping.clone(), world(), Settings { messages_each_s });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(endpoint.clone().listen(listener, None));
        tokio::spawn(endpoint.clone().watch());
        Self { plant, mapping, endpoint, address }
    }

    /// A client that has not said anything yet.
    pub async fn raw(&self) -> Raw {
        Raw::over(tokio::net::TcpStream::connect(self.address).await.unwrap())
    }

    /// The samples of a signal, by microseconds after the start.
    pub async fn stored(&self, tenant: &str, signal: &str) -> Vec<(i64, Sample)> {
        let (from, until) = (START.plus_us(-3_600_000_000), START.plus_us(3_600_000_000));
        let samples = self.plant.runtime().samples(tenant_id(tenant), signal.to_owned(), from, until, 10_000).await;
        let samples = samples.unwrap();
        samples.times.iter().map(|time| time - START.0).zip(samples.values).collect()
    }

    pub fn source(&self, tenant: &str, device: &str) -> Source {
        self.plant.runtime().sources().look(tenant_id(tenant), device)
    }
}

/// What a tenant with these devices agreed to: no modules.
pub fn grant(slug: &str, devices: &[&str], active: bool) -> TenantGrant {
    let device = |name: &&str| DeviceGrant {
        id: (*name).to_owned(),
        name: (*name).to_owned(),
        token_sha256: sha256(&token(slug, name)),
        certificate_sha256: None,
        active: true,
    };
    TenantGrant {
        id: tenant_id(slug),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        active,
        modules: Vec::new(),
        stopped: Vec::new(),
        devices: devices.iter().map(device).collect(),
        readings: Vec::new(),
    }
}

pub fn sha256(text: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(text).into()
}

/// User name and password of a device.
pub fn credential(tenant: &str, device: &str) -> (String, String) {
    (user_name(tenant, device), token(tenant, device))
}
