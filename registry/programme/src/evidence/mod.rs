//! Evidence of a project: statements that hosts signed and files that people handed in, by key; what is odd about them;
//! all of it as one archive.
//!
//! Nothing is ever changed: an item is withdrawn and stays. That a file is used in another project, or that an invoice has
//! no file, is told and decides nothing by itself: people decide, and the rules of the programme.

pub mod archive;
mod content;
mod doubts;
mod statement;
#[cfg(test)]
mod tests;

pub use content::Media;
pub use doubts::{Doubt, doubts};
pub use statement::{Told, ToldModule, add_statement};

use crate::proof::ProofError;
use serde_json::json;
use toolcrib_catalog::signer;
use toolcrib_catalog::{Catalog, CatalogError, Line, PersonId, Writing, new_id};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::digest;

/// Keys of evidence, as the cities' forms have them.
pub const KEYS: [&str; 10] = ["B0", "C1", "C5", "C6", "C7", "E5", "E6", "H1", "H2", "H3"];
/// Items of one project, withdrawn ones included.
pub const EVIDENCE_ITEMS: i64 = 500;
/// Bytes of one file.
pub const EVIDENCE_FILE_BYTES: usize = 8 << 20;
/// Bytes of the files of one project together.
pub const EVIDENCE_BYTES: i64 = 64 << 20;
/// Characters of a file's name.
pub const NAME_CHARS: usize = 120;

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Item {
    pub number: i64,
    pub id: String,
    pub key: String,
    /// `generated` or `uploaded`.
    pub source: String,
    pub name: String,
    pub media: String,
    pub bytes: i64,
    /// Hex; of a statement, of what is signed in it.
    pub sha256: String,
    /// Digest of the kept file.
    pub file: String,
    /// Id of the host's key.
    pub signer: Option<String>,
    pub host: Option<String>,
    /// JSON of a [`Told`].
    pub told: Option<String>,
    /// E-mail.
    pub added_by: String,
    pub added_us: i64,
    pub withdrawn_us: Option<i64>,
    /// JSON list of other projects with the same hash.
    pub also_in: String,
}

impl Item {
    pub fn also_in(&self) -> Vec<String> {
        serde_json::from_str(&self.also_in).unwrap_or_default()
    }

    pub fn told(&self) -> Option<Told> {
        serde_json::from_str(self.told.as_ref()?).ok()
    }
}

/// A file to hand in.
#[derive(Clone, Debug)]
pub struct NewFile {
    pub key: String,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Whose a project is: slugs of organisations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    /// None: the firm has no organisation here.
    pub firm: Option<String>,
    pub providers: Vec<String>,
    pub authority: String,
}

/// Whose a project is.
///
/// # Errors
/// [`CatalogError::NotFound`].
pub async fn parties(catalog: &Catalog, project: &str) -> Result<Parties, CatalogError> {
    let row = sqlx::query_as(
        "SELECT f.slug, a.slug,
             (SELECT json_group_array(o.slug) FROM project_provider x JOIN org o ON o.id = x.provider WHERE x.project = p.id)
         FROM project p JOIN programme g ON g.id = p.programme JOIN org a ON a.id = g.authority
             LEFT JOIN org f ON f.id = p.org WHERE p.id = $1",
    );
    let row: Option<(Option<String>, String, String)> = row.bind(project).fetch_optional(catalog.reading()).await?;
    let (firm, authority, providers) = row.ok_or(CatalogError::NotFound("project"))?;
    Ok(Parties { firm, authority, providers: serde_json::from_str(&providers).unwrap_or_default() })
}

/// Items under a condition: `$1` is the project.
macro_rules! items {
    ($condition:literal) => {
        concat!(
            concat!("SELECT e.number, e.id, e.key, e.source, e.name, e.media, e.bytes, e.sha256, e.file, e.signer, h.host, e.told,
                 ", signer!("p"), " AS added_by, e.added_us, e.withdrawn_us,
                 (SELECT json_group_array(DISTINCT x.project) FROM evidence x WHERE x.sha256 = e.sha256
                     AND x.project <> e.project AND x.withdrawn_us IS NULL) AS also_in
             FROM evidence e JOIN person p ON p.id = e.added_by LEFT JOIN host_key h ON h.key_id = e.signer
             WHERE e.project = $1 AND "),
            $condition,
            " ORDER BY e.number"
        )
    };
}

/// Every list of this file, for whoever asks what they cost.
#[cfg(test)]
pub(crate) fn statements() -> impl Iterator<Item = &'static str> {
    [items!("true"), items!("e.id = $2")].into_iter()
}

/// Items of a project, the first one first.
///
/// # Errors
/// The database.
pub async fn items(catalog: &Catalog, project: &str) -> Result<Vec<Item>, CatalogError> {
    Ok(sqlx::query_as(items!("true")).bind(project).fetch_all(catalog.reading()).await?)
}

/// One item with its file.
///
/// # Errors
/// [`CatalogError::NotFound`]; the file is damaged.
pub async fn item(catalog: &Catalog, project: &str, id: &str) -> Result<(Item, Vec<u8>), CatalogError> {
    let item = sqlx::query_as(items!("e.id = $2")).bind(project).bind(id);
    let item: Option<Item> = item.fetch_optional(catalog.reading()).await?;
    let item = item.ok_or(CatalogError::NotFound("evidence"))?;
    let bytes = catalog.paper(&item.file).await?;
    let bytes = bytes.ok_or_else(|| CatalogError::Damaged(format!("the file {} is gone", item.file)))?;
    Ok((item, bytes))
}

