//! The ways in: TCP, TLS and WebSocket of the real program, and what its configuration refuses.

use super::raw::{Raw, publish};
use crate::chaos::servers::{PROGRAM, Process, Product, Servers};
use crate::chaos::{connect, mqtt_address};
use crate::wait::until;
use futures_util::{SinkExt, StreamExt};
use rcgen::{CertifiedKey, KeyPair};
use rmqtt_codec::types::QoS;
use rmqtt_codec::v5::{Connect, ConnectAckReason, DisconnectReasonCode, PublishAckReason};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const SOON: Duration = Duration::from_secs(60);

/// Of the listener with TLS.
fn tls_address(host: &Process) -> std::net::SocketAddr {
    until("the listener with TLS", SOON, || {
        let log = host.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| line["mqtt_tls_address"].as_str()?.parse().ok()).next()
    })
}

async fn over_tls(address: std::net::SocketAddr, certificate: CertificateDer<'static>) -> Raw {
    over_tls_as(address, certificate, None).await
}

/// With a client certificate of its own.
async fn over_tls_as(
    address: std::net::SocketAddr,
    certificate: CertificateDer<'static>,
    own: Option<&CertifiedKey<KeyPair>>,
) -> Raw {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let config = match own {
        None => config.with_no_client_auth(),
        Some(own) => {
            let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
            config.with_client_auth_cert(vec![own.cert.der().clone()], key).unwrap()
        }
    };
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    Raw::over(TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap())
}

/// A WebSocket as a stream of bytes; each byte goes in a message of its own, as packets need not fit messages.
async fn over_websocket(url: &str) -> Raw {
    let address = url.strip_prefix("http://").unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut request = format!("ws://{address}/mqtt").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "mqtt".parse().unwrap());
    let (socket, answer) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "mqtt");
    let (near, far): (DuplexStream, DuplexStream) = tokio::io::duplex(64 << 10);
    tokio::spawn(async move {
        let (mut to_server, mut from_server) = socket.split();
        let (mut from_test, mut to_test) = tokio::io::split(far);
        let there = async {
            while let Ok(byte) = from_test.read_u8().await {
                to_server.send(Message::Binary(vec![byte].into())).await.unwrap();
            }
        };
        let back = async {
            while let Some(Ok(Message::Binary(bytes))) = from_server.next().await {
                to_test.write_all(&bytes).await.unwrap();
            }
        };
        tokio::select! {
            () = there => {}
            () = back => {}
        }
    });
    Raw::over(near)
}

