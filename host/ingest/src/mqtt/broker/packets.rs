//! Packets on a connection to a broker; its errors keep what the connection itself said, which the library makes a text.

use super::proof::Distrust;
use super::standing::Trouble;
use crate::mqtt::endpoint::Io;
use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use rmqtt_codec::error::{DecodeError, EncodeError};
use rmqtt_codec::v3::{Codec, Packet};
use std::io;
use tokio_util::codec::{Decoder, Encoder, Framed};

/// A connection.
pub(super) type Frames = Framed<Box<dyn Io>, Packets>;

/// MQTT 3.1.1.
pub(super) struct Packets(Codec);

impl Packets {
    /// A packet of more than `limit` bytes ends the connection.
    pub fn over(stream: Box<dyn Io>, limit: u32) -> Frames {
        Framed::new(stream, Self(Codec::new(limit)))
    }
}

/// Why nothing more is heard or said.
#[derive(Debug)]
pub(super) enum Broken {
    Connection(io::Error),
    Heard(DecodeError),
    Said,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

impl Decoder for Packets {
    type Item = Packet;
    type Error = Broken;

    fn decode(&mut self, from: &mut BytesMut) -> Result<Option<Packet>, Broken> {
        Ok(self.0.decode(from).map_err(Broken::Heard)?.map(|(packet, _)| packet))
    }
}

impl Encoder<Packet> for Packets {
    type Error = Broken;

    fn encode(&mut self, packet: Packet, to: &mut BytesMut) -> Result<(), Broken> {
        self.0.encode(packet, to).map_err(|_: EncodeError| Broken::Said)
    }
}

/// The next packet.
pub(super) async fn hear(frames: &mut Frames) -> Result<Packet, Trouble> {
    match frames.next().await {
        Some(Ok(packet)) => Ok(packet),
        Some(Err(Broken::Connection(error))) => match Distrust::of(&error) {
            // With TLS 1.3 a broker says only now that it does not take our certificate.
            Some(what) => Err(Trouble::Unproven(what, error.to_string())),
            None => Err(Trouble::Cut),
        },
        Some(Err(Broken::Heard(DecodeError::MaxSizeExceeded { max, .. }))) => Err(Trouble::TooLarge(max)),
        Some(Err(Broken::Heard(error))) => Err(Trouble::Malformed(error.to_string())),
        Some(Err(Broken::Said)) | None => Err(Trouble::Cut),
    }
}

/// Says something to a broker that answers. One that has gone may have said why.
pub(super) async fn ask(frames: &mut Frames, packet: Packet) -> Result<(), Trouble> {
    match frames.send(packet).await {
        Ok(()) => Ok(()),
        Err(_) => Err(hear(frames).await.err().unwrap_or(Trouble::Cut)),
    }
}
