//! One connection to a broker: signed in, subscribed, each message acknowledged after its commit, in their order.

use super::follower::Follower;
use super::packets::{Frames, Packets, ask, hear};
use super::standing::{Standing, Trouble};
use crate::mqtt::HOST_ID;
use crate::mqtt::endpoint::{Io, millis};
use crate::mqtt::intake::{Published, Verdict, Work};
use crate::mqtt::presence::{Key, Place};
use crate::mqtt::quota::Bucket;
use crate::payload::Outgoing;
use bytestring::ByteString;
use futures_util::SinkExt;
use futures_util::future::BoxFuture;
use rmqtt_codec::types::{Protocol, Publish, QoS};
use rmqtt_codec::v3::{Connect, ConnectAckReason, LastWill, Packet, SubscribeReturnCode};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use toolcrib_contract::problem::UNAVAILABLE;
use toolcrib_sparkplug::state::HostState;
use toolcrib_sparkplug::{NAMESPACE, Topic};

/// A packet of a broker: 3.1.1 has no word for a limit, so what is larger ends the connection.
const PACKET_BYTES: u32 = 4 << 20;
/// Messages that are not acknowledged yet; while there are as many, nothing more is read.
const IN_FLIGHT: usize = 100;
/// Without a packet to send for so long, the broker is asked whether it is there; without an answer in one and a half
/// times that it counts as gone.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// For the answers to CONNECT and SUBSCRIBE.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// For what is on its way to the disk when the connection ends.
const SETTLE: Duration = Duration::from_secs(2);
/// For the broker to take what is sent to it.
const WRITE: Duration = Duration::from_secs(10);
/// For the last words.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where Sparkplug hosts say whether they are there.
const STATES: &str = "spBv1.0/STATE/";

const FIRST_ID: NonZeroU16 = NonZeroU16::MIN;

/// A message whose verdict is not there yet.
struct Pending {
    id: NonZeroU16,
    digest: [u8; 32],
    verdict: oneshot::Receiver<Verdict>,
}

enum Next {
    Verdict(Verdict),
    Command(Outgoing),
    Packet(Packet),
    /// It is within its quota again.
    Resume,
    Ask,
    Silence,
    Over,
}

/// A connection that is signed in.
pub(super) struct Line<'f> {
    follower: &'f mut Follower,
    over: BoxFuture<'static, ()>,
    frames: Frames,
    pending: VecDeque<Pending>,
    /// Commands for nodes that are behind this broker.
    place: Place,
    state: Option<HostState>,
    intake: mpsc::Sender<Work>,
    bucket: Arc<Bucket>,
    is_subscribed: bool,
    /// Nothing is read before.
    resume: Instant,
    ask: Instant,
    deadline: Instant,
}

impl<'f> Line<'f> {
    /// Signs in and asks for the topics. What the broker kept for us may come before its answer to that.
    pub async fn open(follower: &'f mut Follower, stream: Box<dyn Io>) -> Result<Self, Trouble> {
        let mut frames = Packets::over(stream, PACKET_BYTES);
        let now = millis(follower.reception.runtime.now());
        let state = follower.broker.is_sparkplug().then(|| HostState::new(HOST_ID, now).ok()).flatten();
        let key = Key { tenant: follower.tenant, device: follower.device.clone(), client: ByteString::new() };
        let entered = follower.reception.presence.enter(key, None, true).await;
        let place = entered.map_err(|_| Trouble::Away("the host has no place for it".to_owned()))?.place;
        let shake = async {
            ask(&mut frames, connect(follower, state.as_ref())).await?;
            let is_kept = connected(hear(&mut frames).await?)?;
            ask(&mut frames, subscribe(follower, state.as_ref())).await?;
            Ok(is_kept)
        };
        let is_kept = timeout(HANDSHAKE, shake).await.map_err(|_| Trouble::Silent)??;
        let intake = follower.reception.intake(follower.tenant);
        if !is_kept {
            follower.untold.clear();
            // What was said meanwhile is lost: nodes must be born anew.
            let gone = Work::Gone { device: follower.device.clone(), source: follower.source.clone() };
            let _ = intake.send(gone).await;
        }
        for kind in ["NCMD", "DCMD"] {
            place.subscribe(&format!("{NAMESPACE}/+/{kind}/#"), QoS::AtMostOnce);
        }
        let bucket = follower.reception.bucket(follower.tenant, &follower.device);
        let now = Instant::now();
        let (over, pending, ask, deadline) =
            (Box::pin(follower.over()), VecDeque::new(), now + KEEP_ALIVE, now + HANDSHAKE);
        Ok(Self {
            follower,
            over,
            frames,
            pending,
            place,
            state,
            intake,
            bucket,
            is_subscribed: false,
            resume: now,
            ask,
            deadline,
        })
    }

