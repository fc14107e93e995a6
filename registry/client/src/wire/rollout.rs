//! Staged rollouts, what hosts report, and providers that leave.

use serde::{Deserialize, Serialize};

/// `POST /v1/modules/{module}/rollouts`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRollout {
    pub version: String,
    /// Parts per million of all tenants, rising to 1,000,000; 1 %, 10 %, all when absent.
    #[serde(default)]
    pub rings: Option<Vec<u32>>,
    /// How long each ring is watched, in seconds; a day when absent.
    #[serde(default)]
    pub step_s: Option<i64>,
}

/// A staged rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rollout {
    pub module: String,
    pub version: String,
    pub rings: Vec<u32>,
    pub step_s: i64,
    /// `planned`, `running`, `halted`, `rolled_back` or `done`.
    pub state: String,
    /// Position in the rings.
    pub ring: usize,
    pub ring_since: String,
    /// Counted by hosts since the ring began.
    pub invocations: i64,
    pub faults: i64,
    /// Why it is in this state.
    pub why: String,
}

/// `POST /v1/modules/{module}/rollouts/{version}/steer`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SteerRollout {
    pub action: RolloutAction,
    #[serde(default)]
    pub why: String,
}

/// What is done with a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RolloutAction {
    /// The next ring, before its time.
    Advance,
    /// Nobody else takes the version.
    Halt,
    /// Goes on in the same ring.
    Resume,
    /// Everybody who took the version goes back to the one before.
    RollBack,
}

/// What became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Steered {
    pub rollout: Rollout,
    /// Tenants that went back.
    pub tenants: u64,
    /// Tenants that could not, with the reason.
    pub stayed: Vec<Stayed>,
    /// Every connected host has confirmed it.
    pub in_force: bool,
}

/// A tenant whose data keeps it at a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stayed {
    /// Id.
    pub tenant: String,
    pub why: String,
}

/// `POST /v1/hosts/health`: what a host counted since its last report. Nothing of any tenant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HealthReport {
    pub modules: Vec<VersionHealth>,
}

/// Counts of one version, all tenants of the host together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VersionHealth {
    pub module: String,
    pub version: String,
    pub invocations: u64,
    /// Among the invocations: ended by a trap, a limit or a time-out.
    pub faults: u64,
}

/// `POST /v1/orgs/{org}/close`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CloseOrg {
    pub reason: String,
}

/// `POST /v1/modules/{module}/successor`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Succeed {
    /// Slug of the provider that goes on with the module.
    pub org: String,
    pub reason: String,
}
