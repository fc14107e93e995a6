//! Answers kept under the key their caller chose, so that a repetition gets the first answer.

use crate::error::{Result, StoreError};
use crate::writer::Writer;
use rusqlite::{OptionalExtension, params};
use toolcrib_contract::types::Instant;

/// An answer given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Identifies the request: the same key with another fingerprint is the caller's mistake.
    pub fingerprint: [u8; 32],
    /// HTTP status.
    pub status: u16,
    pub body: Vec<u8>,
    pub expires: Instant,
}

impl Writer {
    /// The answer kept under this key of this principal.
    pub fn idempotent(&mut self, principal: &str, key: &str) -> Result<Option<Remembered>> {
        let sql = "SELECT fingerprint,status,body,expires_us FROM idempotency WHERE principal=?1 AND key=?2";
        let mut select = self.db.prepare_cached(sql)?;
        let known = select.query_row(params![principal, key], |row| {
            let (fingerprint, status): (_, u16) = (row.get(0)?, row.get(1)?);
            Ok(Remembered { fingerprint, status, body: row.get(2)?, expires: Instant(row.get(3)?) })
        });
        Ok(known.optional()?)
    }

    /// Keeps an answer; a kept one under the same key is replaced.
    pub fn remember(
        &mut self,
        principal: &str,
        key: &str,
        fingerprint: [u8; 32],
        status: u16,
        body: &[u8],
        expires: Instant,
    ) -> Result<()> {
        if key.len() > toolcrib_contract::limits::IDEMPOTENCY_KEY_BYTES {
            return Err(StoreError::Malformed("the idempotency key is too long".to_owned()));
        }
        self.use_room(key.len() + body.len());
        let mut upsert = self.db.prepare_cached("INSERT OR REPLACE INTO idempotency VALUES(?1,?2,?3,?4,?5,?6)")?;
        upsert.execute(params![principal, key, fingerprint, status, body, expires.0])?;
        Ok(())
    }

    /// When the first kept answer expires.
    pub fn next_expiry(&mut self) -> Result<Option<Instant>> {
        let mut select = self.db.prepare_cached("SELECT min(expires_us) FROM idempotency")?;
        let first: Option<i64> = select.query_row([], |row| row.get(0))?;
        Ok(first.map(Instant))
    }

    /// Drops at most `limit` answers that expired; returns how many.
    pub fn forget_expired(&mut self, now: Instant, limit: u32) -> Result<u64> {
        let sql = "DELETE FROM idempotency WHERE (principal,key) IN
            (SELECT principal,key FROM idempotency WHERE expires_us<=?1 ORDER BY expires_us LIMIT ?2)";
        Ok(self.db.prepare_cached(sql)?.execute(params![now.0, limit])? as u64)
    }
}
