//! A tenant as lines of JSON, wherever its business lies: everything that its people, machines and modules left here, in an
//! open form.
//!
//! One object a line, its names in alphabetical order, and `part` says what it is. Numbers are exact: decimals and ids are
//! texts, times have as many digits as they were kept with. The same data makes the same bytes out of a file and out of
//! PostgreSQL, and nothing is missing that another host needs to go on (`state`): [`import()`] makes files of it again,
//! and [`crate::Home::settle`] puts these in their place or into the database.

use crate::connection::{self, TenantOptions};
use crate::engine::{Db, Session};
use crate::error::Result;
use crate::{Writer, schema, writer};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::path::Path;

mod business;
mod exact;
mod import;
mod lines;
mod machines;
mod machines_in;
mod records;
mod records_in;
mod rows_in;
mod state;
mod state_in;
mod transfer;

pub use import::{Imported, import};
pub(crate) use machines::{Held, Machines};
pub(crate) use transfer::{into_file, tables, transfer};

/// What the first line says, so that whoever reads the rest knows how.
pub const FORM: &str = "toolcrib-archive-2";

/// Page cache of a connection that reads everything once.
const CACHE_KIB: u32 = 1_024;

/// How many lines of a part there are, and what they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSum {
    /// `row`, `event`, `audit`, `reading` and so on.
    pub part: String,
    pub lines: u64,
    /// Hex of the SHA-256 over these lines, each with its line feed, in their order.
    pub sha256: String,
}

/// What a whole file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSum {
    pub bytes: u64,
    pub lines: u64,
    /// Hex of the SHA-256 over all bytes.
    pub sha256: String,
    pub parts: Vec<PartSum>,
}

/// What the host knows of the names behind stored numbers: the cases of an enumeration by module, record and field.
pub type Names<'a> = &'a dyn Fn(&str, &str, &str) -> Option<Vec<String>>;

/// Takes one line with its line feed; an error of its ends the whole.
type Out<'a> = &'a mut dyn FnMut(&str) -> Result<()>;

/// A tenant's committed state, held until this is dropped: one state of its business, and one of each month of readings.
pub struct Archive {
    db: Db,
    /// Readings in files; none when they are in PostgreSQL, too, or no machine ever sent anything.
    machines: Option<Machines>,
}

impl Archive {
    /// Holds the state that is committed now. `dir` has a `main.db`.
    ///
    /// # Errors
    /// The disk.
    pub fn open(dir: &Path) -> Result<Self> {
        let main = dir.join(writer::FILE);
        let version: i64 = hold(&main)?.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version < schema::MAIN.len() as i64 {
            // What an earlier version left has not all tables yet.
            drop(Writer::open(dir, &TenantOptions::default())?);
        }
        // In this order: what the business knows of readings is never ahead of them.
        Ok(Self { db: Db::Sqlite(Box::new(hold(&main)?)), machines: Machines::hold(dir)? })
    }

    /// The same of a tenant in PostgreSQL.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub(crate) fn through(session: Session) -> Result<Self> {
        session.begin()?;
        Ok(Self { db: Db::Postgres(session), machines: None })
    }

    fn held(&self) -> Result<Option<Held<'_>>> {
        match &self.db {
            Db::Postgres(session) => Held::rows(session).map(Some),
            Db::Sqlite(_) => Ok(self.machines.as_ref().map(Machines::held)),
        }
    }

    /// How many lines there will be.
    ///
    /// # Errors
    /// The disk, [`crate::StoreError::Unavailable`].
    pub fn lines(&self) -> Result<u64> {
        Ok(business::lines(&self.db)? + self.held()?.as_ref().map_or(Ok(0), Held::lines)?)
    }

    /// Gives a whole file to `out`: who the tenant is, the lines `also` of what the host does not keep itself, every line
    /// of its own, and one that says that it ends and what was before it. Neither when nor by whom: the same data makes
    /// the same bytes.
    ///
    /// # Errors
    /// The disk, a damaged file, [`crate::StoreError::Unavailable`], or what `out` says.
    pub fn write_file(&self, tenant: &Json, also: &[Json], names: Names<'_>, out: Out<'_>) -> Result<FileSum> {
        let (mut hash, mut lines, mut bytes) = (Sha256::new(), 0, 0);
        let mut take = |line: &str| {
            hash.update(line);
            lines += 1;
            bytes += line.len() as u64;
            out(line)
        };
        take(&format!("{}\n", json!({"part": "archive", "form": FORM, "tenant": tenant})))?;
        for line in also {
            take(&format!("{line}\n"))?;
        }
        let parts = self.write(names, &mut take)?;
        let last = json!({"part": "end", "parts": parts, "sha256": hex(&hash.clone().finalize())}).to_string() + "\n";
        out(&last)?;
        let sha256 = hex(&hash.chain_update(&last).finalize());
        Ok(FileSum { bytes: bytes + last.len() as u64, lines: lines + 1, sha256, parts })
    }

    /// Gives every line to `out`; how much of what there was.
    ///
    /// # Errors
    /// The disk, a damaged file, [`crate::StoreError::Unavailable`], or what `out` says.
    pub fn write(&self, names: Names<'_>, out: Out<'_>) -> Result<Vec<PartSum>> {
        let mut to = To::new(out);
        business::write(&self.db, names, &mut to)?;
        if let Some(machines) = self.held()? {
            machines.write(&mut to)?;
        }
        Ok(to.done())
    }
}

/// Opens a file and holds what is committed in it now.
pub(crate) fn hold(file: &Path) -> Result<Connection> {
    let db = connection::open_read_only(file, CACHE_KIB)?;
    // The state is fixed by the first read.
    db.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    Ok(db)
}

/// Rows of a table of a file, or of a part of one.
pub(crate) fn count(db: &Connection, table: &str) -> Result<u64> {
    let rows: i64 = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    Ok(rows as u64)
}

/// Where the lines go, and what went there.
struct To<'a> {
    out: Out<'a>,
    sums: Vec<PartSum>,
    hash: Sha256,
}

impl<'a> To<'a> {
    fn new(out: Out<'a>) -> Self {
        Self { out, sums: Vec::new(), hash: Sha256::new() }
    }

    fn line(&mut self, part: &str, mut what: Json) -> Result<()> {
        what["part"] = part.into();
        let line = format!("{what}\n");
        if self.sums.last().is_none_or(|last| last.part != part) {
            self.close();
            self.sums.push(PartSum { part: part.to_owned(), lines: 0, sha256: String::new() });
        }
        if let Some(sum) = self.sums.last_mut() {
            sum.lines += 1;
        }
        self.hash.update(&line);
        (self.out)(&line)
    }

    fn close(&mut self) {
        let hash = std::mem::take(&mut self.hash).finalize();
        if let Some(sum) = self.sums.last_mut() {
            sum.sha256 = hex(&hash);
        }
    }

    fn done(mut self) -> Vec<PartSum> {
        self.close();
        self.sums
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
