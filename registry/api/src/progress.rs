//! How far the checks are: of the one submission that is being checked, since one is checked at a time.
//!
//! In memory only. After a crash the checks begin again, and with them what is told here.

use std::sync::{Mutex, PoisonError};
use toolcrib_catalog::SubmissionId;
use toolcrib_contract::evidence::Stage;
use toolcrib_contract::types::Instant;
use toolcrib_registry_client::wire;

/// The submission in its checks, the step that began last, and when.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Option<(SubmissionId, Stage, Instant)>>);

impl Progress {
    /// A step of this submission begins.
    pub fn begin(&self, id: &SubmissionId, stage: Stage, now: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((id.clone(), stage, now));
    }

    /// Nothing is being checked any more.
    pub fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// None when this submission is not in its checks.
    pub fn of(&self, id: &SubmissionId) -> Option<wire::Progress> {
        let now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, stage, since) = now.as_ref().filter(|(checked, _, _)| checked == id)?;
        Some(wire::Progress { stage: *stage, since: since.to_string() })
    }
}