    /// Until something ends it; and whether the broker had let us subscribe.
    pub async fn follow(mut self) -> (Trouble, bool) {
        self.count(1);
        let trouble = match self.announce().await {
            Ok(()) => self.run().await,
            Err(trouble) => trouble,
        };
        let can_hear = matches!(trouble, Trouble::Stopped | Trouble::NotStored(_));
        self.settle(can_hear).await;
        if can_hear {
            let _ = timeout(FAREWELL, self.farewell()).await;
        }
        self.count(-1);
        (trouble, self.is_subscribed)
    }

    fn count(&self, change: i32) {
        let mut source = self.follower.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.connections = source.connections.saturating_add_signed(change);
    }

    /// Sparkplug nodes that wait for their host hear that it is there.
    async fn announce(&mut self) -> Result<(), Trouble> {
        match self.state.as_ref().map(HostState::birth) {
            Some(birth) => self.say(birth).await,
            None => Ok(()),
        }
    }

    async fn run(&mut self) -> Trouble {
        loop {
            let next = match self.next().await {
                Ok(next) => next,
                Err(trouble) => return trouble,
            };
            let done = match next {
                Next::Verdict(verdict) => self.answer(verdict).await,
                Next::Command(command) => self.say(command).await,
                Next::Packet(packet) => self.handle(packet).await,
                Next::Resume => Ok(()),
                Next::Ask => self.send(Packet::PingRequest).await,
                Next::Silence => Err(Trouble::Silent),
                Next::Over => Err(Trouble::Stopped),
            };
            if let Err(trouble) = done {
                return trouble;
            }
        }
    }

    async fn next(&mut self) -> Result<Next, Trouble> {
        let may_read = self.pending.len() < IN_FLIGHT && self.resume <= Instant::now();
        let is_held_back = self.resume > Instant::now();
        let Self { over, frames, pending, place, .. } = self;
        Ok(tokio::select! {
            biased;
            () = over => Next::Over,
            verdict = first(pending), if !pending.is_empty() => Next::Verdict(verdict),
            Some(command) = place.commands.recv() => Next::Command(command.message),
            packet = hear(frames), if may_read => Next::Packet(packet?),
            () = sleep_until(self.resume), if is_held_back => Next::Resume,
            () = sleep_until(self.ask) => Next::Ask,
            () = sleep_until(self.deadline), if may_read => Next::Silence,
        })
    }

    async fn handle(&mut self, packet: Packet) -> Result<(), Trouble> {
        self.deadline = Instant::now() + KEEP_ALIVE + KEEP_ALIVE / 2;
        match packet {
            Packet::Publish(publish) => self.published(*publish).await,
            Packet::SubscribeAck { status, .. } => self.subscribed(&status),
            Packet::PingResponse | Packet::PublishAck { .. } => Ok(()),
            other => Err(Trouble::Malformed(format!("{other:?}").chars().take(80).collect())),
        }
    }

