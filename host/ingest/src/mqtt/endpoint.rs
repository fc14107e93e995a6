//! The endpoint as a whole: its listeners, what its connections share, and its end.

use super::connection;
use super::intake::{Intake, WAITING_MESSAGES, Work};
use super::presence::Presence;
use super::quota::Bucket;
use super::share::Shares;
use crate::Credential;
use crate::mapping::Mapping;
use bytestring::ByteString;
use rmqtt_codec::v5::DisconnectReasonCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toolcrib_contract::limits;
use toolcrib_contract::types::RawId;
use toolcrib_contract::world::Chance;
use toolcrib_runtime::{Runtime, World};
use toolcrib_sparkplug::state::HostState;

/// How often it is looked whether devices still count: a credential that is taken back ends its connections within this time.
pub(super) const LOOK: Duration = Duration::from_secs(1);
/// After the system refused a connection.
const REFUSED: Duration = Duration::from_millis(100);
/// For connections to end when the server stops.
const DRAIN: Duration = Duration::from_secs(3);
/// For what they left to be stored.
const LAST_GROUP: Duration = Duration::from_secs(1);

/// The host application's id in Sparkplug B.
pub const HOST_ID: &str = "toolcrib";

/// A stream of bytes from a client.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// What whoever runs the host may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Messages that one device may publish each second, at all hosts on a database together; as many at once at each.
    pub messages_each_s: u32,
}

/// By tenant and device.
pub(super) type Buckets = HashMap<(RawId, Arc<str>), Arc<Bucket>>;

/// What all connections share.
pub(super) struct Reception {
    pub runtime: Runtime,
    mapping: Arc<Mapping>,
    chance: Arc<dyn Chance>,
    settings: Settings,
    pub presence: Arc<Presence>,
    /// What the host says of itself, to devices that wait for it.
    pub state: HostState,
    pub stopping: CancellationToken,
    pub connections: TaskTracker,
    readers: TaskTracker,
    intakes: Mutex<HashMap<RawId, mpsc::Sender<Work>>>,
    buckets: Mutex<Buckets>,
    places: Arc<Semaphore>,
    /// What other hosts know this one by.
    pub id: [u8; 16],
}

impl Reception {
    /// The way to the tenant's reader, which is started with its first connection.
    pub fn intake(&self, tenant: RawId) -> mpsc::Sender<Work> {
        let mut intakes = self.intakes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = intakes.get(&tenant).filter(|known| !known.is_closed()) {
            return known.clone();
        }
        let (sender, inbox) = mpsc::channel(WAITING_MESSAGES);
        self.readers
            .spawn(Intake::new(self.runtime.clone(), self.presence.clone(), self.mapping.clone(), tenant).run(inbox));
        intakes.insert(tenant, sender.clone());
        sender
    }

    pub fn chance(&self) -> &dyn Chance {
        self.chance.as_ref()
    }

    /// The buckets of devices that are here, or were just now.
    pub fn buckets(&self) -> Buckets {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Messages that a device may publish each second, at all hosts together.
    pub fn each_s(&self) -> u32 {
        self.settings.messages_each_s
    }

    /// The device's bucket, shared by its connections.
    pub fn bucket(&self, tenant: RawId, device: &Arc<str>) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (tenant, device.clone());
        let new = || Arc::new(Bucket::new(self.settings.messages_each_s, Instant::now()));
        buckets.entry(key).or_insert_with(new).clone()
    }

    /// For a client that has no id of its own.
    pub fn new_client_id(&self) -> ByteString {
        let mut bytes = [0; 12];
        self.chance.fill(&mut bytes);
        bytes.iter().fold("auto-".to_owned(), |text, byte| format!("{text}{byte:02x}")).into()
    }

    /// Ends what does not count any more.
    fn look(&self) {
        for id in self.presence.tenants() {
            let tenant = self.runtime.tenant(&id.to_string()).ok().filter(|tenant| tenant.active);
            self.presence.dismiss(id, |device, credential| {
                let devices = tenant.iter().flat_map(|tenant| tenant.devices.iter());
                devices.into_iter().any(|known| known.id == device && known.active && credential.is_of(known))
            });
        }
        self.presence.forget_old();
        // Whoever is away for longer than its bucket takes to fill is as good as new.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.retain(|_, bucket| Arc::strong_count(bucket) > 1 || !bucket.is_full(Instant::now()));
    }
}

