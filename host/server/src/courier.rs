//! Effects as webhooks, through the one way out; bounded in time.

use crate::outbound::{Aim, Clients};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use toolcrib_contract::fetch::host_of;
use toolcrib_runtime::{Courier, Delivery};

/// Time for one delivery.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Posts effects as webhooks.
pub struct Webhooks {
    clients: Arc<Clients>,
}

impl Webhooks {
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients }
    }
}

impl Courier for Webhooks {
    fn deliver(&self, delivery: Delivery) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async move {
            let Delivery { id, tenant, slug, target, body, .. } = delivery;
            let host = host_of(&target).ok_or("only https to a plain host")?;
            let Aim { client, url, host } = self.clients.aim(tenant, &slug, host, &target)?;
            let request = client.post(url).timeout(TIMEOUT).header("host", host).header("webhook-id", id.to_string());
            let request = request.header("idempotency-key", id.to_string()).header("content-type", "application/json");
            let response = request.body(body).send().await.map_err(|error| error.to_string())?;
            if response.status().is_success() { Ok(()) } else { Err(format!("answered {}", response.status())) }
        })
    }
}
