//! Machines and gateways that may post readings. Only the hash of a device's token, and of its certificate, is kept.

use crate::catalog::Catalog;
use crate::change::Line;
use crate::error::CatalogError;
use crate::ids::{DeviceId, PersonId, TenantId};
use crate::input::Check;
use serde_json::json;
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::Chance;
use toolcrib_trust::secret;

/// Devices of one tenant.
pub const DEVICES: i64 = 1_000;

/// A machine or gateway.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Device {
    pub id: DeviceId,
    pub name: String,
    /// Switched off, it keeps its name, token and certificate, and no host lets it in.
    #[sqlx(try_from = "crate::Flag")]
    pub active: bool,
    /// Hex of the SHA-256 of its client certificate.
    pub certificate_sha256: Option<String>,
}

/// What is read of a device.
macro_rules! columns {
    () => {
        "id, name, disabled_us IS NULL AS active, certificate_sha256"
    };
}

/// Sets one column of a device that is there, and reads it.
macro_rules! set {
    ($column:literal) => {
        concat!(
            "UPDATE device SET ",
            $column,
            " = $1 WHERE id = $2 AND tenant = $3 AND removed_us IS NULL RETURNING ",
            columns!()
        )
    };
}

impl Catalog {
    /// Adds a device. Returns it, its token (shown once) and the snapshot number.
    ///
    /// # Errors
    /// A name that is not acceptable; more than [`DEVICES`].
    pub async fn add_device(
        &self,
        tenant: &TenantId,
        name: &str,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(Device, String, u64), CatalogError> {
        let mut check = Check::default();
        check.name("/name", name);
        check.done()?;
        let mut change = self.change(now).await?;
        let count = sqlx::query_as("SELECT count(*) FROM device WHERE tenant = $1 AND removed_us IS NULL").bind(tenant);
        let (count,): (i64,) = count.fetch_one(change.connection()).await?;
        if count >= DEVICES {
            return Err(CatalogError::Limit(format!("a tenant has at most {DEVICES} devices; remove one")));
        }
        let (id, token) = (DeviceId::generate(now, chance), secret::generate(secret::DEVICE, chance));
        sqlx::query("INSERT INTO device (id, tenant, name, token_sha256, added_us) VALUES ($1, $2, $3, $4, $5)")
            .bind(&id)
            .bind(tenant)
            .bind(name)
            .bind(secret::hash(&token))
            .bind(now.0)
            .execute(change.connection())
            .await?;
        change.concerns_hosts();
        let detail = json!({"device": id.as_str(), "name": name});
        let line = Line { actor: by.as_str(), act: "device.add", subject: tenant.as_str(), detail };
        let seq = change.commit(line).await?;
        Ok((Device { id, name: name.to_owned(), active: true, certificate_sha256: None }, token, seq))
    }

    /// Gives a device another token: the one before is void from the snapshot with the returned number on. The new one is
    /// shown once.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn rotate_device(
        &self,
        tenant: &TenantId,
        device: &DeviceId,
        by: &PersonId,
        now: Instant,
        chance: &dyn Chance,
    ) -> Result<(Device, String, u64), CatalogError> {
        let token = secret::generate(secret::DEVICE, chance);
        let mut change = self.change(now).await?;
        let rotate = sqlx::query_as(set!("token_sha256")).bind(secret::hash(&token)).bind(device).bind(tenant);
        let rotated: Option<Device> = rotate.fetch_optional(change.connection()).await?;
        let rotated = rotated.ok_or(CatalogError::NotFound("device"))?;
        change.concerns_hosts();
        let detail = json!({"device": device.as_str()});
        let line = Line { actor: by.as_str(), act: "device.rotate", subject: tenant.as_str(), detail };
        let seq = change.commit(line).await?;
        Ok((rotated, token, seq))
    }

    /// Oldest first.
    ///
    /// # Errors
    /// The database.
    pub async fn devices(&self, tenant: &TenantId) -> Result<Vec<Device>, CatalogError> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM device WHERE tenant = $1 AND removed_us IS NULL ORDER BY added_us, id"
        );
        Ok(sqlx::query_as(sql).bind(tenant).fetch_all(&self.readers).await?)
    }

    /// Switches a device off, or on again: from the snapshot with the returned number on, hosts do not let it in, or do.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn switch_device(
        &self,
        tenant: &TenantId,
        device: &DeviceId,
        on: bool,
        by: &PersonId,
        now: Instant,
    ) -> Result<(Device, u64), CatalogError> {
        let switch = sqlx::query_as(set!("disabled_us")).bind((!on).then_some(now.0)).bind(device).bind(tenant);
        let mut change = self.change(now).await?;
        let switched: Option<Device> = switch.fetch_optional(change.connection()).await?;
        let switched = switched.ok_or(CatalogError::NotFound("device"))?;
        change.concerns_hosts();
        let (act, detail) = (if on { "device.enable" } else { "device.disable" }, json!({"device": device.as_str()}));
        let seq = change.commit(Line { actor: by.as_str(), act, subject: tenant.as_str(), detail }).await?;
        Ok((switched, seq))
    }

    /// Gives a device a client certificate by its fingerprint (64 hex digits), or takes it away. One at a time: another
    /// replaces it from the snapshot with the returned number on.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn certify_device(
        &self,
        tenant: &TenantId,
        device: &DeviceId,
        certificate_sha256: Option<&str>,
        by: &PersonId,
        now: Instant,
    ) -> Result<(Device, u64), CatalogError> {
        let certify = sqlx::query_as(set!("certificate_sha256")).bind(certificate_sha256).bind(device).bind(tenant);
        let mut change = self.change(now).await?;
        let certified: Option<Device> = certify.fetch_optional(change.connection()).await?;
        let certified = certified.ok_or(CatalogError::NotFound("device"))?;
        change.concerns_hosts();
        let detail = json!({"device": device.as_str(), "certificate_sha256": certificate_sha256});
        let line = Line { actor: by.as_str(), act: "device.certify", subject: tenant.as_str(), detail };
        let seq = change.commit(line).await?;
        Ok((certified, seq))
    }

    /// The device's token is void from the snapshot with the returned number on.
    ///
    /// # Errors
    /// [`CatalogError::NotFound`].
    pub async fn remove_device(
        &self,
        tenant: &TenantId,
        device: &DeviceId,
        by: &PersonId,
        now: Instant,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let remove =
            sqlx::query("UPDATE device SET removed_us = $1 WHERE id = $2 AND tenant = $3 AND removed_us IS NULL");
        let remove = remove.bind(now.0).bind(device).bind(tenant);
        if remove.execute(change.connection()).await?.rows_affected() == 0 {
            return Err(CatalogError::NotFound("device"));
        }
        change.concerns_hosts();
        let detail = json!({"device": device.as_str()});
        change.commit(Line { actor: by.as_str(), act: "device.remove", subject: tenant.as_str(), detail }).await
    }
}
