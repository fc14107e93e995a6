//! Codes that make a device a terminal, where several hosts share a database: a code is good at any of them, and wrong ones
//! count over all of them.
//!
//! Whoever tries a code holds the count of wrong ones until he knows, so tries at several hosts at once count like tries in
//! a row. The server's clock says when a code ends, since hosts' clocks may differ.

use crate::Postgres;
use crate::engine::{failure, text};
use crate::error::Result;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, query, query_as};
use toolcrib_contract::types::RawId;

/// What all hosts together allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairingLimits {
    /// Wrong codes in a minute.
    pub tries: u32,
    /// Codes for terminals that wait; one more pushes out the oldest.
    pub codes: u32,
    /// Devices that show a code; one more pushes out the oldest.
    pub screens: u32,
    /// So long a code is good, in minutes.
    pub minutes: i64,
}

/// What became of a code that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried<T> {
    Found(T),
    Unknown,
    /// Not looked at: there were too many wrong ones in this minute.
    TooOften,
}

/// How it stands with a device that shows a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    Waits {
        code: String,
    },
    /// It is this terminal of this tenant. Said once.
    Paired {
        tenant: RawId,
        terminal: RawId,
    },
}

/// The server's time in microseconds since 1970.
const NOW: &str = "CAST(extract(epoch FROM clock_timestamp())*1e6 AS bigint)";
const MINUTE_US: i64 = 60_000_000;

type Ids = (Vec<u8>, Vec<u8>);

fn ids((tenant, terminal): Ids) -> Option<(RawId, RawId)> {
    Some((RawId(tenant.try_into().ok()?), RawId(terminal.try_into().ok()?)))
}

