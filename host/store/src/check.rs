//! Whether what a tenant has is whole: structure of files, numbers without a gap, chains, counts. Reads one committed state
//! beside whoever works with it, and writes nothing.

use crate::archive::{Held, count, hold};
use crate::audit::{AuditRow, walk};
use crate::engine::{Db, Purpose, values};
use crate::error::{Result, StoreError};
use crate::readings::month::{Kept, Month, months};
use crate::readings::part::Part;
use crate::readings::query::stats;
use crate::readings::{Readings, names};
use crate::{Home, connection, install, schema, writer};
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use toolcrib_contract::limits;

/// What was found whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Number of the newest event; none is missing before it.
    pub events: u64,
    /// Lines of the audit, each following from the one before.
    pub audit_lines: u64,
    pub rows: u64,
    pub readings: u64,
    /// Files of months.
    pub months: u64,
}

impl Home {
    /// Checks all of a tenant, in files and in the database. Of PostgreSQL's own structures its own tools tell.
    ///
    /// # Errors
    /// As [`check`]; [`StoreError::Unavailable`].
    pub fn check(&self) -> Result<Checked> {
        let (Some(server), Some(session)) = (self.server(), self.session(Purpose::Archives)) else {
            return check(self.dir());
        };
        self.is_all_here()?;
        let mut checked = Checked::default();
        let shared = server.record_tables()?;
        session.begin()?;
        let db = Db::Postgres(session);
        business(&db, &mut checked)?;
        counters(&db, &checked)?;
        let own: HashSet<String> =
            db.rows("SELECT physical FROM record_table/*W*/", &[], |row| row.text(0))?.into_iter().collect();
        for table in shared.iter().filter(|table| !own.contains(*table)) {
            if number(&db, &format!("SELECT count(*) FROM {table}/*W*/"))? > 0 {
                return wrong(format!("the table `{table}` has rows of a record that the tenant does not have"));
            }
        }
        let Db::Postgres(session) = &db else { return Ok(checked) };
        add_up(&Held::rows(session)?, &mut checked)?;
        Ok(checked)
    }
}

/// Checks a tenant's directory. A tenant that never did anything is whole.
///
/// # Errors
/// [`StoreError::Io`] with the first thing that is wrong; [`StoreError::Newer`].
pub fn check(dir: &Path) -> Result<Checked> {
    let (mut checked, main) = (Checked::default(), dir.join(writer::FILE));
    if main.exists() {
        file(&main, &mut checked)?;
    }
    if Readings::exist(dir) {
        machines(dir, &mut checked)?;
    }
    Ok(checked)
}

fn wrong<T>(what: impl Into<String>) -> Result<T> {
    Err(StoreError::Io(what.into()))
}

/// A file, held at what is committed, once its structure is whole and its version is known.
fn open(file: &Path, newest: usize) -> Result<(Connection, bool)> {
    let db = hold(file)?;
    connection::integrity(&db)?;
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > newest as i64 {
        return Err(StoreError::Newer { file: file.to_owned() });
    }
    Ok((db, version == newest as i64))
}

fn number(db: &Db, sql: &str) -> Result<i64> {
    db.one(sql, &[], |row| row.int(0))
}

/// A tenant's `main.db`.
fn file(file: &Path, checked: &mut Checked) -> Result<()> {
    let (db, _) = open(file, schema::MAIN.len())?;
    let db = Db::Sqlite(Box::new(db));
    business(&db, checked)?;
    let tables = number(&db, "SELECT count(*) FROM record_table")?;
    let found = number(&db, "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name GLOB 'm_*'")?;
    if found == tables { Ok(()) } else { wrong("there is a table that belongs to no record") }
}

fn business(db: &Db, checked: &mut Checked) -> Result<()> {
    let number = |sql: &str| number(db, sql);
    let last = number("SELECT coalesce(max(seq),0) FROM event/*W*/")?;
    if number("SELECT count(*) FROM event/*W*/")? != last || number("SELECT count(*) FROM event WHERE /*w*/seq<1")? > 0
    {
        let missing = number(
            "SELECT coalesce(min(seq)+1,1) FROM event WHERE /*w*/seq+1 NOT IN (SELECT seq FROM event/*W*/)
            AND EXISTS(SELECT 1 FROM event WHERE /*w*/seq=1)",
        )?;
        return wrong(format!("event {missing} is missing"));
    }
    if number("SELECT count(*) FROM event WHERE /*w*/(cause>=seq OR cause<1)")? > 0 {
        return wrong("an event is the consequence of a later one");
    }
    let ahead = "SELECT count(*) FROM cursor WHERE /*w*/seq>(SELECT coalesce(max(seq),0) FROM event/*W*/)";
    if number(ahead)? > 0 {
        return wrong("a consumer is ahead of the events");
    }
    checked.events = last as u64;
    checked.audit_lines = audit(db)?;
    checked.rows = rows(db)?;
    Ok(())
}

