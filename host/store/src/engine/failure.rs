//! What an error of PostgreSQL means here. Its own words may hold values of rows and go nowhere; its code does.

use crate::error::StoreError;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

/// Whether the connection is gone or of no more use, and another one may do.
pub(crate) fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::BeginFailed => true,
        // Shut down by somebody, or still starting; hung up on, since it was silent in a transaction for too long.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("57P") || code == "25P03") || has_forgotten(&**error)
        }
        _ => false,
    }
}

/// Whether nothing came for longer than anybody waits.
pub(crate) fn is_silent(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(why) if why.kind() == std::io::ErrorKind::TimedOut)
}

/// Whether the server does not know any more what was prepared on the connection, because somebody reset it on the way
/// there, or knows it of tables that have changed since. Then it does not stand either as whom everything runs.
fn has_forgotten(error: &dyn DatabaseError) -> bool {
    match error.code().as_deref() {
        Some("26000") => true,
        // The message of this one is in the server's language.
        Some("0A000") => {
            let told = error.try_downcast_ref::<PgDatabaseError>();
            told.and_then(PgDatabaseError::routine) == Some("RevalidateCachedQuery")
        }
        _ => false,
    }
}

pub(crate) fn of(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(error) => told(&**error),
        sqlx::Error::Io(error) => StoreError::Unavailable(format!("the connection broke: {}", error.kind())),
        sqlx::Error::PoolTimedOut => {
            let why = "no connection came in time: every one is in use, or the server does not answer";
            StoreError::Unavailable(why.to_owned())
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
            StoreError::Internal(error.to_string())
        }
        error => StoreError::Unavailable(error.to_string()),
    }
}

fn told(error: &dyn DatabaseError) -> StoreError {
    let code = error.code().unwrap_or_default();
    match &*code {
        "23505" => {
            let constraint = error.constraint().unwrap_or_default();
            let field = constraint.rsplit('_').next().unwrap_or_default();
            StoreError::NotUnique { fields: vec![if field == "pkey" { "id" } else { field }.to_owned()] }
        }
        "53100" => StoreError::Full,
        "55P03" => StoreError::Unavailable("another host is working for this tenant for too long".to_owned()),
        "57014" => StoreError::Unavailable("a statement took too long".to_owned()),
        "25006" => StoreError::Unavailable("the database is read-only at present".to_owned()),
        _ if has_forgotten(error) => {
            let why = "the connection was reset; a pooler between host and server has to keep a session for each";
            StoreError::Unavailable(why.to_owned())
        }
        _ => {
            // Of these classes no word is a value: syntax and rights, resources, connections, faults inside.
            let is_plain =
                ["08", "0A", "28", "3D", "42", "53", "57", "58", "XX"].iter().any(|class| code.starts_with(class));
            let what = if is_plain { error.message() } else { "" };
            let text = format!("PostgreSQL answered {code} {what}");
            let is_ours = ["08", "53", "57", "58", "25"].iter().all(|class| !code.starts_with(class));
            if is_ours { StoreError::Internal(text) } else { StoreError::Unavailable(text) }
        }
    }
}
