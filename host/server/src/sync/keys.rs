//! The registry's token keys: fetched at the start, now and then, and when a token comes from a key that is not known.

use super::neighbours::Neighbours;
use crate::gate::Keyring;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolcrib_registry_client::Client;

/// How often the keys are looked at without a reason.
const EVERY: Duration = Duration::from_secs(600);
/// The least time between two requests: strangers' tokens must not become requests to the registry.
const AT_MOST_EVERY: Duration = Duration::from_secs(5);

/// Keeps the keyring's keys fresh until `stopping`, and tells the other hosts of them.
pub async fn follow(client: Client, keyring: Arc<Keyring>, neighbours: Neighbours, stopping: CancellationToken) {
    let work = async {
        let mut away = false;
        loop {
            let renewed = match client.jwks().await {
                Ok(json) => {
                    let renewed = keyring.renew(&json);
                    if renewed.is_ok() {
                        neighbours.tell_keys(&json).await;
                    }
                    renewed
                }
                Err(error) => {
                    // Another host may have heard of new ones before the registry went away.
                    neighbours.hear_keys(&keyring).await;
                    Err(error.into())
                }
            };
            match renewed {
                Ok(()) => away = false,
                Err(error) if !away => {
                    away = true;
                    tracing::warn!(error = %error, "The registry's token keys could not be renewed; the known ones stay");
                }
                Err(_) => {}
            }
            tokio::time::sleep(AT_MOST_EVERY).await;
            // After a failure as soon as allowed, otherwise when there is a reason.
            if !away {
                let _ = tokio::time::timeout(EVERY, keyring.wants_keys()).await;
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stopping.cancelled() => {}
    }
}