/// Whether PostgreSQL goes on where the tenant's numbers end.
fn counters(db: &Db, checked: &Checked) -> Result<()> {
    let sql = "SELECT next_seq,next_dead FROM tenant_head/*W*/";
    let (seq, dead) = db.row(sql, &[], |row| Ok((row.count(0)?, row.int(1)?)))?.unwrap_or((1, 1));
    if seq != checked.events + 1 {
        return wrong(format!("the next event would be {seq}, after {} events", checked.events));
    }
    let newest = number(db, "SELECT coalesce(max(id),0) FROM dead/*W*/")?;
    if dead > newest { Ok(()) } else { wrong(format!("the next dead letter would be {dead}, which is there")) }
}

/// Walks the whole chain; how many lines it has.
fn audit(db: &Db) -> Result<u64> {
    let sql = "SELECT id,at_us,actor,action,module,detail,hash FROM audit WHERE /*w*/id>?1 ORDER BY id LIMIT ?2";
    walk(|last| db.rows(sql, values![last as i64, limits::PAGE_ROWS], AuditRow::read))
}

/// Every record that is remembered has its table with its columns; how many rows they have.
fn rows(db: &Db) -> Result<u64> {
    let sql = "SELECT physical,module,major,record,columns FROM record_table/*W*/ ORDER BY physical";
    let remembered = db.rows(sql, &[], |row| {
        Ok((row.text(0)?, row.text(1)?, row.count(2)?, row.text(3)?, install::parse_all(&row.text(4)?)?))
    })?;
    let there = db.either(
        "SELECT count(*) FROM pragma_table_info(?1) WHERE name=?2",
        "SELECT count(*) FROM pg_attribute WHERE attrelid=to_regclass(?1) AND attname=CAST(?2 AS text)",
    );
    let mut rows = 0;
    for (physical, module, major, record, columns) in remembered {
        if physical != crate::names::table(&module, major, &record) {
            return wrong(format!("the table of `{module}/{record}` has another name than it should"));
        }
        for column in columns {
            let found = db.one(there, values![&physical, &format!("c_{}", column.field)], |row| row.int(0))?;
            if found == 0 {
                return wrong(format!("the table of `{module}/{record}` has no `{}`", column.field));
            }
        }
        rows += number(db, &format!("SELECT count(*) FROM {physical}/*W*/"))? as u64;
    }
    Ok(rows)
}

fn machines(dir: &Path, checked: &mut Checked) -> Result<()> {
    let present = months(dir)?;
    let held = present.iter().map(|(month, kept)| {
        let (db, _) = open(&month.file(dir, *kept), schema::MONTH.len())?;
        Ok((*month, *kept, db))
    });
    let held = held.collect::<Result<Vec<_>>>()?;
    let (names, is_current) = open(&dir.join(names::FILE), schema::READINGS.len())?;
    if !is_current {
        // All in one file, as earlier versions had it: its structure is whole, and that is all.
        checked.readings = count(&names, "reading")?;
        return Ok(());
    }
    let months = held.iter().map(|(month, kept, db)| (*month, Part::file(db, *kept))).collect();
    add_up(&Held { beside: Part::file(&names, Kept::Whole), months }, checked)
}

fn add_up(held: &Held<'_>, checked: &mut Checked) -> Result<()> {
    let names: HashSet<i64> =
        held.beside.rows("SELECT id FROM signal/*W*/", &[], |row| row.int(0))?.into_iter().collect();
    for (month, part) in &held.months {
        checked.readings += counted(&names, *month, part)?;
        checked.months += 1;
    }
    Ok(())
}

