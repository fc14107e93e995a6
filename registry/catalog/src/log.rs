//! The transparency log: an entry, the hashes that it completes and the signed head are written in the same transaction
//! as the change that they tell of. There is one writer, so sizes follow one another.

use crate::catalog::Catalog;
use crate::change::Change;
use crate::error::CatalogError;
use sqlx::AnyConnection;
use std::ops::Range;
use toolcrib_trust::Notary;
use toolcrib_trust::log::checkpoint::Checkpoint;
use toolcrib_trust::log::merkle::{self, Hash, Node};
use toolcrib_trust::log::proof;
use toolcrib_trust::log::tile::{self, Kind, Tile};
use toolcrib_trust::record::Record;

/// Entries read at once while verifying.
const PAGE: i64 = 1_000;

/// Where an entry stands, and the proof of it under the head that came with it.
#[derive(Debug)]
pub(crate) struct Logged {
    pub index: u64,
    pub proof: String,
}

impl Change {
    /// Appends an entry and signs the new head.
    ///
    /// # Errors
    /// [`CatalogError::Damaged`]: what is stored is not the log that this notary signed last. Nothing is signed then.
    pub async fn notarize(&mut self, notary: &Notary, record: &Record) -> Result<Logged, CatalogError> {
        let db = self.connection();
        let index = size(db).await?;
        check_head(db, notary, index).await?;
        let entry = record.entry();
        let mut lefts = Vec::new();
        for node in merkle::completed_by(index) {
            lefts.push(hash(db, node).await?);
        }
        sqlx::query("INSERT INTO log_entry (idx, entry) VALUES ($1, $2)")
            .bind(index.cast_signed())
            .bind(&entry)
            .execute(&mut *db)
            .await?;
        for (node, hash) in merkle::append(index, merkle::leaf(&entry), &lefts) {
            sqlx::query("INSERT INTO log_node (level, idx, hash) VALUES ($1, $2, $3)")
                .bind(i64::from(node.level))
                .bind(node.index.cast_signed())
                .bind(&hash[..])
                .execute(&mut *db)
                .await?;
        }
        let size = index + 1;
        let note = notary.checkpoint(size, &range(db, &(0..size)).await?);
        let insert = sqlx::query("INSERT INTO checkpoint (size, note) VALUES ($1, $2)");
        insert.bind(size.cast_signed()).bind(&note).execute(&mut *db).await?;
        let mut path = Vec::new();
        for part in merkle::inclusion(index, size) {
            path.push(range(db, &part).await?);
        }
        Ok(Logged { index, proof: proof::write(index, &path, &note) })
    }
}

async fn size(db: &mut AnyConnection) -> Result<u64, CatalogError> {
    let (size,): (i64,) = sqlx::query_as("SELECT coalesce(max(idx) + 1, 0) FROM log_entry").fetch_one(db).await?;
    Ok(size.cast_unsigned())
}

/// Whether the newest head is this notary's and says what the kept hashes say: signing on top of anything else would be
/// a second history.
async fn check_head(db: &mut AnyConnection, notary: &Notary, size: u64) -> Result<(), CatalogError> {
    let note: Option<(String,)> =
        sqlx::query_as("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1").fetch_optional(&mut *db).await?;
    let damaged = |why: &str| CatalogError::Damaged(format!("the log: {why}"));
    match note {
        None if size == 0 => Ok(()),
        None => Err(damaged("it has entries and no head")),
        Some((note,)) => {
            let head = notary.own(&note).map_err(|_| damaged("its head was signed with another key"))?;
            if head.size != size || head.root != range(db, &(0..size)).await? {
                return Err(damaged("its hashes do not lead to its head"));
            }
            Ok(())
        }
    }
}

async fn hash(db: &mut AnyConnection, node: Node) -> Result<Hash, CatalogError> {
    let query = sqlx::query_as("SELECT hash FROM log_node WHERE level = $1 AND idx = $2");
    let row: Option<(Vec<u8>,)> =
        query.bind(i64::from(node.level)).bind(node.index.cast_signed()).fetch_optional(&mut *db).await?;
    let hash = row.and_then(|(hash,)| hash.try_into().ok());
    hash.ok_or_else(|| CatalogError::Damaged(format!("the log lacks node {} of level {}", node.index, node.level)))
}

