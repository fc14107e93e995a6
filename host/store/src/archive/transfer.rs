//! Business on its way into a database, line by line: from an archive, or straight out of the other engine.

use super::business;
use super::exact;
use super::import::Cases;
use super::records;
use super::records_in::RecordsIn;
use super::rows_in::RowsIn;
use super::{To, state_in};
use crate::connection::{self, TenantOptions};
use crate::engine::Db;
use crate::error::{Result, StoreError};
use crate::table::RecordTable;
use crate::{schema, writer};
use serde_json::Value as Json;
use std::path::Path;

/// Lines of one commit of a file.
const TOGETHER: u64 = 10_000;
/// A file may become as large as SQLite lets it: what it holds was within the tenant's quota where it comes from.
const UNBOUNDED: u64 = 1 << 44;

/// Adds to a tenant's business whatever lines say. Of one database at a time.
#[derive(Default)]
struct Lines {
    records: RecordsIn,
    rows: RowsIn,
}

impl Lines {
    fn take(&mut self, db: &Db, part: &str, line: &Json) -> Result<()> {
        match part {
            "record" => {
                self.rows.flush(db)?;
                self.records.declare(db, line)
            }
            "row" => self.records.row(db, &mut self.rows, line),
            part => state_in::take(db, &mut self.rows, part, line),
        }
    }

    /// Everything is there.
    fn end(&mut self, db: &Db) -> Result<()> {
        self.rows.flush(db)?;
        self.records.index(db)
    }
}

/// A `main.db` that comes to be.
pub(super) struct BusinessIn {
    db: Db,
    lines: Lines,
    taken: u64,
}

impl BusinessIn {
    /// In a directory that may have to be made.
    pub fn file(dir: &Path, options: &TenantOptions) -> Result<Self> {
        writer::create_dir(dir)?;
        let file = dir.join(writer::FILE);
        let mut db = connection::open_business(&file, options)?;
        connection::migrate(&mut db, &file, schema::MAIN)?;
        db.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self { db: Db::Sqlite(Box::new(db)), lines: Lines::default(), taken: 0 })
    }

    pub fn take(&mut self, part: &str, line: &Json) -> Result<()> {
        self.pass();
        self.lines.take(&self.db, part, line)
    }

    /// A line went elsewhere.
    pub fn pass(&mut self) {
        self.taken += 1;
    }

    pub fn is_to_commit(&self) -> bool {
        self.taken.is_multiple_of(TOGETHER)
    }

    /// Keeps what came so far.
    pub fn commit(&mut self) -> Result<()> {
        self.lines.rows.flush(&self.db)?;
        let Db::Sqlite(db) = &self.db else { return Ok(()) };
        Ok(db.execute_batch("COMMIT; BEGIN IMMEDIATE")?)
    }

    /// Closes the file, which is whole and on the disk then.
    pub fn finish(mut self) -> Result<Cases> {
        self.lines.end(&self.db).map_err(|error| match error {
            StoreError::Incompatible(why) => StoreError::BadArchive(why),
            other => other,
        })?;
        let cases = self.lines.records.cases();
        let Db::Sqlite(mut db) = self.db else { return Ok(cases) };
        db.execute_batch("COMMIT")?;
        connection::empty_log(&mut db)?;
        Ok(cases)
    }
}

/// Gives every line of one database to `take`, read.
fn read(from: &Db, mut take: impl FnMut(&str, &Json) -> Result<()>) -> Result<()> {
    let mut out = |line: &str| {
        let line = exact::read(line.trim_end()).map_err(StoreError::Internal)?;
        take(line["part"].as_str().unwrap_or_default(), &line)
    };
    business::write(from, &|_, _, _| None, &mut To::new(&mut out))
}

/// The tables of a tenant's records, as another database needs them.
pub(crate) fn tables(from: &Db) -> Result<Vec<RecordTable>> {
    records::tables(from)?.iter().map(records::Table::plan).collect()
}

/// Adds the business of one database to another one, where the tenant has none, in the transaction that is open there.
///
/// # Errors
/// [`StoreError::BadArchive`]: it would not be the same there; either database.
pub(crate) fn transfer(from: &Db, to: &Db) -> Result<()> {
    let mut lines = Lines::default();
    read(from, |part, line| lines.take(to, part, line))?;
    lines.end(to)?;
    same(from, to)
}

/// Makes a `main.db` of the business of another database, in a directory that is there.
///
/// # Errors
/// As [`transfer`]: half a file may be left.
pub(crate) fn into_file(from: &Db, dir: &Path) -> Result<()> {
    let options = TenantOptions { quota_bytes: UNBOUNDED, ..TenantOptions::default() };
    let mut file = BusinessIn::file(dir, &options)?;
    read(from, |part, line| {
        file.take(part, line)?;
        if file.is_to_commit() { file.commit() } else { Ok(()) }
    })?;
    file.finish()?;
    same(from, &Db::Sqlite(Box::new(super::hold(&dir.join(writer::FILE))?)))
}

/// Whether two databases say the same of a tenant, to the byte.
fn same(from: &Db, to: &Db) -> Result<()> {
    let (there, here) = (business::sums(from)?, business::sums(to)?);
    if there == here {
        return Ok(());
    }
    let other =
        there.iter().find(|part| !here.contains(part)).or_else(|| here.iter().find(|part| !there.contains(part)));
    let part = other.map_or("end", |part| part.part.as_str());
    Err(StoreError::BadArchive(format!("the part `{part}` says something that cannot be kept there")))
}
