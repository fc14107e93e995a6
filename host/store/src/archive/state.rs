//! What another host needs to go on exactly here, as lines: how far consumers came, answers that callers may ask for again,
//! settings, terminals and the people at them, and the largest numbers that were ever given.

use super::{To, bytes, each, hex, text};
use crate::error::Result;
use rusqlite::{Connection, Row};
use serde_json::json;

/// Whose rows are lines here, one for one.
pub(super) const TABLES: &[&str] = &["cursor", "answer", "meta", "terminal", "operator", "attached", "sqlite_sequence"];

pub(super) fn write(db: &Connection, to: &mut To<'_>) -> Result<()> {
    each(db, "SELECT consumer,seq,attempts,not_before_us FROM cursor ORDER BY consumer", |row| {
        to.line(
            "cursor",
            json!({"consumer": text(row, 0)?, "seq": number(row, 1)?, "attempts": number(row, 2)?,
            "not_before_us": number(row, 3)?}),
        )
    })?;
    each(db, "SELECT id,key,fingerprint,status,body,expires_us FROM answer ORDER BY id", |row| {
        to.line(
            "answer",
            json!({"id": number(row, 0)?, "key_hex": hex(&bytes(row, 1)?), "fingerprint_hex": hex(&bytes(row, 2)?),
            "status": number(row, 3)?, "body_hex": hex(&bytes(row, 4)?), "expires_us": number(row, 5)?}),
        )
    })?;
    each(db, "SELECT key,value FROM meta ORDER BY key", |row| {
        let value = bytes(row, 1)?;
        let line = match std::str::from_utf8(&value) {
            Ok(value) => json!({"key": text(row, 0)?, "text": value}),
            Err(_) => json!({"key": text(row, 0)?, "hex": hex(&value)}),
        };
        to.line("setting", line)
    })?;
    let sql = "SELECT id,name,places,shows,secret,paired_us,seen_us FROM terminal ORDER BY id";
    each(db, sql, |row| {
        to.line(
            "terminal",
            json!({"id": super::id(row, 0)?, "name": text(row, 1)?, "places": text(row, 2)?, "shows": text(row, 3)?,
            "secret_hex": maybe_hex(row, 4)?, "paired_us": maybe(row, 5)?, "seen_us": maybe(row, 6)?}),
        )
    })?;
    let sql = "SELECT code,name,role,language,badge,pin,active,wrong,locked_until_us FROM operator ORDER BY code";
    each(db, sql, |row| {
        to.line(
            "operator",
            json!({"code": text(row, 0)?, "name": text(row, 1)?, "role": text(row, 2)?, "language": text(row, 3)?,
            "badge_hex": maybe_hex(row, 4)?, "pin": row.get::<_, Option<String>>(5)?, "active": number(row, 6)? != 0,
            "wrong": number(row, 7)?, "locked_until_us": maybe(row, 8)?}),
        )
    })?;
    each(db, "SELECT module,digest,ending,body,taken,at_us FROM attached ORDER BY module,digest", |row| {
        to.line(
            "file",
            json!({"module": text(row, 0)?, "sha256": hex(&bytes(row, 1)?), "ending": text(row, 2)?,
            "body_hex": hex(&bytes(row, 3)?), "taken": number(row, 4)? != 0, "at_us": number(row, 5)?}),
        )
    })?;
    each(db, "SELECT name,seq FROM sqlite_sequence ORDER BY name", |row| {
        to.line("counter", json!({"of": text(row, 0)?, "last": number(row, 1)?}))
    })
}

fn number(row: &Row<'_>, at: usize) -> Result<i64> {
    Ok(row.get(at)?)
}

fn maybe(row: &Row<'_>, at: usize) -> Result<Option<i64>> {
    Ok(row.get(at)?)
}

fn maybe_hex(row: &Row<'_>, at: usize) -> Result<Option<String>> {
    Ok(row.get::<_, Option<Vec<u8>>>(at)?.map(|bytes| hex(&bytes)))
}