async fn range(db: &mut AnyConnection, range: &Range<u64>) -> Result<Hash, CatalogError> {
    let mut hashes = Vec::new();
    for node in merkle::nodes(range) {
        hashes.push(hash(db, node).await?);
    }
    Ok(merkle::fold(&hashes))
}

impl Catalog {
    /// The newest signed head; none while the log is empty.
    ///
    /// # Errors
    /// The database.
    pub async fn checkpoint(&self) -> Result<Option<String>, CatalogError> {
        let query = sqlx::query_as("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1");
        let row: Option<(String,)> = query.fetch_optional(&self.readers).await?;
        Ok(row.map(|(note,)| note))
    }

    /// The bytes of a tile; none when the log does not reach so far.
    ///
    /// # Errors
    /// The database.
    pub async fn tile(&self, wanted: &Tile) -> Result<Option<Vec<u8>>, CatalogError> {
        let Some(first) = wanted.first().or_else(|| {
            let index = wanted.index.checked_mul(tile::WIDTH)?;
            (wanted.kind == Kind::Entries).then_some(Node { level: 0, index })
        }) else {
            return Ok(None);
        };
        let Ok(from) = i64::try_from(first.index) else { return Ok(None) };
        let until = from.saturating_add(wanted.width.cast_signed());
        let rows: Vec<(Vec<u8>,)> = match wanted.kind {
            Kind::Entries => {
                let query = sqlx::query_as("SELECT entry FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx");
                query.bind(from).bind(until).fetch_all(&self.readers).await?
            }
            Kind::Hashes { .. } => {
                let query = sqlx::query_as(
                    "SELECT hash FROM log_node WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx",
                );
                query.bind(i64::from(first.level)).bind(from).bind(until).fetch_all(&self.readers).await?
            }
        };
        if rows.len() as u64 != wanted.width {
            return Ok(None);
        }
        Ok(Some(match wanted.kind {
            Kind::Entries => tile::bundle(rows.iter().map(|(entry,)| entry.as_slice())),
            Kind::Hashes { .. } => rows.into_iter().flat_map(|(hash,)| hash).collect(),
        }))
    }

    /// Builds the whole log again from its entries and compares every hash and the newest head. Returns its size.
    ///
    /// # Errors
    /// [`CatalogError::Damaged`] with the first entry that does not fit.
    pub async fn verify_log(&self) -> Result<u64, CatalogError> {
        let mut db = self.readers.acquire().await?;
        let mut at: u64 = 0;
        loop {
            let query = sqlx::query_as("SELECT idx, entry FROM log_entry WHERE idx >= $1 ORDER BY idx LIMIT $2");
            let page: Vec<(i64, Vec<u8>)> = query.bind(at.cast_signed()).bind(PAGE).fetch_all(&mut *db).await?;
            if page.is_empty() {
                break;
            }
            for (idx, entry) in page {
                let mut lefts = Vec::new();
                for node in merkle::completed_by(at) {
                    lefts.push(hash(&mut db, node).await?);
                }
                let mut fits = idx.cast_unsigned() == at;
                for (node, expected) in merkle::append(at, merkle::leaf(&entry), &lefts) {
                    fits &= hash(&mut db, node).await? == expected;
                }
                if !fits {
                    return Err(CatalogError::Damaged(format!("the log does not fit together at entry {at}")));
                }
                at += 1;
            }
        }
        let head = self.checkpoint().await?.and_then(|note| Checkpoint::read(&note));
        match head {
            None if at == 0 => Ok(0),
            Some(head) if head.size == at && head.root == range(&mut db, &(0..at)).await? => Ok(at),
            _ => Err(CatalogError::Damaged("the log's hashes do not lead to its head".to_owned())),
        }
    }
}
