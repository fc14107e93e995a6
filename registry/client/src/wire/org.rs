//! Organisations, tenants, people, machines and publishing keys.

use serde::{Deserialize, Serialize};

/// What an organisation is in the marketplace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrgKind {
    /// Publishes modules.
    Provider,
    /// Runs a plant.
    Sme,
    /// Vets submissions. There is one.
    Marketplace,
    /// Runs a city's programme.
    Authority,
}

/// `POST /v1/orgs`, by a marketplace admin: the organisation and its first owner, or an authority's first official.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOrg {
    /// Lower-case letters, digits and hyphens, 2 to 40.
    pub slug: String,
    pub name: String,
    pub kind: OrgKind,
    /// Of an authority, and of nothing else: the city's six digits of GB/T 2260.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub city: Option<String>,
    pub owner: NewMember,
}

/// A person to add. An address that is known already keeps its name and password.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    pub email: String,
    pub name: String,
    /// 10 to 200 characters.
    pub password: String,
    pub role: String,
}

/// `GET /v1/orgs/{org}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Org {
    pub slug: String,
    pub name: String,
    pub kind: OrgKind,
    /// Of an authority: the city's code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub city: Option<String>,
    pub members: Vec<Member>,
}

/// Of `GET /v1/orgs`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrgRow {
    pub slug: String,
    pub name: String,
    pub kind: OrgKind,
    /// Of an authority: the city's code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub city: Option<String>,
    pub people: u64,
    pub modules: u64,
    /// Publishing keys that are not revoked.
    pub keys: u64,
    /// Papers on its page, and among them those that have expired.
    pub papers: u64,
    pub papers_expired: u64,
    pub since: String,
    /// It has left the marketplace.
    pub closed: bool,
}

/// A person in an organisation or tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    pub id: String,
    pub email: String,
    pub name: String,
    pub role: String,
}

/// `POST /v1/orgs/{org}/keys`: a publishing key with proof of possession.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Ed25519, 32 bytes.
    pub public_key: String,
    /// The organisation's slug signed by the key, in the context `toolcrib-key-v1`.
    pub proof: String,
    /// Nothing may be published with it before this moment; now when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_before: Option<String>,
    /// Nor from this one on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_after: Option<String>,
    /// An older key that signs for this one: then any member may register it, otherwise an owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub introduced_by: Option<super::Introduced>,
}

impl NewKey {
    /// Valid from now on without an end, introduced by an owner.
    pub fn plain(public_key: String, proof: String) -> Self {
        Self { public_key, proof, not_before: None, not_after: None, introduced_by: None }
    }
}

/// A publishing key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Key {
    pub key_id: String,
    pub public_key: String,
    pub since: String,
    /// Nothing is published with it before, nor from `not_after` on.
    pub not_before: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_after: Option<String>,
    /// Id of the older key that signed for it; absent: an owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub introduced_by: Option<String>,
}

/// `POST /v1/tenants`, by an owner of an SME organisation or a marketplace admin.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    pub org: String,
    pub slug: String,
    pub name: String,
    /// IANA name, for example `Asia/Shanghai`.
    pub time_zone: String,
}

/// A workspace of an SME. Its organisation's owners are its owners.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tenant {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub org: String,
    pub active: bool,
}

/// `POST /v1/tenants/{tenant}/devices`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    pub name: String,
}

/// A machine or gateway that may post readings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    pub id: String,
    pub name: String,
    /// Shown once, in the answer that created the device.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
}
