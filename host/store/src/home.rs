//! Where one tenant's business lies: in files of its own, or in PostgreSQL with that of all others.
//!
//! So do its readings. What is made of both, archives and copies, lies in files.

use crate::archive::Archive;
use crate::connection::TenantOptions;
use crate::engine::{Purpose, Session};
use crate::error::{Result, StoreError};
use crate::reader::Reader;
use crate::table::RecordTable;
use crate::writer::Writer;
use crate::{Postgres, Readings, size};
use std::path::{Path, PathBuf};
use toolcrib_contract::types::RawId;

/// One tenant's place. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Home {
    dir: PathBuf,
    /// None: in files.
    database: Option<(Postgres, RawId)>,
}

impl Home {
    /// Of this tenant, with these options; `dir` is its directory.
    pub fn new(dir: PathBuf, tenant: RawId, options: &TenantOptions) -> Self {
        Self { dir, database: options.database.clone().map(|database| (database, tenant)) }
    }

    /// The directory of the tenant's files, which may not be there.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The server that has the tenant's business; none when files have.
    pub(crate) fn server(&self) -> Option<&Postgres> {
        self.database.as_ref().map(|(server, _)| server)
    }

    /// Whether asking means to wait for another machine, perhaps.
    pub fn is_remote(&self) -> bool {
        self.database.is_some()
    }

    /// Whether there may be something. Certain only of files.
    pub fn may_exist(&self) -> bool {
        self.is_remote() || self.dir.exists()
    }

    pub(crate) fn session(&self, purpose: Purpose) -> Option<Session> {
        self.database.as_ref().map(|(server, tenant)| Session::new(server.clone(), *tenant, purpose))
    }

    /// # Errors
    /// As [`Writer::open`]. PostgreSQL is asked with the first group.
    pub fn writer(&self, options: &TenantOptions) -> Result<Writer> {
        match self.session(Purpose::Commands) {
            Some(session) => Ok(Writer::through(session, options)),
            None => Writer::open(&self.dir, options),
        }
    }

    /// Sees what is committed.
    ///
    /// # Errors
    /// As [`Reader::open`]. PostgreSQL is asked with the first question.
    pub fn reader(&self) -> Result<Reader> {
        match self.session(Purpose::Queries) {
            Some(session) => Ok(Reader::through(session)),
            None => Reader::open(&self.dir),
        }
    }

    /// What machines said. PostgreSQL is asked with the first batch or question.
    ///
    /// # Errors
    /// As [`Readings::open`].
    pub fn readings(&self, options: &TenantOptions) -> Result<Readings> {
        match (self.session(Purpose::Readings), self.session(Purpose::Queries)) {
            (Some(write), Some(read)) => Ok(Readings::through(write, read, options)),
            _ => Readings::open(&self.dir, options),
        }
    }

    /// Whether there may be readings. Certain only of files: most tenants' machines never sent anything.
    pub fn may_have_readings(&self) -> bool {
        self.is_remote() || Readings::exist(&self.dir)
    }

    /// Whether nothing that machines said lies in files beside a database that should have it.
    ///
    /// # Errors
    /// [`StoreError::NotBrought`].
    pub(crate) fn is_all_here(&self) -> Result<()> {
        if self.is_remote() && Readings::exist(&self.dir) { Err(StoreError::NotBrought) } else { Ok(()) }
    }

    /// Holds the state that is committed now, so that it can be written as lines.
    ///
    /// # Errors
    /// As [`Archive::open`]; [`crate::StoreError::Unavailable`].
    pub fn archive(&self) -> Result<Archive> {
        self.is_all_here()?;
        match self.session(Purpose::Archives) {
            Some(session) => Archive::through(session),
            None => Archive::open(&self.dir),
        }
    }

    /// Whether the tenant has anything here.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub fn exists(&self) -> Result<bool> {
        match self.session(Purpose::Queries) {
            Some(session) => {
                let head = session.row("SELECT 1::bigint FROM tenant_head/*W*/", &[], |_| Ok(()))?;
                Ok(head.is_some() || Readings::exist(&self.dir))
            }
            None => Ok(self.dir.exists()),
        }
    }

    /// Bytes of everything. Of PostgreSQL's rows, as they are counted: generously, and since the last count.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn bytes(&self) -> Result<u64> {
        let files = size(&self.dir);
        let Some(session) = self.session(Purpose::Queries) else { return Ok(files) };
        let mut rows = 0;
        for sql in ["SELECT bytes FROM tenant_head/*W*/", "SELECT bytes FROM reading_head/*W*/"] {
            rows += session.row(sql, &[], |row| row.count(0))?.unwrap_or(0);
        }
        Ok(files + rows)
    }
}

impl Postgres {
    /// Sees to it that the tables of a module's records are there, before a tenant's transaction needs them. Blocking.
    ///
    /// # Errors
    /// [`StoreError::Malformed`], [`StoreError::Incompatible`], [`StoreError::Unavailable`].
    pub fn prepare(&self, tables: &[RecordTable]) -> Result<()> {
        let all = || {
            tables.iter().try_for_each(|table| {
                crate::install::check(&table.0)?;
                self.shape(&table.0)
            })
        };
        // On a thread of its own: whoever loads a module may be anywhere.
        let done = std::thread::scope(|threads| threads.spawn(all).join());
        done.unwrap_or_else(|_| Err(StoreError::Internal("making tables panicked".to_owned())))
    }
}
