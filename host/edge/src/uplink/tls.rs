//! TLS to the server, on the connections that the network gives.

use crate::config::Server;
use crate::world::Stream;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// What turns a connection into one that nobody else reads.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    server: ServerName<'static>,
}

impl Tls {
    /// # Errors
    /// A certificate or key that cannot be read, or a name that none can be for.
    pub fn new(server: &Server) -> anyhow::Result<Self> {
        use anyhow::Context;
        let mut roots = RootCertStore::empty();
        match &server.ca_file {
            Some(file) => {
                for certificate in certificates(file)? {
                    roots.add(certificate).with_context(|| format!("`{}`", file.display()))?;
                }
            }
            None => {
                let found = rustls_native_certs::load_native_certs();
                for error in found.errors {
                    tracing::warn!(%error, "One of the system's certificates cannot be read");
                }
                let (good, _) = roots.add_parsable_certificates(found.certs);
                anyhow::ensure!(good > 0, "the system trusts no certificates; name server.ca_file");
            }
        }
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_root_certificates(roots);
        let config = match (&server.certificate_file, &server.key_file) {
            (Some(certificate), Some(key)) => {
                let read = PrivateKeyDer::from_pem_file(key).with_context(|| format!("`{}`", key.display()))?;
                config.with_client_auth_cert(certificates(certificate)?, read)?
            }
            _ => config.with_no_client_auth(),
        };
        let name = ServerName::try_from(server.host.clone()).context("server.host")?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), server: name })
    }

    /// Shakes hands over `stream`.
    ///
    /// # Errors
    /// The server's certificate is not trusted, not for this name, or no longer valid; or the connection.
    pub async fn around(&self, stream: Box<dyn Stream>) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(self.connector.connect(self.server.clone(), stream).await?))
    }
}

fn certificates(file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    use anyhow::Context;
    let read = || CertificateDer::pem_file_iter(file)?.collect::<Result<Vec<_>, _>>();
    let certificates = read().with_context(|| format!("`{}`", file.display()))?;
    anyhow::ensure!(!certificates.is_empty(), "`{}` holds no certificate (PEM)", file.display());
    Ok(certificates)
}
