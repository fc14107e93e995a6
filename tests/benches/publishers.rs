//! Devices that publish readings over MQTT 3.1.1 with quality 1, a few messages on their way at once, on one thread.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use rmqtt_codec::types::{Protocol, Publish, QoS};
use rmqtt_codec::v3::{Codec, Connect, Packet};
use std::net::SocketAddr;
use std::num::NonZeroU16;
use tokio::net::TcpStream;
use tokio_util::codec::Framed;

/// A connection that was let in.
pub type Line = Framed<TcpStream, Codec>;

/// Whoever publishes or subscribes.
#[derive(Clone, Debug, Default)]
pub struct Name {
    pub client: String,
    pub user: String,
    pub password: String,
    /// The other side keeps what it has for this client while it is away.
    pub is_kept: bool,
}

/// Connects and is let in.
pub async fn come_in(address: SocketAddr, name: &Name) -> Line {
    let stream = TcpStream::connect(address).await.expect("the other side listens");
    stream.set_nodelay(true).expect("a TCP option");
    let mut line = Framed::new(stream, Codec::default());
    let has_name = !name.user.is_empty();
    let connect = Connect {
        protocol: Protocol::default(),
        clean_session: !name.is_kept,
        keep_alive: 300,
        last_will: None,
        client_id: name.client.clone().into(),
        username: has_name.then(|| name.user.clone().into()),
        password: has_name.then(|| name.password.clone().into()),
        cert: None,
    };
    line.send(Packet::Connect(Box::new(connect))).await.expect("the other side reads");
    match hear(&mut line).await {
        Packet::ConnectAck(answer) => assert_eq!(u8::from(answer.return_code), 0, "let in"),
        other => panic!("{other:?}"),
    }
    line
}

/// The next packet.
pub async fn hear(line: &mut Line) -> Packet {
    line.next().await.expect("the other side stays").expect("a packet").0
}

/// A message of quality 1.
pub fn message(topic: &str, payload: impl Into<Bytes>, id: u16) -> Packet {
    Packet::Publish(Box::new(Publish {
        dup: false,
        retain: false,
        qos: QoS::AtLeastOnce,
        topic: topic.to_owned().into(),
        packet_id: NonZeroU16::new(id),
        payload: payload.into(),
        properties: None,
    }))
}

/// Publishes so many messages, `window` on their way at once, until each is acknowledged.
pub async fn publish(mut line: Line, topic: &str, count: usize, window: usize, payload: impl Fn(usize) -> String) {
    let (mut sent, mut acknowledged) = (0, 0);
    while acknowledged < count {
        while sent < count && sent - acknowledged < window {
            line.feed(message(topic, payload(sent), (sent % 60_000) as u16 + 1)).await.expect("the other side reads");
            sent += 1;
        }
        line.flush().await.expect("the other side reads");
        match hear(&mut line).await {
            Packet::PublishAck { .. } => acknowledged += 1,
            other => panic!("{other:?}"),
        }
        // What came with it is counted before more is said: packets leave together, too.
        while let Some(Some(Ok((Packet::PublishAck { .. }, _)))) = futures_util::FutureExt::now_or_never(line.next()) {
            acknowledged += 1;
        }
    }
}
