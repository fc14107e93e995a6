//! Everything of an archive that comes in but records and readings: log, audit, usage, what waits, and what a host needs to
//! go on.

use super::records_in::id;
use super::rows_in::{Owned, RowsIn, row};
use crate::engine::{Db, values};
use crate::error::{Result, StoreError};
use crate::usage::HOUR_US;
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

/// Adds the row that a line is of.
pub(super) fn take(db: &Db, rows: &mut RowsIn, part: &str, line: &Json) -> Result<()> {
    let (into, row) = match part {
        "module" => {
            let (module, version, digest) = (text(line, "module")?, text(line, "version")?, text(line, "digest")?);
            let row =
                row![module, version, digest, text(line, "state")?, kept_text(line, "grants")?, time(line, "since")?];
            ("subscription(/*c*/module,version,digest,state,grants,since_us)", row)
        }
        "event" => {
            let (module, name, body) = (text(line, "module")?, text(line, "name")?, kept_text(line, "body")?);
            let row = row![whole(line, "seq")?, module, name, body, maybe(line, "cause")?, time(line, "at")?];
            ("event(/*c*/seq,module,name,body,cause,at_us)", row)
        }
        "audit" => {
            let (actor, action) = (text(line, "actor")?, text(line, "action")?);
            let (module, detail, hash) = (text(line, "module")?, text(line, "detail")?, bytes(line, "hash")?);
            let row = row![whole(line, "id")?, time(line, "at")?, actor, action, module, detail, hash];
            ("audit(/*c*/id,at_us,actor,action,module,detail,hash)", row)
        }
        "usage" => {
            let hour = time(line, "hour")?.div_euclid(HOUR_US);
            let (module, operation) = (text(line, "module")?, text(line, "operation")?);
            let (calls, faults) = (whole(line, "calls")?, whole(line, "faults")?);
            let (written, events, cpu) = (whole(line, "rows_written")?, whole(line, "events")?, whole(line, "cpu_us")?);
            let row = row![hour, module, operation, calls, faults, written, events, cpu];
            ("usage(/*c*/hour,module,operation,calls,faults,rows_written,events,cpu_us)", row)
        }
        "cursor" => {
            let (seq, attempts) = (whole(line, "seq")?, whole(line, "attempts")?);
            let row = row![text(line, "consumer")?, seq, attempts, whole(line, "not_before_us")?];
            ("cursor(/*c*/consumer,seq,attempts,not_before_us)", row)
        }
        "setting" => {
            let value = match line["text"].as_str() {
                Some(text) => text.as_bytes().to_vec(),
                None => bytes(line, "hex")?,
            };
            ("meta(/*c*/key,value)", row![text(line, "key")?, value])
        }
        "counter" => {
            rows.flush(db)?;
            return count_on(db, text(line, "of")?, whole(line, "last")?);
        }
        waiting => waiting_row(waiting, line)?,
    };
    rows.add(db, into, row)
}

/// Numbers that were given go on being given.
fn count_on(db: &Db, of: &str, last: i64) -> Result<()> {
    if let Db::Postgres(_) = db {
        // Of anything else there is no counter, which shows when what was taken in is compared.
        let sql = "UPDATE tenant_head SET next_dead=?1/*W*/";
        return if of == "dead" { db.execute(sql, values![last.saturating_add(1)]).map(drop) } else { Ok(()) };
    }
    db.execute("DELETE FROM sqlite_sequence WHERE name=?1", values![of])?;
    let sql = "INSERT INTO sqlite_sequence(name,seq) SELECT name,?2 FROM sqlite_schema WHERE type='table' AND name=?1";
    db.execute(sql, values![of, last]).map(drop)
}

/// A row of what waits, of what callers may ask for again, or of the shop floor.
fn waiting_row(part: &str, line: &Json) -> Result<(&'static str, Vec<Owned>)> {
    Ok(match part {
        "timer" => {
            let (module, timer, key) = (text(line, "module")?, text(line, "timer")?, text(line, "key")?);
            let (due, attempts) = (time(line, "due")?, whole(line, "attempts")?);
            let row = row![module, timer, key, due, attempts, bytes(line, "payload_hex")?];
            ("timer(/*c*/module,timer,key,due_us,attempts,payload)", row)
        }
        "effect" => {
            let (module, kind, target) = (text(line, "module")?, text(line, "kind")?, text(line, "target")?);
            let (body, at) = (bytes(line, "body_hex")?, time(line, "at")?);
            let (attempts, not_before) = (whole(line, "attempts")?, time(line, "not_before")?);
            let row = row![id(&line["id"])?, module, kind, target, body, at, attempts, not_before];
            ("effect(/*c*/id,module,kind,target,body,at_us,attempts,not_before_us)", row)
        }
        "dead_letter" => {
            let (consumer, seq, why) = (text(line, "consumer")?, whole(line, "seq")?, text(line, "why")?);
            let row = row![whole(line, "id")?, consumer, seq, why, bytes(line, "body_hex")?, time(line, "at")?];
            ("dead(/*c*/id,consumer,seq,why,body,at_us)", row)
        }
        "answer" => {
            let (key, fingerprint) = (bytes(line, "key_hex")?, bytes(line, "fingerprint_hex")?);
            let (status, body, expires) =
                (whole(line, "status")?, bytes(line, "body_hex")?, whole(line, "expires_us")?);
            let row = row![whole(line, "id")?, key, fingerprint, status, body, expires];
            ("answer(/*c*/id,key,fingerprint,status,body,expires_us)", row)
        }
        "terminal" => {
            let (name, places, shows) = (text(line, "name")?, text(line, "places")?, text(line, "shows")?);
            let (secret, paired) = (maybe_bytes(line, "secret_hex")?, maybe(line, "paired_us")?);
            let row = row![id(&line["id"])?, name, places, shows, secret, paired, maybe(line, "seen_us")?];
            ("terminal(/*c*/id,name,places,shows,secret,paired_us,seen_us)", row)
        }
        "operator" => {
            let (code, name) = (text(line, "code")?, text(line, "name")?);
            let (role, language) = (text(line, "role")?, text(line, "language")?);
            let (badge, pin) = (maybe_bytes(line, "badge_hex")?, line["pin"].as_str());
            let (active, wrong) = (line["active"].as_bool().map(i64::from), whole(line, "wrong")?);
            let row = row![code, name, role, language, badge, pin, active, wrong, maybe(line, "locked_until_us")?];
            ("operator(/*c*/code,name,role,language,badge,pin,active,wrong,locked_until_us)", row)
        }
        "file" => {
            let (module, digest, ending) = (text(line, "module")?, bytes(line, "sha256")?, text(line, "ending")?);
            let body = bytes(line, "body_hex")?;
            // A file is known by what it is: nothing else may come in under its name.
            if Sha256::digest(&body).as_slice() != digest {
                return Err(StoreError::BadArchive("a file is not what its name says".to_owned()));
            }
            let (size, taken) = (body.len() as i64, line["taken"].as_bool().map(i64::from));
            let row = row![module, digest, ending, size, body, taken, whole(line, "at_us")?];
            ("attached(/*c*/module,digest,ending,bytes,body,taken,at_us)", row)
        }
        other => return Err(StoreError::BadArchive(format!("`{other}` is nothing that a tenant has"))),
    })
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
