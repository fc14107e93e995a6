//! Sends effects on their way, for the tenants that may have any.

use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolcrib_contract::Capability;
use toolcrib_contract::types::RawId;
use toolcrib_runtime::{Runtime, TenantView};

/// How often outboxes are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// Looks into the outboxes until `stopping`. Delivery is at least once, so stopping in between loses nothing.
pub async fn send(runtime: Runtime, stopping: CancellationToken) {
    let work = async {
        loop {
            tokio::time::sleep(EVERY).await;
            for tenant in senders(&runtime) {
                if let Err(problem) = runtime.send_effects(tenant).await {
                    tracing::warn!(tenant = %tenant, problem = %problem, "Effects could not be sent");
                }
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stopping.cancelled() => {}
    }
}

/// Active tenants with a module that may send: only they are opened for it.
fn senders(runtime: &Runtime) -> Vec<RawId> {
    let views = runtime.tenant_ids().into_iter().filter_map(|id| runtime.tenant(&id.to_string()).ok());
    views.filter(|view| view.active && sends(view)).map(|view| view.id).collect()
}

fn sends(view: &TenantView) -> bool {
    let mut wanted = view.modules.iter().flat_map(|module| &module.wanted);
    wanted.any(|wanted| matches!(wanted.capability, Capability::Outbound { .. }))
}
