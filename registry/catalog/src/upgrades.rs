//! How a tenant comes to a new version: by itself inside its consent, by agreeing to the difference, or not at all; and
//! back again.

use crate::back::obstacle;
use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::consent::{agreed, all_missing, difference, inherited, scoped};
use crate::error::CatalogError;
use crate::ids::{PersonId, TenantId};
use crate::state::State;
use crate::subscriptions::{Agreement, Kind, NewConsent, Subscription, check_shown};
use crate::values::Flag;
use crate::versions::{Approved, approved, pick};
use semver::Version;
use serde_json::json;
use std::collections::BTreeMap;
use toolcrib_contract::Capability;
use toolcrib_contract::capability::wanted;
use toolcrib_contract::consent::{Page, asks};
use toolcrib_contract::types::Instant;
use toolcrib_trust::digest::sha256_hex;

/// How a tenant takes new versions of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// By itself, inside what was agreed to.
    Auto,
    /// Only when somebody agrees.
    Ask,
}

crate::texts!(Policy {
    Auto = "auto",
    Ask = "ask",
});

/// A policy, and whether the tenant stays at its version whatever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uptake {
    pub policy: Policy,
    pub pinned: bool,
}

impl Default for Uptake {
    fn default() -> Self {
        Self { policy: Policy::Auto, pinned: false }
    }
}

/// Why a new version waits for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Its major version is another: data, operations or events changed.
    Major,
    /// It cannot work without something that was not agreed to.
    AsksMore,
    /// The tenant wants to be asked.
    Policy,
    Pinned,
}

impl Waits {
    /// The text on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::AsksMore => "asks_more",
            Self::Policy => "policy",
            Self::Pinned => "pinned",
        }
    }
}

/// How a subscription stands to newer versions.
#[derive(Clone, Debug)]
pub struct Upgrade {
    pub version: String,
    pub uptake: Uptake,
    /// The newest version that the tenant may take; none when it has it.
    pub offer: Option<Offer>,
}

/// A newer version.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Only what the version asks for beyond the consent.
    pub page: Page,
    /// Of the page.
    pub sha256: String,
    /// What was agreed to and is not asked for any more.
    pub dropped: Vec<Capability>,
    /// Empty when it is taken by itself.
    pub waits: Vec<Waits>,
}

impl Catalog {
    /// What a tenant would agree to with the newest version that it may take.
    ///
    /// # Errors
    /// No subscription.
    pub async fn upgrade(&self, tenant: &TenantId, module: &str, now: Instant) -> Result<Upgrade, CatalogError> {
        // Read where it is written: what is shown is what an agreement is held against.
        let mut change = self.change(now).await?;
        let current = change.subscribed(tenant, module).await?;
        let uptake = change.uptake(tenant, module).await?;
        let offer = match change.newest_for(&current).await? {
            Some(version) => Some(offer(&current, uptake, &version)?),
            None => None,
        };
        Ok(Upgrade { version: current.version, uptake, offer })
    }

    /// Agrees to what a new version asks for beyond the consent. `agreement.grants` are the new ones only.
    ///
    /// # Errors
    /// No subscription, no such newer version, consent that is missing or that nobody asked for, another page shown.
    pub async fn agree_to_upgrade(
        &self,
        tenant: &TenantId,
        agreement: &Agreement,
        by: &PersonId,
        now: Instant,
    ) -> Result<Subscription, CatalogError> {
        let mut change = self.change(now).await?;
        let module = &agreement.module;
        let current = change.subscribed(tenant, module).await?;
        let version = match &agreement.version {
            Some(version) => pick(approved(change.connection(), module).await?, Some(version))?,
            None => change.newest_for(&current).await?.ok_or(CatalogError::NotFound("newer version of this module"))?,
        };
        if !version.state.is_offered() {
            return Err(version.withdrawn());
        }
        if version.semver <= semver(&current.version)? {
            return Err(CatalogError::WrongState(format!("{module} is at {} already", current.version)));
        }
        let uptake = change.uptake(tenant, module).await?;
        let shown = offer(&current, uptake, &version)?.page.canonical();
        check_shown(agreement.shown.as_deref(), &shown)?;
        let manifest = version.manifest()?;
        let mut grants = inherited(&wanted(&manifest), &current.grants);
        grants.extend(agreement.grants.iter().cloned());
        let (_, grants) = agreed(&manifest, &grants)?;
        let kept = current.scopes.iter().filter(|scope| grants.contains(&scope.capability)).cloned();
        let said = |capability: &Capability| agreement.scopes.iter().any(|scope| scope.capability == *capability);
        let scopes: Vec<_> =
            kept.filter(|scope| !said(&scope.capability)).chain(agreement.scopes.iter().cloned()).collect();
        let scopes = scoped(&grants, &scopes)?;
        let made = NewConsent { tenant, version: &version, kind: Kind::Upgrade, grants, scopes, shown, by };
        change.consent(made, Some(&current)).await?;
        change.finish_consent(tenant, module, by).await
    }

