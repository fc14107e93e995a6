//! What one tenant agreed to: the modules that run for it, with which grants.

use crate::invoke::Actor;
use crate::modules::{Installed, Loaded, ModuleGrant, ReadOnly};
use crate::pause::{Halted, Paused};
use crate::retention::ReadingsKept;
use std::sync::Arc;
use toolcrib_contract::problem::{MODULE_PAUSED, MODULE_REVOKED, NOT_FOUND, NOT_SUBSCRIBED, Problem};
use toolcrib_contract::types::{Instant, RawId};

/// A tenant's entitlements as the registry signed them.
#[derive(Clone, Debug)]
pub struct TenantGrant {
    pub id: RawId,
    pub slug: String,
    pub name: String,
    /// IANA time zone of the plant.
    pub time_zone: String,
    /// A suspended tenant keeps its data, and nothing runs.
    pub active: bool,
    pub modules: Vec<ModuleGrant>,
    /// Subscribed, and withdrawn by the registry: not run, and not forgotten.
    pub stopped: Vec<Stopped>,
    pub devices: Vec<DeviceGrant>,
    /// For how long its readings are kept, by the plans that say so.
    pub readings: Vec<ReadingsKept>,
}

/// A module that may not run any more. It keeps its data and its place in the log until another version comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub module: String,
    /// Told to callers.
    pub why: String,
}

/// A machine or gateway that may post readings for a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceGrant {
    pub id: String,
    pub name: String,
    /// SHA-256 of its token.
    pub token_sha256: [u8; 32],
    /// SHA-256 of its client certificate (DER), if it has one.
    pub certificate_sha256: Option<[u8; 32]>,
    /// Switched off, it keeps its name and its readings, and is not let in.
    pub active: bool,
}

/// The same, joined with the loaded modules. Replaced as a whole, in the tenant's turn.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub id: RawId,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub active: bool,
    /// Shared with every tenant that agreed to the same.
    pub installed: Vec<Arc<Installed>>,
    pub stopped: Arc<[Stopped]>,
    /// Modules that can only be read, by name, at some times.
    pub read_only: Arc<[(String, ReadOnly)]>,
    /// Installed, and halted by the tenant itself: not among `installed` then.
    pub halted: Arc<[Halted]>,
    pub devices: Arc<[DeviceGrant]>,
    pub readings: Arc<[ReadingsKept]>,
    /// The number of the entitlements that all this is from.
    pub snapshot: u64,
}

impl Scope {
    /// The module's installation, or why there is none.
    pub fn module(&self, name: &str) -> Result<&Arc<Installed>, Problem> {
        if !self.active {
            return Err(NOT_SUBSCRIBED.because("this tenant is suspended"));
        }
        self.find(name).ok_or_else(|| match (self.stopped(name), self.halted(name)) {
            (Some(stopped), _) => MODULE_REVOKED.because(stopped.why.clone()),
            (None, Some(_)) => MODULE_PAUSED.because(format!("module `{name}`")),
            (None, None) => NOT_SUBSCRIBED.because(format!("module `{}`", name.chars().take(60).collect::<String>())),
        })
    }

    /// Whether this actor may change something by a module's operations now: what runs by itself always may.
    ///
    /// # Errors
    /// The refusal of a module that can only be read, with since when.
    pub fn may_write(&self, name: &str, actor: &Actor, now: Instant) -> Result<(), Problem> {
        let mut held = self.read_only.iter().filter(|_| actor.is_outside());
        match held.find(|(module, read_only)| module == name && read_only.holds(now)) {
            Some((_, read_only)) => {
                Err(read_only.refusal.because(format!("module `{name}`, since {}", read_only.from)))
            }
            None => Ok(()),
        }
    }

    pub fn stopped(&self, name: &str) -> Option<&Stopped> {
        self.stopped.iter().find(|stopped| stopped.module == name)
    }

    pub fn halted(&self, name: &str) -> Option<&Halted> {
        self.halted.iter().find(|halted| halted.installed.module.manifest.module == name)
    }

    /// The module whose records others may read: it need not run for that.
    pub fn owner(&self, name: &str) -> Option<&Arc<Installed>> {
        self.find(name).or_else(|| self.halted(name).map(|halted| &halted.installed))
    }

    pub fn find(&self, name: &str) -> Option<&Arc<Installed>> {
        self.installed.iter().find(|installed| installed.module.manifest.module == name)
    }
}

/// The problem of a tenant that does not exist or is not the caller's: the same for both.
pub(crate) fn no_such_tenant() -> Problem {
    NOT_FOUND.because("no such tenant")
}

/// What people may see of a tenant.
#[derive(Clone, Debug)]
pub struct TenantView {
    pub id: RawId,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub active: bool,
    pub modules: Vec<Arc<Loaded>>,
    /// Subscribed, and withdrawn by the registry.
    pub stopped: Arc<[Stopped]>,
    /// Installed, and halted by the tenant.
    pub paused: Vec<Paused>,
    /// Shared: every request looks at its tenant.
    pub devices: Arc<[DeviceGrant]>,
    /// Modules that can only be read, by name, at some times.
    pub read_only: Arc<[(String, ReadOnly)]>,
}

impl TenantView {
    pub(crate) fn of(scope: &Scope) -> Self {
        Self {
            id: scope.id,
            slug: scope.slug.clone(),
            name: scope.name.clone(),
            time_zone: scope.time_zone.clone(),
            active: scope.active,
            modules: scope.installed.iter().map(|installed| installed.module.clone()).collect(),
            stopped: scope.stopped.clone(),
            paused: scope.halted.iter().map(Halted::view).collect(),
            devices: scope.devices.clone(),
            read_only: scope.read_only.clone(),
        }
    }
}
