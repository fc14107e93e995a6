//! The way to factories' own brokers: to public addresses with TLS only; inside the plant where the operator says so.

use crate::outbound::{Inside, is_private, is_public};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use toolcrib_ingest::mqtt::proof::{Distrust, Own, Unreadable, roots};
use toolcrib_ingest::mqtt::{Destination, Dial, Io, Undialled};

/// Connects to brokers.
pub struct Brokerage {
    inside: Inside,
}

impl Brokerage {
    pub fn new(inside: Inside) -> Self {
        Self { inside }
    }
}

impl Dial for Brokerage {
    fn dial(&self, to: Destination) -> BoxFuture<'static, Result<Box<dyn Io>, Undialled>> {
        let named = self.inside.find(&to.tenant, &to.host, to.port);
        async move {
            let is_inside = named.is_some();
            if !to.tls && !is_inside {
                return Err(Undialled::NotAllowed(format!(
                    "without TLS only hosts are reached that the operator names: `[[host.intranet]]` with tenant = {:?}, host = \"{}:{}\"",
                    to.tenant, to.host, to.port
                )));
            }
            let addresses = match named.and_then(|entry| entry.address) {
                // Where the operator says it is, this machine included.
                Some(address) => vec![address],
                None => resolve(&to, is_inside).await?,
            };
            let stream = TcpStream::connect(&addresses[..]).await.map_err(|error| Undialled::Away(error.to_string()))?;
            let _ = stream.set_nodelay(true);
            if !to.tls {
                return Ok(Box::new(stream) as Box<dyn Io>);
            }
            let name = ServerName::try_from(to.host.clone()).map_err(|error| Undialled::Away(error.to_string()))?;
            let connector = connector(to.ca.as_deref(), to.own.as_ref()).map_err(Undialled::Away)?;
            let stream = connector.connect(name, stream).await.map_err(|error| match Distrust::of(&error) {
                Some(what) => Undialled::Unproven(what, error.to_string()),
                None => Undialled::Away(error.to_string()),
            })?;
            Ok(Box::new(stream) as Box<dyn Io>)
        }
        .boxed()
    }
}

/// The addresses of a name that may be reached. They are looked at and then used: a name cannot change its mind between.
async fn resolve(to: &Destination, is_inside: bool) -> Result<Vec<SocketAddr>, Undialled> {
    let found = tokio::net::lookup_host((to.host.as_str(), to.port)).await;
    let found: Vec<_> = found.map_err(|error| Undialled::Away(error.to_string()))?.collect();
    if found.is_empty() {
        return Err(Undialled::Away(format!("`{}` has no address", to.host)));
    }
    let may = |address: &SocketAddr| is_public(address.ip()) || is_inside && is_private(address.ip());
    let reached: Vec<_> = found.into_iter().filter(may).collect();
    if reached.is_empty() {
        return Err(Undialled::NotAllowed(format!(
            "`{}` is inside a network; the operator must name it: `[[host.intranet]]` with tenant = {:?}, host = \"{0}:{}\"",
            to.host, to.tenant, to.port
        )));
    }
    Ok(reached)
}

/// Trusts these certificates (PEM), otherwise the system's; shows our own, where there is one and the broker asks.
fn connector(ca: Option<&str>, own: Option<&Own>) -> Result<TlsConnector, String> {
    let roots = match ca {
        Some(pem) => roots(pem)?,
        None => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        }
    };
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let config = config.with_root_certificates(roots);
    let config = match own {
        Some(own) => {
            let (chain, key) = own.read().map_err(|(Unreadable::Certificate(why) | Unreadable::Key(why))| why)?;
            config.with_client_auth_cert(chain, key).map_err(|error| error.to_string())?
        }
        None => config.with_no_client_auth(),
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Intranet;

    async fn dial(intranet: Vec<Intranet>, host: &str, port: u16, tls: bool) -> Result<(), Undialled> {
        let to = Destination { tenant: "donghu".into(), host: host.into(), port, tls, ca: None, own: None };
        Brokerage::new(Inside::new(&intranet)).dial(to).await.map(drop)
    }

    fn named(tenant: &str, host: &str, address: Option<SocketAddr>) -> Vec<Intranet> {
        vec![Intranet { tenant: tenant.into(), host: host.into(), address, plain_http: false }]
    }

    #[tokio::test]
    async fn only_what_the_operator_names_is_reached_inside() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let host = format!("localhost:{}", address.port());
        let not_allowed = |dialled: Result<(), Undialled>| matches!(dialled, Err(Undialled::NotAllowed(_)));
        assert!(not_allowed(dial(vec![], "localhost", address.port(), false).await));
        assert!(not_allowed(dial(vec![], "localhost", address.port(), true).await), "TLS opens no door inside");
        assert!(not_allowed(dial(vec![], "127.0.0.1", address.port(), true).await));
        // Named, but without an address of its own: this machine is nobody's plant.
        assert!(not_allowed(dial(named("donghu", &host, None), "localhost", address.port(), false).await));
        assert!(not_allowed(dial(named("nanxi", &host, Some(address)), "localhost", address.port(), false).await));
        assert!(dial(named("donghu", &host, Some(address)), "localhost", address.port(), false).await.is_ok());
        let other_port = named("donghu", "localhost:1", Some(address));
        assert!(not_allowed(dial(other_port, "localhost", address.port(), false).await));
    }
}
