//! Why the store did not do what was asked: one variant per thing the caller does differently.

use rusqlite::ffi;
use std::path::PathBuf;
use toolcrib_contract::CodecError;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A unique index already holds these values.
    #[error("another row already has this {}", fields.join(", "))]
    NotUnique { fields: Vec<String> },
    /// The row has another rev than expected.
    #[error("the row was changed meanwhile")]
    Conflict,
    #[error("there is no such row")]
    NotFound,
    /// A bound, index number or position that does not fit the index.
    #[error("the selection does not fit the index: {0}")]
    BadSelect(&'static str),
    /// Bytes that are not what the schema declares. The module's fault.
    #[error("malformed data: {0}")]
    Malformed(String),
    /// The tenant's quota or the disk is used up. When [`crate::Writer::in_transaction`] says no afterwards, the
    /// database gave up the whole transaction.
    #[error("there is no space left for this tenant's data")]
    Full,
    /// The stored schema cannot become the declared one without losing data.
    #[error("the stored data does not fit this version of the module: {0}")]
    Incompatible(String),
    /// The tenant already has [`toolcrib_contract::limits::SIGNALS`] signals.
    #[error("the tenant has no room for another signal")]
    TooManySignals,
    /// The disk failed or the file is damaged: close every handle on this tenant, check before reopening.
    #[error("the tenant's files had a disk error: {0}")]
    Io(String),
    /// An archive that cannot become a tenant. Nothing of it was kept.
    #[error("the archive cannot be taken in: {0}")]
    BadArchive(String),
    /// There is a tenant with data where another one should come.
    #[error("there is data already: {0}; erase it first, or choose another place")]
    NotEmpty(String),
    /// What machines told this host lies in files beside the database that should have it.
    #[error(
        "readings of this tenant still lie in files of this host; start `toolcrib serve` here once, which brings them into \
         the database"
    )]
    NotBrought,
    /// A month of readings cannot be brought into the database: another host kept it in another way.
    #[error(
        "of {month} one host has every reading and another one only hours and days; set `host.readings_days` alike on all \
         hosts, let those that run, and here the version before, go on for a day, which brings that month in line, and start \
         this one then"
    )]
    Apart { month: String },
    /// The database server cannot be reached or does not answer in time; later it may. What was under way is lost, and
    /// of a commit nobody knows: the same request with the same key finds out.
    #[error("the database is not there at present: {0}")]
    Unavailable(String),
    /// The file was written by a newer version of this program.
    #[error("`{file}` was written by a newer version of toolcrib; upgrade this host")]
    Newer { file: PathBuf },
    /// Another process holds the data directory.
    #[error("`{path}` is in use by another toolcrib; stop it, or choose another data directory")]
    InUse { path: PathBuf },
    /// Everything was being restored into it when that was interrupted.
    #[error("`{path}` was not restored to its end; run `toolcrib restore` once more")]
    HalfRestored { path: PathBuf },
    /// The data directory cannot be created or written.
    #[error("`{path}` cannot be written; make it a directory that this user may write to")]
    NotWritable { path: PathBuf, source: std::io::Error },
    /// A bug here.
    #[error("the store failed: {0}")]
    Internal(String),
}

impl From<CodecError> for StoreError {
    fn from(error: CodecError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(code, message) = &error else { return Self::Internal(error.to_string()) };
        match code.extended_code & 0xff {
            ffi::SQLITE_FULL => Self::Full,
            ffi::SQLITE_CONSTRAINT => match code.extended_code {
                ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                    Self::NotUnique { fields: clashing_fields(message.as_deref().unwrap_or_default()) }
                }
                _ => Self::Internal(error.to_string()),
            },
            ffi::SQLITE_IOERR
            | ffi::SQLITE_CORRUPT
            | ffi::SQLITE_NOTADB
            | ffi::SQLITE_CANTOPEN
            | ffi::SQLITE_READONLY
            | ffi::SQLITE_PROTOCOL => Self::Io(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

/// `UNIQUE constraint failed: m_x.c_code, m_x.c_site` → `code`, `site`.
fn clashing_fields(message: &str) -> Vec<String> {
    let columns = message.rsplit(": ").next().unwrap_or_default().split(", ");
    let names = columns.map(|column| column.rsplit('.').next().unwrap_or_default());
    names.map(|name| name.strip_prefix("c_").unwrap_or(name).to_owned()).collect()
}

pub(crate) type Result<T> = std::result::Result<T, StoreError>;
