//! Providers that a city identified for a segment: application, review, publicity, standing, appeal.
//!
//! Days are `YYYY-MM-DD`, both ends included, and begin and end in China's time.

use serde::{Deserialize, Serialize};

/// What a provider is identified as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum IdentificationKind {
    /// Takes on whole transformations.
    Integrator,
    /// Sells small, fast, light, accurate products.
    Product,
    /// Leads a supply chain and takes its suppliers along.
    ChainLeader,
}

/// Where an identification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum IdentificationState {
    Applied,
    /// Experts score it.
    Reviewing,
    /// The experts found it good enough.
    Reviewed,
    /// Everybody may object.
    Publicity,
    Active,
    Warned,
    /// Something must be put right by a day; no new contracts until then.
    Rectifying,
    /// The provider says that it is put right.
    Reported,
    Suspended,
    Delisted,
    Refused,
    Withdrawn,
    Expired,
    /// A renewal took its place.
    Superseded,
}

impl IdentificationState {
    /// The text on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Reviewing => "reviewing",
            Self::Reviewed => "reviewed",
            Self::Publicity => "publicity",
            Self::Active => "active",
            Self::Warned => "warned",
            Self::Rectifying => "rectifying",
            Self::Reported => "reported",
            Self::Suspended => "suspended",
            Self::Delisted => "delisted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
        }
    }
}

/// `POST /v1/identifications`, by an owner of the provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewIdentification {
    /// Slug of the provider.
    pub org: String,
    /// Six digits of GB/T 2260.
    pub city: String,
    /// Code of a segment, see `GET /v1/segments`.
    pub segment: String,
    pub kind: IdentificationKind,
    /// What the provider can do for the segment, 1 to 2,000 characters.
    pub statement: String,
    /// 1 to 30 papers. The files stay with the provider; their digests tie it to them.
    pub documents: Vec<QualificationPaper>,
    /// Id of the identification that this one renews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<String>,
}

/// A paper that shows what a provider is qualified for: the file's hash and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QualificationPaper {
    pub title: String,
    pub issuer: String,
    pub number: String,
    /// The last day; none for papers that do not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// `sha256:…` of the file.
    pub digest: String,
    /// Size of the file.
    pub bytes: u64,
    /// For example `application/pdf`.
    pub media_type: String,
}

/// `GET /v1/identifications`: a page of a list, with how many stand where.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identifications {
    /// Newest first, at most 100.
    pub rows: Vec<IdentificationRow>,
    /// All that the caller sees of the same city, segment, kind and provider, by state.
    pub counts: Vec<IdentificationCount>,
    /// `after` of the next page.
    pub next: Option<String>,
}

/// How many stand there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdentificationCount {
    pub state: IdentificationState,
    pub count: u64,
}

/// An identification in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdentificationRow {
    pub id: String,
    /// Slug and name of the provider.
    pub org: String,
    pub org_name: String,
    pub city: String,
    pub segment: String,
    pub kind: IdentificationKind,
    pub state: IdentificationState,
    /// 1 to 5, once somebody gave them.
    pub stars: Option<u8>,
    /// The last day of publicity, of rectification, or of the identification itself: what comes next in its state.
    pub due: Option<String>,
    pub valid_until: Option<String>,
    /// Objections and appeals that wait for a decision.
    pub open_disputes: u64,
    pub applied_at: String,
    pub changed_at: String,
}

/// `GET /v1/identifications/{id}`. Who may not see a part finds it empty: scores, objections and appeals are for the city
/// and, of appeals and its mean score, for the provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identification {
    #[serde(flatten)]
    pub row: IdentificationRow,
    pub statement: String,
    pub documents: Vec<QualificationPaper>,
    pub renews: Option<String>,
    pub publicity_from: Option<String>,
    pub publicity_until: Option<String>,
    pub valid_from: Option<String>,
    pub rectify_by: Option<String>,
    /// New offers and contracts under a programme of the city are possible.
    pub may_contract: bool,
    /// Acts that the caller may take now.
    pub acts: Vec<String>,
    /// Mean of the scores that were given, of 100, two digits: `82.33`.
    pub score: Option<String>,
    pub experts: Vec<ExpertScore>,
    /// Every step, oldest first.
    pub steps: Vec<IdentificationStep>,
    pub objections: Vec<Dispute>,
    pub appeals: Vec<Dispute>,
}

/// An expert and the score they gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpertScore {
    pub person: String,
    pub email: String,
    pub name: String,
    /// None as long as they have not scored.
    pub scores: Option<Scores>,
    pub total: Option<u32>,
    pub comment: String,
    pub scored_at: Option<String>,
}

/// Points of one expert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// Of 30: cases in the segment.
    pub cases: u32,
    /// Of 30: products and technology.
    pub technology: u32,
    /// Of 20: people and service on site.
    pub service: u32,
    /// Of 20: price and standing.
    pub price: u32,
}

/// `POST /v1/identifications/{id}/score`, once per expert.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GiveScore {
    pub scores: Scores,
    /// At most 2,000 characters.
    #[serde(default)]
    pub comment: String,
}

/// A step that was taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdentificationStep {
    pub number: i64,
    pub at: String,
    /// Name of the person, or of the part of the server.
    pub by: String,
    pub act: String,
    pub before: Option<IdentificationState>,
    pub after: IdentificationState,
    pub reason: String,
}

/// `POST /v1/identifications/{id}/steps`. Which fields an act needs stands beside them; others must be absent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TakeIdentificationStep {
    /// Of the city: `review`, `conclude`, `refuse`, `publicise`, `publish`, `rate`, `warn`, `demand`, `restore`,
    /// `suspend`, `delist`. Of the provider: `withdraw`, `report`.
    pub act: String,
    /// Why, 1 to 2,000 characters. `review`, `conclude`, `publicise` and `publish` do without.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// `review`: e-mails of 3 to 9 assessors of the city.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experts: Vec<String>,
    /// `publicise`: 5 to 60 days, from today on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// `publish`: 1 to 36 months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
    /// `rate`: 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stars: Option<u8>,
    /// `demand`: the last day for putting it right, at most 180 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// An objection against a provider in publicity, or a provider's appeal against a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dispute {
    pub number: i64,
    /// Of an appeal: the number of the step it is against.
    pub against: Option<i64>,
    pub said_by: String,
    pub said_at: String,
    pub text: String,
    pub decided_by: Option<String>,
    pub decided_at: Option<String>,
    pub upheld: Option<bool>,
    pub reason: Option<String>,
}

/// `POST /v1/identifications/{id}/objections`, by anybody who is signed in and no applicant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// 1 to 2,000 characters.
    pub text: String,
}

/// `POST /v1/identifications/{id}/appeals`, by an owner of the provider, within 15 days of the step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Appeal {
    /// Number of the newest step, when it is a refusal, warning, demand, suspension or delisting.
    pub against: i64,
    /// 1 to 2,000 characters.
    pub text: String,
}

/// `POST /v1/identifications/{id}/objections/{number}/decision` and `…/appeals/{number}/decision`, by officials.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DecideDispute {
    pub upheld: bool,
    /// 1 to 2,000 characters.
    pub reason: String,
}