/// Readings of a month, when every sum of them is right.
fn counted(names: &HashSet<i64>, month: Month, part: &Part<'_>) -> Result<u64> {
    let name = month.name();
    // Of every series, once.
    let of = |sql: &str| -> Result<HashMap<i64, i64>> {
        Ok(part.rows(sql, &[], |row| Ok((row.int(0)?, row.int(1)?)))?.into_iter().collect())
    };
    let days = of("SELECT series,CAST(sum(readings+bad) AS bigint) FROM rollup WHERE /*n*/level=2 GROUP BY series")?;
    let (mut readings, mut minutes, mut newest) = Default::default();
    if part.kept == Kept::Whole {
        readings = of("SELECT series,count(*) FROM reading WHERE /*r*/true GROUP BY series")?;
        minutes = of("SELECT series,CAST(sum(readings+bad) AS bigint) FROM rollup WHERE /*n*/level=0 GROUP BY series")?;
        newest = of("SELECT o.series,o.readings+o.bad FROM
            (SELECT series,max(minute) AS minute FROM rollup WHERE /*n*/level=0 GROUP BY series) n
            CROSS JOIN rollup o WHERE /*o*/o.level=0 AND o.series=n.series AND o.minute=n.minute")?;
    }
    let number = |of: &HashMap<i64, i64>, series: i64| of.get(&series).copied().unwrap_or(0);
    let mut all = 0;
    for (series, stat) in stats(part)? {
        if !names.contains(&series) {
            return wrong(format!("the month {name} has readings of a signal that nobody knows"));
        }
        if part.kept == Kept::Sums {
            if number(&days, series) != stat.readings {
                return wrong(format!("the days of the month {name} do not add up"));
            }
            continue;
        }
        let kept = number(&readings, series);
        if kept != stat.readings
            || kept != number(&minutes, series)
            || kept != number(&days, series) + number(&newest, series)
        {
            return wrong(format!("the sums of the month {name} are not those of its readings"));
        }
        all += kept;
    }
    if part.kept == Kept::Whole && all != readings.values().sum::<i64>() {
        return wrong(format!("the month {name} has readings that it does not count"));
    }
    Ok(all as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOW, Tenant, every_type, row};
    use crate::{AuditLine, NewEvent, NewReading, TenantOptions};
    use toolcrib_contract::signal::{Quality, Sample};

    fn filled() -> Tenant {
        let def = every_type();
        let (mut tenant, table) = Tenant::with_record(&def);
        tenant.writer.begin().unwrap();
        tenant.insert(&def, &table, 1, &row("a", true)).unwrap();
        for _ in 0..3 {
            let event = NewEvent { module: "demo", name: "made", body_json: "{}", cause: None, at: NOW };
            tenant.writer.append(&event).unwrap();
            let line = AuditLine { at: NOW, actor: "user:1", action: "make", module: "demo", detail_json: "{}" };
            tenant.writer.audit(&line).unwrap();
        }
        tenant.writer.advance("demo/seen", 3).unwrap();
        tenant.writer.commit().unwrap();
        let mut readings = Readings::open(tenant.dir.path(), &TenantOptions::default()).unwrap();
        for minute in 0..200 {
            let (at, value) = (NOW.plus_us(minute * 61_000_000), Sample::Count { value: minute });
            let quality = if minute % 7 == 0 { Quality::Bad } else { Quality::Good };
            readings.append("gateway", &[NewReading { signal: "m.x", at, value: &value, quality }], NOW).unwrap();
        }
        tenant
    }

    #[test]
    fn whole_files_pass_while_they_are_in_use() {
        let mut tenant = filled();
        tenant.writer.begin().unwrap();
        let event = NewEvent { module: "demo", name: "made", body_json: "{}", cause: None, at: NOW };
        tenant.writer.append(&event).unwrap();
        let months = if Month::of(NOW).unwrap() == Month::of(NOW.plus_us(200 * 61_000_000)).unwrap() { 1 } else { 2 };
        let found = check(tenant.dir.path()).unwrap();
        assert_eq!(found, Checked { events: 3, audit_lines: 3, rows: 1, readings: 200, months });
        assert_eq!(check(&tenant.dir.path().join("nobody")).unwrap(), Checked::default());
    }

    #[test]
    fn whatever_is_missing_changed_or_miscounted_is_named() {
        let month = |tenant: &Tenant| months(tenant.dir.path()).unwrap()[0].0.file(tenant.dir.path(), Kept::Whole);
        let main = |tenant: &Tenant| tenant.dir.path().join(writer::FILE);
        type Place = dyn Fn(&Tenant) -> std::path::PathBuf;
        let damages: [(&Place, &str, &str); 9] = [
            (&main, "DELETE FROM event WHERE seq=2", "event 2 is missing"),
            (&main, "DELETE FROM event WHERE seq=1", "event 1 is missing"),
            (&main, "UPDATE event SET cause=3 WHERE seq=2", "consequence"),
            (&main, "UPDATE cursor SET seq=9", "ahead"),
            (&main, "UPDATE audit SET actor='user:2' WHERE id=2", "audit line 2"),
            (&main, "DELETE FROM record_table", "belongs to no record"),
            (&main, "PRAGMA user_version=99", "newer"),
            (&month, "DELETE FROM reading WHERE at_us=(SELECT max(at_us) FROM reading)", "sums"),
            (&month, "UPDATE rollup SET readings=readings+1 WHERE level=2", "sums"),
        ];
        for (place, damage, word) in damages {
            let tenant = filled();
            Connection::open(place(&tenant)).unwrap().execute_batch(damage).unwrap();
            let error = check(tenant.dir.path()).unwrap_err().to_string();
            assert!(error.contains(word), "{damage}: {error}");
        }
    }
}
