//! The doors of the MQTT ingestion endpoint: a listener, one with TLS, and `/mqtt` for WebSocket.

mod websocket;

use crate::config;
use crate::http::occupy;
use anyhow::{Context, ensure};
use axum::Router;
use axum::routing::get;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toolcrib_ingest::Mapping;
use toolcrib_ingest::mqtt::{Endpoint, Settings};
use toolcrib_runtime::{Runtime, World};

/// An endpoint whose addresses are taken.
pub struct Door {
    endpoint: Endpoint,
    plain: Option<TcpListener>,
    tls: Option<(TcpListener, TlsAcceptor)>,
    /// Of the listener without TLS.
    address: Option<SocketAddr>,
}

impl Door {
    /// Takes the addresses that are configured; none without any.
    ///
    /// # Errors
    /// A sentence: an address is taken, or the certificate does not serve.
    pub async fn open(
        settings: &config::Mqtt,
        runtime: &Runtime,
        mapping: &Arc<Mapping>,
        world: &World,
    ) -> anyhow::Result<Option<Self>> {
        if settings.listen.is_none() && settings.tls_listen.is_none() {
            return Ok(None);
        }
        let plain = match settings.listen {
            Some(address) => Some(occupy(address, "--mqtt").await?),
            None => None,
        };
        let tls = match settings.tls_listen {
            Some(address) => {
                let acceptor = acceptor(&settings.certificate, &settings.key)?;
                Some((occupy(address, "`host.mqtt.tls_listen`").await?, acceptor))
            }
            None => None,
        };
        let address = plain.as_ref().map(TcpListener::local_addr).transpose()?;
        let quota = Settings { messages_each_s: settings.messages_each_s };
        let endpoint = Endpoint::new(runtime.clone(), mapping.clone(), world.clone(), quota);
        Ok(Some(Self { endpoint, plain, tls, address }))
    }

    /// Where it listens without TLS.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The way over WebSocket.
    pub fn routes(&self) -> Router {
        Router::new().route("/mqtt", get(websocket::upgrade)).with_state(self.endpoint.clone())
    }

    /// Lets devices in until `stopping`, then says goodbye to them, as tasks of `tasks`.
    pub fn serve(self, tasks: &TaskTracker, stopping: &CancellationToken) {
        let Self { endpoint, plain, tls, .. } = self;
        if let Some(listener) = plain {
            if let Ok(address) = listener.local_addr() {
                tracing::info!(mqtt_address = %address, "Taking readings over MQTT");
            }
            tasks.spawn(endpoint.clone().listen(listener, None));
        }
        if let Some((listener, acceptor)) = tls {
            if let Ok(address) = listener.local_addr() {
                tracing::info!(mqtt_tls_address = %address, "Taking readings over MQTT with TLS");
            }
            tasks.spawn(endpoint.clone().listen(listener, Some(acceptor)));
        }
        tasks.spawn(endpoint.clone().watch());
        let stopping = stopping.clone();
        tasks.spawn(async move {
            stopping.cancelled().await;
            endpoint.drain().await;
        });
    }
}

/// What takes connections with TLS.
///
/// # Errors
/// A file that cannot be read, or the two do not fit each other.
pub fn acceptor(certificate: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let unreadable = |file: &Path| format!("`{}` cannot be read as PEM", file.display());
    let chain = CertificateDer::pem_file_iter(certificate).with_context(|| unreadable(certificate))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().with_context(|| unreadable(certificate))?;
    ensure!(!chain.is_empty(), "`{}` holds no certificate", certificate.display());
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| unreadable(key))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions?.with_no_client_auth().with_single_cert(chain, key);
    Ok(TlsAcceptor::from(Arc::new(config.context("the certificate and its key do not fit each other")?)))
}
