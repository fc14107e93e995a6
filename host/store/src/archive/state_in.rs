//! Everything of an archive that comes in but records and readings: log, audit, usage, what waits, and what a host needs to
//! go on.

use super::records_in::id;
use crate::error::{Result, StoreError};
use rusqlite::{Connection, params};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use toolcrib_contract::types::Instant;

pub(super) const PARTS: &[&str] = &[
    "module",
    "event",
    "audit",
    "usage",
    "timer",
    "effect",
    "dead_letter",
    "cursor",
    "answer",
    "setting",
    "terminal",
    "operator",
    "file",
    "counter",
];

const HOUR_US: i64 = 3_600_000_000;

/// Adds the row that a line is of.
pub(super) fn take(db: &Connection, part: &str, line: &Json) -> Result<()> {
    match part {
        "module" => {
            let values = params![
                text(line, "module")?,
                text(line, "version")?,
                text(line, "digest")?,
                text(line, "state")?,
                kept_text(line, "grants")?,
                time(line, "since")?
            ];
            db.prepare_cached("INSERT INTO subscription VALUES(?1,?2,?3,?4,?5,?6)")?.execute(values)?;
        }
        "event" => {
            let (module, name, body) = (text(line, "module")?, text(line, "name")?, kept_text(line, "body")?);
            let values = params![whole(line, "seq")?, module, name, body, maybe(line, "cause")?, time(line, "at")?];
            db.prepare_cached("INSERT INTO event VALUES(?1,?2,?3,?4,?5,?6)")?.execute(values)?;
        }
        "audit" => {
            let (actor, action) = (text(line, "actor")?, text(line, "action")?);
            let (module, detail, hash) = (text(line, "module")?, text(line, "detail")?, bytes(line, "hash")?);
            let values = params![whole(line, "id")?, time(line, "at")?, actor, action, module, detail, hash];
            db.prepare_cached("INSERT INTO audit VALUES(?1,?2,?3,?4,?5,?6,?7)")?.execute(values)?;
        }
        "usage" => {
            let hour = time(line, "hour")?.div_euclid(HOUR_US);
            let (module, operation) = (text(line, "module")?, text(line, "operation")?);
            let (calls, faults) = (whole(line, "calls")?, whole(line, "faults")?);
            let (rows, events, cpu) = (whole(line, "rows_written")?, whole(line, "events")?, whole(line, "cpu_us")?);
            let values = params![hour, module, operation, calls, faults, rows, events, cpu];
            db.prepare_cached("INSERT INTO usage VALUES(?1,?2,?3,?4,?5,?6,?7,?8)")?.execute(values)?;
        }
        "cursor" => {
            let (seq, attempts) = (whole(line, "seq")?, whole(line, "attempts")?);
            let values = params![text(line, "consumer")?, seq, attempts, whole(line, "not_before_us")?];
            db.prepare_cached("INSERT INTO cursor VALUES(?1,?2,?3,?4)")?.execute(values)?;
        }
        "setting" => {
            let value = match line["text"].as_str() {
                Some(text) => text.as_bytes().to_vec(),
                None => bytes(line, "hex")?,
            };
            db.prepare_cached("INSERT INTO meta VALUES(?1,?2)")?.execute(params![text(line, "key")?, value])?;
        }
        "counter" => {
            let of = text(line, "of")?;
            db.prepare_cached("DELETE FROM sqlite_sequence WHERE name=?1")?.execute([of])?;
            let sql = "INSERT INTO sqlite_sequence(name,seq) SELECT name,?2 FROM sqlite_schema WHERE type='table' AND name=?1";
            db.prepare_cached(sql)?.execute(params![of, whole(line, "last")?])?;
        }
        waiting => take_waiting(db, waiting, line)?,
    }
    Ok(())
}

