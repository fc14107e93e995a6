//! One client, from its first packet to its last.
//!
//! Three things happen at once: packets come in, verdicts about earlier ones come back, and commands go out. While too
//! many verdicts are missing nothing more is read, so a client is never faster than the disk.

mod arrival;
mod packets;

use super::admission::Identity;
use super::endpoint::Reception;
use super::intake::{Published, Verdict, Work};
use super::presence::Place;
use super::quota::Bucket;
use super::session::{Command, Session};
use super::wire::{Broken, Wire};
use bytestring::ByteString;
use rmqtt_codec::types::QoS;
use rmqtt_codec::v5::{
    Disconnect, DisconnectReasonCode, LastWill, Packet, PublishAck, PublishAckReason, UserProperties,
};
use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU16;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use toolcrib_contract::limits;
use toolcrib_contract::problem::{NOT_FOUND, Problem, STORAGE_FULL, UNAVAILABLE};
use toolcrib_runtime::SharedSource;

/// For the verdicts that are missing when a connection ends.
const SETTLE: Duration = Duration::from_secs(3);

/// A client that is in.
struct Connection {
    reception: Arc<Reception>,
    wire: Wire,
    identity: Identity,
    place: Place,
    session: Session,
    /// How long the session is kept afterwards.
    session_for: Duration,
    /// Published with quality 1 or 2 and not answered yet, in their order.
    pending: VecDeque<Pending>,
    intake: mpsc::Sender<Work>,
    source: SharedSource,
    bucket: Arc<Bucket>,
    /// Topics that the client gave numbers.
    aliases: HashMap<u16, ByteString>,
    will: Option<LastWill>,
    /// What the client takes at once.
    receive_most: u16,
    /// Without a packet for so long the client counts as gone.
    patience: Duration,
    deadline: Instant,
}

/// A packet that waits for its answer.
struct Pending {
    id: NonZeroU16,
    qos: QoS,
    outcome: Outcome,
    since: Instant,
}

enum Outcome {
    Known(PublishAckReason),
    Awaited(oneshot::Receiver<Verdict>),
}

/// How a connection ended.
#[derive(Debug)]
enum Ended {
    /// The client said so.
    ByClient {
        with_will: bool,
    },
    /// The client is gone without a word.
    Cut,
    ByServer(DisconnectReasonCode),
}

impl From<Broken> for Ended {
    fn from(broken: Broken) -> Self {
        tracing::debug!(error = %broken, "An MQTT connection broke");
        broken.reason().map_or(Self::Cut, Self::ByServer)
    }
}

enum Next {
    Answer(Result<PublishAckReason, Problem>),
    Command(Command),
    Packet(Option<Packet>),
    Silence,
}

pub(super) use arrival::serve;

impl Connection {
    async fn live(mut self) {
        let closing = self.place.closing.clone();
        let ended = tokio::select! {
            biased;
            why = closing.closed() => Ended::ByServer(why),
            ended = self.run() => ended,
        };
        tracing::debug!(device = %self.identity.device, ended = ?ended, "An MQTT connection ended");
        // What is on its way to the disk gets its answer, and repetitions of it are known as such.
        let _ = timeout(SETTLE, self.settle()).await;
        self.farewell(&ended).await;
        self.leave(&ended).await;
    }

    async fn run(&mut self) -> Ended {
        if let Err(broken) = self.wire.flush().await {
            return broken.into();
        }
        loop {
            match self.step().await {
                Ok(None) => {}
                Ok(Some(ended)) => return ended,
                Err(broken) => return broken.into(),
            }
        }
    }

    async fn step(&mut self) -> Result<Option<Ended>, Broken> {
        let may_read = self.pending.len() < limits::MQTT_IN_FLIGHT;
        let may_send = self.session.has_room(self.receive_most);
        let next = tokio::select! {
            biased;
            answer = first(&mut self.pending), if !self.pending.is_empty() => Next::Answer(answer),
            Some(command) = self.place.commands.recv(), if may_send => Next::Command(command),
            packet = self.wire.next(), if may_read => Next::Packet(packet?),
            () = sleep_until(self.deadline) => Next::Silence,
        };
        let ended = match next {
            Next::Answer(answer) => self.answer(answer)?,
            Next::Command(command) => {
                let packet = self.session.send(command);
                self.wire.put(Packet::Publish(Box::new(packet)))?;
                None
            }
            Next::Packet(None) => Some(Ended::Cut),
            Next::Packet(Some(packet)) => {
                self.heard();
                self.handle(packet).await?
            }
            Next::Silence => Some(Ended::ByServer(DisconnectReasonCode::KeepAliveTimeout)),
        };
        self.wire.flush().await?;
        Ok(ended)
    }

    /// The client lives.
    fn heard(&mut self) {
        self.deadline = Instant::now() + self.patience;
    }

    /// Answers the oldest packet, and those behind it whose verdicts are there, too.
    fn answer(&mut self, answer: Result<PublishAckReason, Problem>) -> Result<Option<Ended>, Broken> {
        // While nothing was read, the client could not show that it lives.
        self.heard();
        let mut answer = Some(answer);
        while let Some(verdict) = answer.take() {
            let Some(pending) = self.pending.pop_front() else { break };
            match verdict {
                Ok(reason) => self.acknowledge(&pending, reason)?,
                Err(problem) => {
                    // Not acknowledged: the client sends it again when it is back.
                    return Ok(Some(Ended::ByServer(reason_for(&problem))));
                }
            }
            answer = self.pending.front_mut().and_then(Pending::ready);
        }
        Ok(None)
    }

