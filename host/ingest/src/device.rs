//! The device behind a token or a client certificate.

use sha2::{Digest, Sha256};
use toolcrib_contract::problem::{NOT_SIGNED_IN, Problem};
use toolcrib_runtime::{DeviceGrant, TenantView};

/// What a device showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The SHA-256 of its token.
    Token([u8; 32]),
    /// The SHA-256 of its client certificate (DER), whose key it has.
    Certificate([u8; 32]),
}

impl Credential {
    pub fn of_token(token: &str) -> Self {
        Self::Token(Sha256::digest(token.as_bytes()).into())
    }

    /// `der`: the certificate itself, after the handshake has proved that the other side has its key.
    pub fn of_certificate(der: &[u8]) -> Self {
        Self::Certificate(Sha256::digest(der).into())
    }

    /// Whether it is this device's, be it switched on or off.
    pub fn is_of(&self, device: &DeviceGrant) -> bool {
        // Tokens have 256 random bits: comparing hashes leaks nothing useful by its timing.
        match self {
            Self::Token(sha256) => device.token_sha256 == *sha256,
            Self::Certificate(sha256) => device.certificate_sha256 == Some(*sha256),
        }
    }
}

/// The tenant's device that holds this token.
///
/// # Errors
/// `not-signed-in`, the same for unknown tokens and those of other tenants; also while the device is switched off.
pub fn device<'a>(tenant: &'a TenantView, token: &str) -> Result<&'a DeviceGrant, Problem> {
    let shown = Credential::of_token(token);
    match tenant.devices.iter().find(|device| shown.is_of(device)) {
        Some(device) if device.active => Ok(device),
        Some(_) => Err(NOT_SIGNED_IN.because("this device is switched off; an administrator can switch it on again")),
        None => Err(NOT_SIGNED_IN.because("no device of this tenant has this token")),
    }
}
