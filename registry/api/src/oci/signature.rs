//! The publisher's signature as it travels in OCI. Only this file knows its form.

use crate::oci::refused::{Code, Refused};
use toolcrib_trust::dsse::ENVELOPE_BYTES;

/// Type of the manifest that refers to a version, and of its one layer.
pub const MEDIA_TYPE: &str = "application/vnd.toolcrib.signature.v1+json";
/// The largest signature.
pub const BYTES: u64 = ENVELOPE_BYTES as u64;

/// The publisher's statement in a layer: an envelope, as JSON text. Who signed it and what it says is for
/// `routes::publish` to find out.
///
/// # Errors
/// `MANIFEST_INVALID` for what is no JSON object.
pub fn read(layer: &[u8]) -> Result<String, Refused> {
    let object: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_slice(layer);
    let text = object
        .map_err(|error| error.to_string())
        .and_then(|_| String::from_utf8(layer.to_vec()).map_err(|error| error.to_string()));
    text.map_err(|error| Code::ManifestInvalid.because(format!("the signature is no envelope: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_kept_as_it_came_and_is_an_object() {
        assert_eq!(read(b" {\"payload\": \"\"} ").unwrap(), " {\"payload\": \"\"} ");
        for bad in [&b""[..], b"[]", b"null", b"{", b"\xff"] {
            assert_eq!(read(bad).unwrap_err().code(), Code::ManifestInvalid);
        }
    }
}
