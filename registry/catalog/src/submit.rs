//! A version comes in.
//!
//! What may come in is decided twice: before the bytes are kept, so that a refused one leaves nothing behind, and again
//! inside the transaction that records it.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{self, PersonId, SubmissionId};
use crate::state::State;
use semver::Version;
use serde_json::json;
use sqlx::SqliteConnection;
use toolcrib_contract::Manifest;
use toolcrib_contract::package::Listing;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::digest;
use toolcrib_trust::publication::manifest_text;

/// Submissions that wait for their checks; one more is refused until some are done.
pub const CHECKING: i64 = 64;

/// A component whose signature was verified.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    /// What the component says of itself: the module and version come from here.
    pub manifest: Manifest,
    pub component: Vec<u8>,
    pub key_id: String,
    /// The publisher's signed statement about exactly these bytes and this manifest.
    pub statement: String,
    pub by: PersonId,
}

/// What stands of this version already.
type Present = (SubmissionId, State, String);

enum Admitted {
    /// The very same build waits already.
    Already(SubmissionId),
    /// To be recorded, in place of this one.
    InPlaceOf(Option<SubmissionId>),
}

impl Catalog {
    /// Records a version and queues its checks. The same build again while it waits is the same submission.
    ///
    /// # Errors
    /// The version exists or is not newer than the approved one; the module is another provider's than the key's; the
    /// queue is full.
    pub async fn submit(
        &self,
        new: NewSubmission,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<SubmissionId, CatalogError> {
        let digest = digest::of(&new.component);
        let mut reader = self.readers.acquire().await?;
        if let Admitted::Already(id) = admit(&mut reader, &new, &digest, now).await? {
            return Ok(id);
        }
        drop(reader);
        let size_bytes = new.component.len() as i64;
        self.blobs.put(new.component.clone(), ids::generate(now, chance)).await?;

        let mut change = self.change(now).await?;
        let before = match admit(change.connection(), &new, &digest, now).await? {
            Admitted::Already(id) => return Ok(id),
            Admitted::InPlaceOf(before) => before,
        };
        if let Some(before) = &before {
            let supersede =
                sqlx::query("UPDATE submission SET superseded_us = ? WHERE id = ?").bind(now.0).bind(before);
            supersede.execute(change.connection()).await?;
        }
        let id = SubmissionId::generate(now, chance);
        let NewSubmission { manifest, key_id, statement, by, .. } = new;
        sqlx::query(
            "INSERT INTO submission (id, module, version, digest, size_bytes, state, key_id, signature, submitted_by,
                 submitted_us, manifest, listing) VALUES (?, ?, ?, ?, ?, 'checking', ?, ?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(&manifest.module)
        .bind(&manifest.version)
        .bind(&digest)
        .bind(size_bytes)
        .bind(&key_id)
        .bind(statement)
        .bind(&by)
        .bind(now.0)
        .bind(manifest_text(&manifest))
        .bind(json!(Listing::default()).to_string())
        .execute(change.connection())
        .await?;
        crate::oci::adopt_draft(&mut change, &id, (&manifest.module, &manifest.version), &digest).await?;
        change.has_submission();
        let detail = json!({"submission": id.as_str(), "version": manifest.version, "digest": digest, "key_id": key_id,
            "in_place_of": before.as_ref().map(SubmissionId::as_str)});
        change.commit(Line { actor: by.as_str(), act: "version.submit", subject: &manifest.module, detail }).await?;
        Ok(id)
    }
}

async fn admit(
    db: &mut SqliteConnection,
    new: &NewSubmission,
    digest: &str,
    now: Instant,
) -> Result<Admitted, CatalogError> {
    let Manifest { module, version, .. } = &new.manifest;
    let wanted = parse(version)?;
    let key: Option<(i64,)> = sqlx::query_as(
        "SELECT 1 FROM publishing_key k JOIN module m ON m.org = k.org
         WHERE k.key_id = ?1 AND m.name = ?2 AND k.revoked_us IS NULL AND k.proof IS NOT NULL
             AND k.not_before_us <= ?3 AND coalesce(k.not_after_us > ?3, 1)",
    )
    .bind(&new.key_id)
    .bind(module)
    .bind(now.0)
    .fetch_optional(&mut *db)
    .await?;
    key.ok_or(CatalogError::NotFound("valid publishing key of this module's provider"))?;

    let present: Option<Present> = sqlx::query_as(
        "SELECT id, state, digest FROM submission WHERE module = ? AND version = ? AND superseded_us IS NULL",
    )
    .bind(module)
    .bind(version)
    .fetch_optional(&mut *db)
    .await?;
    let before = match present {
        Some((id, State::Checking | State::Review, same)) if same == digest => return Ok(Admitted::Already(id)),
        Some((_, state @ (State::Checking | State::Review), _)) => {
            let message =
                format!("{module} {version} is in `{}` with another build; wait for the outcome", state.as_str());
            return Err(CatalogError::WrongState(message));
        }
        Some((_, state, _)) if !state.is_open_to_another_build() => {
            return Err(CatalogError::VersionExists(format!("{module} {version} is {}", state.as_str())));
        }
        other => other.map(|(id, _, _)| id),
    };
    if let Some(last) = newest_approved(db, module).await?
        && wanted <= last
    {
        let message =
            format!("{module} {last} is approved; the next version must be higher than that, {version} is not");
        return Err(CatalogError::VersionExists(message));
    }
    let (waiting,): (i64,) =
        sqlx::query_as("SELECT count(*) FROM submission WHERE state = 'checking'").fetch_one(&mut *db).await?;
    if waiting >= CHECKING {
        return Err(CatalogError::TooMany(format!("{CHECKING} submissions wait for their checks")));
    }
    Ok(Admitted::InPlaceOf(before))
}

fn parse(version: &str) -> Result<Version, CatalogError> {
    let plain = Version::parse(version).ok().filter(|version| version.build.is_empty());
    plain.ok_or_else(|| {
        let message = format!("`{version}` is not a version like 1.2.3, without `+build`");
        CatalogError::input("/version", message)
    })
}

/// The highest approved version of a module, by precedence (semver).
pub(crate) async fn newest_approved(db: &mut SqliteConnection, module: &str) -> Result<Option<Version>, CatalogError> {
    let query = sqlx::query_as("SELECT version FROM submission WHERE module = ? AND state = 'approved'").bind(module);
    let rows: Vec<(String,)> = query.fetch_all(db).await?;
    Ok(rows.iter().filter_map(|(version,)| Version::parse(version).ok()).max())
}
