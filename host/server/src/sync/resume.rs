//! Going on without the registry: with what this host kept, or what another one on the same database did.

use super::Follower;
use anyhow::Context;
use std::sync::atomic::Ordering;
use toolcrib_registry_client::wire::{SignedSnapshot, Snapshot};

impl Follower {
    /// Brings into force what was kept, without the registry. Nothing happens on a first start.
    ///
    /// # Errors
    /// The host's directory.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        self.neighbours.hear_list(&self.withdrawals).await;
        self.neighbours.hear_keys(&self.keyring).await;
        let Some((seq, bytes)) = self.directory.entitlements().await.context("the kept entitlements are unreadable")?
        else {
            tracing::info!("No entitlements are kept yet; waiting for the registry");
            return Ok(());
        };
        let Some(snapshot) = self.believed(seq, bytes) else { return Ok(()) };
        if let Err(error) = self.withdrawals.suffices(snapshot.revocations) {
            // A factory must not stop because a file was lost; the registry brings the list with the next answer.
            tracing::error!(error = %error, "What was revoked last is not known; going on with what was in force");
        }
        self.resuming = true;
        self.loader.offline(true);
        let complete = self.enforce(&snapshot).await;
        self.loader.offline(false);
        self.resuming = false;
        // An incomplete one is asked for again, so that what is missing arrives.
        self.seq = if complete { seq } else { seq.saturating_sub(1) };
        self.ready.store(true, Ordering::Release);
        tracing::info!(seq, tenants = snapshot.tenants.len(), complete, "Entitlements that were kept are in force");
        Ok(())
    }

    /// Brings into force what another host heard before the registry went away. What fails waits for the registry.
    pub(super) async fn catch_up(&mut self) {
        if !self.neighbours.exist() {
            return;
        }
        let (seq, bytes) = match self.directory.entitlements().await {
            Ok(Some((seq, bytes))) if seq > self.seq && self.doubted.as_ref() != Some(&bytes) => (seq, bytes),
            Ok(_) => return,
            Err(error) => return tracing::warn!(error = %error, "What other hosts heard cannot be read"),
        };
        let Some(snapshot) = self.believed(seq, bytes) else { return };
        self.neighbours.hear_list(&self.withdrawals).await;
        if let Err(error) = self.withdrawals.suffices(snapshot.revocations) {
            return tracing::warn!(error = %error, seq, "Another host heard of newer entitlements, which have to wait");
        }
        self.loader.offline(true);
        let complete = self.enforce(&snapshot).await;
        self.loader.offline(false);
        if complete {
            self.seq = seq;
            self.ready.store(true, Ordering::Release);
            tracing::info!(seq, "Entitlements that another host heard of are in force");
        }
    }

    /// Keeps entitlements that are in force. Newer ones of another host stay, unless nobody vouches for them.
    pub(super) async fn keep(&mut self, seq: u64, signed: &[u8]) -> anyhow::Result<()> {
        if self.directory.save_entitlements(seq, signed, self.doubted.as_deref()).await? {
            return Ok(());
        }
        if let Some((kept, bytes)) = self.directory.entitlements().await?
            && self.believed(kept, bytes).is_none()
        {
            self.directory.save_entitlements(seq, signed, self.doubted.as_deref()).await?;
        }
        Ok(())
    }

    /// Kept entitlements, when a pinned key signed them and they are what they were kept as. For example after another key
    /// was pinned they are not: nothing may run on entitlements that nobody vouches for.
    fn believed(&mut self, seq: u64, bytes: Vec<u8>) -> Option<Snapshot> {
        let kept = serde_json::from_slice::<SignedSnapshot>(&bytes).map_err(anyhow::Error::from);
        match kept.and_then(|signed| Ok(self.trusted.open(&signed, seq)?)) {
            Ok(snapshot) => Some(snapshot),
            Err(error) => {
                tracing::error!(error = %error, seq, "The kept entitlements are not believed; waiting for the registry");
                self.doubted = Some(bytes);
                None
            }
        }
    }
}
