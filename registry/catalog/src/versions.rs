//! Approved versions of a module, and whom a staged rollout lets take them.

use crate::error::CatalogError;
use crate::ids::{SubmissionId, TenantId};
use crate::rings::Release;
use crate::state::State;
use semver::Version;
use sqlx::AnyConnection;
use toolcrib_contract::Manifest;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::consent::{Page, asks};

/// An approved version.
#[derive(Clone, Debug)]
pub(crate) struct Approved {
    pub id: SubmissionId,
    pub module: String,
    pub version: String,
    pub semver: Version,
    pub digest: String,
    /// How it stands: approved, deprecated, yanked or revoked.
    pub state: State,
    manifest: String,
    /// Slug.
    pub provider: String,
    pub release: Release,
}

type Row = (SubmissionId, String, String, State, String, String, Option<String>, Option<String>, Option<i64>);

/// Approved versions of a module, the highest last.
pub(crate) async fn approved(db: &mut AnyConnection, module: &str) -> Result<Vec<Approved>, CatalogError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT s.id, s.version, s.digest, coalesce(s.standing, s.state), s.manifest, o.slug, r.state, r.rings, r.ring
         FROM submission s JOIN module m ON m.name = s.module JOIN org o ON o.id = m.org
             LEFT JOIN rollout r ON r.module = s.module AND r.version = s.version
         WHERE s.module = $1 AND s.state = 'approved'",
    )
    .bind(module)
    .fetch_all(db)
    .await?;
    let mut versions = Vec::with_capacity(rows.len());
    for (id, version, digest, state, manifest, provider, rollout, rings, ring) in rows {
        let Ok(semver) = Version::parse(&version) else { continue };
        let release = Release::read(rollout, rings, ring)?;
        let module = module.to_owned();
        versions.push(Approved { id, module, version, semver, digest, state, manifest, provider, release });
    }
    versions.sort_by(|a, b| a.semver.cmp(&b.semver));
    Ok(versions)
}

/// The version of this name; without one the newest that is everybody's, a preview or a staged one only when there is
/// nothing else, one that was withdrawn never.
///
/// # Errors
/// [`CatalogError::NotFound`].
pub(crate) fn pick(versions: Vec<Approved>, version: Option<&str>) -> Result<Approved, CatalogError> {
    let found = match version {
        Some(version) => versions.into_iter().find(|known| known.version == version),
        None => versions
            .into_iter()
            .filter(|known| known.state.is_offered())
            .max_by_key(|known| (known.release.is_for_all(), known.semver.pre.is_empty(), known.semver.clone())),
    };
    found.ok_or(CatalogError::NotFound("approved version of this module"))
}

impl Approved {
    /// What it declares.
    pub(crate) fn manifest(&self) -> Result<Manifest, CatalogError> {
        serde_json::from_str(&self.manifest).map_err(|error| CatalogError::damaged("a manifest", &error))
    }

    /// The page that a new subscriber reads.
    pub(crate) fn page(&self) -> Result<Page, CatalogError> {
        let asks = asks(wanted(&self.manifest()?));
        let (module, version, digest) = (self.module.clone(), self.version.clone(), self.digest.clone());
        Ok(Page { module, version, from: None, digest, provider: self.provider.clone(), asks })
    }

    /// Whether a tenant at `version` takes it without anybody agreeing anew, as far as the number says: higher, of the
    /// same major version, no preview.
    pub(crate) fn continues(&self, version: &Version) -> bool {
        self.semver > *version && self.semver.major == version.major && self.semver.pre.is_empty()
    }

    /// Why nobody comes to this version any more.
    pub(crate) fn withdrawn(&self) -> CatalogError {
        let Self { module, version, state, .. } = self;
        CatalogError::WrongState(format!("{module} {version} is {}; choose another version", state.as_str()))
    }

    /// Whether tenants may come to it, and the rollout, if there is one, has come to this one.
    pub(crate) fn has_reached(&self, tenant: &TenantId) -> bool {
        self.state.is_offered() && self.release.has_reached(tenant, &self.module, &self.version)
    }
}
