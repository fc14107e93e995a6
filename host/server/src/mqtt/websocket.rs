//! `GET /mqtt`: MQTT inside a WebSocket, for clients that only get through a proxy for HTTP.

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use toolcrib_contract::limits;
use toolcrib_ingest::mqtt::Endpoint;

/// Bytes between the two ends, each way.
const BUFFER_BYTES: usize = 64 << 10;
/// Bytes of one message to the client.
const MESSAGE_BYTES: usize = 4 << 10;

pub async fn upgrade(State(endpoint): State<Endpoint>, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.protocols(["mqtt"]);
    let upgrade = upgrade.max_message_size(limits::MQTT_PACKET_BYTES).max_frame_size(limits::MQTT_PACKET_BYTES);
    upgrade.on_upgrade(|socket| join(endpoint, socket))
}

/// Joins a WebSocket with the endpoint, until either has enough.
async fn join(endpoint: Endpoint, socket: WebSocket) {
    let (near, far) = tokio::io::duplex(BUFFER_BYTES);
    let (mut to_client, mut from_client) = socket.split();
    if !endpoint.take(Box::new(near)) {
        let full = CloseFrame { code: close_code::AGAIN, reason: "there is no place; try again later".into() };
        let _ = to_client.send(Message::Close(Some(full))).await;
        return;
    }
    let (mut from_endpoint, mut to_endpoint) = tokio::io::split(far);
    // Packets may begin and end anywhere in a message; a text is no MQTT.
    let inward = async {
        while let Some(Ok(message)) = from_client.next().await {
            match message {
                Message::Binary(bytes) if to_endpoint.write_all(&bytes).await.is_ok() => {}
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Binary(_) | Message::Text(_) | Message::Close(_) => return,
            }
        }
    };
    let outward = async {
        let mut bytes = vec![0; MESSAGE_BYTES];
        loop {
            match from_endpoint.read(&mut bytes).await {
                Ok(0) | Err(_) => {
                    let _ = to_client.send(Message::Close(None)).await;
                    return;
                }
                Ok(count) => {
                    let message = Message::Binary(bytes[..count].to_vec().into());
                    if to_client.send(message).await.is_err() {
                        return;
                    }
                }
            }
        }
    };
    tokio::select! {
        () = inward => {}
        () = outward => {}
    }
}
