//! A tenant's business as lines, out of a file or out of PostgreSQL: who it is subscribed to, its records, its log, what
//! waits, and what another host needs to go on.

use super::records::{self, Table};
use super::{Names, PartSum, To, exact, hex, state};
use crate::engine::{Db, Row};
use crate::error::Result;
use serde_json::{Value as Json, json};
use toolcrib_contract::types::Instant;

/// Whose rows are lines, one for one, beside those of records.
const TABLES: [&str; 8] = ["subscription", "record_table", "event", "audit", "usage", "timer", "effect", "dead"];

/// How many lines there will be.
pub(super) fn lines(db: &Db) -> Result<u64> {
    let mut lines = state::lines(db)?;
    for table in TABLES {
        lines += count(db, table)?;
    }
    for table in records::tables(db)? {
        lines += count(db, &table.physical)?;
    }
    Ok(lines)
}

/// Rows of the tenant in a table.
pub(super) fn count(db: &Db, table: &str) -> Result<u64> {
    db.one(&format!("SELECT count(*) FROM {table}/*W*/"), &[], |row| row.count(0))
}

/// Gives every line to `to`.
pub(super) fn write(db: &Db, names: Names<'_>, to: &mut To<'_>) -> Result<()> {
    subscriptions(db, to)?;
    let tables = records::tables(db)?;
    tables.iter().try_for_each(|table| to.line("record", table.declared(names)))?;
    tables.iter().try_for_each(|table: &Table| table.rows(db, names, to))?;
    log(db, to)?;
    waiting(db, to)?;
    state::write(db, to)
}

/// How much of what there is. Enumerations are their numbers.
pub(super) fn sums(db: &Db) -> Result<Vec<PartSum>> {
    let mut nowhere = |_: &str| Ok(());
    let mut to = To::new(&mut nowhere);
    write(db, &|_, _, _| None, &mut to)?;
    Ok(to.done())
}

/// One line for each row that a statement finds.
pub(super) fn each(db: &Db, sql: &str, mut line: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
    db.stream(sql, |row| line(row).map(|()| true))
}

fn subscriptions(db: &Db, to: &mut To<'_>) -> Result<()> {
    let sql = "SELECT module,version,digest,state,grants,since_us FROM subscription/*W*/ ORDER BY module";
    each(db, sql, |row| {
        let (module, version, digest) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let mut line = json!({"module": module, "version": version, "digest": digest, "state": row.text(3)?,
            "since": time(row, 5)?});
        put_json(&mut line, "grants", &row.text(4)?);
        to.line("module", line)
    })
}

fn log(db: &Db, to: &mut To<'_>) -> Result<()> {
    each(db, "SELECT seq,module,name,body,cause,at_us FROM event/*W*/ ORDER BY seq", |row| {
        let mut line = json!({"seq": row.int(0)?, "module": row.text(1)?, "name": row.text(2)?,
            "cause": row.maybe_int(4)?, "at": time(row, 5)?});
        put_json(&mut line, "body", &row.text(3)?);
        to.line("event", line)
    })?;
    each(db, "SELECT id,at_us,actor,action,module,detail,hash FROM audit/*W*/ ORDER BY id", |row| {
        // The text itself: the chain of hashes is over its bytes.
        to.line(
            "audit",
            json!({"id": row.int(0)?, "at": time(row, 1)?, "actor": row.text(2)?,
            "action": row.text(3)?, "module": row.text(4)?, "detail": row.text(5)?, "hash": hex(row.blob(6)?)}),
        )
    })?;
    let sql = "SELECT hour,module,operation,calls,faults,rows_written,events,cpu_us FROM usage/*W*/
        ORDER BY hour,module,operation";
    each(db, sql, |row| {
        let hour = Instant(row.int(0)? * crate::usage::HOUR_US).to_string();
        to.line(
            "usage",
            json!({"hour": hour, "module": row.text(1)?, "operation": row.text(2)?, "calls": row.int(3)?,
            "faults": row.int(4)?, "rows_written": row.int(5)?, "events": row.int(6)?, "cpu_us": row.int(7)?}),
        )
    })
}

fn waiting(db: &Db, to: &mut To<'_>) -> Result<()> {
    let sql = "SELECT module,timer,key,due_us,payload,attempts FROM timer/*W*/ ORDER BY module,timer,key";
    each(db, sql, |row| {
        to.line(
            "timer",
            json!({"module": row.text(0)?, "timer": row.text(1)?, "key": row.text(2)?, "due": time(row, 3)?,
            "payload_hex": hex(row.blob(4)?), "attempts": row.int(5)?}),
        )
    })?;
    let sql = "SELECT id,module,kind,target,body,at_us,attempts,not_before_us FROM effect/*W*/ ORDER BY id";
    each(db, sql, |row| {
        to.line(
            "effect",
            json!({"id": row.id(0)?.to_string(), "module": row.text(1)?, "kind": row.text(2)?,
            "target": row.text(3)?, "body_hex": hex(row.blob(4)?), "at": time(row, 5)?,
            "attempts": row.int(6)?, "not_before": time(row, 7)?}),
        )
    })?;
    each(db, "SELECT id,consumer,seq,why,body,at_us FROM dead/*W*/ ORDER BY id", |row| {
        to.line(
            "dead_letter",
            json!({"id": row.int(0)?, "consumer": row.text(1)?, "seq": row.int(2)?, "why": row.text(3)?,
            "body_hex": hex(row.blob(4)?), "at": time(row, 5)?}),
        )
    })
}

pub(super) fn time(row: &Row<'_>, at: usize) -> Result<String> {
    Ok(row.time(at)?.to_string())
}

/// JSON that was kept as text, under `name`; beside it the text itself, where the JSON written again would be another one.
fn put_json(line: &mut Json, name: &str, text: &str) {
    line[name] = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    if exact::written(&line[name]) != text {
        line[format!("{name}_text")] = text.into();
    }
}
