//! The marketplace's shelves: modules and versions that a viewer may see. What they may not see does not exist for them.

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::ids::SubmissionId;
use crate::state::State;
use semver::Version as Semver;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Report;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::Listing;
use toolcrib_contract::types::Instant;

/// Modules of one list.
pub const MODULES_LISTED: usize = 200;

/// Who looks. Everybody sees approved versions, providers also their own, the marketplace all.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// Slugs of the organisations they belong to.
    pub orgs: Vec<String>,
    /// Works for the marketplace.
    pub marketplace: bool,
}

impl Viewer {
    /// As a JSON text, for queries.
    pub(crate) fn orgs(&self) -> String {
        serde_json::json!(self.orgs).to_string()
    }
}

/// A module with the versions that the viewer may see.
#[derive(Clone, Debug)]
pub struct Module {
    pub name: String,
    /// Slug and name of the provider.
    pub org: String,
    pub org_name: String,
    /// Of the newest version that the viewer may see.
    pub title: Words,
    pub summary: Words,
    pub listing: Listing,
    /// The newest version that tenants may subscribe to and that is everybody's; a staged one or a preview only when there is
    /// nothing else.
    pub latest: Option<String>,
    /// Newest first: version, state, digest, when it was submitted.
    pub versions: Vec<(String, State, String, Instant)>,
}

/// One version, whole.
#[derive(Clone, Debug)]
pub struct Version {
    pub id: SubmissionId,
    pub module: String,
    pub org: String,
    pub org_name: String,
    pub version: String,
    pub state: State,
    pub digest: String,
    pub size_bytes: u64,
    pub manifest: Manifest,
    pub listing: Listing,
    pub report: Option<Report>,
    /// Why it does not stand as approved.
    pub withdrawn: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    org: String,
    org_name: String,
    version: Option<String>,
    state: Option<State>,
    digest: Option<String>,
    submitted_us: Option<i64>,
    title: Option<String>,
    summary: Option<String>,
    listing: Option<String>,
    /// Its rollout, if it has one, has not come to everybody.
    #[sqlx(try_from = "crate::Flag")]
    staged: bool,
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    id: SubmissionId,
    module: String,
    org: String,
    org_name: String,
    version: String,
    state: State,
    digest: String,
    size_bytes: i64,
    manifest: String,
    listing: String,
    report: Option<String>,
    withdrawn: Option<String>,
}

/// Versions that a viewer (`$1` works for the marketplace, `$2` organisations) may see and that fulfil a condition.
macro_rules! versions {
    ($condition:literal) => {
        concat!(
            "SELECT s.id, s.module, o.slug AS org, o.name AS org_name, s.version, coalesce(s.standing, s.state) AS state,
                 s.digest, s.size_bytes, s.manifest, s.listing, s.report,
                 (SELECT c.reason FROM standing_change c WHERE c.submission = s.id AND s.standing IS NOT NULL
                     ORDER BY c.number DESC LIMIT 1) AS withdrawn
             FROM submission s JOIN module m ON m.name = s.module JOIN org o ON o.id = m.org
             WHERE s.superseded_us IS NULL AND (s.state = 'approved' OR ($1 AND s.state <> 'draft')
                 OR o.slug IN (SELECT value FROM json_each($2))) AND ",
            $condition,
            " ORDER BY s.state = 'approved' DESC, s.standing IS NOT NULL, s.submitted_us LIMIT 1"
        )
    };
}

impl Catalog {
    /// Modules whose name, title, summary or description contains `query` and that are made for `segment`; empty: all.
    ///
    /// # Errors
    /// The database.
    pub async fn modules(&self, viewer: &Viewer, query: &str, segment: &str) -> Result<Vec<Module>, CatalogError> {
        let query = query.trim().to_lowercase();
        let modules = self.visible(viewer, None).await?;
        let found = modules.into_iter().filter(|module| module.contains(&query) && module.is_for(segment));
        Ok(found.take(MODULES_LISTED).collect())
    }

    /// # Errors
    /// [`CatalogError::NotFound`], also when the viewer may see none of its versions.
    pub async fn module(&self, viewer: &Viewer, name: &str) -> Result<Module, CatalogError> {
        self.visible(viewer, Some(name)).await?.pop().ok_or(CatalogError::NotFound("module"))
    }

