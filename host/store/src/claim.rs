//! Which of several hosts sends what a tenant's outbox holds: one, for as long as it lives.
//!
//! The claim is a lock of the database that belongs to a transaction of its own. It ends with that transaction, so also
//! with the host: no clock is asked when it is over, and none can be wrong. A host that is frozen loses it when the server
//! gives its silent transaction up.

use crate::engine::{Purpose, Session};
use crate::error::Result;
use crate::home::Home;

/// True for the one that has it now.
const ASK: &str =
    "SELECT CAST(CAST(pg_try_advisory_xact_lock(hashtextextended(CAST($1 AS uuid)::text,20)) AS int) AS bigint)";
/// Answered only while the transaction is there.
const ANSWER: &str = "SELECT CAST(1 AS bigint) WHERE CAST($1 AS uuid) IS NOT NULL";

/// The right to send a tenant's effects, given back when it is dropped.
pub struct Claim(Option<Session>);

impl Home {
    /// The right to send this tenant's effects; none while another host has it. In files there is no other host. Blocking
    /// where [`Home::is_remote`] says so.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub fn claim_outbox(&self) -> Result<Option<Claim>> {
        let Some(session) = self.session(Purpose::Claims) else { return Ok(Some(Claim(None))) };
        session.begin()?;
        let is_ours = session.row(ASK, &[], |row| row.int(0))? == Some(1);
        Ok(is_ours.then_some(Claim(Some(session))))
    }
}

impl Claim {
    /// Sees to it that it still holds, and that the server does not take its holder for dead. Blocking as before.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]: another host may have it.
    pub fn renew(&self) -> Result<()> {
        match &self.0 {
            Some(session) => session.row(ANSWER, &[], |_| Ok(())).map(drop),
            None => Ok(()),
        }
    }

    /// Gives it back at once. Blocking as before.
    pub fn give_back(self) {
        if let Some(session) = self.0 {
            // A server that does not answer has ended it, or will.
            let _ = session.commit();
        }
    }
}
