//! Kits: a firm's working set-up, published to some firms or a segment, and who took it over.
//!
//! A kit is taken in only when a host of this marketplace signed it and every row in it is what its module's approved
//! version declares as set-up. The registry changes nothing at whoever takes it over: their host does, with their consent.

use crate::proof::{self, ProofError};
use serde_json::json;
use std::collections::BTreeSet;
use toolcrib_catalog::signer;
use toolcrib_catalog::{Catalog, CatalogError, Line, PersonId, Tenant, TenantId, Viewer, new_id};
use toolcrib_contract::kit::{Kit, PAYLOAD};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::digest::sha256_hex;

/// Kits of one firm that are published at once.
pub const KITS: i64 = 20;
/// Kits of one list.
pub const KITS_LISTED: i64 = 200;
/// Firms and segments that a kit is for.
pub const KIT_FOR: usize = 200;
/// Adoptions of one list.
pub const ADOPTIONS_LISTED: i64 = 500;
/// Days that are compared before and after.
const COMPARED_DAYS: i64 = 30;
const DAY_US: i64 = 86_400_000_000;

/// A kit in a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KitRow {
    pub id: String,
    pub tenant: TenantId,
    pub slug: String,
    pub firm: String,
    pub title: String,
    pub sha256: String,
    pub signer: String,
    /// JSON list of names.
    pub modules: String,
    pub rows: i64,
    pub published_us: i64,
    pub withdrawn_us: Option<i64>,
    pub adopted: i64,
    /// JSON lists.
    pub tenants: String,
    pub segments: String,
}

/// A factory that took a kit over.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AdoptionRow {
    pub slug: String,
    pub firm: String,
    pub at_us: i64,
    pub by: String,
    /// JSON list of names.
    pub subscribed: String,
    pub made: i64,
    pub calls_before: i64,
    pub calls_now: i64,
}

/// A kit about to be published.
#[derive(Clone, Debug, Default)]
pub struct NewKit {
    pub envelope: String,
    /// Slugs.
    pub tenants: Vec<String>,
    /// Codes.
    pub segments: Vec<String>,
}

/// Kits under a condition: `$1` is how many.
macro_rules! kits {
    ($condition:expr) => {
        concat!(
            "SELECT k.id, k.tenant, t.slug, t.name AS firm, k.title, k.sha256, k.signer, k.modules, k.rows, k.published_us,
                 k.withdrawn_us, (SELECT count(*) FROM kit_adoption a WHERE a.kit = k.id) AS adopted,
                 (SELECT json_group_array(x.slug) FROM kit_for f JOIN tenant x ON x.id = f.tenant WHERE f.kit = k.id)
                     AS tenants,
                 (SELECT json_group_array(f.segment) FROM kit_for f WHERE f.kit = k.id AND f.segment IS NOT NULL)
                     AS segments
             FROM kit k JOIN tenant t ON t.id = k.tenant WHERE ",
            $condition,
            " ORDER BY k.number DESC LIMIT $1"
        )
    };
}

/// Kits that a factory (`$2`, of the organisation `$3`) may take over, under a condition.
macro_rules! offered_kits {
    ($condition:literal) => {
        kits!(concat!(
            "k.withdrawn_us IS NULL AND k.tenant <> $2 AND EXISTS (SELECT 1 FROM kit_for f WHERE f.kit = k.id
                 AND (f.tenant = $2 OR f.segment IN (SELECT p.segment FROM project p JOIN org o ON o.id = p.org
                     WHERE o.slug = $3 AND p.state <> 'withdrawn'))) AND ",
            $condition
        ))
    };
}

/// Kits of firms that take part in a programme (`$2`).
const CASES: &str = kits!(
    "k.withdrawn_us IS NULL AND EXISTS (SELECT 1 FROM project p INDEXED BY project_org
         WHERE p.org = t.org AND p.programme = $2 AND p.state <> 'withdrawn')"
);

