//! The registry's list of what was withdrawn: verified, never an older one, kept on disk.
//!
//! A list that is too old stops nothing that runs. Nothing new is installed on it, unless the operator said so in the
//! configuration, which is logged.

use super::snapshot::Trusted;
use crate::files::{self, Secrecy};
use anyhow::Context;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Clock;
use toolcrib_trust::revocations::{Freshness, LIST_BYTES, Revocations};

/// A list older than this is asked for again; sooner when it is not good for long.
const RENEW_S: u64 = 60;
/// Name of the file in the data directory and in bundles.
pub const FILE: &str = "revocations.dsse.json";

/// What this host knows to be withdrawn.
pub struct Withdrawals {
    file: PathBuf,
    trusted: Trusted,
    clock: Arc<dyn Clock>,
    /// The operator installs new things on a stale list, too.
    override_stale: bool,
    list: RwLock<Option<Arc<Revocations>>>,
    /// The override was used and logged since the list was last fresh.
    told: AtomicBool,
}

impl Withdrawals {
    /// With the list kept in this file, if there is one that a pinned key signed.
    pub fn open(file: PathBuf, trusted: Trusted, clock: Arc<dyn Clock>, override_stale: bool) -> Self {
        let kept = crate::folder::bytes(&file, LIST_BYTES as u64).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let list = kept.and_then(|text| match Revocations::open(&text, &trusted.pins().registry) {
            Ok(list) => Some(Arc::new(list)),
            Err(doubt) => {
                tracing::error!(doubt = %doubt, "The kept revocation list is not believed; nothing new is installed without one");
                None
            }
        });
        Self { file, trusted, clock, override_stale, list: RwLock::new(list), told: AtomicBool::new(false) }
    }

    pub fn list(&self) -> Option<Arc<Revocations>> {
        self.list.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a signed list into use and keeps it.
    ///
    /// # Errors
    /// No pinned key signed it, it is older than the known one, or the disk.
    pub fn take(&self, text: &str) -> anyhow::Result<()> {
        let list = Revocations::open(text, &self.trusted.pins().registry)?;
        if let Some(known) = self.list() {
            list.may_follow(&known)?;
        }
        // First into force, then on disk: what was revoked must not run because the disk is full.
        let seq = list.seq;
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(list));
        if !self.is_stale() {
            self.told.store(false, Ordering::Relaxed);
        }
        metrics::gauge!("toolcrib_revocations_seq").set(seq as f64);
        files::write(&self.file, text.as_bytes(), Secrecy::Public).context("the revocation list cannot be kept")
    }

    /// Whether a pinned key signed this.
    pub fn believes(&self, bytes: &[u8]) -> bool {
        let text = std::str::from_utf8(bytes);
        text.is_ok_and(|text| Revocations::open(text, &self.trusted.pins().registry).is_ok())
    }

    /// Whether the list is at least the one of this number, which a snapshot names: nobody in between may hold it back.
    ///
    /// # Errors
    /// Both numbers.
    pub fn suffices(&self, number: u64) -> anyhow::Result<()> {
        let known = self.list().map_or(0, |list| list.seq);
        anyhow::ensure!(known >= number, "the entitlements need revocation list {number}, known is {known}");
        Ok(())
    }

    /// Whether the list should be asked for again.
    pub fn is_due(&self) -> bool {
        let Some(list) = self.list() else { return true };
        let patience_s = RENEW_S.min(list.max_age_s / 4).cast_signed();
        // Also when it seems to come from the future: a clock was corrected.
        !(0..patience_s * 1_000_000).contains(&self.clock.now().since_us(list.issued_at))
    }

    fn freshness(&self) -> Option<Freshness> {
        self.list().map(|list| list.freshness(self.clock.now()))
    }

    /// Whether the list is absent or too old to tell whether something new was withdrawn.
    pub fn is_stale(&self) -> bool {
        self.freshness() != Some(Freshness::Fresh)
    }

    /// Whether something may be installed that did not run before.
    ///
    /// # Errors
    /// Why not.
    pub fn admits_new(&self) -> Result<(), String> {
        if !self.is_stale() {
            return Ok(());
        }
        if self.override_stale {
            if !self.told.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    list = self.health(),
                    "The operator overrides the stale revocation list: new versions are installed"
                );
            }
            return Ok(());
        }
        Err(format!("nothing new is installed: {}", self.health()))
    }

    /// One line for people.
    pub fn health(&self) -> String {
        let Some(list) = self.list() else { return "no revocation list is known".to_owned() };
        let number = format!("revocation list {} of {}", list.seq, list.issued_at);
        match list.freshness(self.clock.now()) {
            Freshness::Fresh => format!("{number} is fresh"),
            Freshness::Stale { since } => format!("{number} is stale since {since}"),
            Freshness::FromTheFuture => format!("{number} comes from the future; compare the clocks"),
        }
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Seeded, Still};
    use toolcrib_trust::{Notary, Signer};

    const NOW_S: i64 = 1_795_507_200;

    fn list(notary: &Notary, seq: u64, issued_s: i64) -> String {
        let issued_at = Instant(issued_s * 1_000_000);
        Revocations { seq, issued_at, max_age_s: 3_600, versions: vec![], keys: vec![] }.seal(notary.signer())
    }

    #[test]
    fn a_list_ages_is_kept_and_never_goes_back() {
        let dir = tempfile::tempdir().unwrap();
        let chance = Seeded::new(1);
        let notary = Notary::new(Signer::generate(&chance), Signer::generate(&chance));
        let clock = Arc::new(Still::new(NOW_S));
        let open = |override_stale| {
            let trusted = Trusted::of(notary.pins());
            Withdrawals::open(dir.path().join(FILE), trusted, clock.clone(), override_stale)
        };
        let withdrawals = open(false);
        assert!(withdrawals.is_due() && withdrawals.admits_new().is_err(), "no list is no fresh one");
        withdrawals.take(&list(&notary, 5, NOW_S)).unwrap();
        assert!(!withdrawals.is_due() && withdrawals.admits_new().is_ok());
        assert!(withdrawals.suffices(5).is_ok() && withdrawals.suffices(6).is_err());
        for older in [list(&notary, 4, NOW_S + 9), list(&notary, 5, NOW_S - 1)] {
            assert!(withdrawals.take(&older).is_err());
        }
        let other = Notary::new(Signer::generate(&chance), Signer::generate(&chance));
        assert!(withdrawals.take(&list(&other, 6, NOW_S)).is_err());
        clock.advance_s(60);
        assert!(withdrawals.is_due() && !withdrawals.is_stale());
        clock.advance_s(3_600);
        // Across a restart, too.
        let again = open(false);
        assert!(again.take(&list(&notary, 4, NOW_S + 3_660)).is_err());
        for stale in [&withdrawals, &again] {
            assert!(stale.is_stale() && stale.health().contains("is stale since"), "{}", stale.health());
            assert!(stale.admits_new().unwrap_err().contains("nothing new"));
        }
        assert!(open(true).admits_new().is_ok(), "the operator decides otherwise");
        again.take(&list(&notary, 6, NOW_S + 3_660)).unwrap();
        assert!(again.admits_new().is_ok());
        again.take(&list(&notary, 7, NOW_S + 8_000)).unwrap();
        assert!(again.admits_new().unwrap_err().contains("compare the clocks"));
        std::fs::write(dir.path().join(FILE), "{}").unwrap();
        assert!(open(false).list().is_none(), "an altered file is none");
    }
}
