//! A server that speaks MQTT 5 through another library than the agent's, and keeps what it gets as the real one does:
//! the first value of each signal and time.

use futures_util::{SinkExt, StreamExt};
use rmqtt_codec::v5::{Codec, Packet, PublishAck, PublishAckReason};
use std::collections::HashMap;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::codec::Framed;

/// What the server does with messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    Acknowledge,
    /// Keeps them and says nothing, until it acknowledges again.
    Hold,
    /// Keeps none of them and says why.
    Refuse(PublishAckReason),
}

/// One reading as it came: signal, time, value.
pub type Line = (String, String, serde_json::Value);

#[derive(Debug, Default)]
pub struct Kept {
    /// In the order in which they came, each signal and time once.
    pub lines: Vec<Line>,
    /// Readings that came again.
    pub again: usize,
    /// Messages that came, and connections.
    pub messages: usize,
    pub connections: usize,
    /// The most messages that waited for an acknowledgement on one connection.
    pub unacknowledged: usize,
    /// Readings that were called historical.
    pub historical: usize,
    /// The most readings of one message.
    pub longest: usize,
    seen: HashMap<(String, String), serde_json::Value>,
}

#[derive(Clone)]
pub struct Server {
    kept: Arc<Mutex<Kept>>,
    changes: watch::Sender<()>,
    manner: watch::Sender<Manner>,
}

impl Default for Server {
    fn default() -> Self {
        let manner = watch::Sender::new(Manner::Acknowledge);
        Self { kept: Arc::default(), changes: watch::Sender::default(), manner }
    }
}

impl Server {
    pub fn behave(&self, manner: Manner) {
        self.manner.send_replace(manner);
    }

    pub fn with<T>(&self, look: impl FnOnce(&Kept) -> T) -> T {
        look(&self.kept.lock().unwrap())
    }

    /// Waits until what was kept satisfies the condition.
    pub async fn until(&self, condition: impl Fn(&Kept) -> bool) {
        self.changes.subscribe().wait_for(|()| self.with(&condition)).await.unwrap();
    }

    /// The values of one signal, in the order in which they came.
    pub fn values(&self, signal: &str) -> Vec<serde_json::Value> {
        let of_signal =
            |kept: &Kept| kept.lines.iter().filter(|line| line.0 == signal).map(|line| line.2.clone()).collect();
        self.with(of_signal)
    }

    /// Listens on a port of its own, which it returns.
    pub async fn listen(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(server.clone().serve(stream));
            }
        });
        port
    }

    /// One connection, to its end.
    pub async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut wire = Framed::new(stream, Codec::new(1 << 20, 0));
        let mut manner = self.manner.subscribe();
        let mut held: Vec<NonZeroU16> = Vec::new();
        loop {
            tokio::select! {
                packet = wire.next() => {
                    let Some(Ok((packet, _))) = packet else { return };
                    let answer = match packet {
                        Packet::Connect(connect) => {
                            assert_eq!(connect.username.as_deref(), Some("donghu/gateway-1"));
                            assert_eq!(connect.password.as_deref(), Some(&b"secret"[..]));
                            self.change(|kept| kept.connections += 1);
                            Packet::ConnectAck(Box::default())
                        }
                        Packet::Publish(publish) => {
                            let id = publish.packet_id.expect("quality 1");
                            held.push(id);
                            let waiting = held.len();
                            let now = *manner.borrow_and_update();
                            self.change(|kept| kept.take(&publish.topic, &publish.payload, waiting, now));
                            match now {
                                Manner::Hold => continue,
                                Manner::Acknowledge => {}
                                Manner::Refuse(reason) => {
                                    held.clear();
                                    let answer = PublishAck { packet_id: id, reason_code: reason, ..PublishAck::default() };
                                    wire.send(Packet::PublishAck(answer)).await.unwrap();
                                    continue;
                                }
                            }
                            if acknowledge(&mut wire, &mut held).await.is_err() { return }
                            continue;
                        }
                        Packet::PingRequest => Packet::PingResponse,
                        _ => return,
                    };
                    if wire.send(answer).await.is_err() { return }
                }
                _ = manner.changed() => {
                    if *manner.borrow_and_update() == Manner::Acknowledge && acknowledge(&mut wire, &mut held).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.lock().unwrap());
        self.changes.send_replace(());
    }
}

async fn acknowledge<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &mut Framed<S, Codec>,
    held: &mut Vec<NonZeroU16>,
) -> Result<(), ()> {
    for packet_id in held.drain(..) {
        let answer = PublishAck { packet_id, ..PublishAck::default() };
        wire.feed(Packet::PublishAck(answer)).await.map_err(drop)?;
    }
    wire.flush().await.map_err(drop)
}

impl Kept {
    fn take(&mut self, topic: &str, payload: &[u8], waiting: usize, manner: Manner) {
        assert_eq!(topic, "tc/donghu/gateway-1/readings");
        self.messages += 1;
        self.unacknowledged = self.unacknowledged.max(waiting);
        if matches!(manner, Manner::Refuse(_)) {
            return;
        }
        let lines: Vec<_> = std::str::from_utf8(payload).unwrap().lines().collect();
        self.longest = self.longest.max(lines.len());
        for line in lines {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let known = ["signal", "at", "value", "quality", "historical"];
            assert!(line.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{line}");
            self.historical += usize::from(line["historical"] == true);
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            let (signal, at, value) = (text("signal"), text("at"), line["value"].clone());
            if self.seen.insert((signal.clone(), at.clone()), value.clone()).is_some() {
                self.again += 1;
            } else {
                self.lines.push((signal, at, value));
            }
        }
    }
}