/// The MQTT ingestion endpoint of a host. Clone freely.
#[derive(Clone)]
pub struct Endpoint {
    reception: Arc<Reception>,
}

impl Endpoint {
    /// It has no listener yet.
    pub fn new(runtime: Runtime, mapping: Arc<Mapping>, world: World, settings: Settings) -> Self {
        let mut id = [0; 16];
        world.chance.fill(&mut id);
        let reception = Reception {
            id,
            state: HostState::new(HOST_ID, millis(runtime.now())).expect("the host's id can stand in a topic"),
            runtime,
            mapping,
            chance: world.chance,
            settings,
            presence: Arc::default(),
            stopping: CancellationToken::new(),
            connections: TaskTracker::new(),
            readers: TaskTracker::new(),
            intakes: Mutex::default(),
            buckets: Mutex::default(),
            places: Arc::new(Semaphore::new(limits::MQTT_CONNECTIONS)),
        };
        Self { reception: Arc::new(reception) }
    }

    pub(super) fn reception(&self) -> &Arc<Reception> {
        &self.reception
    }

    /// Lets clients in, over TLS when there is an acceptor, until [`Self::drain`].
    pub async fn listen(self, listener: TcpListener, tls: Option<TlsAcceptor>) {
        loop {
            let accepted = async {
                let place = self.reception.places.clone().acquire_owned().await;
                (place.expect("the semaphore is never closed"), listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                accepted = accepted => accepted,
                () = self.reception.stopping.cancelled() => return,
            };
            let Ok((stream, _)) = accepted else {
                // Out of files, most likely: others end in a moment.
                sleep(REFUSED).await;
                continue;
            };
            // Answers are written whole; waiting for more to send only adds latency.
            let _ = stream.set_nodelay(true);
            match &tls {
                None => self.spawn(place, Box::new(stream), None),
                Some(tls) => {
                    let (endpoint, handshake) = (self.clone(), tls.accept(stream));
                    self.reception.connections.spawn(async move {
                        let patience = Duration::from_secs(limits::MQTT_CONNECT_S);
                        if let Ok(Ok(stream)) = timeout(patience, handshake).await {
                            let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
                            let certificate = shown.map(|certificate| Credential::of_certificate(certificate));
                            endpoint.spawn(place, Box::new(stream), certificate);
                        }
                    });
                }
            }
        }
    }

    /// Serves a client that came another way, over WebSocket, as a task of its own. False when there is no place.
    pub fn take(&self, stream: Box<dyn Io>) -> bool {
        let Ok(place) = self.reception.places.clone().try_acquire_owned() else { return false };
        self.spawn(place, stream, None);
        true
    }

    fn spawn(&self, place: OwnedSemaphorePermit, stream: Box<dyn Io>, certificate: Option<Credential>) {
        let reception = self.reception.clone();
        self.reception.connections.spawn(async move {
            connection::serve(reception, stream, certificate).await;
            drop(place);
        });
    }

    /// Ends the connections of devices that were removed, switched off or got another credential, until [`Self::drain`].
    pub async fn watch(self) {
        let mut shares = Shares::default();
        let mut due = interval(LOOK);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = due.tick() => {
                    self.reception.look();
                    shares.look(&self.reception).await;
                }
                () = self.reception.stopping.cancelled() => return,
            }
        }
    }

    /// Says goodbye to everybody: what is on its way to the disk is still stored and answered, nothing more is read.
    pub async fn drain(&self) {
        let reception = &self.reception;
        reception.stopping.cancel();
        reception.presence.deliver_to_all(&reception.state.death(millis(reception.runtime.now())));
        reception.presence.close_all(DisconnectReasonCode::ServerShuttingDown);
        reception.connections.close();
        if timeout(DRAIN, reception.connections.wait()).await.is_err() {
            tracing::warn!("MQTT connections did not end in time");
        }
        reception.intakes.lock().unwrap_or_else(PoisonError::into_inner).clear();
        reception.readers.close();
        let _ = timeout(LAST_GROUP, reception.readers.wait()).await;
    }
}

pub(super) fn millis(at: toolcrib_contract::types::Instant) -> u64 {
    u64::try_from(at.0 / 1_000).unwrap_or(0)
}
