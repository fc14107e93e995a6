//! Why the catalog did not do what was asked: one variant per thing the caller does differently.

use sqlx::migrate::MigrateError;
use toolcrib_contract::Capability;
use toolcrib_contract::json::InputError;

/// Why the catalog did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A value that must differ from all others does not.
    #[error("{what}")]
    NotUnique { pointer: &'static str, what: String },
    #[error("the input is not acceptable")]
    Input(Vec<InputError>),
    #[error("{0}")]
    VersionExists(String),
    #[error("{0}")]
    WrongState(String),
    /// Nobody decides on their own organisation's versions.
    #[error("you belong to the provider of this module; somebody else decides")]
    OwnOrganisation,
    /// Nobody decides on what they submitted.
    #[error("you submitted this version; somebody else decides")]
    OwnSubmission,
    /// A factory's own data is open to auditors only while it agrees.
    #[error("the factory has not agreed to be audited by this authority, or its consent has ended")]
    NoAuditConsent,
    /// What the module requires and the tenant did not agree to.
    #[error("the module requires {}", list(missing))]
    NotConsented { missing: Vec<Capability> },
    /// What the request was made upon has changed.
    #[error("{0}")]
    Changed(String),
    /// Too much at once; it helps to wait.
    #[error("{0}")]
    TooMany(String),
    /// One person did it too often.
    #[error("{what}; the next one in {wait_s} seconds")]
    TooOften { what: String, wait_s: u64 },
    /// The module has a price and no plan is in force.
    #[error("{0}")]
    PlanNeeded(String),
    /// The cap that the tenant approved is used up.
    #[error("{0}")]
    OverCap(String),
    /// The CI's identity fits no trusted publisher of the module, or there is no such module.
    #[error("no trusted publisher of this module fits the identity: issuer, owner, repository, workflow, environment")]
    NotTrusted,
    /// The CI's identity was exchanged already.
    #[error("this identity token was exchanged before; each counts once")]
    Replayed,
    /// A published limit is reached; waiting does not help.
    #[error("{0}")]
    Limit(String),
    /// The refresh token is unknown, used, expired or ended.
    #[error("the refresh token is not valid any more")]
    SignedOut,
    /// Every connection is taken for too long.
    #[error("the registry is busy")]
    Busy,
    #[error("the registry's disk is full")]
    Full,
    #[error("the registry's database failed")]
    Database(#[source] sqlx::Error),
    #[error("the registry's database cannot be brought up to date")]
    Migration(#[source] MigrateError),
    /// A newer registry brought the tables further.
    #[error(
        "its tables are of version {0}, which this registry does not know: a newer toolcrib brought them there; upgrade this \
         registry. Registries that run already are not disturbed"
    )]
    Newer(i64),
    #[error("the registry's files failed: {path}")]
    Files { path: String, source: std::io::Error },
    /// Components and papers that lie in a bucket.
    #[error("the registry's bucket cannot be used ({})", .0.code())]
    Bucket(#[from] toolcrib_objects::ObjectsError),
    /// PostgreSQL cannot keep the records as it is.
    #[error("the registry's PostgreSQL cannot be used: {0}")]
    Store(String),
    /// What is stored is not what was written.
    #[error("what is stored is damaged: {0}")]
    Damaged(String),
}

fn list(capabilities: &[Capability]) -> String {
    let texts: Vec<_> = capabilities.iter().map(|capability| format!("`{capability}`")).collect();
    texts.join(", ")
}

impl From<MigrateError> for CatalogError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            error => Self::Migration(error),
        }
    }
}

impl From<sqlx::Error> for CatalogError {
    fn from(error: sqlx::Error) -> Self {
        /// SQLITE_FULL, https://sqlite.org/rescode.html, and `disk_full` of PostgreSQL,
        /// https://www.postgresql.org/docs/current/errcodes-appendix.html
        const FULL: [&str; 2] = ["13", "53100"];
        /// `lock_not_available`, `query_canceled` (by a time limit) and `too_many_connections` of PostgreSQL.
        const BUSY: [&str; 3] = ["55P03", "57014", "53300"];
        /// `character_not_in_repertoire` of PostgreSQL, which keeps no NUL; all else that comes here is UTF-8.
        const NUL: &str = "22021";
        let code = error.as_database_error().and_then(|database| database.code());
        match (&error, code.as_deref()) {
            (sqlx::Error::PoolTimedOut, _) => Self::Busy,
            (_, Some(code)) if FULL.contains(&code) => Self::Full,
            (_, Some(code)) if BUSY.contains(&code) => Self::Busy,
            (_, Some(NUL)) => Self::input("", "no text holds the character U+0000"),
            _ => Self::Database(error),
        }
    }
}

impl CatalogError {
    /// One thing that is wrong with the input.
    pub(crate) fn input(pointer: &str, message: impl Into<String>) -> Self {
        Self::Input(vec![InputError { pointer: pointer.to_owned(), message: message.into() }])
    }

    /// The same, with pointers that begin with this one.
    pub(crate) fn under(self, pointer: &str) -> Self {
        let Self::Input(mut errors) = self else { return self };
        errors.iter_mut().for_each(|error| error.pointer.insert_str(0, pointer));
        Self::Input(errors)
    }

    /// A unique index said no: says which value; any other error as it is.
    pub(crate) fn unique(error: sqlx::Error, pointer: &'static str, what: impl FnOnce() -> String) -> Self {
        let taken = error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
        if taken { Self::NotUnique { pointer, what: what() } } else { error.into() }
    }

    /// Stored JSON that does not read.
    pub(crate) fn damaged(what: &str, error: &serde_json::Error) -> Self {
        Self::Damaged(format!("{what}: {error}"))
    }
}
