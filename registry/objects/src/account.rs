//! Which store, and as whom.

use crate::error::ObjectsError;
use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::{ClientOptions, RetryConfig};
use std::time::Duration;
use url::Url;

/// How an address of a bucket begins.
const SCHEME: &str = "s3://";
/// How long a store may take until it accepts a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a store may say nothing: a part of an upload is on its way for as long.
const QUIET: Duration = Duration::from_secs(60);
/// A request that failed by the network or by an error of the store's is sent again so often, with pauses from 0.1 s.
const RETRIES: usize = 3;
/// And not any more after this.
const RETRY_FOR: Duration = Duration::from_secs(20);

/// Which store, and as whom.
#[derive(Clone)]
pub struct Account {
    /// `https://s3.example.com`; `http://` is spoken, too, where it is asked for.
    pub endpoint: String,
    /// As the store calls it; most of them take any.
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { endpoint, region, access_key_id, .. } = self;
        write!(f, "{access_key_id} at {endpoint} ({region})")
    }
}

/// Whether an address is one of a bucket.
pub fn is_bucket(address: &str) -> bool {
    address.starts_with(SCHEME)
}

/// `s3://bucket/folder` as bucket and folder; the folder may be absent.
pub(crate) fn parse(address: &str) -> Result<(&str, &str), ObjectsError> {
    let wrong = || ObjectsError::Address(format!("`{address}` is not of the form s3://bucket/folder"));
    let rest = address.strip_prefix(SCHEME).ok_or_else(wrong)?;
    let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
    let folder = folder.trim_end_matches('/');
    let is_bucket = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let is_good = (3..=63).contains(&bucket.len()) && bucket.bytes().all(is_bucket);
    if !is_good || !(folder.is_empty() || is_name(folder)) {
        return Err(wrong());
    }
    Ok((bucket, folder))
}

/// Whether a name is one of an object: nothing that a store, a path or an address reads otherwise.
pub(crate) fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain))
}

impl Account {
    /// The bucket of this name. Nothing is asked of the store yet.
    pub(crate) fn bucket(&self, name: &str) -> Result<AmazonS3, ObjectsError> {
        let endpoint = Url::parse(&self.endpoint).ok().filter(|url| url.has_host());
        let scheme = endpoint.as_ref().map(Url::scheme).filter(|scheme| ["https", "http"].contains(scheme));
        let Some(scheme) = scheme else {
            return Err(ObjectsError::Address(format!("`{}` is no address of a store (https://…)", self.endpoint)));
        };
        let client = ClientOptions::new()
            .with_allow_http(scheme == "http")
            .with_connect_timeout(CONNECT)
            .with_read_timeout(QUIET)
            .with_timeout_disabled();
        let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_FOR, ..RetryConfig::default() };
        let builder = AmazonS3Builder::new()
            .with_endpoint(self.endpoint.trim_end_matches('/'))
            .with_region(&self.region)
            .with_bucket_name(name)
            .with_access_key_id(&self.access_key_id)
            .with_secret_access_key(&self.secret_access_key)
            // The store refuses what was altered on its way.
            .with_checksum_algorithm(Checksum::SHA256)
            // One by one: not every store knows lists of them.
            .with_disable_bulk_delete(true)
            .with_client_options(client)
            .with_retry(retry);
        builder.build().map_err(|error| ObjectsError::Address(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_bucket_and_perhaps_a_folder() {
        assert_eq!(parse("s3://crib-backups/host-1/a/").unwrap(), ("crib-backups", "host-1/a"));
        assert_eq!(parse("s3://crib").unwrap(), ("crib", ""));
        for wrong in ["crib/x", "s3://", "s3://Crib", "s3://ab", "s3://crib/../x", "s3://crib//x", "s3://crib/a b"] {
            assert_eq!(parse(wrong).unwrap_err().code(), "objects-address", "{wrong}");
        }
    }

    #[test]
    fn an_account_shows_no_secret_and_only_speaks_http() {
        let account = |endpoint: &str| Account {
            endpoint: endpoint.to_owned(),
            region: "r".to_owned(),
            access_key_id: "id".to_owned(),
            secret_access_key: "s3cret".to_owned(),
        };
        assert!(!format!("{:?}", account("https://s3.example.com")).contains("s3cret"));
        account("https://s3.example.com/").bucket("crib").unwrap();
        for wrong in ["", "s3.example.com", "ftp://s3.example.com", "https://"] {
            assert_eq!(account(wrong).bucket("crib").unwrap_err().code(), "objects-address", "{wrong}");
        }
    }
}
