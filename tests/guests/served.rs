//! The JSON API of a plant on a port of its own, and a person of one tenant who talks to it.

use super::plant::{Plant, tenant_id};
use crate::scenarios::demo::Person;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use std::sync::Arc;
use tokio::task::JoinHandle;
use toolcrib_api::answer::identify;
use toolcrib_contract::problem::Problem;
use toolcrib_exhibit::{Exhibit, HostKey};
use toolcrib_ingest::Mapping;
use toolcrib_runtime::{Gate, Runtime};
use toolcrib_server::SystemChance;
use toolcrib_trust::Signer;

/// Lets everybody in: the token is the slug of their tenant, where they are an owner.
struct Open;

impl Gate for Open {
    fn person(&self, token: &str) -> Result<toolcrib_runtime::Person, Problem> {
        let roles = [(tenant_id(token), "owner".to_owned())].into();
        Ok(toolcrib_runtime::Person { id: "1".to_owned(), roles })
    }
}

/// What factories show others, signed with a key that no registry knows.
pub fn exhibit(runtime: &Runtime, mapping: &Arc<Mapping>) -> Arc<Exhibit> {
    let key = HostKey::new(Signer::generate(&SystemChance), Vec::new());
    Arc::new(Exhibit::new(runtime.clone(), mapping.clone(), key))
}

/// A server that ends with the test.
pub struct Served {
    base: String,
    server: JoinHandle<()>,
}

impl Served {
    pub async fn of(plant: &Plant) -> Self {
        let mapping = Arc::new(toolcrib_ingest::Mapping::new(plant.runtime().clone()));
        let exhibit = exhibit(plant.runtime(), &mapping);
        let host = toolcrib_api::Host { runtime: plant.runtime().clone(), gate: Arc::new(Open), mapping, exhibit };
        let routes: Router = toolcrib_api::router(host).layer((from_fn(identify), DefaultBodyLimit::max(8 << 20)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.expect("served") });
        Self { base, server }
    }

    /// An owner of the tenant with this slug.
    pub fn owner(&self, slug: &str) -> Person {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Person { http, base: self.base.clone(), token: Some(slug.to_owned()) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}