/// Who took a kit (`$1`) over; `$3` seconds before that, and since the second `$4`, are compared.
const ADOPTIONS: &str = concat!(
    "SELECT t.slug, t.name AS firm, a.at_us, ",
    signer!("p"),
    " AS by, a.subscribed, a.made,
             (SELECT CAST(coalesce(sum(u.calls), 0) AS BIGINT) FROM usage_day u WHERE u.tenant = a.tenant
                 AND u.module IN (SELECT value FROM json_each(k.modules))
                 AND u.day < date(a.at_us / 1000000, 'unixepoch')
                     AND u.day >= date(a.at_us / 1000000 - $3, 'unixepoch'))
                 AS calls_before,
             (SELECT CAST(coalesce(sum(u.calls), 0) AS BIGINT) FROM usage_day u WHERE u.tenant = a.tenant
                 AND u.module IN (SELECT value FROM json_each(k.modules))
                 AND u.day >= date(a.at_us / 1000000, 'unixepoch') AND u.day > date($4, 'unixepoch')) AS calls_now
         FROM kit_adoption a JOIN kit k ON k.id = a.kit JOIN tenant t ON t.id = a.tenant JOIN person p ON p.id = a.by
         WHERE a.kit = $1 ORDER BY a.at_us DESC, t.slug LIMIT $2"
);

/// Every list of this file, for whoever asks whether an engine takes it.
#[cfg(test)]
pub(crate) fn statements() -> impl Iterator<Item = &'static str> {
    [kits!("k.tenant = $2 AND k.id = $3"), offered_kits!("k.id = $4"), CASES, ADOPTIONS].into_iter()
}

