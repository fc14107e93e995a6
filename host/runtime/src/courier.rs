//! Effects leave through the outbox: after the commit, at least once, with a stable id.

use std::future::Future;
use std::pin::Pin;
use toolcrib_contract::types::RawId;

/// One effect on its way out.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The receiver's idempotency key.
    pub id: RawId,
    pub tenant: RawId,
    pub module: String,
    pub target: String,
    pub body: Vec<u8>,
}

/// Carries effects to the outside. The server wires one that speaks HTTP; without one, effects wait.
pub trait Courier: Send + Sync {
    /// # Errors
    /// A sentence for the log; the effect is tried again later.
    fn deliver(&self, delivery: Delivery) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>>;
}

/// Host and port of an `https://` target, as a grant names them: the port only when given.
pub fn host_of(target: &str) -> Option<&str> {
    let rest = target.strip_prefix("https://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // Credentials in a URL are never needed and often a trick.
    if authority.is_empty() || authority.contains('@') { None } else { Some(authority) }
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn only_plain_https_targets_have_a_host() {
        assert_eq!(host_of("https://erp.example.com/hook?x=1"), Some("erp.example.com"));
        assert_eq!(host_of("https://erp.example.com:8443"), Some("erp.example.com:8443"));
        for bad in ["http://erp.example.com", "https://", "https://a@b/", "ftp://x", "erp.example.com"] {
            assert_eq!(host_of(bad), None, "{bad}");
        }
    }
}
