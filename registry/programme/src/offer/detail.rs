//! An offer with all its versions, for its two sides.

use super::list::{COLUMNS, Row};
use super::{Content, Stored};
use crate::days;
use crate::refusal::Result;
use sqlx::AnyConnection;
use toolcrib_catalog::{Catalog, Person};
use toolcrib_contract::types::Instant;

/// An offer.
#[derive(Clone, Debug)]
pub struct Detail {
    pub row: Row,
    /// Newest first.
    pub versions: Vec<Version>,
    /// Oldest first.
    pub steps: Vec<StepTaken>,
}

/// A version, exactly as it is signed.
#[derive(Clone, Debug)]
pub struct Version {
    pub content: Content,
    pub digest: String,
    /// Name of who wrote it.
    pub made_by: String,
    pub made_us: i64,
    pub signatures: Vec<Signature>,
}

/// Who signed, for which side, when.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Signature {
    /// `provider` or `firm`.
    pub side: String,
    /// Id and name.
    pub person: String,
    pub name: String,
    pub at_us: i64,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StepTaken {
    pub at_us: i64,
    pub by: String,
    pub act: String,
    #[sqlx(try_from = "i64")]
    pub version: u32,
    pub reason: String,
}

/// An offer.
///
/// # Errors
/// Not found, also for who belongs to neither side.
pub async fn detail(catalog: &Catalog, id: &str, viewer: &Person, now: Instant) -> Result<Detail> {
    let mut read = catalog.reading().begin().await?;
    Stored::load(&mut read, id).await?.side(viewer)?;
    let row = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE o.id = $2")));
    let row = row.bind(days::today(now).to_string()).bind(id).fetch_one(&mut *read).await?;
    let query = sqlx::query_as(
        "SELECT v.content, v.digest, p.name, v.made_us FROM offer_version v JOIN person p ON p.id = v.made_by
         WHERE v.offer = $1 ORDER BY v.version DESC",
    );
    let rows: Vec<(String, String, String, i64)> = query.bind(id).fetch_all(&mut *read).await?;
    let mut versions = Vec::new();
    for (text, digest, made_by, made_us) in rows {
        let content = Content::read(&text)?;
        let signatures = signatures(&mut read, id, content.version).await?;
        versions.push(Version { content, digest, made_by, made_us, signatures });
    }
    let steps = sqlx::query_as(
        "SELECT s.at_us, p.name AS by, s.act, s.version, s.reason FROM offer_step s JOIN person p ON p.id = s.actor
         WHERE s.offer = $1 ORDER BY s.number",
    );
    let steps = steps.bind(id).fetch_all(&mut *read).await?;
    Ok(Detail { row, versions, steps })
}

/// Signatures of a version, the provider's last.
pub(crate) async fn signatures(db: &mut AnyConnection, offer: &str, version: u32) -> Result<Vec<Signature>> {
    let query = sqlx::query_as(
        "SELECT s.side, s.person, p.name, s.at_us FROM offer_signature s JOIN person p ON p.id = s.person
         WHERE s.offer = $1 AND s.version = $2 ORDER BY s.side",
    );
    Ok(query.bind(offer).bind(i64::from(version)).fetch_all(db).await?)
}
