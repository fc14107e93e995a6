//! A city's programme: what it is, its rules by version, how far its money reaches, who takes part.
//!
//! Amounts are whole fen, rates basis points (4,000 = 40 %), days `YYYY-MM-DD` in the city's time (UTC+8).

use super::project::{ClawBack, Firm, ProjectState};
use serde::{Deserialize, Serialize};

/// Which of the two central caps a city has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CityKind {
    /// Provincial capital, city with a plan of its own, or production corps: at most 150 million yuan.
    Leading,
    /// Any other city at prefecture level: at most 100 million yuan.
    Prefecture,
}

/// What a line of a contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Software,
    Cloud,
    Collection,
    Consulting,
    Sensor,
    Control,
    Other,
}

/// `POST /v1/programmes`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProgramme {
    /// Slug of the authority that runs it; you are its official.
    pub authority: String,
    pub name: String,
    /// Number of the city's document.
    pub document: String,
    pub city_kind: CityKind,
    /// First and last day on which firms may file.
    pub from: String,
    pub until: String,
    /// At most the central cap of the kind of city.
    pub budget_fen: i64,
    /// What at least goes to firms' own transformation: 8,000 to 10,000.
    pub min_sme_share_bp: u32,
    /// Codes of the marketplace's industry segments, 1 to 100.
    pub segments: Vec<String>,
    /// 1 to 20, in their order, without overlap, inside the window.
    pub batches: Vec<Batch>,
    pub rules: NewRules,
}

/// A batch of a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// From 1.
    pub batch: u32,
    pub from: String,
    pub until: String,
    /// The most that goes to the firms of this batch.
    pub budget_fen: i64,
}

/// How one kind of project is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// For example `general`, `chain`.
    pub track: String,
    /// Part of what was spent.
    pub rate_bp: u32,
    /// The most by the level reached, for levels 1 to 4.
    pub caps_fen: [i64; 4],
}

/// `POST /v1/programmes/{programme}/rules`: the next version. Projects that are filed keep theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRules {
    /// The document that says so.
    pub document: String,
    /// 1 to 8.
    pub tracks: Vec<Track>,
    /// Taken off the rate, by batch; the last one holds for all later batches. None: no decline.
    #[serde(default)]
    pub decline_bp: Vec<u32>,
    pub categories: Vec<Category>,
    /// Firms that were funded by one of these before are excluded, for example `little-giant`, `pilot-2022`.
    #[serde(default)]
    pub excluded_funding: Vec<String>,
    /// Firms on the list of serious dishonesty are excluded.
    #[serde(default)]
    pub excludes_dishonest: bool,
    /// Level after, 1 to 4.
    pub min_level: u8,
    /// Levels gained since the assessment before, 0 to 4.
    #[serde(default)]
    pub min_gain: u8,
    /// From filing to delivery, 1 to 60 months.
    pub months_max: u32,
    /// 1 to 60 days.
    pub publicity_days: u32,
    /// Parts of the award in their order, 10,000 together, 1 to 6.
    pub tranches_bp: Vec<u32>,
    /// The most that one provider's projects bring together.
    #[serde(default)]
    pub provider_cap_fen: Option<i64>,
}

/// A version of a programme's rules. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rules {
    /// From 1; the newest one is in force.
    pub version: u32,
    pub at: String,
    /// Name of the person, and of the organisation.
    pub by: String,
    #[serde(flatten)]
    pub rules: NewRules,
}

/// `GET /v1/programmes/{programme}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Programme {
    pub id: String,
    /// Slug and name.
    pub authority: String,
    pub authority_name: String,
    pub name: String,
    pub document: String,
    pub city_kind: CityKind,
    pub from: String,
    pub until: String,
    pub budget_fen: i64,
    pub min_sme_share_bp: u32,
    pub segments: Vec<String>,
    pub batches: Vec<Batch>,
    /// Those in force.
    pub rules: Rules,
    pub created_at: String,
    /// What only its authority sees: how its money stands. None for others.
    pub funds: Option<Funds>,
}

/// How a programme's money stands. `budget = available + committed + accepted + paid + clawed back + services`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Funds {
    pub budget_fen: i64,
    pub available_fen: i64,
    /// Reserved by filed projects.
    pub committed_fen: i64,
    /// Awarded and not paid yet.
    pub accepted_fen: i64,
    pub paid_fen: i64,
    /// Demanded back and not returned yet.
    pub clawed_back_fen: i64,
    /// For public services, chains and platforms.
    pub service_accepted_fen: i64,
    pub service_paid_fen: i64,
    /// Demanded back from them and not returned yet.
    #[serde(default)]
    pub service_clawed_back_fen: i64,
    /// Part of what was drawn that went to firms' own transformation; none before anything was drawn.
    pub sme_share_bp: Option<u32>,
}

/// A programme in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProgrammeRow {
    pub id: String,
    pub authority: String,
    pub authority_name: String,
    pub name: String,
    pub document: String,
    pub from: String,
    pub until: String,
    pub budget_fen: i64,
}

/// `GET /v1/programmes/{programme}/projects?state=&segment=&district=&after=&limit=`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectPage {
    pub projects: Vec<ProjectRow>,
    /// Of the whole programme.
    pub counts: Vec<StateCount>,
    /// For `after`.
    pub next: Option<String>,
}

/// How many projects are in a state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StateCount {
    pub state: ProjectState,
    pub projects: i64,
}

/// A project in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectRow {
    pub id: String,
    pub programme: String,
    pub programme_name: String,
    pub uscc: String,
    pub name: String,
    pub district: String,
    pub segment: String,
    pub state: ProjectState,
    /// Since when it is in this state.
    pub since: String,
    pub batch: Option<u32>,
    /// The day by which it must be delivered.
    pub due: Option<String>,
    pub level_before: Option<u8>,
    pub level_after: Option<u8>,
    pub committed_fen: i64,
    pub award_fen: i64,
    pub paid_fen: i64,
}

/// `GET /v1/programmes/{programme}/coverage`: firms by segment and district, and how far they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Coverage {
    pub segment: String,
    pub district: String,
    /// Enrolled and not withdrawn.
    pub firms: i64,
    /// Of those, by the level last measured: none, 1, 2, 3, 4.
    pub levels: [i64; 5],
    /// Of those, by the level that they began with, in the same order.
    pub levels_before: [i64; 5],
    /// Of those, accepted or further.
    pub accepted: i64,
    pub award_fen: i64,
}

/// `POST /v1/programmes/{programme}/projects`: a firm enrols; one firm, one programme.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    pub firm: Firm,
    /// The firm states that what it says is true.
    pub pledge: bool,
}

/// `POST /v1/programmes/{programme}/services`: money for a public service, a chain or a platform.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewService {
    pub recipient_uscc: String,
    pub recipient: String,
    pub purpose: String,
    pub document: String,
    pub amount_fen: i64,
}

/// Money for a public service, a chain or a platform.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Service {
    pub number: i64,
    #[serde(flatten)]
    pub service: NewService,
    pub awarded_at: String,
    pub paid_at: Option<String>,
    /// What was demanded back of it.
    #[serde(default)]
    pub claw_backs: Vec<ClawBack>,
}
