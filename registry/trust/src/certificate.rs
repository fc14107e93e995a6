//! Client certificates of devices: known by their fingerprint, whoever signed them.

use crate::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a certificate as people send it.
pub const CERTIFICATE_BYTES: usize = 16 << 10;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Why a text is no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Nobody but the device should ever have it.
    #[error("this is a private key: it stays on the device; send its certificate")]
    PrivateKey,
    #[error("a certificate as PEM: one block from BEGIN CERTIFICATE to END CERTIFICATE")]
    Form,
    #[error("a certificate has at most {CERTIFICATE_BYTES} bytes")]
    TooLarge,
}

/// The hex of the SHA-256 of a certificate (PEM). The first one of a chain counts: it is the device's own.
///
/// # Errors
/// No certificate, or a private key beside it.
pub fn fingerprint(pem: &str) -> Result<String, CertificateError> {
    if pem.len() > CERTIFICATE_BYTES {
        return Err(CertificateError::TooLarge);
    }
    if pem.contains("PRIVATE KEY-----") {
        return Err(CertificateError::PrivateKey);
    }
    let (_, rest) = pem.split_once(BEGIN).ok_or(CertificateError::Form)?;
    let (body, _) = rest.split_once(END).ok_or(CertificateError::Form)?;
    let letters: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(letters).map_err(|_| CertificateError::Form)?;
    if !is_sequence(&der) {
        return Err(CertificateError::Form);
    }
    Ok(digest::sha256_hex(&der))
}

/// A DER sequence that is as long as it says.
fn is_sequence(der: &[u8]) -> bool {
    match der {
        [0x30, 0x82, high, low, rest @ ..] => rest.len() == usize::from(*high) << 8 | usize::from(*low),
        [0x30, 0x81, length, rest @ ..] => rest.len() == usize::from(*length),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(der: &[u8]) -> String {
        format!("{BEGIN}\r\n{}\r\n{END}\n", STANDARD.encode(der))
    }

    #[test]
    fn a_certificate_is_known_by_the_hash_of_its_bytes() {
        let der = [&[0x30, 0x81, 0x80][..], &[7; 0x80]].concat();
        assert_eq!(fingerprint(&pem(&der)), Ok(digest::sha256_hex(&der)));
        let chain = format!("subject=press\n{}{}", pem(&der), pem(&[0x30, 0x81, 0]));
        assert_eq!(fingerprint(&chain), Ok(digest::sha256_hex(&der)), "the first one of a chain");
    }

    #[test]
    fn what_is_no_certificate_is_refused_and_a_key_by_its_name() {
        let key = format!("{}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", pem(&[0x30, 0x81, 0]));
        assert_eq!(fingerprint(&key), Err(CertificateError::PrivateKey));
        for bad in ["", "MIIB", BEGIN, &pem(b"hello"), &pem(&[0x30, 0x81, 9]), &pem(b"").replace("\r\n\r\n", "%%")] {
            assert_eq!(fingerprint(bad), Err(CertificateError::Form), "{bad}");
        }
        assert_eq!(fingerprint(&" ".repeat(CERTIFICATE_BYTES + 1)), Err(CertificateError::TooLarge));
    }
}