fn take_waiting(db: &Connection, part: &str, line: &Json) -> Result<()> {
    match part {
        "timer" => {
            let (module, timer, key) = (text(line, "module")?, text(line, "timer")?, text(line, "key")?);
            let (due, attempts) = (time(line, "due")?, whole(line, "attempts")?);
            let values = params![module, timer, key, due, attempts, bytes(line, "payload_hex")?];
            db.prepare_cached("INSERT INTO timer VALUES(?1,?2,?3,?4,?5,?6)")?.execute(values)?;
        }
        "effect" => {
            let (module, kind, target) = (text(line, "module")?, text(line, "kind")?, text(line, "target")?);
            let (body, at) = (bytes(line, "body_hex")?, time(line, "at")?);
            let (attempts, not_before) = (whole(line, "attempts")?, time(line, "not_before")?);
            let values = params![id(&line["id"])?, module, kind, target, body, at, attempts, not_before];
            db.prepare_cached("INSERT INTO effect VALUES(?1,?2,?3,?4,?5,?6,?7,?8)")?.execute(values)?;
        }
        "dead_letter" => {
            let (consumer, seq, why) = (text(line, "consumer")?, whole(line, "seq")?, text(line, "why")?);
            let values = params![whole(line, "id")?, consumer, seq, why, bytes(line, "body_hex")?, time(line, "at")?];
            db.prepare_cached("INSERT INTO dead VALUES(?1,?2,?3,?4,?5,?6)")?.execute(values)?;
        }
        "answer" => {
            let (key, fingerprint) = (bytes(line, "key_hex")?, bytes(line, "fingerprint_hex")?);
            let (status, body, expires) =
                (whole(line, "status")?, bytes(line, "body_hex")?, whole(line, "expires_us")?);
            let values = params![whole(line, "id")?, key, fingerprint, status, body, expires];
            db.prepare_cached("INSERT INTO answer VALUES(?1,?2,?3,?4,?5,?6)")?.execute(values)?;
        }
        "terminal" => {
            let (name, places, shows) = (text(line, "name")?, text(line, "places")?, text(line, "shows")?);
            let (secret, paired) = (maybe_bytes(line, "secret_hex")?, maybe(line, "paired_us")?);
            let values = params![id(&line["id"])?, name, places, shows, secret, paired, maybe(line, "seen_us")?];
            db.prepare_cached("INSERT INTO terminal VALUES(?1,?2,?3,?4,?5,?6,?7)")?.execute(values)?;
        }
        "operator" => {
            let (code, name) = (text(line, "code")?, text(line, "name")?);
            let (role, language) = (text(line, "role")?, text(line, "language")?);
            let (badge, pin) = (maybe_bytes(line, "badge_hex")?, line["pin"].as_str());
            let (active, wrong) = (line["active"].as_bool(), whole(line, "wrong")?);
            let values =
                params![code, name, role, language, badge, pin, active, wrong, maybe(line, "locked_until_us")?];
            db.prepare_cached("INSERT INTO operator VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)")?.execute(values)?;
        }
        "file" => {
            let (module, digest, ending) = (text(line, "module")?, bytes(line, "sha256")?, text(line, "ending")?);
            let body = bytes(line, "body_hex")?;
            // A file is known by what it is: nothing else may come in under its name.
            if Sha256::digest(&body).as_slice() != digest {
                return Err(StoreError::BadArchive("a file is not what its name says".to_owned()));
            }
            let (size, taken) = (body.len() as i64, line["taken"].as_bool());
            let values = params![module, digest, ending, size, body, taken, whole(line, "at_us")?];
            db.prepare_cached("INSERT INTO attached VALUES(?1,?2,?3,?4,?5,?6,?7)")?.execute(values)?;
        }
        other => return Err(StoreError::BadArchive(format!("`{other}` is nothing that a tenant has"))),
    }
    Ok(())
}

fn lacks(name: &str) -> StoreError {
    StoreError::BadArchive(format!("its `{name}` is missing or not what it should be"))
}

pub(super) fn text<'a>(line: &'a Json, name: &str) -> Result<&'a str> {
    line[name].as_str().ok_or_else(|| lacks(name))
}

pub(super) fn whole(line: &Json, name: &str) -> Result<i64> {
    line[name].as_i64().ok_or_else(|| lacks(name))
}

/// Microseconds since 1970.
pub(super) fn time(line: &Json, name: &str) -> Result<i64> {
    Ok(text(line, name)?.parse::<Instant>().map_err(|_| lacks(name))?.0)
}

fn maybe(line: &Json, name: &str) -> Result<Option<i64>> {
    if line[name].is_null() { Ok(None) } else { whole(line, name).map(Some) }
}

/// The text that was kept of some JSON: as it is written here, unless it stands beside it.
fn kept_text(line: &Json, name: &str) -> Result<String> {
    match line[format!("{name}_text")].as_str() {
        Some(text) => Ok(text.to_owned()),
        None if line[name].is_null() => Err(lacks(name)),
        None => Ok(line[name].to_string()),
    }
}

fn bytes(line: &Json, name: &str) -> Result<Vec<u8>> {
    let digits = text(line, name)?.as_bytes();
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(value(*high)? << 4 | value(*low)?),
        _ => None,
    });
    pairs.collect::<Option<_>>().ok_or_else(|| lacks(name))
}

fn maybe_bytes(line: &Json, name: &str) -> Result<Option<Vec<u8>>> {
    if line[name].is_null() { Ok(None) } else { bytes(line, name).map(Some) }
}
