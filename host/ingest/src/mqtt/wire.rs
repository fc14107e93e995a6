//! Packets on a stream of bytes: read and written with limits, both versions of the protocol.

use super::endpoint::Io;
use super::translate::{down, up};
use bytes::BytesMut;
use rmqtt_codec::error::{DecodeError, EncodeError};
use rmqtt_codec::v5::{DisconnectReasonCode, Packet, ToReasonCode};
use rmqtt_codec::version::{ProtocolVersion, VersionCodec};
use rmqtt_codec::{v3, v5};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_util::codec::{Decoder, Encoder};
use toolcrib_contract::limits;

/// A CONNECT with its will; bigger ones are refused before anybody is known.
const CONNECT_BYTES: u32 = 64 << 10;
/// Room for one read.
const READ_BYTES: usize = 4 << 10;
/// A buffer that grew beyond this for a large packet is given back.
const KEEP_BYTES: usize = 64 << 10;
/// The smallest packets a client may ask for: what is sent must fit, reasons in words included.
pub(super) const LEAST_PACKET_BYTES: u32 = 256;

/// Why nothing more can be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the connection was cut")]
    Cut,
    #[error("the client does not take what is sent to it")]
    SlowReader,
    #[error("a malformed packet: {0}")]
    Malformed(#[from] DecodeError),
    #[error("a packet that cannot be sent: {0}")]
    Unsendable(#[from] EncodeError),
    #[error("the first packet is no CONNECT of MQTT 3.1.1 or 5.0")]
    NoConnect,
    #[error("this is MQTT 3.1; 3.1.1 and 5.0 are spoken here")]
    OldVersion,
}

impl Broken {
    /// What to tell the client, if there is anybody to tell.
    pub fn reason(&self) -> Option<DisconnectReasonCode> {
        match self {
            Self::Malformed(error) => Some(match error {
                DecodeError::UnsupportedPacketType => DisconnectReasonCode::ProtocolError,
                DecodeError::Utf8Error => DisconnectReasonCode::MalformedPacket,
                other => other.to_reason_code(),
            }),
            Self::Unsendable(_) => Some(DisconnectReasonCode::UnspecifiedError),
            Self::Cut | Self::SlowReader | Self::NoConnect | Self::OldVersion => None,
        }
    }
}

impl From<std::io::Error> for Broken {
    fn from(_: std::io::Error) -> Self {
        // However a connection breaks, nothing can be told any more.
        Self::Cut
    }
}

enum Codec {
    V3(v3::Codec),
    V5(v5::Codec),
}

/// A connection as packets of MQTT 5.0, whichever version the client speaks.
pub(super) struct Wire {
    stream: Box<dyn Io>,
    codec: Codec,
    input: BytesMut,
    output: BytesMut,
}

impl Wire {
    /// Reads the first packet, which says the version.
    pub async fn open(mut stream: Box<dyn Io>) -> Result<(Self, Box<v5::Connect>), Broken> {
        let mut input = BytesMut::new();
        let version = loop {
            match VersionCodec.decode(&mut input) {
                Ok(Some(version)) => break version,
                Ok(None) if input.len() > 64 => return Err(Broken::NoConnect),
                Ok(None) => {}
                Err(_) => return Err(Broken::NoConnect),
            }
            input.reserve(READ_BYTES);
            if stream.read_buf(&mut input).await? == 0 {
                return Err(Broken::Cut);
            }
        };
        let codec = match version {
            ProtocolVersion::MQTT3 => Codec::V3(v3::Codec::new(CONNECT_BYTES)),
            ProtocolVersion::MQTT5 => Codec::V5(v5::Codec::new(CONNECT_BYTES, 0)),
        };
        let mut wire = Self { stream, codec, input, output: BytesMut::new() };
        match wire.next().await {
            Ok(Some(Packet::Connect(connect))) => Ok((wire, connect)),
            Ok(Some(_)) => Err(Broken::NoConnect),
            Ok(None) => Err(Broken::Cut),
            Err(Broken::OldVersion) => {
                wire.refuse_version().await;
                Err(Broken::OldVersion)
            }
            Err(Broken::Malformed(DecodeError::InvalidClientId)) => {
                let reason_code = v5::ConnectAckReason::ClientIdentifierNotValid;
                wire.refuse(v5::ConnectAck { reason_code, ..v5::ConnectAck::default() }).await;
                Err(Broken::NoConnect)
            }
            Err(broken) => Err(broken),
        }
    }

    /// Takes and makes packets of the sizes that both sides agreed to.
    pub fn agree(&mut self, client_most: Option<u32>) {
        let most = limits::MQTT_PACKET_BYTES as u32;
        match &mut self.codec {
            Codec::V3(codec) => codec.set_max_size(most),
            Codec::V5(codec) => {
                codec.set_max_inbound_size(most);
                codec.set_max_outbound_size(client_most.unwrap_or(most));
            }
        }
    }

    /// Whether reasons can be told to the client: 3.1.1 has none.
    pub fn has_reasons(&self) -> bool {
        matches!(self.codec, Codec::V5(_))
    }

    /// The next packet; none when the client closed the connection. Nothing is lost when it is not waited for to the
    /// end.
    pub async fn next(&mut self) -> Result<Option<Packet>, Broken> {
        loop {
            if let Some(packet) = self.decode()? {
                return Ok(Some(packet));
            }
            self.input.reserve(READ_BYTES);
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return if self.input.is_empty() { Ok(None) } else { Err(Broken::Cut) };
            }
        }
    }

    fn decode(&mut self) -> Result<Option<Packet>, Broken> {
        let packet = match &mut self.codec {
            Codec::V3(codec) => match codec.decode(&mut self.input)? {
                Some((packet, _)) => Some(up(packet)?),
                None => None,
            },
            Codec::V5(codec) => codec.decode(&mut self.input)?.map(|(packet, _)| packet),
        };
        if packet.is_none() && self.input.is_empty() && self.input.capacity() > KEEP_BYTES {
            self.input = BytesMut::new();
        }
        Ok(packet)
    }

    /// Puts a packet among what is sent with the next [`Self::flush`]. What 3.1.1 has no word for is left out.
    pub fn put(&mut self, packet: Packet) -> Result<(), Broken> {
        match &mut self.codec {
            Codec::V3(codec) => {
                if let Some(packet) = down(packet) {
                    codec.encode(packet, &mut self.output)?;
                }
            }
            Codec::V5(codec) => codec.encode(packet, &mut self.output)?,
        }
        Ok(())
    }

    /// Sends what was put. Bytes that are sent are gone from the output, so that breaking off loses and doubles none.
    pub async fn flush(&mut self) -> Result<(), Broken> {
        while !self.output.is_empty() {
            let sent = timeout(Duration::from_secs(limits::MQTT_WRITE_S), self.stream.write_buf(&mut self.output));
            if sent.await.map_err(|_| Broken::SlowReader)?? == 0 {
                return Err(Broken::Cut);
            }
        }
        if self.output.capacity() > KEEP_BYTES {
            self.output = BytesMut::new();
        }
        Ok(timeout(Duration::from_secs(limits::MQTT_WRITE_S), self.stream.flush())
            .await
            .map_err(|_| Broken::SlowReader)??)
    }

    /// Refuses the connection with this answer.
    pub async fn refuse(&mut self, answer: v5::ConnectAck) {
        if self.put(Packet::ConnectAck(Box::new(answer))).is_ok() {
            self.close().await;
        }
    }

    async fn refuse_version(&mut self) {
        let reason_code = v5::ConnectAckReason::UnsupportedProtocolVersion;
        self.refuse(v5::ConnectAck { reason_code, ..v5::ConnectAck::default() }).await;
    }

    /// Sends what is left and closes; a client that does not take it is left behind.
    pub async fn close(&mut self) {
        /// For the last words.
        const FAREWELL: Duration = Duration::from_secs(2);
        let last = async {
            self.flush().await?;
            self.stream.shutdown().await?;
            Ok::<(), Broken>(())
        };
        let _ = timeout(FAREWELL, last).await;
    }
}
