//! A module fetches orders from a small ERP: published through the real pipeline, agreed to, run, and cancelled.

use crate::chaos::servers::{Product, Servers};
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use toolcrib_registry_client::Client;

/// Another system in the plant: a list of orders, and how often somebody asked.
#[derive(Default)]
struct Erp {
    orders: Mutex<Option<&'static str>>,
    asked: AtomicU32,
}

impl Erp {
    /// On this machine, until the test ends. Its address, as a host's configuration names it.
    async fn start(self: Arc<Self>) -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = axum::Router::new().route("/orders", get(orders)).with_state(self);
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// Has these orders from now on; none: it fails.
    fn has(&self, orders: Option<&'static str>) {
        *self.orders.lock().unwrap() = orders;
    }
}

async fn orders(State(erp): State<Arc<Erp>>) -> Result<&'static str, axum::http::StatusCode> {
    erp.asked.fetch_add(1, Ordering::Relaxed);
    erp.orders.lock().unwrap().ok_or(axum::http::StatusCode::SERVICE_UNAVAILABLE)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_come_from_another_system_once_and_only_while_the_tenant_agrees() {
    let erp = Arc::new(Erp::default());
    let address = erp.clone().start().await;
    let config = format!(
        "[[host.intranet]]\ntenant = \"plant-0\"\nhost = \"erp.example.com\"\naddress = \"{address}\"\nplain_http = true\n"
    );
    let grants = ["outbound:erp.example.com"];
    let product = Product { module: "orders", grants: &grants, query: "ticks", config: &config, marketplace: "" };
    let (servers, host) = Servers::with(2, product).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = |tenant: usize, operation: &str, key: &str| {
        let url = format!("{}/v1/t/{}/m/orders/{operation}", host.url, servers.tenants[tenant].slug);
        let request = http.post(url).bearer_auth(&servers.token).json(&json!({}));
        let request = if key.is_empty() { request } else { request.header("idempotency-key", key) };
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Json>().await.unwrap())
        }
    };
    erp.has(Some("A-1\nA-2"));
    assert_eq!(post(0, "pull_orders", "first").await, (200, json!(2)));
    assert_eq!(post(0, "pull_orders", "").await, (200, json!(0)), "the same orders are stored once");
    assert_eq!(post(0, "pull_orders", "first").await, (200, json!(2)), "the first answer, nobody asked");
    assert_eq!(erp.asked.load(Ordering::Relaxed), 2);
    erp.has(None);
    let (status, problem) = post(0, "pull_orders", "later").await;
    assert_eq!((status, problem["code"].as_str()), (503, Some("retry")), "{problem}");
    erp.has(Some("A-2\nA-3"));
    assert_eq!(post(0, "pull_orders", "later").await, (200, json!(1)), "the same request succeeds later");
    assert_eq!(post(0, "orders", "").await, (200, json!(["A-1", "A-2", "A-3"])));
    let (status, _) = post(0, "count_and_ask", "").await;
    assert_eq!(status, 422, "a POST that the other system refuses");
    assert_eq!(post(0, "ticks", "").await, (200, json!(2)), "what was committed before stays");

    // The host names the ERP for one tenant: the other one's consent alone does not lead into the plant.
    let asked = erp.asked.load(Ordering::Relaxed);
    let (status, problem) = post(1, "pull_orders", "").await;
    assert_eq!((status, problem["code"].as_str()), (503, Some("retry")), "{problem}");

    let registry = Client::new(&servers.registry.url).unwrap().with_token(&servers.token);
    registry.unsubscribe(&servers.tenants[0].id, "orders").await.unwrap();
    let (status, problem) = post(0, "pull_orders", "").await;
    assert_eq!((status, problem["code"].as_str()), (403, Some("not-subscribed")), "{problem}");
    assert_eq!(erp.asked.load(Ordering::Relaxed), asked, "neither reached it");
    host.stop();
}
