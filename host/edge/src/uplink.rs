//! From the queue to the server: MQTT 5, QoS 1, a few messages on their way at once, each settled when the server has
//! acknowledged it.
//!
//! A session is one connection. When it ends, whatever was on its way is recalled and goes again in the next one: the
//! MQTT library keeps nothing between sessions, the queue is the only memory.

mod tls;

pub use tls::Tls;

use crate::backoff::Backoff;
use crate::config::Server;
use crate::keeper::Keeper;
use crate::queue::{Batch, Outcome, QueueError, Span};
use crate::world::{Stream, World};
use futures_util::stream::{FuturesOrdered, StreamExt};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{Packet, PubAckReason};
use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, PublishNoticeError, PublishResult};
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Bytes of one incoming packet: acknowledgements are short.
const INCOMING_BYTES: u32 = 16 << 10;
/// How long the server has to answer a connection's first packet, and a goodbye.
const HANDSHAKE: Duration = Duration::from_secs(20);
const GOODBYE: Duration = Duration::from_secs(2);

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("{0}")]
    Connection(#[from] Box<ConnectionError>),
    #[error("the server does not answer")]
    Silent,
    #[error("the server acknowledged nothing for {0:?}")]
    Unacknowledged(Duration),
    /// The reason is about this gateway or this moment, not about the readings: they stay queued.
    #[error("the server did not take a message: {0:?}")]
    NotTaken(PubAckReason),
    #[error("{0}")]
    Queue(#[from] QueueError),
    #[error("asked to stop")]
    Stopped,
}

/// The way to the server.
pub struct Uplink {
    server: Server,
    token: String,
    tls: Option<Tls>,
    world: World,
    keeper: Keeper,
    stop: CancellationToken,
}

impl Uplink {
    /// # Errors
    /// The token's file, certificates, keys.
    pub fn new(server: Server, world: World, keeper: Keeper, stop: CancellationToken) -> anyhow::Result<Self> {
        let token = server.token()?;
        let tls = if server.tls { Some(Tls::new(&server)?) } else { None };
        Ok(Self { server, token, tls, world, keeper, stop })
    }

    /// Sends until asked to stop; connects again whenever a session ends.
    pub async fn run(&self) {
        let mut backoff = Backoff::new(self.world.seed, Duration::from_secs(self.server.retry_max_s));
        while !self.stop.is_cancelled() {
            let trouble = self.session(&mut backoff).await;
            self.keeper.recall().await;
            if matches!(trouble, Trouble::Stopped) {
                return;
            }
            let wait = backoff.after_failure();
            tracing::warn!(%trouble, ?wait, "Not connected to the server; readings wait in the queue");
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => {}
            }
        }
    }

    /// One connection, until something ends it.
    async fn session(&self, backoff: &mut Backoff) -> Trouble {
        let capacity = usize::from(self.server.in_flight) + 1;
        let (client, mut events) = AsyncClient::builder(self.options()).capacity(capacity).build();
        let connected = tokio::select! {
            connected = timeout(HANDSHAKE, connect(&mut events)) => connected,
            () = self.stop.cancelled() => return Trouble::Stopped,
        };
        match connected {
            Ok(Ok(())) => tracing::info!(server = self.server.host, "Connected to the server"),
            Ok(Err(error)) => return Box::new(error).into(),
            Err(_) => return Trouble::Silent,
        }
        let over = self.stop.child_token();
        let (pumped, fed) = tokio::join!(pump(&mut events, &over), self.feed(&client, &over, backoff));
        if self.stop.is_cancelled() && client.disconnect_now().await.is_ok() {
            // Until the goodbye is out and the server has closed.
            let _ = timeout(GOODBYE, async { while events.poll().await.is_ok() {} }).await;
        }
        // What failed first is the reason; the other side then was only told to end.
        match (pumped, fed) {
            (Some(error), _) => Box::new(error).into(),
            (None, Err(trouble)) => trouble,
            (None, Ok(())) => Trouble::Stopped,
        }
    }

    fn options(&self) -> MqttOptions {
        let server = &self.server;
        let name = format!("{}/{}", server.tenant, server.device);
        let mut options = MqttOptions::new(name.clone(), (server.host.clone(), server.port()));
        options.set_credentials(name, self.token.clone());
        options.set_keep_alive(server.keep_alive_s);
        options.set_clean_start(true);
        options.set_outgoing_inflight_upper_limit(server.in_flight);
        options.set_max_packet_size(Some(INCOMING_BYTES));
        let (network, tls) = (self.world.network.clone(), self.tls.clone());
        options.set_socket_connector(move |address, _| {
            let (dialing, tls) = (network.dial(&address), tls.clone());
            async move {
                let stream: Box<dyn Stream> = dialing.await?;
                match tls {
                    Some(tls) => tls.around(stream).await,
                    None => Ok(stream),
                }
            }
        });
        options
    }

    /// Lends from the queue, publishes, settles. Never dropped in the middle: what it lent is then recalled in order.
    async fn feed(&self, client: &AsyncClient, over: &CancellationToken, backoff: &mut Backoff) -> Result<(), Trouble> {
        let _ends_both = over.clone().drop_guard();
        let patience = Duration::from_secs(self.server.acknowledge_s);
        let mut deadline = Instant::now() + patience;
        let mut on_their_way = FuturesOrdered::new();
        loop {
            while on_their_way.len() < usize::from(self.server.in_flight) {
                let Some(batch) = self.keeper.lend(self.server.batch_rows).await? else { break };
                if on_their_way.is_empty() {
                    deadline = Instant::now() + patience;
                }
                let span = batch.span;
                let Some(notice) = self.publish(client, &batch, over).await else { return Ok(()) };
                on_their_way.push_back(async move { (span, notice.wait_async().await) });
            }
            let has_room = on_their_way.len() < usize::from(self.server.in_flight);
            tokio::select! {
                biased;
                () = over.cancelled() => return Ok(()),
                Some(first) = on_their_way.next() => {
                    let mut settled = vec![outcome(first)?];
                    // Acknowledgements that came together leave the queue together.
                    while let Some(Some(next)) = futures_util::FutureExt::now_or_never(on_their_way.next()) {
                        settled.push(outcome(next)?);
                    }
                    self.keeper.settle(settled).await?;
                    backoff.succeeded();
                    deadline = Instant::now() + patience;
                }
                () = self.keeper.more(), if has_room => {}
                () = sleep_until(deadline), if !on_their_way.is_empty() => return Err(Trouble::Unacknowledged(patience)),
            }
        }
    }

    async fn publish(
        &self,
        client: &AsyncClient,
        batch: &Batch,
        over: &CancellationToken,
    ) -> Option<rumqttc::PublishNotice> {
        let mut lines = String::new();
        let now = self.world.clock.now();
        batch.readings.iter().for_each(|reading| reading.write_line(now, &mut lines));
        let topic = format!("tc/{}/{}/readings", self.server.tenant, self.server.device);
        tokio::select! {
            notice = client.publish_tracked(topic, QoS::AtLeastOnce, false, lines) => notice.ok(),
            () = over.cancelled() => None,
        }
    }
}

