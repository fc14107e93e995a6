//! Buckets that settings name: `s3://bucket/folder`, in the store of `objects`.

use crate::config::Objects;
use crate::secrets;
use anyhow::{Context, ensure};
use toolcrib_objects::{Account, Bucket};

/// The bucket of an address. Nothing is asked of the store yet.
///
/// # Errors
/// The address; settings of the store that are missing; its secret.
pub fn bucket(address: &str, store: &Objects) -> anyhow::Result<Bucket> {
    let Objects { endpoint, region, access_key_id, secret_file } = store;
    ensure!(!endpoint.is_empty(), "`{address}` needs a store; set `objects.endpoint` (https://…)");
    ensure!(!access_key_id.is_empty(), "`{address}` needs `objects.access_key_id`");
    ensure!(!secret_file.as_os_str().is_empty(), "`{address}` needs `objects.secret_file`");
    let secret_access_key = secrets::token(secret_file).context("`objects.secret_file`")?;
    let (endpoint, region, access_key_id) = (endpoint.clone(), region.clone(), access_key_id.clone());
    Ok(Bucket::open(address, &Account { endpoint, region, access_key_id, secret_access_key })?)
}

/// Whether an address leads to a bucket that can be used. Never on a thread of an asynchronous runtime.
///
/// # Errors
/// As [`bucket`]; the store does not answer, refuses us, or has no such bucket.
pub fn check(address: &str, store: &Objects) -> anyhow::Result<()> {
    let bucket = bucket(address, store)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(bucket.check())?)
}