    /// Says how a tenant takes new versions. What it may take by itself now, it takes. Returns the snapshot number.
    ///
    /// # Errors
    /// No subscription.
    pub async fn set_uptake(
        &self,
        tenant: &TenantId,
        module: &str,
        uptake: Uptake,
        by: &PersonId,
        now: Instant,
    ) -> Result<u64, CatalogError> {
        let mut change = self.change(now).await?;
        let current = change.subscribed(tenant, module).await?;
        change.put_uptake(tenant, module, uptake, by).await?;
        let versions = approved(change.connection(), module).await?;
        change.take_up_one(&current, uptake, &versions, &mut BTreeMap::new()).await?;
        let detail = json!({"module": module, "policy": policy(uptake), "pinned": uptake.pinned});
        change.commit(Line { actor: by.as_str(), act: "subscription.policy", subject: tenant.as_str(), detail }).await
    }

    /// Back to the version before, and stay there: one call, in force as soon as hosts know.
    ///
    /// # Errors
    /// There is none, or the rows written since keep from going back: the reason is told.
    pub async fn roll_back(
        &self,
        tenant: &TenantId,
        module: &str,
        by: &PersonId,
        now: Instant,
    ) -> Result<Subscription, CatalogError> {
        let mut change = self.change(now).await?;
        let current = change.subscribed(tenant, module).await?;
        change.go_back(&current, by).await?;
        let uptake = change.uptake(tenant, module).await?;
        change.put_uptake(tenant, module, Uptake { pinned: true, ..uptake }, by).await?;
        change.finish_consent(tenant, module, by).await
    }
}

fn policy(uptake: Uptake) -> &'static str {
    match uptake.policy {
        Policy::Auto => "auto",
        Policy::Ask => "ask",
    }
}

fn semver(version: &str) -> Result<Version, CatalogError> {
    Version::parse(version).map_err(|_| CatalogError::Damaged(format!("the version `{version}` of a consent")))
}

/// A newer version as it is shown to somebody who has an older one.
fn offer(current: &Subscription, uptake: Uptake, version: &Approved) -> Result<Offer, CatalogError> {
    let asked = wanted(&version.manifest()?);
    let (new, dropped) = difference(&current.wanted, &current.grants, &asked);
    let page = Page { from: Some(current.version.clone()), asks: asks(new), ..version.page()? };
    let more = !all_missing(&asked, &current.grants).is_empty();
    let waits = [
        (!version.continues(&semver(&current.version)?), Waits::Major),
        (more, Waits::AsksMore),
        (uptake.policy == Policy::Ask, Waits::Policy),
        (uptake.pinned, Waits::Pinned),
    ];
    let waits = waits.into_iter().filter(|(holds, _)| *holds).map(|(_, why)| why).collect();
    let sha256 = sha256_hex(page.canonical().as_bytes());
    Ok(Offer { page, sha256, dropped, waits })
}

/// What each version asks for, read once for all tenants.
type Asked = BTreeMap<String, Vec<toolcrib_contract::capability::Wanted>>;

impl Change {
    pub(crate) async fn uptake(&mut self, tenant: &TenantId, module: &str) -> Result<Uptake, CatalogError> {
        let query = sqlx::query_as("SELECT policy, pinned FROM upgrade_policy WHERE tenant = $1 AND module = $2");
        let row: Option<(Policy, Flag)> = query.bind(tenant).bind(module).fetch_optional(self.connection()).await?;
        Ok(row.map_or_else(Uptake::default, |(policy, Flag(pinned))| Uptake { policy, pinned }))
    }