/// Polls until the server has accepted the connection.
async fn connect(events: &mut EventLoop) -> Result<(), ConnectionError> {
    loop {
        if let Event::Incoming(Packet::ConnAck(_)) = events.poll().await? {
            return Ok(());
        }
    }
}

/// Moves packets until the connection breaks (Some) or the session is over.
async fn pump(events: &mut EventLoop, over: &CancellationToken) -> Option<ConnectionError> {
    let _ends_both = over.clone().drop_guard();
    loop {
        tokio::select! {
            event = events.poll() => if let Err(error) = event { return Some(error) },
            () = over.cancelled() => return None,
        }
    }
}

/// What an acknowledgement means for the readings.
fn outcome((span, result): (Span, Result<PublishResult, PublishNoticeError>)) -> Result<(Span, Outcome), Trouble> {
    let reason = match result {
        Ok(PublishResult::Qos1(acknowledged)) => acknowledged.reason,
        // The connection ended before the answer; why, the pump knows.
        _ => return Err(Trouble::Silent),
    };
    match reason {
        PubAckReason::Success | PubAckReason::NoMatchingSubscribers => Ok((span, Outcome::Acknowledged)),
        PubAckReason::PayloadFormatInvalid | PubAckReason::TopicNameInvalid => {
            tracing::error!(?reason, "The server will never take these readings; they are counted as refused");
            Ok((span, Outcome::Refused))
        }
        reason => Err(Trouble::NotTaken(reason)),
    }
}
