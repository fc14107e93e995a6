//! `cargo toolcrib keys`: a provider's publishing keys at a marketplace: list, follow one by the next, revoke.

use crate::publish::refused;
use crate::trouble::Trouble;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{Introduced, Key, NewKey};
use toolcrib_trust::{Signer, statement};

/// The provider's keys that are not revoked, one line each.
///
/// # Errors
/// The registry refuses.
pub async fn list(client: &Client, org: &str) -> Result<String, Trouble> {
    let keys = client.keys(org).await.map_err(refused)?;
    let line = |key: &Key| {
        let end = key.not_after.as_ref().map(|end| format!(", until {end}")).unwrap_or_default();
        let by = key.introduced_by.as_ref().map(|by| format!(", introduced by {by}")).unwrap_or_default();
        format!("{}  from {}{end}{by}", key.key_id, key.not_before)
    };
    Ok(keys.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Registers `next`, for which `old` signs. With `retires` nothing more is published with the old one. `until`: when the
/// new one ends (RFC 3339).
///
/// # Errors
/// The registry refuses.
pub async fn rotate(
    client: &Client,
    org: &str,
    old: &Signer,
    next: &Signer,
    retires: bool,
    until: Option<String>,
) -> Result<Key, Trouble> {
    let (context, message) = statement::successor(org, &next.public_key());
    let introduced = Introduced { key_id: old.key_id(), signature: old.sign(context, &message), retires };
    let (context, message) = statement::key(org);
    let plain = NewKey::plain(next.public_key().to_base64(), next.sign(context, &message));
    let key = NewKey { introduced_by: Some(introduced), not_after: until, ..plain };
    client.new_key(org, &key).await.map_err(refused)
}

/// Nothing that is approved from now on counts when this key published it.
///
/// # Errors
/// The registry refuses.
pub async fn revoke(client: &Client, org: &str, key_id: &str) -> Result<(), Trouble> {
    client.revoke_key(org, key_id).await.map_err(refused)
}
