//! The shelves: what is found and how, the words for it, providers and their papers, ratings and notices.

use serde::{Deserialize, Serialize};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::Subsidy;

/// `GET /v1/shelf`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShelfPage {
    pub cards: Vec<Card>,
    /// On all pages.
    pub total: u64,
    /// How many of what was found have a property, most frequent first within a kind.
    pub facets: Vec<Facet>,
    /// For `after`, when there is another page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// A module with an approved version.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Card {
    pub module: String,
    pub org: String,
    pub org_name: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub title: Words,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub summary: Words,
    pub version: String,
    /// `records`, `machines`, `connector`
    #[serde(default)]
    pub kind: String,
    /// Codes.
    pub segments: Vec<String>,
    pub problems: Vec<String>,
    pub equipment: Vec<String>,
    /// `software`, `equipment`, `consulting`: what a subsidy would count it as.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub subsidy: Option<Subsidy>,
    /// `free`, `trial`, `monthly`, `per_use`
    pub prices: Vec<String>,
    /// Yuan: nothing where there is a plan for nothing, else a month, else a use.
    #[serde(default)]
    pub price_from: String,
    /// How many factories have it.
    #[serde(default)]
    pub tenants: u64,
    /// A paper of the provider is valid.
    #[serde(default)]
    pub verified: bool,
    /// When the version was submitted.
    #[serde(default)]
    pub updated_at: String,
    pub ratings: u64,
    /// Sum of the stars of all ratings.
    pub stars: u64,
    /// It should be left; see its `deprecation`.
    pub deprecated: bool,
    pub successor: Option<String>,
}

/// How many of what was found have a property.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facet {
    /// `segment`, `problem`, `equipment`, `provider`, `price`, `kind`, `subsidy`. The segment `*` is that of modules for all
    /// segments; those count in every other, too.
    pub kind: String,
    pub code: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub name: Words,
    pub count: u64,
}

/// A node of the tree of industry segments.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Segment {
    pub code: String,
    pub parent: Option<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub name: Words,
    pub retired: bool,
}

/// `PUT /v1/segments/{segment}`: adds, renames, moves or retires.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutSegment {
    #[serde(default)]
    pub parent: Option<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub name: Words,
    #[serde(default)]
    pub retired: bool,
}

/// A word for a problem or a kind of equipment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tag {
    /// `problem` or `equipment`
    pub kind: String,
    pub code: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub name: Words,
    pub retired: bool,
}

/// `PUT /v1/tags/{kind}/{tag}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutTag {
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub name: Words,
    #[serde(default)]
    pub retired: bool,
}

/// `GET` and `PUT /v1/modules/{module}/tags`: codes, at most 20 of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ModuleTags {
    pub segments: Vec<String>,
    pub problems: Vec<String>,
    pub equipment: Vec<String>,
}

/// `GET /v1/providers/{org}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderPage {
    pub slug: String,
    pub name: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub about: Words,
    pub qualifications: Vec<Qualification>,
    /// Its modules that everybody may see, at most 100.
    pub modules: Vec<Card>,
}

/// A paper of a provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Qualification {
    pub id: String,
    pub title: String,
    pub issuer: String,
    pub number: String,
    /// The last day.
    pub valid_until: String,
    pub expired: bool,
    /// `sha256:…` of the paper's file, which is not kept here.
    pub digest: String,
}

/// `POST /v1/orgs/{org}/qualifications`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewQualification {
    pub title: String,
    pub issuer: String,
    pub number: String,
    /// The last day, `YYYY-MM-DD`.
    pub valid_until: String,
    /// `sha256:…`
    pub digest: String,
}

/// `PUT /v1/orgs/{org}/about`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct About {
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub about: Words,
}

/// A rating. Whose it is, is not told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rating {
    pub id: String,
    pub stars: u8,
    pub text: String,
    pub rated_at: String,
    /// The provider's.
    pub answer: Option<String>,
    pub answered_at: Option<String>,
}

/// `PUT /v1/tenants/{tenant}/ratings/{module}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// 1 to 5.
    pub stars: u8,
    /// At most 2,000 characters.
    pub text: String,
}

/// `POST /v1/modules/{module}/ratings/{rating}/answer`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AnswerRating {
    pub text: String,
}

/// `GET` and `PUT /v1/modules/{module}/deprecation`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Deprecation {
    /// Why the module should be left.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub text: Words,
    /// The module to move to.
    #[serde(default)]
    pub successor: Option<String>,
}
