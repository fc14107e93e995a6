//! Answers kept under the key their caller chose, so that a repetition gets the first answer.
//!
//! Keys are random, and a table sorted by them would be written in another page for every command. So answers stand in
//! the order in which they came, and memory knows where: the keys of the newest segment one by one, those of each older
//! segment as a filter, which almost always says "not here". Both are read at the first key after the file was opened.
//!
//! In PostgreSQL an index finds them by key: several hosts share no memory, and its pages are written behind the commit.

use crate::engine::{Db, Row, values};
use crate::error::{Result, StoreError};
use crate::filter::{Filter, KEYS};
use crate::writer::Writer;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use toolcrib_contract::types::Instant;

#[cfg(test)]
mod tests;

/// Ids of one segment. A full one gets its filter.
const SEGMENT: i64 = KEYS as i64;

/// When a turn begins it asks on the way for so many answers at most; for others it asks one by one.
pub const AHEAD: usize = 32;

/// An answer given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Identifies the request: the same key with another fingerprint is the caller's mistake.
    pub fingerprint: [u8; 16],
    /// HTTP status.
    pub status: u16,
    pub body: Vec<u8>,
    pub expires: Instant,
}

/// What memory knows of the kept answers. It may know more than the file, after something was undone: a place is only
/// where to look.
pub(crate) struct Places {
    /// The id of the next answer.
    next: i64,
    /// Of the segment that `next` belongs to: where each key's newest answer is.
    newest: HashMap<[u8; 16], i64>,
    /// By segment, the oldest first.
    full: Vec<(i64, Filter)>,
}

/// Principal and key as one: SHA-256 over both, the principal with its length in front, cut to sixteen bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerKey(pub(crate) [u8; 16]);

impl AnswerKey {
    /// Of a principal and the key that he chose.
    pub fn new(principal: &str, key: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update((principal.len() as u64).to_be_bytes());
        hash.update(principal);
        hash.update(key);
        let hash: [u8; 32] = hash.finalize().into();
        Self(hash.first_chunk().copied().unwrap_or_default())
    }
}

