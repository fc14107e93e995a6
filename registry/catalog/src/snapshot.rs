//! What hosts need to know about all tenants, read at one moment.

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::ids::{DeviceId, PersonId, TenantId};
use crate::plans::ReadOnly;
use crate::retention::{self, ReadingsKept};
use crate::values::Flag;
use std::collections::BTreeMap;
use toolcrib_contract::Capability;
use toolcrib_contract::consent::Scope;
use toolcrib_contract::limits::ACCESS_TOKEN_S;
use toolcrib_contract::types::Instant;
use toolcrib_trust::token::SKEW_S;

/// Everything that is in a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Entitlements {
    pub seq: u64,
    /// The number of the newest revocation list.
    pub revocations: u64,
    pub tenants: Vec<SnapshotTenant>,
    pub cutoffs: Vec<Cutoff>,
}

/// One tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotTenant {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub active: bool,
    pub modules: Vec<Entitlement>,
    pub devices: Vec<SnapshotDevice>,
    /// For how long its readings are kept, by the plans that say so.
    pub readings: Vec<ReadingsKept>,
}

/// One subscription. What proves its version lies with the component.
#[derive(Clone, Debug, PartialEq)]
pub struct Entitlement {
    pub module: String,
    pub version: String,
    pub digest: String,
    pub grants: Vec<Capability>,
    /// What narrows some of the grants.
    pub scopes: Vec<Scope>,
    /// When it can only be read, because of what the tenant pays for.
    pub read_only: Option<ReadOnly>,
}

/// A device and the hashes of its token and certificate.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SnapshotDevice {
    pub id: DeviceId,
    pub name: String,
    pub token_sha256: String,
    #[sqlx(try_from = "crate::Flag")]
    pub active: bool,
    pub certificate_sha256: Option<String>,
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    tenant: TenantId,
    #[sqlx(flatten)]
    device: SnapshotDevice,
}

/// Access tokens of this person from before this second are void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cutoff {
    pub person: PersonId,
    pub issued_before_s: u64,
}

type TenantRow = (TenantId, String, String, String, Flag);

#[derive(sqlx::FromRow)]
struct Subscribed {
    tenant: TenantId,
    module: String,
    version: String,
    digest: String,
    grants: String,
    scopes: String,
    /// The end of a trial; since when a cap is used up.
    until_us: Option<i64>,
    over_us: Option<i64>,
}

impl Catalog {
    /// # Errors
    /// The database.
    pub async fn entitlements(&self, now: Instant) -> Result<Entitlements, CatalogError> {
        // One transaction: number and content belong together.
        let mut read = self.readers.begin().await?;
        let (seq, revocations): (i64, i64) =
            sqlx::query_as("SELECT seq, (SELECT seq FROM revocation_head) FROM head").fetch_one(&mut *read).await?;
        let tenants: Vec<TenantRow> =
            sqlx::query_as("SELECT id, slug, name, time_zone, active FROM tenant ORDER BY id")
                .fetch_all(&mut *read)
                .await?;
        let subscribed: Vec<Subscribed> = sqlx::query_as(
            "SELECT c.tenant, c.module, s.version, s.digest, c.grants, c.scopes, p.until_us, o.since_us AS over_us
             FROM subscription c JOIN submission s ON s.id = c.submission
                 LEFT JOIN chosen_plan p ON p.tenant = c.tenant AND p.module = c.module AND p.ended_us IS NULL
                 LEFT JOIN over_cap o ON o.tenant = c.tenant AND o.module = c.module
             WHERE c.ended_us IS NULL AND s.state = 'approved' ORDER BY c.module",
        )
        .fetch_all(&mut *read)
        .await?;
        let devices: Vec<DeviceRow> = sqlx::query_as(
            "SELECT tenant, id, name, token_sha256, disabled_us IS NULL AS active, certificate_sha256
             FROM device WHERE removed_us IS NULL ORDER BY added_us, id",
        )
        .fetch_all(&mut *read)
        .await?;
        let readings = retention::all(&mut read, now).await?;
        // Tokens from before older ones have expired by themselves.
        let oldest_s = now.0.div_euclid(1_000_000) - (ACCESS_TOKEN_S + SKEW_S).cast_signed();
        let cutoffs =
            sqlx::query_as(self.engine.text(
                "SELECT id, void_before_s FROM person INDEXED BY person_void WHERE void_before_s > $1 ORDER BY id",
            ));
        let cutoffs: Vec<(PersonId, i64)> = cutoffs.bind(oldest_s).fetch_all(&mut *read).await?;
        drop(read);
        Ok(Entitlements {
            seq: seq.cast_unsigned(),
            revocations: revocations.cast_unsigned(),
            tenants: assemble(tenants, subscribed, devices, readings)?,
            cutoffs: cutoffs
                .into_iter()
                .map(|(person, before_s)| Cutoff { person, issued_before_s: before_s.cast_unsigned() })
                .collect(),
        })
    }
}

fn assemble(
    tenants: Vec<TenantRow>,
    subscribed: Vec<Subscribed>,
    devices: Vec<DeviceRow>,
    readings: Vec<(TenantId, ReadingsKept)>,
) -> Result<Vec<SnapshotTenant>, CatalogError> {
    let mut by_id: BTreeMap<TenantId, SnapshotTenant> = BTreeMap::new();
    for (id, slug, name, time_zone, Flag(active)) in tenants {
        let (modules, devices, readings) = (Vec::new(), Vec::new(), Vec::new());
        by_id.insert(id.clone(), SnapshotTenant { id, slug, name, time_zone, active, modules, devices, readings });
    }
    for row in subscribed {
        let damaged = |error: serde_json::Error| CatalogError::damaged("a consent", &error);
        let grants = serde_json::from_str(&row.grants).map_err(damaged)?;
        let scopes = serde_json::from_str(&row.scopes).map_err(damaged)?;
        // A cap of a month that is over says nothing: its end says so to hosts, too.
        let over = row.over_us.and_then(|since| ReadOnly::over_cap(Instant(since)));
        let read_only = row.until_us.map(|until| ReadOnly::after_trial(Instant(until))).or(over);
        let Subscribed { module, version, digest, .. } = row;
        let entitlement = Entitlement { module, version, digest, grants, scopes, read_only };
        if let Some(tenant) = by_id.get_mut(&row.tenant) {
            tenant.modules.push(entitlement);
        }
    }
    for DeviceRow { tenant, device } in devices {
        if let Some(tenant) = by_id.get_mut(&tenant) {
            tenant.devices.push(device);
        }
    }
    for (tenant, kept) in readings {
        if let Some(tenant) = by_id.get_mut(&tenant) {
            tenant.readings.push(kept);
        }
    }
    Ok(by_id.into_values().collect())
}