    async fn visible(&self, viewer: &Viewer, name: Option<&str>) -> Result<Vec<Module>, CatalogError> {
        // A provider's own module is visible to it before its first version.
        let rows: Vec<Row> = sqlx::query_as(
            "WITH own AS (SELECT m.name, m.org, m.org IN
                 (SELECT id FROM org WHERE slug IN (SELECT value FROM json_each($2))) AS own FROM module m
                 WHERE $3 IS NULL OR m.name = $3),
             seen AS (SELECT name, org, own, own OR $1 AS inside FROM own)
             SELECT n.name, o.slug AS org, o.name AS org_name, s.version, coalesce(s.standing, s.state) AS state, s.digest,
                 s.submitted_us, json_extract(s.manifest, '$.title') AS title,
                 json_extract(s.manifest, '$.summary') AS summary, s.listing,
                 EXISTS (SELECT 1 FROM rollout r WHERE r.module = s.module AND r.version = s.version AND r.state <> 'done')
                     AS staged
             FROM seen n JOIN org o ON o.id = n.org LEFT JOIN submission s
                 ON s.module = n.name AND s.superseded_us IS NULL
                     AND (n.own OR (n.inside AND s.state <> 'draft') OR s.state = 'approved')
             WHERE n.inside OR s.id IS NOT NULL ORDER BY n.name",
        )
        .bind(viewer.marketplace)
        .bind(viewer.orgs())
        .bind(name)
        .fetch_all(&self.readers)
        .await?;
        rows.chunk_by(|a, b| a.name == b.name).map(assemble).collect()
    }

    /// # Errors
    /// [`CatalogError::NotFound`], also when the viewer may not see it.
    pub async fn version(&self, viewer: &Viewer, module: &str, version: &str) -> Result<Version, CatalogError> {
        let query = sqlx::query_as(versions!("s.module = $3 AND s.version = $4"));
        let query = query.bind(viewer.marketplace).bind(viewer.orgs()).bind(module).bind(version);
        let row: Option<VersionRow> = query.fetch_optional(&self.readers).await?;
        row.ok_or(CatalogError::NotFound("version"))?.read()
    }

    /// The version that this digest belongs to. An approved one first, when several providers submitted the same bytes.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`], also when the viewer may see none.
    pub async fn version_of_digest(&self, viewer: &Viewer, digest: &str) -> Result<Version, CatalogError> {
        let query = sqlx::query_as(versions!("s.digest = $3"));
        let query = query.bind(viewer.marketplace).bind(viewer.orgs()).bind(digest);
        let row: Option<VersionRow> = query.fetch_optional(&self.readers).await?;
        row.ok_or(CatalogError::NotFound("version"))?.read()
    }
}

fn assemble(rows: &[Row]) -> Result<Module, CatalogError> {
    let first = &rows[0];
    let mut versions: Vec<_> =
        rows.iter().filter_map(|row| Some((Semver::parse(row.version.as_ref()?).ok()?, row))).collect();
    versions.sort_by(|a, b| b.0.cmp(&a.0));
    let newest = versions.first().map(|(_, row)| *row);
    let offered = versions.iter().filter(|(_, row)| row.state.is_some_and(State::is_offered));
    let latest = offered.max_by_key(|(version, row)| (!row.staged, version.pre.is_empty(), version));
    let latest = latest.map(|(version, _)| version.to_string());
    let read = |text: Option<&String>| -> Result<Words, CatalogError> {
        let words = text.map(|text| serde_json::from_str(text)).transpose();
        Ok(words.map_err(|error| CatalogError::damaged("a manifest", &error))?.unwrap_or_default())
    };
    let listing = newest.and_then(|row| row.listing.as_deref()).map(serde_json::from_str).transpose();
    let row = |(_, row): &(Semver, &Row)| {
        let (version, digest) = (row.version.clone()?, row.digest.clone()?);
        Some((version, row.state?, digest, Instant(row.submitted_us?)))
    };
    Ok(Module {
        name: first.name.clone(),
        org: first.org.clone(),
        org_name: first.org_name.clone(),
        title: read(newest.and_then(|row| row.title.as_ref()))?,
        summary: read(newest.and_then(|row| row.summary.as_ref()))?,
        listing: listing.map_err(|error| CatalogError::damaged("a listing", &error))?.unwrap_or_default(),
        latest,
        versions: versions.iter().filter_map(row).collect(),
    })
}

impl Module {
    fn contains(&self, query: &str) -> bool {
        let words = [&self.title, &self.summary, &self.listing.description];
        let texts = words.into_iter().flat_map(|words| [&words.zh, &words.en]).chain([&self.name, &self.org_name]);
        query.is_empty() || texts.into_iter().any(|text| text.to_lowercase().contains(query))
    }

    /// A module that names no segments is for all.
    fn is_for(&self, segment: &str) -> bool {
        let segments = &self.listing.segments;
        segment.is_empty() || segments.is_empty() || segments.iter().any(|own| own == segment)
    }
}

impl VersionRow {
    fn read(self) -> Result<Version, CatalogError> {
        let damaged = |error: serde_json::Error| CatalogError::damaged("a version", &error);
        let report = self.report.as_deref().map(serde_json::from_str).transpose().map_err(damaged)?;
        Ok(Version {
            manifest: serde_json::from_str(&self.manifest).map_err(damaged)?,
            listing: serde_json::from_str(&self.listing).map_err(damaged)?,
            id: self.id,
            module: self.module,
            org: self.org,
            org_name: self.org_name,
            version: self.version,
            state: self.state,
            digest: self.digest,
            size_bytes: self.size_bytes.cast_unsigned(),
            report,
            withdrawn: self.withdrawn,
        })
    }
}
