//! Attempts to sign in are counted before the password is looked at, for known and unknown addresses alike.

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::input;
use toolcrib_contract::types::Instant;

/// Attempts for one address within [`ATTEMPTS_WINDOW_MINUTES`]; the next one is refused unlooked-at.
pub const ATTEMPTS: u32 = 10;
/// How long attempts count.
pub const ATTEMPTS_WINDOW_MINUTES: i64 = 15;
/// The most bytes of an address that is counted as it is.
const EMAIL_BYTES: usize = 254;

impl Catalog {
    /// Counts an attempt. Signing in ([`Catalog::open_session`]) forgets the address's attempts.
    ///
    /// # Errors
    /// [`CatalogError::TooMany`] after [`ATTEMPTS`] of them.
    pub async fn attempt(&self, email: &str, now: Instant) -> Result<(), CatalogError> {
        let window_start = now.0 - ATTEMPTS_WINDOW_MINUTES * 60_000_000;
        let mut email = input::email(email);
        email.truncate(email.floor_char_boundary(EMAIL_BYTES));
        let mut change = self.change(now).await?;
        // Old ones go, so that made-up addresses do not pile up.
        sqlx::query("DELETE FROM attempt WHERE since_us < ?").bind(window_start).execute(change.connection()).await?;
        let (count,): (i64,) = sqlx::query_as(
            "INSERT INTO attempt (email, count, since_us) VALUES (?, 1, ?)
             ON CONFLICT (email) DO UPDATE SET count = count + 1 RETURNING count",
        )
        .bind(email)
        .bind(now.0)
        .fetch_one(change.connection())
        .await?;
        if count > i64::from(ATTEMPTS) {
            // Nothing is committed: the window ends when it would have ended.
            return Err(CatalogError::TooMany(format!(
                "more than {ATTEMPTS} attempts for this address; wait {ATTEMPTS_WINDOW_MINUTES} minutes"
            )));
        }
        change.commit_quietly().await
    }

    /// Forgets the attempts for an address: the password was right.
    ///
    /// # Errors
    /// The database.
    pub async fn forget_attempts(&self, email: &str, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let delete = sqlx::query("DELETE FROM attempt WHERE email = ?").bind(input::email(email));
        delete.execute(change.connection()).await?;
        change.commit_quietly().await
    }
}