    fn subscribed(&mut self, status: &[SubscribeReturnCode]) -> Result<(), Trouble> {
        let topics = topics(self.follower, self.state.as_ref()).into_iter().zip(status);
        for (topic, status) in topics {
            if *status == SubscribeReturnCode::Failure {
                return Err(Trouble::TopicRefused(topic));
            }
        }
        self.is_subscribed = true;
        tracing::info!(tenant = %self.follower.slug, broker = self.follower.broker.name, "Following a broker");
        self.follower.stand(Standing::Connected { since: self.follower.reception.runtime.now() });
        Ok(())
    }

    async fn published(&mut self, publish: Publish) -> Result<(), Trouble> {
        if publish.topic.starts_with(STATES) {
            return self.host_said(&publish).await;
        }
        let digest = digest(&publish);
        if let Some(id) = publish.packet_id {
            let untold = self.follower.untold.remove(&id);
            if publish.dup && untold == Some(digest) {
                // Stored before; only the answer did not leave.
                return self.send(Packet::PublishAck { packet_id: id }).await;
            }
        }
        let wait = self.bucket.take(Instant::now());
        if !wait.is_zero() {
            self.follower.source.lock().unwrap_or_else(PoisonError::into_inner).delayed += 1;
            self.resume = Instant::now() + wait;
        }
        let reply = publish.packet_id.map(|id| {
            let (reply, verdict) = oneshot::channel();
            self.pending.push_back(Pending { id, digest, verdict });
            reply
        });
        metrics::counter!("toolcrib_broker_messages_total").increment(1);
        let message = Published {
            device: self.follower.device.clone(),
            source: self.follower.source.clone(),
            topic: publish.topic,
            payload: publish.payload,
            retained: publish.retain,
            received: self.follower.reception.runtime.now(),
            reply,
        };
        self.intake.send(Work::Message(message)).await.map_err(|_| Trouble::Stopped)
    }

    /// A Sparkplug host said whether it is there. Of this one nobody else may say that it is not.
    async fn host_said(&mut self, publish: &Publish) -> Result<(), Trouble> {
        let topic = Topic::parse(&publish.topic).ok();
        let state = self.state.as_ref();
        let denied = state.zip(topic).and_then(|(state, topic)| state.contradict(&topic, &publish.payload));
        if let Some(birth) = denied {
            self.say(birth).await?;
        }
        match publish.packet_id {
            Some(packet_id) => self.send(Packet::PublishAck { packet_id }).await,
            None => Ok(()),
        }
    }

    /// Acknowledges the oldest message, unless it may be stored when it comes again.
    async fn answer(&mut self, verdict: Verdict) -> Result<(), Trouble> {
        // While nothing was read, the broker could not show that it lives.
        self.deadline = self.deadline.max(Instant::now() + KEEP_ALIVE / 2);
        let Some(Pending { id, digest, .. }) = self.pending.pop_front() else { return Ok(()) };
        if let Verdict::Later(problem) = verdict {
            return Err(Trouble::NotStored(problem.detail.unwrap_or(problem.title)));
        }
        let sent = self.send(Packet::PublishAck { packet_id: id }).await;
        if sent.is_err() {
            self.follower.untold.insert(id, digest);
        }
        sent
    }

    /// Waits for the verdicts that are missing. What is stored is acknowledged, or known when it comes again.
    async fn settle(&mut self, can_hear: bool) {
        let deadline = Instant::now() + SETTLE;
        while !self.pending.is_empty() {
            let Ok(verdict) = tokio::time::timeout_at(deadline, first(&mut self.pending)).await else { return };
            let Some(Pending { id, digest, .. }) = self.pending.pop_front() else { return };
            if matches!(verdict, Verdict::Later(_)) {
                continue;
            }
            if !can_hear || self.send(Packet::PublishAck { packet_id: id }).await.is_err() {
                self.follower.untold.insert(id, digest);
            }
        }
    }

