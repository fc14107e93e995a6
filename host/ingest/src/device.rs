//! The device behind a token.

use sha2::{Digest, Sha256};
use toolcrib_contract::problem::{NOT_SIGNED_IN, Problem};
use toolcrib_runtime::{DeviceGrant, TenantView};

/// The tenant's device that holds this token.
///
/// # Errors
/// `not-signed-in`, the same for unknown tokens and those of other tenants.
pub fn device<'a>(tenant: &'a TenantView, token: &str) -> Result<&'a DeviceGrant, Problem> {
    // The token has 256 random bits: comparing hashes leaks nothing useful by its timing.
    let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let found = tenant.devices.iter().find(|device| device.token_sha256 == hash);
    found.ok_or_else(|| NOT_SIGNED_IN.because("no device of this tenant has this token"))
}
