//! The plants' gateways: Sparkplug nodes that speak to the MQTT endpoint like any other, with a library that a gateway
//! would use. Each machine is a device of its node.

use super::facts::DeviceAccount;
use super::machines::Machine;
use rumqttc_classic::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;
use toolcrib_ingest::mqtt::sparkplug_prefix;
use toolcrib_sparkplug::{Change, DataType, Defined, EdgeNode, Outgoing, Value};

/// Name of the node.
const NODE: &str = "gateway";
/// Messages on their way to the library.
const WAITING: usize = 100;
/// After a connection broke or was refused.
const PAUSE: Duration = Duration::from_secs(2);

/// Takes the machines' metrics for signals of their equipment.
pub fn rules() -> Json {
    let rule = |signal: &str, kind: &str| json!({"from": {"metric": signal, "node": NODE, "device": "+"}, "equipment": "{1}", "signal": signal, "kind": kind});
    json!([rule("state", "word"), rule("good", "count"), rule("scrap", "count")])
}

/// A gateway with its line to the host.
pub struct Gateway {
    client: AsyncClient,
    events: EventLoop,
    commands: String,
    node: EdgeNode,
    is_online: bool,
    /// The line broke: its next session has another will.
    is_new: bool,
}

impl Gateway {
    /// The gateway of a tenant, with its device's credential.
    ///
    /// # Errors
    /// The tenant's short name cannot be a Sparkplug group.
    pub fn new(address: SocketAddr, tenant: &str, device: &DeviceAccount) -> anyhow::Result<Self> {
        let mut options = MqttOptions::new(NODE, address.ip().to_string(), address.port());
        options.set_credentials(&device.username, &device.password);
        options.set_max_packet_size(limits::MQTT_PACKET_BYTES, limits::MQTT_PACKET_BYTES);
        let (client, events) = AsyncClient::new(options, WAITING);
        let commands = format!("{}NCMD/{NODE}", sparkplug_prefix(tenant));
        Ok(Self { client, events, commands, node: EdgeNode::new(tenant, NODE)?, is_online: false, is_new: true })
    }

    /// Learns which machines there are.
    pub fn know(&mut self, machines: &[Machine]) {
        for machine in machines {
            for (name, datatype) in [("state", DataType::String), ("good", DataType::Int64), ("scrap", DataType::Int64)]
            {
                let metric = Defined { name: name.to_owned(), datatype, value: None };
                if let Err(error) = self.node.define(Some(machine.code), metric) {
                    tracing::warn!(error = %error, "A machine of the demo cannot speak");
                }
            }
        }
    }

    /// Births were told: data may follow.
    pub fn is_online(&self) -> bool {
        self.is_online
    }

    /// Says how the machines stand at this moment.
    pub fn say(&mut self, machines: &[Machine], at: Instant) {
        let at_ms = millis(at);
        for machine in machines {
            let (state, good, scrap) = machine.said();
            let changes = [
                Change::now("state", Value::Text(state.to_owned()), at_ms),
                Change::now("good", Value::Signed(good), at_ms),
                Change::now("scrap", Value::Signed(scrap), at_ms),
            ];
            match self.node.data(Some(machine.code), &changes, at_ms) {
                Ok(message) => self.publish(message),
                Err(error) => tracing::warn!(error = %error, "A machine of the demo cannot say something"),
            }
        }
    }

    /// Keeps the line for a while: until something came or went.
    pub async fn hold(&mut self, clock: &dyn Clock) {
        if std::mem::take(&mut self.is_new) {
            let will = self.node.connect(millis(clock.now()));
            let will = LastWill::new(will.topic, will.payload, QoS::AtLeastOnce, will.retain);
            self.events.mqtt_options.set_last_will(will);
        }
        match self.events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                self.is_online = self.client.try_subscribe(&self.commands, QoS::AtLeastOnce).is_ok();
                self.tell_births(clock);
            }
            Ok(Event::Incoming(Packet::Publish(command))) => {
                if self.node.asks_for_rebirth(&command.topic, &command.payload) {
                    self.tell_births(clock);
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = %error, "A gateway's line broke and is opened again");
                (self.is_online, self.is_new) = (false, true);
                // What waits belongs to a session that is over; a birth tells anew.
                self.events.pending.clear();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    fn tell_births(&mut self, clock: &dyn Clock) {
        let births = self.node.birth(millis(clock.now()));
        births.into_iter().for_each(|message| self.publish(message));
    }

    fn publish(&mut self, message: Outgoing) {
        let qos = if message.qos == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
        if let Err(error) = self.client.try_publish(message.topic, qos, message.retain, message.payload) {
            tracing::warn!(error = %error, "A gateway says too much at once");
        }
    }
}

fn millis(at: Instant) -> u64 {
    u64::try_from(at.0 / 1_000).unwrap_or(0)
}
