//! What modules cost, what tenants chose, and what hosts report of their use.

use serde::{Deserialize, Serialize};
use toolcrib_contract::manifest::Words;

/// How a plan is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    Free,
    /// Nothing, for `trial_days`, once per tenant and module.
    Trial,
    /// A price per calendar month (UTC).
    Monthly,
    /// A price per invocation.
    PerUse,
}

/// `GET` and `POST /v1/modules/{module}/plans`. A plan never changes; another price is another plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub code: String,
    pub kind: PlanKind,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub name: Words,
    /// Yuan, with at most four digits after the point; `0` for `free` and `trial`.
    pub price: String,
    #[serde(default)]
    pub trial_days: u32,
    /// For how many months, after the one that they belong to, single readings of machines are kept at least: 1 to 120.
    /// Absent: as the host does by itself. A plan that is left still counts for 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readings_months: Option<u32>,
}

/// `PUT /v1/tenants/{tenant}/plans/{module}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChoosePlan {
    /// Its code.
    pub plan: String,
    /// The most that one month may cost, in fen. Nought where nothing is paid.
    #[serde(default)]
    pub cap_fen: i64,
}

/// What a tenant chose for a module.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChosenPlan {
    pub module: String,
    pub plan: Plan,
    pub cap_fen: i64,
    pub since: String,
    /// The end of a trial.
    pub until: Option<String>,
    pub agreed_by: String,
    /// Invocations of this month, as far as hosts have reported.
    pub used: u64,
    /// What they cost, rounded once, half to even.
    pub used_fen: i64,
    /// The cap is used up: nothing new is subscribed until a higher one is approved.
    pub over_cap: bool,
    /// The trial is over.
    pub ended: bool,
}

/// `POST /v1/hosts/usage`: at most 250 lines. The same line again is the same line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UsageReport {
    pub lines: Vec<UsageLine>,
}

impl UsageReport {
    /// The most lines of one report.
    pub const LINES: usize = 250;
}

/// Everything that one module did for one tenant on one day (UTC), so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UsageLine {
    /// Id.
    pub tenant: String,
    pub module: String,
    /// `YYYY-MM-DD`, one of the last 31 days.
    pub day: String,
    pub calls: u64,
    pub faults: u64,
    pub rows_written: u64,
    pub cpu_us: u64,
}

/// What was taken of a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageTaken {
    pub taken: u64,
    /// Sending them again does not help.
    pub refused: Vec<UsageRefused>,
}

/// A line that was not taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageRefused {
    /// Its place in the report.
    pub line: u64,
    pub why: String,
}

/// `GET /v1/modules/{module}/usage`: one version on one day, over all tenants.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageRow {
    pub day: String,
    pub version: String,
    pub calls: u64,
    /// Of those, traps, timeouts and limits.
    pub faults: u64,
    pub rows_written: u64,
    pub cpu_us: u64,
    /// How many tenants, roughly: `1-4`, `5-19`, `20-99`, `100+`.
    pub tenants: String,
}