/// A certificate of the server's, and the configuration that uses it.
fn with_tls(folder: &std::path::Path) -> (CertifiedKey<KeyPair>, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let config = format!(
        "[host.mqtt]\nlisten = \"127.0.0.1:0\"\ntls_listen = \"127.0.0.1:0\"\ncertificate = {certificate:?}\nkey = {key:?}\n"
    );
    (made, config)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_a_credential_of_its_device_until_it_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (made, config) = with_tls(folder.path());
    let (servers, host) = Servers::with(1, Product { config: &config, ..Product::DAYBOOK }).await;
    let (tenant, owner) = (&servers.tenants[0], servers.owner().await);
    let own = |name: &str| rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let (gateway, stranger) = (own("gateway"), own("gateway"));
    let certified = owner.certify_device(&tenant.id, &tenant.device, &gateway.cert.pem()).await.unwrap();
    assert_eq!(certified.certificate_sha256.unwrap().len(), 64);
    let with_key = format!("{}{}", gateway.cert.pem(), gateway.signing_key.serialize_pem());
    assert!(owner.certify_device(&tenant.id, &tenant.device, &with_key).await.is_err(), "a key stays on its device");
    let other = owner.new_device(&tenant.id, "press").await.unwrap();
    let asks = |device: &str, password: Option<&str>| Connect {
        username: Some(toolcrib_ingest::mqtt::user_name(&tenant.slug, device).into()),
        password: password.map(|password| password.to_owned().into()),
        ..connect(tenant, &format!("{device}-{}", password.is_some()), true)
    };
    let address = tls_address(&host);
    let come = async |own: Option<&CertifiedKey<KeyPair>>, asks: Connect| {
        let mut raw = over_tls_as(address, made.cert.der().clone(), own).await;
        let answer = raw.ask_in(asks).await.unwrap().reason_code;
        (raw, answer)
    };
    let (mut raw, answer) = come(Some(&gateway), asks(&tenant.device, None)).await;
    assert_eq!(answer, ConnectAckReason::Success);
    const STRANGER: ConnectAckReason = ConnectAckReason::BadUserNameOrPassword;
    assert_eq!(come(Some(&stranger), asks(&tenant.device, None)).await.1, STRANGER, "another certificate");
    assert_eq!(come(Some(&gateway), asks(&other.id, None)).await.1, STRANGER, "another device");
    assert_eq!(
        come(Some(&gateway), asks(&tenant.device, Some("wrong"))).await.1,
        STRANGER,
        "who gives a token needs it"
    );
    assert_eq!(come(None, asks(&tenant.device, None)).await.1, STRANGER, "nothing at all");
    assert_eq!(
        come(Some(&stranger), asks(&tenant.device, Some(&tenant.device_token))).await.1,
        ConnectAckReason::Success
    );
    owner.switch_device(&tenant.id, &tenant.device, false).await.unwrap();
    assert_eq!(raw.sent_away().await, DisconnectReasonCode::AdministrativeAction);
    let (_, answer) = come(Some(&gateway), asks(&tenant.device, None)).await;
    assert_eq!(answer, ConnectAckReason::NotAuthorized);
    owner.switch_device(&tenant.id, &tenant.device, true).await.unwrap();
    let (mut raw, answer) = come(Some(&gateway), asks(&tenant.device, None)).await;
    assert_eq!(answer, ConnectAckReason::Success);
    owner.delete_certificate(&tenant.id, &tenant.device).await.unwrap();
    assert_eq!(raw.sent_away().await, DisconnectReasonCode::AdministrativeAction);
    assert_eq!(come(Some(&gateway), asks(&tenant.device, None)).await.1, STRANGER);
    tokio::task::block_in_place(|| host.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_come_in_over_tcp_tls_and_websocket() {
    let folder = tempfile::tempdir().unwrap();
    let (made, config) = with_tls(folder.path());
    let (servers, host) = Servers::with(1, Product { config: &config, ..Product::DAYBOOK }).await;
    let tenant = &servers.tenants[0];
    let tcp = Raw::over(tokio::net::TcpStream::connect(mqtt_address(&host)).await.unwrap());
    let tls = over_tls(tls_address(&host), made.cert.der().clone()).await;
    let websocket = over_websocket(&host.url).await;
    let topic = format!("tc/{}/{}/readings", tenant.slug, tenant.device);
    let made = std::fs::metadata(servers.folder()).unwrap().modified().unwrap();
    let now_us = made.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_micros() as i64;
    let mut inside = Vec::new();
    for (nth, raw) in [tcp, tls, websocket].into_iter().enumerate() {
        let mut raw = raw.come_in(connect(tenant, &format!("door-{nth}"), true)).await;
        let at = toolcrib_contract::types::Instant(now_us + nth as i64);
        let line = format!("{{\"signal\":\"door.{nth}\",\"at\":\"{at}\",\"value\":{nth}}}");
        raw.publish(publish(&topic, line, QoS::AtLeastOnce, 1)).await;
        assert_eq!(raw.acknowledged().await, (1, PublishAckReason::Success), "{nth}");
        inside.push(raw);
    }
    tokio::task::block_in_place(|| host.stop());
    for mut raw in inside {
        assert_eq!(raw.sent_away().await, DisconnectReasonCode::ServerShuttingDown);
    }
    let db = rusqlite::Connection::open(servers.files(tenant).join("readings.db")).unwrap();
    let names: Vec<String> = {
        let mut query = db.prepare("SELECT name FROM signal ORDER BY name").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(names, ["door.0", "door.1", "door.2"]);
}

#[test]
fn a_listener_with_tls_needs_a_certificate_that_serves() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("host.toml");
    std::fs::write(&file, "[host.mqtt]\ntls_listen = \"127.0.0.1:0\"\n").unwrap();
    let output = std::process::Command::new(PROGRAM).args(["doctor", "--config"]).arg(&file).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("host.mqtt.certificate"), "{said}");
}
