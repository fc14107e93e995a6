//! What another host needs to go on exactly here, as lines: how far consumers came, answers that callers may ask for again,
//! settings, terminals and the people at them, and the largest numbers that were ever given.

use super::business::{count, each};
use super::{To, hex};
use crate::engine::{Db, Row, Value};
use crate::error::Result;
use serde_json::json;

/// Whose rows are lines here, one for one.
const TABLES: [&str; 5] = ["cursor", "meta", "terminal", "operator", "attached"];

/// The answers that can be found: of those under one key, the newest. In the order in which they came, as a file numbers
/// them; PostgreSQL finds them by key, and has a number only of those that came from a file.
const ANSWERS: [&str; 2] = [
    "SELECT id,key,fingerprint,status,body,expires_us FROM answer
        WHERE id IN (SELECT max(id) FROM answer GROUP BY key) ORDER BY id",
    "SELECT coalesce(id, (SELECT coalesce(max(id),-1) FROM answer/*W*/)
            + row_number() OVER (PARTITION BY id IS NULL ORDER BY expires_us,key)),
        key,fingerprint,status,body,expires_us FROM answer/*W*/ ORDER BY 1",
];

/// The largest numbers of rows that may be gone.
const COUNTERS: [&str; 2] = [
    "SELECT name,seq FROM sqlite_sequence ORDER BY name",
    "SELECT 'dead',next_dead-1 FROM tenant_head WHERE /*w*/next_dead>1",
];

/// How many lines there will be.
pub(super) fn lines(db: &Db) -> Result<u64> {
    let mut lines = db.one("SELECT count(DISTINCT key) FROM answer/*W*/", &[], |row| row.count(0))?;
    lines += db.rows(db.either(COUNTERS[0], COUNTERS[1]), &[], |_| Ok(()))?.len() as u64;
    for table in TABLES {
        lines += count(db, table)?;
    }
    Ok(lines)
}

pub(super) fn write(db: &Db, to: &mut To<'_>) -> Result<()> {
    each(db, "SELECT consumer,seq,attempts,not_before_us FROM cursor/*W*/ ORDER BY consumer", |row| {
        to.line(
            "cursor",
            json!({"consumer": row.text(0)?, "seq": row.int(1)?, "attempts": row.int(2)?,
            "not_before_us": row.int(3)?}),
        )
    })?;
    each(db, db.either(ANSWERS[0], ANSWERS[1]), |row| {
        to.line(
            "answer",
            json!({"id": row.int(0)?, "key_hex": hex(row.blob(1)?), "fingerprint_hex": hex(row.blob(2)?),
            "status": row.int(3)?, "body_hex": hex(row.blob(4)?), "expires_us": row.int(5)?}),
        )
    })?;
    each(db, "SELECT key,value FROM meta/*W*/ ORDER BY key", |row| {
        let value = row.blob(1)?;
        let line = match std::str::from_utf8(value) {
            Ok(value) => json!({"key": row.text(0)?, "text": value}),
            Err(_) => json!({"key": row.text(0)?, "hex": hex(value)}),
        };
        to.line("setting", line)
    })?;
    floor(db, to)?;
    each(db, "SELECT module,digest,ending,body,taken,at_us FROM attached/*W*/ ORDER BY module,digest", |row| {
        to.line(
            "file",
            json!({"module": row.text(0)?, "sha256": hex(row.blob(1)?), "ending": row.text(2)?,
            "body_hex": hex(row.blob(3)?), "taken": row.int(4)? != 0, "at_us": row.int(5)?}),
        )
    })?;
    each(db, db.either(COUNTERS[0], COUNTERS[1]), |row| {
        to.line("counter", json!({"of": row.text(0)?, "last": row.int(1)?}))
    })
}

fn floor(db: &Db, to: &mut To<'_>) -> Result<()> {
    let sql = "SELECT id,name,places,shows,secret,paired_us,seen_us FROM terminal/*W*/ ORDER BY id";
    each(db, sql, |row| {
        to.line(
            "terminal",
            json!({"id": row.id(0)?.to_string(), "name": row.text(1)?, "places": row.text(2)?, "shows": row.text(3)?,
            "secret_hex": maybe_hex(row, 4)?, "paired_us": row.maybe_int(5)?, "seen_us": row.maybe_int(6)?}),
        )
    })?;
    let sql = "SELECT code,name,role,language,badge,pin,active,wrong,locked_until_us FROM operator/*W*/ ORDER BY code";
    each(db, sql, |row| {
        to.line(
            "operator",
            json!({"code": row.text(0)?, "name": row.text(1)?, "role": row.text(2)?, "language": row.text(3)?,
            "badge_hex": maybe_hex(row, 4)?, "pin": row.maybe_text(5)?, "active": row.int(6)? != 0,
            "wrong": row.int(7)?, "locked_until_us": row.maybe_int(8)?}),
        )
    })
}

fn maybe_hex(row: &Row<'_>, at: usize) -> Result<Option<String>> {
    if row.value(at)? == Value::Null { Ok(None) } else { row.blob(at).map(|bytes| Some(hex(bytes))) }
}
