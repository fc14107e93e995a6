//! Readings that a host kept in files beside PostgreSQL, as the versions before this one did: brought into the database when
//! the host starts, once.

use crate::archive::Machines;
use crate::engine::{Purpose, values};
use crate::erase::{failed, remove_if_there};
use crate::error::Result;
use crate::readings::month::FOLDER;
use crate::readings::names::FILE;
use crate::readings::rows::bring;
use crate::{Home, Readings};

/// The months, once they are in the database.
const GONE: &str = "tel.brought";

impl Home {
    /// Brings what machines told this host into the database, and removes the files; whether there was something. Before
    /// anybody opens the tenant here; other hosts go on meanwhile, but for machines of this tenant. What another host has
    /// brought, or heard since, stands. Of business in files nothing is to be done.
    ///
    /// # Errors
    /// [`crate::StoreError::Apart`]: nothing of it was brought; [`crate::StoreError::Unavailable`], and then it is brought
    /// the next time; the disk.
    pub fn bring_in(&self) -> Result<bool> {
        let Some(session) = self.session(Purpose::Readings) else { return Ok(false) };
        let (dir, gone) = (self.dir(), self.dir().join(GONE));
        if gone.exists() {
            // A power failure came while the files were removed.
            return self.remove_brought().map(|()| true);
        }
        if !Readings::exist(dir) {
            return Ok(false);
        }
        self.end_arrival()?;
        let Some(files) = Machines::hold(dir)? else { return Ok(false) };
        let mark = bring::mark(&files.held())?;
        drop(files);
        session.begin()?;
        session.take_time()?;
        // Whoever brought them was interrupted before he removed them.
        let known =
            session.row("SELECT 1::bigint FROM readings_brought WHERE /*w*/mark=?1", values![&mark], |_| Ok(()))?;
        if known.is_none() {
            bring::bring(&session, dir)?;
            session.execute("INSERT INTO readings_brought(/*c*/mark) VALUES(/*v*/?1)", values![&mark])?;
        }
        session.commit()?;
        self.remove_brought()?;
        Ok(true)
    }

    /// In this order: files of which some are gone are never taken for all.
    fn remove_brought(&self) -> Result<()> {
        let (months, gone) = (self.dir().join(FOLDER), self.dir().join(GONE));
        if months.exists() {
            std::fs::rename(&months, &gone).map_err(|error| failed(&months, &error))?;
        } else if !gone.exists() {
            std::fs::create_dir(&gone).map_err(|error| failed(&gone, &error))?;
        }
        crate::readings::sync(self.dir())?;
        for ending in ["", "-wal", "-shm"] {
            let file = self.dir().join(format!("{FILE}{ending}"));
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(&file, &error)),
                _ => {}
            }
        }
        crate::readings::sync(self.dir())?;
        remove_if_there(&gone)
    }
}
