//! A device that publishes at several hosts on one database: each gives it its share of the quota.
//!
//! Nothing is asked for a message: a host says every two seconds which devices are busy there, and hears at how many others
//! each is. Busy is whoever publishes more than a sixteenth of the quota, so that ordinary devices cost the database
//! nothing, and a device can get a sixteenth for each further host at most that nobody counts. Until the first two seconds
//! are over it has the whole quota at each.

use super::endpoint::{LOOK, Reception};
use sha2::{Digest, Sha256};
use std::time::Duration;
use toolcrib_contract::types::RawId;

/// Looks between two questions.
const LOOKS: u32 = 2;
/// So long a host that says nothing more counts: it died, or the database does not answer it.
const STAYS: Duration = Duration::from_secs(10);
/// Of this part of the quota a device may have more at a host before it counts as busy there.
const PART: u32 = 16;
/// Devices of which a host speaks at a time: those that publish most.
const DEVICES: usize = 1_000;

/// What was said last.
#[derive(Default)]
pub(super) struct Shares {
    looks: u32,
    /// Whether others count something of this host.
    is_counted: bool,
}

impl Shares {
    /// Now and then tells the other hosts, and hears from them.
    pub async fn look(&mut self, reception: &Reception) {
        self.looks = (self.looks + 1) % LOOKS;
        if self.looks != 0 {
            return;
        }
        let least = f64::from(reception.each_s()) * LOOK.as_secs_f64() * f64::from(LOOKS) / f64::from(PART);
        let (mut busy, mut quiet) = (Vec::new(), Vec::new());
        for ((tenant, device), bucket) in reception.buckets() {
            let taken = bucket.taken();
            if f64::from(taken) > least { busy.push((taken, key(tenant, &device), bucket)) } else { quiet.push(bucket) }
        }
        busy.sort_unstable_by_key(|(taken, key, _)| (std::cmp::Reverse(*taken), *key));
        busy.truncate(DEVICES);
        quiet.iter().for_each(|bucket| bucket.share_among(1));
        if busy.is_empty() && !self.is_counted {
            return;
        }
        let keys = busy.iter().map(|(_, key, _)| *key).collect();
        match reception.runtime.busy(reception.id, keys, STAYS).await {
            Ok(None) => {}
            Ok(Some(others)) => {
                self.is_counted = !busy.is_empty();
                busy.iter().zip(others).for_each(|((_, _, bucket), others)| bucket.share_among(1 + others));
            }
            // They keep the shares that they had.
            Err(problem) => tracing::warn!(%problem, "What devices publish at other hosts is not known at present"),
        }
    }
}

/// What hosts call a device by: nothing of it can be read out of the database.
fn key(tenant: RawId, device: &str) -> [u8; 16] {
    let hash: [u8; 32] = Sha256::new().chain_update(tenant.0).chain_update(device).finalize().into();
    hash.first_chunk().copied().unwrap_or_default()
}
