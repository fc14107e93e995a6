//! The audit: append-only lines, each with the hash of the line before it, so that none can be changed or lost unseen.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use serde_json::Value as Json;
use sqlx::SqliteConnection;
use toolcrib_contract::types::Instant;
use toolcrib_trust::digest::sha256_hex;

/// Lines read at once while verifying.
const PAGE: i64 = 1_000;

/// Lines of one page.
pub const AUDIT_PAGE: i64 = 500;

/// One line of the audit.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    pub number: u64,
    pub at: Instant,
    /// A person's id, or the name of a part of the server.
    pub actor: String,
    /// The person's name as it is now; none for a part of the server. Not under the hash.
    pub name: Option<String>,
    pub act: String,
    pub subject: String,
    pub detail: Json,
    pub hash: String,
}

/// Number, moment, actor, act, subject, detail, hash.
type Row = (i64, i64, String, String, String, String, String);

/// The same with the actor's name behind the actor.
pub(crate) type NamedRow = (i64, i64, String, Option<String>, String, String, String, String);

/// Rows of the audit as lines.
pub(crate) fn lines(rows: Vec<NamedRow>) -> Result<Vec<AuditLine>, CatalogError> {
    let read = |(number, at, actor, name, act, subject, detail, hash): NamedRow| {
        let detail = serde_json::from_str(&detail).map_err(|error| CatalogError::damaged("the audit", &error))?;
        Ok(AuditLine { number: number.cast_unsigned(), at: Instant(at), actor, name, act, subject, detail, hash })
    };
    rows.into_iter().map(read).collect()
}

pub(crate) async fn append(db: &mut SqliteConnection, now: Instant, line: &Line<'_>) -> Result<(), CatalogError> {
    let last: Option<(i64, String)> =
        sqlx::query_as("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetch_optional(&mut *db).await?;
    let (number, before) = last.map_or((1, String::new()), |(number, hash)| (number + 1, hash));
    let detail = line.detail.to_string();
    let hash = link(&before, &(number, now.0, line.actor, line.act, line.subject, &detail));
    sqlx::query("INSERT INTO audit (number, at_us, actor, act, subject, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(number)
        .bind(now.0)
        .bind(line.actor)
        .bind(line.act)
        .bind(line.subject)
        .bind(&detail)
        .bind(hash)
        .execute(db)
        .await?;
    Ok(())
}

/// Hash of the hash before and the line as a JSON array: unambiguous, whatever the texts contain.
fn link(before: &str, line: &(i64, i64, &str, &str, &str, &str)) -> String {
    let text = serde_json::to_string(&(before, line)).expect("texts and numbers serialise");
    sha256_hex(text.as_bytes())
}

impl Catalog {
    /// Lines after a number, oldest first, at most [`AUDIT_PAGE`]; of one subject, when one is named.
    ///
    /// # Errors
    /// The database.
    pub async fn audit(&self, after: u64, subject: Option<&str>) -> Result<Vec<AuditLine>, CatalogError> {
        let rows: Vec<NamedRow> = sqlx::query_as(
            "SELECT number, at_us, actor, name, act, subject, detail, hash FROM audit LEFT JOIN person ON id = actor
             WHERE number > ?1 AND (?2 IS NULL OR subject = ?2) ORDER BY number LIMIT ?3",
        )
        .bind(after.cast_signed())
        .bind(subject)
        .bind(AUDIT_PAGE)
        .fetch_all(&self.readers)
        .await?;
        lines(rows)
    }

    /// Reads the whole audit and checks the chain. Returns the number of lines and the last hash, to be kept elsewhere.
    ///
    /// # Errors
    /// [`CatalogError::Damaged`] with the number of the first line that does not fit.
    pub async fn verify_audit(&self) -> Result<(u64, String), CatalogError> {
        let (mut count, mut before) = (0i64, String::new());
        loop {
            let page: Vec<Row> = sqlx::query_as(
                "SELECT number, at_us, actor, act, subject, detail, hash FROM audit WHERE number > ? ORDER BY number LIMIT ?",
            )
            .bind(count)
            .bind(PAGE)
            .fetch_all(&self.readers)
            .await?;
            if page.is_empty() {
                return Ok((count.cast_unsigned(), before));
            }
            for (number, at, actor, act, subject, detail, hash) in page {
                count += 1;
                let expected = link(&before, &(count, at, &actor, &act, &subject, &detail));
                if number != count || hash != expected {
                    return Err(CatalogError::Damaged(format!("the audit does not fit together at line {count}")));
                }
                before = hash;
            }
        }
    }
}