    fn acknowledge(&mut self, pending: &Pending, reason_code: PublishAckReason) -> Result<(), Broken> {
        metrics::histogram!("toolcrib_mqtt_ack_seconds").record(pending.since.elapsed().as_secs_f64());
        let (properties, reason_string) = (UserProperties::new(), None);
        let ack = PublishAck { packet_id: pending.id, reason_code, properties, reason_string };
        if pending.qos == QoS::ExactlyOnce {
            // In 5.0 a refusal ends the exchange; 3.1.1 knows none, and a release follows in any case.
            if reason_code == PublishAckReason::Success || !self.wire.has_reasons() {
                self.session.held.insert(pending.id);
            }
            return self.wire.put(Packet::PublishReceived(ack));
        }
        self.wire.put(Packet::PublishAck(ack))
    }

    /// Waits for the verdicts that are missing, and puts the answers.
    async fn settle(&mut self) {
        while !self.pending.is_empty() {
            let answer = first(&mut self.pending).await;
            if !matches!(self.answer(answer), Ok(None)) {
                return;
            }
        }
    }

    /// The last words to a client that can hear them.
    async fn farewell(&mut self, ended: &Ended) {
        if let Ended::ByServer(reason_code) = ended {
            metrics::counter!("toolcrib_mqtt_closed_total", "reason" => u8::from(*reason_code).to_string())
                .increment(1);
            while self.session.has_room(self.receive_most)
                && let Ok(command) = self.place.commands.try_recv()
            {
                let packet = self.session.send(command);
                let _ = self.wire.put(Packet::Publish(Box::new(packet)));
            }
            let _ = self.wire.put(Packet::Disconnect(Disconnect::new(*reason_code)));
        }
        if !matches!(ended, Ended::Cut) {
            self.wire.close().await;
        }
    }

    /// Publishes the will if it is due, gives the place back, and keeps the session if the client asked for it.
    async fn leave(mut self, ended: &Ended) {
        let is_shutdown = matches!(ended, Ended::ByServer(DisconnectReasonCode::ServerShuttingDown));
        // When the server stops, the devices live on: their wills are not due.
        let is_due = !is_shutdown && !matches!(ended, Ended::ByClient { with_will: false });
        let will = self.will.take().filter(|_| is_due);
        let delay =
            Duration::from_secs(will.as_ref().and_then(|will| will.will_delay_interval_sec).unwrap_or(0).into());
        let Self { reception, identity, place, session, session_for, intake, source, .. } = self;
        source.lock().unwrap_or_else(PoisonError::into_inner).connections -= 1;
        let gone =
            place.is_last_of_device().then(|| Work::Gone { device: identity.device.clone(), source: source.clone() });
        let last_words = will.map(|will| said_at_last(&reception, &identity, &source, will));
        let now_or_later = match last_words {
            // Before the place is given back: what the next connection says comes after it.
            Some(words) if delay.min(session_for).is_zero() => {
                let _ = intake.send(Work::Message(words)).await;
                None
            }
            words => words,
        };
        if let Some(gone) = gone {
            let _ = intake.send(gone).await;
        }
        if session_for.is_zero() {
            return;
        }
        let back = place.keep(session, session_for);
        if let Some(words) = now_or_later {
            let stopping = reception.stopping.clone();
            let wait = async move {
                tokio::select! {
                    // Back in time: the will is not due. Ended otherwise: it is due now.
                    back = back => if back.is_ok() { return },
                    () = sleep(delay.min(session_for)) => {}
                    () = stopping.cancelled() => return,
                }
                let _ = intake.send(Work::Message(words)).await;
            };
            reception.connections.spawn(wait);
        }
    }
}

fn said_at_last(reception: &Reception, identity: &Identity, source: &SharedSource, will: LastWill) -> Published {
    Published {
        device: identity.device.clone(),
        source: source.clone(),
        topic: will.topic,
        payload: will.message,
        retained: will.retain,
        received: reception.runtime.now(),
        reply: None,
    }
}

impl Pending {
    /// Its answer, if it is there.
    fn ready(&mut self) -> Option<Result<PublishAckReason, Problem>> {
        match &mut self.outcome {
            Outcome::Known(reason) => Some(Ok(*reason)),
            Outcome::Awaited(verdict) => match verdict.try_recv() {
                Ok(verdict) => Some(reason(verdict)),
                Err(oneshot::error::TryRecvError::Empty) => None,
                Err(oneshot::error::TryRecvError::Closed) => Some(Err(UNAVAILABLE.problem())),
            },
        }
    }
}

/// The oldest packet's answer. It stays the oldest until it is answered.
async fn first(pending: &mut VecDeque<Pending>) -> Result<PublishAckReason, Problem> {
    match pending.front_mut().map(|pending| &mut pending.outcome) {
        Some(Outcome::Known(reason)) => Ok(*reason),
        Some(Outcome::Awaited(verdict)) => match verdict.await {
            Ok(verdict) => reason(verdict),
            Err(_) => Err(UNAVAILABLE.problem()),
        },
        None => std::future::pending().await,
    }
}

fn reason(verdict: Verdict) -> Result<PublishAckReason, Problem> {
    match verdict {
        Verdict::Stored => Ok(PublishAckReason::Success),
        Verdict::Refused => Ok(PublishAckReason::PayloadFormatInvalid),
        Verdict::Later(problem) => Err(problem),
    }
}

/// Why the connection of a client ends whose message could not be stored now.
fn reason_for(problem: &Problem) -> DisconnectReasonCode {
    if problem.code == STORAGE_FULL.code {
        DisconnectReasonCode::QuotaExceeded
    } else if problem.code == NOT_FOUND.code {
        DisconnectReasonCode::NotAuthorized
    } else {
        DisconnectReasonCode::ServerBusy
    }
}