/// Hands a file in. The same file under the same key again changes nothing.
///
/// # Errors
/// A key, name or kind of file that is none; a limit.
pub async fn add_file(
    catalog: &Catalog,
    project: &str,
    new: NewFile,
    by: &PersonId,
    now: Instant,
    chance: &dyn Chance,
) -> Result<Item, ProofError> {
    check(&new.key, &new.name)?;
    if new.bytes.is_empty() || new.bytes.len() > EVIDENCE_FILE_BYTES {
        return Err(ProofError::input("", format!("a file has 1 to {EVIDENCE_FILE_BYTES} bytes")));
    }
    let Some(media) = Media::of(&new.bytes) else {
        let kinds = "PDF, JPEG, PNG, OFD, XML, XLSX and DOCX are taken; this file is none of them by its content";
        return Err(ProofError::input("", kinds));
    };
    let (bytes, sha256) = (new.bytes.len() as i64, digest::sha256_hex(&new.bytes));
    let file = catalog.keep_paper(new.bytes, now, chance).await?;
    let row = NewItem {
        id: new_id(now, chance),
        project,
        key: &new.key,
        source: "uploaded",
        name: &new.name,
        media: media.as_str(),
        bytes,
        sha256: &sha256,
        file: &file,
        signer: None,
        told: None,
    };
    insert(catalog, &row, by, now).await
}

/// The item does not count any more; it stays, and so does its file.
///
/// # Errors
/// [`CatalogError::NotFound`].
pub async fn withdraw(
    catalog: &Catalog,
    project: &str,
    id: &str,
    by: &PersonId,
    now: Instant,
) -> Result<(), CatalogError> {
    let mut writing = catalog.writing(now).await?;
    let end = sqlx::query(
        "UPDATE evidence SET withdrawn_us = $1, withdrawn_by = $2
             WHERE project = $3 AND id = $4 AND withdrawn_us IS NULL",
    );
    let end = end.bind(now.0).bind(by).bind(project).bind(id).execute(writing.connection()).await?;
    if end.rows_affected() == 0 {
        return Err(CatalogError::NotFound("evidence"));
    }
    let detail = json!({"evidence": id});
    writing.commit(Line { actor: by.as_str(), act: "evidence.withdraw", subject: project, detail }).await
}

/// A row about to be written.
pub(crate) struct NewItem<'a> {
    pub id: String,
    pub project: &'a str,
    pub key: &'a str,
    pub source: &'a str,
    pub name: &'a str,
    pub media: &'a str,
    pub bytes: i64,
    pub sha256: &'a str,
    pub file: &'a str,
    pub signer: Option<&'a str>,
    pub told: Option<String>,
}

/// What a key and a name may be.
pub(crate) fn check(key: &str, name: &str) -> Result<(), ProofError> {
    if !KEYS.contains(&key) {
        return Err(ProofError::input("/key", format!("one of {}", KEYS.join(", "))));
    }
    let fits = (1..=NAME_CHARS).contains(&name.chars().count()) && name.trim() == name;
    // It becomes the name of a download.
    if !fits || name.chars().any(|char| char.is_control() || matches!(char, '/' | '\\' | '"')) {
        return Err(ProofError::input("/name", format!("1 to {NAME_CHARS} characters, none of / \\ \"")));
    }
    Ok(())
}

/// Writes a row with its audit line, unless the same is there already.
pub(crate) async fn insert(
    catalog: &Catalog,
    new: &NewItem<'_>,
    by: &PersonId,
    now: Instant,
) -> Result<Item, ProofError> {
    let mut writing = catalog.writing(now).await?;
    if let Some(known) = known(&mut writing, new).await? {
        drop(writing);
        return Ok(item(catalog, new.project, &known).await?.0);
    }
    let sums =
        sqlx::query_as("SELECT count(*), CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM evidence WHERE project = $1");
    let (count, bytes): (i64, i64) = sums.bind(new.project).fetch_one(writing.connection()).await?;
    if count >= EVIDENCE_ITEMS || bytes + new.bytes > EVIDENCE_BYTES {
        let what = format!("a project has at most {EVIDENCE_ITEMS} items with {EVIDENCE_BYTES} bytes together");
        return Err(CatalogError::Limit(what).into());
    }
    sqlx::query(
        "INSERT INTO evidence (id, project, key, source, name, media, bytes, sha256, file, signer, told, added_by, added_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&new.id)
    .bind(new.project)
    .bind(new.key)
    .bind(new.source)
    .bind(new.name)
    .bind(new.media)
    .bind(new.bytes)
    .bind(new.sha256)
    .bind(new.file)
    .bind(new.signer)
    .bind(&new.told)
    .bind(by)
    .bind(now.0)
    .execute(writing.connection())
    .await?;
    let detail = json!({"evidence": new.id, "key": new.key, "source": new.source, "sha256": new.sha256});
    writing.commit(Line { actor: by.as_str(), act: "evidence.add", subject: new.project, detail }).await?;
    Ok(item(catalog, new.project, &new.id).await?.0)
}

async fn known(writing: &mut Writing, new: &NewItem<'_>) -> Result<Option<String>, ProofError> {
    let query = sqlx::query_as(
        "SELECT id FROM evidence WHERE project = $1 AND key = $2 AND sha256 = $3 AND withdrawn_us IS NULL",
    );
    let query = query.bind(new.project).bind(new.key).bind(new.sha256);
    let known: Option<(String,)> = query.fetch_optional(writing.connection()).await?;
    Ok(known.map(|(id,)| id))
}
