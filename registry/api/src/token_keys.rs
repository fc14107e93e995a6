//! The keys of access tokens while the registry runs: which one signs, and how the next one takes its place.

use crate::failed::{Failed, internal};
use crate::registry::Registry;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use toolcrib_catalog::{CatalogError, PersonId};
use toolcrib_trust::rotation::TokenKeys;
use toolcrib_trust::{Issuer, KeySet, TrustError};

/// Keeps keys where the next start finds them; called before they are used.
pub type KeepKeys = Arc<dyn Fn(&TokenKeys) -> std::io::Result<()> + Send + Sync>;

/// Keys in use.
pub struct KeysInUse {
    /// Held while the next key takes over, so that it happens once at a time.
    keys: Mutex<TokenKeys>,
    keep: KeepKeys,
    used: RwLock<(Arc<Issuer>, Arc<KeySet>)>,
}

impl KeysInUse {
    pub fn new(keys: TokenKeys, keep: KeepKeys) -> Self {
        let used = RwLock::new((Arc::new(keys.issuer()), Arc::new(keys.key_set())));
        Self { keys: Mutex::new(keys), keep, used }
    }

    pub fn issuer(&self) -> Arc<Issuer> {
        self.used.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    pub fn key_set(&self) -> Arc<KeySet> {
        self.used.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

impl Registry {
    /// The next key signs from now on. Returns its id.
    ///
    /// # Errors
    /// `wrong-state`: it was not published for long enough. The disk.
    pub(crate) async fn rotate_token_keys(&self, by: &PersonId, reason: &str) -> Result<String, Failed> {
        let registry = self.clone();
        let now = self.now();
        let rotated = tokio::task::spawn_blocking(move || {
            let in_use = registry.token_keys();
            let mut keys = in_use.keys.lock().unwrap_or_else(PoisonError::into_inner);
            let next = keys
                .rotated(now, registry.chance())
                .map_err(|error: TrustError| Failed::from(CatalogError::WrongState(error.to_string())))?;
            // On disk before anybody holds a token of it.
            (in_use.keep)(&next).map_err(|error| Failed::from(internal(&error)))?;
            let used = (Arc::new(next.issuer()), Arc::new(next.key_set()));
            let key_id = used.0.key_id().to_owned();
            *in_use.used.write().unwrap_or_else(PoisonError::into_inner) = used;
            *keys = next;
            Ok::<_, Failed>(key_id)
        });
        let key_id = rotated.await.map_err(|error| Failed::from(internal(&error)))??;
        let reason: String = reason.chars().take(200).collect();
        self.catalog().note_key_rotation(&key_id, &reason, by, now).await?;
        tracing::info!(key_id, "Another key signs access tokens");
        Ok(key_id)
    }
}