impl Postgres {
    /// Keeps a new code for a terminal; an older one of it is void. Blocking.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub fn offer_code(&self, code: &str, tenant: RawId, terminal: RawId, limits: PairingLimits) -> Result<()> {
        let (tenant, terminal) = (tenant.to_string(), terminal.to_string());
        let offer = format!(
            "INSERT INTO pairing_code VALUES ($1,CAST($2 AS uuid),CAST($3 AS uuid),{NOW}+$4) \
             ON CONFLICT(terminal) DO UPDATE SET code=excluded.code,tenant=excluded.tenant,until_us=excluded.until_us"
        );
        self.changed(async |db| {
            make_room(db, "pairing_code", limits.codes).await?;
            let offer = query(text::raw(offer.clone())).bind(code).bind(&*tenant).bind(&*terminal);
            offer.bind(limits.minutes * MINUTE_US).execute(db).await.map(drop)
        })
    }

    /// The tenant and the terminal of a code, which is used up by that. Blocking.
    ///
    /// # Errors
    /// As [`Self::offer_code`].
    pub fn take_code(&self, code: &str, limits: PairingLimits) -> Result<Tried<(RawId, RawId)>> {
        let sql = format!(
            "DELETE FROM pairing_code WHERE code=$1 AND until_us>{NOW} RETURNING uuid_send(tenant),uuid_send(terminal)"
        );
        self.guess(limits, async |db| {
            let found = query_as::<_, Ids>(text::raw(sql.clone())).bind(code).fetch_optional(db).await?;
            Ok(found.and_then(ids))
        })
    }

    /// The code of the device with this claim, which is `new` when it has none yet; which terminal it is, once it was
    /// confirmed. Blocking.
    ///
    /// # Errors
    /// As [`Self::offer_code`].
    pub fn show_code(&self, claim: Option<[u8; 32]>, new: (&str, [u8; 32]), limits: PairingLimits) -> Result<Shown> {
        let known = format!(
            "SELECT code,uuid_send(tenant),uuid_send(terminal) FROM screen_code WHERE claim=$1 AND until_us>{NOW}"
        );
        let show = format!("INSERT INTO screen_code VALUES ($1,$2,{NOW}+$3)");
        self.changed(async |db| {
            let find = query_as::<_, (String, Option<Vec<u8>>, Option<Vec<u8>>)>(text::raw(known.clone()));
            let found = find.bind(claim.as_ref().map(|claim| &claim[..])).fetch_optional(&mut *db).await?;
            if let Some((code, tenant, terminal)) = found {
                let Some((tenant, terminal)) = tenant.zip(terminal).and_then(ids) else {
                    return Ok(Shown::Waits { code });
                };
                // Nothing was locked yet, and so nobody waits crosswise with whoever makes room.
                let gone = query("DELETE FROM screen_code WHERE code=$1").bind(&*code).execute(db).await?;
                let is_first = gone.rows_affected() == 1;
                return Ok(if is_first { Shown::Paired { tenant, terminal } } else { Shown::Waits { code } });
            }
            make_room(db, "screen_code", limits.screens).await?;
            let (code, claim) = new;
            let show = query(text::raw(show.clone())).bind(code).bind(&claim[..]);
            show.bind(limits.minutes * MINUTE_US).execute(db).await?;
            Ok(Shown::Waits { code: code.to_owned() })
        })
    }

    /// Whether a device waits that shows this code, and the hash of its claim. Blocking.
    ///
    /// # Errors
    /// As [`Self::offer_code`].
    pub fn seen_code(&self, code: &str, limits: PairingLimits) -> Result<Tried<[u8; 32]>> {
        let sql = format!("SELECT claim FROM screen_code WHERE code=$1 AND until_us>{NOW} AND terminal IS NULL");
        self.guess(limits, async |db| {
            let found = query_as::<_, (Vec<u8>,)>(text::raw(sql.clone())).bind(code).fetch_optional(db).await?;
            Ok(found.and_then(|(claim,)| claim.try_into().ok()))
        })
    }

    /// Says which terminal the device with this code is. One that gave up meanwhile never asks for it. Blocking.
    ///
    /// # Errors
    /// As [`Self::offer_code`].
    pub fn confirm_code(&self, code: &str, tenant: RawId, terminal: RawId) -> Result<()> {
        let (tenant, terminal) = (tenant.to_string(), terminal.to_string());
        let sql = "UPDATE screen_code SET tenant=CAST($2 AS uuid),terminal=CAST($3 AS uuid) WHERE code=$1";
        self.changed(async |db| query(sql).bind(code).bind(&*tenant).bind(&*terminal).execute(db).await.map(drop))
    }

    /// Looks for a code, unless too many were wrong in this minute; one that is not found counts.
    fn guess<T>(
        &self,
        limits: PairingLimits,
        find: impl AsyncFn(&mut PgConnection) -> sqlx::Result<Option<T>>,
    ) -> Result<Tried<T>> {
        // The row is held until the transaction ends.
        let held = format!(
            "UPDATE pairing_wrong SET wrong=CASE WHEN minute={NOW}/{MINUTE_US} THEN wrong ELSE 0 END,\
                minute={NOW}/{MINUTE_US} RETURNING wrong"
        );
        self.changed(async |db| {
            let (wrong,): (i64,) = query_as(text::raw(held.clone())).fetch_one(&mut *db).await?;
            if wrong >= i64::from(limits.tries) {
                return Ok(Tried::TooOften);
            }
            if let Some(found) = find(&mut *db).await? {
                return Ok(Tried::Found(found));
            }
            query("UPDATE pairing_wrong SET wrong=wrong+1").execute(db).await?;
            Ok(Tried::Unknown)
        })
    }

    /// One transaction of no tenant's.
    fn changed<T>(&self, work: impl AsyncFn(&mut PgConnection) -> sqlx::Result<T>) -> Result<T> {
        let changed = self.for_all().ask(async |db| {
            let mut change = db.begin().await?;
            let done = work(&mut change).await?;
            change.commit().await?;
            Ok(done)
        });
        changed.map_err(|error| failure::of(&error))
    }
}

/// Takes away the codes that ended, and the oldest until one more has room.
async fn make_room(db: &mut PgConnection, table: &str, most: u32) -> sqlx::Result<()> {
    // Hosts that do so at once would meet crosswise; readers go on.
    let lock = format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
    query(text::raw(lock)).execute(&mut *db).await?;
    let sql = format!(
        "DELETE FROM {table} WHERE until_us<={NOW} OR code IN \
            (SELECT code FROM {table} ORDER BY until_us DESC,code OFFSET $1)"
    );
    query(text::raw(sql)).bind(i64::from(most) - 1).execute(db).await.map(drop)
}

#[cfg(test)]
mod tests;