    async fn put_uptake(
        &mut self,
        tenant: &TenantId,
        module: &str,
        uptake: Uptake,
        by: &PersonId,
    ) -> Result<(), CatalogError> {
        let now = self.now.0;
        sqlx::query(
            "INSERT INTO upgrade_policy (tenant, module, policy, pinned, set_by, set_us) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant, module) DO UPDATE SET policy = excluded.policy, pinned = excluded.pinned,
                 set_by = excluded.set_by, set_us = excluded.set_us",
        )
        .bind(tenant)
        .bind(module)
        .bind(uptake.policy)
        .bind(i64::from(uptake.pinned))
        .bind(by)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The newest version that a subscriber may take; none when it has that.
    async fn newest_for(&mut self, current: &Subscription) -> Result<Option<Approved>, CatalogError> {
        let version = semver(&current.version)?;
        let all = approved(self.connection(), &current.module).await?;
        let newer = |known: &Approved| {
            let wanted = known.semver.pre.is_empty() || !version.pre.is_empty();
            known.semver > version && wanted && known.has_reached(&current.tenant)
        };
        Ok(all.into_iter().rfind(newer))
    }

    /// Gives every subscriber of a module the newest version that it may take by itself. Returns how many moved.
    pub(crate) async fn take_up(&mut self, module: &str) -> Result<u64, CatalogError> {
        let (versions, mut asked, mut moved) = (approved(self.connection(), module).await?, Asked::new(), 0);
        for current in self.subscribers(module).await? {
            let uptake = self.uptake(&current.tenant, module).await?;
            moved += u64::from(self.take_up_one(&current, uptake, &versions, &mut asked).await?);
        }
        Ok(moved)
    }

    async fn take_up_one(
        &mut self,
        current: &Subscription,
        uptake: Uptake,
        versions: &[Approved],
        asked: &mut Asked,
    ) -> Result<bool, CatalogError> {
        if uptake.pinned || uptake.policy == Policy::Ask {
            return Ok(false);
        }
        let version = semver(&current.version)?;
        let may_follow = |next: &&Approved| next.continues(&version) && next.has_reached(&current.tenant);
        for next in versions.iter().rev().filter(may_follow) {
            if !asked.contains_key(&next.version) {
                asked.insert(next.version.clone(), wanted(&next.manifest()?));
            }
            let wanted = &asked[&next.version];
            if !all_missing(wanted, &current.grants).is_empty() {
                continue;
            }
            let grants = inherited(wanted, &current.grants);
            let scopes = current.scopes.iter().filter(|scope| grants.contains(&scope.capability)).cloned().collect();
            let (tenant, by, shown) = (&current.tenant, &current.agreed_id, current.shown.clone());
            let made = NewConsent { tenant, version: next, kind: Kind::Auto, grants, scopes, shown, by };
            self.consent(made, Some(current)).await?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Back to the highest earlier version that this subscriber had, with what it has agreed to until today and no more.
    pub(crate) async fn go_back(&mut self, current: &Subscription, by: &PersonId) -> Result<(), CatalogError> {
        let version = semver(&current.version)?;
        let older = |consent: &Subscription| semver(&consent.version).is_ok_and(|older| older < version);
        let before = self.before(current).await?.into_iter().find(older);
        let before = before.ok_or_else(|| {
            CatalogError::WrongState(format!("{} {} is the first version here", current.module, current.version))
        })?;
        let all = approved(self.connection(), &current.module).await?;
        let present = pick(all.clone(), Some(&current.version))?;
        let target = pick(all, Some(&before.version))?;
        if target.state == State::Revoked {
            return Err(target.withdrawn());
        }
        if let Some(why) = obstacle(&present.manifest()?, &target.manifest()?) {
            return Err(CatalogError::WrongState(why));
        }
        // What was taken back since stays taken back; what the newer version did not ask for comes back with the older.
        let asked = |grant: &Capability| current.wanted.iter().any(|wanted| wanted.capability.covers(grant));
        let granted = |grant: &Capability| current.grants.iter().any(|known| known.covers(grant));
        let grants: Vec<_> = before.grants.into_iter().filter(|grant| granted(grant) || !asked(grant)).collect();
        let scopes = before.scopes.into_iter().filter(|scope| grants.contains(&scope.capability)).collect();
        let missing = all_missing(&wanted(&target.manifest()?), &grants);
        if !missing.is_empty() {
            return Err(CatalogError::NotConsented { missing });
        }
        let (tenant, shown) = (&current.tenant, before.shown);
        let made = NewConsent { tenant, version: &target, kind: Kind::Rollback, grants, scopes, shown, by };
        self.consent(made, Some(current)).await
    }
}
