//! Reads a tenant's files with plain SQL and compares them with what was acknowledged. Knows the tables, not the code.

use super::clients::Acknowledged;
use rusqlite::{Connection, OpenFlags, Result, Row};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toolcrib_store::{TenantOptions, Writer};

/// Everything that is not as it should be, as sentences; empty when all is well. Every client's last request must have
/// been acknowledged, so that nothing else may be there either.
pub fn violations(dir: &Path, wanted: &Acknowledged) -> Vec<String> {
    let mut found = Vec::new();
    let main = open(&dir.join("main.db"));
    if let Err(error) = business(&main, wanted, &mut found) {
        found.push(format!("main.db cannot be read: {error}"));
    }
    drop(main);
    if let Err(error) = readings(dir, wanted, &mut found) {
        found.push(format!("the readings cannot be read: {error}"));
    }
    let chain = Writer::open(dir, &TenantOptions::default()).and_then(|mut writer| writer.verify_audit());
    if let Err(error) = chain {
        found.push(format!("the audit chain is broken: {error}"));
    }
    found
}

/// Traces that handlers of `ordered` left so far.
pub fn handled(dir: &Path) -> u64 {
    let main = open(&dir.join("main.db"));
    let count = table(&main, "seen")
        .and_then(|seen| main.query_row(&format!("SELECT count(*) FROM {seen}"), [], |row| row.get::<_, i64>(0)));
    count.unwrap_or(0).unsigned_abs()
}

fn open(file: &Path) -> Connection {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    db
}

/// Name of the table of one of the module's records.
pub fn table(main: &Connection, record: &str) -> Result<String> {
    main.query_row("SELECT physical FROM record_table WHERE module='daybook' AND record=?1", [record], |row| row.get(0))
}

fn business(main: &Connection, wanted: &Acknowledged, found: &mut Vec<String>) -> Result<()> {
    let (note, seen) = (table(main, "note")?, table(main, "seen")?);
    let text_and_amount = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let notes = all(main, &format!("SELECT c_text, c_amount FROM {note}"), text_and_amount)?;
    exactly_once("note", notes, &wanted.notes, found);
    let event = |name: &str, amount: &str| {
        let sql = format!("SELECT body->>'text', {amount} FROM event WHERE module='daybook' AND name='{name}'");
        all(main, &sql, text_and_amount)
    };
    exactly_once("event `noted`", event("noted", "body->>'amount'")?, &wanted.notes, found);
    let orders = wanted.orders.keys().map(|text| (text.clone(), 0)).collect();
    exactly_once("event `ordered`", event("ordered", "0")?, &orders, found);
    let traces = all(main, &format!("SELECT c_text, 0 FROM {seen}"), text_and_amount)?;
    exactly_once("trace of an order", traces, &orders, found);
    let number = |sql: &str| main.query_row(sql, [], |row| row.get::<_, i64>(0));
    let mut equal = |what: &str, is: i64, should: usize| {
        if is != should as i64 {
            found.push(format!("{what}: {is} instead of {should}"));
        }
    };
    let (events, last) = (number("SELECT count(*) FROM event")?, number("SELECT coalesce(max(seq),0) FROM event")?);
    equal("the event numbers have gaps; rows up to the last number", events, last as usize);
    equal("events", events, wanted.notes.len() + wanted.orders.len());
    equal("dead letters", number("SELECT count(*) FROM dead")?, 0);
    let keys = number("SELECT count(*) FROM answer")?;
    equal("idempotency keys", keys, wanted.notes.len() + wanted.orders.len());
    let calls = [("note", wanted.notes.len()), ("order", wanted.orders.len()), ("ordered", wanted.orders.len())];
    for (operation, count) in calls {
        let usage = number(&format!("SELECT coalesce(sum(calls),0) FROM usage WHERE operation='{operation}'"))?;
        equal(&format!("usage lines' calls of {operation}"), usage, count);
    }
    for (operation, count) in [("note", wanted.notes.len()), ("order", wanted.orders.len())] {
        let lines = number(&format!("SELECT count(*) FROM audit WHERE action='{operation}'"))?;
        equal(&format!("audit lines of {operation}"), lines, count);
    }
    Ok(())
}

/// The files of months, the oldest first.
pub fn months(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir.join("tel")).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "db"));
    files.sort();
    files
}

fn readings(dir: &Path, wanted: &Acknowledged, found: &mut Vec<String>) -> Result<()> {
    let names =
        all(&open(&dir.join("readings.db")), "SELECT id, name FROM signal", |row| Ok((row.get(0)?, row.get(1)?)))?;
    let names: BTreeMap<i64, String> = names.into_iter().collect();
    let mut stored = Vec::new();
    for file in months(dir) {
        let db = open(&file);
        let sql = "SELECT series, at_us, value FROM reading";
        let rows: Vec<(i64, i64, i64)> = all(&db, sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        stored.extend(rows.into_iter().map(|(series, at, value)| {
            ((names.get(&series).cloned().unwrap_or_else(|| format!("series {series}")), at), value)
        }));
        let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
        let missing = number("SELECT coalesce(max(arrival)-min(arrival)+1,0) - count(*) FROM reading")?;
        if missing != 0 {
            found.push(format!("{missing} arrival numbers are missing in {}", file.display()));
        }
        // Sums are in the transactions of their readings: neither may be ahead of the other.
        let (readings, value) =
            (number("SELECT count(*) FROM reading")?, number("SELECT cast(total(value) AS INTEGER) FROM reading")?);
        let summed = number("SELECT coalesce(sum(readings),0) FROM rollup WHERE level=0")?;
        let sum = number("SELECT cast(total(sum) AS INTEGER) FROM rollup WHERE level=0")?;
        if (summed, sum) != (readings, value) {
            found.push(format!("minutes hold {summed} readings of {sum} together; there are {readings} of {value}"));
        }
    }
    exactly_once("reading", stored, &wanted.readings, found);
    Ok(())
}

fn all<T>(db: &Connection, sql: &str, read: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
    db.prepare(sql)?.query_map([], |row| read(row))?.collect()
}

fn exactly_once<K: Ord + std::fmt::Debug>(
    what: &str,
    stored: Vec<(K, i64)>,
    wanted: &BTreeMap<K, i64>,
    found: &mut Vec<String>,
) {
    let mut counts: BTreeMap<&K, u32> = BTreeMap::new();
    for (key, value) in &stored {
        *counts.entry(key).or_default() += 1;
        match wanted.get(key) {
            None => found.push(format!("{what} {key:?} is there and was never acknowledged")),
            Some(right) if right != value => {
                found.push(format!("{what} {key:?} has the value {value} instead of {right}"))
            }
            Some(_) => {}
        }
    }
    found.extend(
        counts
            .iter()
            .filter(|(_, count)| **count > 1)
            .map(|(key, count)| format!("{what} {key:?} is there {count} times")),
    );
    found.extend(wanted.keys().filter(|key| !counts.contains_key(key)).map(|key| format!("{what} {key:?} is lost")));
}
