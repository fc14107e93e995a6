//! Files of readings made of rows: what a backup keeps, as it would lie on a disk.

use crate::archive::Held;
use crate::connection::{self, TenantOptions};
use crate::engine::values;
use crate::error::Result;
use crate::readings::month::{Kept, Month};
use crate::readings::names::{FILE, Names};
use crate::readings::part::Part;
use crate::readings::query::{quality, sample, stats};
use crate::readings::rollup::{self, COLUMNS, Level, Sum};
use crate::readings::{NewReading, Tally, stored};
use crate::schema;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};

/// A file may become as large as SQLite lets it: what it holds was within the tenant's quota where it comes from.
fn unbounded() -> TenantOptions {
    TenantOptions { quota_bytes: 1 << 44, ..TenantOptions::default() }
}

/// Makes `readings.db` in a directory.
pub(crate) fn names(held: &Held<'_>, dir: &Path) -> Result<PathBuf> {
    let (mut names, part) = (Names::open(dir, &unbounded())?, &held.beside);
    let signals =
        part.rows("SELECT id,name FROM signal/*W*/ ORDER BY id", &[], |row| Ok((row.int(0)?, row.text(1)?)))?;
    let db = names.db()?;
    db.execute_batch("BEGIN IMMEDIATE")?;
    for (id, name) in signals {
        db.prepare_cached("INSERT INTO signal(id,name) VALUES(?1,?2)")?.execute(params![id, name])?;
    }
    for (day, tally) in Tally::read(part, i64::MIN, i64::MAX)? {
        tally.write(db, day.0)?;
    }
    db.execute_batch("COMMIT")?;
    let sql = "SELECT device,signal,at_us,received_us,kind,value/*+v*/ FROM quarantine/*W*/ ORDER BY id";
    part.each(sql, &[], |row| {
        let (device, signal, value) = (row.text(0)?, row.text(1)?, sample(row, 4)?);
        let reading = NewReading { signal: &signal, at: row.time(2)?, value: &value, quality: quality(row, 4)? };
        names.quarantine(&device, &reading, row.time(3)?).map(|()| true)
    })?;
    names.commit()?;
    drop(names);
    let file = dir.join(FILE);
    connection::empty_log(&mut connection::open_existing(&file, &unbounded())?)?;
    Ok(file)
}

/// Makes the file of a month in a directory that has the folder of months.
pub(crate) fn month(month: Month, part: &Part<'_>, dir: &Path) -> Result<PathBuf> {
    let file = month.file(dir, part.kept);
    let mut db = connection::open(&file, &unbounded())?;
    connection::migrate(&mut db, &file, schema::MONTH)?;
    db.execute_batch("BEGIN IMMEDIATE")?;
    if part.kept == Kept::Whole {
        let sql = "SELECT arrival FROM reading_month WHERE /*m*/true";
        let arrival = part.number(sql, &[])?;
        readings(part, &db)?;
        // Where the numbers go on when there is no reading.
        db.execute("INSERT INTO beginning VALUES(1,?1)", [arrival + 1])?;
    }
    let sql = format!("SELECT level,series,minute,{COLUMNS} FROM rollup WHERE /*n*/level>=?1");
    part.each(&sql, values![i64::from(part.kept == Kept::Sums)], |row| {
        let level = [Level::Minute, Level::Hour, Level::Day]
            .into_iter()
            .find(|level| Ok(*level as i64) == row.int(0).map_err(drop));
        let level = level.ok_or_else(|| crate::StoreError::Io("a sum is of no known length".to_owned()))?;
        rollup::add(&db, level, row.int(1)?, row.int(2)?, &Sum::read(row, 3)?).map(|()| true)
    })?;
    for (series, stat) in stats(part)? {
        let mut insert = db.prepare_cached("INSERT INTO stat VALUES(?1,?2,?3,?4)")?;
        insert.execute(params![series, stat.device, stat.readings, stat.last_us])?;
    }
    for (day, tally) in Tally::read(part, i64::MIN, i64::MAX)? {
        tally.write(&db, day.0)?;
    }
    db.execute_batch("COMMIT")?;
    connection::empty_log(&mut db)?;
    Ok(file)
}

fn readings(part: &Part<'_>, db: &Connection) -> Result<()> {
    let mut insert = db.prepare("INSERT INTO reading VALUES(?1,?2,?3,?4,?5)")?;
    let sql = "SELECT series,at_us,arrival,kind,value/*+v*/ FROM reading WHERE /*r*/true ORDER BY series,at_us";
    part.each(sql, &[], |row| {
        let (value, quality) = (sample(row, 3)?, quality(row, 3)?);
        let (kind, content) = stored(&value, quality);
        let content = ToSqlOutput::Borrowed(content);
        insert.execute(params![row.int(0)?, row.int(1)?, row.int(2)?, kind, content])?;
        Ok(true)
    })
}
