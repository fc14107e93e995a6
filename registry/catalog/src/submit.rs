//! A version comes in.
//!
//! What may come in is decided twice: before the bytes are kept, so that a refused one leaves nothing behind, and again
//! inside the transaction that records it.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::drafts::DRAFTS;
use crate::error::CatalogError;
use crate::ids::{self, PersonId, SubmissionId};
use crate::state::State;
use crate::transition::Act;
use semver::Version;
use serde_json::json;
use sqlx::AnyConnection;
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

/// A build that wants to come in.
pub(crate) struct Build<'a> {
    pub module: &'a str,
    pub version: &'a str,
    pub key_id: &'a str,
    pub digest: &'a str,
}

pub(crate) enum Admitted {
    /// The very same build waits already.
    Already(SubmissionId),
    /// The very same build is a draft, to be handed in.
    Draft(SubmissionId),
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
        self.take_in(new, Act::Submit, now, chance).await
    }

    /// Records a build: as a draft, or to be checked.
    pub(crate) async fn take_in(
        &self,
        new: NewSubmission,
        act: Act,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<SubmissionId, CatalogError> {
        let digest = digest::of(&new.component);
        let Manifest { module, version, .. } = &new.manifest;
        let build = Build { module, version, key_id: &new.key_id, digest: &digest };
        // Until it is recorded, no sweep takes the component for one that nobody needs.
        let _keeping = self.keeping.read().await;
        let mut reader = self.readers.acquire().await?;
        if let Admitted::Already(id) = admit(&mut reader, &build, act, now).await? {
            return Ok(id);
        }
        drop(reader);
        self.blobs.put(new.component.clone(), ids::generate(now, chance)).await?;

        let mut change = self.change(now).await?;
        let before = match admit(change.connection(), &build, act, now).await? {
            Admitted::Already(id) => return Ok(id),
            Admitted::Draft(id) => {
                change.hand_in(&id, &build, &new.by).await?;
                let detail = json!({"submission": id.as_str(), "version": version, "digest": digest});
                let line = Line { actor: new.by.as_str(), act: "version.submit", subject: module, detail };
                change.commit(line).await?;
                return Ok(id);
            }
            Admitted::InPlaceOf(before) => before,
        };
        if let Some(before) = &before {
            change.supersede(before, &new.by).await?;
        }
        let id = SubmissionId::generate(now, chance);
        let state = change.insert_submission(&id, &new, &digest, act).await?;
        crate::oci::adopt_draft(&mut change, &id, (module, version), &digest).await?;
        let detail = json!({"submission": id.as_str(), "version": version, "digest": digest, "key_id": new.key_id,
            "state": state.as_str(), "in_place_of": before.as_ref().map(SubmissionId::as_str)});
        let act = if state == State::Draft { "version.draft" } else { "version.submit" };
        change.commit(Line { actor: new.by.as_str(), act, subject: module, detail }).await?;
        Ok(id)
    }
}

impl Change {
    async fn insert_submission(
        &mut self,
        id: &SubmissionId,
        new: &NewSubmission,
        digest: &str,
        act: Act,
    ) -> Result<State, CatalogError> {
        let state = crate::transition::next(None, act).expect("it comes in by one of two acts");
        let expires = (state == State::Draft).then(|| crate::drafts::expiry(self.now));
        let (now, manifest) = (self.now.0, &new.manifest);
        sqlx::query(
            "INSERT INTO submission (id, module, version, digest, size_bytes, state, key_id, signature, submitted_by,
                 submitted_us, manifest, listing, expires_us)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(id)
        .bind(&manifest.module)
        .bind(&manifest.version)
        .bind(digest)
        .bind(new.component.len() as i64)
        .bind(state)
        .bind(&new.key_id)
        .bind(&new.statement)
        .bind(&new.by)
        .bind(now)
        .bind(manifest_text(manifest))
        .bind(json!(Listing::default()).to_string())
        .bind(expires.map(|at| at.0))
        .execute(self.connection())
        .await?;
        self.step(id, None, act, new.by.as_str(), "").await?;
        if state == State::Submitted {
            self.has_submission();
        }
        Ok(state)
    }

