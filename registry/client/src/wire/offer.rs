//! Offers of providers to firms, and the contracts that come of them. Amounts are whole fen.

use serde::{Deserialize, Serialize};

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Both sides may sign.
    Open,
    /// Its last day is over; a new version opens it again.
    Lapsed,
    /// Both sides signed; there is a contract.
    Signed,
    /// By the firm.
    Declined,
    /// By the provider.
    Withdrawn,
}

/// `POST /v1/offers` and, without a trace, `POST /v1/offers/preview`: by members of the provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOffer {
    /// Slug of the provider.
    pub org: String,
    /// Slug of the firm.
    pub firm: String,
    pub title: String,
    /// Under which programme; none for an offer without public money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<String>,
    /// Code of the segment in which the provider is identified; only with a programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Kind of project, of the programme's rules; the first one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// Id of the contract, signed and not filed, that this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    pub version: NewOfferVersion,
}

/// What changes from version to version; `POST /v1/offers/{offer}/versions`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOfferVersion {
    /// 1 to 200.
    pub lines: Vec<NewOfferLine>,
    /// The last day on which it can be signed, `YYYY-MM-DD`, at most 180 days ahead.
    pub valid_until: String,
    /// The level that the firm is to reach, 1 to 4; the rule's cap follows from it. Only with a programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_level: Option<u8>,
    /// At most 2,000 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A line of an offer. A module's price comes from its plan; everything else names its price.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOfferLine {
    /// `software`, `cloud`, `collection`, `consulting`, `sensor`, `control`, `other`.
    pub category: String,
    /// 1 to 200 characters.
    pub description: String,
    /// Pieces or days; of a monthly plan months, of a plan per use uses. At least 1.
    pub quantity: u32,
    /// List price of one; absent for a module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_fen: Option<i64>,
    /// What the provider takes off the whole line.
    #[serde(default)]
    pub discount_fen: i64,
    /// A module and the code of one of its plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// A line as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferLine {
    /// From 1.
    pub line: u32,
    pub category: String,
    pub description: String,
    pub quantity: u32,
    /// Catalogue price of the whole line.
    pub list_fen: i64,
    /// What the provider takes off it.
    pub discount_fen: i64,
    /// Programme price: what remains.
    pub net_fen: i64,
    pub module: Option<String>,
    /// The module's newest version when the offer was made.
    pub module_version: Option<String>,
    pub plan: Option<String>,
    /// The programme's rule pays for its category.
    pub eligible: bool,
    /// Of the net amount: what the programme is expected to pay, and what remains for the firm.
    pub programme_fen: i64,
    pub firm_fen: i64,
}

/// Who is expected to pay what. `firm_fen + provider_fen + programme_fen = list_fen`, to the fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferSplit {
    pub list_fen: i64,
    /// What the firm owes the provider: list less discounts.
    pub net_fen: i64,
    /// Of the net amount, what the rule counts.
    pub eligible_fen: i64,
    /// What the firm bears in the end.
    pub firm_fen: i64,
    /// What the provider takes off.
    pub provider_fen: i64,
    /// The award that is to be expected: paid to the firm after acceptance, never promised.
    pub programme_fen: i64,
    /// Rate and cap that it was computed with.
    pub rate_bp: Option<u32>,
    pub cap_fen: Option<i64>,
    /// The cap, not the rate, decides.
    pub capped: bool,
}

/// An offer in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferRow {
    pub id: String,
    pub org: String,
    pub org_name: String,
    pub firm: String,
    pub firm_name: String,
    pub title: String,
    pub programme: Option<String>,
    pub state: OfferState,
    pub version: u32,
    pub valid_until: String,
    pub list_fen: i64,
    pub net_fen: i64,
    pub programme_fen: i64,
    /// Who signed its newest version.
    pub signed_by_provider: bool,
    pub signed_by_firm: bool,
    pub contract: Option<String>,
    pub changed_at: String,
}

/// `GET /v1/offers`: offers of the caller's organisations, newest first, at most 100.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Offers {
    pub rows: Vec<OfferRow>,
    pub next: Option<String>,
}

/// A version of an offer, exactly as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferVersion {
    pub version: u32,
    pub lines: Vec<OfferLine>,
    pub split: OfferSplit,
    /// Version of the programme's rules that the split was computed with, kind of project and batch.
    pub rule: Option<u32>,
    pub track: Option<String>,
    pub batch: Option<u32>,
    pub target_level: Option<u8>,
    pub valid_until: String,
    pub note: String,
    /// `sha256:…` of all of it; empty in a preview. Who signs says which digest they saw.
    pub digest: String,
    pub made_by: String,
    pub made_at: String,
    pub signatures: Vec<OfferSignature>,
}

/// Who signed, for which side, when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferSignature {
    /// `provider` or `firm`.
    pub side: String,
    pub by: String,
    pub at: String,
}

/// `GET /v1/offers/{offer}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Offer {
    #[serde(flatten)]
    pub row: OfferRow,
    pub city: Option<String>,
    pub segment: Option<String>,
    pub replaces: Option<String>,
    /// Newest first.
    pub versions: Vec<OfferVersion>,
    /// What happened, oldest first.
    pub steps: Vec<OfferStep>,
}

/// What happened to an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferStep {
    pub at: String,
    pub by: String,
    /// `make`, `revise`, `sign`, `decline`, `withdraw`.
    pub act: String,
    pub version: u32,
    pub reason: String,
}

/// `POST /v1/offers/{offer}/signatures`: by an owner of the provider or of the firm, for their side.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignOffer {
    pub version: u32,
    /// Digest of the version that was read.
    pub digest: String,
}

/// `POST /v1/offers/{offer}/end`: the firm declines, the provider withdraws.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EndOffer {
    /// 1 to 2,000 characters.
    pub reason: String,
}

/// A contract in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractRow {
    pub id: String,
    pub offer: String,
    pub org: String,
    pub org_name: String,
    pub firm: String,
    pub firm_name: String,
    pub title: String,
    pub programme: Option<String>,
    pub city: Option<String>,
    pub list_fen: i64,
    pub net_fen: i64,
    pub programme_fen: i64,
    pub signed_at: String,
    /// Id of the project it was filed with.
    pub project: Option<String>,
    pub replaced_by: Option<String>,
    pub hash: String,
}

/// `GET /v1/contracts`: contracts of the caller's organisations, and of a city's programmes for the people of its
/// authority; newest first, at most 100.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contracts {
    pub rows: Vec<ContractRow>,
    pub next: Option<String>,
}

/// `GET /v1/contracts/{contract}`: nothing of it ever changes but `project` and `replaced_by`, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contract {
    #[serde(flatten)]
    pub row: ContractRow,
    pub version: u32,
    pub segment: Option<String>,
    pub rule: Option<u32>,
    pub target_level: Option<u8>,
    pub lines: Vec<OfferLine>,
    pub split: OfferSplit,
    pub signatures: Vec<OfferSignature>,
    /// The kept lines still give the hash that was signed.
    pub intact: bool,
    /// What an acceptance must say of the provider: it was warned, suspended, delisted or has expired since it signed.
    pub provider_notes: Vec<ProviderNote>,
}

/// A step of the provider's identification since a contract was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderNote {
    pub at: String,
    /// `warned`, `rectifying`, `suspended`, `delisted`, `expired`, or `active` again.
    pub state: super::IdentificationState,
    pub reason: String,
}
