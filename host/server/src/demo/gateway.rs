//! The plants' gateways: clients of the MQTT endpoint like any other, with a library that a gateway would use.

use super::facts::DeviceAccount;
use rumqttc_classic::{AsyncClient, EventLoop, MqttOptions, QoS};
use std::net::SocketAddr;
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_ingest::mqtt::own_prefix;

/// Messages that wait while the host is away.
const WAITING: usize = 100;
/// After a connection broke or was refused.
const PAUSE: Duration = Duration::from_secs(2);

/// What a gateway needs to know.
pub struct Gateway {
    options: MqttOptions,
    topic: String,
}

impl Gateway {
    /// The gateway of a tenant, with its device's credential.
    pub fn new(address: SocketAddr, tenant: &str, device: &DeviceAccount) -> Self {
        let mut options = MqttOptions::new("gateway", address.ip().to_string(), address.port());
        options.set_credentials(&device.username, &device.password);
        options.set_clean_session(false);
        options.set_max_packet_size(limits::MQTT_PACKET_BYTES, limits::MQTT_PACKET_BYTES);
        Self { options, topic: format!("{}readings", own_prefix(tenant, &device.id)) }
    }

    /// A line that is held by [`Line::hold`], and what is said over it.
    pub fn open(self) -> (Voice, Line) {
        let (client, events) = AsyncClient::new(self.options, WAITING);
        (Voice { client, topic: self.topic }, Line { events })
    }
}

/// Says something over a line.
pub struct Voice {
    client: AsyncClient,
    topic: String,
}

impl Voice {
    /// Publishes lines of JSON; waits while too much is waiting. They are said again until they are acknowledged.
    pub async fn say(&self, lines: String) {
        if self.client.publish(&self.topic, QoS::AtLeastOnce, false, lines).await.is_err() {
            tracing::warn!("A gateway's line is closed");
        }
    }
}

/// A line to the host.
pub struct Line {
    events: EventLoop,
}

impl Line {
    /// Keeps it open, for ever.
    pub async fn hold(&mut self) {
        loop {
            if let Err(error) = self.events.poll().await {
                tracing::warn!(error = %error, "A gateway's line broke and is opened again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
