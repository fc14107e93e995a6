//! Certificates: whom the host trusts, as whom brokers know it, and what was wrong with one.

use std::io;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error, RootCertStore, crypto};

/// What proves to a broker who we are, as PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Own {
    /// Ours first, then those between it and whom the broker trusts.
    pub certificate: String,
    pub key: String,
}

/// Why [`Own`] proves nothing: a sentence about one of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    Certificate(String),
    Key(String),
}

impl Own {
    /// # Errors
    /// What is no certificate or no key, and a key of another certificate.
    pub fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Unreadable> {
        let chain = certificates(&self.certificate).map_err(Unreadable::Certificate)?;
        let bad_key = |error: String| Unreadable::Key(format!("a private key as PEM that belongs to it: {error}"));
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(|error| bad_key(error.to_string()))?;
        let provider = crypto::aws_lc_rs::default_provider();
        match CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider) {
            Ok(_) => Ok((chain, key)),
            Err(Error::InvalidCertificate(error)) => Err(Unreadable::Certificate(format!("a certificate: {error}"))),
            Err(error) => Err(bad_key(error.to_string())),
        }
    }
}

/// Those who are trusted instead of the system's.
///
/// # Errors
/// What is no certificate: a sentence.
pub fn roots(pem: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate).map_err(|error| format!("certificates as PEM: {error}"))?;
    }
    Ok(roots)
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let read = read.map_err(|error| format!("certificates as PEM: {error}"))?;
    if read.is_empty() { Err("certificates as PEM; there is none in it".to_owned()) } else { Ok(read) }
}

/// What a certificate does not prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// The broker's is signed by nobody whom we trust.
    Issuer,
    /// The broker's is for another name.
    Name,
    /// The broker's has expired, or does not hold yet.
    Date,
    /// The broker's is no good for another reason.
    Other,
    /// The broker does not take ours, or asks for one and we have none.
    Ours,
}

impl Distrust {
    /// What an error of a connection says of certificates; nothing, when it is about something else.
    pub fn of(error: &io::Error) -> Option<Self> {
        use CertificateError as Bad;
        match error.get_ref()?.downcast_ref::<Error>()? {
            Error::InvalidCertificate(Bad::UnknownIssuer) => Some(Self::Issuer),
            Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => Some(Self::Name),
            Error::InvalidCertificate(
                Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. },
            ) => Some(Self::Date),
            Error::InvalidCertificate(_) => Some(Self::Other),
            Error::AlertReceived(
                AlertDescription::CertificateRequired
                | AlertDescription::NoCertificate
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied,
            ) => Some(Self::Ours),
            _ => None,
        }
    }

    /// Stable, kebab case.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Issuer => "certificate-unknown",
            Self::Name => "certificate-name",
            Self::Date => "certificate-date",
            Self::Other => "certificate-bad",
            Self::Ours => "certificate-ours",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_is_not_about_certificates_blames_none() {
        let of = |error: Error| Distrust::of(&io::Error::new(io::ErrorKind::InvalidData, error));
        assert_eq!(of(Error::InvalidCertificate(CertificateError::UnknownIssuer)), Some(Distrust::Issuer));
        assert_eq!(of(Error::InvalidCertificate(CertificateError::BadSignature)), Some(Distrust::Other));
        assert_eq!(of(Error::AlertReceived(AlertDescription::CertificateRequired)), Some(Distrust::Ours));
        assert_eq!(of(Error::AlertReceived(AlertDescription::HandshakeFailure)), None);
        assert_eq!(Distrust::of(&io::ErrorKind::ConnectionReset.into()), None);
    }
}
