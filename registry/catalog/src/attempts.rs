//! Attempts to sign in are counted before the password is looked at, for known and unknown addresses alike.

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::input;
use std::net::IpAddr;
use toolcrib_contract::types::Instant;

/// Attempts for one address within [`ATTEMPTS_WINDOW_MINUTES`]; the next one is refused unlooked-at.
pub const ATTEMPTS: u32 = 10;
/// Wrong attempts from one address of the network within the same time: somebody who tries many accounts.
pub const ATTEMPTS_FROM: u32 = 100;
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
        sqlx::query("DELETE FROM attempt WHERE since_us < $1").bind(window_start).execute(change.connection()).await?;
        let (count,): (i64,) = sqlx::query_as(
            "INSERT INTO attempt (email, count, since_us) VALUES ($1, 1, $2)
             ON CONFLICT (email) DO UPDATE SET count = attempt.count + 1 RETURNING count",
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

    /// Counts an attempt from an address of the network, before anything is looked at. [`Catalog::right`] gives it
    /// back, so that many people behind one address do not lock each other out by signing in.
    ///
    /// # Errors
    /// [`CatalogError::TooMany`] after [`ATTEMPTS_FROM`] of them.
    pub async fn attempt_from(&self, address: IpAddr, now: Instant) -> Result<(), CatalogError> {
        let window_start = now.0 - ATTEMPTS_WINDOW_MINUTES * 60_000_000;
        let mut change = self.change(now).await?;
        let old = sqlx::query("DELETE FROM attempt_from WHERE since_us < $1").bind(window_start);
        old.execute(change.connection()).await?;
        let (count,): (i64,) = sqlx::query_as(
            "INSERT INTO attempt_from (address, count, since_us) VALUES ($1, 1, $2)
             ON CONFLICT (address) DO UPDATE SET count = attempt_from.count + 1 RETURNING count",
        )
        .bind(network(address))
        .bind(now.0)
        .fetch_one(change.connection())
        .await?;
        if count > i64::from(ATTEMPTS_FROM) {
            return Err(CatalogError::TooMany(format!(
                "more than {ATTEMPTS_FROM} wrong attempts from this address; wait {ATTEMPTS_WINDOW_MINUTES} minutes"
            )));
        }
        change.commit_quietly().await
    }

    /// An attempt was right: that of its network address is given back, those for the e-mail address are forgotten
    /// when the whole sign-in is over.
    ///
    /// # Errors
    /// The database.
    pub async fn right(&self, email: &str, from: Option<IpAddr>, over: bool, now: Instant) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        if let Some(address) = from {
            let back = sqlx::query("UPDATE attempt_from SET count = count - 1 WHERE address = $1 AND count > 0");
            back.bind(network(address)).execute(change.connection()).await?;
        }
        if over {
            let forget = sqlx::query("DELETE FROM attempt WHERE email = $1").bind(input::email(email));
            forget.execute(change.connection()).await?;
        }
        change.commit_quietly().await
    }
}

/// What counts as one place: of IPv6 the network, because every machine has many addresses in it.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
