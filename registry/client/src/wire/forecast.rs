//! What a firm can expect of a programme before it signs anything.

use super::programme::Category;
use serde::{Deserialize, Serialize};

/// `POST /v1/programmes/{programme}/forecasts`: nothing is kept or reserved.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AskForecast {
    /// Kind of project, of the rules.
    pub track: String,
    /// The batch; the one that is open today when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// The level that the firm means to reach, 1 to 4.
    pub level: u8,
    /// 1 to 200.
    pub lines: Vec<IntendedLine>,
}

/// What the firm means to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IntendedLine {
    pub category: Category,
    /// Above nought.
    pub amount_fen: i64,
}

/// What comes of it: `programme = min(rate × eligible, cap)`, nothing below the least level. The budget may be used up by
/// others before the firm files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Forecast {
    /// The version of the rules in force, and its document.
    pub rules_version: u32,
    pub document: String,
    pub batch: u32,
    /// Of the kind of project, before the batch's decline; and with it.
    pub rate_before_bp: u32,
    pub rate_bp: u32,
    pub eligible_fen: i64,
    pub by_rate_fen: i64,
    /// Of the level.
    pub cap_fen: i64,
    pub min_level: u8,
    pub programme_fen: i64,
    pub firm_fen: i64,
    pub lines: Vec<ForecastLine>,
}

/// One line; the two parts add up to the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastLine {
    pub category: Category,
    pub amount_fen: i64,
    /// Whether the rules' categories have it.
    pub counts: bool,
    pub programme_fen: i64,
    pub firm_fen: i64,
}