/// Publishes a kit of `tenant`. The same kit again changes nothing.
///
/// # Errors
/// [`ProofError::NotProven`], [`ProofError::Kit`]; a firm or segment that is none; a limit.
pub async fn publish(
    catalog: &Catalog,
    tenant: &Tenant,
    new: &NewKit,
    by: &PersonId,
    now: Instant,
    chance: &dyn Chance,
) -> Result<KitRow, ProofError> {
    let (payload, key) = proof::open(catalog, PAYLOAD, &new.envelope).await?;
    let kit = Kit::read(&payload).map_err(ProofError::Kit)?;
    if kit.firm.id != tenant.id.as_str() {
        return Err(ProofError::Kit("the kit is another firm's".to_owned()));
    }
    is_set_up(catalog, &kit).await?;
    let whom = whom(catalog, tenant, new).await?;
    let (id, sha256) = (new_id(now, chance), sha256_hex(&payload));
    let mut writing = catalog.writing(now).await?;
    let known = sqlx::query_as("SELECT id FROM kit WHERE tenant = $1 AND sha256 = $2 AND withdrawn_us IS NULL");
    let known: Option<(String,)> = known.bind(&tenant.id).bind(&sha256).fetch_optional(writing.connection()).await?;
    if let Some((known,)) = known {
        drop(writing);
        return Ok(of_tenant(catalog, &tenant.id, &known).await?);
    }
    let count = sqlx::query_as("SELECT count(*) FROM kit WHERE tenant = $1 AND withdrawn_us IS NULL").bind(&tenant.id);
    let (count,): (i64,) = count.fetch_one(writing.connection()).await?;
    if count >= KITS {
        return Err(CatalogError::Limit(format!("a firm publishes at most {KITS} kits; withdraw one")).into());
    }
    let modules: Vec<_> = kit.modules.iter().map(|module| &module.module).collect();
    let rows = kit.lists.iter().map(|list| list.rows.len()).sum::<usize>() + kit.mapping.len();
    sqlx::query(
        "INSERT INTO kit (id, tenant, title, sha256, signer, envelope, modules, rows, published_by, published_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&id)
    .bind(&tenant.id)
    .bind(&kit.title)
    .bind(&sha256)
    .bind(&key.key_id)
    .bind(&new.envelope)
    .bind(json!(modules).to_string())
    .bind(i64::try_from(rows).unwrap_or(i64::MAX))
    .bind(by)
    .bind(now.0)
    .execute(writing.connection())
    .await?;
    for (tenant, segment) in &whom {
        let insert = sqlx::query("INSERT INTO kit_for (kit, tenant, segment) VALUES ($1, $2, $3)");
        insert.bind(&id).bind(tenant).bind(segment).execute(writing.connection()).await?;
    }
    let detail = json!({"kit": id, "sha256": sha256, "tenants": new.tenants, "segments": new.segments});
    let subject = tenant.id.as_str();
    writing.commit(Line { actor: by.as_str(), act: "kit.publish", subject, detail }).await?;
    Ok(of_tenant(catalog, &tenant.id, &id).await?)
}

/// Every row is what an approved version of its module declares as set-up.
async fn is_set_up(catalog: &Catalog, kit: &Kit) -> Result<(), ProofError> {
    for module in &kit.modules {
        let version = catalog.version(&Viewer::default(), &module.module, &module.version).await;
        let version = match version {
            Ok(version) if version.digest == module.digest => version,
            Ok(_) | Err(CatalogError::NotFound(_)) => {
                let named = format!("`{}` {}", module.module, module.version);
                return Err(ProofError::Kit(format!("{named} is no approved version of the marketplace")));
            }
            Err(error) => return Err(error.into()),
        };
        let flaw = kit.lists_of(&module.module).find_map(|list| list.flaw(&version.manifest, &version.listing.set_up));
        if let Some(flaw) = flaw {
            return Err(ProofError::Kit(flaw));
        }
    }
    Ok(())
}

/// Whom it is for: tenants by id, segments by code.
async fn whom(
    catalog: &Catalog,
    own: &Tenant,
    new: &NewKit,
) -> Result<Vec<(Option<TenantId>, Option<String>)>, ProofError> {
    let (tenants, segments): (BTreeSet<_>, BTreeSet<_>) = (new.tenants.iter().collect(), new.segments.iter().collect());
    if tenants.is_empty() && segments.is_empty() {
        return Err(ProofError::input("/tenants", "say whom it is for: firms by their slugs, or segments"));
    }
    if tenants.len() + segments.len() > KIT_FOR {
        return Err(ProofError::input("/tenants", format!("at most {KIT_FOR} firms and segments")));
    }
    let mut whom = Vec::new();
    for slug in tenants {
        match catalog.tenant(slug).await {
            Ok(tenant) if tenant.id == own.id => return Err(ProofError::input("/tenants", "the firm itself has it")),
            // Whether a factory exists is told by a slug that works; who guesses one has shown a kit to a stranger.
            Ok(tenant) => whom.push((Some(tenant.id), None)),
            Err(CatalogError::NotFound(_)) => {
                return Err(ProofError::input("/tenants", format!("there is no factory `{slug}`")));
            }
            Err(error) => return Err(error.into()),
        }
    }
    for code in segments {
        let known = sqlx::query_as("SELECT code FROM segment WHERE code = $1 AND retired_us IS NULL").bind(code);
        let known: Option<(String,)> = known.fetch_optional(catalog.reading()).await?;
        let (code,) = known.ok_or_else(|| ProofError::input("/segments", format!("there is no segment `{code}`")))?;
        whom.push((None, Some(code)));
    }
    Ok(whom)
}

/// Kits that a factory published, the newest first.
///
/// # Errors
/// The database.
pub async fn own(catalog: &Catalog, tenant: &TenantId) -> Result<Vec<KitRow>, CatalogError> {
    let rows = sqlx::query_as(kits!("k.tenant = $2")).bind(KITS_LISTED).bind(tenant);
    Ok(rows.fetch_all(catalog.reading()).await?)
}

/// Kits that a factory may take over, the newest first.
///
/// # Errors
/// The database.
pub async fn offered(catalog: &Catalog, tenant: &Tenant) -> Result<Vec<KitRow>, CatalogError> {
    let rows = sqlx::query_as(offered_kits!("true")).bind(KITS_LISTED).bind(&tenant.id).bind(&tenant.org);
    Ok(rows.fetch_all(catalog.reading()).await?)
}

/// Kits of firms that take part in a programme, the newest first: what others may learn from.
///
/// # Errors
/// The database.
pub async fn cases(catalog: &Catalog, programme: &str) -> Result<Vec<KitRow>, CatalogError> {
    let rows = sqlx::query_as(catalog.engine().text(CASES));
    Ok(rows.bind(KITS_LISTED).bind(programme).fetch_all(catalog.reading()).await?)
}

/// A kit that a factory may take over, or its own; with its envelope and the registry's record of the key.
///
/// # Errors
/// [`CatalogError::NotFound`].
pub async fn page(catalog: &Catalog, tenant: &Tenant, id: &str) -> Result<(KitRow, String, String), CatalogError> {
    let own = sqlx::query_as(kits!("k.tenant = $2 AND k.id = $3")).bind(1).bind(&tenant.id).bind(id);
    let mut found: Option<KitRow> = own.fetch_optional(catalog.reading()).await?;
    if found.is_none() {
        let offered = sqlx::query_as(offered_kits!("k.id = $4"));
        let offered = offered.bind(1).bind(&tenant.id).bind(&tenant.org).bind(id);
        found = offered.fetch_optional(catalog.reading()).await?;
    }
    let row = found.ok_or(CatalogError::NotFound("kit"))?;
    let envelope = sqlx::query_as("SELECT envelope FROM kit WHERE id = $1").bind(id);
    let (envelope,): (String,) = envelope.fetch_one(catalog.reading()).await?;
    let key = catalog.host_key(&row.signer).await?;
    Ok((row, envelope, key.record))
}

async fn of_tenant(catalog: &Catalog, tenant: &TenantId, id: &str) -> Result<KitRow, CatalogError> {
    let row = sqlx::query_as(kits!("k.tenant = $2 AND k.id = $3")).bind(1).bind(tenant).bind(id);
    row.fetch_optional(catalog.reading()).await?.ok_or(CatalogError::NotFound("kit"))
}

/// Nobody takes it over any more; who did keeps what they have.
///
/// # Errors
/// [`CatalogError::NotFound`].
pub async fn withdraw(
    catalog: &Catalog,
    tenant: &Tenant,
    id: &str,
    by: &PersonId,
    now: Instant,
) -> Result<(), CatalogError> {
    let mut writing = catalog.writing(now).await?;
    let end = sqlx::query("UPDATE kit SET withdrawn_us = $1 WHERE id = $2 AND tenant = $3 AND withdrawn_us IS NULL");
    let end = end.bind(now.0).bind(id).bind(&tenant.id).execute(writing.connection()).await?;
    if end.rows_affected() == 0 {
        return Err(CatalogError::NotFound("kit"));
    }
    let (subject, detail) = (tenant.id.as_str(), json!({"kit": id}));
    writing.commit(Line { actor: by.as_str(), act: "kit.withdraw", subject, detail }).await
}

/// What a factory says of taking a kit over.
#[derive(Clone, Debug)]
pub struct NewAdoption {
    pub sha256: String,
    pub subscribed: Vec<String>,
    pub made: i64,
}

/// Notes that a factory took a kit over. Said again, the larger figures count.
///
/// # Errors
/// [`CatalogError::NotFound`]; another kit than the one that it names.
pub async fn adopted(
    catalog: &Catalog,
    tenant: &Tenant,
    id: &str,
    new: &NewAdoption,
    by: &PersonId,
    now: Instant,
) -> Result<(), ProofError> {
    let (row, ..) = page(catalog, tenant, id).await?;
    if row.sha256 != new.sha256 {
        return Err(ProofError::input("/sha256", "this is not the hash of the kit"));
    }
    let modules: Vec<String> = serde_json::from_str(&row.modules).unwrap_or_default();
    if !(0..=row.rows).contains(&new.made) || new.subscribed.iter().any(|name| !modules.contains(name)) {
        return Err(ProofError::input("/made", "at most what the kit holds"));
    }
    let mut writing = catalog.writing(now).await?;
    let subscribed = json!(new.subscribed).to_string();
    sqlx::query(
        "INSERT INTO kit_adoption (kit, tenant, at_us, by, subscribed, made) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (kit, tenant) DO UPDATE SET
             made = CASE WHEN kit_adoption.made >= $6 THEN kit_adoption.made ELSE $6 END,
             subscribed = CASE WHEN json_array_length(kit_adoption.subscribed) >= json_array_length($5)
                 THEN kit_adoption.subscribed ELSE $5 END",
    )
    .bind(id)
    .bind(&tenant.id)
    .bind(now.0)
    .bind(by)
    .bind(&subscribed)
    .bind(new.made)
    .execute(writing.connection())
    .await?;
    let detail = json!({"kit": id, "subscribed": new.subscribed, "made": new.made});
    let subject = tenant.id.as_str();
    Ok(writing.commit(Line { actor: by.as_str(), act: "kit.adopt", subject, detail }).await?)
}

/// Who took a kit over, the newest first, with how much they used its modules in the thirty days before and the last
/// thirty. For the firm that it comes from.
///
/// # Errors
/// [`CatalogError::NotFound`].
pub async fn adoptions(
    catalog: &Catalog,
    tenant: &TenantId,
    id: &str,
    now: Instant,
) -> Result<Vec<AdoptionRow>, CatalogError> {
    of_tenant(catalog, tenant, id).await?;
    let rows = sqlx::query_as(ADOPTIONS);
    let compared_s = COMPARED_DAYS * DAY_US / 1_000_000;
    let rows = rows.bind(id).bind(ADOPTIONS_LISTED).bind(compared_s).bind(now.0 / 1_000_000 - compared_s);
    Ok(rows.fetch_all(catalog.reading()).await?)
}