    /// Another build takes this one's place, which is kept.
    async fn supersede(&mut self, id: &SubmissionId, by: &PersonId) -> Result<(), CatalogError> {
        let now = self.now.0;
        let query = sqlx::query_as("SELECT state FROM submission WHERE id = $1").bind(id);
        let (mut state,): (State,) = query.fetch_one(self.connection()).await?;
        if state == State::Draft {
            state = self.step(id, Some(state), Act::Replace, by.as_str(), "").await?;
        }
        let update = sqlx::query("UPDATE submission SET superseded_us = $1, state = $2 WHERE id = $3");
        update.bind(now).bind(state).bind(id).execute(self.connection()).await?;
        Ok(())
    }
}

pub(crate) async fn admit(
    db: &mut AnyConnection,
    new: &Build<'_>,
    act: Act,
    now: Instant,
) -> Result<Admitted, CatalogError> {
    let Build { module, version, key_id, digest } = *new;
    let wanted = parse(version)?;
    provider_is_open(db, module).await?;
    let key: Option<(i64,)> = sqlx::query_as(
        "SELECT 1 FROM publishing_key k JOIN module m ON m.org = k.org
         WHERE k.key_id = $1 AND m.name = $2 AND k.revoked_us IS NULL AND k.proof IS NOT NULL
             AND k.not_before_us <= $3 AND (k.not_after_us IS NULL OR k.not_after_us > $3)",
    )
    .bind(key_id)
    .bind(module)
    .bind(now.0)
    .fetch_optional(&mut *db)
    .await?;
    key.ok_or(CatalogError::NotFound("valid publishing key of this module's provider"))?;

    let present: Option<Present> = sqlx::query_as(
        "SELECT id, state, digest FROM submission WHERE module = $1 AND version = $2 AND superseded_us IS NULL",
    )
    .bind(module)
    .bind(version)
    .fetch_optional(&mut *db)
    .await?;
    let mut draft = None;
    let before = match present {
        Some((id, State::Draft, same)) if same == digest && act == Act::Submit => {
            draft = Some(id);
            None
        }
        Some((id, State::Draft | State::Submitted | State::Checking | State::Review, same)) if same == digest => {
            return Ok(Admitted::Already(id));
        }
        Some((_, state @ (State::Submitted | State::Checking | State::Review), _)) => {
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
    room(db, module, act).await?;
    Ok(draft.map_or(Admitted::InPlaceOf(before), Admitted::Draft))
}

/// There is room for one more draft of the provider, or one more submission in the queue of checks.
async fn room(db: &mut AnyConnection, module: &str, act: Act) -> Result<(), CatalogError> {
    if act == Act::Keep {
        let drafts = sqlx::query_as(
            "SELECT count(*) FROM submission s JOIN module m ON m.name = s.module WHERE s.state = 'draft'
                 AND m.org = (SELECT org FROM module WHERE name = $1)",
        );
        let (drafts,): (i64,) = drafts.bind(module).fetch_one(db).await?;
        if drafts >= DRAFTS {
            return Err(CatalogError::Limit(format!("a provider has at most {DRAFTS} drafts; submit or discard one")));
        }
        return Ok(());
    }
    let waiting = sqlx::query_as("SELECT count(*) FROM submission WHERE state IN ('submitted', 'checking')");
    let (waiting,): (i64,) = waiting.fetch_one(db).await?;
    if waiting >= CHECKING {
        return Err(CatalogError::TooMany(format!("{CHECKING} submissions wait for their checks")));
    }
    Ok(())
}

async fn provider_is_open(db: &mut AnyConnection, module: &str) -> Result<(), CatalogError> {
    let closed = sqlx::query_as(
        "SELECT o.slug FROM module m JOIN org o ON o.id = m.org WHERE m.name = $1 AND o.closed_us IS NOT NULL",
    );
    let closed: Option<(String,)> = closed.bind(module).fetch_optional(db).await?;
    match closed {
        Some((slug,)) => Err(crate::exit::closed(&slug)),
        None => Ok(()),
    }
}

fn parse(version: &str) -> Result<Version, CatalogError> {
    let plain = Version::parse(version).ok().filter(|version| version.build.is_empty());
    plain.ok_or_else(|| {
        let message = format!("`{version}` is not a version like 1.2.3, without `+build`");
        CatalogError::input("/version", message)
    })
}

/// The highest approved version of a module, by precedence (semver).
pub(crate) async fn newest_approved(db: &mut AnyConnection, module: &str) -> Result<Option<Version>, CatalogError> {
    let query = sqlx::query_as("SELECT version FROM submission WHERE module = $1 AND state = 'approved'").bind(module);
    let rows: Vec<(String,)> = query.fetch_all(db).await?;
    Ok(rows.iter().filter_map(|(version,)| Version::parse(version).ok()).max())
}
