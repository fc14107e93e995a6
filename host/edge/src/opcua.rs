//! Machines that speak OPC UA: a subscription each; the machine says what changed, when, and how sure it is.
//!
//! Connections are neither signed nor encrypted: for networks of machines that nobody else is in.

mod value;

use crate::backoff::Backoff;
use crate::config::{OpcUa, OpcUaSignal, secret};
use crate::deadband::Deadband;
use crate::outlet::{Outlet, Tap};
use crate::world::World;
use anyhow::Context;
use futures_util::StreamExt;
use opcua_client::{
    Client, ClientBuilder, DataChangeCallback, IdentityToken, MonitoredItem, Session, SessionPollResult,
};
use opcua_crypto::SecurityPolicy;
use opcua_types::{
    DataValue, MessageSecurityMode, MonitoredItemCreateRequest, MonitoringMode, MonitoringParameters, NodeId,
    ReadValueId, TimestampsToReturn, UserTokenPolicy,
};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The longest wait between two attempts to connect to a machine.
const RETRY_MAX: Duration = Duration::from_secs(30);
/// Values of one variable that the machine keeps between two publications, at least and at most.
const KEPT_MIN: u64 = 100;
const KEPT_MAX: u64 = 1_000;
/// Publications without a change after which the machine says that it is still there, and without an answer after which
/// it forgets the subscription.
const KEEP_ALIVE_COUNT: u32 = 10;
const LIFETIME_COUNT: u32 = 100;

/// Reads one machine for as long as the future is polled. `folder` is for the library's store of certificates.
pub async fn run(input: OpcUa, folder: PathBuf, world: World, out: Outlet) {
    let mut backoff = Backoff::new(world.seed, RETRY_MAX);
    loop {
        let error = match serve(&input, &folder, &out, &mut backoff).await {
            Ok(()) => anyhow::anyhow!("the session ended"),
            Err(error) => error,
        };
        out.reachable(false);
        let wait = backoff.after_failure();
        tracing::warn!(machine = input.name, error = format!("{error:#}"), ?wait, "A machine does not answer");
        tokio::time::sleep(wait).await;
    }
}

/// One session, through as many connections as it takes, until it cannot be continued.
async fn serve(input: &OpcUa, folder: &PathBuf, out: &Outlet, backoff: &mut Backoff) -> anyhow::Result<()> {
    let mut client = client(folder)?;
    let endpoint =
        (input.url.as_str(), SecurityPolicy::None.to_str(), MessageSecurityMode::None, UserTokenPolicy::anonymous());
    let (session, events) = client.connect_to_matching_endpoint(endpoint, identity(input)?).await?;
    let mut events = std::pin::pin!(events.enter());
    let subscribing = subscribe(&session, input, out);
    let mut subscribing = std::pin::pin!(subscribing);
    let mut is_subscribed = false;
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(SessionPollResult::Reconnected(_))) => {
                    backoff.succeeded();
                    out.reachable(true);
                }
                Some(Ok(SessionPollResult::ConnectionLost(code) | SessionPollResult::ReconnectFailed(code))) => {
                    tracing::warn!(machine = input.name, %code, "The connection to a machine broke");
                    out.reachable(false);
                }
                Some(Ok(_)) => {}
                Some(Err(code)) => anyhow::bail!("{code}"),
                None => return Ok(()),
            },
            done = &mut subscribing, if !is_subscribed => {
                done?;
                is_subscribed = true;
            }
        }
    }
}

fn client(folder: &PathBuf) -> anyhow::Result<Client> {
    ClientBuilder::new()
        .application_name("toolcrib-edge")
        .application_uri("urn:toolcrib:edge")
        .product_uri("urn:toolcrib:edge")
        .pki_dir(folder)
        .create_sample_keypair(false)
        .session_retry_limit(-1)
        .session_retry_max(RETRY_MAX)
        .max_failed_keep_alive_count(2)
        .client()
        .map_err(|errors| anyhow::anyhow!(errors.join("; ")))
}

fn identity(input: &OpcUa) -> anyhow::Result<IdentityToken> {
    Ok(match (&input.user, &input.password_file) {
        (Some(user), Some(file)) => IdentityToken::UserName(user.clone(), secret(file)?.into()),
        _ => IdentityToken::Anonymous,
    })
}

/// Asks for all signals of the machine; what it refuses is logged and counted by nobody: it is a mistake in the file.
async fn subscribe(session: &Arc<Session>, input: &OpcUa, out: &Outlet) -> anyhow::Result<()> {
    anyhow::ensure!(session.wait_for_connection().await, "there is no connection");
    let items = input.signal.iter().zip(1..).map(|(signal, handle)| item(input, signal, handle));
    let items = items.collect::<anyhow::Result<Vec<_>>>()?;
    let mut taps: Vec<Tap> = input.signal.iter().map(tap).collect();
    let (out, signals) = (out.clone(), input.signal.clone());
    let changed = DataChangeCallback::new(move |value: DataValue, item: &MonitoredItem| {
        let nth = item.client_handle() as usize - 1;
        if let (Some(signal), Some(tap)) = (signals.get(nth), taps.get_mut(nth)) {
            take(&out, signal, tap, &value);
        }
    });
    let every = Duration::from_millis(input.publish_ms);
    let subscription =
        session.create_subscription(every, LIFETIME_COUNT, KEEP_ALIVE_COUNT, 0, 0, true, changed).await?;
    let created = session.create_monitored_items(subscription, TimestampsToReturn::Both, items).await?;
    for (signal, created) in input.signal.iter().zip(created) {
        let status = created.result.status_code;
        if !status.is_good() {
            tracing::error!(machine = input.name, signal = signal.name, node = signal.node, %status, "The machine does not give this");
        }
    }
    Ok(())
}

fn tap(signal: &OpcUaSignal) -> Tap {
    Tap::new(&signal.name, Deadband::new(signal.dead_band, i64::from(signal.at_least_every_s) * 1_000_000))
}

/// `handle` comes back with each change.
fn item(input: &OpcUa, signal: &OpcUaSignal, handle: u32) -> anyhow::Result<MonitoredItemCreateRequest> {
    let node = NodeId::from_str(&signal.node).map_err(|code| anyhow::anyhow!("`{}`: {code}", signal.node));
    let node: ReadValueId = node.with_context(|| format!("signal `{}`", signal.name))?.into();
    let kept = (input.publish_ms / signal.sampling_ms.max(1)).saturating_mul(2).clamp(KEPT_MIN, KEPT_MAX);
    let parameters = MonitoringParameters {
        client_handle: handle,
        sampling_interval: signal.sampling_ms as f64,
        queue_size: u32::try_from(kept).unwrap_or(u32::MAX),
        discard_oldest: true,
        ..MonitoringParameters::default()
    };
    Ok(MonitoredItemCreateRequest::new(node, MonitoringMode::Reporting, parameters))
}

/// One change, as a reading.
fn take(out: &Outlet, signal: &OpcUaSignal, tap: &mut Tap, change: &DataValue) {
    if change.status.is_some_and(|status| status.overflow()) {
        out.overrun(1);
    }
    let at = value::time(change).unwrap_or_else(|| out.now());
    let (value, quality) = value::value(change, signal.scale);
    if let Some(reading) = out.filter(tap, at, value, quality) {
        out.put_now(reading);
    }
}
