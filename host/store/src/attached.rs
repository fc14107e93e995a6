//! Files that people handed to operations: bytes by module and digest, so that equal ones are kept once a module.
//!
//! A file waits until an operation takes it; what nobody takes is swept. What was taken stays as long as the tenant: rows
//! and events name it, and a correction must not make it disappear.

use crate::engine::{Row, values};
use crate::error::{Result, StoreError};
use crate::reader::Reader;
use crate::writer::Writer;
use toolcrib_contract::types::Instant;

/// A file on its way in.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    pub module: &'a str,
    /// SHA-256 of `body`.
    pub digest: &'a [u8; 32],
    /// The ending of its name.
    pub ending: &'a str,
    pub body: &'a [u8],
    pub at: Instant,
}

impl Writer {
    /// Keeps a file until it is taken, or swept. One that is there stays, and waits anew if it was not taken.
    ///
    /// # Errors
    /// [`StoreError::Full`].
    pub fn put_file(&mut self, file: &NewFile<'_>) -> Result<()> {
        let NewFile { module, digest, ending, body, at } = *file;
        let sql = "UPDATE attached SET at_us=?3 WHERE /*w*/module=?1 AND digest=?2";
        if self.db.execute(sql, values![module, digest, at])? > 0 {
            return Ok(());
        }
        // Bytes are in no index: they take once what rows take twice.
        self.take_room(body.len() / 2 + module.len())?;
        let sql =
            "INSERT INTO attached(/*c*/module,digest,ending,bytes,body,taken,at_us) VALUES(/*v*/?1,?2,?3,?4,?5,0,?6)";
        self.db.execute(sql, values![module, digest, ending, body.len() as i64, body, at]).map(drop)
    }

    /// Bytes of a file that is here.
    pub fn file_bytes(&mut self, module: &str, digest: &[u8; 32]) -> Result<Option<u64>> {
        let sql = "SELECT bytes FROM attached WHERE /*w*/module=?1 AND digest=?2";
        self.db.row(sql, values![module, digest], |row| row.count(0))
    }

    /// Notes that an operation took a file.
    pub fn take_file(&mut self, module: &str, digest: &[u8; 32]) -> Result<()> {
        let sql = "UPDATE attached SET taken=1 WHERE /*w*/module=?1 AND digest=?2 AND taken=0";
        self.db.execute(sql, values![module, digest]).map(drop)
    }

    /// Removes what waits since before `until`; how many files still wait.
    pub fn sweep_files(&mut self, until: Instant) -> Result<u64> {
        self.db.execute("DELETE FROM attached WHERE /*w*/taken=0 AND at_us<?1", values![until])?;
        self.db.one("SELECT count(*) FROM attached WHERE /*w*/taken=0", &[], |row| row.count(0))
    }
}

impl Reader {
    /// A file's bytes, if the module has it.
    pub fn file(&mut self, module: &str, digest: &[u8; 32]) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT body FROM attached WHERE /*w*/module=?1 AND digest=?2";
        let read = |row: &Row<'_>| Ok::<_, StoreError>(row.blob(0)?.to_vec());
        self.db()?.row(sql, values![module, digest], read)
    }
}