    /// Says goodbye; for good when people do not want the broker any more: then nothing is kept for us there.
    async fn farewell(&mut self) -> Result<(), Trouble> {
        let now = millis(self.follower.reception.runtime.now());
        if let Some(death) = self.state.as_ref().map(|state| state.death(now)) {
            self.say(death).await?;
        }
        if self.follower.end.is_cancelled() {
            let topics = topics(self.follower, self.state.as_ref());
            let topic_filters = topics.into_iter().map(Into::into).collect();
            self.send(Packet::Unsubscribe { packet_id: FIRST_ID, topic_filters }).await?;
        }
        self.send(Packet::Disconnect).await
    }

    async fn send(&mut self, packet: Packet) -> Result<(), Trouble> {
        self.ask = Instant::now() + KEEP_ALIVE;
        timeout(WRITE, self.frames.send(packet)).await.map_err(|_| Trouble::Silent)?.map_err(|_| Trouble::Cut)
    }

    /// Publishes with quality 0, as Sparkplug's commands are; our state with 1, whose answer is not waited for.
    async fn say(&mut self, message: Outgoing) -> Result<(), Trouble> {
        let qos = if message.qos == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
        let publish = Publish {
            dup: false,
            retain: message.retain,
            qos,
            topic: message.topic.into(),
            packet_id: (message.qos > 0).then_some(FIRST_ID),
            payload: message.payload.into(),
            properties: None,
        };
        self.send(Packet::Publish(Box::new(publish))).await
    }
}

fn connect(follower: &Follower, state: Option<&HostState>) -> Packet {
    let broker = &follower.broker;
    let will = state.map(HostState::will);
    Packet::Connect(Box::new(Connect {
        protocol: Protocol::default(),
        // It keeps what it has for us while we are away.
        clean_session: false,
        keep_alive: KEEP_ALIVE.as_secs() as u16,
        last_will: will.map(|will| LastWill {
            qos: QoS::AtLeastOnce,
            retain: will.retain,
            topic: will.topic.into(),
            message: will.payload.into(),
        }),
        // The same after every restart: it is what the session goes by.
        client_id: format!("toolcrib-{}-{}", follower.slug, broker.name).into(),
        username: (!broker.user.is_empty()).then(|| broker.user.clone().into()),
        password: broker.password.clone().filter(|_| !broker.user.is_empty()).map(Into::into),
        cert: None,
    }))
}

/// Whether the session from before was kept.
fn connected(packet: Packet) -> Result<bool, Trouble> {
    match packet {
        Packet::ConnectAck(answer) if answer.return_code == ConnectAckReason::ConnectionAccepted => {
            Ok(answer.session_present)
        }
        Packet::ConnectAck(answer) => Err(Trouble::SignInRefused(answer.return_code.reason())),
        _ => Err(Trouble::Malformed("no answer to CONNECT".to_owned())),
    }
}

/// What is subscribed to: our own STATE first, where there are Sparkplug nodes.
fn topics(follower: &Follower, state: Option<&HostState>) -> Vec<String> {
    let own = state.map(|state| state.birth().topic);
    own.into_iter().chain(follower.broker.topics.iter().cloned()).collect()
}

fn subscribe(follower: &Follower, state: Option<&HostState>) -> Packet {
    let topics = topics(follower, state).into_iter();
    let topic_filters = topics.map(|topic| (topic.into(), QoS::AtLeastOnce)).collect();
    Packet::Subscribe { packet_id: FIRST_ID, topic_filters }
}

/// The oldest message's verdict. It stays the oldest until it is answered.
async fn first(pending: &mut VecDeque<Pending>) -> Verdict {
    match pending.front_mut() {
        Some(pending) => (&mut pending.verdict).await.unwrap_or_else(|_| Verdict::Later(UNAVAILABLE.problem())),
        None => std::future::pending().await,
    }
}

fn digest(publish: &Publish) -> [u8; 32] {
    let topic = Sha256::digest(publish.topic.as_bytes());
    Sha256::new().chain_update(topic).chain_update(&publish.payload).finalize().into()
}
