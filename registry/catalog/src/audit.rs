//! The audit: append-only lines, each with the hash of the line before it, so that none can be changed or lost unseen.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use serde_json::Value as Json;
use sqlx::AnyConnection;
use std::collections::HashMap;
use toolcrib_contract::manifest::Words;
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
    /// What people call the subject, as it is now; none where it is a word by itself or was not asked for. Not under the
    /// hash.
    pub about: Option<Words>,
    pub detail: Json,
    pub hash: String,
}

/// Number, moment, actor, act, subject, detail, hash.
type Row = (i64, i64, String, String, String, String, String);

/// The same with the actor's name behind the actor.
pub(crate) type NamedRow = (i64, i64, String, Option<String>, String, String, String, String);

/// What people call the subject of a line, in Chinese and English: a person or a factory by its id, an organisation by
/// its slug, what a programme or a bill is about, the title of a module. A module and an organisation may share a name; what
/// the act is about (`$3`) says which of them is meant.
const ABOUT: &str = "SELECT zh, en FROM (
    SELECT 1 AS place, name AS zh, name AS en FROM person WHERE id = $1
    UNION ALL SELECT 2, name, name FROM tenant WHERE id = $1
    UNION ALL SELECT 3, p.name, p.name FROM session s JOIN person p ON p.id = s.person WHERE s.id = $1
    UNION ALL SELECT 4, name, name FROM project WHERE id = $1
    UNION ALL SELECT 5, name, name FROM programme WHERE id = $1
    UNION ALL SELECT 6, o.name, o.name FROM identification i JOIN org o ON o.slug = i.org WHERE i.id = $1
    UNION ALL SELECT 7, title, title FROM offer WHERE id = $1
    UNION ALL SELECT 8, o.name || ' ' || p.month, o.name || ' ' || p.month
        FROM payout p JOIN org o ON o.id = p.provider WHERE p.id = $1
    UNION ALL SELECT 9, t.name || ' ' || i.month, t.name || ' ' || i.month
        FROM platform_invoice i JOIN tenant t ON t.id = i.tenant WHERE i.id = $1
    UNION ALL SELECT 10, name, name FROM org WHERE slug = $1
        AND $3 NOT IN ('module', 'version', 'rollout', 'rating', 'publisher', 'plan', 'oci', 'complaint')
    UNION ALL SELECT 11, json_extract(manifest, '$.title.zh'), json_extract(manifest, '$.title.en') FROM submission
        WHERE id = (SELECT id FROM submission WHERE module = $1 AND json_valid(manifest)
            ORDER BY submitted_us DESC LIMIT 1)
    UNION ALL SELECT 12, zh, en FROM segment WHERE code = $1 AND $2 = 'segment.put'
    UNION ALL SELECT 13, zh, en FROM tag WHERE code = $1 AND $2 = 'tag.put') named
    WHERE zh IS NOT NULL AND en IS NOT NULL ORDER BY place LIMIT 1";

/// Rows of the audit as lines.
pub(crate) fn lines(rows: Vec<NamedRow>) -> Result<Vec<AuditLine>, CatalogError> {
    let read = |(number, at, actor, name, act, subject, detail, hash): NamedRow| {
        let detail = serde_json::from_str(&detail).map_err(|error| CatalogError::damaged("the audit", &error))?;
        let (number, at, about) = (number.cast_unsigned(), Instant(at), None);
        Ok(AuditLine { number, at, actor, name, act, subject, about, detail, hash })
    };
    rows.into_iter().map(read).collect()
}

pub(crate) async fn append(db: &mut AnyConnection, now: Instant, line: &Line<'_>) -> Result<(), CatalogError> {
    let last: Option<(i64, String)> =
        sqlx::query_as("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetch_optional(&mut *db).await?;
    let (number, before) = last.map_or((1, String::new()), |(number, hash)| (number + 1, hash));
    let detail = line.detail.to_string();
    let hash = link(&before, &(number, now.0, line.actor, line.act, line.subject, &detail));
    sqlx::query(
        "INSERT INTO audit (number, at_us, actor, act, subject, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
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
    /// Lines after a number, oldest first, at most [`AUDIT_PAGE`], with what their subjects are called; of one subject, when
    /// one is named.
    ///
    /// # Errors
    /// The database.
    pub async fn audit(&self, after: u64, subject: Option<&str>) -> Result<Vec<AuditLine>, CatalogError> {
        let rows: Vec<NamedRow> = sqlx::query_as(
            "SELECT number, at_us, actor, name, act, subject, detail, hash FROM audit LEFT JOIN person ON id = actor
             WHERE number > $1 AND ($2 IS NULL OR subject = $2) ORDER BY number LIMIT $3",
        )
        .bind(after.cast_signed())
        .bind(subject)
        .bind(AUDIT_PAGE)
        .fetch_all(&self.readers)
        .await?;
        let mut lines = lines(rows)?;
        let mut known: HashMap<(String, String), Option<Words>> = HashMap::new();
        for line in &mut lines {
            let asked = (line.subject.clone(), line.act.clone());
            let about = match known.get(&asked) {
                Some(about) => about.clone(),
                None => self.called(&line.subject, &line.act).await?,
            };
            line.about.clone_from(&about);
            known.insert(asked, about);
        }
        Ok(lines)
    }

    async fn called(&self, subject: &str, act: &str) -> Result<Option<Words>, CatalogError> {
        let noun = act.split('.').next().unwrap_or_default();
        let query = sqlx::query_as(ABOUT).bind(subject).bind(act).bind(noun);
        let found: Option<(String, String)> = query.fetch_optional(&self.readers).await?;
        Ok(found.map(|(zh, en)| Words { zh, en }))
    }

    /// Reads the whole audit and checks the chain. Returns the number of lines and the last hash, to be kept elsewhere.
    ///
    /// # Errors
    /// [`CatalogError::Damaged`] with the number of the first line that does not fit.
    pub async fn verify_audit(&self) -> Result<(u64, String), CatalogError> {
        let (mut count, mut before) = (0i64, String::new());
        loop {
            let page: Vec<Row> = sqlx::query_as(
                "SELECT number, at_us, actor, act, subject, detail, hash FROM audit WHERE number > $1
                 ORDER BY number LIMIT $2",
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