impl Places {
    fn load(db: &Connection) -> Result<Self> {
        let bounds = db.prepare_cached("SELECT min(id),max(id) FROM answer")?.query_row([], |row| {
            let (first, last): (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
            Ok(first.zip(last))
        })?;
        let mut places = Self { next: 0, newest: HashMap::new(), full: Vec::new() };
        let Some((first, last)) = bounds else { return Ok(places) };
        places.next = last + 1;
        let newest = places.next / SEGMENT;
        let mut filters = db.prepare_cached("SELECT keys FROM answer_filter WHERE segment=?1")?;
        for segment in first / SEGMENT..newest {
            let kept = filters.query_row([segment], |row| Ok(Filter::from_bytes(row.get_ref(0)?.as_blob()?)));
            match kept.optional()?.flatten() {
                Some(keys) => places.full.push((segment, keys)),
                // What was undone may have taken it along.
                None => places.seal(db, segment, &keys(db, segment)?)?,
            }
        }
        places.newest = keys(db, newest)?;
        Ok(places)
    }

    /// The newest answer under a key.
    fn find(&self, db: &Connection, key: &[u8; 16]) -> Result<Option<Remembered>> {
        if let Some(id) = self.newest.get(key) {
            if let Some(known) = among(db, key, *id, id + 1)? {
                return Ok(Some(known));
            }
            // It was undone; the one that it stood before may be in the same segment.
            if let Some(known) = among(db, key, id / SEGMENT * SEGMENT, *id)? {
                return Ok(Some(known));
            }
        }
        for (segment, keys) in self.full.iter().rev() {
            if keys.may_hold(key)
                && let Some(known) = among(db, key, segment * SEGMENT, (segment + 1) * SEGMENT)?
            {
                return Ok(Some(known));
            }
        }
        Ok(None)
    }

    /// Makes and keeps the filter of a full segment.
    fn seal(&mut self, db: &Connection, segment: i64, newest: &HashMap<[u8; 16], i64>) -> Result<()> {
        let mut keys = Filter::new();
        newest.keys().for_each(|key| keys.add(key));
        let mut insert = db.prepare_cached("INSERT OR REPLACE INTO answer_filter VALUES(?1,?2)")?;
        insert.execute(params![segment, keys.as_bytes()])?;
        self.full.push((segment, keys));
        Ok(())
    }

    /// An answer under this key was kept at `next`.
    fn add(&mut self, db: &Connection, key: [u8; 16]) -> Result<()> {
        self.newest.insert(key, self.next);
        self.next += 1;
        if self.next % SEGMENT > 0 {
            return Ok(());
        }
        let full = std::mem::take(&mut self.newest);
        self.seal(db, self.next / SEGMENT - 1, &full)
    }
}

/// Where each key of a segment has its newest answer.
fn keys(db: &Connection, segment: i64) -> Result<HashMap<[u8; 16], i64>> {
    let mut rows = db.prepare_cached("SELECT key,id FROM answer WHERE id>=?1 AND id<?2 ORDER BY id")?;
    let range = [segment * SEGMENT, (segment + 1) * SEGMENT];
    let keys = rows.query_map(range, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

fn remembered(row: &Row<'_>) -> Result<Remembered> {
    let status = u16::try_from(row.int(1)?).unwrap_or(500);
    Ok(Remembered { fingerprint: row.bytes(0)?, status, body: row.blob(2)?.to_vec(), expires: row.time(3)? })
}

/// The newest answer under a key among these ids.
fn among(db: &Connection, key: &[u8; 16], from: i64, until: i64) -> Result<Option<Remembered>> {
    let sql = "SELECT fingerprint,status,body,expires_us FROM answer WHERE id>=?2 AND id<?3 AND key=?1
        ORDER BY id DESC LIMIT 1";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(params![key, from, until])?;
    rows.next()?.map(|row| remembered(&Row::Sqlite(row))).transpose()
}

impl Writer {
    /// The answer kept under this key of this principal.
    pub fn idempotent(&mut self, principal: &str, key: &str) -> Result<Option<Remembered>> {
        let AnswerKey(key) = AnswerKey::new(principal, key);
        match &self.db {
            Db::Sqlite(db) => places(db, &mut self.known.answers)?.find(db, &key),
            Db::Postgres(session) => {
                let sql = "SELECT fingerprint,status,body,expires_us FROM answer WHERE /*w*/key=?1";
                match session.answer_known(&key) {
                    None => session.row_beside(sql, values![&key], remembered),
                    Some(known) => Ok(known),
                }
            }
        }
    }

    /// Keeps an answer; it stands before one kept under the same key.
    pub fn remember(
        &mut self,
        principal: &str,
        key: &str,
        fingerprint: [u8; 16],
        status: u16,
        body: &[u8],
        expires: Instant,
    ) -> Result<()> {
        if key.len() > toolcrib_contract::limits::IDEMPOTENCY_KEY_BYTES {
            return Err(StoreError::Malformed("the idempotency key is too long".to_owned()));
        }
        self.use_room(body.len());
        let AnswerKey(key) = AnswerKey::new(principal, key);
        let db = match &self.db {
            Db::Sqlite(db) => db,
            Db::Postgres(session) => {
                return session.write_answer(key, Remembered { fingerprint, status, body: body.to_vec(), expires });
            }
        };
        let places = places(db, &mut self.known.answers)?;
        let mut insert = db.prepare_cached("INSERT INTO answer VALUES(?1,?2,?3,?4,?5,?6)")?;
        insert.execute(params![places.next, key, fingerprint, status, body, expires.0])?;
        places.add(db, key)
    }

    /// When the oldest kept answer expires.
    pub fn next_expiry(&mut self) -> Result<Option<Instant>> {
        let sql = self.db.either(
            "SELECT expires_us FROM answer ORDER BY id LIMIT 1",
            "SELECT expires_us FROM answer/*W*/ ORDER BY expires_us LIMIT 1",
        );
        self.db.row(sql, &[], |row| row.time(0))
    }

    /// Drops those of the `limit` oldest answers that expired; returns how many.
    pub fn forget_expired(&mut self, now: Instant, limit: u32) -> Result<u64> {
        let sql = self.db.either(
            "DELETE FROM answer WHERE id IN
            (SELECT id FROM (SELECT id,expires_us FROM answer ORDER BY id LIMIT ?2) WHERE expires_us<=?1)",
            "DELETE FROM answer WHERE /*w*/key IN
            (SELECT key FROM answer WHERE /*w*/expires_us<=?1 ORDER BY expires_us LIMIT ?2)",
        );
        let forgotten = self.db.execute(sql, values![now, limit])?;
        if let (Db::Sqlite(db), true) = (&self.db, forgotten > 0) {
            let sql = "DELETE FROM answer_filter WHERE segment<coalesce((SELECT min(id)/?1 FROM answer),?2)";
            if db.prepare_cached(sql)?.execute([SEGMENT, i64::MAX])? > 0 {
                self.known.answers = None;
            }
        }
        Ok(forgotten)
    }
}

fn places<'a>(db: &Connection, known: &'a mut Option<Box<Places>>) -> Result<&'a mut Places> {
    match known {
        Some(places) => Ok(places),
        unknown => Ok(unknown.insert(Box::new(Places::load(db)?))),
    }
}

/// Takes over the answers of files that were sorted by key.
pub(crate) fn migrate(db: &Transaction<'_>) -> Result<()> {
    db.execute_batch(
        "CREATE TABLE answer(
            id INTEGER PRIMARY KEY, key BLOB NOT NULL CHECK(length(key)=16),
            fingerprint BLOB NOT NULL CHECK(length(fingerprint)=16),
            status INTEGER NOT NULL, body BLOB NOT NULL, expires_us INTEGER NOT NULL) STRICT;
        CREATE TABLE answer_filter(segment INTEGER PRIMARY KEY, keys BLOB NOT NULL) STRICT;",
    )?;
    let mut places = Places::load(db)?;
    let sql =
        "SELECT principal,key,substr(fingerprint,1,16),status,body,expires_us FROM idempotency ORDER BY expires_us";
    let mut select = db.prepare(sql)?;
    let mut insert = db.prepare("INSERT INTO answer VALUES(?1,?2,?3,?4,?5,?6)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (principal, key): (String, String) = (row.get(0)?, row.get(1)?);
        let AnswerKey(key) = AnswerKey::new(&principal, &key);
        let (fingerprint, body): ([u8; 16], Vec<u8>) = (row.get(2)?, row.get(4)?);
        let (status, expires): (i64, i64) = (row.get(3)?, row.get(5)?);
        insert.execute(params![places.next, key, fingerprint, status, body, expires])?;
        places.add(db, key)?;
    }
    drop(rows);
    Ok(db.execute_batch("DROP TABLE idempotency")?)
}
